"""What a page costs at 11 and at 300 methods: bytes, server time, time until usable, memory."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.running import PYTHON, TEXTBOX_APP, get, running, summary, synthetic_env, write

SIZES = (0, 11, 300)
VISITS = 5
CALLS = 200
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def usable(browser: Browser, address: str, button: str) -> list[float]:
    """Seconds from navigation to a button that can be pressed, warm."""
    page = browser.new_page()
    times = []
    for visit in range(VISITS + 1):
        start = time.perf_counter()
        page.goto(address)
        page.get_by_role("button", name=button, exact=True).first.wait_for()
        if visit:  # the first fills the browser's cache
            times.append(time.perf_counter() - start)
    page.close()
    return times


def served(address: str) -> dict[str, float]:
    """Size of a page and how long the server takes for it."""
    times = []
    for _ in range(VISITS):
        start = time.perf_counter()
        body = get(address)
        times.append(time.perf_counter() - start)
    return {"html_kB": round(len(body) / 1000, 1), "server_ms": round(1000 * statistics.median(times), 1)}


def memory(address: str, process: int, slugs: list[str]) -> dict[str, float]:
    """Resident memory after every page was visited, and its growth over many calls of one endpoint."""
    for slug in slugs:
        get(address + slug)
    app = psutil.Process(process)
    visited = app.memory_info().rss
    caller = (
        "import sys, numpy as np\nfrom PIL import Image\nfrom gradio_client import Client, handle_file\n"
        "Image.fromarray(np.zeros((64, 64, 3), 'u1')).save(sys.argv[2])\n"
        f"client = Client(sys.argv[1], verbose=False)\nfor _ in range({CALLS}):\n"
        "    client.predict(image=handle_file(sys.argv[2]), api_name='/synthetic_0_change')\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", caller, address, f"{folder}/black.png"]
        subprocess.run(words, check=True, capture_output=True)
        warm = app.memory_info().rss
        subprocess.run(words, check=True, capture_output=True)
    grown = app.memory_info().rss - warm
    return {
        "rss_MB": round(visited / 2**20),
        "growth_MB_per_100_calls": round(grown / 2**20 / (CALLS / 100), 2),
    }


def main() -> None:
    """Measure and store; ``docs/BENCHMARKS.md`` shows it."""
    rows: list[dict[str, Any]] = []
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM)
        with running([PYTHON, "-c", TEXTBOX_APP], {}) as (address, _, _):
            base = usable(browser, address, "Run")
            rows.append({"what": "one-textbox app", **served(address), "usable_s": summary(base)})
        for size in SIZES:
            env = synthetic_env(Path(name), size) if size else {}
            with running([PYTHON, "app.py"], env) as (address, _, process):
                gallery = {"what": f"gallery, {size} methods more", **served(address)}
                rows.append(gallery)
                slug = "synthetic-0" if size else "linear-mda"
                times = usable(browser, address + slug, "Run")
                row = {"what": f"page of {slug}, {size} methods more", **served(address + slug)}
                row["usable_s"] = summary(times)
                row["usable_ratio"] = round(statistics.median(times) / statistics.median(base), 2)
                if size:
                    slugs = [f"synthetic-{number}" for number in range(size)]
                    row |= memory(address, process, slugs)
                rows.append(row)
        browser.close()
    for row in rows:
        print(row)
    print(write("scale", {"rows": rows}))


if __name__ == "__main__":
    main()

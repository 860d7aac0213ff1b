"""What a page costs at 11, 100 and 300 methods: bytes, server time, time until usable, memory."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.running import PYTHON, TEXTBOX_APP, get, running, summary, synthetic_env, write
from zoo.app import jobs

SIZES = (0, 11, 100, 300)
VISITS = 5
CALLS = 800
"""Enough that the steps of two megabytes, in which memory is taken, even out."""
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
    """Resident memory after every page was visited, and its growth over many calls of one endpoint.

    Growth counts after as many calls as there are results that the app keeps on purpose (``zoo.app.jobs.MOST``).
    """
    for slug in slugs:
        get(address + slug)
    app = psutil.Process(process)
    visited = app.memory_info().rss
    with tempfile.TemporaryDirectory() as folder:
        picture = f"{folder}/black.png"
        Image.new("RGB", (64, 64)).save(picture)
        client = Client(address, verbose=False)
        resident = []
        for calls in (jobs.MOST + CALLS // 4, CALLS):
            for _ in range(calls):
                client.predict(image=handle_file(picture), api_name="/synthetic_0_change")
            resident.append(app.memory_info().rss)
    return {
        "rss_MB": round(visited / 2**20),
        "growth_MB_per_100_calls": round((resident[1] - resident[0]) / 2**20 / (CALLS / 100), 2),
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

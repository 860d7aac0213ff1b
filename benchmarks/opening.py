"""How soon a page shows the answer of its first example, after it can be used at all.

`zoo bench opening` starts the app, opens every method's page a few times, and tells the seconds from the moment that
Run can be pressed until the stored answer stands there; `benchmarks/results/opening.json` keeps them. A network that
gets loaded would show as seconds.
"""

from __future__ import annotations

import shutil
import statistics

from playwright.sync_api import Browser, sync_playwright

from benchmarks.running import PYTHON, running, write
from benchmarks.scale import CHROMIUM
from zoo import registry

VISITS = 5

WATCH = """
const marks = window.zooMarks = {};
const look = () => {
  const runs = document.querySelector('.z-run [data-do=run]');
  if (runs?.getClientRects().length) marks.usable ??= performance.now();
  if (document.querySelector('.z-results[data-mark^="stored"]')) marks.answered ??= performance.now();
  if (!marks.answered) requestAnimationFrame(look);
};
look();
"""
"""Notes in the page itself when Run is seen, and when the mark of a stored answer is."""


def delays(browser: Browser, address: str) -> list[float]:
    """Seconds from a page that can be used to one that is answered, warm."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(WATCH)
    times = []
    for visit in range(VISITS + 1):
        page.goto(address)
        page.wait_for_function("window.zooMarks.answered", timeout=120_000)
        marks = page.evaluate("window.zooMarks")
        if visit:  # the first fills the browser's cache
            times.append(max(0.0, marks["answered"] - marks["usable"]) / 1000)
    page.close()
    return times


def main() -> None:
    """Measure every method of the checkout, print and keep the numbers."""
    slugs = [slug for slug, entry in registry.entries().items() if not entry.error]
    rows: dict[str, dict[str, float]] = {}
    with running([PYTHON, "app.py"], {}) as (address, _, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        for slug in slugs:
            times = delays(browser, address + slug)
            rows[slug] = {"median": round(statistics.median(times), 3), "most": round(max(times), 3)}
            print(f"{slug}: {rows[slug]['median']:.3f} s, at most {rows[slug]['most']:.3f} s", flush=True)
        browser.close()
    write("opening", rows)


if __name__ == "__main__":
    main()

"""What axe-core finds on every page: all tabs, before and after a result, light and dark, wide and narrow.

`zoo bench access` starts the app, prints each finding of impact serious or critical with the place where it was, and
ends with an error where there is one. The tests look at the same pages in fewer combinations.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, sync_playwright

from benchmarks.running import PYTHON, running
from benchmarks.scale import CHROMIUM
from zoo import registry

GRAVE = ("serious", "critical")
TABS = ("Try", "Evidence", "Card", "Use it")
LOOKS = [(width, dark) for width in (1440, 390) for dark in (False, True)]


def findings(page: Page, rules: list[str] | None = None) -> list[str]:
    """Serious and critical findings on a page as it stands, one line each.

    Args:
        page: of a browser.
        rules: axe's names of those to ask; all of them by default.
    """
    page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    violations = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def look(page: Page, width: int, dark: bool) -> None:
    """Show a page at a width, in light or dark."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)


def states(page: Page, address: str, method: bool) -> Iterator[str]:
    """Bring a page into each of its states in turn, and say which it is."""
    for example in ("none", "0") if method else ("",):
        page.goto(f"{address}?example={example}" if method else address)
        page.locator(".z-bar").wait_for()
        if not method:
            page.wait_for_timeout(500)
            yield "as it opens"
            continue
        page.get_by_role("button", name="Run", exact=True).first.wait_for()
        if example == "none":
            yield "before a result"
            continue
        page.locator(".z-run:visible output", has_text="example").first.wait_for()
        page.wait_for_timeout(500)
        for tab in TABS:
            page.get_by_role("tab", name=tab, exact=True).click()
            page.wait_for_timeout(700)
            yield f"after a result, {tab}"


def main() -> None:
    """Look at every page, and print what was violation."""
    slugs = [slug for slug, entry in registry.entries().items() if not entry.error]
    plain = ["", "wanted", "leaderboards", "duels", "compare", "compare-image-coding"]
    seen: dict[str, str] = {}
    count = 0
    with running([PYTHON, "app.py"], {}) as (address, _, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        for place in [*plain, *slugs]:
            page = browser.new_page(reduced_motion="reduce")
            for state in states(page, address + place, place in slugs):
                for width, dark in LOOKS:
                    look(page, width, dark)
                    count += 1
                    for line in findings(page):
                        seen.setdefault(line, f"/{place}, {state}, {width} px, {'dark' if dark else 'light'}")
            page.close()
            print(f"/{place}: {len(seen)} findings so far", flush=True)
        browser.close()
    for line, where in seen.items():
        print(f"{where}\n  {line}")
    print(f"{count} looks at {len(plain) + len(slugs)} pages: {len(seen)} serious or critical findings.")
    if seen:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

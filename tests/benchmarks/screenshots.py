"""Pictures for the README, of every page of the demo shop and of a file under review:

python -m tests.benchmarks.screenshots FOLDER
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core import demo, scenarios, versions
from core.plan import Wishes, plan
from core.plans.surroundings import surroundings
from core.prices import in_force
from core.track.promise import promise
from core.workspace import Workspace
from tests.benchmarks.serving import PAGES, VIEWPORT, drop, open_page, served, settled, started
from tests.demo_shop import ROOT, make

__all__ = ["launch", "main", "take"]

TALLEST = 1000  # pixels; a README is read, not scrolled through
REVIEW = "Quality report"
FOLLOWED = "Tracking"
PLAYED = (8, 4)  # weeks: the first launches of the plan are due in the sixth
LEFT_OUT = "Jobs & backup"  # it shows folders of the machine
PICTURES = [(title, "light") for title in (*PAGES, REVIEW) if title != LEFT_OUT] + [("Launch plan", "dark")]


def take(browser: Browser, url: str, title: str, scheme: str, file: Path, width: int, tallest: int) -> None:
    """Write one picture of a page as it stands after loading, or of a file under review."""
    context = browser.new_context(
        viewport={**VIEWPORT, "width": width}, color_scheme=scheme, reduced_motion="reduce", device_scale_factor=1
    )
    page = context.new_page()
    open_page(page, url, "Data" if title == REVIEW else title)
    if title == REVIEW:
        drop(page, "orders.csv", odd_orders())
        settled(page)
    _grow(page, width, tallest)
    if title == REVIEW:
        page.get_by_test_id("stText").filter(has_text="orders.csv").evaluate("name => name.scrollIntoView()")
        page.locator(".stMain").evaluate("main => main.scrollBy(0, -80)")
        page.wait_for_timeout(400)
    page.screenshot(path=file, animations="disabled")
    context.close()


def main(arguments: list[str] | None = None) -> int:
    """Serve the demo shop, write the pictures, say how large they are."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--width", type=int, default=VIEWPORT["width"])
    parser.add_argument("--tallest", type=int, default=TALLEST, help="pixels; what is below is left out")
    parser.add_argument("--both", action="store_true", help="every page in light and in dark")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    wanted = (
        [(title, scheme) for title in (*PAGES, REVIEW) for scheme in ("light", "dark")] if options.both else PICTURES
    )
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        make(Path(home))
        fresh = [(title, scheme) for title, scheme in wanted if title != FOLLOWED]
        with served(ROOT / "app.py", Path(home), Path(home) / "log.txt") as url, started(playwright) as browser:
            for title, scheme in fresh:
                _take(browser, url, title, scheme, options)
        launch(Path(home) / "demo")
        with served(ROOT / "app.py", Path(home), Path(home) / "log.txt") as url, started(playwright) as browser:
            for title, scheme in sorted(set(wanted) - set(fresh)):
                _take(browser, url, title, scheme, options)
    return 0


def launch(folder: Path) -> None:
    """Approve a plan of the demo shop and let the weeks pass in which its first items are launched."""
    with Workspace(folder) as shop, demo_home(folder.parent):
        known = in_force.outlook(shop, versions.active(shop) or "")
        near = surroundings(shop, known)
        made = plan(known, Wishes(), (), near)
        expected = promise(known, made, near)
        scenarios.approve(shop, scenarios.FIRST, made.table, "Anna", totals=made.totals, promise=expected)
        for weeks in PLAYED:
            demo.play(shop, weeks)


def _take(browser: Browser, url: str, title: str, scheme: str, options: argparse.Namespace) -> None:
    name = title.lower().replace("&", "and").replace(" ", "_")
    file = options.folder / f"{name}{'' if scheme == 'light' else '_dark'}.png"
    take(browser, url, title, scheme, file, options.width, options.tallest)
    print(f"{file}  {file.stat().st_size / 1024:.0f} KB")


@contextmanager
def demo_home(folder: Path) -> Iterator[None]:
    """The demo shop is the one in this folder."""
    before = os.environ.get("DEBUT_HOME")
    os.environ["DEBUT_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("DEBUT_HOME")
        if before is not None:
            os.environ["DEBUT_HOME"] = before


def odd_orders() -> bytes:
    """An export of half a year with what is usual in one: postage, a price slip, lost days, cells of all kinds."""
    lines = ["date,order_id,product_id,title,units,unit_price,customer_id"]
    for day in range(180):
        if 80 <= day < 101:
            continue
        for at in range(3 + day % 4):
            item = (day * 7 + at * 3) % 9
            price = (8.95 + item) * (100 if (day, at) == (40, 1) else 1)
            who = "" if (day + at) % 5 == 0 else f"C{(day + at) % 40:03}"
            lines.append(
                f"{date(2025, 1, 6) + timedelta(days=day)},{1000 + day},MUG-{item},Fox mug {item},"
                f"{1 + at % 2},{price:.2f},{who}"
            )
        if day % 20 == 0:
            lines.append(f"{date(2025, 1, 6) + timedelta(days=day)},{1000 + day},POSTAGE,Postage,1,3.90,C001")
    lines.append("2025-07-04,1180,MUG-1,Fox mug 1,two,9.95,C002")
    return "\n".join(lines).encode()


def _grow(page: Page, width: int, tallest: int) -> None:
    """As tall as its content: Streamlit scrolls an inner element, so a full-page picture shows one screen."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(500, height), tallest)})
    settled(page)
    page.wait_for_timeout(400)  # charts follow the new size


if __name__ == "__main__":
    sys.exit(main())

"""Pictures of every page of the demo shop for the README: python -m tests.benchmarks.screenshots FOLDER"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.serving import PAGES, VIEWPORT, open_page, served, settled, started
from tests.demo_shop import ROOT, make

__all__ = ["main", "take"]

TALLEST = 1000  # pixels; a README is read, not scrolled through
PICTURES = [(title, "light") for title in PAGES] + [("Launch plan", "dark")]


def take(browser: Browser, url: str, title: str, scheme: str, file: Path, width: int, tallest: int) -> None:
    """Write one picture of a page as it stands after loading."""
    context = browser.new_context(
        viewport={**VIEWPORT, "width": width}, color_scheme=scheme, reduced_motion="reduce", device_scale_factor=1
    )
    page = context.new_page()
    open_page(page, url, title)
    _grow(page, width, tallest)
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
    wanted = [(title, scheme) for title in PAGES for scheme in ("light", "dark")] if options.both else PICTURES
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        make(Path(home))
        with served(ROOT / "app.py", Path(home), Path(home) / "log.txt") as url, started(playwright) as browser:
            for title, scheme in wanted:
                file = options.folder / f"{title.lower().replace(' ', '_')}{'' if scheme == 'light' else '_dark'}.png"
                take(browser, url, title, scheme, file, options.width, options.tallest)
                print(f"{file}  {file.stat().st_size / 1024:.0f} KB")
    return 0


def _grow(page: Page, width: int, tallest: int) -> None:
    """As tall as its content: Streamlit scrolls an inner element, so a full-page picture shows one screen."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(500, height), tallest)})
    settled(page)
    page.wait_for_timeout(400)  # charts follow the new size


if __name__ == "__main__":
    sys.exit(main())

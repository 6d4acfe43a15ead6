"""A server and a browser to measure, picture and test pages with."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, expect

__all__ = ["CHROMIUM", "PAGES", "VIEWPORT", "drop", "link", "open_page", "served", "settled", "started"]

CHROMIUM = {
    "executable_path": shutil.which("chromium"),  # the distribution's; without one, what Playwright has installed
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
VIEWPORT = {"width": 1280, "height": 900}
PAGES = {
    "Overview": "/",
    "Data": "/data",
    "Labels": "/labels",
    "Model": "/model",
    "Backtest": "/backtest",
    "Jobs & backup": "/jobs",
    "Data dictionary": "/dictionary",
    "New items": "/new_items",
    "Pricing": "/prices",
    "Ads": "/ads",
    "Audience": "/audience",
    "Concept lab": "/concepts",
    "Reviews": "/reviews",
    "Market": "/market",
    "Launch plan": "/launch_plan",
    "Scenarios": "/scenarios",
    "Tracking": "/tracking",
}
STILL = """() => {
    const app = document.querySelector('[data-testid="stApp"]')
    const still = app?.dataset.testScriptState === 'notRunning' && !document.querySelector('[data-stale="true"]')
        && !document.querySelector('[data-testid="stSpinner"], [data-testid="stSkeleton"]')
    const now = performance.now()
    if (!still) window.__stillSince = undefined
    else window.__stillSince ??= now
    return window.__stillSince !== undefined && now - window.__stillSince > 250
}"""


@contextmanager
def served(app: Path, home: Path, log: Path) -> Iterator[str]:
    """Serve an app on a free port of this machine, with `home` as its DEBUT_HOME; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"port": port, "headless": "true", "address": "127.0.0.1", "fileWatcherType": "none"}
    flags = [word for name, value in options.items() for word in (f"--server.{name}", str(value))]
    environment = {**os.environ, "DEBUT_HOME": str(home), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", app.name, *flags],
            cwd=app.parent,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(server, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def started(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium without a window."""
    browser = playwright.chromium.launch(**CHROMIUM)
    try:
        yield browser
    finally:
        browser.close()


def open_page(page: Page, url: str, title: str) -> None:
    """Open one of the app's pages and wait until it stands still."""
    page.goto(url + PAGES[title])
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible(timeout=30_000)
    settled(page)


def link(page: Page, title: str) -> Locator:
    """The sidebar's link to a page."""
    return page.get_by_test_id("stSidebarNavLink").filter(has=page.get_by_text(title, exact=True))


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file into the uploader, and wait until it is under review."""
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("columns found").first).to_be_visible()
    expect(page.locator("[class*=st-key-][class*=_load] button")).to_be_visible()


def settled(page: Page, timeout: float = 30_000) -> None:
    """Wait until the last run has ended and nothing is stale. For a result, wait for the result itself instead."""
    page.wait_for_function(STILL, timeout=timeout)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")

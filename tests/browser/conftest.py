"""One server and one warm Chromium for all tests, and a watch on what the pages do behind one's back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, expect

from tests import demo_shop
from tests.benchmarks.serving import CHROMIUM, VIEWPORT, served
from tests.once import once

Open = Callable[..., Page]

expect.set_options(timeout=20_000)  # a shared machine may be slow; what is wrong stays wrong


def fits(page: Page) -> None:
    """Nothing on the page is wider than it, once charts and tables have followed its width. Fails otherwise."""
    page.wait_for_function(
        "(main => main && main.scrollWidth <= main.clientWidth)(document.querySelector('.stMain'))", timeout=20_000
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo shop; to be copied, not used. The one of the in-process tests, too."""
    return once(tmp_path_factory, "demo_home", demo_shop.make)


@pytest.fixture(scope="session")
def home(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's home: the demo shop, and an own shop that is empty at first."""
    return demo_shop.copy(made, tmp_path_factory.mktemp("browser") / "home")


@pytest.fixture(scope="session")
def base_url(home: Path) -> Iterator[str]:
    """Address of the app, started once for the whole test session."""
    with served(demo_shop.ROOT / "app.py", home, home / "log.txt") as url:
        yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, **CHROMIUM}


@pytest.fixture(scope="session")
def contexts(browser: Browser, base_url: str) -> Iterator[dict[str, BrowserContext]]:
    """A light and a dark profile for all tests: Streamlit's scripts load once, not once a test.

    Tests stay apart all the same, as every load of a page is a new Streamlit session.
    """
    options = {"base_url": base_url, "viewport": VIEWPORT, "reduced_motion": "reduce", "accept_downloads": True}
    made = {scheme: browser.new_context(**options, color_scheme=scheme) for scheme in ("light", "dark")}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="session")
def tabs(contexts: dict[str, BrowserContext]) -> dict[str, Page]:
    """The tab of each profile that goes from test to test: a new one would compile Streamlit's scripts again."""
    return {scheme: context.new_page() for scheme, context in contexts.items()}


@pytest.fixture
def new_page(
    contexts: dict[str, BrowserContext], tabs: dict[str, Page], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Open]:
    """new_page("dark"): a blank tab. It must stay free of uncaught errors, tracebacks and calls to other hosts.

    Of a test that failed, a picture is left in its tmp_path.
    """
    pages: list[Page] = []
    faults: list[str] = []

    def watch(sent: Request) -> None:
        if not sent.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            faults.append(f"asked {sent.url}")

    def complain(error: Error) -> None:
        faults.append(str(error))

    def fresh(scheme: str = "light") -> Page:
        page = tabs[scheme] if tabs[scheme] not in pages else contexts[scheme].new_page()
        page.on("pageerror", complain)
        page.on("request", watch)
        pages.append(page)
        return page

    yield fresh
    for number, page in enumerate(pages):
        if getattr(request.node, "failed", False):
            page.screenshot(path=tmp_path / f"failed_{number}.png")
        faults += page.get_by_test_id("stException").all_inner_texts()
        page.remove_listener("pageerror", complain)
        page.remove_listener("request", watch)
        leave(page) if page in tabs.values() else page.close()
    assert not faults, faults


def leave(page: Page) -> None:
    """Make a tab as good as new."""
    if page.url.startswith("http"):
        page.evaluate("sessionStorage.clear()")
    page.goto("about:blank")  # ends the Streamlit session
    page.set_viewport_size(VIEWPORT)
    page.mouse.move(0, 0)


@pytest.fixture
def page(new_page: Open) -> Page:
    """A fresh tab in light."""
    return new_page()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().failed:
        item.failed = True

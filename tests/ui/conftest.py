"""The app in-process, on a demo shop made once and on shops of its own."""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from tests import demo_shop
from tests.once import once

Start = Callable[..., AppTest]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo shop; to be copied, not used. Browser tests share it."""
    return once(tmp_path_factory, "demo_home", demo_shop.make)


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of this test alone: the demo shop, and an own shop that is empty."""
    folder = demo_shop.copy(made, tmp_path / "home")
    monkeypatch.setenv("DEBUT_HOME", str(folder))
    st.cache_resource.clear()  # the app keeps shops open by folder, and remembers that the demo shop is there
    yield folder
    st.cache_resource.clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def kept_home(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of a whole file of tests, so that what pages read once stays read. A test cleans up before it begins."""
    folder = demo_shop.copy(made, tmp_path_factory.mktemp("kept") / "home")
    st.cache_resource.clear()
    yield folder
    st.cache_resource.clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(home: Path) -> Start:
    """start("launch_plan", shop="My shop"): the app, opened on one of its pages; shop="": as it opens."""

    def run(page: str = "overview", shop: str = "Demo shop", **query: str) -> AppTest:
        at = AppTest.from_file(str(demo_shop.ROOT / "app.py"), default_timeout=60)
        if shop:
            at.session_state["shop"] = shop
        for name, value in query.items():
            at.query_params[name] = value
        if page != "overview":
            at.switch_page(f"pages/{page}.py")
        at.run()
        assert not at.exception
        return at

    return run


@pytest.fixture(scope="session", autouse=True)
def components_looked_for_once() -> Iterator[None]:
    """Each AppTest reads about all installed packages, in search of components, which takes longer than most pages."""
    with pytest.MonkeyPatch.context() as patch:
        name = "scan_component_manifests"
        patch.setattr(manifest_scanner, name, functools.cache(getattr(manifest_scanner, name)))
        yield


@pytest.fixture(scope="session", autouse=True)
def runs_waited_for() -> Iterator[None]:
    """AppTest looks a thousand times a second whether a run has ended, and each look interrupts the run (Streamlit
    1.67): a twentieth of the processor's time."""
    with pytest.MonkeyPatch.context() as patch:
        look = local_script_runner.require_widgets_deltas

        def wait(runner: LocalScriptRunner, timeout: float = 3) -> None:
            runner._script_thread.join(timeout)
            look(runner, 0.1)  # which has what to say of a run that has not ended

        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(autouse=True)
def routed_by_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest forgets st.navigation before each run, so with a folder named `pages` it would run a page
    without app.py around it (Streamlit 1.67). Keep the legacy discovery off."""
    init = PagesManager.__init__

    def modern(self: PagesManager, *args: object, **kwargs: object) -> None:
        PagesManager.uses_pages_directory = False
        init(self, *args, **kwargs)

    monkeypatch.setattr(PagesManager, "__init__", modern)

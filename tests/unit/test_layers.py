"""The layers hold: who imports what, read from the source and tried in a fresh process."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIGHT = "core.shop, core.plan, core.versions, core.jobs, core.settings, core.imports, core.demo, core.export"
HEAVY = ("torch", "transformers", "streamlit", "lightgbm", "sklearn", "peft")


@functools.cache
def tree(path: Path) -> ast.Module:
    """A file as it is written; parsed once for all rules."""
    return ast.parse(path.read_text())


@functools.cache
def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


def files(*folders: str, but: tuple[str, ...] = ()) -> list[str]:
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(name for path in paths if (name := path.relative_to(ROOT).as_posix()) not in but)


@pytest.mark.parametrize("name", files("core", "models", "data", but=("core/shell.py", "core/shell_cache.py")))
def test_nothing_below_the_shell_knows_streamlit(name: str) -> None:
    assert imported(ROOT / name).isdisjoint({"streamlit", "plotly", "pages", "tests"})


@pytest.mark.parametrize("name", ["app.py", *files("pages")])
def test_pages_ask_core_and_do_not_compute(name: str) -> None:
    forbidden = {"duckdb", "torch", "transformers", "lightgbm", "sklearn", "scipy", "models", "data"}
    assert imported(ROOT / name).isdisjoint(forbidden)


@pytest.mark.parametrize("name", files("models"))
def test_models_know_nothing_of_the_shop(name: str) -> None:
    assert imported(ROOT / name).isdisjoint({"core", "data", "pages", "duckdb"})


@pytest.mark.parametrize("name", files("core", but=("core/demo.py",)))
def test_only_the_demo_shop_reaches_into_data(name: str) -> None:
    assert "data" not in imported(ROOT / name)


@pytest.mark.parametrize("name", files("core", "models", "data", "pages"))
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(tree(ROOT / name))


@pytest.mark.parametrize("name", files("core", "models", "data", "pages"))
def test_a_docstring_is_the_first_thing_in_its_function(name: str) -> None:
    """A string after another statement looks like one and is none."""
    for node in ast.walk(tree(ROOT / name)):
        if isinstance(node, ast.FunctionDef):
            strays = [one for one in node.body[1:] if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
            assert [one.lineno for one in strays if isinstance(one.value.value, str)] == []  # type: ignore[attr-defined]


def test_pages_open_without_loading_a_model() -> None:
    code = f"import sys, {LIGHT}; print(*(name for name in {HEAVY} if name in sys.modules))"
    got = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert got.stdout.split() == []


def test_the_frame_opens_without_loading_a_model() -> None:
    heavy = tuple(name for name in HEAVY if name != "streamlit")
    code = f"import sys, core.shell; print(*(name for name in {heavy} if name in sys.modules))"
    got = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert got.stdout.split() == []

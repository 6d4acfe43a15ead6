"""The house has the rooms that it promises, and each requirement is pinned."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["app.py", "requirements.txt", "README.md", "LICENSE", "Makefile", "pyproject.toml"])
def test_files_at_the_top(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", ["pages", "core", "data", "models", "tests"])
def test_folders_at_the_top(name: str) -> None:
    assert (ROOT / name).is_dir()


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    assert [line for line in lines if line and not re.fullmatch(r"[\w-]+==[\d.]+", line)] == []


def test_modules_keep_to_a_size_that_can_be_read() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for folder in ("core", "models", "pages", "data")
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}

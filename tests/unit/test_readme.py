"""The front door tells the truth: commands, columns, pictures and rooms that the README names are there."""

import re
from pathlib import Path

import pytest

from core.__main__ import _parser
from core.plan import COLUMNS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_every_command_of_the_terminal_is_understood():
    commands = re.findall(r"^python -m core (.+)$", README, flags=re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        assert _parser().parse_args(command.split())


def test_every_verb_is_shown():
    verbs = _parser()._subparsers._group_actions[0].choices
    for verb in verbs:
        assert f"python -m core {verb}" in README


def test_the_columns_of_the_plan_are_those_of_the_export():
    table = README.split("| column |")[1].split("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in row.split("|")[1].strip().split(", ")]
    assert named == COLUMNS


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README))
def test_every_picture_is_there(picture: str):
    assert (ROOT / picture).stat().st_size > 10_000


@pytest.mark.parametrize("target", re.findall(r"make (\w+)", README))
def test_every_target_of_make_exists(target: str):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"`((?:core|models|data|tests|pages)/[\w/.]*)`", README))
def test_every_room_that_is_named_exists(path: str):
    assert (ROOT / path).exists()

"""The import benchmark runs, says all that it should, and finds no shop damaged; what it measures is for people."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.imports.quality import CHECKS
from core.imports.review import STRUCTURAL
from tests.benchmarks.dirt import FITTING, TWINS
from tests.benchmarks.imports import BARS
from tests.benchmarks.speed import write_sales

ROOT = Path(__file__).parents[2]
KEYS = (
    *("retail_ratio", "big_ratio", "big_peak_mb", "journey_s", "kills", "damaged"),
    *("samples_right", "samples_total", "samples_silently_wrong", "dirt_found", "dirt_planted", "dirt_false"),
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of a quick run in a process of its own: it forks, and this one holds databases."""
    file = tmp_path_factory.mktemp("figures") / "imports.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.imports", "--quick", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {**json.loads(file.read_text()), "said": done.stdout}


@pytest.mark.parametrize("key", KEYS)
def test_every_figure_is_there(figures: dict[str, Any], key: str) -> None:
    assert key in figures
    if key not in ("retail_ratio", "journey_s"):  # too long for a quick run
        assert figures[key] >= 0


def test_every_bar_is_of_a_figure() -> None:
    assert set(BARS) <= set(KEYS)


def test_no_killed_import_damages_a_shop(figures: dict[str, Any]) -> None:
    assert figures["kills"] == 4
    assert figures["damaged"] == 0, figures["said"]


def test_what_is_planted_in_the_small_tables_is_found(figures: dict[str, Any]) -> None:
    assert figures["dirt_planted"] > 30
    assert figures["dirt_found"] == figures["dirt_planted"], figures["said"]


def test_what_fits_is_a_check() -> None:
    """That all which is planted has such checks, the quick run itself makes sure of."""
    assert {check for checks in FITTING.values() for check in checks} <= {*CHECKS, *STRUCTURAL}
    assert set(TWINS) <= set(FITTING)


def test_the_big_file_is_the_same_each_time_and_grows_by_lines(tmp_path: Path) -> None:
    for name, first, last in (("one", 0, 900), ("two", 0, 900), ("rest", 300, 900)):
        write_sales(tmp_path / name, first, last, of=9_000)
    one, two, rest = ((tmp_path / name).read_text().splitlines() for name in ("one", "two", "rest"))
    assert one == two
    assert len(one) == 901
    assert one[301:] == rest[1:]

"""The terminal: every verb, from exports to a launch plan, and errors on one line with exit status 1."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.workspace import Workspace, home
from tests.conftest import WEEKS, Files

ROOT = Path(__file__).parents[2]
VERBS = ("import", "train", "forecast", "backtest", "plan", "demo")
TRAIN = ("train", "--effort", "quick", "--horizon", str(WEEKS))


@pytest.fixture(scope="module")
def exports(small_files: Files, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files of the small shop."""
    folder = tmp_path_factory.mktemp("exports")
    names = ("products", "sales", "new_items")
    for name in names:
        (folder / f"{name}.csv").write_bytes(getattr(small_files, name))
    return [str(folder / f"{name}.csv") for name in names]


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings take every core they see, and on a busy machine threads that wait for each other take minutes."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([verb, "--help"])
    assert caught.value.code == 0
    assert f"usage: python -m core {verb}" in capsys.readouterr().out


def test_the_verbs_are_listed_by_the_module_itself() -> None:
    got = subprocess.run([sys.executable, "-m", "core", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert got.returncode == 0
    assert all(f"    {verb}" in got.stdout for verb in VERBS)


def test_from_exports_to_a_plan(exports: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["import", *exports]) == 0
    assert "120 of 120 rows loaded into products" in capsys.readouterr().out

    assert main(TRAIN) == 0
    assert "is active: fine-tuned on 80 launches" in capsys.readouterr().out

    assert main(["forecast"]) == 0
    forecast = rows(capsys.readouterr().out)
    assert set(forecast[0]) == {"item_id", "launch_week", "week", "p10", "p50", "p90", "mean"}
    assert {row["week"] for row in forecast} == {str(week) for week in range(WEEKS + 1)}

    out = tmp_path / "plan.csv"
    assert main(["plan", "--launches", "3", "--best-week", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "3 of 12 items are launched\n"
    plan = rows(out.read_text(encoding="utf-8-sig"))
    assert [row["launch"] for row in plan] == ["yes"] * 3 + ["no"] * 9

    assert main(["plan", "--objective", "preference"]) == 0
    assert rows(capsys.readouterr().out)[0]["rank"] == "1"

    figures = tmp_path / "backtest.json"
    assert main(["backtest", "--cut", "2024-09-09", "--json", str(figures), *TRAIN[1:]]) == 0
    assert "Debut's WAPE less that of" in capsys.readouterr().out
    assert json.loads(figures.read_text())["cut"] == "2024-09-09"


def test_a_bad_file_is_told_on_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "sheet.csv"
    bad.write_text("item_id,title,price\nN1,Mug,-3\nN2,Cup,4\n")
    assert main(["import", str(bad)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("This file could not be loaded: sheet.csv: row 2, column price: is below 0")
    assert captured.err.count("\n") == 1
    with Workspace(home()) as shop:
        assert shop.version == 0
        assert list(shop.incoming.iterdir()) == []

    assert main(["import", "--set-aside", str(bad)]) == 0
    assert "1 of 2 rows loaded into new_items" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "gone.csv"], "This file could not be loaded: gone.csv: there is no such file."),
        (["train"], "Not ready yet: There are no sales yet."),
        (["forecast"], "Not ready yet: No forecaster was trained yet. Run: python -m core train"),
        (["plan"], "Not ready yet: No forecaster was trained yet. Run: python -m core train"),
        (["backtest", "--cut", "2024-09-09"], "Not ready yet: There are no sales yet."),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_is_missing_is_said(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith(words)


def test_an_encoder_that_is_not_there_is_said(
    exports: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", *exports]) == 0
    capsys.readouterr()
    assert main([*TRAIN, "--encoder", str(tmp_path / "no-bert")]) == 1
    assert "no-bert" in capsys.readouterr().err


@pytest.mark.parametrize("horizon", ["0", "-3"])
def test_a_horizon_without_weeks_is_refused(horizon: str, exports: list[str]) -> None:
    assert main(["import", *exports]) == 0
    try:
        status: object = main(["train", "--effort", "quick", "--horizon", horizon])
    except SystemExit as wrong_use:
        status = wrong_use.code
    assert status in (1, 2)


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["import"], ["plan", "--objective", "fame"], ["backtest", "--cut", "soon"]]
)
def test_wrong_use_is_told_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m core" in capsys.readouterr().err


def test_a_shop_that_is_open_elsewhere_is_told(debut_home: Path, tmp_path: Path) -> None:
    with Workspace(debut_home):
        got = subprocess.run([sys.executable, "-m", "core", "train"], cwd=ROOT, capture_output=True, text=True)
    assert got.returncode == 1
    assert got.stderr.startswith("The shop is open elsewhere: Process ")
    assert got.stderr.count("\n") == 1

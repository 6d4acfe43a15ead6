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
VERBS = ("import", "train", "forecast", "backtest", "plan", "grocery", "demo")
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
    assert main(["plan", "--launches", "3", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("3 of 12 items are launched; expected profit ")
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
    bad.write_text("item_id,title,price\nN1,Mug,dear\nN2,Cup,4\n")
    assert main(["import", str(bad)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "sheet.csv: New items, by the words of its header, UTF-8\n"
    assert captured.err.startswith("This file could not be loaded: sheet.csv: row 2, column price: is not an amount")
    assert captured.err.count("\n") == 1
    with Workspace(home()) as shop:
        assert shop.version == 0
        assert list(shop.incoming.iterdir()) == []

    assert main(["import", "--set-aside", str(bad)]) == 0
    assert "1 of 2 rows loaded into new_items" in capsys.readouterr().out


def sold(text: str, tmp_path: Path, name: str = "orders.csv") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def in_shop(query: str) -> list[tuple]:
    with Workspace(home()) as shop:
        assert list(shop.incoming.iterdir()) == []
        return shop.cursor().execute(query).fetchall()


ORDERS = "order_id,date,sku,qty,price\n1,13/01/2025,A,3,2.50\n2,14/01/2025,POST,1,5\n3,14/01/2025,L,1,-9\n"


def test_a_look_prints_what_is_odd_and_loads_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sold(ORDERS, tmp_path)
    assert main(["import", "--look", path]) == 0
    out = capsys.readouterr().out
    assert out.startswith("orders.csv: Sales, by the words of its header, UTF-8\n")
    assert "Sales: 1 of 3 rows would be loaded" in out
    assert "set aside" in out
    assert "Dates are day first: 3 of those looked at can be read no other way." in out
    assert in_shop("SELECT count(*) FROM batches") == [(0,)]
    assert main(["import", path]) == 0
    assert "orders.csv: 1 of 3 rows loaded into sales" in capsys.readouterr().out


@pytest.mark.parametrize(("order", "day"), [("day first", "2025-04-03"), ("month first", "2025-03-04")])
def test_the_order_of_day_and_month_may_be_said(tmp_path: Path, order: str, day: str) -> None:
    path = sold("date,sku,qty\n03/04/2025,A,1\n", tmp_path)
    assert main(["import", "--dates", order, path]) == 0
    assert in_shop("SELECT date::VARCHAR FROM sales") == [(day,)]


META = (
    "Campaign name,Amount spent (EUR),Impressions,Reporting starts,Reporting ends\n"
    "Spring,70,700,2025-01-06,2025-01-12\n"
)


def test_totals_of_a_period_are_spread_where_that_is_agreed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sold(META, tmp_path, "meta.csv")
    assert main(["import", path]) == 1
    said = capsys.readouterr().err
    assert said.startswith("This file needs an answer first: meta.csv has totals of a period")
    assert "--spread" in said
    assert in_shop("SELECT count(*) FROM batches") == [(0,)]
    assert main(["import", "--look", path]) == 0  # to look needs no agreement
    assert main(["import", "--spread", path]) == 0
    assert in_shop("SELECT count(*), sum(spend), sum(impressions) FROM ads") == [(7, 70.0, 700)]


def test_a_file_is_kept_where_that_is_wanted(tmp_path: Path) -> None:
    path = sold(ORDERS, tmp_path)
    assert main(["import", "--keep-original", path]) == 0
    with Workspace(home()) as shop:
        (kept,) = shop.originals.iterdir()
        assert kept.read_text() == ORDERS
        assert shop.cursor().execute("SELECT original FROM batches").fetchall() == [(kept.name,)]


def test_the_table_may_be_said(tmp_path: Path) -> None:
    path = sold("sku,title,price\nA,Mug,3\n", tmp_path, "sheet.csv")
    assert main(["import", "--table", "new_items", path]) == 0
    assert in_shop("SELECT item_id, title FROM new_items") == [("A", "Mug")]
    with pytest.raises(SystemExit):
        main(["import", "--table", "batches", path])


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "date,qty,note\n2025-01-06,1,x\n"])
def test_a_file_that_nobody_can_place_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = sold(text, tmp_path, "odd.csv")
    assert main(["import", path]) == 1
    said = capsys.readouterr().err
    assert said.startswith("This file could not be loaded: odd.csv: ")
    assert said.count("\n") == 1
    assert in_shop("SELECT count(*) FROM batches") == [(0,)]


ITEMS = (
    "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
    "o1,1,p1,s1,2018-01-09,12.5,3\n"
)
PLACED = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at\n"
    "o1,c1,delivered,2018-01-06 10:00:00,2018-01-06 11:00:00\n"
)


@pytest.mark.parametrize("turned", [False, True])
def test_a_file_and_the_one_that_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str], turned: bool) -> None:
    items, placed = sold(ITEMS, tmp_path, "items.csv"), sold(PLACED, tmp_path, "orders.csv")
    assert main(["import", items]) == 1
    assert "Load the two together" in capsys.readouterr().err
    assert main(["import", *([placed, items] if turned else [items, placed])]) == 0
    assert in_shop("SELECT date::VARCHAR, product_id, order_id FROM sales") == [("2018-01-06", "p1", "o1")]


def test_several_files_are_loaded_one_after_the_other_until_one_is_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sold("date,sku,qty\n2025-01-06,A,1\n", tmp_path, "first.csv")
    second = sold("date,sku,qty\n2025-01-07,A,2\n2025-01-08,A,x\n", tmp_path, "second.csv")
    third = sold("date,sku,qty\n2025-01-09,A,3\n", tmp_path, "third.csv")
    assert main(["import", first, second, third]) == 1
    assert "second.csv: row 3, column qty" in capsys.readouterr().err
    assert in_shop("SELECT file_name FROM batches") == [("first.csv",)]


def test_a_missing_file_among_several_stops_before_any_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sold("date,sku,qty\n2025-01-06,A,1\n", tmp_path, "first.csv")
    assert main(["import", first, str(tmp_path / "gone.csv")]) == 1
    assert "there is no such file" in capsys.readouterr().err
    assert in_shop("SELECT count(*) FROM batches") == [(0,)]


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

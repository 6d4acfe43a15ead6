"""Large orders: how they are told from others, and what the first weeks then stand for."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from core.track import bulk
from core.track.pace import Pace
from core.track.retrend import retrend
from core.workspace import Workspace
from tests.conftest import Load

SIZED = Pace(order=float(np.log(4)), order_spread=0.5, bulk=1.0)


def bought(*orders: tuple[int, int, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(list(orders), columns=["row", "week", "units", "known"])


def some(count: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Orders of launches with usual sizes of their own, one in thirty a large one; (n, 4) units sold; (n,) sizes."""
    rng = np.random.default_rng(seed)
    rows = []
    sizes = np.exp(rng.normal(1.4, 0.4, count))
    for row, size in enumerate(sizes):
        for week in range(4):
            for _ in range(rng.poisson(3)):
                large = 30.0 if rng.random() < 1 / 30 else 1.0
                rows.append((row, week, float(np.ceil(size * large * np.exp(rng.normal(0, 0.5)))), True))
    sold = np.zeros((count, 4))
    for row, week, units, _ in rows:
        sold[row, week] += units
    return bought(*rows), sold, sizes


def test_a_large_order_stands_for_a_usual_one():
    orders = bought(*[(0, 0, 4.0, True)] * 6, (0, 1, 400.0, True))
    stood = bulk.evidence(orders, np.array([[24.0, 400.0]]), SIZED)
    assert stood[0, 0] == pytest.approx(24.0, rel=0.6)
    assert 5 < stood[0, 1] < 40


def test_usual_orders_stand_for_what_was_sold():
    orders = bought(*[(0, week, 4.0, True) for week in (0, 0, 1, 1, 1)])
    assert bulk.evidence(orders, np.array([[8.0, 12.0]]), SIZED) == pytest.approx(np.array([[8.0, 12.0]]))


def test_later_orders_are_not_looked_at():
    early = bought((0, 0, 4.0, True), (0, 0, 90.0, True))
    late = pd.concat([early, bought((0, 1, 90.0, True), (0, 1, 90.0, True))])
    sold = np.array([[94.0]])
    assert bulk.evidence(late, sold, SIZED) == pytest.approx(bulk.evidence(early, sold, SIZED))


def test_what_is_large_for_one_item_is_usual_for_another():
    orders = bought(*[(0, 0, 4.0, True)] * 20, (0, 0, 60.0, True), *[(1, 0, 60.0, True)] * 20)
    counted = bulk.evidence(orders, np.array([[140.0], [1200.0]]), SIZED)
    assert counted[0, 0] < 110
    assert counted[1, 0] == pytest.approx(1200.0)


def test_many_orders_make_large_ones_a_part_of_the_trade():
    few = bought(*[(0, 0, 4.0, True)] * 9, (0, 0, 200.0, True))
    many = bought(*[(0, 0, 4.0, True)] * 900, *[(0, 0, 200.0, True)] * 100)
    share = bulk.evidence(few, np.array([[236.0]]), SIZED)[0, 0] / 236
    assert share < bulk.evidence(many, np.array([[23600.0]]), SIZED)[0, 0] / 23600 - 0.2


def test_returns_and_sales_without_an_order_count_as_they_are():
    lines = bought((0, 0, 500.0, False), (0, 1, 4.0, True))
    assert bulk.evidence(lines, np.array([[500.0, 0.0]]), SIZED)[0] == pytest.approx([500.0, 0.0], rel=0.01)


def test_a_large_order_that_was_cancelled_takes_nothing_from_the_others():
    orders = bought(*[(0, 0, 4.0, True)] * 5, (0, 0, 8000.0, True))
    assert bulk.evidence(orders, np.array([[20.0]]), SIZED)[0, 0] == pytest.approx(20.0, rel=0.01)


def test_sizes_are_learnt_from_past_launches():
    orders, sold, _ = some(80)
    pace = bulk.learnt(orders, sold, Pace())
    assert pace.order == pytest.approx(1.6, abs=0.2)
    assert pace.order_spread == 1.0  # less than 2.7 times the usual size is no large order
    assert pace.bulk > 1.2
    whole = bulk.evidence(orders, sold, pace)
    assert whole.sum() == pytest.approx(sold.sum(), rel=0.25)


def test_where_sizes_differ_much_only_very_large_orders_are_cut():
    rng = np.random.default_rng(0)
    orders = bought(*[(row, 0, float(np.exp(rng.normal(3, 1.5))), True) for row in range(40) for _ in range(20)])
    assert bulk.learnt(orders, np.ones((40, 1)), Pace()).order_spread == pytest.approx(1.5, abs=0.15)


@pytest.mark.parametrize("change", ["few", "unknown"])
def test_sizes_that_are_not_known_change_nothing(change: str):
    orders, sold, _ = some(80)
    orders = orders.head(50) if change == "few" else orders.assign(known=False)
    pace = bulk.learnt(orders, sold, Pace())
    assert pace == Pace()
    assert bulk.evidence(orders, sold, pace) is sold


def test_orders_are_read_by_week_from_the_first_day(load: Load, workspace: Workspace):
    load(
        "date,sku,qty,price,order_id\n2024-01-01,A,2,5,1\n2024-01-01,A,3,5,1\n2024-01-09,A,1,5,2\n2024-01-09,A,-1,5,3\n"
        "2024-03-01,A,9,5,4\n2024-01-02,K2,7,5,5\n",
        "sales",
    )
    with workspace.transaction() as cursor:  # as of an export of daily totals
        cursor.execute("UPDATE sales SET order_id = NULL WHERE product_id = 'K2'")
    found = bulk.orders(workspace.cursor(), ["K2", "A"], [date(2024, 1, 1), date(2024, 1, 1)], 4)
    rows = found.sort_values(["row", "week"]).to_numpy().tolist()
    assert rows == [[0, 0, False, 7.0], [1, 0, True, 5.0], [1, 1, True, 1.0]]


def test_weekly_rows_know_what_they_stand_for(load: Load, workspace: Workspace):
    load("date,sku,qty,price,order_id\n2024-01-01,A,4,5,1\n2024-01-02,A,500,5,2\n2024-01-08,A,4,5,3\n", "sales")
    on_sale = pd.DataFrame({"item_id": ["n"], "product_id": ["A"], "launched_on": pd.to_datetime(["2024-01-01"])})
    weekly = pd.DataFrame({"item_id": ["n", "n"], "week": [1, 2], "sold": [504.0, 4.0]})
    told = bulk.with_evidence(workspace.cursor(), on_sale, weekly, SIZED)
    assert told["evidence"].iloc[0] < 100
    assert told["large"].iloc[0] == pytest.approx(504 - told["evidence"].iloc[0], rel=0.1)
    assert told["large"].iloc[1] == 0
    assert bulk.with_evidence(workspace.cursor(), on_sale, weekly, Pace())["evidence"].tolist() == [504.0, 4.0]


def test_the_retrend_goes_by_what_the_weeks_stand_for():
    mean = np.append(np.full(8, 10.0), 80.0)
    quantiles = mean[:, None] * np.exp(0.8 * np.array([-1.28, 0.0, 1.28]))
    plain = retrend(quantiles, mean, np.array([200.0]))
    apart = retrend(quantiles, mean, np.array([200.0]), evidence=np.array([12.0]))
    assert apart.remaining[1] < plain.remaining[1] / 2
    assert apart.total[1] == pytest.approx(200 + apart.remaining[1])


def test_evidence_orders_launches_by_their_level_better_than_what_was_sold():
    orders, sold, level = some(160, seed=3)
    pace = bulk.learnt(orders, sold, Pace())
    stood = bulk.evidence(orders, sold, pace).sum(1)
    assert spearmanr(stood, level).statistic > spearmanr(sold.sum(1), level).statistic + 0.05

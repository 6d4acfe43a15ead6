"""The plain rule: the line, and what it would have cost."""

import numpy as np
import pandas as pd
import pytest

from core import history
from core.errors import NotReady
from core.prices import fitted, plain
from core.prices.plain import Judged
from core.pricing import Response
from tests.conftest import WEEKS, SmallShop
from tests.price_samples import answer

DAYS = pd.date_range("2024-01-01", periods=60, freq="7D")


class Known:
    """A shop whose items all answer alike; of new ones it believes the same, or something else."""

    def __init__(self, own: float, believed: float | None = None, doubt: float = 0.0) -> None:
        self.own, self.believed = answer(own, doubt), answer(own if believed is None else believed)

    def of(self, product_id: str) -> Response:
        return self.own

    def of_any(self, product_id: str, category: str | None) -> Response:
        return self.own

    def of_new(self, category: str | None, like: object = (), weights: object = None, text: object = None) -> Response:
        return self.believed


def judged(launches: pd.DataFrame, own: float, believed: float | None = None, doubt: float = 0.0) -> Judged:
    """By what was believed before, and what is known now."""
    before, now = Known(own, believed), Known(own, doubt=doubt)
    return plain.judged(launches, before, now)  # type: ignore[arg-type]


def past(count: int = 40, price: float = 20.0, cost: float = 12.0) -> pd.DataFrame:
    units = np.linspace(10, 200, count)
    return pd.DataFrame(
        {"product_id": [f"P{at}" for at in range(count)], "category": "Mugs", "units": units, "price": price}
    ).assign(cost=cost, cost_assumed=False, launch=DAYS[:count], ended=DAYS[:count] + pd.Timedelta(weeks=2))


def test_the_line_is_found_again() -> None:
    launches = past().assign(price=lambda frame: 30 - 0.05 * frame["units"])
    found = plain.fit(launches)
    assert (found.gamma, found.delta, found.explained) == pytest.approx((-0.05, 30.0, 1.0))
    assert found.price(100.0) == pytest.approx(25.0)


def test_demand_that_does_not_differ_gives_the_mean_price() -> None:
    launches = past(12).assign(units=5.0, price=np.arange(12.0) + 1)
    found = plain.fit(launches)
    assert found.gamma == 0 and found.delta == pytest.approx(6.5)


def test_one_price_only_is_explained_by_nothing() -> None:
    assert plain.fit(past()).explained == 0.0


def test_a_right_answer_loses_nothing_and_a_line_through_bad_prices_does() -> None:
    """Everything is sold at 20; with a cost of 12 and -2.5 it should be."""
    found = judged(past(), -2.5)
    assert found.lost_by_ours == pytest.approx(0, abs=1e-3)
    dear = judged(past(price=26.0), -2.5)
    assert dear.lost > 0.05 and dear.lost_by_ours == pytest.approx(0, abs=1e-3)
    assert dear.lost_as_paid == pytest.approx(dear.lost, abs=1e-6)  # the line is flat: it asks what was asked
    assert dear.launches == 20


def test_a_wrong_belief_costs_something() -> None:
    assert 0.01 < judged(past(), -2.5, -4.0).lost_by_ours < 0.5


def test_what_is_not_known_of_the_answer_counts_against_every_price() -> None:
    """The best is that of who knows; a price that goes by the mean answer is not said to lose nothing."""
    assert 0.01 < judged(past(), -2.5, doubt=0.6).lost_by_ours < 0.3


def test_a_line_knows_no_launch_that_was_not_over() -> None:
    """The latest launches sell at twice the price: a line that saw those beside it would ask for more."""
    late = past().assign(price=lambda frame: np.where(np.arange(len(frame)) < 20, 20.0, 40.0), units=100.0)
    unseen = late.assign(ended=DAYS[-1])
    seen = late.assign(ended=late["launch"] + pd.Timedelta(weeks=2))
    with pytest.raises(NotReady, match="were over"):
        judged(unseen, -2.5)
    early = seen.assign(ended=np.where(np.arange(len(seen)) < 20, seen["ended"], DAYS[-1]))
    paid_40 = judged(early, -2.5)  # a line at 20 all along: 40 % below is as far as it may go
    assert paid_40.plain == pytest.approx(20 * 100 * 0.7**-2.5 * (28.0 - 12.0), rel=1e-3)
    assert judged(seen, -2.5).plain != pytest.approx(paid_40.plain, rel=1e-3)


def test_the_answers_before_are_those_of_the_day_from_which_launches_are_judged() -> None:
    assert plain.middle(past()) == DAYS[20].date()


def test_too_few_launches_are_said() -> None:
    with pytest.raises(NotReady, match="10 past launches"):
        plain.fit(past(9))
    with pytest.raises(NotReady, match="more than 10"):
        plain.middle(past(10))


def test_launches_of_a_shop_without_costs_assume_them(small_shop: SmallShop) -> None:
    cursor = small_shop.workspace.cursor()
    found = plain.launches(cursor, history.read(cursor), WEEKS, 0.4)
    assert len(found) > 50
    assert found["cost_assumed"].all()
    assert found["cost"].to_numpy() == pytest.approx(0.4 * found["price"].to_numpy())
    assert (found["units"] > 0).all()
    assert plain.fit(found).launches == len(found)
    assert found["launch"].is_monotonic_increasing
    assert (found["ended"] - found["launch"] == pd.Timedelta(weeks=WEEKS)).all()


def test_what_was_known_before_a_day_knows_no_later_sale(small_shop: SmallShop) -> None:
    cursor = small_shop.workspace.cursor()
    day = plain.middle(plain.launches(cursor, history.read(cursor), WEEKS, 0.4))
    found = fitted.before(small_shop.workspace, day)
    sold = cursor.execute("SELECT DISTINCT product_id FROM sales WHERE date < ?", [day]).df()["product_id"]
    assert set(found.items["product_id"]) <= set(sold)
    assert found.items["weeks"].max() <= fitted.responses(small_shop.workspace).items["weeks"].max()

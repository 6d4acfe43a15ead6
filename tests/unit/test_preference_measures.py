"""Measures of preferences, worked by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core import season
from core.history import History
from core.preference import calibration, level, measures


def test_rank_of_the_buyers_worked_by_hand() -> None:
    scores = np.array([[0.9], [0.8], [0.3], [0.2], [0.1], [0.05], [0.04], [0.03], [0.02], [0.01]])
    bought = np.zeros((10, 1), bool)
    bought[[0, 2]] = True
    found = measures.by_item([(scores, bought)], fewest=1)
    assert found["auc"].tolist() == [15 / 16]  # of 16 pairs one is the wrong way round
    assert found["recall"].tolist() == [0.5]
    assert len(measures.by_item([(scores, bought)], fewest=3)) == 0


def test_perfect_order_and_true_probabilities() -> None:
    random = np.random.default_rng(0)
    chance = random.uniform(0, 0.5, (5_000, 4))
    bought = random.uniform(size=chance.shape) < chance
    found = measures.judged([(chance, bought)])
    assert found.ece < 0.02
    assert found.log_loss < found.base_loss
    lying = measures.judged([(np.sqrt(chance), bought)])
    assert lying.ece > 0.1
    assert lying.auc == pytest.approx(found.auc)
    assert measures.judged([(np.where(bought, 0.9, 0.1), bought)]).ndcg == pytest.approx(1.0)


def test_ndcg_worked_by_hand() -> None:
    scores, bought = (
        np.array([[0.9, 0.5, 0.1], [0.1, 0.2, 0.3]]),
        np.array([[False, True, False], [False, False, False]]),
    )
    found = measures.judged([(scores, bought)], fewest=1)
    assert found.ndcg == pytest.approx(1 / np.log2(3))  # who bought nothing does not count


def test_the_best_threshold_worked_by_hand() -> None:
    scores, bought = np.array([[0.9], [0.8], [0.7], [0.6]]), np.array([[True], [False], [True], [False]])
    found = measures.judged([(scores, bought)], fewest=1)
    assert (found.precision, found.recall_best) == (pytest.approx(2 / 3), 1.0)
    assert (found.f1, found.accuracy) == (pytest.approx(0.8), 0.75)


def test_a_threshold_asks_all_who_tie_or_none() -> None:
    bought = np.array([[True], [False], [False], [False]])
    found = measures.judged([(np.full((4, 1), 0.1), bought)], fewest=1)
    assert (found.precision, found.recall_best, found.accuracy) == (0.25, 1.0, 0.25)
    assert found.f1 == pytest.approx(0.4)


def test_where_nobody_buys_nothing_is_ranked() -> None:
    found = measures.judged([(np.array([[0.2], [0.1]]), np.zeros((2, 1), bool))])
    assert found.items == 0
    assert np.isnan([found.auc, found.recall, found.ndcg]).all()
    assert found.ece == pytest.approx(0.15)


def test_calibration_finds_the_weights_that_made_the_data() -> None:
    random = np.random.default_rng(0)
    wide, deep = random.normal(size=(2, 4_000, 30))
    levels = random.normal(-2, 0.5, 30)
    logit = 0.5 + 0.8 * wide + 0.0 * deep + 1.2 * levels[None, :]
    bought = random.uniform(size=wide.shape) < 1 / (1 + np.exp(-logit))
    found = calibration.fit([(wide, deep, levels, bought)])
    assert found.wide == pytest.approx(0.8, abs=0.05)
    assert found.level == pytest.approx(1.2, abs=0.1)
    assert 0 <= found.deep < 0.05
    turned = calibration.fit([(-wide, deep, levels, bought)])
    assert turned.wide == 0  # a part that is wrong is not listened to, rather than turned round


def test_beside_is_the_mean_of_the_active() -> None:
    part = np.log(np.array([[1.0], [3.0], [100.0]]))
    assert calibration.beside(part, np.array([True, True, False])) == pytest.approx(np.log(2.0))


def test_level_knows_how_much_like_items_find() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(400, len(level.NAMES)))
    X[random.uniform(size=X.shape) < 0.1] = np.nan
    active = np.full(400, 10_000)
    buyers = random.poisson(active * np.exp(-4 + 0.7 * np.nan_to_num(X[:, 0])))
    shop = seasonal(0.0)
    fitted = level.fit(shop, told(shop, X), buyers, active)
    usual, better = np.zeros((1, X.shape[1])), np.eye(1, X.shape[1])
    assert fitted.of(told(shop, usual)) == pytest.approx(-4, abs=0.1)
    assert fitted.of(told(shop, better))[0] - fitted.of(told(shop, usual))[0] == pytest.approx(0.55, abs=0.15)
    assert np.isfinite(fitted.of(told(shop, np.full((1, X.shape[1]), np.nan)))).all()


def test_level_follows_the_season_of_the_first_weeks_and_not_of_those_before() -> None:
    shop, random = seasonal(1.0), np.random.default_rng(1)
    launch, active = random.integers(120, shop.days - 60, 500), np.full(500, 10_000)
    summer = season.fit(shop).over(shop.start.toordinal() + launch, 56)
    X = random.normal(0, 0.1, size=(500, len(level.NAMES)))
    X[:, level.NAMES.index("run_rate")] += season.fit(shop).over(shop.start.toordinal() + launch - 56, 56)
    buyers = random.poisson(active * np.exp(-4 + summer))
    fitted = level.fit(shop, told(shop, X, launch), buyers, active)
    peak, low = (fitted.of(told(shop, X[[at]], launch[[at]]))[0] for at in (summer.argmax(), summer.argmin()))
    assert peak - low == pytest.approx(np.ptp(summer), abs=0.15)
    assert np.exp(fitted.of(told(shop, X, launch))).sum() * 10_000 == pytest.approx(buyers.sum(), rel=1e-3)


def test_a_season_is_not_told_by_less_than_a_year() -> None:
    shop = seasonal(1.0)
    assert np.abs(season.fit(shop).profile).max() > 0.8
    assert not season.fit(shop.as_of(shop.date_of(250))).profile.any()


def seasonal(strength: float) -> History:
    """Two years of a shop that sells more in the middle of each by a factor of exp(2 x strength)."""
    days = 728
    units = 100 * np.exp(-strength * np.cos(2 * np.pi * np.arange(days) / 364))
    items = pd.DataFrame({"product_id": ["P"], "title": ["mug"], "text": ["mug"], "price": [1.0], "launch": [0]})
    return History(date(2024, 1, 1), items, units[None].astype(np.float32))


def told(shop: History, X: np.ndarray, launch: np.ndarray | None = None) -> level.Numbers:
    """Of launches, known up to their day; in mid-season where none is given."""
    day = shop.start.toordinal() + (np.full(len(X), 200) if launch is None else launch)
    return level.Numbers(X, day, day, 8)

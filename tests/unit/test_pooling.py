"""Several backtests as one: averaged over seeds, put together over cuts, drawn by item."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.accuracy.metrics import measures
from core.accuracy.peers import PEERS
from core.backtest import DEBUT, ORACLE, Backtest, pooled


def seeded(result: Backtest, seed: int, factor: float = 1.0) -> Backtest:
    """The same with another seed, whose forecasts of Debut are so many times as high."""
    schedule = result.settings["schedule"] | {"seed": seed}
    forecasts = result.forecasts.copy()
    of_debut = forecasts["method"] == DEBUT
    forecasts.loc[of_debut, ["p10", "p50", "p90"]] *= factor
    return replace(result, settings=result.settings | {"schedule": schedule}, forecasts=forecasts)


def half(result: Backtest, cut: date, rows: slice) -> Backtest:
    items = result.items.iloc[rows].reset_index(drop=True)
    forecasts = result.forecasts[result.forecasts["product_id"].isin(items["product_id"])]
    return replace(result, cut=cut, items=items, forecasts=forecasts.reset_index(drop=True))


def test_one_backtest_pools_to_itself(tested: Backtest) -> None:
    got = pooled([tested])
    table, before = got.table.set_index("method"), tested.table.set_index("method")
    for name in ("wape", "spearman", "bias", "pinball", "coverage80"):
        assert table[name].to_numpy() == pytest.approx(before.loc[table.index, name].to_numpy(), nan_ok=True)
    assert table.index.tolist() == [*PEERS, DEBUT, ORACLE]
    assert got.best_peer == tested.best_peer
    assert got.wape_difference == pytest.approx(tested.wape_difference)
    assert got.bias_mean == pytest.approx(tested.bias_mean)
    assert (got.cuts, got.seeds, got.launches) == (["2024-09-09"], [0], len(tested.items))


def test_over_seeds_errors_are_averaged(tested: Backtest) -> None:
    got = pooled([tested, seeded(tested, 1, factor=2.0)]).table.set_index("method")
    true, quantiles = tested.items["units"].to_numpy(), tested.items[["p10", "p50", "p90"]].to_numpy()
    once, doubled = measures(true, quantiles), measures(true, 2 * quantiles)
    for name in ("wape", "bias", "pinball", "coverage80", "spearman"):
        assert got.loc[DEBUT, name] == pytest.approx((once[name] + doubled[name]) / 2), name


def test_the_same_seed_twice_narrows_nothing(tested: Backtest) -> None:
    assert pooled([tested, seeded(tested, 1)]).wape_difference == pytest.approx(tested.wape_difference)


def test_over_cuts_items_are_put_together(tested: Backtest) -> None:
    middle = len(tested.items) // 2
    parts = half(tested, date(2024, 9, 9), slice(0, middle)), half(tested, date(2024, 10, 7), slice(middle, None))
    got, whole = pooled(parts), pooled([tested])
    pd.testing.assert_frame_equal(got.table, whole.table)
    assert got.wape_difference == pytest.approx(whole.wape_difference, abs=0.02)
    assert got.items == len(tested.items)


def test_an_item_at_two_cuts_counts_twice_and_is_drawn_once(tested: Backtest) -> None:
    got = pooled([tested, replace(tested, cut=date(2024, 9, 16))])
    assert (got.launches, got.items) == (2 * len(tested.items), len(tested.items))
    assert got.wape_difference == pytest.approx(tested.wape_difference)


def test_the_best_peer_is_the_best_over_all(tested: Backtest) -> None:
    got = pooled([tested, seeded(tested, 1)])
    errors = got.table.set_index("method")["wape"]
    assert errors[got.best_peer] == errors[list(PEERS)].min()
    assert got.wape_difference[0] == pytest.approx(errors[DEBUT] - errors[got.best_peer])


def test_unequal_seeds_are_refused(tested: Backtest) -> None:
    other = replace(tested, cut=date(2024, 10, 7))
    with pytest.raises(ValueError, match="2024-10-07 seed 1"):
        pooled([tested, seeded(tested, 1), seeded(other, 1)])
    with pytest.raises(ValueError, match="one backtest of each seed"):  # as many as needed, but not the right ones
        pooled([tested, tested, other, seeded(other, 1)])
    with pytest.raises(ValueError, match="none"):
        pooled([])


def test_pooled_figures_become_json(tested: Backtest) -> None:
    content = json.loads(json.dumps(pooled([tested]).to_dict(), allow_nan=False))
    assert content["best_peer"] == tested.best_peer
    assert np.isfinite(content["wape_difference"]).all()
    assert content["table"][0]["spearman"] is None

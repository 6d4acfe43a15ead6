"""The creatives of the demo shop: they share out what a campaign's day comes to, by rates that can be found again."""

import numpy as np
import pandas as pd
import pytest

from core.ads import creatives as compared
from data.demo.catalogue import START
from data.demo.creatives import CREATIVES, PAIR, RUN, draw_creatives, split

KEYS = ["date", "channel", "campaign", "category"]
COUNTS = ["impressions", "clicks", "conversions", "spend", "revenue"]
DAYS = 4 * RUN


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """A year of two campaigns a channel, as the platforms report them without creatives."""
    rng = np.random.default_rng(1)
    grid = pd.MultiIndex.from_product(
        [START + pd.to_timedelta(np.arange(DAYS), unit="D"), list(CREATIVES), ["Kitchen", "Garden"]],
        names=["date", "channel", "category"],
    )
    out = grid.to_frame(index=False)
    out["campaign"] = out["category"] + " " + out["channel"]
    out["spend"] = rng.uniform(0.05, 40, len(out)).round(2)
    out["impressions"] = rng.poisson(60 * out["spend"])
    out["clicks"] = rng.binomial(out["impressions"], 0.05)
    out["conversions"] = rng.binomial(out["clicks"], 0.1)
    out["revenue"] = (20.0 * out["conversions"] * rng.uniform(0.9, 1.1, len(out))).round(2)
    return out


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    motifs = [motif for ones in CREATIVES.values() for _, motif in ones]
    appeal = np.random.default_rng(2).normal(0, 0.85, len(motifs))
    concepts = pd.DataFrame({"concept": [f"motif:{motif}" for motif in motifs], "appeal": appeal})
    return draw_creatives(concepts, np.random.default_rng(3))


@pytest.fixture(scope="module")
def ads(table: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    return split(table, truth, np.random.default_rng(4))


def test_days_of_campaigns_come_to_what_they_came_to_before(table: pd.DataFrame, ads: pd.DataFrame) -> None:
    assert len(ads) == PAIR * len(table)
    sums = ads.groupby(KEYS, sort=False)[COUNTS].sum().round(2).reset_index()
    pd.testing.assert_frame_equal(sums, table[[*KEYS, *COUNTS]], check_dtype=False)
    assert (ads["spend"] > 0).all() and (ads["revenue"] >= 0).all()
    assert (ads["clicks"] <= ads["impressions"]).all() and (ads["conversions"] <= ads["clicks"]).all()


def test_a_day_of_next_to_no_money_is_shared_without_a_debt(table: pd.DataFrame, truth: pd.DataFrame) -> None:
    cheap = table.assign(spend=np.resize([0.0, 0.01, 0.02], len(table)))
    found = split(cheap, truth, np.random.default_rng(5))["spend"]
    assert (found >= 0).all() and found.sum() == pytest.approx(cheap["spend"].sum())


def test_pairs_run_side_by_side_and_take_turns(ads: pd.DataFrame) -> None:
    assert (ads.groupby([*KEYS])["creative"].nunique() == PAIR).all()
    assert (ads.groupby("channel")["creative"].nunique() == 2 * PAIR).all()
    day = (ads["date"] - START).dt.days // RUN
    assert (ads.groupby([day, "channel", "category"])["creative"].nunique() == PAIR).all()


def test_rates_of_a_pair_make_up_the_channel_s(truth: pd.DataFrame) -> None:
    pairs = truth.groupby(["channel", "pair"])
    assert pairs["click"].mean().to_numpy() == pytest.approx(1)
    both = (truth["click"] * truth["conversion"]).groupby([truth["channel"], truth["pair"]]).mean()
    assert both.to_numpy() == pytest.approx(1)
    assert truth["creative"].is_unique and truth["click"].std() > 0.1


def test_the_comparison_finds_the_truth_within_its_bands(ads: pd.DataFrame, truth: pd.DataFrame) -> None:
    held, best = [], []
    for channel, known in truth.groupby("channel"):
        rows = ads[ads["channel"] == channel].rename(columns={"creative": "name"})
        found = compared.compare(rows).table.set_index("name").loc[known["creative"]]
        for name, rate in (("click_rate", 0.05), ("conversion_rate", 0.1)):
            true = rate * known["click" if name == "click_rate" else "conversion"].to_numpy()
            held += list((found[f"{name}_low"] <= true) & (true <= found[f"{name}_high"]))
        best.append(found["click_rate"].idxmax() == known.set_index("creative")["click"].idxmax())
    assert np.mean(held) >= 0.6  # 80 % bands
    assert np.mean(best) >= 0.8

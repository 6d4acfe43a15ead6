"""Means of sentiment: by week, by group, with ranges that say how few reviews there are."""

import numpy as np
import pandas as pd
import pytest

from core.reviews import sentiment


def scores(values: dict[str, list[float]], start: str = "2025-01-06", excluded: bool = False) -> pd.DataFrame:
    """Reviews of items with these sentiments, one a day."""
    rows = [(item, value) for item, some in values.items() for value in some]
    frame = pd.DataFrame(rows, columns=["product_id", "sentiment"])
    return frame.assign(
        date=pd.Timestamp(start) + pd.to_timedelta(np.arange(len(frame)), unit="D"),
        category="Gifts",
        rating=3 + 2 * frame["sentiment"],
        recommend=(frame["sentiment"] > 0).astype(float),
        excluded=excluded,
    )


def test_few_reviews_are_drawn_to_the_mean_and_have_a_wide_range() -> None:
    random = np.random.default_rng(0)
    many = {f"P{n}": list(random.normal(0.3, 0.5, 30) + 0.3 * random.normal()) for n in range(20)}
    table = sentiment.by_group(scores({**many, "few": [-1.0, -1.0]}), "product_id").set_index("product_id")
    few, full = table.loc["few"], table.loc["P3"]
    assert few["mean"] == -1 < few["sentiment"] < 0.3
    assert few["high"] - few["low"] > 2 * (full["high"] - full["low"])
    assert full["sentiment"] == pytest.approx(full["mean"], abs=0.1)
    assert table["sentiment"].is_monotonic_decreasing


def test_ranges_hold_the_truth_eight_times_in_ten() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(0.0, 0.2, 400)
    said = {f"P{n:03}": list(random.normal(one, 0.4, random.integers(2, 12))) for n, one in enumerate(truth)}
    table = sentiment.by_group(scores(said), "product_id").sort_values("product_id")
    inside = (table["low"].to_numpy() <= truth) & (truth <= table["high"].to_numpy())
    assert 0.74 < inside.mean() < 0.86
    off = np.abs(table["sentiment"].to_numpy() - truth).mean()
    assert off < 0.9 * np.abs(table["mean"].to_numpy() - truth).mean()


def test_items_that_do_not_differ_are_called_alike() -> None:
    random = np.random.default_rng(2)
    table = sentiment.by_group(scores({f"P{n}": list(random.normal(0, 0.5, 10)) for n in range(50)}), "product_id")
    assert table["sentiment"].std() < 0.3 * table["mean"].std()


def test_what_is_left_out_or_unknown_counts_nowhere() -> None:
    some = pd.concat([scores({"a": [1.0] * 6}), scores({"a": [-1.0] * 6}, excluded=True), scores({"a": [np.nan]})])
    assert sentiment.headline(some).reviews == 6
    assert sentiment.headline(some).sentiment == 1
    assert sentiment.by_group(some, "product_id")["reviews"].tolist() == [6]
    assert sentiment.by_week(some)["reviews"].sum() == 6


def test_weeks_begin_on_monday_and_few_reviews_widen_the_band() -> None:
    some = scores({"a": [0.5, -0.5, 0.4, 0.1, 0.2, -0.2, 0.3, 0.9]})
    weeks = sentiment.by_week(some)
    assert weeks["week"].dt.day_of_week.tolist() == [0, 0]
    assert weeks["reviews"].tolist() == [7, 1]
    width = weeks["high"] - weeks["low"]
    assert width[1] > width[0] and weeks["high"].max() <= 1
    assert sentiment.by_week(some.assign(date=pd.NaT)).empty


def test_a_rise_is_told_from_chance() -> None:
    calm = scores({"a": [0.0, 0.1] * 91})
    risen = scores({"a": [0.0, 0.1] * 45 + [0.5, 0.6] * 46})
    assert not sentiment.headline(calm).recent_sure
    assert sentiment.headline(risen).recent == pytest.approx(0.5, abs=0.02)
    assert sentiment.headline(risen).recent_sure
    few = sentiment.headline(scores({"a": [0.5, 0.6]}))
    assert np.isnan(few.recent) and not few.recent_sure


def test_item_sentiment_knows_nothing_of_the_future() -> None:
    some = scores({"a": [1.0] * 5, "b": [-1.0] * 5})
    early = sentiment.item_sentiment(some, pd.Timestamp("2025-01-11"))
    assert early["product_id"].tolist() == ["a"] and early["reviews"].tolist() == [5]
    whole = sentiment.item_sentiment(some)
    assert whole["product_id"].tolist() == ["a", "b"]
    assert whole["sentiment"].iloc[0] > 0 > whole["sentiment"].iloc[1]
    assert (whole["sentiment"].abs() <= 1).all()


@pytest.mark.parametrize("values", [{}, {"a": [0.5]}, {"a": [0.5, 0.5], "b": [0.5]}])
def test_hardly_any_reviews_break_nothing(values: dict[str, list[float]]) -> None:
    some = scores(values).astype({"sentiment": float, "rating": float})
    table = sentiment.by_group(some, "product_id")
    assert len(table) == len(values)
    assert np.isfinite(table[["sentiment", "low", "high"]].to_numpy(dtype=float)).all()
    assert sentiment.headline(some).reviews == len(some)

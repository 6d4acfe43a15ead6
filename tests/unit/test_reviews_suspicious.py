"""Copied texts and bursts: found where they were planted, and nowhere else."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from core.reviews import reading, suspicious
from data import demo
from models.snippets import joined

LONG = (
    "We took the lantern to the lake in August and it stood in the rain for two weeks. The handle is sturdy, the glass "
    "stayed clear, and the children carried it around the camp every night."
)


def reviews(bodies: list[str], **columns: object) -> pd.DataFrame:
    """One review a day of one item, as `reading.read` gives them."""
    frame = pd.DataFrame({"body": bodies}).assign(
        review=[f"1-{row + 2}" for row in range(len(bodies))],
        date=pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(len(bodies)), unit="D"),
        product_id="P-1",
        item="Lantern",
        category="",
        rating=5.0,
        recommended=np.nan,
        title="",
        customer_id=[f"C-{row}" for row in range(len(bodies))],
        excluded=False,
    )
    frame = frame.assign(**columns)
    return frame.assign(text=[joined(*both) for both in zip(frame["title"], frame["body"], strict=True)])[
        list(reading.COLUMNS)
    ]


@pytest.fixture(scope="module")
def shop() -> demo.Shop:
    return demo.simulate()


@pytest.fixture(scope="module")
def handed_over(shop: demo.Shop) -> pd.DataFrame:
    """The demo shop's reviews with what was planted in them; check says what is wrong with a row."""
    frame = shop.handed_over["reviews"].reset_index(drop=True).fillna({"title": "", "body": "", "customer_id": ""})
    dirt = shop.truth["dirt"]
    wrong = dirt[dirt["table"] == "reviews"].set_index("file_row")["check"]
    return frame.assign(
        review=[f"4-{row + 2}" for row in range(len(frame))],
        date=pd.to_datetime(frame["date"]),
        item=frame["product_id"],
        check=[wrong.get(row + 2, "") for row in range(len(frame))],
        excluded=False,
    )


def test_planted_copies_are_found_and_nothing_else(handed_over: pd.DataFrame) -> None:
    found = set(suspicious.copies(handed_over)["review"])
    planted = handed_over[handed_over["check"] == "copied"]
    originals = planted.groupby("body").head(1)
    assert found == set(planted["review"]) - set(originals["review"])


def test_the_planted_burst_is_found_and_no_other(handed_over: pd.DataFrame) -> None:
    found = suspicious.bursts(handed_over)
    planted = handed_over[handed_over["check"] == "burst"]
    assert set(planted["review"]) <= set(found["review"])
    assert found["group"].nunique() == 1
    assert len(found) <= len(planted) + 3  # honest reviews of the same day are in it


def test_a_text_with_a_few_words_changed_is_nearly_a_copy() -> None:
    changed = LONG.replace("August", "June").replace("two weeks", "ten days")
    found = suspicious.copies(
        reviews([LONG, "Something else that nobody else says at all, of the same length.", changed])
    )
    assert found["review"].tolist() == ["1-4"]
    assert found["why"].tolist() == ["Nearly the text of a review of 1 Jan 2025 by another, of the same item"]


def test_one_endless_text_does_not_fill_the_memory() -> None:
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(list(LONG.split()), 30)) for _ in range(200)]
    tracemalloc.start()
    try:
        assert suspicious.copies(reviews([*texts, "fox " * 50_000])).empty
        assert tracemalloc.get_traced_memory()[1] < 60e6  # of equal width they would take 120 MB
    finally:
        tracemalloc.stop()


def test_the_same_words_in_other_dress_are_a_copy() -> None:
    found = suspicious.copies(
        reviews([LONG, f"  {LONG.upper()}!!"], product_id=["P-1", "P-2"], customer_id=["C-1", "C-1"])
    )
    assert found["why"].tolist() == ["The text of a review of 1 Jan 2025 by the same author, of Lantern"]


@pytest.mark.parametrize(
    "bodies",
    [
        ["Great!", "Great!", "great"],  # short praise is alike by chance
        ["The buyer left no review with this purchase."] * 150,  # the platform's own words
        [LONG],
        ["", "", ""],
    ],
)
def test_what_is_alike_by_chance_is_left_alone(bodies: list[str]) -> None:
    assert suspicious.find(reviews(bodies)).empty


def test_a_burst_over_several_days_is_found() -> None:
    calm, burst = np.arange(0, 400, 40), np.array([200, 200, 201, 201, 202, 203, 203, 204, 205, 205])
    days = np.sort(np.concatenate([calm, burst]))
    frame = reviews([f"Text number {row}" for row in range(len(days))])
    frame["date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(days, unit="D")
    others = frame.assign(product_id="Q", review=[f"2-{row}" for row in range(len(frame))])
    others["date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(20 * np.arange(len(others)), unit="D")
    found = suspicious.bursts(pd.concat([frame, others], ignore_index=True))
    inside = frame[frame["date"].between("2025-07-20", "2025-07-25")]
    assert set(inside["review"]) <= set(found["review"]) <= set(frame["review"])
    assert "in 7 days" in found["why"].iloc[0] and "with 5 stars" in found["why"].iloc[0]


def test_a_burst_of_single_stars_says_so() -> None:
    assert suspicious._alike(np.array([1.0] * 9 + [5.0])) == ", 90% of them with 1 star"
    assert suspicious._alike(np.array([1.0, 5.0, np.nan])) == ""


def test_a_steady_item_and_undated_reviews_have_no_bursts() -> None:
    assert suspicious.bursts(reviews([f"Text {row}" for row in range(60)])).empty
    assert suspicious.bursts(reviews(["a"] * 30, date=pd.NaT)).empty


def test_a_week_in_which_the_whole_shop_is_reviewed_more_makes_no_item_odd() -> None:
    parts = []
    for item in range(30):
        days = np.concatenate([np.arange(0, 360, 12), np.repeat(np.arange(180, 184), 3)])
        frame = reviews([f"Text {item} {row}" for row in range(len(days))], product_id=f"P-{item}")
        frame["date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(days, unit="D")
        parts.append(frame.assign(review=[f"{item}-{row}" for row in range(len(frame))]))
    assert suspicious.bursts(pd.concat(parts, ignore_index=True)).empty

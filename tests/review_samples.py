"""Made-up reviews whose ratings follow their words: enough to learn from within a second."""

import numpy as np
import pandas as pd

from core.reviews import reading
from models.snippets import joined

__all__ = ["csv", "frame", "known"]

GOOD = ("I love it", "Very well made", "A lovely gift", "Works perfectly", "Beautiful colours", "Worth every penny")
BAD = (
    "It broke at once",
    "A waste of money",
    "Very disappointed",
    "It arrived damaged",
    "Far too small",
    "Sent it back",
)
THINGS = ("mug", "lantern", "cushion", "basket")


def frame(count: int = 240, seed: int = 0, items: int = 30) -> pd.DataFrame:
    """date, product_id, rating, title, body, customer_id; two in three are pleased."""
    random = np.random.default_rng(seed)
    pleased = random.random(count) < 2 / 3
    said = [random.choice(GOOD if good else BAD, 2, replace=False) for good in pleased]
    told = enumerate(zip(said, random.choice(THINGS, count), strict=True))
    return pd.DataFrame(
        {
            "date": pd.Timestamp("2025-01-06") + pd.to_timedelta(np.sort(random.integers(0, 200, count)), unit="D"),
            "product_id": [f"P-{number:03}" for number in random.integers(0, items, count)],
            "rating": np.where(pleased, random.integers(4, 6, count), random.integers(1, 3, count)),
            "title": ["Good" if good and at % 3 == 0 else "" for at, good in enumerate(pleased)],
            "body": [f"{one}. {thing} {at}. {two}." for at, ((one, two), thing) in told],
            "customer_id": [f"C-{number}" for number in range(count)],
        }
    )


def csv(some: pd.DataFrame) -> str:
    """As a shop would export them."""
    return some.to_csv(index=False)


def known(some: pd.DataFrame) -> pd.DataFrame:
    """As `reading.read` gives them, without a workspace."""
    text = [joined(*both) for both in zip(some["title"], some["body"], strict=True)]
    return some.assign(
        review=[f"1-{row + 2}" for row in range(len(some))],
        item=some["product_id"],
        category="Gifts",
        recommended=np.nan,
        text=text,
        excluded=False,
        rating=some["rating"].astype(float),
    )[list(reading.COLUMNS)]

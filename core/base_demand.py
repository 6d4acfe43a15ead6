"""Base demand: how much an item sells in this shop for what it is, learnt from every item and not only launches.

A shop has few launches and many items. The rate at which each item has sold since it came, against its text
and price, teaches a BERT what sells here; its answer for a new item is one of the numbers that the launch
forecast is made from. For items that it has learnt from, the answer comes from a fold that left them out.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.history import History
from core.settings import Settings
from models.base_demand import Reader, fit_reader
from models.encoder import Encoder
from models.training import Progress

__all__ = ["BaseDemand", "fit"]

FEWEST_DAYS = 28  # on sale, for a rate to mean something
RATE_DAYS = 56
FOLDS = 3


@dataclass(frozen=True)
class BaseDemand:
    """A fitted reader with the scales of what it reads and answers."""

    reader: Reader
    price: tuple[float, float]
    """Mean and standard deviation of log1p price."""
    rate: tuple[float, float]
    """Mean and standard deviation of log1p units in 8 weeks."""
    layers: int
    """Layers of the encoder that the reader has fine-tuned."""

    def predict(self, encoder: Encoder, texts: list[str], price: np.ndarray) -> np.ndarray:
        """(n,) log1p units in 8 weeks; an unknown price (NaN) counts as the usual one."""
        centre, scale = self.rate
        # The same item in many weeks is read once.
        pairs = pd.DataFrame({"text": texts, "price": _standardised(price, self.price)})
        place = pairs.groupby(["text", "price"], sort=False).ngroup().to_numpy()
        once = pairs.drop_duplicates()
        names = once["text"].tolist()
        states = encoder.states(names, self.layers) if self.layers else None
        answers = self.reader.predict(encoder.embed(names), states, once["price"].to_numpy())
        return answers[place] * scale + centre


def fit(
    history: History, encoder: Encoder, settings: Settings, report: Progress = lambda done, note: None
) -> tuple[BaseDemand, np.ndarray]:
    """Learn from every item that was on sale for four weeks or more.

    Returns the base demand for new items, and (items,) log1p units in 8 weeks of the history's own items, each
    from a fold that had not seen it. Raises what `report` raises.
    """
    schedule, texts = settings.schedule, history.items["text"].tolist()
    vectors = encoder.embed(texts)
    states = encoder.states(texts, schedule.layers) if schedule.layers else None
    price = history.items["price"].to_numpy(dtype=float)
    rate, days = _rates(history)
    known = days >= FEWEST_DAYS
    scales = _moments(np.log1p(price)), _moments(rate[known])
    x, y = _standardised(price, scales[0]), (rate - scales[1][0]) / scales[1][1]
    fold = np.random.default_rng(schedule.seed).permutation(len(texts)) % FOLDS

    def fitted(chosen: np.ndarray, part: Progress) -> Reader:
        rows = np.flatnonzero(chosen)
        some = states and states.of(rows)
        return fit_reader(encoder, vectors[rows], some, x[rows], y[rows], settings.rank, schedule, part)

    unseen = np.zeros(len(texts))
    for held in range(FOLDS):
        reader = fitted(known & (fold != held), _part(report, held, f"fold {held + 1} of {FOLDS}"))
        out = np.flatnonzero(fold == held)
        unseen[out] = reader.predict(vectors[out], states and states.of(out), x[out])
    final = fitted(known, _part(report, FOLDS, "all items"))
    return BaseDemand(final, *scales, schedule.layers), unseen * scales[1][1] + scales[1][0]


def _rates(history: History) -> tuple[np.ndarray, np.ndarray]:
    """(items,) log1p units in 8 weeks since the item came, and the days since then."""
    first = np.maximum(history.items["launch"].to_numpy(), 0)
    days = history.days - first
    sold = history.window(first, np.full(len(first), history.days))
    return np.log1p(np.maximum(sold, 0) / np.maximum(days, 1) * RATE_DAYS), days


def _moments(values: np.ndarray) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    return (float(known.mean()), float(known.std() or 1.0)) if len(known) else (0.0, 1.0)


def _standardised(price: np.ndarray, scale: tuple[float, float]) -> np.ndarray:
    """Log price in standard deviations from the usual; 0 where it is unknown."""
    return np.nan_to_num((np.log1p(price) - scale[0]) / scale[1])


def _part(report: Progress, at: int, what: str) -> Progress:
    return lambda done, note: report((at + done) / (FOLDS + 1), f"{what}, {note}")

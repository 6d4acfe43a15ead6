"""Does the sentiment of like items help to forecast a new one? The backtest decides, on the demo shop.

python -m tests.benchmarks.reviews_feature        at three cut dates, a quarter of launches after each

Two numbers are added to those of every launch: the mean sentiment of its like items in the reviews written before it,
and how many reviews there are. The forecaster's forests are grown with and without them.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import demo, history, like_items
from core.accuracy import cuts, metrics
from core.forecast import base_demand, examples, likeness, outcomes
from core.forecast.examples import Examples
from core.history import History
from core.like_items import Query
from core.reviews import reading, readings
from core.settings import EFFORTS, QUANTILES
from core.workspace import Workspace
from models.encoder import Encoder

SETTINGS = replace(EFFORTS["standard"], adapter="frozen")
DRAWN_REVIEWS = 5.0  # without a sentiment, added to an item's: few reviews say little
ROUNDS = 2_000  # of the bootstrap
TESTED = 13  # weeks of launches after each cut


@dataclass(frozen=True)
class Said:
    """Reviews of a history's items by day, added up."""

    sentiment: np.ndarray
    """(items, days + 1) sum before each day."""
    count: np.ndarray

    @classmethod
    def of(cls, past: History, scores: pd.DataFrame) -> "Said":
        """scores: product_id, date, sentiment."""
        rows = pd.Index(past.items["product_id"]).get_indexer(scores["product_id"])
        days = (pd.to_datetime(scores["date"]) - pd.Timestamp(past.start)).dt.days.to_numpy()
        felt = scores["sentiment"].to_numpy(dtype=float)
        good = (rows >= 0) & (days >= 0) & (days < past.days) & ~np.isnan(felt)
        sums = np.zeros((2, len(past.items), past.days + 1))
        np.add.at(sums[0], (rows[good], days[good] + 1), felt[good])
        np.add.at(sums[1], (rows[good], days[good] + 1), 1.0)
        return cls(*sums.cumsum(2))

    def numbers(self, past: History, vectors: np.ndarray, query: Query) -> np.ndarray:
        """(n, 2) of the like items as known to the query."""
        like = like_items.find(past, vectors, query)
        known = np.minimum(query.known, self.count.shape[1] - 1)[:, None]
        felt, count = self.sentiment[like.rows, known], self.count[like.rows, known]
        mean = (like.weight * felt / (count + DRAWN_REVIEWS)).sum(1)
        return np.column_stack([mean, np.log1p((like.weight * count).sum(1))])


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Backtest both ways, print the table; return (and write) the figures."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        past, scores = _shop(Path(folder) / "shop")
        encoder = Encoder(cache=Path(folder) / "embeddings")
        said, usual = Said.of(past, scores), cuts.usual(past, SETTINGS.weeks)[1]
        when = [usual + timedelta(weeks=weeks) for weeks in ((0,) if options.quick else (-TESTED, 0, TESTED))]
        tested = [_tested(past, said, encoder, cuts.Cut(cut, SETTINGS.weeks, TESTED)) for cut in when]
    true, without, with_it = (np.concatenate(part) for part in zip(*tested, strict=True))
    figures: dict[str, Any] = {"launches": len(true), **_compared(true, without, with_it)}
    print(pd.Series(figures).to_string())
    print("kept" if figures["difference_high"] < 0 else "not kept: the gain is within chance, or there is none")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return figures


def _shop(home: Path) -> tuple[History, pd.DataFrame]:
    with Workspace(home) as workspace:
        demo.fill(workspace, lambda note: None)
        past = history.read(workspace.cursor())
        return past, readings.scored(workspace, reading.read(workspace.cursor()), None)


def _tested(past: History, said: Said, encoder: Encoder, cut: cuts.Cut) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(m,) units, and (m, 3) quantiles without and with the sentiment, of the launches since the cut."""
    before = past.as_of(cut.when)
    vectors = encoder.embed(before.items["text"].tolist())
    base, unseen = base_demand.fit(before, encoder, SETTINGS, lambda done, note: None, lambda name, step, value: None)
    rows = cut.tested(past)
    items = past.items.iloc[rows]
    texts, price = items["text"].tolist(), items["price"].to_numpy(dtype=float)
    codes, launch = items["product_id"].to_numpy(), items["launch"].to_numpy()
    query = like_items.new_query(before, encoder.embed(texts), price, launch, codes)
    X = examples.numbers(before, vectors, query, base.predict(encoder, texts, price), SETTINGS.weeks)
    learnt = before.launches(SETTINGS.weeks)
    known = examples.build(before, vectors, learnt, unseen, SETTINGS.weeks)
    felt = np.concatenate(
        [
            said.numbers(before, vectors, like_items.launch_query(before, vectors, learnt, day))
            for day in _days(before, learnt)
        ]
    )
    both = [(known, X), (Examples(learnt, _beside(known.X, felt)), _beside(X, said.numbers(before, vectors, query)))]
    true = past.curves(rows, SETTINGS.weeks).sum(1)
    return true, *(_quantiles(before, vectors, query, *one) for one in both)  # type: ignore[return-value]


def _days(before: History, rows: np.ndarray) -> list[np.ndarray]:
    """What each copy of a launch knows, as `examples.build` has it."""
    launch = before.items["launch"].to_numpy()[rows]
    return [np.maximum(launch - lag, np.minimum(examples.EARLIEST, launch)) for lag in examples.LAGS]


def _beside(X: np.ndarray, felt: np.ndarray) -> np.ndarray:
    """The sentiment goes before what the codes tell, which must come last."""
    at = X.shape[1] - likeness.CODES
    return np.column_stack([X[:, :at], felt, X[:, at:]])


def _quantiles(before: History, vectors: np.ndarray, query: Query, known: Examples, X: np.ndarray) -> np.ndarray:
    past = outcomes.read(before, known.rows, SETTINGS.weeks)
    grown = likeness.fit(known, past, SETTINGS.schedule.seed, SETTINGS.threads)
    weights, _ = likeness.drawn(before, vectors, query, past.rows, grown.weights(X))
    return past.quantiles(outcomes.shared(weights), past.shop(before, query.known), np.array(QUANTILES), -1)


def _compared(true: np.ndarray, without: np.ndarray, with_it: np.ndarray) -> dict[str, float]:
    """WAPE and pinball both ways, and the 95 % interval of WAPE's difference over launches."""
    gap = np.abs(true - with_it[:, 1]) - np.abs(true - without[:, 1])
    some = np.random.default_rng(0).integers(0, len(true), (ROUNDS, len(true)))
    differences = gap[some].sum(1) / true[some].sum(1)
    return {
        "wape_without": metrics.wape(true, without[:, 1]),
        "wape_with": metrics.wape(true, with_it[:, 1]),
        "difference_low": float(np.quantile(differences, 0.025)),
        "difference_high": float(np.quantile(differences, 0.975)),
        "pinball_without": float(metrics.pinball(true, without).mean()),
        "pinball_with": float(metrics.pinball(true, with_it).mean()),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reviews_feature")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--quick", action="store_true", help="one cut date")
    return parser


if __name__ == "__main__":
    main()

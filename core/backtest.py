"""How good is the forecast? Cut the history at a date, forecast what was launched after it, and compare.

Everything learnt uses rows dated before the cut: each method gets `history.as_of(cut)` and, of the launches
to forecast, only text, price and launch day. The same items for every method; the oracle alone looks at the
first week sold and marks what a forecast from sales could reach.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
import pandas as pd

from core import demand, like_items
from core.errors import NotReady
from core.history import History
from core.like_items import LikeItems, Query
from core.metrics import measures, wape
from core.settings import QUANTILES, Settings
from models import boosting
from models.encoder import Encoder
from models.training import Progress

__all__ = ["DEBUT", "ORACLE", "Backtest", "Case", "run"]

DEBUT, ORACLE = "Debut", "first week seen (oracle)"
FEWEST_TESTS = 20
BOOTSTRAPS = 2000
T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """What a method may see: the past with its launches, and of the future only the sheet."""

    past: History
    encoder: Encoder
    weeks: int
    train: np.ndarray
    """Rows of the past's launches with a complete window."""
    texts: list[str]
    """Of the items to forecast."""
    categories: list[str | None]
    query: Query
    """The items to forecast, known up to the cut."""
    settings: Settings
    report: Progress

    @property
    def target(self) -> np.ndarray:
        """(train,) log1p units of the training launches in all weeks."""
        return np.log1p(self.past.curves(self.train, self.weeks).sum(1))


@dataclass(frozen=True)
class Backtest:
    """The result: one row a method, and one row an item."""

    cut: date
    launches_train: int
    table: pd.DataFrame
    """method, wape, mae_log, spearman, top20, bias, pinball, coverage80, seconds."""
    items: pd.DataFrame
    """product_id, title, category, launch, units (true), p10, p50, p90, mean of Debut."""
    bias_mean: float
    """Sum of Debut's means over the true sum."""
    best_peer: str
    wape_difference: tuple[float, float, float]
    """Debut's WAPE less the best peer's, and its 95 % interval from a paired bootstrap over items."""

    def to_dict(self) -> dict[str, object]:
        """For JSON, which knows no NaN: null stands for what cannot be told."""
        difference, low, high = self.wape_difference
        return {
            "cut": self.cut.isoformat(),
            "launches_train": self.launches_train,
            "launches_test": len(self.items),
            "table": self.table.astype(object).where(self.table.notna(), None).to_dict("records"),
            "best_peer": self.best_peer,
            "wape_diff": difference,
            "wape_diff_low": low,
            "wape_diff_high": high,
            "bias_mean": self.bias_mean,
        }

    def __str__(self) -> str:
        difference, low, high = self.wape_difference
        return (
            f"{len(self.items)} launches from {self.cut}, learnt on {self.launches_train} earlier ones\n"
            f"{self.table.to_string(index=False, float_format=lambda value: f'{value:.3f}')}\n"
            f"Debut's WAPE less that of {self.best_peer}: {difference:+.3f} (95 % {low:+.3f} to {high:+.3f}); "
            f"its means add up to {self.bias_mean:.2f} of the true total"
        )


def run(
    history: History,
    encoder: Encoder,
    settings: Settings,
    cut: date,
    test_weeks: int | None = None,
    report: Progress = lambda done, note: None,
) -> Backtest:
    """Backtest Debut and its peers on the launches of `test_weeks` from `cut`, or of all time since.

    Raises NotReady where either side of the cut has too few launches.
    """
    rows = _tested(history, settings.weeks, cut, test_weeks)
    case = _case(history, encoder, settings, cut, rows, report)
    true = history.curves(rows, settings.weeks).sum(1)
    predictions: dict[str, np.ndarray] = {}
    table = []
    for name, method in PEERS.items():
        predictions[name], seconds = _timed(method, case)
        table.append({"method": name, **measures(true, predictions[name]), "seconds": seconds})
    (quantiles, mean), seconds = _timed(_debut, case)
    predictions[DEBUT] = quantiles
    table.append({"method": DEBUT, **measures(true, quantiles), "seconds": seconds})
    oracle, seconds = _timed(lambda c: _first_week(c, history.curves(rows, settings.weeks)[:, 0]), case)
    table.append({"method": ORACLE, **measures(true, oracle), "seconds": seconds})
    best = min(PEERS, key=lambda name: wape(true, predictions[name][:, 1]))
    return Backtest(
        cut,
        len(case.train),
        pd.DataFrame(table),
        _items(history, rows, true, quantiles, mean),
        float(mean.sum() / max(true.sum(), 1e-9)),
        best,
        _difference(true, predictions[DEBUT][:, 1], predictions[best][:, 1]),
    )


def _tested(history: History, weeks: int, cut: date, test_weeks: int | None) -> np.ndarray:
    launches = history.launches(weeks)
    launch = history.items["launch"].to_numpy()[launches]
    until = history.days if test_weeks is None else history.day(cut + timedelta(weeks=test_weeks))
    rows = launches[(launch >= history.day(cut)) & (launch < until)]
    if len(rows) < FEWEST_TESTS:
        raise NotReady(
            f"Only {len(rows)} launches from {cut} on have {weeks} complete weeks; "
            f"at least {FEWEST_TESTS} are needed. Choose an earlier cut."
        )
    return rows


def _case(
    history: History, encoder: Encoder, settings: Settings, cut: date, rows: np.ndarray, report: Progress
) -> Case:
    past = history.as_of(cut)
    train = past.launches(settings.weeks)
    if len(train) < demand.FEWEST_LAUNCHES:
        raise NotReady(
            f"Only {len(train)} launches lie before {cut}; at least {demand.FEWEST_LAUNCHES} are needed. "
            "Choose a later cut."
        )
    texts = history.items["text"].iloc[rows].tolist()
    price, launch = history.items["price"].to_numpy(dtype=float)[rows], history.items["launch"].to_numpy()[rows]
    query = like_items.new_query(past, encoder.embed(texts), price, launch)
    categories = history.items["category"].iloc[rows].tolist()
    return Case(past, encoder, settings.weeks, train, texts, categories, query, settings, report)


def _median_curve(case: Case) -> np.ndarray:
    return np.tile(np.expm1(np.quantile(case.target, QUANTILES)), (len(case.texts), 1))


def _category_median(case: Case) -> np.ndarray:
    """The median of the category's launches; of all launches where the category had fewer than five."""
    out = _median_curve(case)
    trained = case.past.items["category"].to_numpy()[case.train]
    wanted = np.array(case.categories, dtype=object)
    for category in {c for c in wanted if isinstance(c, str)}:
        target = case.target[trained == category]
        if len(target) >= 5:
            out[wanted == category] = np.expm1(np.quantile(target, QUANTILES))
    return out


def _k_like_items(case: Case, count: int = 10) -> np.ndarray:
    """Weighted quantiles of the first weeks of the ten nearest launches."""
    vectors = case.encoder.embed(case.past.items["text"].tolist())[case.train]
    similarity = np.maximum(case.query.vectors @ vectors.T, 0)
    near = np.argsort(-similarity, axis=1)[:, : min(count, len(case.train))]
    weight = np.take_along_axis(similarity, near, 1) ** 2
    return np.expm1(_weighted_quantiles(case.target[near], weight))


def _ridge_tfidf(case: Case) -> np.ndarray:
    """Ridge on words; its interval from errors on folds that it had not seen."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline

    texts = case.past.items["text"].iloc[case.train].tolist()
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), RidgeCV(np.logspace(-1, 2, 7)))
    errors = case.target - cross_val_predict(model, texts, case.target, cv=5)
    median = model.fit(texts, case.target).predict(case.texts)
    return _units(median[:, None] + np.quantile(errors, QUANTILES)[None, :] * np.array([1, 0, 1]))


def _lightgbm_text(case: Case) -> np.ndarray:
    """Boosted trees on the frozen encoder's vector, price and season."""
    trained = like_items.launch_query(case.past, case.encoder.embed(case.past.items["text"].tolist()), case.train)
    X = _text_features(case.past, trained)
    boosters = boosting.fit_quantiles(X, case.target, QUANTILES, case.settings.schedule.seed, case.settings.threads)
    return _units(boosting.predict_quantiles(boosters, _text_features(case.past, case.query)))


def _lightgbm_like_items(case: Case) -> np.ndarray:
    """Boosted trees on what the like items did."""
    vectors = case.encoder.embed(case.past.items["text"].tolist())

    def features(query: Query) -> np.ndarray:
        like: LikeItems = like_items.find(case.past, vectors, query)
        return like_items.numbers(case.past, query, like, case.weeks)

    X = features(like_items.launch_query(case.past, vectors, case.train))
    boosters = boosting.fit_quantiles(X, case.target, QUANTILES, case.settings.schedule.seed, case.settings.threads)
    return _units(boosting.predict_quantiles(boosters, features(case.query)))


def _debut(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles and means of the sum."""
    forecaster = demand.fit(case.past, case.encoder, case.settings, case.report)
    forecast = forecaster.forecast(case.past, case.encoder, case.texts, case.query)
    return forecast.quantiles[:, -1], forecast.mean[:, -1]


def _first_week(case: Case, first: np.ndarray) -> np.ndarray:
    """Log units of all weeks by those of the first, a line fitted on the training launches."""
    seen = np.log1p(case.past.curves(case.train, case.weeks)[:, 0])
    slope, base = np.polyfit(seen, case.target, 1)
    errors = np.quantile(case.target - (base + slope * seen), QUANTILES)
    return _units((base + slope * np.log1p(first))[:, None] + errors[None, :])


PEERS: dict[str, Callable[[Case], np.ndarray]] = {
    "median curve": _median_curve,
    "category median": _category_median,
    "k like items": _k_like_items,
    "ridge on TF-IDF": _ridge_tfidf,
    "LightGBM on text + attributes": _lightgbm_text,
    "LightGBM on like-item features": _lightgbm_like_items,
}


def _text_features(past: History, query: Query) -> np.ndarray:
    return np.column_stack([query.vectors, np.log1p(query.price), *like_items.season(past, query.launch)])


def _units(log: np.ndarray) -> np.ndarray:
    return np.maximum(np.expm1(np.sort(log, axis=1)), 0)


def _weighted_quantiles(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(n, k) values and weights to (n, 3) quantiles."""
    order = np.argsort(values, axis=1)
    ranked, share = np.take_along_axis(values, order, 1), np.take_along_axis(weight, order, 1)
    share = np.cumsum(share, axis=1) / np.maximum(share.sum(1, keepdims=True), 1e-12)
    at = np.stack([(share < quantile).sum(1) for quantile in QUANTILES], axis=1)
    return np.take_along_axis(ranked, np.minimum(at, values.shape[1] - 1), 1)


def _timed(method: Callable[[Case], T], case: Case) -> tuple[T, float]:
    began = time.perf_counter()
    return method(case), time.perf_counter() - began


def _difference(true: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float, float]:
    """WAPE(ours) - WAPE(theirs) with its 95 % interval: the same items are drawn for both."""
    draws = np.random.default_rng(0).integers(len(true), size=(BOOTSTRAPS, len(true)))
    gap = (np.abs(true - ours) - np.abs(true - theirs))[draws].sum(1) / np.maximum(true[draws].sum(1), 1e-9)
    low, high = np.quantile(gap, [0.025, 0.975])
    return wape(true, ours) - wape(true, theirs), float(low), float(high)


def _items(
    history: History, rows: np.ndarray, true: np.ndarray, quantiles: np.ndarray, mean: np.ndarray
) -> pd.DataFrame:
    chosen = history.items.iloc[rows]
    launch = pd.Timestamp(history.start) + pd.to_timedelta(chosen["launch"].to_numpy(), unit="D")
    return pd.DataFrame(
        {
            "product_id": chosen["product_id"].to_numpy(),
            "title": chosen["title"].to_numpy(),
            "category": chosen["category"].to_numpy(),
            "launch": launch,
            "units": true,
            "p10": quantiles[:, 0],
            "p50": quantiles[:, 1],
            "p90": quantiles[:, 2],
            "mean": mean,
        }
    )

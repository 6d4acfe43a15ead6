"""The peers: what a merchandiser or a data scientist would forecast launches with instead of Debut.

Each is a function of a `Case`, that is of the past and the sheet, to (n, 3) units at P10, P50 and P90. They
are measured against, so they stay as they are: whoever improves the forecaster leaves them alone. The oracle
alone looks at the first week sold, and marks what a forecast from sales could reach.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import like_items
from core.history import History
from core.like_items import LikeItems, Query
from core.settings import QUANTILES, Settings
from models import boosting
from models.encoder import Encoder
from models.training import Progress

__all__ = ["ORACLE", "PEERS", "Case", "first_week"]

ORACLE = "first week seen (oracle)"


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
    """Ridge on words; its interval from errors on folds that it had not seen.

    Where no word stands in two titles, as in a language without spaces, there is nothing to learn from.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline

    texts = case.past.items["text"].iloc[case.train].tolist()
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), RidgeCV(np.logspace(-1, 2, 7)))
    try:
        errors = case.target - cross_val_predict(model, texts, case.target, cv=5)
    except ValueError:  # no words are left
        return _median_curve(case)
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


def first_week(case: Case, first: np.ndarray) -> np.ndarray:
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

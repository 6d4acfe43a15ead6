"""How good is the forecast? Cut the history at a date, forecast what was launched after it, and compare.

Everything learnt uses rows dated before the cut: each method gets `history.as_of(cut)` and, of the launches
to forecast, only text, price and launch day. The same items for every method; the oracle alone looks at the
first week sold and marks what a forecast from sales could reach.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import TypeVar

import numpy as np
import pandas as pd

from core import demand, like_items
from core.accuracy import misses
from core.accuracy.cuts import Cut
from core.accuracy.metrics import gap, measures, wape
from core.accuracy.peers import ORACLE, PEERS, Case, first_week
from core.accuracy.pooling import Pooled, pooled
from core.accuracy.results import DEBUT, Backtest
from core.demand import Forecast
from core.history import History
from core.settings import Settings
from models.encoder import Encoder
from models.training import Log, Progress

__all__ = ["DEBUT", "ORACLE", "Backtest", "Case", "Pooled", "pooled", "run"]

PEERS_SHARE = 0.15  # of the time, about
NEAREST = 5  # like items that are kept of each item, those with the most weight
NAMED = 3  # that are named in words
T = TypeVar("T")


def run(
    history: History,
    encoder: Encoder,
    settings: Settings,
    cut: date,
    test_weeks: int | None = None,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
) -> Backtest:
    """Backtest Debut and its peers on the launches of `test_weeks` from `cut`, or of all time since.

    Raises NotReady where either side of the cut has too few launches, and what `report` raises.
    """
    when = Cut(cut, settings.weeks, test_weeks)
    when.check(history)
    rows = when.tested(history)
    case = _case(history, encoder, settings, cut, rows, report)
    curves = history.curves(rows, settings.weeks)
    true = curves.sum(1)
    table, predictions, forecast = _compared(case, true, curves[:, 0], log)
    best = min(PEERS, key=lambda name: wape(true, predictions[name][:, 1]))
    typical = float(np.median(case.past.curves(case.train, case.weeks).sum(1)))
    items = _items(history, rows, true, forecast).assign(
        chance=forecast.chance(typical), peer_p50=predictions[best][:, 1]
    )
    codes = items["product_id"].to_numpy()
    like = _like(case, forecast, codes)
    return Backtest(
        made=datetime.now(),
        cut=cut,
        test_weeks=test_weeks,
        settings=asdict(settings),
        launches_train=len(case.train),
        typical=typical,
        table=table,
        items=_explained(items, like, history, rows, case, forecast),
        weeks=_weeks(codes, curves, forecast),
        forecasts=_forecasts(codes, predictions),
        like=like,
        outcomes=forecast.totals,
        bias_mean=float(forecast.mean[:, -1].sum() / max(true.sum(), 1e-9)),
        best_peer=best,
        wape_difference=_difference(true, predictions[DEBUT][:, 1], predictions[best][:, 1]),
    )


def _case(
    history: History, encoder: Encoder, settings: Settings, cut: date, rows: np.ndarray, report: Progress
) -> Case:
    past = history.as_of(cut)
    texts = history.items["text"].iloc[rows].tolist()
    price, launch = history.items["price"].to_numpy(dtype=float)[rows], history.items["launch"].to_numpy()[rows]
    codes = history.items["product_id"].to_numpy()[rows]
    query = like_items.new_query(past, encoder.embed(texts), price, launch, codes)
    categories = history.items["category"].iloc[rows].tolist()
    return Case(
        past, encoder, settings.weeks, past.launches(settings.weeks), texts, categories, query, settings, report
    )


def _compared(
    case: Case, true: np.ndarray, first: np.ndarray, log: Log
) -> tuple[pd.DataFrame, dict[str, np.ndarray], Forecast]:
    """The table, the (n, 3) quantiles of every method, and Debut's whole forecast."""
    rows: list[dict[str, object]] = []
    predictions: dict[str, np.ndarray] = {}

    def add(name: str, quantiles: np.ndarray, seconds: float) -> None:
        predictions[name] = quantiles
        rows.append({"method": name, **measures(true, quantiles), "seconds": seconds})

    exact = _exact(case)
    for at, (name, method) in enumerate(PEERS.items()):
        case.report(PEERS_SHARE * at / len(PEERS), name)
        add(name, *_timed(method, exact))
    forecast, seconds = _timed(lambda one: _debut(one, log), case)
    add(DEBUT, forecast.quantiles[:, -1], seconds)
    add(ORACLE, *_timed(lambda one: first_week(one, first), exact))
    return pd.DataFrame(rows), predictions, forecast


def _exact(case: Case) -> Case:
    """The case with texts read in float32: what Debut gives away for speed the peers need not."""
    if case.encoder.precision == "float32":
        return case
    encoder = Encoder(case.encoder.name, case.encoder.cache, "float32")
    case.report(0.0, "reading the titles for the other methods")
    return replace(case, encoder=encoder, query=replace(case.query, vectors=encoder.embed(case.texts)))


def _debut(case: Case, log: Log) -> Forecast:
    def report(done: float, note: str) -> None:
        case.report(PEERS_SHARE + (1 - PEERS_SHARE) * done, note)

    forecaster = demand.fit(case.past, case.encoder, case.settings, report, log)
    return forecaster.forecast(case.past, case.encoder, case.texts, case.query)


def _items(history: History, rows: np.ndarray, true: np.ndarray, forecast: Forecast) -> pd.DataFrame:
    chosen, quantiles = history.items.iloc[rows], forecast.quantiles[:, -1]
    launch = pd.Timestamp(history.start) + pd.to_timedelta(chosen["launch"].to_numpy(), unit="D")
    return pd.DataFrame(
        {
            "product_id": chosen["product_id"].to_numpy(),
            "title": chosen["title"].to_numpy(),
            "category": chosen["category"].to_numpy(),
            "price": chosen["price"].to_numpy(dtype=float),
            "launch": launch,
            "units": true,
            "p10": quantiles[:, 0],
            "p50": quantiles[:, 1],
            "p90": quantiles[:, 2],
            "mean": forecast.mean[:, -1],
        }
    )


def _weeks(codes: np.ndarray, curves: np.ndarray, forecast: Forecast) -> pd.DataFrame:
    weeks = curves.shape[1]
    quantiles = forecast.quantiles[:, :weeks].reshape(-1, 3)
    return pd.DataFrame(
        {
            "product_id": np.repeat(codes, weeks),
            "week": np.tile(np.arange(1, weeks + 1), len(codes)),
            "units": curves.ravel(),
            **{name: quantiles[:, at] for at, name in enumerate(("p10", "p50", "p90"))},
            "mean": forecast.mean[:, :weeks].ravel(),
        }
    )


def _forecasts(codes: np.ndarray, predictions: dict[str, np.ndarray]) -> pd.DataFrame:
    parts = [pd.DataFrame(values, columns=["p10", "p50", "p90"]) for values in predictions.values()]
    labelled = [part.assign(method=name, product_id=codes) for name, part in zip(predictions, parts, strict=True)]
    return pd.concat(labelled, ignore_index=True)[["method", "product_id", "p10", "p50", "p90"]]


def _like(case: Case, forecast: Forecast, codes: np.ndarray) -> pd.DataFrame:
    """The like items with the most weight in each forecast, as far as there are any."""
    rows, weight = forecast.like.rows[:, :NEAREST], forecast.like.weight[:, :NEAREST]
    frame = pd.DataFrame(
        {
            "product_id": np.repeat(codes, rows.shape[1]),
            "place": np.tile(np.arange(1, rows.shape[1] + 1), len(codes)),
            "title": case.past.items["title"].to_numpy()[rows.ravel()],
            "units": _like_units(case, rows).ravel(),
            "similarity": forecast.like.similarity[:, :NEAREST].ravel(),
            "weight": weight.ravel(),
        }
    )
    return frame[frame["weight"] > 0].reset_index(drop=True)


def _like_units(case: Case, rows: np.ndarray) -> np.ndarray:
    """(n, k) units in their own first weeks, which were over by the cut: the forecast is made of no others."""
    return case.past.curves(rows.ravel(), case.weeks).sum(1).reshape(rows.shape)


def _explained(
    items: pd.DataFrame, like: pd.DataFrame, history: History, rows: np.ndarray, case: Case, forecast: Forecast
) -> pd.DataFrame:
    """The items with their like items in words, what is known of each, and why it was forecast wrong."""
    vectors = case.encoder.embed(case.past.items["text"].tolist())
    trained = like_items.launch_query(case.past, vectors, case.train)
    nearest = [like_items.find(case.past, vectors, query).similarity[:, 0] for query in (case.query, trained)]
    units = _like_units(case, forecast.like.rows[:, : misses.JUDGED])
    known = misses.facts(case.past, forecast.like, units, case.query, trained.launch)
    known = known.assign(nearest=nearest[0], nearest_low=np.quantile(nearest[1], 0.1))
    named = like[like["place"] <= NAMED]
    words = named["title"] + " (" + named["units"].map("{:,.0f}".format) + ")"
    told = words.groupby(named["product_id"]).agg(", ".join)
    full = items.assign(like_items=items["product_id"].map(told).fillna(""))
    full = pd.concat([full, known, misses.afterwards(history, rows, case.weeks, items["p50"].to_numpy())], axis=1)
    return full.assign(why=misses.all_why(full))


def _timed(method: Callable[[Case], T], case: Case) -> tuple[T, float]:
    began = time.perf_counter()
    return method(case), time.perf_counter() - began


def _difference(true: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float, float]:
    """WAPE(ours) - WAPE(theirs) with its 95 % interval."""
    return gap(np.abs(true - ours) - np.abs(true - theirs), true)

"""The forecast of items that have never been sold: units by week, with honest quantiles and a mean.

    base demand   a BERT fine-tuned on the shop's items says what the text is worth
    examples      what the nearest earlier items, by text and by code, sold before, a year ago and when they came
    likeness      a forest tells from these numbers how much each past launch counts for the new item
    outcomes      what the weighted launches sold, moved to the shop's level of today, is the forecast:
                  quantiles by week and of the sum, the mean, and the chance to sell so many
    calibration   the ranks between which so many launches fell that a forest had not seen

The launches and their weights are what a page shows as like items: one that is taken out is out of the forecast.
"""

from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pandas as pd
import torch

from core import like_items
from core.errors import NotReady
from core.forecast import base_demand, calibration, examples, likeness, outcomes
from core.forecast.base_demand import BaseDemand
from core.forecast.calibration import Check, Spread
from core.forecast.examples import Examples
from core.forecast.likeness import Likeness
from core.forecast.outcomes import Outcomes
from core.history import History
from core.like_items import LikeItems, Query
from core.settings import QUANTILES, Settings
from models.encoder import Encoder
from models.errors import VersionError
from models.forest import Forest
from models.training import Log, Progress
from models.versions import Version

__all__ = ["FEWEST_LAUNCHES", "Forecast", "Forecaster", "calibrated", "fit", "split"]

FORMAT = 3  # of a saved version; 1 held boosted trees, 2 knew no seasons
FEWEST_LAUNCHES = 40
CHECKED_SHARE = 0.25  # of the launches, the latest: the check forecasts them
STEPS = 100  # equally likely outcomes of the sum that a forecast keeps
BLOCK = 128  # items at once: their weights stay in the processor's cache


@dataclass(frozen=True)
class Forecast:
    """Units of n items in each of W weeks and their sum, which comes last."""

    quantiles: np.ndarray
    """(n, W + 1, 3) units at P10, P50, P90; those of the sum are forecast, not added up."""
    mean: np.ndarray
    """(n, W + 1) expected units: what profit is counted with."""
    totals: np.ndarray
    """(n, STEPS) equally likely outcomes of the sum, rising."""
    like: LikeItems
    """The past launches that the forecast is made of, with their weights."""

    def chance(self, units: float | np.ndarray) -> np.ndarray:
        """(n,) probability that the sum reaches `units`, one number or (n,)."""
        return (self.totals >= np.broadcast_to(units, len(self.totals))[:, None]).mean(1)


@dataclass(frozen=True)
class Forecaster:
    """A trained forecaster: plain parts that save to and load from a `Version`."""

    settings: Settings
    base: BaseDemand
    likeness: Likeness
    learnt: list[str]
    """product_id of the launches that it was trained on."""
    typical: float
    """Median units of these launches."""
    spread: Spread = field(default_factory=Spread)
    check: Check = field(default_factory=Check)

    @property
    def launches(self) -> int:
        """How many it was trained on."""
        return len(self.learnt)

    def forecast(self, history: History, encoder: Encoder, texts: list[str], query: Query) -> Forecast:
        """Forecast items by their texts and the history that the query allows.

        Raises VersionError where the history lacks the launches that it was trained on.
        """
        rows, weights, cosine = self._weighed(history, encoder, texts, query)
        past = outcomes.read(history, rows, self.settings.weeks)
        return self._forecast(
            past, weights, past.shop(history, query.known, query.launch), _ordered(rows, weights, cosine)
        )

    def like(self, history: History, encoder: Encoder, texts: list[str], query: Query) -> LikeItems:
        """(n, N) past launches with their weights, those that count most first; similarity is that of the text."""
        return _ordered(*self._weighed(history, encoder, texts, query))

    def forecast_like(self, history: History, query: Query, like: LikeItems) -> Forecast:
        """Forecast items from past launches and their weights, as `like` found them or as the user chose them.

        Items without a complete launch window tell nothing of one and are left out.
        """
        weeks = self.settings.weeks
        past = outcomes.read(history, history.launches(weeks), weeks)
        weights = _scattered(past, like, len(history.items))
        return self._forecast(past, weights, past.shop(history, query.known, query.launch), like)

    def _weighed(
        self, history: History, encoder: Encoder, texts: list[str], query: Query
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(N,) rows of the launches, and (n, N) weights and cosines."""
        vectors = encoder.embed(history.items["text"].tolist())
        base = self.base.predict(encoder, texts, query.price)
        rows, known = self._rows(history)
        weights = self.likeness.weights(examples.numbers(history, vectors, query, base, self.settings.weeks))
        return rows, *likeness.drawn(history, vectors, query, rows, weights[:, known])

    def _forecast(self, past: Outcomes, weights: np.ndarray, level: np.ndarray, like: LikeItems) -> Forecast:
        """weights: (n, launches of the past). level: (n,) of the shop."""
        shares, steps = np.array(QUANTILES), (np.arange(STEPS) + 0.5) / STEPS
        last = past.units.shape[1] - 1
        ranks = [self.spread.ranks(shares, total=column == last) for column in range(last + 1)]
        finest = self.spread.ranks(steps, total=True)
        quantiles = np.empty((len(weights), last + 1, len(shares)))
        totals = np.empty((len(weights), STEPS))
        mean = np.empty((len(weights), last + 1))
        for first in range(0, len(weights), BLOCK):
            some = slice(first, first + BLOCK)
            share = outcomes.shared(weights[some])
            for column in range(last + 1):
                quantiles[some, column] = past.quantiles(share, level[some], ranks[column], column)
            totals[some] = past.quantiles(share, level[some], finest, last)
            mean[some] = past.mean(share, level[some])
        return Forecast(quantiles, mean, totals, like)

    def _rows(self, history: History) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the launches in the history, and which of the learnt ones these are."""
        rows = pd.Index(history.items["product_id"]).get_indexer(self.learnt)
        known = np.flatnonzero(rows >= 0)
        if not len(known):
            raise VersionError("None of the launches that this version was trained on is in the shop's sales")
        return rows[known], known

    def version(self) -> Version:
        """The parts to save: only what was learnt, not the encoder that it started from."""
        config, tensors = self.base.parts()
        for name, forest in (("forest", self.likeness.forest), ("plain", self.likeness.plain)):
            tensors |= {f"{name}.{part}": values for part, values in forest.tensors().items()}
        config |= {
            "format": FORMAT,
            "settings": asdict(self.settings),
            "numbers": list(examples.NUMBERS),
            "learnt": self.learnt,
            "spread": asdict(self.spread),
            "typical": self.typical,
        }
        return Version(config, tensors)

    @classmethod
    def restored(cls, version: Version) -> "Forecaster":
        """The forecaster that was saved. Raises VersionError where it is from another Debut."""
        config = version.config
        if config.get("format") != FORMAT or config.get("numbers") != list(examples.NUMBERS):
            raise VersionError("This model version is from another Debut")
        settings = Settings.from_dict(config["settings"])
        grown = Likeness(*(Forest.restored(_part(version, name)) for name in ("forest", "plain")))
        if not len(config["learnt"]) == grown.launches == len(grown.plain.examples) / Examples.copies:
            raise VersionError("The forests do not fit the launches that they were grown on")
        base = BaseDemand.restored(settings, config, version.tensors)
        return cls(settings, base, grown, config["learnt"], config["typical"], Spread(**config["spread"]))


def fit(
    history: History,
    encoder: Encoder,
    settings: Settings,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
    start: BaseDemand | None = None,
) -> Forecaster:
    """Train on every launch of the history whose window is complete, and on the rate of every item.

    start: an earlier base demand to go on from, see `base_demand.fit`. Raises NotReady where there are too few
    launches, and what `report` raises.
    """
    torch.set_num_threads(settings.threads)
    rows = history.launches(settings.weeks)
    if len(rows) < FEWEST_LAUNCHES:
        raise NotReady(
            f"{len(rows)} launches with {settings.weeks} complete weeks are too few to learn from; "
            f"at least {FEWEST_LAUNCHES} are needed. Load sales over a longer time."
        )
    report(0.0, "reading the titles")
    encoder.embed(history.items["text"].tolist())
    report(0.05, "checking on the latest launches")
    check = _check(history, encoder, settings, rows)
    final = calibrated(history, encoder, settings, lambda done, note: report(0.1 + 0.9 * done, note), log, start)
    return replace(final, check=check)


def calibrated(
    history: History,
    encoder: Encoder,
    settings: Settings,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
    start: BaseDemand | None = None,
) -> Forecaster:
    """As `fit`, without its check: of a twin that is tried on launches which it does not know, however few it does."""
    final, known, base = _fit_once(history, encoder, settings, lambda done, note: report(0.94 * done, note), log, start)
    report(0.94, "calibrating on launches")
    spread = calibration.spread(_unseen_ranks(history, encoder, known, base, settings))
    report(1.0, "done")
    return replace(final, spread=spread)


def _fit_once(
    history: History,
    encoder: Encoder,
    settings: Settings,
    report: Progress,
    log: Log,
    start: BaseDemand | None = None,
) -> tuple[Forecaster, Examples, np.ndarray]:
    """A forecaster that is not calibrated yet, its examples, and the base demand of the history's items."""
    rows, weeks = history.launches(settings.weeks), settings.weeks
    base, unseen = base_demand.fit(history, encoder, settings, report, log, start)
    past = outcomes.read(history, rows, weeks)
    known = examples.build(history, encoder.embed(history.items["text"].tolist()), rows, unseen, weeks)
    grown = likeness.fit(known, past, settings.schedule.seed, settings.threads)
    learnt = history.items["product_id"].iloc[rows].tolist()
    return Forecaster(settings, base, grown, learnt, float(np.median(past.units[:, -1]))), known, unseen


def _unseen_ranks(
    history: History, encoder: Encoder, known: Examples, base: np.ndarray, settings: Settings
) -> np.ndarray:
    """(N, W + 1) where each launch fell among the outcomes weighted by a forest without the launches of its time."""
    vectors = encoder.embed(history.items["text"].tolist())
    past = outcomes.read(history, known.rows, settings.weeks)
    launch = history.items["launch"].to_numpy()[past.rows]
    ranks = np.empty(past.units.shape)
    for held in calibration.blocks(launch):
        rest, rows = past.of(~held), past.rows[held]
        when = np.full(held.sum(), launch[held].min())
        query = like_items.launch_query(history, vectors, rows, when)
        X = examples.numbers(history, vectors, query, base[rows], settings.weeks)
        grown = likeness.fit(known.without(held), rest, settings.schedule.seed, settings.threads)
        weights, _ = likeness.drawn(history, vectors, query, rest.rows, grown.weights(X))
        ranks[held] = rest.ranks(weights, past.shop(history, when, launch[held]), past.units[held])
    return ranks


def _check(history: History, encoder: Encoder, settings: Settings, rows: np.ndarray) -> Check:
    """How a twin that knows only what was before the latest launches forecasts them; its encoder stays frozen,
    since fine-tuning twice would double the time."""
    past, late = split(history, rows, settings.weeks)
    frozen = replace(settings, adapter="frozen")
    twin, _, _ = _fit_once(past, encoder, frozen, lambda done, note: None, lambda name, step, value: None)
    items = history.items.iloc[late]
    texts, price = items["text"].tolist(), items["price"].to_numpy(dtype=float)
    launch, codes = items["launch"].to_numpy(), items["product_id"].to_numpy()
    query = like_items.new_query(past, encoder.embed(texts), price, launch, codes)
    forecast = twin.forecast(past, encoder, texts, query)
    true = history.curves(late, settings.weeks).sum(1)
    return Check.of(true, forecast.quantiles[:, -1, 1], twin.typical)


def split(history: History, rows: np.ndarray, weeks: int) -> tuple[History, np.ndarray]:
    """The past before the latest launches, and these; fewer of them where the past would be left with too little.

    Raises NotReady where they lie too close together.
    """
    launch = history.items["launch"].to_numpy()[rows]
    for share in (CHECKED_SHARE, CHECKED_SHARE / 2):
        cut = int(launch[int(len(rows) * (1 - share))])
        if (launch + 7 * weeks <= cut).sum() >= FEWEST_LAUNCHES // 2:
            return history.as_of(history.date_of(cut)), rows[launch >= cut]
    raise NotReady(
        f"The {len(rows)} launches lie too close together to learn from the earlier and check on the later ones. "
        "Load sales over a longer time."
    )


def _ordered(rows: np.ndarray, weights: np.ndarray, cosine: np.ndarray) -> LikeItems:
    """(N,) rows with their (n, N) weights and cosines, those that count most first."""
    order = np.argsort(-weights, axis=1, kind="stable")
    return LikeItems(rows[order], np.take_along_axis(cosine, order, 1), np.take_along_axis(weights, order, 1))


def _scattered(past: Outcomes, like: LikeItems, items: int) -> np.ndarray:
    """(n, launches) weights of the past's launches."""
    place = np.full(items, -1)
    place[past.rows] = np.arange(len(past.rows))
    at = place[like.rows]
    weights = np.zeros((len(like.rows), len(past.rows)))
    row, column = np.nonzero(at >= 0)
    np.add.at(weights, (row, at[row, column]), like.weight[row, column])
    return weights


def _part(version: Version, name: str) -> dict[str, torch.Tensor]:
    """The tensors of one part, without its name before them."""
    return {
        key.removeprefix(f"{name}."): values for key, values in version.tensors.items() if key.startswith(f"{name}.")
    }

"""Search for better settings within a time budget, by what they forecast of launches that they have not seen.

The judge is the latest quarter of the launches it is given, each setting being trained on what was known before
them. Whoever wants to backtest the winner gives a history that ends at the cut of that backtest (`as_of`): then no
test launch has had a say. Candidates come from a tree-structured Parzen estimator (Bergstra et al. 2011,
https://papers.nips.cc/paper/4443), as Optuna implements it (Akiba et al. 2019, https://arxiv.org/abs/1907.10902).
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core import demand, like_items
from core.accuracy.comparison import Tell
from core.accuracy.metrics import gap, pinball, wape
from core.errors import DebutError, NotReady
from core.history import History
from core.settings import ADAPTERS, Settings
from models.encoder import Encoder
from models.errors import Diverged
from models.settings import Adapter
from models.training import Progress

if TYPE_CHECKING:
    import optuna

__all__ = ["MOST_MINUTES", "search"]

JUDGES = 0.25  # of the launches, the latest
FEWEST_JUDGES = 15
MOST_TRIALS = 300
MOST_MINUTES = 24 * 60
WARM_UP = 8  # random trials before the estimator has something to go by
RANKS = (2, 4, 8, 16, 32)
MOST_LAYERS = 4


class _TimeUp(Exception):
    pass


@dataclass(frozen=True)
class Jury:
    """The launches that judge, and the past that they were forecast from."""

    history: History
    past: History
    rows: np.ndarray

    def units(self, weeks: int) -> np.ndarray:
        """(n,) units sold in the first weeks."""
        return self.history.curves(self.rows, weeks).sum(1)

    def losses(self, encoder: Encoder, settings: Settings, report: Progress) -> tuple[np.ndarray, float]:
        """(n,) pinball losses in units over all quantiles, and the WAPE of the median."""
        forecaster = demand.fit(self.past, encoder, settings, report)
        items = self.history.items.iloc[self.rows]
        texts, price = items["text"].tolist(), items["price"].to_numpy(dtype=float)
        launch, codes = items["launch"].to_numpy(), items["product_id"].to_numpy()
        query = like_items.new_query(self.past, encoder.embed(texts), price, launch, codes)
        quantiles = forecaster.forecast(self.past, encoder, texts, query).quantiles[:, -1]
        true = self.units(settings.weeks)
        return pinball(true, quantiles), wape(true, quantiles[:, 1])


def search(
    history: History,
    encoder: Encoder,
    settings: Settings,
    minutes: float,
    report: Progress = lambda done, note: None,
    tell: Tell = lambda rows: None,
) -> dict[str, Any]:
    """Try settings around `settings` for so many minutes; the one it starts from is tried first, however long it takes.

    Returns trials (number, settings, loss, wape, seconds; loss is the pinball loss as a share of the mean launch),
    best (its number), settings (of the best), gain: loss of the best less that of the start with its 95 % interval,
    cut and launches of the judges. Raises NotReady where there are too few launches, DebutError on no time.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise DebutError(f"The time is {minutes:g} minutes; it must be more than 0 and at most {MOST_MINUTES}.")
    jury, clock = _jury(history, settings.weeks), _Clock(minutes * 60, report)
    units = jury.units(settings.weeks)
    trials: list[dict[str, Any]] = []
    losses: dict[Settings, np.ndarray] = {}

    def tried(candidate: Settings) -> float:
        began = time.perf_counter()
        known = candidate in losses
        if not known:
            losses[candidate], error = jury.losses(encoder, candidate, clock.part(trials))
        loss = float(losses[candidate].sum() / max(units.sum(), 1e-9))
        if not known:
            trials.append(_row(len(trials) + 1, candidate, loss, error, time.perf_counter() - began))
            tell(trials)
        return loss

    tried(settings)
    _look_around(settings, len(encoder.model.encoder.layer), tried, clock)
    best = min(trials, key=lambda row: np.inf if row["loss"] is None else row["loss"])
    report(1.0, f"{len(trials)} settings tried")
    won = Settings.from_dict(best["settings"])
    return {
        "trials": trials,
        "best": best["number"],
        "best_loss": best["loss"],
        "settings": asdict(won),
        "gain": gap(losses[won] - losses[settings], units),
        "cut": jury.past.date_of(jury.past.days).isoformat(),
        "launches": len(jury.rows),
    }


def _look_around(settings: Settings, layers: int, tried: Callable[[Settings], float], clock: "_Clock") -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=settings.schedule.seed, n_startup_trials=WARM_UP)
    study = optuna.create_study(sampler=sampler)  # in memory: nothing is left to be unpickled
    for _ in range(MOST_TRIALS):
        if clock.left <= 0:
            return
        trial = study.ask()
        try:
            loss = tried(_suggested(trial, settings, layers))
        except _TimeUp:
            return
        except Diverged:
            loss = np.inf
        study.tell(trial, loss if np.isfinite(loss) else 1e9)


def _suggested(trial: "optuna.Trial", settings: Settings, layers: int) -> Settings:
    """A candidate; what it does not choose stays as it was."""
    adapter = cast(Adapter, trial.suggest_categorical("adapter", ADAPTERS))
    if adapter == "frozen":
        return replace(settings, adapter="frozen")
    full = adapter == "full"
    rate = trial.suggest_float("rate_full" if full else "rate", *((1e-6, 2e-4) if full else (2e-4, 1e-2)), log=True)
    schedule = replace(
        settings.schedule,
        layers=trial.suggest_int("layers", 1, min(MOST_LAYERS, layers)),
        epochs=trial.suggest_int("epochs", 1, 8),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 0.3, log=True),
        encoder_rate=rate,
    )
    rank = settings.rank if full else trial.suggest_categorical("rank", list(RANKS))
    return replace(settings, adapter=adapter, rank=rank, schedule=schedule)


class _Clock:
    """The time that is left, told as progress; it ends every trial but the first."""

    def __init__(self, seconds: float, report: Progress) -> None:
        self._began, self._seconds, self._report = time.monotonic(), seconds, report

    @property
    def left(self) -> float:
        """Seconds until the time is up."""
        return self._began + self._seconds - time.monotonic()

    def part(self, trials: list[dict[str, Any]]) -> Progress:
        """Progress of the next trial. Raises _TimeUp."""
        known = [row["loss"] for row in trials if row["loss"] is not None]
        best = f", best loss so far {min(known):.3f}" if known else ""

        def told(done: float, note: str) -> None:
            if trials and self.left <= 0:
                raise _TimeUp
            spent = 1 - max(self.left, 0) / self._seconds
            self._report(min(spent, 0.99 if trials else 0.5), f"setting {len(trials) + 1}: {note}{best}")

        return told


def _jury(history: History, weeks: int) -> Jury:
    rows = history.launches(weeks)
    launch = history.items["launch"].to_numpy()[rows]
    if len(rows) < demand.FEWEST_LAUNCHES + FEWEST_JUDGES:
        raise NotReady(
            f"{len(rows)} launches with {weeks} complete weeks are too few to search with; "
            f"at least {demand.FEWEST_LAUNCHES + FEWEST_JUDGES} are needed. Load sales over a longer time."
        )
    first = min(int(len(rows) * (1 - JUDGES)), len(rows) - FEWEST_JUDGES)
    cut = int(launch[first])
    past = history.as_of(history.date_of(cut))
    # A launch shortly before the cut has no complete window there, so the past may hold too few: then a later cut.
    while len(past.launches(weeks)) < demand.FEWEST_LAUNCHES and (launch > cut).sum() >= FEWEST_JUDGES:
        cut = int(launch[launch > cut][0])
        past = history.as_of(history.date_of(cut))
    if len(past.launches(weeks)) < demand.FEWEST_LAUNCHES:
        raise NotReady(
            f"The {len(rows)} launches lie too close together to learn from the earlier and judge by the later ones. "
            "Load sales over a longer time."
        )
    return Jury(history, past, rows[launch >= cut])


def _row(number: int, settings: Settings, loss: float, error: float, seconds: float) -> dict[str, Any]:
    told = loss if np.isfinite(loss) else None  # JSON knows no infinity
    return {"number": number, "settings": asdict(settings), "loss": told, "wape": error, "seconds": seconds}

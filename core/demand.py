"""The forecast of items that have never been sold: units by week, with honest quantiles and a mean.

Boosted trees forecast from what the like items did; a fine-tuned BERT that reads the text and the same
numbers corrects them. How far its correction is followed, how wide the intervals must be and where the mean
lies is learnt on the latest launches *inside* the training data, forecast by a first model that has not
seen them:

    blend       the share of the uncorrected trees that gives the least error of log units there
    intervals   conformalised quantile regression (Romano et al. 2019, https://arxiv.org/abs/1905.03222)
    mean        the lognormal mean of the quantiles, scaled so that the means add up to what was sold
"""

from dataclasses import asdict, dataclass, field, replace

import lightgbm as lgb
import numpy as np
import torch
from scipy.stats import spearmanr

from core import like_items
from core.errors import NotReady
from core.history import History
from core.like_items import NUMBERS, LikeItems, Query
from core.settings import Settings
from models import boosting, training
from models.encoder import Encoder
from models.forecaster import QUANTILES, LaunchNet, lora, pinball
from models.training import Progress
from models.versions import Version

__all__ = ["FEWEST_LAUNCHES", "Check", "Forecast", "Forecaster", "fit", "launch_query"]

FEWEST_LAUNCHES = 40
CALIBRATION_SHARE = 0.25  # of the launches, the latest
INTERVAL = 0.8  # share of launches that P10 to P90 should hold
BLENDS = np.linspace(0, 1, 5)
NORMAL_P90 = 1.2816  # standard deviations from median to P90 of a normal
LEVEL_PRIOR = 0.25  # standard deviation of the log level between one season's launches and the next's
LARGEST_LOG = 16.0  # log1p of 8.9 million units: above any launch, below overflow


@dataclass(frozen=True)
class Forecast:
    """Units of n items in each of W weeks and their sum, which comes last."""

    quantiles: np.ndarray
    """(n, W + 1, 3) units at P10, P50, P90; those of the sum are forecast, not added up."""
    mean: np.ndarray
    """(n, W + 1) expected units: what profit is counted with."""
    like: LikeItems
    """Rows of the history that each forecast leant on."""


@dataclass(frozen=True)
class Calibration:
    """What the latest launches taught."""

    blend: float = 0.5
    """Share of the uncorrected trees, 0 to 1."""
    widen: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """(W + 1,) added to both ends of the interval, in log1p units; negative narrows."""
    level: float = 1.0
    """Factor on the mean."""


@dataclass(frozen=True)
class Check:
    """How the first model did on the latest launches, which it had not seen; the blend was chosen on them."""

    launches: int = 0
    wape: float = 0.0
    wape_median: float = 0.0
    """Of the median of the earlier launches: what knowing nothing of an item gives."""
    spearman: float = 0.0
    true: list[float] = field(default_factory=list)
    """Units of each launch in all weeks."""
    predicted: list[float] = field(default_factory=list)
    """Median forecast of each."""


@dataclass(frozen=True)
class Forecaster:
    """A trained forecaster: plain parts that save to and load from a `Version`."""

    settings: Settings
    net: LaunchNet
    boosters: list[lgb.Booster]
    centre: np.ndarray
    """(numbers,) mean of each number over the training launches."""
    scale: np.ndarray
    calibration: Calibration
    losses: list[float]
    """Mean pinball loss of each epoch."""
    launches: int
    """How many it was trained on."""
    typical: float
    """Median units of these launches."""
    check: Check = Check()

    def forecast(self, history: History, encoder: Encoder, texts: list[str], query: Query) -> Forecast:
        """Forecast items by their texts and the history that the query allows."""
        vectors = encoder.embed(history.items["text"].tolist())
        like = like_items.find(history, vectors, query)
        return self.forecast_like(history, encoder, texts, query, like)

    def forecast_like(
        self, history: History, encoder: Encoder, texts: list[str], query: Query, like: LikeItems
    ) -> Forecast:
        """Forecast items with like items that are given, as found or as the user chose them."""
        X = like_items.numbers(history, query, like, self.settings.weeks)
        log = _calibrated(_blend(*self._parts(encoder, texts, X), self.calibration.blend), self.calibration.widen)
        mean = _mean(log) * self.calibration.level
        return Forecast(np.maximum(np.expm1(log), 0), mean, like)

    def _parts(self, encoder: Encoder, texts: list[str], X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, W + 1, 3) of the net and (n, 3) of the trees, log1p units. A text is read once, however often asked."""
        unique, place = np.unique(np.array(texts, dtype=object), return_inverse=True)
        trees = boosting.predict_quantiles(self.boosters, X)
        read = training.read(self.net, encoder.tokens(unique.tolist()))[place]
        return training.judge(self.net, read, _standardised(X, self.centre, self.scale), trees[:, 1]), trees

    def version(self) -> Version:
        """The parts to save: only what was learnt, not the encoder that it started from."""
        learnt = {name: weight for name, weight in self.net.state_dict().items() if _is_ours(name)}
        config = {
            "settings": asdict(self.settings),
            "numbers": list(NUMBERS),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "blend": self.calibration.blend,
            "widen": self.calibration.widen.tolist(),
            "level": self.calibration.level,
            "losses": self.losses,
            "launches": self.launches,
            "typical": self.typical,
        }
        texts = {f"trees_{i}": booster.model_to_string() for i, booster in enumerate(self.boosters)}
        return Version(config, learnt, texts)

    @classmethod
    def restored(cls, version: Version) -> "Forecaster":
        """The forecaster that was saved. Raises NotReady where it knows other numbers than this Debut."""
        config = version.config
        if config["numbers"] != list(NUMBERS):
            raise NotReady("This model version is from another Debut. Fine-tune again on the Model page.")
        settings = Settings.from_dict(config["settings"])
        net = _new_net(settings, Encoder(settings.encoder))
        net.load_state_dict(version.tensors, strict=False)
        return cls(
            settings,
            net.eval(),
            boosting.restore([version.texts[name] for name in sorted(version.texts)]),
            np.array(config["centre"]),
            np.array(config["scale"]),
            Calibration(config["blend"], np.array(config["widen"]), config["level"]),
            config["losses"],
            config["launches"],
            config["typical"],
        )


def launch_query(history: History, vectors: np.ndarray, rows: np.ndarray, known: np.ndarray | None = None) -> Query:
    """Past launches as if they were new: known up to their own launch, or up to the days given."""
    launch = history.items["launch"].to_numpy()[rows]
    price = history.items["price"].to_numpy(dtype=float)[rows]
    return Query(vectors[rows], price, launch, launch if known is None else known, rows)


def fit(
    history: History, encoder: Encoder, settings: Settings, report: Progress = lambda done, note: None
) -> Forecaster:
    """Train on every launch of the history whose window is complete.

    Raises NotReady where there are too few, and what `report` raises.
    """
    torch.set_num_threads(settings.threads)
    rows = history.launches(settings.weeks)
    if len(rows) < FEWEST_LAUNCHES:
        raise NotReady(
            f"{len(rows)} launches with {settings.weeks} complete weeks are too few to learn from; "
            f"at least {FEWEST_LAUNCHES} are needed. Load sales over a longer time."
        )
    report(0.0, "reading the titles")
    vectors = encoder.embed(history.items["text"].tolist())
    early, late, cut = _split(history, rows, settings.weeks)
    first = _fit_once(history, encoder, vectors, early, settings, _part(report, 0.02, 0.42, "calibrating"))
    calibration, check = _calibrate(first, history, encoder, vectors, late, cut)
    final = _fit_once(history, encoder, vectors, rows, settings, _part(report, 0.42, 1.0, "fine-tuning"))
    report(1.0, "done")
    return replace(final, calibration=calibration, check=check)


def _fit_once(
    history: History,
    encoder: Encoder,
    vectors: np.ndarray,
    rows: np.ndarray,
    settings: Settings,
    report: Progress,
) -> Forecaster:
    query = launch_query(history, vectors, rows)
    X = like_items.numbers(history, query, like_items.find(history, vectors, query), settings.weeks)
    Y = _targets(history, rows, settings.weeks)
    centre, scale = _moments(X)
    torch.manual_seed(settings.schedule.seed)
    net = _new_net(settings, encoder)
    base = boosting.out_of_fold(X, Y[:, -1], settings.schedule.seed, settings.threads)
    net.start_at(torch.tensor(np.quantile(Y - base[:, None], QUANTILES, axis=0).T, dtype=torch.float32))
    tokens = encoder.tokens(history.items["text"].iloc[rows].tolist())
    inputs = [_standardised(X, centre, scale), base]
    losses = training.fine_tune(net, tokens, inputs, Y, pinball, settings.schedule, report)
    boosters = boosting.fit_quantiles(X, Y[:, -1], QUANTILES, settings.schedule.seed, settings.threads)
    typical = float(np.expm1(np.median(Y[:, -1])))
    return Forecaster(settings, net, boosters, centre, scale, Calibration(), losses, len(rows), typical)


def _split(history: History, rows: np.ndarray, weeks: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Earlier launches, the latest ones, and the day between: no window of the first reaches past it."""
    launch = history.items["launch"].to_numpy()
    cut = int(launch[rows[int(len(rows) * (1 - CALIBRATION_SHARE))]])
    early, late = rows[launch[rows] + 7 * weeks <= cut], rows[launch[rows] >= cut]
    if len(early) < FEWEST_LAUNCHES // 2:  # a short history: overlap rather than learn from nothing
        early = rows[launch[rows] < cut]
    return early, late, cut


def _calibrate(
    first: Forecaster, history: History, encoder: Encoder, vectors: np.ndarray, late: np.ndarray, cut: int
) -> tuple[Calibration, Check]:
    """Forecast the latest launches as they would have been on the cut, and compare."""
    weeks = first.settings.weeks
    query = launch_query(history, vectors, late, np.full(len(late), cut))
    X = like_items.numbers(history, query, like_items.find(history, vectors, query), weeks)
    texts = history.items["text"].iloc[late].tolist()
    net, trees = first._parts(encoder, texts, X)
    Y = _targets(history, late, weeks)
    errors = [np.abs(_blend(net, trees, blend)[:, -1, 1] - Y[:, -1]).mean() for blend in BLENDS]
    blend = float(BLENDS[int(np.argmin(errors))])
    log = _blend(net, trees, blend)
    widen = _conformal(log, Y)
    true = np.expm1(Y[:, -1])
    calibration = Calibration(blend, widen, _level(true, _mean(_calibrated(log, widen))[:, -1]))
    return calibration, _check(true, np.expm1(log[:, -1, 1]), first.typical)


def _check(true: np.ndarray, predicted: np.ndarray, typical: float) -> Check:
    total = max(true.sum(), 1e-9)
    return Check(
        len(true),
        float(np.abs(true - predicted).sum() / total),
        float(np.abs(true - typical).sum() / total),
        float(spearmanr(true, predicted).statistic),
        true.tolist(),
        np.round(predicted, 1).tolist(),
    )


def _level(true: np.ndarray, mean: np.ndarray) -> float:
    """Factor that makes the means add up to what was sold, drawn to 1 as far as a few big sellers decide it.

    Posterior of the log factor under a normal prior around 0, its variance by the delta method.
    """
    if not true.sum() or not mean.sum():
        return 1.0
    factor = true.sum() / mean.sum()
    variance = ((true - factor * mean) ** 2).sum() / true.sum() ** 2
    return float(factor ** (LEVEL_PRIOR**2 / (LEVEL_PRIOR**2 + variance)))


def _conformal(log: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """(W + 1,) by how much the interval of each week must widen for INTERVAL of the launches to lie in it."""
    miss = np.maximum(log[..., 0] - Y, Y - log[..., 2])
    share = min(1.0, np.ceil((len(Y) + 1) * INTERVAL) / len(Y))
    return np.quantile(miss, share, axis=0, method="higher")


def _calibrated(log: np.ndarray, widen: np.ndarray) -> np.ndarray:
    """(n, W + 1, 3) with the ends moved by `widen`, never past the median."""
    low = np.minimum(log[..., 0] - widen, log[..., 1])
    high = np.maximum(log[..., 2] + widen, log[..., 1])
    return np.clip(np.stack([low, log[..., 1], high], axis=-1), 0, LARGEST_LOG)


def _mean(log: np.ndarray) -> np.ndarray:
    """(n, W + 1) mean of a lognormal with these quantiles; the weeks are scaled to add up to the sum."""
    spread = np.minimum((log[..., 2] - log[..., 1]) / NORMAL_P90, 1.5)  # a wild tail is not a big mean
    mean = np.expm1(log[..., 1] + spread**2 / 2)
    weeks, total = mean[:, :-1], mean[:, -1:]
    return np.concatenate([weeks * total / np.maximum(weeks.sum(1, keepdims=True), 1e-9), total], axis=1)


def _blend(net: np.ndarray, trees: np.ndarray, share: float) -> np.ndarray:
    """Blend the sum's quantiles in log space, and lift or lower every week with the sum's median."""
    total = (1 - share) * net[:, -1] + share * trees
    weeks = net[:, :-1] + (total[:, 1] - net[:, -1, 1])[:, None, None]
    return np.concatenate([weeks, total[:, None]], axis=1)


def _targets(history: History, rows: np.ndarray, weeks: int) -> np.ndarray:
    """(rows, W + 1) log1p units by week and in all."""
    curves = history.curves(rows, weeks)
    return np.log1p(np.column_stack([curves, curves.sum(1)]))


def _standardised(X: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.clip((X - centre) / scale, -4, 4))


def _moments(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each number over what is known; 0 and 1 where nothing is."""
    known = ~np.isnan(X)
    count = np.maximum(known.sum(0), 1)
    centre = np.where(known, X, 0).sum(0) / count
    spread = np.sqrt(np.where(known, (X - centre) ** 2, 0).sum(0) / count)
    return centre, np.where(spread > 1e-9, spread, 1.0)


def _new_net(settings: Settings, encoder: Encoder) -> LaunchNet:
    return LaunchNet(lora(encoder, settings.rank), len(NUMBERS), settings.weeks)


def _is_ours(name: str) -> bool:
    return not name.startswith("bert.") or "lora_" in name


def _part(report: Progress, low: float, high: float, what: str) -> Progress:
    return lambda done, note: report(low + (high - low) * done, f"{what}: {note}")

"""The forecast of items that have never been sold: units by week, with honest quantiles and a mean.

    base demand   a BERT fine-tuned on the shop's items says what the text is worth
    like items    what the nearest earlier items sold before, a year ago and in their own first weeks
    quantiles     boosted trees join both into P10, P50 and P90 of the units of all weeks
    curve         the weeks take the shares that the like items' weeks had
    intervals     conformalised quantile regression (Romano et al. 2019, https://arxiv.org/abs/1905.03222)
    mean          the lognormal mean of the quantiles, scaled so that the means add up to what was sold

How wide the intervals must be and where the mean lies is learnt on the latest launches *inside* the training
data, forecast by a first model that has not seen them.
"""

from dataclasses import asdict, dataclass, field, replace

import lightgbm as lgb
import numpy as np
import torch

from core import base_demand, like_items
from core.base_demand import BaseDemand
from core.errors import NotReady
from core.history import History
from core.like_items import NUMBERS, LikeItems, Query
from core.metrics import spearman, wape
from core.settings import QUANTILES, Settings
from models import boosting
from models.base_demand import BaseDemandNet, Reader, adapted
from models.encoder import Encoder
from models.errors import VersionError
from models.training import Progress
from models.versions import Version

__all__ = ["FEWEST_LAUNCHES", "Check", "Forecast", "Forecaster", "fit"]

FEWEST_LAUNCHES = 40
CALIBRATION_SHARE = 0.25  # of the launches, the latest
INTERVAL = 0.8  # share of launches that P10 to P90 should hold
NORMAL_P90 = 1.2816  # standard deviations from median to P90 of a normal
WIDEST = 1.5  # log standard deviation that may count for a mean: a wild tail is not a big mean
LEVEL_PRIOR = 0.25  # standard deviation of the part of the log level that lasts
LEVEL_SEASON = 0.5  # of the part that is gone with the season: a quarter's launches tell little of the next's
LARGEST_LOG = 16.0  # log1p of 8.9 million units: above any launch, below overflow
SHOP_CURVE = 0.5  # weight of the shop's own curve beside the like items', whose weights sum to at most 1


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

    widen: np.ndarray
    """(W + 1,) added to both ends of the interval, in log1p units; negative narrows."""
    level: float = 1.0
    """Factor on the mean."""


@dataclass(frozen=True)
class Check:
    """How the first model, with the encoder as it came, did on the latest launches, which it had not seen."""

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
    base: BaseDemand
    boosters: list[lgb.Booster]
    curve: np.ndarray
    """(W,) mean share of each week in a launch's units."""
    calibration: Calibration
    launches: int
    """How many it was trained on."""
    typical: float
    """Median units of these launches."""
    check: Check = field(default_factory=Check)

    def forecast(self, history: History, encoder: Encoder, texts: list[str], query: Query) -> Forecast:
        """Forecast items by their texts and the history that the query allows."""
        like = like_items.find(history, encoder.embed(history.items["text"].tolist()), query)
        return self.forecast_like(history, encoder, texts, query, like)

    def forecast_like(
        self, history: History, encoder: Encoder, texts: list[str], query: Query, like: LikeItems
    ) -> Forecast:
        """Forecast items with like items that are given, as found or as the user chose them."""
        log = _calibrated(self._log_units(history, encoder, texts, query, like), self.calibration.widen)
        return Forecast(np.expm1(log), _mean(log) * self.calibration.level, like)

    def _log_units(
        self, history: History, encoder: Encoder, texts: list[str], query: Query, like: LikeItems
    ) -> np.ndarray:
        """(n, W + 1, 3) log1p units before calibration."""
        X = _joined(history, query, like, self.settings.weeks, self.base.predict(encoder, texts, query.price))
        total = np.expm1(np.maximum(boosting.predict_quantiles(self.boosters, X), 0))  # (n, 3) units
        share = _shares(history, query, like, self.curve)  # (n, W)
        return np.log1p(np.concatenate([share[:, :, None] * total[:, None, :], total[:, None, :]], axis=1))

    def version(self) -> Version:
        """The parts to save: only what was learnt, not the encoder that it started from."""
        reader = self.base.reader
        tensors = {"probe": torch.tensor(np.append(reader.weight, reader.bias))}
        if reader.net is not None:
            tensors |= {name: weight for name, weight in reader.net.state_dict().items() if _is_ours(name)}
        config = {
            "settings": asdict(self.settings),
            "numbers": list(NUMBERS),
            "price": list(self.base.price),
            "rate": list(self.base.rate),
            "losses": reader.losses,
            "curve": self.curve.tolist(),
            "widen": self.calibration.widen.tolist(),
            "level": self.calibration.level,
            "launches": self.launches,
            "typical": self.typical,
        }
        texts = {f"trees_{i}": booster.model_to_string() for i, booster in enumerate(self.boosters)}
        return Version(config, tensors, texts)

    @classmethod
    def restored(cls, version: Version) -> "Forecaster":
        """The forecaster that was saved. Raises VersionError where it is from another Debut."""
        config = version.config
        if config.get("numbers") != list(NUMBERS) or "probe" not in version.tensors:
            raise VersionError("This model version is from another Debut")
        settings = Settings.from_dict(config["settings"])
        return cls(
            settings,
            BaseDemand(
                _restored_reader(settings, version),
                tuple(config["price"]),
                tuple(config["rate"]),
                settings.schedule.layers,
            ),
            boosting.restore([version.texts[name] for name in sorted(version.texts)]),
            np.array(config["curve"]),
            Calibration(np.array(config["widen"]), config["level"]),
            config["launches"],
            config["typical"],
        )


def fit(
    history: History, encoder: Encoder, settings: Settings, report: Progress = lambda done, note: None
) -> Forecaster:
    """Train on every launch of the history whose window is complete, and on the rate of every item.

    Raises NotReady where there are too few launches, and what `report` raises.
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
    report(0.05, "calibrating on the latest launches")
    past, late = _split(history, rows, settings.weeks)
    # The first model is there to learn the size of errors on unseen launches; its encoder stays frozen, since
    # fine-tuning twice would double the time. Its errors are taken for those of the final model.
    frozen = replace(settings, schedule=replace(settings.schedule, layers=0))
    first = _fit_once(past, encoder, frozen, lambda done, note: None)
    calibration, check = _calibrate(first, history, past, encoder, late)
    final = _fit_once(history, encoder, settings, lambda done, note: report(0.1 + 0.9 * done, note))
    report(1.0, "done")
    return replace(final, calibration=calibration, check=check)


def _fit_once(history: History, encoder: Encoder, settings: Settings, report: Progress) -> Forecaster:
    rows = history.launches(settings.weeks)
    base, unseen = base_demand.fit(history, encoder, settings, report)
    vectors = encoder.embed(history.items["text"].tolist())
    query = like_items.launch_query(history, vectors, rows)
    like = like_items.find(history, vectors, query)
    X = _joined(history, query, like, settings.weeks, unseen[rows])
    Y = _targets(history, rows, settings.weeks)
    boosters = boosting.fit_quantiles(X, Y[:, -1], QUANTILES, settings.schedule.seed, settings.threads)
    curve = _shop_curve(history.curves(rows, settings.weeks))
    nothing = Calibration(np.zeros(settings.weeks + 1))
    typical = float(np.expm1(np.median(Y[:, -1])))
    return Forecaster(settings, base, boosters, curve, nothing, len(rows), typical)


def _split(history: History, rows: np.ndarray, weeks: int) -> tuple[History, np.ndarray]:
    """The past before the latest launches, and these; fewer of them where the past would be left with too little."""
    launch = history.items["launch"].to_numpy()[rows]
    for share in (CALIBRATION_SHARE, CALIBRATION_SHARE / 2):
        cut = int(launch[int(len(rows) * (1 - share))])
        past = history.as_of(history.date_of(cut))
        if len(past.launches(weeks)) >= FEWEST_LAUNCHES // 2:
            return past, rows[launch >= cut]
    raise NotReady(
        f"The {len(rows)} launches lie too close together to learn from the earlier and check on the later ones. "
        "Load sales over a longer time."
    )


def _calibrate(
    first: Forecaster, history: History, past: History, encoder: Encoder, late: np.ndarray
) -> tuple[Calibration, Check]:
    """Forecast the latest launches from what was known before them, and compare with what they sold."""
    items = history.items.iloc[late]
    texts, price = items["text"].tolist(), items["price"].to_numpy(dtype=float)
    query = like_items.new_query(past, encoder.embed(texts), price, items["launch"].to_numpy())
    like = like_items.find(past, encoder.embed(past.items["text"].tolist()), query)
    log = first._log_units(past, encoder, texts, query, like)
    Y = _targets(history, late, first.settings.weeks)
    widen = _conformal(log, Y)
    true = np.expm1(Y[:, -1])
    level = _level(true, _mean(_calibrated(log, widen))[:, -1])
    return Calibration(widen, level), _check(true, np.expm1(log[:, -1, 1]), first.typical)


def _check(true: np.ndarray, predicted: np.ndarray, typical: float) -> Check:
    return Check(
        len(true),
        wape(true, predicted),
        wape(true, np.full(len(true), typical)),
        float(np.nan_to_num(spearman(true, predicted))),  # nothing to agree on is no agreement
        true.tolist(),
        np.round(predicted, 1).tolist(),
    )


def _level(true: np.ndarray, mean: np.ndarray) -> float:
    """Factor by which the means missed what was sold, as far as it can be expected to last.

    Posterior mean of the lasting part of the log factor: normal prior around 0, a normal part that goes with
    the season, and the sampling variance that a few big sellers cause (delta method).
    """
    if not true.sum() or not mean.sum():
        return 1.0
    factor = true.sum() / mean.sum()
    variance = ((true - factor * mean) ** 2).sum() / true.sum() ** 2
    return float(factor ** (LEVEL_PRIOR**2 / (LEVEL_PRIOR**2 + LEVEL_SEASON**2 + variance)))


def _conformal(log: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """(W + 1,) by how much the interval of each week must widen for INTERVAL of the launches to lie in it.

    A week is judged together with the weeks beside it: some dozen launches alone would make the band jagged.
    """
    miss = np.maximum(log[..., 0] - Y, Y - log[..., 2])  # (n, W + 1)
    weeks = miss.shape[1] - 1
    beside = [miss[:, max(0, week - 1) : min(weeks, week + 2)] for week in range(weeks)]
    return np.array([_bound(part.ravel()) for part in [*beside, miss[:, -1:]]])


def _bound(misses: np.ndarray) -> float:
    """The conformal quantile: INTERVAL of new misses lie below it."""
    share = min(1.0, np.ceil((len(misses) + 1) * INTERVAL) / len(misses))
    return float(np.quantile(misses, share, method="higher"))


def _calibrated(log: np.ndarray, widen: np.ndarray) -> np.ndarray:
    """(n, W + 1, 3) with the ends moved by `widen`, never past the median."""
    low = np.minimum(log[..., 0] - widen, log[..., 1])
    high = np.maximum(log[..., 2] + widen, log[..., 1])
    return np.clip(np.stack([low, log[..., 1], high], axis=-1), 0, LARGEST_LOG)


def _mean(log: np.ndarray) -> np.ndarray:
    """(n, W + 1) mean of a lognormal with these quantiles; the weeks are scaled to add up to the sum."""
    spread = np.minimum((log[..., 2] - log[..., 1]) / NORMAL_P90, WIDEST)
    mean = np.expm1(log[..., 1] + spread**2 / 2)
    weeks, total = mean[:, :-1], mean[:, -1:]
    return np.concatenate([weeks * total / np.maximum(weeks.sum(1, keepdims=True), 1e-9), total], axis=1)


def _joined(history: History, query: Query, like: LikeItems, weeks: int, base: np.ndarray) -> np.ndarray:
    """(n, numbers + 1) what the like items did, and the base demand."""
    return np.column_stack([like_items.numbers(history, query, like, weeks), base])


def _shop_curve(curves: np.ndarray) -> np.ndarray:
    """(W,) mean share of each week over launches that sold anything; even where none did."""
    total = curves.sum(1, keepdims=True)
    sold = curves[total[:, 0] > 0] / total[total[:, 0] > 0]
    return sold.mean(0) if len(sold) else np.full(curves.shape[1], 1 / curves.shape[1])


def _shares(history: History, query: Query, like: LikeItems, curve: np.ndarray) -> np.ndarray:
    """(n, W) share of each week: the curves of like items whose launch was seen, drawn to the shop's own."""
    weeks = len(curve)
    sold = history.curves(np.arange(len(history.items)), weeks)  # (items, W)
    total = sold.sum(1)
    seen = like_items.launch_seen(history, query, like, weeks) & (total[like.rows] > 0)  # (n, k)
    weight = np.where(seen, like.weight, 0)
    near = np.einsum("nk,nkw->nw", weight, (sold / np.maximum(total, 1)[:, None])[like.rows])
    return (near + SHOP_CURVE * curve) / (weight.sum(1, keepdims=True) + SHOP_CURVE)


def _targets(history: History, rows: np.ndarray, weeks: int) -> np.ndarray:
    """(rows, W + 1) log1p units by week and in all."""
    curves = history.curves(rows, weeks)
    return np.log1p(np.column_stack([curves, curves.sum(1)]))


def _restored_reader(settings: Settings, version: Version) -> Reader:
    probe = version.tensors["probe"].numpy()
    learnt = {name: weight for name, weight in version.tensors.items() if name != "probe"}
    net = None
    if learnt:
        layers = adapted(Encoder(settings.encoder), settings.schedule.layers, settings.rank)
        net = BaseDemandNet(layers, probe[:-1], float(probe[-1]))
        absent = net.load_state_dict(learnt, strict=False)
        lacking = [name for name in absent.missing_keys if _is_ours(name)] + absent.unexpected_keys
        if lacking:
            raise VersionError(f"The weights do not fit: {', '.join(lacking[:3])}")
        net.eval()
    return Reader(probe[:-1], float(probe[-1]), net, version.config["losses"])


def _is_ours(name: str) -> bool:
    return not name.startswith("encoder.") or "lora_" in name

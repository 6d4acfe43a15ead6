"""Base demand: how much an item sells in this shop for what it is, learnt from every item and not only launches.

A shop has few launches and many items. The rate at which each item has sold since it came, against its text
and price, teaches a BERT what sells here; its answer for a new item is one of the numbers that the launch
forecast is made from.

There is a reader for each fold of the items, which has not seen that fold. A past launch is judged by the reader
that has not seen it, a new item by all of them: both are as strange to who judges them, so that the forest which
learns from the one may be asked about the other. A training that starts from an earlier one leaves every item in
its fold: else a reader would be asked about items that it has read before.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from core.history import History
from core.settings import Settings
from models.adapters import Adapted, learnt
from models.base_demand import BaseDemandNet, Reader, fit_reader
from models.encoder import Encoder
from models.errors import VersionError
from models.training import Log, Progress

__all__ = ["BaseDemand", "fit", "folds"]

FEWEST_DAYS = 28  # on sale, for a rate to mean something
RATE_DAYS = 56
FOLDS = 3
WARM_SHARE = 0.5  # of the epochs, for readers that go on from earlier ones


@dataclass(frozen=True)
class BaseDemand:
    """Fitted readers with the scales of what they read and answer."""

    readers: list[Reader]
    price: tuple[float, float]
    """Mean and standard deviation of log1p price."""
    rate: tuple[float, float]
    """Mean and standard deviation of log1p units in 8 weeks."""
    layers: int
    """Layers of the encoder that the readers have fine-tuned."""
    folds: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """product_id to the reader that has not seen it; empty where an older Debut did not keep it."""
    _read: dict[str, float] = field(default_factory=dict, compare=False, repr=False)
    """What was made of texts read before, by their hash."""

    @property
    def losses(self) -> list[float]:
        """Mean squared error of each epoch, in variances of the target, over the readers that ran so long."""
        runs = [reader.losses for reader in self.readers]
        return [float(np.mean([run[at] for run in runs if at < len(run)])) for at in range(max(map(len, runs)))]

    def predict(self, encoder: Encoder, texts: list[str], price: np.ndarray) -> np.ndarray:
        """(n,) log1p units in 8 weeks; an unknown price (NaN) counts as the usual one. A text is read once."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._read}
        if new:
            names = list(new.values())
            states = encoder.states(names, self.layers) if self.layers else None
            vectors = encoder.embed(names)
            told = np.mean([reader.text_part(vectors, states) for reader in self.readers], axis=0)
            self._read.update(zip(new, told.tolist(), strict=True))
        centre, scale = self.rate
        text = np.array([self._read[key] for key in keys])
        weight = float(np.mean([reader.price_weight for reader in self.readers]))
        return (text + weight * _standardised(price, self.price)) * scale + centre

    def parts(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """What JSON and what safetensors can hold of it: the encoder it started from is not among it."""
        losses = [reader.losses for reader in self.readers]
        config = {"price": list(self.price), "rate": list(self.rate), "losses": losses, "folds": self.folds}
        tensors = {}
        for at, reader in enumerate(self.readers):
            tensors[f"base.{at}.probe"] = torch.tensor(np.append(reader.weight, reader.bias))
            if reader.net is not None:
                tensors |= {f"base.{at}.{name}": weight for name, weight in learnt(reader.net).items()}
        return config, tensors

    @classmethod
    def restored(cls, settings: Settings, config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> "BaseDemand":
        """What `parts` gave. Raises VersionError where the weights do not fit the settings."""
        readers = []
        for at, losses in enumerate(config["losses"]):
            start = f"base.{at}."
            saved = {name.removeprefix(start): part for name, part in tensors.items() if name.startswith(start)}
            if "probe" not in saved:
                raise VersionError("The version lacks a reader")
            probe = saved.pop("probe").numpy()
            net = _restored_net(settings, probe, saved) if settings.schedule.layers else None
            readers.append(Reader(probe[:-1], float(probe[-1]), net, losses))
        if not readers:
            raise VersionError("The version holds no reader")
        scales = tuple(config["price"]), tuple(config["rate"])
        return cls(readers, *scales, settings.schedule.layers, config.get("folds", {}))


def fit(
    history: History,
    encoder: Encoder,
    settings: Settings,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
    start: BaseDemand | None = None,
) -> tuple[BaseDemand, np.ndarray]:
    """Learn from every item that was on sale for four weeks or more.

    start: an earlier one with the same settings to go on from, for a part of the epochs. Returns the base demand for
    new items, and (items,) log1p units in 8 weeks of the history's own items, each from the reader that has not seen
    it. `log` is told of the first reader. Raises what `report` and `log` raise.
    """
    schedule, texts = settings.schedule, history.items["text"].tolist()
    if start is not None:
        schedule = replace(schedule, epochs=max(1, round(WARM_SHARE * schedule.epochs)))
    vectors = encoder.embed(texts)
    states = encoder.states(texts, schedule.layers) if schedule.layers else None
    price = history.items["price"].to_numpy(dtype=float)
    rate, days = _rates(history)
    known = days >= FEWEST_DAYS
    scales = (start.price, start.rate) if start is not None else (_moments(np.log1p(price)), _moments(rate[known]))
    x, y = _standardised(price, scales[0]), (rate - scales[1][0]) / scales[1][1]
    codes = history.items["product_id"].tolist()
    kept = folds(codes, schedule.seed) | ({} if start is None else start.folds)
    fold = np.array([kept[code] for code in codes])

    def fitted(held: int, part: Progress, log: Log) -> Reader:
        rows = np.flatnonzero(known & (fold != held))
        some = states and states.of(rows)
        kind, rank = settings.adapter, settings.rank
        first = None if start is None else start.readers[held]
        return fit_reader(encoder, vectors[rows], some, x[rows], y[rows], kind, rank, schedule, part, log, first)

    readers, unseen = [], np.zeros(len(texts))
    for held in range(FOLDS):
        told = log if held == 0 else lambda name, step, value: None  # one curve is enough to see how it goes
        readers.append(fitted(held, _part(report, held), told))
        out = np.flatnonzero(fold == held)
        unseen[out] = readers[-1].predict(vectors[out], states and states.of(out), x[out])
    mine = {code: kept[code] for code in codes}
    return BaseDemand(readers, *scales, schedule.layers, mine), unseen * scales[1][1] + scales[1][0]


def folds(codes: list[str], seed: int) -> dict[str, int]:
    """Product codes, in the order of a history, to the reader that does not see them."""
    drawn = np.random.default_rng(seed).permutation(len(codes)) % FOLDS
    return dict(zip(codes, drawn.tolist(), strict=True))


def _restored_net(settings: Settings, probe: np.ndarray, saved: dict[str, torch.Tensor]) -> BaseDemandNet:
    layers = Adapted(Encoder(settings.encoder), settings.schedule.layers, settings.adapter, settings.rank)
    net = BaseDemandNet(layers, probe[:-1], float(probe[-1]))
    wanted = learnt(net)
    lacking = sorted(wanted.keys() ^ saved.keys())
    if lacking or any(wanted[name].shape != saved[name].shape for name in wanted):
        raise VersionError(f"The weights do not fit the settings: {', '.join(lacking[:3]) or 'other sizes'}")
    net.load_state_dict(saved, strict=False)
    return net.eval()


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


def _part(report: Progress, held: int) -> Progress:
    return lambda done, note: report((held + done) / FOLDS, f"reader {held + 1} of {FOLDS}, {note}")

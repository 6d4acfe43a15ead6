"""The trained scorer: r_ij of everybody for any new item, fitted on the shop's past launches.

The network is trained twice: once on the earlier launches, to be judged and calibrated on the later ones, and
then on all of them. Read `fit` from top to bottom.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.optimize import brentq

from core import like_items
from core.errors import NotReady
from core.history import History
from core.people import KINDS, People
from core.preference import calibration, examples, level, nearness
from core.preference.calibration import Calibration
from core.preference.examples import Example
from core.preference.level import Level, Numbers
from core.preference.measures import Measures, judged
from core.preference.memory import GROUPS, HABITS, Memory
from core.preference.nearness import NEARNESS, Asked, Factors, Sources, sources
from models import preference, ranking
from models.preference import PreferenceNet, Recipe, Shape
from models.ranking import Best, Customers, Items
from models.training import Log, Progress
from models.versions import Version

__all__ = ["EFFORTS", "FEWEST_BUYERS", "FORMAT", "SILENT", "Scorer", "fit", "levels", "numbers", "split"]

FORMAT = 2
ARRAYS = ("weights", "centre", "scale", "season")  # of the level
EFFORTS = {
    "quick": Recipe(steps=90),
    "standard": Recipe(),
    "thorough": Recipe(steps=400, customers=1536),
}
FEWEST_BUYERS = 200
SAMPLE = 10_000  # customers
ITEMS = 1_000  # of a block
HELD = 0.3  # of the launches, the latest
SILENT = 0.1  # how much less often than others who has been silent for a year buys, where nothing tells
SILENT_PULL = 2_000.0  # pairs worth of that belief

Told = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Of launches: (n, m) wide and deep beside the active, (m,) level, (n, m) whether it was bought."""


@dataclass(frozen=True)
class Scorer:
    """A network, and what makes its answers probabilities."""

    net: PreferenceNet
    level: Level
    calibration: Calibration
    weeks: int
    """From the launch on, in which a customer may buy."""
    silent: float
    """How often, beside the active, buys who has been silent for a year."""

    def score(self, known: Sources, memory: Memory, found: Factors, new: Asked, levels: np.ndarray) -> np.ndarray:
        """(n, m) float32 probabilities of everybody in the memory. levels: (m,) log shares, see `Level`."""
        parts = preference.relative(self.net, examples.moment(known, memory, found, new))
        return _probability(self.calibration.logit(*_beside(parts, memory), levels))

    def judge(self, one: Example, levels: np.ndarray) -> np.ndarray:
        """(n, m) float32 probabilities of an example's launches."""
        wide, deep = _beside(preference.relative(self.net, one.moment), one.memory)
        return _probability(self.calibration.logit(wide, deep, levels))

    def best(
        self, known: Sources, memory: Memory, new: Asked, levels: np.ndarray, of_item: int = 100, of_customer: int = 10
    ) -> Best:
        """The best customers of every item and items of every customer, block by block; places are rows of the memory.

        The matrix is never held. What is taken off an item for the active customers' own mean is read from a sample.
        """
        found = nearness.factors(known, memory)
        sample = memory.of(np.flatnonzero(memory.buyers)[:: max(1, int(memory.buyers.sum() // SAMPLE))])
        wide, deep = self.calibration.wide, self.calibration.deep

        def blocks() -> Iterator[Items]:
            for first in range(0, len(levels), ITEMS):
                part = slice(first, first + ITEMS)
                asked = examples.moment(known, sample, found, new.of(part))
                off = [calibration.beside(one, sample.buyers)[None] for one in preference.relative(self.net, asked)]
                kernel, items = preference.encoded(self.net, asked)
                yield Items(kernel, items, self.calibration.logit(-off[0], -off[1], levels[part])[0])

        tastes, habits = preference.taste(self.net, examples.moment(known, memory, found, new.of(slice(0, 0))))
        customers = Customers(memory.deeds, self.net.counts().detach().numpy(), deep * tastes, wide * habits)
        return ranking.best(customers, blocks(), wide * self.net.theta.item(), of_item, of_customer)

    def version(self) -> Version:
        """The parts to save."""
        numbers = {name: getattr(self.level, name).tolist() for name in ARRAYS}
        config = {
            "format": FORMAT,
            "shape": asdict(self.net.shape),
            "level": numbers | {"bias": self.level.bias},
            "calibration": asdict(self.calibration),
            "weeks": self.weeks,
            "silent": self.silent,
        }
        return Version(config, {name: tensor.detach() for name, tensor in self.net.state_dict().items()})

    @classmethod
    def restored(cls, version: Version) -> "Scorer":
        """Out of what was saved. Raises NotReady where another Debut has written it."""
        config = version.config
        if config.get("format") != FORMAT:
            raise NotReady("This scorer was trained by another Debut. Train it again on the Audience page.")
        net = PreferenceNet(Shape(**config["shape"]))
        net.load_state_dict(version.tensors)
        numbers = {name: np.array(config["level"][name]) for name in ARRAYS}
        fitted = Level(bias=config["level"]["bias"], **numbers)
        return cls(net.eval(), fitted, Calibration(**config["calibration"]), config["weeks"], config["silent"])


def fit(
    history: History,
    people: People,
    vectors: np.ndarray,
    read: np.ndarray,
    weeks: int,
    recipe: Recipe,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
) -> tuple[Scorer, Measures]:
    """Fit on every launch with complete weeks; the scorer, and how well the one of the earlier launches did on the
    later ones.

    Two things are known too early where the later launches are judged: the shop's year (see `season`), which is read
    from the whole history as a part of one has none, and the first weeks of the last earlier launches, which reach
    into those of the later ones. The year moves an item's level only, not who stands first. The benchmark has neither.

    vectors: (items, d) of the history's items. read: (queries, d) of `people.queries`. Raises NotReady where too few
    customers have bought launches, and what `report` raises.
    """
    report(0.0, "looking back at past launches")
    known = sources(history, vectors, people.queries, read, history.days)
    past = examples.examples(history, people, known, weeks)
    if sum(one.purchases for one in past) < FEWEST_BUYERS or len(past) < 2:
        raise NotReady(
            "Too few customers have bought launches so far to learn who wants what: about "
            f"{FEWEST_BUYERS} purchases of newly launched items by earlier customers are needed, over more "
            "than a fortnight of launches."
        )
    asked = [numbers(history, vectors, one, weeks) for one in past]
    early = split(past)
    first = _net(past[:early], recipe, _part(report, 0.1, 0.45, "on earlier launches"), lambda *_: None)
    heard = levels(history, past[:early], asked[:early])
    told = [_told(first, heard, one, new) for one, new in zip(past[early:], asked[early:], strict=True)]
    found = calibration.fit(told)
    measures = judged([_judgement(found, one, part) for one, part in zip(past[early:], told, strict=True)])
    net = _net(past, recipe, _part(report, 0.45, 0.95, "on all launches"), log)
    report(0.95, "putting it together")
    heard = levels(history, past, asked)
    whole = _anchored(found, [_told(net, heard, one, new) for one, new in zip(past, asked, strict=True)], past)
    return Scorer(net, heard, whole, weeks, _silent(history, people, past, weeks)), measures


def _anchored(found: Calibration, told: list[Told], past: list[Example]) -> Calibration:
    """With the bias that makes the probabilities of all launches add up to their purchases.

    What the earlier launches missed of the later ones' level is learnt by now: to correct it as well would be twice.
    """
    logits = [found.logit(*parts)[one.memory.buyers] for one, (*parts, _) in zip(past, told, strict=True)]
    bought = sum(int(what[one.memory.buyers].sum()) for one, (*_, what) in zip(past, told, strict=True))
    if bought == sum(logit.size for logit in logits):  # where everybody buys everything, no bias is enough
        return found

    def excess(shift: float) -> float:
        return sum(float(_probability(logit + shift).sum(dtype=np.float64)) for logit in logits) - bought

    return replace(found, bias=found.bias + float(brentq(excess, -20, 20)))


def _net(past: list[Example], recipe: Recipe, report: Progress, log: Log) -> PreferenceNet:
    shape = Shape(len(GROUPS), len(KINDS), len(HABITS), len(NEARNESS), past[0].moment.sources.shape[1])
    return preference.fit([one.moment for one in past], shape, recipe, report, log)


def numbers(history: History, vectors: np.ndarray, one: Example, weeks: int) -> Numbers:
    """Of an example's launches, see `level.numbers`."""
    known = np.full(len(one.rows), one.day)
    return level.numbers(history, vectors, like_items.launch_query(history, vectors, one.rows, known), weeks)


def levels(history: History, past: list[Example], told: list[Numbers]) -> Level:
    """The level of launches, fitted on the active customers who bought each. told: `numbers` of each example."""
    buyers = [np.asarray(one.moment.bought[one.memory.buyers].sum(0)).ravel() for one in past]  # type: ignore[index]
    active = [np.full(len(one.rows), one.memory.buyers.sum()) for one in past]
    return level.fit(history, Numbers.joined(told), np.concatenate(buyers), np.concatenate(active))


def _told(net: PreferenceNet, heard: Level, one: Example, known: Numbers) -> Told:
    """wide, deep, level and what was bought."""
    wide, deep = _beside(preference.relative(net, one.moment), one.memory)
    assert one.moment.bought is not None
    return wide, deep, heard.of(known), one.moment.bought.toarray() > 0


def _judgement(found: Calibration, one: Example, told: Told) -> tuple[np.ndarray, np.ndarray]:
    """(active, m) probabilities and purchases."""
    wide, deep, levels, bought = told
    return _probability(found.logit(wide, deep, levels))[one.memory.buyers], bought[one.memory.buyers]


def _beside(parts: tuple[np.ndarray, np.ndarray], memory: Memory) -> tuple[np.ndarray, np.ndarray]:
    wide, deep = (part - calibration.beside(part, memory.buyers)[None, :] for part in parts)
    return wide, deep


def _silent(history: History, people: People, past: list[Example], weeks: int) -> float:
    """How often who has not bought for a year buys a launch, beside who has."""
    bought = people.purchases
    first = bought.groupby("customer")["day"].min().reindex(range(len(people.ids))).to_numpy()
    launch = history.items["launch"].to_numpy()
    silent_buyers = silent_pairs = buyers = pairs = 0.0
    for one in past:
        active = np.zeros(len(people.ids), bool)
        active[one.memory.rows[one.memory.buyers]] = True
        silent = (first < one.day) & ~active
        for row in one.rows:
            who = people.buyers(int(row), int(launch[row]), int(launch[row]) + 7 * weeks)
            silent_buyers, buyers = silent_buyers + silent[who].sum(), buyers + active[who].sum()
        silent_pairs, pairs = silent_pairs + silent.sum() * len(one.rows), pairs + active.sum() * len(one.rows)
    usual = buyers / max(pairs, 1)
    rate = (silent_buyers + SILENT_PULL * SILENT * usual) / (silent_pairs + SILENT_PULL)
    return float(np.clip(rate / max(usual, 1e-9), 0, 1))


def split(past: list[Example]) -> int:
    """How many of the examples are the earlier launches; the others are held out."""
    count = np.cumsum([len(one.rows) for one in past])
    return int(np.clip(np.searchsorted(count, (1 - HELD) * count[-1]), 1, len(past) - 1))


def _probability(logit: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def _part(report: Progress, first: float, last: float, what: str) -> Progress:
    return lambda done, note: report(first + (last - first) * done, f"{what}: {note}")

"""How sales respond to ads, as a few hundred equally likely answers: the one source of every figure about ads.

Each draw is a whole answer: a strength, a curve and a multiplier a group for every channel. What a plan of spend
brings is computed draw by draw, so that every figure has its band.
"""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from core import versions
from core.ads import beliefs as kept_beliefs
from core.ads import calendar
from core.ads import panel as panels
from core.ads.beliefs import Belief, LiftTest
from core.ads.learning import Learnt, learn
from core.ads.panel import Panel
from core.workspace import Workspace
from models.adstock import LAGS, hill, kernel, stock
from models.chains import effective, rhat

__all__ = ["FORMAT", "KEPT", "LAGS", "Response", "fit", "fresh", "is_fresh", "is_kept", "of", "told"]

KEPT = 200
"""Draws that are kept."""
RECENT = 8  # weeks that say what a week without ads sells now
FITS = 3  # states of the data that are kept on disk
FORMAT = 2


@dataclass(frozen=True)
class Response:
    """S draws for C channels and G groups; T weeks of history."""

    channels: list[str]
    groups: list[str]
    effect: np.ndarray
    """(S, C) units at full effect, as a share of those without ads; 0 where a channel does nothing."""
    decay: np.ndarray
    """(S, C) share that is left a week later."""
    delay: np.ndarray
    """(S, C) weeks after which it peaks."""
    half: np.ndarray
    """(S, C) exposure at half of the full effect."""
    slope: np.ndarray
    """(S, C) steepness of the curve there."""
    group_effect: np.ndarray
    """(S, C, G) times the effect in a group."""
    proportional: np.ndarray
    """(S,) whether ads bring a share of the week's base, or units whatever the season."""
    scale: np.ndarray
    """(C, G) money a week that is exposure 1."""
    base: np.ndarray
    """(G,) units a week without ads, at present."""
    level: np.ndarray
    """(G,) mean units a week without ads over the history."""
    history: np.ndarray
    """(C, G, LAGS) the last weeks' spend, oldest first."""
    largest: np.ndarray
    """(C, G) largest weekly spend that was seen; beyond it a curve is a guess."""
    price: np.ndarray
    """(G,) money a unit, at present."""
    margin: np.ndarray
    """(G,) money a unit after cost of goods."""
    weeks: np.ndarray
    """(T,) Mondays of the history."""
    fitted: np.ndarray
    """(G, T) units that the model expects."""
    past_base: np.ndarray
    """(G, T) of these, without ads."""
    outliers: np.ndarray
    """(G, T) weeks that were set apart."""
    past_spend: np.ndarray
    """(C, G, T)."""
    past_price: np.ndarray
    """(G, T) money a unit."""
    noise: float
    """Standard deviation of a group's week around what is expected, as a share of it."""
    convergence: np.ndarray
    """(C, 2) R-hat and effective sample size of the return on spend."""
    prior_roi: np.ndarray
    """(C, 2) the range, 8 in 10, that was believed before the data were seen."""
    order_size: float = 1.0
    """Units an order."""

    @property
    def draws(self) -> int:
        """S."""
        return len(self.effect)

    def lift(self, spend: np.ndarray, group: int, base: np.ndarray | None = None, after: int = LAGS) -> np.ndarray:
        """(S, C, W + after) units that a spend (C, W) brings in a group, by week and after its end.

        base: units without ads, (W + after,); default the group's at present. What was spent before the window is
        carried into it; subtract the lift of no spend for what the spend alone brings.
        """
        window = spend.shape[1] + after
        plan = np.concatenate([self.history[:, group], spend, np.zeros((len(spend), after))], axis=1)
        share = self.share(plan, group)[..., -window:]
        units = np.full(window, self.base[group]) if base is None else np.asarray(base, float)
        steady = self.level[group] if base is None else units.mean()
        return share * np.where(self.proportional[:, None, None], units, steady)

    def share(self, spend: np.ndarray, group: int) -> np.ndarray:
        """(S, C, T) what a history of spend (C, T) brings, as a share of the units without ads."""
        exposure = spend / self.scale[:, group, None]
        held = stock(exposure, kernel(self.decay, self.delay))
        answer = hill(held, self.half[..., None], self.slope[..., None])
        return (self.effect * self.group_effect[:, :, group])[..., None] * answer

    def brought(self, spend: np.ndarray | None = None) -> np.ndarray:
        """(S, C, G, T) units that the history's spend brought; or what another spend (C, G, T) would have."""
        real = self._shares(self.past_spend)
        share = real if spend is None else self._shares(spend)
        without = self.fitted / (1 + real.sum(1))  # (S, G, T): the fit is surer than its parts
        steady = np.broadcast_to(self.level[:, None], self.fitted.shape)
        return share * np.where(self.proportional[:, None, None], without, steady)[:, None]

    def _shares(self, spend: np.ndarray) -> np.ndarray:
        return np.stack([self.share(spend[:, group], group) for group in range(len(self.groups))], axis=2)

    @property
    def weekly(self) -> np.ndarray:
        """(S, C, T) revenue that each channel brought by week."""
        return np.einsum("scgt,gt->sct", self.brought(), self.past_price)

    @property
    def contribution(self) -> np.ndarray:
        """(S, C) revenue brought over the history."""
        return self.weekly.sum(-1)

    @property
    def spent(self) -> np.ndarray:
        """(C,) money over the history."""
        return self.past_spend.sum((1, 2))

    @property
    def roi(self) -> np.ndarray:
        """(S, C) revenue brought for each 1 spent, over the history; NaN where nothing was spent."""
        return _by(self.contribution, self.spent)

    @property
    def marginal(self) -> np.ndarray:
        """(S, C) revenue that the next 1 brings at the spend of the last LAGS weeks in which the channel ran."""
        return _marginal(self)

    def save(self, folder: Path) -> None:
        """Write arrays.npz and words.json."""
        folder.mkdir(parents=True, exist_ok=True)
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
        np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
        rest = {name: value for name, value in values.items() if name not in arrays}
        (folder / "words.json").write_text(json.dumps(rest))

    @classmethod
    def load(cls, folder: Path) -> "Response":
        """Read what `save` wrote."""
        words = json.loads((folder / "words.json").read_text())
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in arrays.files}, **words)


def fit(
    panel: Panel,
    beliefs: Sequence[Belief] = (),
    tests: Sequence[LiftTest] = (),
    *,
    seed: int = 0,
    draws: int = 300,
    chains: int = 4,
    report: Callable[[float], None] = lambda share: None,
) -> Response:
    """Learn how a panel's sales respond to its ads. Takes seconds; the same input gives the same answer."""
    learnt = learn(panel, beliefs, tests, draws=draws, chains=chains, seed=seed, report=report)
    return _response(panel, learnt)


def _response(panel: Panel, learnt: Learnt) -> Response:
    draws, grid = learnt.draws, learnt.grid
    every = draws.strength.shape[0] * draws.strength.shape[1]
    some = np.linspace(0, every - 1, min(KEPT, every)).astype(int)
    strength, curve, view = (_flat(one)[some] for one in (draws.strength, draws.curve, draws.view))
    unit = np.take_along_axis(learnt.unit[draws.view], draws.curve[..., None], -1)[..., 0]  # (M, S, C)
    roi = draws.strength / unit
    price = panel.unit_price
    return Response(
        channels=panel.channels,
        groups=panel.groups,
        effect=strength,
        decay=grid.decay[curve],
        delay=grid.delay[curve],
        half=grid.half[curve],
        slope=grid.slope[curve],
        group_effect=_flat(draws.group)[some],
        proportional=np.array([shape.proportional for shape in learnt.shapes])[view],
        scale=learnt.scale,
        base=learnt.base[:, -RECENT:].mean(1),
        level=learnt.level,
        history=_last(panel.spend),
        largest=panel.spend.max(-1),
        price=price[:, -RECENT:].mean(1),
        margin=panel.margin,
        weeks=panel.weeks,
        fitted=learnt.fitted,
        past_base=learnt.base,
        outliers=learnt.outliers,
        past_spend=panel.spend,
        past_price=price,
        noise=float(np.median(draws.noise) * learnt.noise),
        convergence=np.column_stack([rhat(roi), effective(roi)]),
        prior_roi=learnt.believed,
        order_size=panel.order_size,
    )


def _flat(draws: np.ndarray) -> np.ndarray:
    return draws.reshape(-1, *draws.shape[2:])


def _last(spend: np.ndarray) -> np.ndarray:
    """(C, G, LAGS) with nothing before the first week."""
    padded = np.concatenate([np.zeros((*spend.shape[:2], LAGS)), spend], axis=-1)
    return padded[..., -LAGS:]


def _by(money: np.ndarray, spent: np.ndarray) -> np.ndarray:
    return np.divide(money, spent, out=np.full(money.shape, np.nan), where=np.broadcast_to(spent > 0, money.shape))


def _marginal(response: Response, step: float = 0.01) -> np.ndarray:
    """By raising each channel's spend of its last running weeks by a hundredth, all that follows counted."""
    spend = response.past_spend
    padded = np.concatenate([spend, np.zeros((*spend.shape[:2], LAGS))], axis=-1)
    recent = np.zeros(padded.shape, dtype=bool)
    for channel, row in enumerate(spend.sum(1) > 0):
        recent[channel, :, np.flatnonzero(row)[-LAGS:]] = True
    more = np.where(recent, padded * (1 + step), padded)
    money = np.zeros((response.draws, len(spend)))
    tail = np.broadcast_to(response.price[:, None], (len(response.groups), LAGS))
    price = np.concatenate([response.past_price, tail], axis=-1)
    for group in range(len(response.groups)):
        added = response.share(more[:, group], group) - response.share(padded[:, group], group)
        base = np.append(response.past_base[group], np.full(LAGS, response.base[group]))
        units = added * np.where(response.proportional[:, None, None], base, response.level[group])
        money += units @ price[group]
    return _by(money, (more - padded).sum((1, 2)))


def of(workspace: Workspace, report: Callable[[float], None] = lambda share: None) -> Response:
    """The shop's response: of the version in use, else fitted on the data as they are, from disk where it was before.

    Raises NotReady, saying what to load, where there is nothing to learn from.
    """
    return Response.load(_pinned(workspace) or fresh(workspace, report))


def fresh(workspace: Workspace, report: Callable[[float], None] = lambda share: None) -> Path:
    """The folder with what was fitted on the data and beliefs as they are. Raises NotReady as `of`."""
    folder = _folder(workspace)
    if not folder.exists():
        cursor = workspace.cursor()
        known = kept_beliefs.read(cursor)
        _keep(fit(panels.read(cursor), known.beliefs, known.tests, report=report), folder)
    return folder


def is_kept(workspace: Workspace) -> bool:
    """Whether a version is in use, or the data and beliefs as they are were fitted before: `of` answers at once."""
    return _pinned(workspace) is not None or is_fresh(workspace)


def is_fresh(workspace: Workspace) -> bool:
    """Whether the data and beliefs as they are were fitted before."""
    return _folder(workspace).exists()


def told(workspace: Workspace) -> str:
    """Equal for equal beliefs, tests and events of the calendar: what a person has told beside the data."""
    cursor = workspace.cursor()
    words = json.dumps(asdict(kept_beliefs.read(cursor)), default=str) + calendar.stamp(cursor)
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def _pinned(workspace: Workspace) -> Path | None:
    """The version in use, unless somebody has told more since: who says something wants to see what it does."""
    known = {"format": FORMAT, "told": told(workspace)}
    return versions.held(workspace, "ads", lambda summary: known.items() <= summary.items())


def _folder(workspace: Workspace) -> Path:
    return workspace.artifacts / "ads" / f"{FORMAT}-{workspace.version}-{told(workspace)}"


def _keep(made: Response, folder: Path) -> None:
    """Write beside, then rename: a killed write leaves nothing that looks complete. Only the latest fits stay."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    made.save(part)
    with contextlib.suppress(OSError):  # another tab fitted the same meanwhile
        part.rename(folder)
    for path in sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-FITS]:
        shutil.rmtree(path, ignore_errors=True)

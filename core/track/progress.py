"""How a launch goes against its plan: what was expected by now, what is expected yet, and what that is called.

A launch is ahead or behind only where what it has sold lies where nine in ten forecasts like its own do not reach on
that side, at the end of each of its last two weeks and still today; at once only where hardly any reach (RARE). Under
the forecast's own chances about one launch in seven is told to be off its plan at any time, and few change to and fro.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.track import orders
from core.track.orders import Coming
from core.track.pace import Pace
from core.track.promise import UNITS, Promise
from core.track.retrend import Retrended, retrend, so_far

__all__ = ["CHANCE", "RARE", "STATUSES", "Course", "course", "standing", "together", "verdict"]

STATUSES = ("behind", "out of stock", "ahead", "as planned", "late", "coming", "closed")
CHANCE = 0.1
"""On one side; a launch that is less likely than this under its plan is off it."""
RARE = 0.02
"""So unlikely that one look is enough."""
TOGETHER = 0.25  # correlation of the items' outcomes, as the plan's own band has it
DRAWS = 2000
QUIET_DAYS = 7  # without a sale, after which stock that only returns hold up counts as gone
EXTRA = 0.02  # of the stock; who sells more than this beyond it has stock that Debut was not told of
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Course:
    """One launched item: what was forecast of its W weeks, and what the k weeks begun have shown."""

    quantiles: np.ndarray
    """(W + 1, 3) P10, P50, P90 of each week, the sum last."""
    mean: np.ndarray
    """(W + 1,)"""
    sold: np.ndarray
    """(k,) units."""
    seen: np.ndarray
    """(k,) share of each week that is over."""
    short: np.ndarray
    """(k,) whether the stock was gone by its end."""
    stock: float
    """Opening stock and what was received; NaN where more was sold than Debut was told of."""
    out: bool
    """Whether nothing is left now."""
    expected: np.ndarray
    """(N,) equally likely units by now, under the forecast, rising."""
    retrended: Retrended
    coming: tuple[Coming, ...] = ()
    """Stock that is ordered and has not arrived."""

    @property
    def weeks(self) -> int:
        """W."""
        return len(self.mean) - 1

    @property
    def over(self) -> bool:
        """Whether the launch window is."""
        return len(self.sold) == self.weeks and bool(self.seen[-1] >= 1)

    @property
    def stock_left(self) -> float:
        """Units; NaN where unknown."""
        return 0.0 if self.out else max(self.stock - float(self.sold.sum()), 0.0)

    @property
    def on_order(self) -> float:
        """Units that are on their way."""
        return sum(one.units for one in self.coming)

    @property
    def to_sell(self) -> float:
        """Units that are there or will be before the window is over; NaN where unknown."""
        left = self.weeks - float(self.seen.sum())
        return self.stock_left + sum(one.units for one in self.coming if one.weeks < left)

    @property
    def remaining(self) -> np.ndarray:
        """(N,) equally likely units that are still wanted and there, or will be when they are wanted, rising."""
        left = self.stock_left
        if self.coming and not np.isnan(left):
            return self.served()[0]
        return self.retrended.draws if np.isnan(left) else np.minimum(self.retrended.draws, left)

    def served(self, wait: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """(N,) units that can still be sold, and (N,) that are lacking from `wait` weeks from now on, both rising."""
        draws = self.retrended.draws
        if np.isnan(self.stock_left):
            return draws, np.zeros(len(draws))
        arrivals = [(self.share_before(one.weeks), one.units) for one in self.coming]
        sold, lacking = orders.served(draws, self.stock_left, arrivals, self.share_before(wait))
        return np.sort(sold), np.sort(lacking)

    def share_before(self, wait: float) -> float:
        """Share of what is still to come that is wanted within `wait` weeks from now, 0 to 1."""
        known = np.zeros(self.weeks)
        known[: len(self.sold)] = self.sold
        coming = np.maximum(self.retrended.mean - known, 0.0)
        now = float(self.seen.sum())
        starts = np.maximum(np.arange(self.weeks), now)
        lengths = np.maximum(np.arange(1, self.weeks + 1) - starts, 1e-9)
        share = np.clip((now + wait - starts) / lengths, 0, 1)
        return float((coming * share).sum() / coming.sum()) if coming.sum() > 0 else 1.0


def course(
    promise: Promise, item_id: str, weeks: pd.DataFrame, opening_stock: float, received: pd.DataFrame, today: date,
    launched_on: date, pace: Pace, coming: tuple[Coming, ...] = (),
) -> Course:  # fmt: skip
    """Of one item. weeks: its rows of `bulk.with_evidence`; received: units, on; coming: what is on order."""
    quantiles, mean = _forecast(promise, item_id)
    sold, seen = weeks["sold"].to_numpy(float), weeks["seen"].to_numpy(float)
    stock, out, short = _stock(weeks, opening_stock, received, launched_on, today)
    return Course(
        quantiles, mean, sold, seen, short, stock, out, so_far(quantiles, mean, seen, pace),
        retrend(quantiles, mean, sold, seen, short, pace, weeks["evidence"].to_numpy(float)), coming,
    )  # fmt: skip


def standing(
    quantiles: np.ndarray,
    mean: np.ndarray,
    sold: np.ndarray,
    seen: np.ndarray,
    pace: Pace,
    expected: np.ndarray | None = None,
) -> str:
    """Where the units so far lie among those that the launch forecast has: ahead, as planned or behind.

    expected: `so_far` of these weeks, where it is known already.
    """
    looks = [_tails(so_far(quantiles, mean, seen, pace) if expected is None else expected, sold)]
    if min(looks[0]) >= CHANCE:  # as most are: no need to look back
        return "as planned"
    whole = int((seen >= 1).sum())
    for count in (whole, whole - 1):
        if count > 0:
            looks.append(_tails(so_far(quantiles, mean, seen[:count], pace), sold[:count]))
    for side, name in enumerate(("behind", "ahead")):
        tails = [look[side] for look in looks]
        if tails[0] < RARE or (whole > 1 and max(tails) < CHANCE):
            return name
    return "as planned"


def verdict(one: Course, pace: Pace) -> tuple[str, str]:
    """Status of a launched item, and why in words."""
    low, high = np.quantile(one.expected, (CHANCE, 1 - CHANCE))
    total = float(one.sold.sum())
    likely = f"{low:,.0f} to {high:,.0f} were likely by now (8 in 10)."
    against = f"{total:,.0f} sold; {likely}"
    how = standing(one.quantiles, one.mean, one.sold, one.seen, pace, one.expected)
    if how == "behind" and one.short.any():
        how, against = "as planned", f"{against} Its stock ran out meanwhile, so that more was wanted than sold."
    if one.over:
        return "closed", f"Its window of {one.weeks} weeks is over: {how}. {against}"
    if one.out:
        wanted = one.retrended.remaining_mean
        rest = f"{wanted:,.0f} more would be wanted in the rest of its window"
        ordered = f" ({orders.told(one.coming)})" if one.coming else ""
        return "out of stock", f"All {one.stock:,.0f} are sold{ordered}, and {rest}; {likely}"
    if np.isnan(one.stock):
        against += " More was sold than the stock that Debut knows of: note what was received."
    return how, against


def together(draws: list[np.ndarray]) -> np.ndarray:
    """(3,) P10, P50, P90 of the sum of items, each with equally likely outcomes, rising; one common factor as in the
    plan's own band."""
    from scipy.special import ndtr

    if not draws:
        return np.zeros(3)
    rng = np.random.default_rng(0)
    common, total = rng.standard_normal(DRAWS), np.zeros(DRAWS)
    for one in draws:
        rank = ndtr(np.sqrt(TOGETHER) * common + np.sqrt(1 - TOGETHER) * rng.standard_normal(DRAWS))
        total += one[np.minimum((rank * len(one)).astype(int), len(one) - 1)]
    return np.asarray(np.quantile(total, QUANTILES))


def _forecast(promise: Promise, item_id: str) -> tuple[np.ndarray, np.ndarray]:
    """(W + 1, 3) and (W + 1,), the sum last."""
    weeks = promise.weeks[promise.weeks["item_id"] == item_id][UNITS].to_numpy(float)
    whole = promise.items[promise.items["item_id"] == item_id][UNITS].to_numpy(float)
    both = np.nan_to_num(np.concatenate([weeks, whole]))
    return both[:, :3], both[:, 3]


def _tails(draws: np.ndarray, sold: np.ndarray) -> tuple[float, float]:
    """Chance of so little, and of so much, among equally likely units."""
    total = np.round(sold.sum())
    return float((draws <= total).mean()), float((draws >= total).mean())


def _stock(
    weeks: pd.DataFrame, opening: float, received: pd.DataFrame, launched_on: date, today: date
) -> tuple[float, bool, np.ndarray]:
    """All stock so far, whether it is gone, and in which weeks it was.

    Returns may be put on the shelf again or not: gone is what was sold with returns taken off, or without them where
    nothing has sold for a week.
    """
    begun = len(weeks)
    if not opening > 0 and received.empty:
        return np.nan, False, np.zeros(begun, bool)
    came = pd.to_datetime(received["on"])
    ends = pd.Timestamp(launched_on) + pd.to_timedelta(7 * weeks["week"].to_numpy(), unit="D")
    there = np.array([opening + received["units"][(came < end).to_numpy()].sum() for end in ends], float)
    stock = float(opening + received["units"][(came <= pd.Timestamp(today)).to_numpy()].sum())
    net, gross = weeks["sold"].cumsum().to_numpy(float), weeks["gross"].cumsum().to_numpy(float)
    total = float(net[-1]) if begun else 0.0
    if total > stock + max(1.0, EXTRA * stock):
        return np.nan, False, np.zeros(begun, bool)
    last = weeks["last_sale"].max()
    quiet = pd.notna(last) and (pd.Timestamp(today) - last).days > QUIET_DAYS
    out = begun > 0 and (total >= stock or (gross[-1] >= stock and quiet))
    return stock, bool(out), (net >= there) | ((gross >= there) & (out | quiet))

"""Who was right: what each step from knowing nothing to the approved plan has added to the forecast, and who did what.

A launch counts once its window is over, or, as preliminary, from four weeks on with what is still expected of it. What
was wanted is what was sold; in weeks in which the stock had run out it is at least that, and as much as its level says
(`track.retrend`). Steps are judged by their error on the same launches (forecast value added, Gilliland 2010):

    the shop's median launch -> its like items -> Debut -> people

The last is the forecast with a person's like items and base demand. All are at the plan's price and ads.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.accuracy.metrics import BOOTSTRAPS, gap, wape
from core.track.decisions import NAMES, decisions

if TYPE_CHECKING:
    from core.track.progress import Course
    from core.tracking import Tracking

__all__ = ["FEWEST", "STEPS", "Right", "of_category", "of_people", "of_reasons", "right", "steps", "wanted"]

FEWEST = 8
"""Launches or decisions, for a range to be told."""
EARLY = 4.0  # weeks seen from which on a launch counts as preliminary
STEPS = {
    "typical": "The shop's median launch",
    "like_units": "Its like items",
    "found_p50": "Debut",
    "p50": "With people's changes",
}
"""Column of the forecast to what it is called, each beside the one before."""
FEW = "too few to tell"
NOTHING = 1e-3  # of the units: by so little the rounding of a plan moves its forecast
NAMED = 3  # people, in words
NOBODY = "not said"  # who it was


@dataclass(frozen=True)
class Right:
    """What came of it."""

    items: pd.DataFrame
    """A row a launch that counts: act, item_id, title, category, demand (units wanted), final, short (whether stock
    ran out), typical, like_units, found_p50, p50, p10, p90, mean, chosen (why a person changed its like items),
    chosen_by (who)."""
    steps: pd.DataFrame
    """step, name, launches, wape, bias, gain (points of WAPE less than the step before), low, high (95 %; NaN where
    too few), told (in words)."""
    decisions: pd.DataFrame
    """See `track.decisions.COLUMNS`."""
    people: pd.DataFrame
    """who, kind, reason, count, moved (of stock: how far it was moved, as a share of the plan's), needed (how far it
    should have been, for what was wanted), worth, low, high, helped (share with a worth above 0), told."""
    reasons: pd.DataFrame
    """who, reason (of changed like items), launches, wape_before, wape, gain, bias_before, bias, told."""
    categories: pd.DataFrame
    """category, launches, wape, bias, low, high (of the bias), told."""
    words: list[str]
    """What to say first."""

    @property
    def final(self) -> int:
        """Launches whose window is over."""
        return int(self.items["final"].sum())


def right(tracked: "Tracking") -> Right:
    """Of everything that is tracked; frames are empty where nothing can be judged yet."""
    items = _items(tracked)
    made = decisions(items, tracked.approved, tracked.promises)
    found, people = steps(items), of_people(made)
    reasons, categories = of_reasons(items), of_category(items)
    return Right(items, found, made, people, reasons, categories, _words(items, found, made))


def wanted(course: "Course") -> float:
    """Units wanted in the window: sold, what stock kept from being sold, and what is still expected."""
    count = len(course.sold)
    level = course.retrended.level * course.mean[:count] * course.seen
    units = np.where(course.short, np.maximum(course.sold, level), course.sold).sum()
    return float(max(units + (0.0 if course.over else course.retrended.remaining_mean), 0.0))


def _items(tracked: "Tracking") -> pd.DataFrame:
    names = ["item_id", "title", "category", *STEPS, "p10", "p90", "mean", "chosen", "chosen_by"]
    rows: list[dict[str, Any]] = []
    for act, item_id in zip(tracked.launches.get("act", []), tracked.launches["item_id"], strict=True):
        course = tracked.courses.get(item_id)
        if course is None or not (course.over or course.seen.sum() >= EARLY):
            continue
        kept = tracked.promises[act].items.reindex(columns=names)  # older promises name nobody
        (row,) = kept[kept["item_id"] == item_id].to_dict("records")
        told = {"act": act, "demand": wanted(course), "final": course.over, "short": bool(course.short.any())}
        rows.append({str(name): value for name, value in row.items()} | told)
    return pd.DataFrame(rows, columns=["act", *names, "demand", "final", "short"])


def steps(items: pd.DataFrame) -> pd.DataFrame:
    """See `Right.steps`; empty without a launch of which all four are known. items: demand, and STEPS."""
    known = items[items[list(STEPS)].notna().all(axis=1)]
    rows: list[dict[str, Any]] = []
    demand, last = known["demand"].to_numpy(float), np.zeros(0)
    for step, name in STEPS.items() if len(known) else ():
        error = np.abs(demand - known[step].to_numpy(float))
        row: dict[str, Any] = {"step": step, "name": name, "launches": len(known)}
        row |= {"wape": wape(demand, known[step].to_numpy(float))}
        row |= {"bias": float(known[step].sum() / max(demand.sum(), 1e-9) - 1)}
        row |= _gain(last - error, demand) if len(last) else {"gain": np.nan, "low": np.nan, "high": np.nan, "told": ""}
        rows.append(row)
        last = error
    columns = ["step", "name", "launches", "wape", "bias", "gain", "low", "high", "told"]
    return pd.DataFrame(rows, columns=columns)


def _gain(less: np.ndarray, demand: np.ndarray) -> dict[str, Any]:
    """By how much the error is less, as a share of the units, and what to think of it."""
    gain, low, high = gap(less, demand)
    if np.abs(less).sum() <= NOTHING * max(demand.sum(), 1.0):
        return {"gain": 0.0, "low": np.nan, "high": np.nan, "told": "nothing was changed"}
    if len(less) < FEWEST:
        return {"gain": gain, "low": np.nan, "high": np.nan, "told": FEW}
    return {"gain": gain, "low": low, "high": high, "told": _told(low, high)}


def _told(low: float, high: float) -> str:
    return "it helped" if low > 0 else "it did harm" if high < 0 else "may be chance"


def of_people(made: pd.DataFrame) -> pd.DataFrame:
    """See `Right.people`: the decisions by who made them, what they were about, and why. What cannot be valued is
    counted with a worth of NaN where nothing else is."""
    columns = ["who", "kind", "reason", "count", "moved", "needed", "worth", "low", "high", "helped", "told"]
    rows = []
    shown = made.assign(who=made["who"].replace("", NOBODY), reason=made["reason"].replace("", "no reason"))
    for (who, kind, reason), mine in shown.groupby(["who", "kind", "reason"], sort=False):
        worth = mine["worth"].dropna().to_numpy(float)
        low, high = _summed(worth)
        told = "not valued" if not len(worth) else FEW if len(worth) < FEWEST else _told(low, high)
        helped = float((worth > 0).mean()) if len(worth) else np.nan
        total = float(worth.sum()) if len(worth) else np.nan
        rows.append((who, NAMES[str(kind)], reason, len(mine), *_moved(mine), total, low, high, helped, told))
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("worth", key=lambda one: -one.abs(), na_position="last", ignore_index=True)


def _moved(made: pd.DataFrame) -> tuple[float, float]:
    """How far stock was moved and how far it should have been, together; NaN of anything else."""
    mine = made[(made["kind"] == "stock") & made["instead"].gt(0) & made["demand"].notna()]
    if mine.empty:
        return np.nan, np.nan
    planned = float(mine["instead"].sum())
    return float(mine["chosen"].sum()) / planned - 1, float(mine["demand"].sum()) / planned - 1


def _summed(worth: np.ndarray) -> tuple[float, float]:
    """95 % range of a sum, by drawing the decisions anew; NaN where they are too few."""
    if len(worth) < FEWEST:
        return np.nan, np.nan
    draws = np.random.default_rng(0).integers(len(worth), size=(BOOTSTRAPS, len(worth)))
    low, high = np.quantile(worth[draws].sum(1), [0.025, 0.975])
    return float(low), float(high)


def of_reasons(items: pd.DataFrame) -> pd.DataFrame:
    """See `Right.reasons`: launches whose like items or base demand a person changed, by who and why."""
    columns = ["who", "reason", "launches", "wape_before", "wape", "gain", "bias_before", "bias", "told"]
    rows = []
    changed = items[(items["chosen"] != "") & items["found_p50"].notna()]
    changed = changed.assign(
        chosen_by=[who if isinstance(who, str) and who else NOBODY for who in changed["chosen_by"]]
    )
    for (who, reason), mine in changed.groupby(["chosen_by", "chosen"], sort=False):
        demand, before, after = (mine[name].to_numpy(float) for name in ("demand", "found_p50", "p50"))
        told = _gain(np.abs(demand - before) - np.abs(demand - after), demand)
        bias = [float(one.sum() / max(demand.sum(), 1e-9) - 1) for one in (before, after)]
        errors = wape(demand, before), wape(demand, after)
        rows.append((who, reason, len(mine), *errors, told["gain"], *bias, told["told"]))
    return pd.DataFrame(rows, columns=columns).sort_values("launches", ascending=False, ignore_index=True)


def of_category(items: pd.DataFrame) -> pd.DataFrame:
    """See `Right.categories`: what was expected of each beside what was wanted."""
    columns = ["category", "launches", "wape", "bias", "low", "high", "told"]
    rows = []
    shown = items.assign(category=items["category"].fillna("no category"))
    for category, mine in shown.groupby("category"):
        demand = mine["demand"].to_numpy(float)
        bias, low, high = gap(mine["mean"].to_numpy(float) - demand, demand)
        few = len(mine) < FEWEST
        told = FEW if few else "too much expected" if low > 0 else "too little expected" if high < 0 else "no bias seen"
        error = wape(demand, mine["p50"].to_numpy(float))
        rows.append((category, len(mine), error, bias, *((np.nan, np.nan) if few else (low, high)), told))
    return pd.DataFrame(rows, columns=columns).sort_values("launches", ascending=False, ignore_index=True)


def _words(items: pd.DataFrame, found: pd.DataFrame, made: pd.DataFrame) -> list[str]:
    """The few sentences that matter."""
    said = []
    by = {str(row["step"]): row for row in found.to_dict("records")}
    if by:
        debut, like, last = by["found_p50"], by["like_units"], by["p50"]
        closer = "closer than" if debut["wape"] < like["wape"] else "no closer than"
        said.append(
            f"Debut's forecast was {closer} the mean of the like items: an error of {debut['wape']:.0%} against "
            f"{like['wape']:.0%} on {debut['launches']} launches ({debut['told']})."
        )
        if last["told"] != "nothing was changed":
            way = "lowered" if last["gain"] > 0 else "raised"
            said.append(
                f"People's like items and base demands {way} the error by {abs(last['gain']):.1%} of the units "
                f"({last['told']})."
            )
    said += _of_each(made)
    waiting = int((~items["final"].astype(bool)).sum())
    if waiting:
        said.append(f"{waiting} of {len(items)} launches are still on their way: what they will sell is an estimate.")
    return said


def _of_each(made: pd.DataFrame) -> list[str]:
    """What each person's changes of a kind came to, those that moved most money first."""
    valued = made[made["worth"].notna() & (made["worth"] != 0)]
    rows = []
    for (who, kind), mine in valued.groupby(["who", "kind"], sort=False):
        worth = mine["worth"].to_numpy(float)
        low, high = _summed(worth)
        sure = FEW if len(worth) < FEWEST else f"95 % {low:+,.0f} to {high:+,.0f}, {_told(low, high)}"
        did = "earned" if worth.sum() > 0 else "cost"
        changes = f"{len(worth)} change{'s' if len(worth) > 1 else ''}"
        name = f"{who or 'Somebody'}, {NAMES[str(kind)]}"
        said = f"{name}: {changes} {did} {abs(worth.sum()):,.0f} against the plan ({sure})."
        rows.append((abs(float(worth.sum())), said))
    return [said for _, said in sorted(rows, reverse=True)[:NAMED]]

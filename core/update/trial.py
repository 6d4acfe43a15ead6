"""How a candidate did against the version in use, on data that neither had learnt from: what decides about it.

The measure is an error, so that less is better, and the same cases are judged for both: the difference has its 95 %
interval from a paired bootstrap over them.
"""

import math
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
from scipy.stats import binom

from core.accuracy.metrics import gap
from core.update.policy import Policy

__all__ = ["FEWEST", "Change", "State", "Trial", "compared", "judged"]

State = Literal["proposed", "used", "declined", "replaced"]
FEWEST = 10
"""Cases; fewer tell nothing."""
MEANT = 0.8  # share of launches that the likely range should hold
UNLIKELY = 0.01  # of a coverage so low, if the range were right: then it is not


@dataclass(frozen=True)
class Change:
    """What would be another figure with the candidate."""

    name: str
    before: float
    after: float
    form: str = ",.2f"
    """How to write the figures."""


@dataclass(frozen=True)
class Trial:
    """What came of a comparison."""

    against: str
    """The version that was in use."""
    measure: str
    """What is compared: "error of a launch (WAPE)"."""
    of: str
    """What the cases are: "launches"."""
    how: str
    """On what, and who had seen what, in words."""
    cases: int = 0
    candidate: float = math.nan
    active: float = math.nan
    """Errors of the two."""
    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan
    """Candidate less active, with its 95 % interval: below zero the candidate is better."""
    coverage: float = math.nan
    active_coverage: float = math.nan
    """Share of the cases in the likely range, where there is one."""
    changes: tuple[Change, ...] = ()
    data_to: str = ""
    """Last day that the candidate has learnt from, ISO."""
    automatic: bool = False
    """Whether it was asked for by the schedule."""
    state: State = "proposed"
    who: str = ""
    reason: str = ""
    at: str = ""
    """Who decided, why, and when (ISO)."""

    @property
    def told(self) -> bool:
        """Whether there were cases enough to tell."""
        return self.cases >= FEWEST and math.isfinite(self.difference)

    @property
    def verdict(self) -> Literal["better", "alike", "worse", "unknown"]:
        """By the interval alone, whatever margin a shop asks for."""
        if not self.told:
            return "unknown"
        return "better" if self.high < 0 else "worse" if self.low > 0 else "alike"

    @property
    def covers(self) -> bool:
        """Whether the candidate's likely range holds: not so few cases in it as would be chance once in a hundred."""
        if math.isnan(self.coverage):
            return True
        return bool(binom.cdf(round(self.coverage * self.cases), self.cases, MEANT) >= UNLIKELY)

    @property
    def gain(self) -> float:
        """By what share of its error the candidate is better; below zero it is worse."""
        return -self.difference / self.active if self.active > 0 else math.nan

    def wins(self, policy: Policy) -> bool:
        """Whether it is better by the margin that the shop has set, and its likely range holds."""
        sure = self.verdict == "better" or (not policy.sure and self.told and self.difference < 0)
        return sure and self.covers and self.gain >= policy.margin

    def decided(self, state: State, who: str, reason: str = "") -> "Trial":
        """The same after somebody decided about it."""
        now = datetime.now().isoformat(timespec="seconds")
        return replace(self, state=state, who=who.strip(), reason=reason.strip(), at=now)

    @property
    def words(self) -> str:
        """One sentence on what came of it."""
        if not self.told:
            return f"Too few {self.of} to tell which is better: {self.cases}, and {FEWEST} are needed."
        if not self.difference and not self.low and not self.high:
            return f"It answers as the one in use does, on all {self.cases:,} {self.of}."
        by = {
            "better": f"It is better: {abs(self.gain):.0%} less error",
            "worse": f"It is worse: {abs(self.gain):.0%} more error",
            "alike": f"It is about as good: {abs(self.gain):.0%} {'less' if self.gain >= 0 else 'more'} error",
        }[self.verdict]
        return (
            f"{by} on {self.cases:,} {self.of} ({self.candidate:.1%} against {self.active:.1%}; difference "
            f"{100 * self.difference:+.1f} points, 95 % {100 * self.low:+.1f} to {100 * self.high:+.1f})."
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON, which knows no NaN."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["changes"] = [asdict(one) for one in self.changes]
        clean: dict[str, Any] = _without_nan(values)
        return clean

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Trial":
        """What `to_dict` gave; what another Debut wrote beside it is left out."""
        known = {one.name for one in fields(cls)}
        mine: dict[str, Any] = {name: _with_nan(value) for name, value in values.items() if name in known}
        changes = [{name: _with_nan(value) for name, value in one.items()} for one in values.get("changes", [])]
        made: list[Any] = [Change(**one) for one in changes]
        return cls(**mine | {"changes": tuple(made)})


def judged(
    trial: Trial, actual: np.ndarray, candidate: np.ndarray, active: np.ndarray, group: np.ndarray | None = None
) -> Trial:
    """The trial with the WAPE of both on (n,) actual units, and the difference. group: (n,) rows drawn together."""
    return compared(trial, np.abs(actual - candidate), np.abs(actual - active), actual, group)


def compared(
    trial: Trial, candidate: np.ndarray, active: np.ndarray, weight: np.ndarray, group: np.ndarray | None = None
) -> Trial:
    """The same from the (n,) errors of both, each shared by the sum of (n,) weights."""
    total = max(float(weight.sum()), 1e-9)
    cases = len(weight) if group is None else len(np.unique(group))
    if not cases:
        return trial
    difference, low, high = gap(candidate - active, weight, group)
    return replace(
        trial,
        cases=cases,
        candidate=float(candidate.sum()) / total,
        active=float(active.sum()) / total,
        difference=difference,
        low=low,
        high=high,
    )


def _without_nan(value: Any) -> Any:  # noqa: ANN401  (whatever JSON holds)
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _with_nan(value: Any) -> Any:  # noqa: ANN401
    return math.nan if value is None else value

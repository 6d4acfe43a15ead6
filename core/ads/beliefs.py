"""What the user knows of a channel beside the data: a range for its return, and lift tests.

A belief is the range in which the revenue brought for each 1 spent lies in 8 of 10 cases. A lift test is an
experiment: what was seen to be lost (or won) in some days by switching a channel off (or on), with its standard error.
Each edit is kept with the one before it, so that the last can be undone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import duckdb
import numpy as np

from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["Belief", "Known", "LiftTest", "keep", "read", "undo"]


@dataclass(frozen=True)
class Belief:
    """Revenue for each 1 spent, 8 in 10."""

    channel: str
    low: float
    high: float


@dataclass(frozen=True)
class LiftTest:
    """An experiment on one channel."""

    channel: str
    first: date
    last: date
    lift: float
    """Revenue that the channel's spend of these days brought in them."""
    error: float
    """Standard error of it."""

    def weeks(self, mondays: np.ndarray) -> np.ndarray:
        """(T,) share of each week that the test covers."""
        first, last = np.datetime64(self.first, "D"), np.datetime64(self.last, "D") + 1
        begin, end = np.maximum(mondays, first), np.minimum(mondays + 7, last)
        return np.clip((end - begin).astype(int), 0, 7) / 7


@dataclass(frozen=True)
class Known:
    """All that is kept."""

    beliefs: tuple[Belief, ...] = ()
    tests: tuple[LiftTest, ...] = ()


def read(cursor: duckdb.DuckDBPyConnection) -> Known:
    """What is kept at present."""
    row = cursor.execute("SELECT known FROM ad_beliefs ORDER BY step DESC LIMIT 1").fetchone()
    return Known() if row is None else _told(json.loads(row[0]))


def keep(workspace: Workspace, beliefs: Sequence[Belief], tests: Sequence[LiftTest], who: str = "") -> None:
    """Keep these in place of what was kept. Raises DebutError, saying what is wrong with which."""
    for belief in beliefs:
        _check_belief(belief)
    for test in tests:
        _check_test(test)
    named = [belief.channel for belief in beliefs]
    if len(set(named)) < len(named):
        raise DebutError("A channel has two ranges. Keep one of them.")
    known = json.dumps(
        {"beliefs": [asdict(one) for one in beliefs], "tests": [asdict(one) for one in tests]}, default=str
    )
    with workspace.transaction(data=False) as cursor:
        cursor.execute(
            "INSERT INTO ad_beliefs (step, known, who) SELECT coalesce(max(step), 0) + 1, ?, ? FROM ad_beliefs",
            [known, who],
        )


def undo(workspace: Workspace) -> bool:
    """Go back to what was kept before; False where there is nothing to undo."""
    with workspace.transaction(data=False) as cursor:
        gone = cursor.execute(
            "DELETE FROM ad_beliefs WHERE step = (SELECT max(step) FROM ad_beliefs) RETURNING step"
        ).fetchall()
    return bool(gone)


def _told(kept: dict[str, list[dict[str, object]]]) -> Known:
    beliefs = [Belief(str(row["channel"]), _number(row["low"]), _number(row["high"])) for row in kept["beliefs"]]
    tests = [
        LiftTest(
            str(row["channel"]), date.fromisoformat(str(row["first"])), date.fromisoformat(str(row["last"])),
            _number(row["lift"]), _number(row["error"]),
        )
        for row in kept["tests"]
    ]  # fmt: skip
    return Known(tuple(beliefs), tuple(tests))


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _check_belief(belief: Belief) -> None:
    where = f"The range of {belief.channel or 'a channel without a name'}"
    if not belief.channel.strip():
        raise DebutError("A range needs a channel.")
    if not (np.isfinite([belief.low, belief.high]).all() and 0 <= belief.low < belief.high):
        raise DebutError(f"{where} is {belief.low:g} to {belief.high:g}: it must rise, from 0 or more.")


def _check_test(test: LiftTest) -> None:
    if not test.channel.strip():
        raise DebutError("A lift test needs a channel.")
    if test.last < test.first:
        raise DebutError(f"The lift test of {test.channel} ends ({test.last}) before it begins ({test.first}).")
    if not (np.isfinite([test.lift, test.error]).all() and test.error > 0):
        raise DebutError(f"The lift test of {test.channel} needs a lift and a standard error above 0.")

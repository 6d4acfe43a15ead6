"""A cut date: which launches lie before it, to learn from, and which after it, to be forecast."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from core.errors import NotReady
from core.history import WARM_UP_DAYS, History

__all__ = ["FEWEST_LEARNT", "FEWEST_TESTS", "Cut", "usual"]

FEWEST_TESTS = 20
"""Launches to forecast; a figure of fewer says nothing."""
FEWEST_LEARNT = 40
"""Launches that the forecaster needs to learn from."""
USUAL_WEEKS = 26  # of launches after the cut that a first backtest should have, windows included


@dataclass(frozen=True)
class Cut:
    """Where a backtest cuts the history."""

    when: date
    """The first day that is not known."""
    weeks: int
    """Weeks of a launch that are forecast."""
    test_weeks: int | None = None
    """Launches of so many weeks from the cut are forecast; None: all since."""

    def tested(self, history: History) -> np.ndarray:
        """Rows of the launches to forecast, by launch day; their window is complete."""
        launches = history.launches(self.weeks)
        launch = history.items["launch"].to_numpy()[launches]
        until = history.days
        if self.test_weeks is not None:
            until = history.day(self.when + timedelta(weeks=self.test_weeks))
        return launches[(launch >= history.day(self.when)) & (launch < until)]

    def learnt(self, history: History) -> np.ndarray:
        """Rows of the launches whose window had ended before the cut."""
        launches = history.launches(self.weeks)
        closed = history.items["launch"].to_numpy()[launches] + 7 * self.weeks
        return launches[closed <= history.day(self.when)]

    def enough(self, history: History) -> bool:
        """Whether both sides have enough launches."""
        return len(self.tested(history)) >= FEWEST_TESTS and len(self.learnt(history)) >= FEWEST_LEARNT

    def check(self, history: History) -> None:
        """Raises NotReady where either side of the cut has too few launches."""
        if history.day(self.when) <= WARM_UP_DAYS:
            history.as_of(self.when)  # says so
        if (count := len(self.tested(history))) < FEWEST_TESTS:
            raise NotReady(
                f"Only {count} launches from {self.when} on have {self.weeks} complete weeks; "
                f"at least {FEWEST_TESTS} are needed. Choose an earlier cut."
            )
        if (count := len(self.learnt(history))) < FEWEST_LEARNT:
            raise NotReady(
                f"Only {count} launches lie before {self.when}; at least {FEWEST_LEARNT} are needed. "
                "Choose a later cut."
            )


def usual(history: History, weeks: int) -> tuple[date, date, date]:
    """Earliest, proposed and latest date to cut at.

    The proposed one leaves half a year to forecast, or comes as near to that as both sides have enough launches.
    """
    latest = history.end - timedelta(weeks=weeks)
    earliest = history.start + timedelta(days=WARM_UP_DAYS + 1 + 7 * weeks)
    aim = max(earliest, min(history.end - timedelta(weeks=USUAL_WEEKS), latest))
    shifts = sorted(range(-52, 53), key=abs)
    dates = [one for one in (aim + timedelta(weeks=shift) for shift in shifts) if earliest <= one <= latest]
    proposed = next((one for one in dates if Cut(one, weeks).enough(history)), aim)
    return earliest, proposed, max(earliest, latest)

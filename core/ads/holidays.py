"""Days of the year on which many shops sell differently, worked out for any year.

Each with the days around it in which people shop for it: a suggestion to begin from, as countries and shops differ.
Easter by the rule of Meeus, Jones and Butcher (Meeus 1991, "Astronomical Algorithms", chapter 8). Feasts that follow
the moon otherwise come with a calendar file.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from core.ads.calendar import Event

__all__ = ["HOLIDAYS", "USUAL", "easter", "nth", "of"]

THURSDAY, SUNDAY = 3, 6
Days = tuple[date, date]


def easter(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar."""
    century, rest = divmod(year, 100)
    gold = year % 19
    moon = (19 * gold + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (gold + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth(year: int, month: int, weekday: int, place: int) -> date:
    """The first, second, ... weekday of a month (Monday: 0); from its end where the place is negative."""
    if place > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (place - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-place - 1))


def _before(day: date, days: int) -> Days:
    """A day and so many before it."""
    return day - timedelta(days=days), day


def _black_friday(year: int) -> Days:
    friday = nth(year, 11, THURSDAY, 4) + timedelta(days=1)
    return friday, friday + timedelta(days=3)


def _easter(year: int) -> Days:
    sunday = easter(year)
    return sunday - timedelta(days=7), sunday + timedelta(days=1)


HOLIDAYS: dict[str, Callable[[int], Days]] = {
    "New Year's sales": lambda year: (date(year, 1, 1), date(year, 1, 7)),
    "Valentine's Day": lambda year: _before(date(year, 2, 14), 6),
    "Mothering Sunday (UK)": lambda year: _before(easter(year) - timedelta(days=21), 6),
    "Easter": _easter,
    "Mother's Day (May)": lambda year: _before(nth(year, 5, SUNDAY, 2), 6),
    "Father's Day (June)": lambda year: _before(nth(year, 6, SUNDAY, 3), 6),
    "Back to school": lambda year: (date(year, 8, 20), date(year, 9, 7)),
    "Halloween": lambda year: _before(date(year, 10, 31), 6),
    "Singles' Day": lambda year: (date(year, 11, 11), date(year, 11, 11)),
    "Black Friday": _black_friday,
    "Before Christmas": lambda year: (date(year, 12, 5), date(year, 12, 23)),
    "Christmas": lambda year: (date(year, 12, 24), date(year, 12, 26)),
    "After Christmas": lambda year: (date(year, 12, 27), date(year, 12, 31)),
}
"""Name to first and last day in a year."""

USUAL = ("Easter", "Black Friday", "Before Christmas", "Christmas", "After Christmas")
"""Those that move most shops."""


def of(names: Iterable[str], first_year: int, last_year: int) -> list[Event]:
    """The chosen ones in every year of a span, both ends included."""
    years = range(first_year, last_year + 1)
    return sorted(Event(*HOLIDAYS[name](year), name) for name in names for year in years)

"""The period that a file covers, where its rows have no day of their own: read from the lines above or its name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

__all__ = ["Period", "find"]

MONTHS = (  # the beginnings by which the months of the languages that ad systems speak can be told apart
    "jan ene gen", "feb fev fév", "mar mär mrt maa", "apr abr avr", "may mai mag mei", "jun giu juin",
    "jul lug juil", "aug ago aoû aou", "sep set", "oct okt ott out", "nov", "dec dez dic déc",
)  # fmt: skip
BEGINNINGS = [(word, month) for month, words in enumerate(MONTHS, start=1) for word in words.split()]
BEGINNINGS.sort(key=lambda pair: -len(pair[0]))
DAY_FORMS = (
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?"),
    re.compile(r"(?<!\d)(?P<y>20\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})\.?(?:º|er)?\s+(?:de\s+)?(?P<name>[^\W\d_]{3,})\.?\s+(?:de\s+)?(?P<y>\d{4})"),
    re.compile(r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})"),
)


@dataclass(frozen=True)
class Period:
    """First and last day, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        return f"{self.start} to {self.end}" if self.days > 1 else str(self.start)


def find(lines: Iterable[str], name: str = "") -> Period | None:
    """The period that the lines above a header say, else the file's name; None where neither has two days."""
    above = [day for line in lines for day in _days(line)]
    named = list(_days(name))
    days = above or (named if len(named) > 1 else [])  # one day in a name is that of the download
    return Period(min(days), max(days)) if days else None


def _days(text: str) -> Iterator[date]:
    """Every date in a text, in the order in which it stands there."""
    found: dict[int, date] = {}
    for form in DAY_FORMS:
        for match in form.finditer(text):
            day = _day(match.groupdict())
            if day and not any(abs(match.start() - at) < 4 for at in found):
                found[match.start()] = day
    yield from (found[at] for at in sorted(found))


def _day(parts: dict[str, str]) -> date | None:
    month = int(parts["m"]) if "m" in parts else _month(parts["name"])
    try:
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None


def _month(name: str) -> int:
    return next((month for word, month in BEGINNINGS if name.lower().startswith(word)), 0)

"""Calendars as files: the .ics that every calendar exports, and tables with a name and a day.

Only what the model needs is read: names and days. Of repeats those by year are followed; times of day, places and
guests are left alone.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.ads.calendar import LONGEST, MOST, Event, check
from core.ads.holidays import nth
from core.errors import BadFile, DebutError

__all__ = ["BIGGEST", "Read", "read"]

BIGGEST = 5_000_000  # bytes
NAMES = ("event", "name", "holiday", "title", "summary", "subject", "description", "what", "feiertag")
FIRSTS = ("date", "first", "first day", "start", "start date", "from", "begin", "day", "ds", "when", "datum")
LASTS = ("last", "last day", "end", "end date", "until", "to", "bis", "fin")
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
DAY_FIRST, MONTH_FIRST = ("%d/%m/%Y", "%d-%m-%Y"), ("%m/%d/%Y", "%m-%d-%Y")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ESCAPES = {"\\n": " ", "\\N": " ", "\\,": ",", "\\;": ";", "\\\\": "\\"}


@dataclass(frozen=True)
class Read:
    """What a file holds."""

    events: list[Event]
    notes: list[str]
    """What was left out, in words for the user."""


def read(name: str, data: bytes, years: tuple[int, int]) -> Read:
    """The events of a file. years: first and last in which repeats are followed. Raises BadFile, saying where."""
    if len(data) > BIGGEST:
        raise BadFile(f"{name} has {len(data) / 1e6:.0f} MB; a calendar of up to {BIGGEST / 1e6:.0f} MB is read.")
    text = _decoded(data)
    if not text.strip():
        raise BadFile(f"{name} is empty.")
    found = _ics(text, years) if "BEGIN:VCALENDAR" in text[:2000].upper() else _table(name, text)
    if not found.events:
        raise BadFile(f"{name} holds no events. {' '.join(found.notes)}".strip())
    if len(found.events) > MOST:
        raise BadFile(f"{name} holds {len(found.events)} events; at most {MOST} fit. Export fewer years.")
    return found


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1").replace("\0", "")


def _table(name: str, text: str) -> Read:
    """Events of a table with a header."""
    rows = _rows(name, text)
    header = [" ".join(re.sub(r"[_\W]+", " ", cell).lower().split()) for cell in rows[0]]
    at_name, at_first, at_last = (_place(header, words) for words in (NAMES, FIRSTS, LASTS))
    if at_name is None or at_first is None:
        raise BadFile(
            f"{name} needs a column with the name of the event ({NAMES[0]}) and one with its day ({FIRSTS[0]}); a "
            f"last day ({LASTS[0]}) may stand beside them. It has: {', '.join(rows[0])[:200]}."
        )
    days = [row[at] for row in rows[1:] for at in (at_first, at_last) if at is not None and at < len(row)]
    formats = (*FORMATS, *(MONTH_FIRST if _month_first(days) else DAY_FIRST))
    events = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [row[at].strip() if at is not None and at < len(row) else "" for at in (at_name, at_first, at_last)]
        if any(cells):
            events.append(_event(f"{name}, row {number}", cells, formats))
    ambiguous = any(re.fullmatch(r"\s*\d{1,2}[/-]\d{1,2}[/-]\d{4}\s*", day) for day in days)
    order = "month first" if _month_first(days) else "day first"
    return Read(events, [f"Days such as {days[0].strip()} were read {order}."] if ambiguous else [])


def _rows(name: str, text: str) -> list[list[str]]:
    head = text.splitlines()[0]
    delimiter = max(",;\t|", key=head.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise BadFile(f"{name} cannot be read as a table ({error}). Save it as CSV.") from error
    if len(rows) < 2:
        raise BadFile(f"{name} has a header at most: there is no event in it.")
    return rows


def _place(header: list[str], words: tuple[str, ...]) -> int | None:
    """The column with the first of these names."""
    return next((header.index(word) for word in words if word in header), None)


def _month_first(days: list[str]) -> bool:
    """Whether a second number says that months come first: it is above 12 somewhere, and no first one is."""
    parts = [re.fullmatch(r"\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}\s*", day) for day in days]
    pairs = [(int(found[1]), int(found[2])) for found in parts if found]
    return any(second > 12 for _, second in pairs) and not any(first > 12 for first, _ in pairs)


def _event(where: str, cells: list[str], formats: tuple[str, ...]) -> Event:
    title, first, last = cells
    try:
        begin = _day(first, formats)
        return check(Event(begin, _day(last, formats) if last else begin, title[:LONGEST]))
    except DebutError as error:
        raise BadFile(f"{where}: {error.message}") from error


def _day(text: str, formats: tuple[str, ...]) -> date:
    only = re.sub(r"[T ]\d{1,2}:\d{2}.*$", "", text)
    for form in formats:
        try:
            return datetime.strptime(only, form).date()
        except ValueError:
            continue
    raise DebutError(f"'{text[:40]}' is no day that can be read. Write it as 2026-12-24.")


def _ics(text: str, years: tuple[int, int]) -> Read:
    """Events of an iCalendar file (RFC 5545)."""
    events: list[Event] = []
    other = unread = 0
    for fields in _blocks(text):
        try:
            found, followed = _repeated(fields, years)
        except (DebutError, ValueError, OverflowError):
            unread += 1
            continue
        events += found
        other += not followed
    notes = []
    if other:
        notes.append(f"{other} repeat otherwise than by year: only their first days were taken.")
    if unread:
        notes.append(f"{unread} have no name or no day that can be read, and were left out.")
    return Read(sorted(set(events)), notes)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Of each event: name of a field to its value."""
    fields: dict[str, str] | None = None
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, _, value = line.partition(":")
        key = head.partition(";")[0]
        match (key.strip().upper(), value.strip().upper()):
            case ("BEGIN", "VEVENT"):
                fields = {}
            case ("END", "VEVENT"):
                if fields is not None:
                    yield fields
                fields = None
            case (known, _) if fields is not None:
                fields.setdefault(known, value.strip())


def _repeated(fields: dict[str, str], years: tuple[int, int]) -> tuple[list[Event], bool]:
    """An event with its repeats, and whether these were followed."""
    begin, whole = _ics_day(fields["DTSTART"]) if "DTSTART" in fields else (None, True)
    if begin is None:
        raise DebutError("There is no day.")
    end = begin
    if "DTEND" in fields:
        end, whole = _ics_day(fields["DTEND"])
        end = max(begin, end - timedelta(days=1)) if whole else end  # the end of whole days is not part of them
    title = re.sub(r"\\[nN,;\\]", lambda found: ESCAPES[found[0]], fields.get("SUMMARY", ""))
    event = check(Event(begin, end, " ".join(title.split())[:LONGEST]))
    rule = dict(part.partition("=")[::2] for part in fields.get("RRULE", "").upper().split(";"))
    if rule.get("FREQ") != "YEARLY":
        return [event], "FREQ" not in rule
    length = event.last - event.first
    return [Event(day, day + length, event.name) for day in _years(event.first, rule, years)], True


def _years(begin: date, rule: dict[str, str], years: tuple[int, int]) -> list[date]:
    """First days of an event that repeats by year: on its date, or on the nth weekday of its month."""
    until = _ics_day(rule["UNTIL"])[0] if rule.get("UNTIL") else date(years[1], 12, 31)
    most = int(rule.get("COUNT") or MOST)
    found = []
    for number, year in enumerate(range(begin.year, years[1] + 1, max(1, int(rule.get("INTERVAL") or 1)))):
        day = _in_year(begin, rule, year)
        if day is not None and number < most and begin <= day <= until and year >= years[0]:
            found.append(day)
    return found


def _in_year(begin: date, rule: dict[str, str], year: int) -> date | None:
    month = int(rule.get("BYMONTH") or begin.month)
    weekday = re.fullmatch(r"([+-]?\d)(\w\w)", rule.get("BYDAY", ""))
    if weekday:
        return nth(year, month, DAYS.index(weekday[2]), int(weekday[1]))
    try:
        return date(year, month, int(rule.get("BYMONTHDAY") or begin.day))
    except ValueError:  # 29 February
        return None


def _ics_day(value: str) -> tuple[date, bool]:
    """A day, and whether it is one as a whole."""
    found = re.match(r"(\d{4})(\d{2})(\d{2})", value)
    if found is None:
        raise DebutError(f"'{value[:40]}' is no day.")
    return date(*map(int, found.groups())), "T" not in value

"""Holidays fall where they fall, calendars come from files, and the model is told of them by week."""

from datetime import date

import numpy as np
import pytest

from core.ads import calendar, event_files, holidays
from core.ads.calendar import Event
from core.errors import BadFile, DebutError
from core.workspace import Workspace

WEEKS = np.arange("2024-03-04", "2024-05-06", 7, dtype="datetime64[D]")  # nine Mondays
FAIR = Event(date(2024, 4, 6), date(2024, 4, 9), "Fair")
YEARS = (2023, 2026)


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(1961, date(1961, 4, 2)), (2000, date(2000, 4, 23)), (2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)),
     (2038, date(2038, 4, 25)), (2285, date(2285, 3, 22))],
)  # fmt: skip
def test_easter(year: int, sunday: date):
    assert holidays.easter(year) == sunday


def test_days_of_the_year():
    found = {event.name: event for event in holidays.of(holidays.HOLIDAYS, 2024, 2024)}
    assert len(found) == len(holidays.HOLIDAYS)
    assert (found["Black Friday"].first, found["Black Friday"].last) == (date(2024, 11, 29), date(2024, 12, 2))
    assert found["Mother's Day (May)"].last == date(2024, 5, 12)
    assert found["Father's Day (June)"].last == date(2024, 6, 16)
    assert found["Mothering Sunday (UK)"].last == date(2024, 3, 10)
    assert holidays.nth(2024, 12, 0, -1) == date(2024, 12, 30) and holidays.nth(2024, 5, 6, 2) == date(2024, 5, 12)
    assert all(event.first <= event.last for event in holidays.of(holidays.HOLIDAYS, 1990, 2100))


def test_a_week_counts_by_the_days_that_are_covered(workspace: Workspace):
    fairs = [FAIR, Event(date(2024, 3, 4), date(2024, 3, 4), "Fair"), Event(date(2024, 4, 7), date(2024, 4, 8), "Fair")]
    whole, before = (
        Event(date(2024, 1, 1), date(2024, 12, 30), "Always"),
        Event(date(2020, 1, 1), date(2020, 1, 2), "Old"),
    )
    calendar.keep(workspace, [*fairs, whole, before])
    names, values = calendar.weeks(workspace.cursor(), WEEKS)
    assert names == ["Fair"]  # the others say nothing of these weeks
    assert (values * 7).round(9).tolist() == [[1, 0, 0, 0, 2, 2, 0, 0, 0]]


def test_without_events_there_are_no_rows(workspace: Workspace):
    names, values = calendar.weeks(workspace.cursor(), WEEKS)
    assert names == [] and values.shape == (0, len(WEEKS))


def test_of_very_many_names_those_with_most_days_stay(workspace: Workspace):
    many = [Event(date(2024, 3, 5), date(2024, 3, 5 + number % 3), f"Event {number}") for number in range(40)]
    calendar.keep(workspace, many)
    names, values = calendar.weeks(workspace.cursor(), WEEKS)
    assert len(names) == calendar.MOST_NAMES and values.sum(1).min() > 1.5 / 7


def test_events_are_kept_added_and_undone(workspace: Workspace):
    empty, data = calendar.stamp(workspace.cursor()), workspace.version
    assert calendar.add(workspace, [FAIR]) == 1 and calendar.add(workspace, [FAIR]) == 0
    assert calendar.add(workspace, [Event(date(2024, 5, 1), date(2024, 5, 1), "  Open   day ")]) == 1
    assert [event.name for event in calendar.read(workspace.cursor())] == ["Fair", "Open day"]
    assert calendar.stamp(workspace.cursor()) != empty
    assert calendar.undo(workspace) and calendar.read(workspace.cursor()) == (FAIR,)
    assert calendar.undo(workspace) and calendar.stamp(workspace.cursor()) == empty
    assert not calendar.undo(workspace)
    assert workspace.version == data  # forecasts need not be made anew


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event(date(2024, 4, 2), date(2024, 4, 1), "Fair"), "ends .* before it begins"),
        (Event(date(2024, 4, 2), date(2024, 4, 2), "  "), "has no name"),
        (Event(date(2024, 4, 2), date(2024, 4, 2), "x" * 99), "99 characters"),
        (Event(date(1066, 10, 14), date(1066, 10, 14), "Hastings"), "years from 1990"),
        (Event(date(2024, 1, 1), date(2025, 6, 1), "Always"), "over a year"),
    ],
)
def test_events_that_make_no_sense_are_refused_and_nothing_is_kept(workspace: Workspace, event: Event, words: str):
    calendar.keep(workspace, [FAIR])
    with pytest.raises(DebutError, match=words):
        calendar.keep(workspace, [event])
    assert calendar.read(workspace.cursor()) == (FAIR,)


ICS = b"""BEGIN:VCALENDAR\r
BEGIN:VTIMEZONE\r
DTSTART:19700101T000000\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
SUMMARY:Summer\\, and\r
  sales\r
DTSTART;VALUE=DATE:20240701\r
DTEND;VALUE=DATE:20240708\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Birthday of the shop\r
DTSTART;TZID=Europe/Berlin:20220229T090000\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Thanksgiving\r
DTSTART;VALUE=DATE:20201126\r
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Late night\r
DTSTART:20240105T180000Z\r
DTEND:20240105T220000Z\r
RRULE:FREQ=WEEKLY\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Jubilee\r
DTSTART;VALUE=DATE:20230510\r
RRULE:FREQ=YEARLY;COUNT=2\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_an_ics_file():
    found = event_files.read("shop.ics", ICS, YEARS)
    days = {(event.name, event.first, event.last) for event in found.events}
    assert ("Summer, and sales", date(2024, 7, 1), date(2024, 7, 7)) in days
    assert {first for name, first, _ in days if name == "Thanksgiving"} == {
        date(2023, 11, 23), date(2024, 11, 28), date(2025, 11, 27), date(2026, 11, 26)
    }  # fmt: skip
    assert {first for name, first, _ in days if name == "Jubilee"} == {date(2023, 5, 10), date(2024, 5, 10)}
    assert ("Late night", date(2024, 1, 5), date(2024, 1, 5)) in days
    assert len(found.notes) == 2  # one repeats by week, one is on 29 February of no leap year


@pytest.mark.parametrize(
    "text",
    [
        "event,date,last day\nFair,2024-04-06,2024-04-09\n",
        "Holiday;Start;End\nFair;06.04.2024;09.04.2024\n",
        "\ufeffTitle\tStart date\tEnd date\nFair\t06/04/2024\t09/04/2024\nOther\t13/04/2024\t\n",
        "name,from,to\nFair,04/06/2024,04/09/2024\nOther,04/13/2024,\n",
        "Summary,date,until\nFair,\"Apr 6, 2024\",2024-04-09T00:00:00Z\n",
    ],
)  # fmt: skip
def test_tables_of_events(text: str):
    assert event_files.read("fair.csv", text.encode(), YEARS).events[0] == FAIR


def test_a_table_says_how_it_read_days_that_could_be_read_two_ways():
    found = event_files.read("fair.csv", b"event,date\nFair,06/04/2024\n", YEARS)
    assert found.events[0].first == date(2024, 4, 6) and "day first" in found.notes[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"event,date\n", "no event in it"),
        (b"a,b\n1,2\n", "needs a column with the name"),
        (b"event,date\nFair,soon\n", "row 2: 'soon' is no day"),
        (b"event,date,last\nFair,2024-04-06,2024-04-01\n", "row 2: Fair ends"),
        (b"event,date\nFair,2024-02-30\n", "row 2"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR", "holds no events"),
        (b"\x00\xff\xfe\x9d" * 50, "at most"),
        (b"x" * (event_files.BIGGEST + 1), "MB"),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20240101\nRRULE:FREQ=YEARLY;INTERVAL=x\nEND:VEVENT",
            "left out",
        ),
    ],
)
def test_files_that_cannot_be_read_say_why(data: bytes, words: str):
    with pytest.raises(BadFile, match=words):
        event_files.read("calendar.csv", data, YEARS)

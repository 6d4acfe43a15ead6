"""From text to values, in SQL: one expression a kind of column, and the evidence by which a file is read.

How a file writes numbers and dates is decided once for it, from a sample of its cells, and said with the
evidence. What does not fit the decision is not bent to it: it reads as NULL, and so is found.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import duckdb

from core.schema import Column, literal

__all__ = ["BLANKS", "Formats", "cell", "checked", "converted", "decide", "decide_again", "number", "wrong"]

FIRST_YEAR, LAST_YEAR = 1990, 2100
BLANKS = ("", "--", "-", "nan", "NaN", "null", "NULL", "'null", "None", "n/a", "N/A", "#N/A", "(not set)", "无退款申请")
"""Cells that say that there is nothing."""
CODES = (  # written right before the digits; other letters there are a code of something else, such as an item
    "R|Rs|[Kk]r|RM|USD|EUR|GBP|JPY|CNY|RMB|INR|CHF|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|ZAR|BRL|MXN|AED|SAR|EGP|"
    "TRY|THB|VND|IDR|MYR|SGD|HKD|TWD|KRW|PHP|ILS|CLP|COP|ARS|PEN"
)
SYMBOL = rf"(?:[A-Za-z]{{0,3}}\p{{Sc}}|(?:{CODES})\.?|[A-Za-z]{{1,3}}[\s.]\s*)"  # $, MX$, R, GBP, Rs.
BLANK = r"[\s\x{A0}\x{202F}\x{2009}'’]"  # what stands between thousands beside the decimal marks
SIGNED = rf"(?:[+-]\s*{SYMBOL}?|{SYMBOL}\s*[+-]?)?"
AMOUNT = rf"\(?{SIGNED}\s*([0-9.,](?:[0-9.,]|{BLANK})*?)\s*(?:\p{{Sc}}|[A-Za-z]{{1,3}}|元|件|%)?\)?-?"
POINT = r"[0-9]+(\.[0-9]*)?|\.[0-9]+|[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}(\.[0-9]*)?"  # also lakh and crore
COMMA = r"[0-9]+(,[0-9]*)?|,[0-9]+|[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"
DAY_FIRST = ("%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
MONTH_FIRST = ("%m/%d/%y", "%m-%d-%y", "%d.%m.%y", "%m/%d/%Y", "%m-%d-%Y", "%d.%m.%Y")  # dots: always day first
NAMED = (
    *("%d-%b-%y", "%b-%d-%y", "%d %b %y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%b-%d-%Y"),
    *("%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日", "%a, %d %b %Y", "%b %d %Y"),
)
DAYS = r"^\s*([0-9]{1,2})[/-]([0-9]{1,2})[/-](?:[0-9]{2}|[0-9]{4})(?:\D|$)"

DateOrder = Literal["day first", "month first"]
Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Formats:
    """How a file writes numbers and dates."""

    comma: bool = False
    """Whether the decimal sign is a comma."""
    comma_seen: bool = False
    """Whether cells decide that, and not the delimiter."""
    date_order: DateOrder = "day first"
    order_seen: bool = False
    """Whether dates decide that which can be read no other way."""
    told: bool = False
    """Whether the export is known to write its dates in that order."""
    sure: bool = True
    """Whether the cells themselves decide the order of day and month."""
    evidence: tuple[str, ...] = ()
    """Why, for people."""


def cell(column: str, guarded: bool = True, padded: bool = True, large: bool = False) -> str:
    """SQL of a text column without marks and blanks around it; NULL where it says that there is nothing.

    The reader makes NULL of `BLANKS`, so that they are looked for only where blanks may stand beside them, and not
    in large files, of which it would take seconds. What no cell of a file has is not looked for either.
    """
    text = column
    if guarded:  # ="186", '97213, a TAB that a shop adds so that a spreadsheet leaves long numbers alone
        text = f"regexp_replace({text}, '^\\s*=\"(.*)\"\\s*$', '\\1')"
        text = f"regexp_replace({text}, '^[\\s]*''?([0-9+=@-]|null$)|^\\s+|\\s+$', '\\1', 'g')"
    elif not padded or large:
        return f"nullif(trim({text}), '')" if padded else text
    words = ", ".join(map(literal, BLANKS))
    return f"CASE WHEN NOT list_contains([{words}], trim({text})) THEN trim({text}) END"


def number(text: str, comma: bool) -> str:
    """SQL of a number with currency signs, blanks and thousands marks; NULL where the text is none."""
    core = f"regexp_replace(regexp_extract({text}, '^{_sql(AMOUNT)}$', 1), '{_sql(BLANK)}', '', 'g')"
    shape = COMMA if comma else POINT
    digits = "replace(replace(d, '.', ''), ',', '.')" if comma else "replace(d, ',', '')"
    read = f"CASE WHEN regexp_full_match(d, '{shape}') THEN TRY_CAST({digits} AS DOUBLE) END"
    # A lambda, so that `core` stands there once: what stands twice is worked out for every row beforehand.
    # A dash behind a digit is a minus; behind a decimal sign it says that there are no cents.
    minus = f"regexp_matches({text}, '^[^0-9]*-|[0-9]\\)?-$') OR starts_with({text}, '(')"
    sign = f"CASE WHEN {minus} THEN -1 ELSE 1 END"
    slow = f"{sign} * list_transform([{core}], lambda d: {read})[1]"
    return f"({slow})" if comma else f"coalesce(TRY_CAST({text} AS DOUBLE), {slow})"


def converted(column: Column, text: str, amount: str, formats: Formats) -> str:
    """SQL of a column's value from its source as text and as a number; NULL where it cannot be read."""
    match column.kind:
        case "money" | "number" | "count":
            return amount
        case "date":
            return _date(text, formats)
        case "time":
            return _time(text, formats)
        case "choice":
            return _choice(column, text)
        case "prose":
            return _prose(text)
        case _:
            return _identifier(text) if column.name.endswith("_id") else text


def checked(column: Column) -> str:
    """SQL of a column that was converted, NULL where the value makes no sense: infinite, or out of all time."""
    name = f'"{column.name}"'
    match column.kind:
        case "money" | "number":
            return f"CASE WHEN isfinite({name}) THEN {name} END"
        case "count":
            return f"CASE WHEN {name} = round({name}) AND abs({name}) < 1e15 THEN {name}::BIGINT END"
        case "date" | "time":
            first, last = f"DATE '{FIRST_YEAR}-01-01'", f"DATE '{LAST_YEAR + 1}-01-01'"
            return f"CASE WHEN {name} >= {first} AND {name} < {last} THEN {name} END"
        case _:
            return name


def wrong(column: Column) -> str:
    """The words for a cell that cannot be read as the column."""
    match column.kind:
        case "date" | "time":
            return f"is not a date between {FIRST_YEAR} and {LAST_YEAR} that can be read"
        case "count":
            return "is not a whole number"
        case "choice":
            return f"is none of {', '.join(value for value, _ in column.values)}"
        case _:
            return "is not an amount"


def decide(cursor: Cursor, sample: str, numbers: Iterable[str], dates: Iterable[str], hint: Formats) -> Formats:
    """How the file writes numbers and dates.

    sample: name of a relation with some of its rows; numbers, dates: SQL of its cells as text;
    hint: what is taken where the cells say nothing.
    """
    formats = _decimal_sign(cursor, sample, list(numbers), hint)
    return _date_order(cursor, sample, list(dates), formats)


def decide_again(cursor: Cursor, unread: str, numbers: str, dates: str, formats: Formats) -> Formats:
    """The same after all rows were read: cells further down may decide what the first ones left open.

    unread: name of a relation with the cells that could not be read; numbers, dates: its columns of either kind.
    """
    found = formats
    if not formats.comma_seen:
        found = _decimal_sign(cursor, unread, [numbers], found)
    if not formats.order_seen:
        found = _clear_order(cursor, unread, [dates], found) or found
    return found


def _decimal_sign(cursor: Cursor, sample: str, numbers: list[str], hint: Formats) -> Formats:
    if not numbers:
        return hint
    cells = f"SELECT unnest([{', '.join(numbers)}]) AS text FROM {sample}"
    comma, point = _row(
        cursor,
        f"""SELECT count(*) FILTER (regexp_matches(text, '\\d,\\d{{1,2}}\\D*$|\\.\\d{{3}},')),
                   count(*) FILTER (regexp_matches(text, '\\d\\.\\d{{1,2}}\\D*$|,\\d{{3}}\\.')) FROM ({cells})""",
    )
    if not comma and not point:
        return hint
    if not comma:
        return replace(hint, comma=False, comma_seen=True)
    words = f"The decimal sign is a {'comma' if comma > point else 'point'} in {max(comma, point):,} cells looked at"
    if point:
        words += f", but not in {min(comma, point):,} others"
    return replace(hint, comma=comma > point, comma_seen=True, evidence=(*hint.evidence, f"{words}."))


def _date_order(cursor: Cursor, sample: str, dates: list[str], formats: Formats) -> Formats:
    """Parts above 12 decide; then how the export is known to write; then how seldom the dates step back, as exports
    are sorted; then the hint."""
    if not dates:
        return formats
    clear = _clear_order(cursor, sample, dates, formats)
    if clear is not None or not _parts(cursor, sample, dates)[2]:
        return clear or formats
    if formats.told:
        words = f"Dates are taken as {formats.date_order}, as this export writes them."
        return replace(formats, evidence=(*formats.evidence, words))
    return _by_sequence(cursor, sample, dates[0], formats)


def _clear_order(cursor: Cursor, sample: str, dates: list[str], formats: Formats) -> Formats | None:
    """By dates that can be read in one order only; None where there are none."""
    first, second, _ = _parts(cursor, sample, dates)
    if not first and not second:
        return None
    order: DateOrder = "day first" if first >= second else "month first"
    words = f"Dates are {order}: {max(first, second):,} of those looked at can be read no other way."
    kept = tuple(one for one in formats.evidence if not one.startswith(("Dates", "No date")))
    return replace(formats, date_order=order, order_seen=True, sure=True, evidence=(*kept, words))


def _parts(cursor: Cursor, sample: str, dates: list[str]) -> tuple[int, ...]:
    """How many dates have a first part above 12, a second part above 12, neither."""
    cells = f"SELECT unnest([{', '.join(dates)}]) AS text FROM {sample}"
    return _row(
        cursor,
        f"""SELECT count(*) FILTER (a > 12), count(*) FILTER (b > 12), count(*) FILTER (a <= 12 AND b <= 12)
            FROM (SELECT TRY_CAST(regexp_extract(text, '{DAYS}', 1) AS INT) AS a,
                         TRY_CAST(regexp_extract(text, '{DAYS}', 2) AS INT) AS b FROM ({cells}))""",
    )


def _by_sequence(cursor: Cursor, sample: str, text: str, formats: Formats) -> Formats:
    steps = {order: _steps_back(cursor, sample, text, order) for order in ("day first", "month first")}
    low, high = sorted(steps, key=lambda order: steps[order])
    if steps[low] != steps[high]:
        words = f"Dates are {low}: read so they run in order, the other way they jump {steps[high]:,} times."
        return replace(formats, date_order=low, evidence=(*formats.evidence, words))  # type: ignore[arg-type]
    if formats.comma:
        words = "Dates are taken as day first, as where the decimal sign is a comma; no date in the file decides it."
        return replace(formats, date_order="day first", evidence=(*formats.evidence, words))
    words = f"No date in the file says whether day or month comes first; {formats.date_order} is assumed."
    return replace(formats, sure=False, evidence=(*formats.evidence, words))


def _steps_back(cursor: Cursor, sample: str, text: str, order: str) -> int:
    (jumps,) = _row(
        cursor,
        f"""SELECT count(*) FILTER (abs(day - before) > 27)
            FROM (SELECT day, lag(day) OVER () AS before
                  FROM (SELECT {_parsed(text, order)} AS day FROM {sample}))""",
    )
    return int(jumps)


def _parsed(text: str, order: str) -> str:
    """A date that is not ISO: without its time of day, by the formats of one order."""
    ordered = DAY_FIRST if order == "day first" else MONTH_FIRST
    formats = ", ".join(f"'{form}'" for form in (*ordered, *NAMED))
    day = f"regexp_replace({text}, '[ T,]+[0-9]{{1,2}}:[0-9]{{2}}.*$', '')"
    return f"try_strptime({day}, [{formats}])::DATE"


def _date(text: str, formats: Formats) -> str:
    """The day as it stands in the file: with an offset it is the shop's own day, not that of UTC."""
    iso = f"CASE WHEN {text}[5] IN ('-', '/') THEN TRY_CAST({text}[:10] AS DATE) END"
    short = f"TRY_CAST(regexp_extract({text}, '^[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}') AS DATE)"  # 2024/1/5 10:00
    epoch = f"CASE WHEN regexp_full_match({text}, '1[0-9]{{9}}([0-9]{{3}})?') THEN {_epoch(text)}::DATE END"
    return f"coalesce({iso}, {epoch}, {short}, {_parsed(text, formats.date_order)})"


def _time(text: str, formats: Formats) -> str:
    bare = f"CASE WHEN length({text}) <= 19 THEN {text} "
    bare += f"ELSE regexp_replace({text}, '( ?UTC| ?GMT|Z| ?[+-][0-9]{{2}}:?[0-9]{{2}})$', '') END"
    iso = f"CASE WHEN {text}[5] = '-' THEN TRY_CAST({bare} AS TIMESTAMP) END"
    clock = f"regexp_extract({text}, '([0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?)', 1)"
    time = f"CASE WHEN {clock} = '' THEN TIME '00:00' ELSE TRY_CAST({clock} AS TIME) END"
    half = f"regexp_extract(lower({text}), '[0-9] ?([ap])m$', 1)"
    noon = f"hour(TRY_CAST({clock} AS TIME)) % 12 = 0"
    turned = f"CASE WHEN {half} = 'p' AND hour(TRY_CAST({clock} AS TIME)) < 12 THEN 12"
    turned += f" WHEN {half} = 'a' AND {clock} <> '' AND {noon} THEN -12 ELSE 0 END"
    slow = f"({_date(text, formats)}) + ({time}) + to_hours({turned})"
    epoch = f"CASE WHEN regexp_full_match({text}, '1[0-9]{{9}}([0-9]{{3}})?') THEN {_epoch(text)} END"
    return f"coalesce({iso}, {epoch}, {slow})"


def _epoch(text: str) -> str:
    """Seconds or milliseconds since 1970, UTC."""
    return f"make_timestamp_ms(rpad({text}, 13, '0')::BIGINT)"


def _choice(column: Column, text: str) -> str:
    word = f"regexp_replace(lower({text}), '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
    cases = []
    for value, others in column.values:
        known = ", ".join(f"'{''.join(filter(str.isalnum, one.lower()))}'" for one in (value, *others))
        cases.append(f"WHEN {word} IN ({known}) THEN '{value}'")
    return f"CASE {' '.join(cases)} END"


def _prose(text: str) -> str:
    """Without markup, which an export of a shop's pages is full of."""
    scripts = f"regexp_replace({text}, '(?is)<(script|style)[^>]*>.*?</(script|style)>', ' ', 'g')"
    bare = f"regexp_replace({scripts}, '<[^>]*>', ' ', 'g')"
    for entity, sign in (
        ("&nbsp;", " "),
        ("&#39;", "''"),
        ("&quot;", '"'),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ):
        bare = f"replace({bare}, '{entity}', '{sign}')"
    clean = f"nullif(trim(regexp_replace({bare}, '\\s+', ' ', 'g')), '')"
    return f"CASE WHEN contains({text}, '<') OR contains({text}, '&') THEN {clean} ELSE {text} END"


def _identifier(text: str) -> str:
    """17850.0 is what a spreadsheet or pandas makes of 17850."""
    spoilt = f"ends_with({text}, '.0') AND TRY_CAST({text} AS DOUBLE) IS NOT NULL"
    return f"CASE WHEN {spoilt} THEN left({text}, strlen({text}) - 2) ELSE {text} END"


def _sql(pattern: str) -> str:
    return pattern.replace("'", "''")


def _row(cursor: Cursor, query: str) -> tuple[int, ...]:
    row = cursor.execute(query).fetchone()
    assert row is not None
    return row

"""Quality checks of any table: ruined codes, garbled text, dates that cannot be, numbers out of their bounds."""

import html
import re

from core.imports.checks.check import Check, Look, Search, ids, quality_days

__all__ = ["CHECKS", "MOMENTS", "SEARCHES"]

MOMENTS = {"sales": "date", "events": "ts", "reviews": "date", "ads": "date", "competitors": "date"}
"""When it happened, of tables whose rows happened; launches and promotions may lie ahead."""

# UTF-8 read as Western European: what its continuation bytes look like, and the characters that these follow.
TAIL = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0))
PLAIN_TAIL = "".join(letter for letter in TAIL if letter not in "“”‘’–—…™®»«°")  # these follow a capital Ä in earnest
GARBLED = f"[ÂÃ][{TAIL}]|[ÄÅ][{PLAIN_TAIL}]|â[€„‚][{TAIL}]|(?:[ã-é][{TAIL}]{{2}}){{2,}}|ï»¿"
LOST = "\ufffd"
TAG = r"</?[a-zA-Z][^<>]*>"
MARKUP = rf"{TAG}|&[a-zA-Z]{{2,8}};|&#x?[0-9a-fA-F]{{1,6}};"

RUINED = r"^[0-9]([.,][0-9]+)?[eE]\+[0-9]{1,2}$"

CHECKS = (
    Check(
        "ruined_id",
        "Codes that a spreadsheet has ruined",
        "A long code such as 1.93E+15 has lost its last digits, so different ones look the same; kept, but never used "
        "to tell copies apart. Export the file anew and do not open it in a spreadsheet before loading.",
    ),
    Check(
        "garbled",
        "Garbled letters",
        "The text was written in one encoding and read in another (CafÃ© for Café); the fix reads it back where that "
        "works, and leaves what is lost for good.",
        "fix",
        ("fix", "keep"),
    ),
    Check(
        "markup",
        "Markup in the text",
        "Tags and codes of a web page stand in the text (&amp;, <b>); the fix strips them.",
        "fix",
        ("fix", "keep"),
    ),
    Check(
        "future",
        "Dates in the future",
        "These days have not come yet, so nothing happened on them; the rows are set aside, their day is unknown.",
        "set aside",
        reason="dated in the future",
    ),
    Check(
        "far_date",
        "Dates far from the rest of the file",
        "A few rows are dated months or years away from all others, as slips of the pen are; they are set aside, or "
        "one of them would stretch the shop's history.",
        "set aside",
        reason="dated far from the rest of the file",
    ),
    Check(
        "bounds",
        "Numbers that cannot be",
        "The number is below or above what this column can hold; the rows are set aside.",
        "set aside",
        reason="a number out of its bounds",
    ),
)


def _ruined(look: Look) -> str | None:
    names = [name for name in ids(look) if look.fact(f"plus {name}")]
    return " UNION ALL ".join(_flag("ruined_id", name, f"regexp_matches({name}, '{RUINED}')") for name in names) or None


def _texts(look: Look) -> str | None:
    """Mend each different suspect text once, then flag the rows that hold it."""
    parts = []
    for name in look.columns:
        column = look.table[name]
        if column.kind not in ("text", "prose") or column.person or name.endswith("_id") or name == "image":
            continue
        patterns = [(f"wide {name}", f"{GARBLED}|{LOST}"), (f"tag {name}", MARKUP)]
        wanted = "|".join(pattern for fact, pattern in patterns if look.fact(fact))
        if wanted:
            parts.append((name, wanted))
    rows = [row for name, wanted in parts for row in _mended(look, name, wanted)]
    if not rows:
        return None
    look.make("mended", "SELECT '' AS name, '' AS was, '' AS check_id, '' AS value LIMIT 0")
    columns = [list(values) for values in zip(*rows, strict=True)]
    look.cursor.execute("INSERT INTO mended SELECT unnest(?), unnest(?), unnest(?), unnest(?)", columns)
    return " UNION ALL ".join(
        f"SELECT mended.check_id, live.rid, '{name}', mended.value FROM live "
        f"JOIN mended ON mended.name = '{name}' AND live.\"{name}\" = mended.was"
        for name in dict.fromkeys(row[0] for row in rows)
    )


def _mended(look: Look, name: str, wanted: str) -> list[tuple[str, str, str, str | None]]:
    values = look.cursor.execute(
        f'SELECT DISTINCT "{name}" FROM live WHERE regexp_matches("{name}", ?)', [wanted]
    ).fetchall()
    rows: list[tuple[str, str, str, str | None]] = []
    for (text,) in values:
        read = _reread(text)
        clean = _stripped(read)
        if LOST in text or read != text:
            rows.append((name, text, "garbled", clean if clean and read != text else None))
        elif clean and clean != text:
            rows.append((name, text, "markup", clean))
    return rows


def _reread(text: str) -> str:
    for _ in range(2):  # some text went through it twice
        text = re.sub(GARBLED, lambda found: _decoded(found[0]), text)
    return text


def _decoded(text: str) -> str:
    raw = b"".join(bytes([ord(letter)]) if ord(letter) < 256 else letter.encode("cp1252") for letter in text)
    try:
        return raw.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError:
        return text


def _stripped(text: str) -> str:
    plain = html.unescape(html.unescape(text))  # some text was escaped twice
    plain = re.sub(TAG, " ", plain)
    return text if plain == text else re.sub(r"[ \t\u00a0]+", " ", plain).strip()


def _moments(look: Look) -> str | None:
    column = MOMENTS[look.table.name]
    if not look.has(column):
        return None
    days = quality_days(look, column)
    future, far, near = look.one(
        f"SELECT count(*) FILTER (day > current_date + 1), count(*) FILTER (far), count(*) FILTER (near) FROM {days}"
    )
    ahead = f"CAST({column} AS DATE) > current_date + 1"
    parts = [_flag("future", column, ahead)] if future else []
    if far:
        away = f"CAST({column} AS DATE) IN (SELECT day FROM {days} WHERE far)"
        parts.append(_flag("far_date", column, f"{away} AND NOT {ahead}"))
    if near:
        parts.append(_strays(column, days))
    return " UNION ALL ".join(parts) or None


def _strays(column: str, days: str) -> str:
    """Dates months from the bulk are a slip where the rows before and after are both of one month of the bulk."""
    suspect = f"SELECT rid FROM live WHERE CAST({column} AS DATE) IN (SELECT day FROM {days} WHERE near)"
    return f"""
        SELECT 'far_date', suspect.rid, '{column}', NULL
        FROM ({suspect}) AS suspect
        JOIN live AS earlier ON earlier.rid = suspect.rid - 1
        JOIN live AS later ON later.rid = suspect.rid + 1
        WHERE abs(CAST(later.{column} AS DATE) - CAST(earlier.{column} AS DATE)) <= 31
          AND CAST(earlier.{column} AS DATE) NOT IN (SELECT day FROM {days} WHERE near OR far)
          AND CAST(later.{column} AS DATE) NOT IN (SELECT day FROM {days} WHERE near OR far)
          AND CAST(later.{column} AS DATE) <= current_date + 1"""


def _bounds(look: Look) -> str | None:
    parts = []
    for name in look.columns:
        column = look.table[name]
        if (look.table.name, name) == ("reviews", "rating"):  # it may be on another scale, see `reviews`
            continue
        low, high = look.facts.get(f"min {name}"), look.facts.get(f"max {name}")
        if column.minimum is not None and low is not None and low < column.minimum:
            parts.append(_flag("bounds", name, f'"{name}" < {column.minimum}'))
        if column.maximum is not None and high is not None and high > column.maximum:
            parts.append(_flag("bounds", name, f'"{name}" > {column.maximum}'))
    return " UNION ALL ".join(parts) or None


def _flag(check: str, column: str, condition: str) -> str:
    return f"SELECT '{check}', rid, '{column}', NULL FROM live WHERE {condition}"


SEARCHES = (
    Search((), (), _ruined),
    Search((), (), _texts),
    Search(tuple(MOMENTS), (), _moments),
    Search((), (), _bounds),
)

"""Whose export a file is: profiles, which are data and not code.

Those that come with Debut lie in `profiles/*.toml`; a user's own are made from a mapping by hand and kept in
the workspace. Both have the same shape, and nothing in them is SQL.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from core.errors import DebutError
from core.imports.headers import Headers, normalise
from core.imports.sources import Source, headers_of, problems
from core.tables import TABLES
from core.workspace import Workspace

__all__ = ["Feed", "Profile", "Rows", "best", "delete", "known_words", "own", "save", "shipped", "validate"]

FOLDER = Path(__file__).parent / "profiles"
Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Rows:
    """What is done to the rows of a file before columns are read from them."""

    fill_down: tuple[dict[str, Any], ...] = ()
    """by, columns: blanks take the first filled cell of the rows with the same `by`, or of the row above; in turn."""
    only: tuple[dict[str, Any], ...] = ()
    """filled, reason: rows in which all of these are blank are set aside."""
    aside: tuple[dict[str, Any], ...] = ()
    """column, one of is, starts, contains, blank, above; reason."""
    repeat: dict[str, Any] | None = None
    """columns: a header with {n}; the file is read once for each number that it has."""
    melt: tuple[dict[str, Source], ...] = ()
    """Sources by column; the file is read once for each entry."""
    period: dict[str, Any] | None = None
    """start and end, range, or preamble: where the days come from if no row has its own."""
    companion: dict[str, Any] | None = None
    """export, on, to, take: another export that holds cells which this one lacks."""
    split: dict[str, Any] | None = None
    """column, by, counted: several items in one cell."""


@dataclass(frozen=True)
class Feed:
    """What a file gives to one table."""

    table: str
    columns: dict[str, Source]
    rows: Rows = field(default_factory=Rows)

    @property
    def missing(self) -> list[str]:
        """What the table cannot do without and the file does not have: column names, or `rating or body`."""
        table = TABLES[self.table]
        lacking = [name for name in table.required if name not in self.columns]
        if table.one_of and not any(name in self.columns for name in table.one_of):
            lacking.append(" or ".join(table.one_of))
        return lacking


@dataclass(frozen=True)
class Profile:
    """One kind of export of one system."""

    name: str
    title: str
    system: str
    headers: tuple[str | list[str], ...]
    """Its fingerprint: all must be there, of an inner list any."""
    feeds: tuple[Feed, ...] = ()
    without: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    refuse: str = ""
    """Why it is none of the tables, and which export to take instead."""
    note: str = ""
    date_order: str = ""
    own: bool = False
    """Whether the user made it."""

    def fits(self, headers: Headers, preamble: tuple[str, ...]) -> bool:
        """Whether a file with this header can be such an export."""
        above = "\n".join(preamble).lower()
        return (
            headers.has(self.headers)
            and not any(headers.find(word) is not None for word in self.without)
            and (not self.preamble or any(line.lower() in above for line in self.preamble))
        )

    def weight(self, headers: Headers) -> tuple[bool, int, int]:
        """How closely it fits: a user's own before others, then the longer fingerprint, then the columns found."""
        named = {word for feed in self.feeds for source in feed.columns.values() for word in headers_of(source)}
        found = sum(headers.find(word) is not None for word in named)
        return self.own, len(self.headers) + bool(self.preamble) + len(self.without), found


def best(profiles: Iterable[Profile], headers: Headers, preamble: tuple[str, ...]) -> Profile | None:
    """The profile that fits most closely, None where none does."""
    fitting = [profile for profile in profiles if profile.fits(headers, preamble)]
    return max(fitting, key=lambda profile: profile.weight(headers), default=None)


@cache
def shipped() -> tuple[Profile, ...]:
    """The profiles that come with Debut."""
    files = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
    return tuple(_read(export, file["system"]) for file in files for export in file["export"])


def own(cursor: Cursor) -> tuple[Profile, ...]:
    """The user's profiles."""
    found = cursor.execute("SELECT name, spec FROM profiles ORDER BY name").fetchall()
    return tuple(_read({**json.loads(spec), "name": name}, "Own", own=True) for name, spec in found)


def save(workspace: Workspace, title: str, headers: Headers, feeds: tuple[Feed, ...], date_order: str = "") -> Profile:
    """Keep a mapping as a profile of one's own; a file with the same header is then read the same way.

    date_order: that of the export, where its dates do not say it. A profile of the same name is replaced.
    Raises DebutError where the title is blank or something in it makes no profile.
    """
    if not title.strip():
        raise DebutError("Give the profile a name, such as the system that the export comes from.")
    borrowed = {header for feed in feeds if feed.rows.companion for header in feed.rows.companion["take"]}
    own_cells = [header for header in headers.cells if header not in borrowed]
    spec: dict[str, Any] = {"title": title.strip(), "headers": own_cells}
    spec |= {"date_order": date_order} if date_order else {}
    for feed in feeds:
        spec[feed.table] = {
            "columns": {name: _by_header(source, headers) for name, source in feed.columns.items()},
            "rows": {name: value for name, value in asdict(feed.rows).items() if value},
        }
    if wrong := list(validate({**spec, "name": title})):
        raise DebutError(f"This mapping cannot be kept as a profile: {wrong[0]}.")
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT OR REPLACE INTO profiles (name, spec) VALUES (?, ?)", [title.strip(), json.dumps(spec)])
    return _read({**spec, "name": title.strip()}, "Own", own=True)


def delete(workspace: Workspace, name: str) -> None:
    """Forget a user's profile."""
    with workspace.transaction(data=False) as cursor:
        cursor.execute("DELETE FROM profiles WHERE name = ?", [name])


def known_words(profiles: Iterable[Profile]) -> frozenset[str]:
    """Header words by which the header line of a file is found, normalised."""
    columns = [column for table in TABLES.values() for column in table]
    words = {normalise(word) for column in columns for word in (column.name, *column.synonyms)}
    for profile in profiles:
        for entry in profile.headers:
            words.update(normalise(word) for word in ([entry] if isinstance(entry, str) else entry))
        for feed in profile.feeds:
            words.update(normalise(word) for source in feed.columns.values() for word in headers_of(source))
    return frozenset(words)


def validate(export: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a profile from a file, in words."""
    known = {"name", "title", "headers", "without", "preamble", "refuse", "note", "date_order", *TABLES}
    yield from (f"{word} is unknown" for word in export if word not in known)
    yield from (f"{word} is missing" for word in ("name", "title", "headers") if not export.get(word))
    tables = [name for name in TABLES if name in export]
    if bool(tables) == bool(export.get("refuse")):
        yield "it either feeds tables or is refused"
    for name in tables:
        for column, source in export[name].get("columns", {}).items():
            if column not in TABLES[name]:
                yield f"{name} has no column {column}"
            yield from problems(source)
        rows = export[name].get("rows", {})
        yield from (f"rows.{word} is unknown" for word in rows if word not in Rows.__annotations__)


def _read(export: dict[str, Any], system: str, own: bool = False) -> Profile:
    fed = {name: export[name] for name in TABLES if name in export}
    feeds = [Feed(name, dict(feed["columns"]), _rows(feed.get("rows", {}))) for name, feed in fed.items()]
    return Profile(
        export["name"],
        export["title"],
        system,
        tuple(export["headers"]),
        tuple(feeds),
        tuple(export.get("without", ())),
        tuple(export.get("preamble", ())),
        export.get("refuse", ""),
        export.get("note", ""),
        export.get("date_order", ""),
        own,
    )


def _rows(spec: dict[str, Any]) -> Rows:
    listed: dict[str, Any] = {
        name: tuple(spec[name]) for name in ("fill_down", "only", "aside", "melt") if name in spec
    }
    return Rows(**{**spec, **listed})


def _by_header(source: Source, headers: Headers) -> Source:
    """A column chosen by hand is kept by its header, since positions change from export to export."""
    return {"header": headers.cells[source["column"]]} if isinstance(source, dict) and "column" in source else source

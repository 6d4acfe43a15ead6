"""Loading a staged file: convert, look at its quality, merge, and commit as a batch that can be undone.

A file that feeds two tables makes two batches in one transaction: all of a file is loaded, or nothing.
"""

from collections.abc import Callable, Mapping

import duckdb

from core import catalogue, privacy
from core.errors import BadFile
from core.imports import quality
from core.imports.draft import Draft, build
from core.imports.merge import merge
from core.imports.profile import Feed
from core.imports.quality import Action
from core.imports.read import Staged
from core.imports.recognise import Reading
from core.imports.review import STRUCTURAL, findings, take_in
from core.imports.rows import lines
from core.imports.store import NothingToLoad, Report, keep_original, name_people, next_batch, store
from core.tables import TABLES
from core.workspace import Workspace

__all__ = ["check", "load"]

Cursor = duckdb.DuckDBPyConnection
Progress = Callable[[float, str], None]
Decisions = Mapping[str, Mapping[str, Action]]
EXAMPLES = 3  # of each problem, in a message


def load(
    workspace: Workspace,
    staged: Staged,
    reading: Reading,
    *,
    decisions: Decisions | None = None,
    spread: bool = False,
    set_aside_bad: bool = False,
    keep: bool = False,
    report: Progress = lambda done, note: None,
) -> list[Report]:
    """Load a staged file into the tables of its reading, a report each; the staged copy is removed when it is in.

    decisions: what to do about findings of the quality report, by table and check; else what each proposes.
    spread: share rows that cover a period evenly over its days. set_aside_bad: put rows that cannot be read aside
    instead of refusing the file. keep: keep the file as it was given beside the database.
    Raises BadFile naming file, row and column; the workspace is then as it was.
    """
    check(staged, reading, spread)
    made: list[Report] = []
    with workspace.transaction() as cursor:
        for at, feed in enumerate(reading.tables):

            def told(done: float, note: str, at: int = at) -> None:
                report((at + done) / len(reading.tables), note)

            try:
                chosen = (decisions or {}).get(feed.table, {})
                made.append(_load(workspace, cursor, staged, reading, feed, chosen, set_aside_bad, told))
            except NothingToLoad:  # visits without purchases, say
                if feed is reading.tables[-1] and not made:
                    raise
        if {feed.table for feed in reading.tables} & {"products", "sales"}:
            report(0.95, "deriving the catalogue")
            catalogue.rebuild(cursor)
        if keep:
            keep_original(workspace, cursor, staged, [one.batch_id for one in made])
    staged.discard()
    report(1.0, "done")
    return made


def check(staged: Staged, reading: Reading, spread: bool) -> None:
    """Raises BadFile where the file is none of the tables, or something has to be answered first."""
    if not reading.tables:
        assert reading.profile is not None, "a file without tables is one that a profile refuses"
        raise BadFile(f"{staged.name} is {reading.profile.title}. {reading.profile.refuse}")
    for feed in reading.tables:
        if feed.missing and not reading.needs_companion:
            wanted, table = ", ".join(feed.missing), TABLES[feed.table].title
            raise BadFile(
                f"{staged.name}: no column for {wanted} of {table}. The file has: {', '.join(staged.headers)[:300]}. "
                f"Choose the column by hand, or rename its header to {feed.missing[0]}."
            )
    if reading.questions:
        raise BadFile(f"{staged.name}: {' '.join(reading.questions)}", title="This file needs an answer first")
    long = reading.period is None or reading.period.days > 1
    if reading.has_period and long and not spread:
        period = f" {reading.period}" if reading.period else ""
        raise BadFile(
            f"{staged.name} has totals of a period{period} and no days. Agree to share them evenly over its days "
            "(--spread in the terminal), or export the file by day.",
            title="This file needs an answer first",
        )


def _load(
    workspace: Workspace,
    cursor: Cursor,
    staged: Staged,
    reading: Reading,
    feed: Feed,
    decisions: Mapping[str, Action],
    set_aside_bad: bool,
    report: Progress,
) -> Report:
    _refuse_repeat(cursor, staged, feed)
    masked = privacy.switched_on(cursor)
    report(0.0, f"reading {staged.name}")
    draft = build(cursor, staged, reading, feed, masked=masked)
    if not set_aside_bad:
        _refuse_bad(cursor, staged, draft, reading, feed)
    report(0.4, "looking at its quality")
    found = findings(cursor, draft)
    take_in(cursor, draft, decisions)
    quality.apply(cursor, draft.table, [one for one in found if one.check not in STRUCTURAL], decisions)
    report(0.6, "merging with what is there")
    batch_id = next_batch(cursor)
    name_people(workspace, cursor, draft, masked)
    merge(cursor, draft, batch_id)
    report(0.7, "storing")
    return store(cursor, staged, reading, draft, found, batch_id, masked)


def _refuse_repeat(cursor: Cursor, staged: Staged, feed: Feed) -> None:
    before = cursor.execute(
        "SELECT file_name, loaded_at::DATE FROM batches WHERE sha256 = ? AND table_name = ?",
        [staged.sha256, feed.table],
    ).fetchone()
    if before:
        raise BadFile(
            f"{staged.name} is already in: the same content was loaded on {before[1]} as {before[0]}. "
            "Undo that import first if you want to load it anew.",
            title="This file is already loaded",
        )


def _refuse_bad(cursor: Cursor, staged: Staged, draft: Draft, reading: Reading, feed: Feed) -> None:
    found = cursor.execute(
        f"""SELECT aside[12:], count(DISTINCT file_row), (list(DISTINCT file_row ORDER BY file_row))[:{EXAMPLES}]
            FROM draft WHERE starts_with(aside, 'unreadable|') GROUP BY 1 ORDER BY min(file_row)"""
    ).fetchall()
    if not found:
        return
    numbers = ", ".join(str(rows[0]) for _, _, rows in found)
    cells = lines(cursor, staged, f"SELECT unnest([{numbers}]) AS file_row")
    words = []
    for reason, count, rows in found:
        name, what = reason.split(": ", 1)
        at = reading.own_place(feed.columns.get(name), len(staged.headers))
        more = f" and {count - 1:,} more" if count > 1 else ""
        if at is None:
            words.append(f"row {rows[0]}{more}, {name}: {what}")
            continue
        cell = cursor.execute(f"SELECT c{at} FROM {cells} WHERE file_row = ?", [rows[0]]).fetchone()
        value = f" ({cell[0][:40]!r})" if cell and cell[0] else ""
        words.append(f"row {rows[0]}{more}, column {staged.headers[at]}: {what}{value}")
    raise BadFile(
        f"{staged.name}: {'; '.join(words[:6])}. Nothing was loaded. "
        "Mend the file, or load it with such rows set aside."
    )

"""What a person sees before a file is loaded: how it was read, what is odd in it, and what is proposed.

Looking changes nothing: the draft is built on a cursor of its own and dropped. Loading builds it again, so that
what is loaded is what was shown, and nothing lies about between the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from core import privacy
from core.imports import quality
from core.imports.draft import Draft, build
from core.imports.quality import Action, Finding
from core.imports.read import Staged
from core.imports.recognise import Reading
from core.tables import TABLES
from core.workspace import Workspace

__all__ = ["STRUCTURAL", "Review", "findings", "review", "take_in"]

STRUCTURAL: dict[str, tuple[str, str, tuple[Action, ...]]] = {
    "unreadable": (
        "Rows with cells that cannot be read",
        "A number, a date or a needed cell cannot be read. Kept, the row is loaded with that cell blank, where the "
        "table can do without it.",
        ("set aside", "keep"),
    ),
    "rule": (
        "Rows that do not count",
        "Cancelled or unpaid orders, lines about a whole order and the like, by the rules of this export.",
        ("set aside", "keep"),
    ),
    "service": (
        "Lines that are no sale of a product",
        "Postage, fees, vouchers, gifts and stock adjustments would look like items in the forecast.",
        ("set aside", "keep"),
    ),
    "total": ("Total lines", "They repeat what the other rows say.", ("set aside",)),
    "explains": ("A second header line", "It explains the columns.", ("set aside",)),
    "blank": ("Empty lines", "There is nothing in them.", ("set aside",)),
}
"""Why a row is set aside while it is converted: title, why, and what can be done."""
EXAMPLES = 5
PREVIEW = 8

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Review:
    """A file as it would be loaded into one table."""

    table: str
    rows: int
    """Rows of the file."""
    good: int
    """Rows that would be loaded if every proposal is taken."""
    preview: pd.DataFrame
    """The first rows that would be loaded, in their types."""
    findings: list[Finding]
    completeness: pd.DataFrame
    """column, filled (0 to 1)."""
    weekly: pd.DataFrame | None
    """week, rows, units, gap; None where the table has no days."""
    evidence: tuple[str, ...]
    """How numbers and dates were read, and why."""
    sure_of_dates: bool

    def __str__(self) -> str:
        heading = f"  {TABLES[self.table].title}: {self.good:,} of {self.rows:,} rows would be loaded"
        found = [f"  {one.count:>9,}  {one.proposal:<10}  {one.title}" for one in self.findings]
        return "\n".join([heading, *found, *(f"  {words}" for words in self.evidence)])


def review(workspace: Workspace, staged: Staged, reading: Reading) -> list[Review]:
    """How a file would be loaded, a review each for the tables that it feeds.

    Raises BadFile where it cannot be read as CSV. What has to be answered first is for `reading.questions`.
    """
    made = []
    for feed in (feed for feed in reading.tables if feed.columns):
        cursor = workspace.cursor()
        try:
            masked = privacy.switched_on(cursor)
            made.append(_review(cursor, build(cursor, staged, reading, feed, masked=masked), masked))
        finally:
            cursor.close()  # and with it the draft
    return made


def findings(cursor: Cursor, draft: Draft) -> list[Finding]:
    """What is odd: first what was set aside while converting, then what the checks find."""
    counted = draft.counted
    found = cursor.execute(
        f"""SELECT split_part(aside, '|', 1) AS check_id, count({counted}) FROM draft WHERE aside IS NOT NULL GROUP BY 1
            ORDER BY 2 DESC"""
    ).fetchall()
    rows = cursor.execute(f"SELECT count({counted}) FROM draft").fetchone()
    assert rows is not None
    structural = [_structural(cursor, draft, name, count, rows[0]) for name, count in found]
    return structural + quality.inspect(cursor, draft.table)


def take_in(cursor: Cursor, draft: Draft, decisions: Mapping[str, Action]) -> None:
    """Take rows in that conversion had set aside, where a person decided so and the table can hold them."""
    needed = [f'"{name}" IS NOT NULL' for name in draft.table.required if name in draft.columns]
    for name, (_, _, actions) in STRUCTURAL.items():
        if decisions.get(name) == "keep" and "keep" in actions:
            cursor.execute(
                f"""UPDATE draft_rows SET aside = NULL
                    WHERE starts_with(aside, '{name}|') AND {" AND ".join(needed or ["true"])}"""
            )


def _structural(cursor: Cursor, draft: Draft, name: str, count: int, rows: int) -> Finding:
    title, why, actions = STRUCTURAL[name]
    columns = ", ".join(f'"{column}"' for column in draft.columns)
    examples = cursor.execute(
        f"""SELECT file_row, aside[strpos(aside, '|') + 1:] AS reason, {columns} FROM draft
            WHERE starts_with(aside, '{name}|') LIMIT {EXAMPLES}"""
    ).df()
    return Finding(
        check=name,
        title=title,
        count=count,
        share=count / rows,
        examples=examples,
        proposal="set aside",
        actions=actions,
        why=why,
    )


def _review(cursor: Cursor, draft: Draft, masked: bool) -> Review:
    found = findings(cursor, draft)
    columns = ", ".join(_shown(draft, name, masked) for name in draft.columns)
    completeness, weekly = quality.completeness(cursor, draft.table), quality.weekly(cursor, draft.table)
    quality.apply(cursor, draft.table, [one for one in found if one.check not in STRUCTURAL], {})
    rows = draft.counted
    total, good = cursor.execute(
        f"SELECT count({rows}), count({rows}) FILTER (aside IS NULL) FROM draft"
    ).fetchone() or (0, 0)
    return Review(
        draft.table.name,
        total,
        good,
        cursor.execute(f"SELECT {columns} FROM draft WHERE aside IS NULL LIMIT {PREVIEW}").df(),
        found,
        completeness,
        weekly,
        draft.formats.evidence,
        draft.formats.sure,
    )


def _shown(draft: Draft, name: str, masked: bool) -> str:
    """SQL of a column of the preview; who somebody is is hashed only when it is stored."""
    hashed = f'CASE WHEN "{name}" IS NOT NULL THEN \'a keyed hash\' END AS "{name}"'
    return hashed if masked and draft.table[name].person else f'"{name}"'

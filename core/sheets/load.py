"""An exported plan that comes back: what a person changed in it becomes overrides.

CSV or workbook, also as a spreadsheet has saved it anew: semicolons, decimal commas, 31.12.2026. A plan is read by the
names of its columns; which of them are there beside item_id is free.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from core.errors import BadFile, DebutError
from core.imports.convert import DateOrder, Formats, cell, checked, converted, decide, number
from core.imports.headers import Headers
from core.imports.read import Staged, stage, staged_rows, unreadable
from core.plans.overrides import Override
from core.schema import Column
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.plan import Plan

__all__ = ["BIGGEST", "Loaded", "load"]

BIGGEST = 20_000_000  # bytes
MOST_NAMED = 5  # items or rows that a message names
COLUMNS = (
    Column("item_id", "text", "", True),
    Column("launch", "text", ""),
    Column("launch_week", "date", ""),
    Column("price", "money", ""),
    Column("ad_spend", "money", ""),
    Column("opening_stock", "count", ""),
    Column("override_reason", "text", ""),
)
FIELDS = {"launch_week": "week", "price": "price", "ad_spend": "ad_spend", "opening_stock": "stock"}
"""Column of the plan to the thing of an override."""
HALF_A_CENT = 0.005 + 1e-6
SLACK = {"price": HALF_A_CENT, "ad_spend": HALF_A_CENT, "opening_stock": 0.5}
"""Up to where a number is the plan's own: CSV holds cents."""
ORDERS: tuple[DateOrder, ...] = ("day first", "month first")
YES, NO = ("yes", "y", "true", "1", "ja", "oui", "si", "sí", "x"), ("no", "n", "false", "0", "nein", "non")
KNOWN = frozenset(("itemid", "title", "launch", "launchweek", "price", "adspend", "openingstock", "overridereason"))
REASON = "loaded from {name}"


@dataclass(frozen=True)
class Loaded:
    """What a file asks for."""

    name: str
    overrides: tuple[Override, ...]
    """Of every item that the file treats otherwise than the plan does."""
    notes: tuple[str, ...]
    """What was read how, and what was left out, in words."""
    rows: int
    """Items in the file that the plan knows."""


def load(workspace: Workspace, name: str, data: bytes, plan: "Plan") -> Loaded:
    """What a file changes of a plan. Raises BadFile where it is no plan, saying the column, the row and the remedy."""
    if len(data) > BIGGEST:
        raise BadFile(f"{name} has {len(data) / 1e6:,.0f} MB; a plan of up to {BIGGEST / 1e6:,.0f} MB is read.")
    staged = stage(workspace, name, data, known=KNOWN)
    try:
        named = [one for one in staged if Headers(one.headers).find("item_id") is not None]
        found = max(named, key=lambda one: len(_places(one)), default=None)  # of a workbook, the sheet of the plan
        if found is None:
            raise BadFile(
                f"{name} has no column item_id. Load a plan that was downloaded here, with its header. Its columns: "
                f"{', '.join(staged[0].headers)[:200]}."
            )
        weeks = [pd.Timestamp(week).date() for week in plan.table["launch_week"].dropna().unique()]
        rows, formats = _read(workspace.cursor(), found, weeks)
        return _compared(found.name, rows, formats, plan)
    finally:
        for one in staged:
            one.discard()


def _read(cursor: duckdb.DuckDBPyConnection, staged: Staged, weeks: list[date]) -> tuple[pd.DataFrame, Formats]:
    """The file's columns that count, as written (`NAME as text`) and in their types, and how it writes them.

    weeks: of the plan, by which dates are read that could be of two orders: 05/01/2026.
    """
    places = _places(staged)
    if not places.keys() - {"item_id", "override_reason"}:
        wanted = ", ".join(column.name for column in COLUMNS[1:-1])
        raise BadFile(f"{staged.name} decides nothing: it has none of the columns {wanted}.")
    try:
        source, parameters = staged_rows(staged)
        texts = ", ".join(f"{cell(f'c{at}')} AS {name}" for name, at in places.items())
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE plan_cells AS SELECT {texts} FROM {source}", parameters)
        numbers = [name for name in ("price", "ad_spend", "opening_stock") if name in places]
        dates = [name for name in ("launch_week",) if name in places]
        hint = Formats(comma=staged.delimiter == ";")
        formats = decide(cursor, "plan_cells", numbers, dates, _ordered(cursor, hint, weeks) if dates else hint)
        mine = [column for column in COLUMNS if column.name in places]
        read = ", ".join(_typed(column, formats) for column in mine)
        safe = ", ".join(f'{checked(column)} AS "{column.name}", "{column.name} as text"' for column in mine)
        rows = cursor.execute(
            f"SELECT {safe} FROM (SELECT rowid AS nth, {read} FROM plan_cells AS cells) ORDER BY nth"
        ).df()
        cursor.execute("DROP TABLE plan_cells")
    except duckdb.Error as error:
        raise unreadable(error, staged) from error
    rows["row"] = range(staged.first_row, staged.first_row + len(rows))
    return rows, formats


def _ordered(cursor: duckdb.DuckDBPyConnection, formats: Formats, weeks: list[date]) -> Formats:
    """With the order of dates in which more of them are weeks of the plan."""
    column = next(column for column in COLUMNS if column.kind == "date")
    known = {}
    for order in ORDERS:
        day = converted(column, f"cells.{column.name}", "NULL", replace(formats, date_order=order))
        counted = f"SELECT count(*) FILTER (list_contains($weeks, {day})) FROM plan_cells AS cells"
        ((known[order],),) = cursor.execute(counted, {"weeks": weeks}).fetchall()
    if known[ORDERS[0]] == known[ORDERS[1]]:
        return formats
    return replace(formats, date_order=max(ORDERS, key=lambda order: known[order]), told=True)


def _places(staged: Staged) -> dict[str, int]:
    """Columns that count to where they stand in the file."""
    headers = Headers(staged.headers)
    return {column.name: at for column in COLUMNS if (at := headers.find(column.name)) is not None}


def _typed(column: Column, formats: Formats) -> str:
    """SQL of a column in its type and, beside it, as it stands in the file."""
    name = column.name
    value = converted(column, f"cells.{name}", number(f"cells.{name}", formats.comma), formats)
    return f'{value} AS "{name}", cells.{name} AS "{name} as text"'


def _compared(name: str, rows: pd.DataFrame, formats: Formats, plan: "Plan") -> Loaded:
    """The rows against the plan. Raises BadFile on cells that cannot be read, and on items that stand there twice."""
    rows = rows[rows["item_id"].notna()].reset_index(drop=True)
    if rows.empty:
        raise BadFile(f"{name} names no item: its column item_id is empty.")
    _refuse_unread(name, rows)
    known = set(plan.table["item_id"])
    rows["item_id"] = _recovered(rows["item_id"], known)
    twice = rows.loc[rows["item_id"].duplicated(), "item_id"]
    if len(twice):
        raise BadFile(f"{name} has {_some(twice)} more than once. Leave one row for each item.")
    strangers = rows.loc[~rows["item_id"].isin(known), "item_id"]
    mine = rows[rows["item_id"].isin(known)]
    if mine.empty:
        raise BadFile(f"{name} holds none of the items of this plan, but {_some(strangers)}. Was it of another shop?")
    overrides, odd = [], []
    before = plan.table.set_index("item_id").to_dict("index")
    for row in mine.to_dict("records"):
        try:
            found = _override(name, row, before[row["item_id"]])
            overrides += [found.checked()] if found is not None else []
        except DebutError as error:
            odd.append(f"row {row['row']}: {error.message}")
    if odd:
        raise BadFile(f"{name}, {'; '.join(odd[:MOST_NAMED])}")
    notes = [*formats.evidence]
    if len(strangers):
        notes.append(f"Left out, as they are not in this plan: {_some(strangers)}.")
    if len(missing := known - set(mine["item_id"])):
        notes.append(f"{len(missing):,} items of the plan are not in the file and stay as they are.")
    return Loaded(name, tuple(overrides), tuple(notes), len(mine))


def _recovered(codes: pd.Series, known: set[str]) -> pd.Series:
    """Item codes as the plan has them: a spreadsheet makes 123 of 00123, where that can be only one."""
    short = pd.Series({code: code.lstrip("0").casefold() for code in known}, dtype=object)
    only = {bare: code for code, bare in short[~short.duplicated(keep=False)].items()}
    return codes.map(lambda code: code if code in known else only.get(code.lstrip("0").casefold(), code))


def _refuse_unread(name: str, rows: pd.DataFrame) -> None:
    """Cells in which something stands that is none of what the column holds."""
    for column in COLUMNS:
        if column.kind == "text" or column.name not in rows:
            continue
        bad = rows[rows[column.name].isna() & rows[f"{column.name} as text"].notna()]
        if len(bad):
            first = bad.iloc[0]
            kind = {"date": "a date (write 2026-12-28)", "count": "a whole number"}.get(column.kind, "an amount")
            written = str(first[f"{column.name} as text"])[:40]
            raise BadFile(f"{name}, row {first['row']}, {column.name}: “{written}” is not {kind}.")


def _override(name: str, row: dict, before: dict) -> Override | None:
    """What a row changes of the plan; None where nothing."""
    changes: dict[str, object] = {}
    launch = _launch(row)
    if launch is not None and launch != (before["launch"] == "yes"):
        changes["launch"] = launch
    if launch is not False:  # what is not launched has no week or stock to be fixed
        for column, thing in FIELDS.items():
            value = row.get(column)
            if value is not None and pd.notna(value) and _other(column, value, before[column]):
                changes[thing] = _as(column, value)
    if not changes:
        return None
    said = row.get("override_reason")
    reason = REASON.format(name=name)
    return Override(
        str(row["item_id"]), reason=f"{said.strip()} ({reason})" if isinstance(said, str) and said.strip() else reason,
        **changes,  # type: ignore[arg-type]
    )  # fmt: skip


def _launch(row: dict) -> bool | None:
    """Whether a row asks for a launch; None where it does not say. Raises DebutError on another word."""
    word = row.get("launch")
    if not isinstance(word, str):
        return None
    if word.strip().casefold() in YES:
        return True
    if word.strip().casefold() in NO:
        return False
    raise DebutError(f"launch is “{word[:40]}”; write yes or no.")


def _other(column: str, value: object, planned: object) -> bool:
    if pd.isna(planned):  # type: ignore[call-overload]
        return True
    if column == "launch_week":
        return pd.Timestamp(str(value)) != pd.Timestamp(str(planned))
    return abs(float(str(value)) - float(str(planned))) > SLACK[column]


def _as(column: str, value: object) -> date | float | int:
    if column == "launch_week":
        return pd.Timestamp(str(value)).date()
    return int(float(str(value))) if column == "opening_stock" else float(str(value))


def _some(items: pd.Series) -> str:
    """The first few of them, and how many more there are."""
    names = ", ".join(str(item)[:40] for item in items.head(MOST_NAMED))
    return names + (f" and {len(items) - MOST_NAMED:,} more" if len(items) > MOST_NAMED else "")

"""Whether the quality report finds what was planted in the demo shop's exports, and leaves the rest alone.

The dirty files are loaded in the demo's order; before each, its draft is built and inspected as for a person. What
is flagged is compared with the list of what was planted, row by row. Of a planted pair either row will do: which of
two equal rows is the copy is nothing that a report could know.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import imports, privacy
from core.imports import quality
from core.imports.draft import build
from core.workspace import Workspace
from data import demo

__all__ = ["FITTING", "Dirt", "flagged", "look_for"]

Kind = tuple[str, str]  # table and name of what was planted

FITTING: dict[Kind, tuple[str, ...]] = {
    ("sales", "duplicate"): ("copied_block",),
    ("sales", "price_slip"): ("price_slip", "price_far"),
    ("sales", "date_range"): ("future", "far_date", "unreadable"),  # there is no year 2204
    ("products", "contradiction"): ("id_conflict",),
    ("products", "garbled"): ("garbled",),
    ("products", "markup"): ("markup",),
    ("reviews", "copied"): ("copied_text",),
    ("reviews", "burst"): ("burst_alike", "burst"),
    ("reviews", "one_author"): ("author",),
    ("reviews", "range"): ("rating_bounds", "rating_scale"),
    ("reviews", "orphan"): ("reviews_unknown",),
    ("events", "bot"): ("bot",),
    ("events", "double"): ("fired_twice",),
    ("events", "orphan"): ("events_unknown",),
    ("events", "gap"): ("events_gap",),
    ("ads", "clicks"): ("clicks_above",),
    ("ads", "duplicate"): ("same_line",),
    ("competitors", "price_slip"): ("rival_slip", "rival_far"),
    ("competitors", "duplicate"): ("same_line",),
    ("customers", "twice"): ("id_conflict",),
}
"""What was planted, by table and name, and the checks that would be right about it."""

TWINS: dict[Kind, tuple[str, ...]] = {  # columns that both rows of a pair share; none: all of them
    ("sales", "duplicate"): (),
    ("ads", "duplicate"): (),
    ("competitors", "duplicate"): (),
    ("events", "double"): ("customer_id", "product_id", "event", "query", "dwell_seconds"),
    ("products", "contradiction"): ("product_id",),
    ("customers", "twice"): ("customer_id",),
    ("reviews", "copied"): ("body",),
}
SECOND = pd.Timedelta(seconds=1)  # that the rows of a pair of events lie apart at most
MENDED = {"sales": "unit_price", "competitors": "price", "products": "title"}  # columns whose right value is listed
CENT = 0.0051


@dataclass
class Dirt:
    """What the report says of one shop."""

    seed: int
    kinds: pd.DataFrame
    """By table and check: planted, found, by_twin, proposed, missed; mended, wrongly (of those that name a value)."""
    false: pd.DataFrame
    """Rows that were not planted, by table, check and proposal."""
    clean: pd.DataFrame
    """The same of the clean files, in which all is right."""

    @property
    def planted(self) -> int:
        """Rows, and days that are missing."""
        return int(self.kinds["planted"].sum())

    @property
    def found(self) -> int:
        """Of these."""
        return int(self.kinds["found"].sum())

    @property
    def missed(self) -> dict[str, int]:
        """By table and check, where any were."""
        missed = self.kinds.loc[self.kinds["missed"] > 0, "missed"]
        return {" ".join(kind): count for kind, count in zip(missed.index.tolist(), missed.tolist(), strict=True)}

    @staticmethod
    def proposed(false: pd.DataFrame) -> int:
        """Rows that would be mended or set aside."""
        return int(false.loc[false["proposal"] != "keep", "rows"].sum())

    def __str__(self) -> str:
        false, clean = self.proposed(self.false), self.proposed(self.clean)
        lines = [
            f"  seed {self.seed}: {self.found:,} of {self.planted:,} found; rows proposed to be changed that were not "
            f"planted: {false:,} in the dirty files, {clean:,} in the clean ones",
            _indented(self.kinds.reset_index()),
            *_told("not planted, in the dirty files", self.false),
            *_told("in the clean files", self.clean),
        ]
        return "\n".join(lines)


def look_for(seed: int, folder: Path, tables: Iterable[str] | None = None) -> Dirt:
    """Simulate a shop, write its files below `folder`, look through them, and compare. tables: only these.

    Raises RuntimeError where something is planted that `FITTING` does not name.
    """
    shop = demo.simulate(seed)
    wanted = set(tables) if tables is not None else set(shop.handed_over)
    seen = flagged(demo.write(shop, folder / "dirty"), folder / "dirty shop", wanted)
    clean = flagged(demo.write(shop, folder / "clean", clean=True), folder / "clean shop", wanted)
    listed = shop.truth["dirt"].astype({"file_row": "Int64"})
    if unknown := {kind for kind, _ in _by_kind(listed)} - set(FITTING):
        raise RuntimeError(f"FITTING does not say which checks are right about {sorted(unknown)}")
    listed = listed[listed["table"].isin(wanted)]
    handed_over = {name: shop.handed_over[name] for name in wanted}
    kinds = [_kind(key, rows, seen, handed_over) for key, rows in _by_kind(listed)]
    table = pd.DataFrame(kinds).set_index(["table", "check"])
    return Dirt(seed, table, _counted(_not_planted(seen, listed, handed_over)), _counted(clean))


def _by_kind(listed: pd.DataFrame) -> Iterator[tuple[Kind, pd.DataFrame]]:
    for kind in sorted(set(zip(listed["table"].tolist(), listed["check"].tolist(), strict=True))):
        yield kind, listed[(listed["table"] == kind[0]) & (listed["check"] == kind[1])]


def flagged(files: dict[str, Path], folder: Path, tables: set[str]) -> pd.DataFrame:
    """What the report says of each file before it is loaded: table, check, proposal, file_row, column_name, value.

    A row that conversion sets aside is one of the check's name. A fix that knows no value changes nothing, so it
    is kept.
    """
    found = []
    with Workspace(folder) as workspace:
        privacy.switch(workspace, on=False)  # as in the demo shop
        for name, path in files.items():
            if name not in tables:
                continue
            (staged,) = imports.stage(workspace, path.name, path)
            reading = imports.recognise(workspace, staged, name)
            found.append(_looked_at(workspace, staged, reading).assign(table=name))
            imports.load(workspace, staged, reading, set_aside_bad=True)
    return pd.concat(found, ignore_index=True)


def _looked_at(workspace: Workspace, staged: imports.Staged, reading: imports.Reading) -> pd.DataFrame:
    """As `review` does it, with the row of each flag."""
    cursor = workspace.cursor()
    try:
        draft = build(cursor, staged, reading, reading.tables[0], masked=False)
        aside = cursor.execute(
            """SELECT split_part(aside, '|', 1) AS check, 'set aside' AS proposal, file_row::BIGINT AS file_row,
                      NULL::VARCHAR AS column_name, NULL::VARCHAR AS value FROM draft WHERE aside IS NOT NULL"""
        ).df()
        proposals = {one.check: one.proposal for one in quality.inspect(cursor, draft.table)}
        flags = cursor.execute("SELECT check_id AS check, file_row, column_name, value FROM flags").df()
    finally:
        cursor.close()
    flags["proposal"] = flags["check"].map(proposals)
    flags.loc[(flags["proposal"] == "fix") & flags["value"].isna(), "proposal"] = "keep"
    return pd.concat([aside, flags], ignore_index=True).astype({"file_row": "Int64"})


def _kind(
    key: Kind, listed: pd.DataFrame, seen: pd.DataFrame, handed_over: dict[str, pd.DataFrame]
) -> dict[str, object]:
    """One line of the table: how many of one kind were found."""
    table, check = key
    fits = seen[(seen["table"] == table) & seen["check"].isin(FITTING[key])]
    if listed["file_row"].isna().all():  # days that are missing
        days = set(fits["value"].dropna().astype(str).str[:10])
        found = listed["detail"].isin(days)
        return _line(table, check, len(listed), int(found.sum()))
    rows = set(fits["file_row"].dropna().astype(int))
    proposed = set(fits.loc[fits["proposal"] != "keep", "file_row"].dropna().astype(int))
    pairs = _twins(key, listed, handed_over[table])
    by_row = {row: row in rows for row in listed["file_row"].astype(int)}
    by_twin = {row: not by_row[row] and bool(pairs.get(row, set()) & rows) for row in by_row}
    either = sum(bool(({row} | pairs.get(row, set())) & proposed) for row in by_row)
    line = _line(table, check, len(listed), sum(by_row.values()) + sum(by_twin.values()))
    return {**line, "by_twin": sum(by_twin.values()), "proposed": either, **_mended(table, listed, fits)}


def _line(table: str, check: str, planted: int, found: int) -> dict[str, object]:
    return {"table": table, "check": check, "planted": planted, "found": found, "missed": planted - found}


def _twins(key: Kind, listed: pd.DataFrame, frame: pd.DataFrame) -> dict[int, set[int]]:
    """The other rows of the pair or group that each listed row is in."""
    if key not in TWINS:
        return {}
    columns = list(TWINS[key] or frame.columns)
    numbered = frame.reset_index(drop=True)
    numbered["file_row"] = numbered.index + 2
    wrong = numbered[numbered["file_row"].isin(listed["file_row"])]
    pairs = wrong.merge(numbered, on=columns, suffixes=("", "_other"))
    if "ts_other" in pairs:
        pairs = pairs[(pairs["ts"] - pairs["ts_other"]).abs() <= SECOND]
    pairs = pairs[pairs["file_row"] != pairs["file_row_other"]]
    found: dict[int, set[int]] = {}
    for row, other in zip(pairs["file_row"].tolist(), pairs["file_row_other"].tolist(), strict=True):
        found.setdefault(row, set()).add(other)
    return found


def _mended(table: str, listed: pd.DataFrame, fits: pd.DataFrame) -> dict[str, int]:
    """Of the fixes that are proposed: how many give the right value back, and how many another one."""
    column = MENDED.get(table)
    told = listed[listed["detail"].str.startswith(f"{column} was ")] if column else listed[:0]
    fixes = fits[(fits["proposal"] == "fix") & (fits["column_name"] == column)]
    both = told.merge(fixes[["file_row", "value"]], on="file_row")
    ought = both["detail"].str.removeprefix(f"{column} was ")
    if column == "title":
        right = both["value"] == ought
    else:
        right = (pd.to_numeric(both["value"]) - pd.to_numeric(ought)).abs() <= CENT
    return {"mended": int(right.sum()), "wrongly": int((~right).sum())}


def _not_planted(seen: pd.DataFrame, listed: pd.DataFrame, handed_over: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Flags of rows and days that are right."""
    planted: dict[str, set[Any]] = {}
    for kind, rows in _by_kind(listed):
        mine = planted.setdefault(kind[0], set())
        mine |= {*rows["file_row"].dropna().tolist(), *rows.loc[rows["file_row"].isna(), "detail"].tolist()}
        for others in _twins(kind, rows, handed_over[kind[0]]).values():
            mine |= others
    where = seen["file_row"].astype(object).where(seen["file_row"].notna(), seen["value"].str[:10])
    told = [what in planted.get(table, ()) for table, what in zip(seen["table"], where, strict=True)]
    return seen[~np.array(told, dtype=bool)]


def _counted(flags: pd.DataFrame) -> pd.DataFrame:
    """table, check, proposal, rows: a row counts once a check."""
    keys = ["table", "check", "proposal"]
    once = flags.drop_duplicates([*keys, "file_row", "value"])
    return once.groupby(keys).size().rename("rows").reset_index()


def _told(what: str, flags: pd.DataFrame) -> list[str]:
    words = []
    for verb, mine in (
        ("proposed", flags[flags["proposal"] != "keep"]),
        ("only mentioned", flags[flags["proposal"] == "keep"]),
    ):
        shown = ", ".join(f"{one.table} {one.check} {one.rows:,}" for one in mine.itertuples())
        words.append(f"  {what}, {verb}: {shown or 'nothing'}")
    return words


def _indented(frame: pd.DataFrame) -> str:
    counts = frame.select_dtypes("number").columns
    shown = frame.astype(dict.fromkeys(counts, "Int64")).to_string(index=False, na_rep="")
    return "\n".join(f"  {line}" for line in shown.splitlines())

"""Labels by hand: what a person says of an item or a customer, one judgement at a time.

A judgement is a row of the table `labels`, as those of imported files are, of batch 0 and numbered as it was made;
where both say something of the same item, the hand counts. Rows that name an item and a customer come and go with
their file and are not judged here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import pandas as pd

from core.errors import DebutError
from core.tables import ANONYMOUS
from core.workspace import Workspace

__all__ = [
    "ABOUT",
    "BUILT_IN",
    "MOST_OPTIONS",
    "ORDERS",
    "Agreement",
    "LabelSet",
    "Order",
    "agreement",
    "counts",
    "create",
    "delete",
    "frame",
    "judged",
    "progress",
    "put",
    "remaining",
    "sets",
    "spread",
    "take_back",
]

Cursor = duckdb.DuckDBPyConnection
About = Literal["items", "customers"]
Order = Literal["sold", "new", "random"]
ABOUT: dict[About, str] = {"items": "Items: products and new items", "customers": "Customers"}
ORDERS: dict[Order, str] = {"sold": "Most sold first", "new": "New items first", "random": "At random"}
COLUMN: dict[About, str] = {"items": "product_id", "customers": "customer_id"}
OTHER: dict[About, str] = {"items": "customer_id", "customers": "product_id"}
OF_SET = "lower(label) = lower(?)"
BY_HAND = 0
"""The batch of judgements by hand."""
MOST_OPTIONS = 9
"""As many as there are digit keys."""
LONGEST_NAME, LONGEST_OPTION = 60, 40  # characters

SOLD_BY: dict[About, str] = {
    "items": "SELECT product_id AS target, sum(units) AS sold FROM sales GROUP BY 1",
    "customers": "SELECT customer_id AS target, sum(units) AS sold FROM sales GROUP BY 1",
}
TARGETS: dict[About, str] = {
    "items": """SELECT product_id AS target, false AS new FROM catalogue
        UNION ALL SELECT DISTINCT item_id, true FROM new_items ANTI JOIN catalogue ON item_id = product_id""",
    "customers": f"""SELECT target, false AS new FROM (
        SELECT customer_id AS target FROM customers UNION SELECT customer_id FROM sales
        UNION SELECT customer_id FROM reviews) WHERE target <> '{ANONYMOUS}'""",
}
SORTED: dict[Order, str] = {
    "sold": "coalesce(sold, 0) DESC, target",
    "new": "new DESC, coalesce(sold, 0) DESC, target",
    "random": "hash(target || ?), target",
}


@dataclass(frozen=True)
class LabelSet:
    """A question and the answers to choose from."""

    label: str
    about: About
    options: tuple[str, ...]
    kind: Literal["built in", "own", "imported"] = "built in"
    """imported: known from files alone."""
    question: str = ""
    """What is asked, in a sentence."""


BUILT_IN = (
    LabelSet(
        "purchase intent", "items", ("high", "medium", "low"), question="How much would your shoppers want to buy this?"
    ),
    LabelSet(
        "satisfaction",
        "customers",
        ("1", "2", "3", "4", "5"),
        question="How satisfied does this customer seem? 1 is not at all, 5 is very.",
    ),
)


@dataclass(frozen=True)
class Agreement:
    """How far imported and hand labels of the same things agree."""

    both: int
    """Things with both."""
    same: int
    kappa: float | None
    """Cohen's kappa: 1 is full agreement, 0 what chance brings; None where chance alone agrees fully."""


def sets(cursor: Cursor) -> list[LabelSet]:
    """Every label set: built in, the shop's own, and those of which imported labels are."""
    own = [
        LabelSet(label, about, tuple(json.loads(options)), "own")
        for label, about, options in cursor.execute(
            "SELECT label, about, options FROM label_sets ORDER BY created_at, label"
        ).fetchall()
    ]
    known = {one.label.lower() for one in (*BUILT_IN, *own)}
    imported = [
        LabelSet(label, "customers" if customers else "items", tuple(options), "imported")
        for name, label, customers, options in cursor.execute(
            """SELECT lower(label), any_value(label), count(customer_id) > count(product_id),
                      list_sort(list_distinct(list(trim(value))))[:?]
               FROM labels WHERE batch_id <> ? AND value IS NOT NULL AND (product_id IS NULL) <> (customer_id IS NULL)
               GROUP BY 1 ORDER BY 1""",
            [MOST_OPTIONS, BY_HAND],
        ).fetchall()
        if name not in known
    ]
    return [*BUILT_IN, *own, *imported]


def create(workspace: Workspace, label: str, about: About, options: Sequence[str]) -> LabelSet:
    """A set of the shop's own. Raises DebutError where the name is taken or the options cannot be chosen from."""
    label, options = " ".join(label.split()), tuple(" ".join(option.split()) for option in options if option.strip())
    with workspace.transaction(data=False) as cursor:
        _check(label, options, sets(cursor))
        cursor.execute(
            "INSERT INTO label_sets (label, about, options) VALUES (?, ?, ?)", [label, about, json.dumps(options)]
        )
    return LabelSet(label, about, options, "own")


def delete(workspace: Workspace, chosen: LabelSet, *, with_labels: bool = False) -> None:
    """Remove a set of the shop's own, and its labels by hand; those of imported files stay with their files.

    Raises DebutError where it is not the shop's own, or has labels by hand and `with_labels` does not say so.
    """
    if chosen.kind != "own":
        raise DebutError(f"“{chosen.label}” is no set of your own and stays.")
    with workspace.transaction(data=False) as cursor:
        used = _count(cursor, f"SELECT count(*) FROM labels WHERE {OF_SET} AND batch_id = ?", [chosen.label, BY_HAND])
        if used and not with_labels:
            raise DebutError(f"“{chosen.label}” has {used:,} labels by hand. Confirm that they go with it.")
        cursor.execute(f"DELETE FROM labels WHERE {OF_SET} AND batch_id = ?", [chosen.label, BY_HAND])
        cursor.execute("DELETE FROM label_sets WHERE label = ?", [chosen.label])


def remaining(
    cursor: Cursor,
    chosen: LabelSet,
    order: Order = "sold",
    *,
    check: bool = False,
    skip: Sequence[str] = (),
    limit: int = 50,
) -> list[str]:
    """Ids of the next items or customers to judge, at most `limit`.

    check: those with an imported label and none by hand, instead of those without any. skip: ids to leave out.
    """
    wanted = "imported IS NOT NULL AND by_hand IS NULL" if check else "value IS NULL"
    query = f"""SELECT target FROM ({TARGETS[chosen.about]}) LEFT JOIN ({_judged(chosen)}) USING (target)
        LEFT JOIN ({SOLD_BY[chosen.about]}) USING (target)
        WHERE {wanted} AND NOT list_contains(?, target) ORDER BY {SORTED[order]} LIMIT {int(limit)}"""
    values: list[object] = [*_values(chosen), list(skip)]
    if order == "random":
        values.append(chosen.label)
    return [row[0] for row in cursor.execute(query, values).fetchall()]


def progress(cursor: Cursor, chosen: LabelSet) -> tuple[int, int, int]:
    """Of the shop's items or customers: how many are labelled, how many there are, how many wait for a check."""
    query = f"""SELECT count(value), count(*), count(imported) FILTER (by_hand IS NULL)
        FROM ({TARGETS[chosen.about]}) LEFT JOIN ({_judged(chosen)}) USING (target)"""
    row = cursor.execute(query, _values(chosen)).fetchone()
    assert row is not None
    return row


def counts(cursor: Cursor, chosen: LabelSet) -> tuple[int, int]:
    """How many things are labelled and how many wait for a check, whether in the shop or not: without a look at it."""
    query = f"SELECT count(*), count(imported) FILTER (by_hand IS NULL) FROM ({_judged(chosen)})"
    row = cursor.execute(query, _values(chosen)).fetchone()
    assert row is not None
    return row


def put(workspace: Workspace, chosen: LabelSet, target: str, value: str) -> None:
    """Judge one item or customer; an earlier judgement by hand is replaced. Raises DebutError on another answer."""
    if value not in chosen.options:
        raise DebutError(f"“{value}” is none of the answers of “{chosen.label}”: {', '.join(chosen.options)}.")
    column = COLUMN[chosen.about]
    with workspace.transaction(data=False) as cursor:
        cursor.execute(
            f"DELETE FROM labels WHERE {OF_SET} AND batch_id = ? AND {column} = ?", [chosen.label, BY_HAND, target]
        )
        number = _count(cursor, "SELECT coalesce(max(file_row), 0) + 1 FROM labels WHERE batch_id = ?", [BY_HAND])
        cursor.execute(
            f"INSERT INTO labels ({column}, label, value, batch_id, file_row) VALUES (?, ?, ?, ?, ?)",
            [target, chosen.label, value, BY_HAND, number],
        )


def take_back(workspace: Workspace, chosen: LabelSet) -> str | None:
    """Undo the last judgement by hand of a set; returns the id that waits again, None where there was none."""
    with workspace.transaction(data=False) as cursor:
        last = cursor.execute(
            f"""SELECT {COLUMN[chosen.about]}, file_row FROM labels WHERE {OF_SET} AND batch_id = ?
                ORDER BY file_row DESC LIMIT 1""",
            [chosen.label, BY_HAND],
        ).fetchone()
        if last is None:
            return None
        cursor.execute("DELETE FROM labels WHERE batch_id = ? AND file_row = ?", [BY_HAND, last[1]])
    return str(last[0])


def judged(cursor: Cursor, chosen: LabelSet, limit: int | None = None) -> pd.DataFrame:
    """What is labelled, latest by hand first: target, title, value, source (by hand, imported), imported."""
    titles = """
        SELECT product_id AS target, title FROM catalogue UNION ALL
        SELECT item_id, arg_max(title, batch_id) FROM new_items ANTI JOIN catalogue ON item_id = product_id
        GROUP BY item_id"""
    return cursor.execute(
        f"""SELECT target, coalesce(title, target) AS title, value,
                   CASE WHEN by_hand IS NULL THEN 'imported' ELSE 'by hand' END AS source, imported
            FROM ({_judged(chosen)}) LEFT JOIN ({titles}) USING (target)
            ORDER BY number DESC NULLS LAST, target {f"LIMIT {int(limit)}" if limit else ""}""",
        _values(chosen),
    ).df()


def spread(cursor: Cursor, chosen: LabelSet) -> pd.DataFrame:
    """How often each answer was given: value, count; the set's options in their order, then other words of files."""
    found = dict(
        cursor.execute(f"SELECT value, count(*) FROM ({_judged(chosen)}) GROUP BY 1", _values(chosen)).fetchall()
    )
    words = [*chosen.options, *sorted(found.keys() - set(chosen.options))]
    return pd.DataFrame({"value": words, "count": [found.get(word, 0) for word in words]})


def agreement(cursor: Cursor, chosen: LabelSet) -> Agreement:
    """Of what has an imported label and one by hand: how often they are the same (Cohen 1960)."""
    table = cursor.execute(
        f"""SELECT by_hand, imported, count(*) AS count FROM ({_judged(chosen)})
            WHERE by_hand IS NOT NULL AND imported IS NOT NULL GROUP BY 1, 2""",
        _values(chosen),
    ).df()
    both, same = int(table["count"].sum()), int(table.loc[table["by_hand"] == table["imported"], "count"].sum())
    if not both:
        return Agreement(0, 0, None)
    ours, theirs = (table.groupby(side)["count"].sum() / both for side in ("by_hand", "imported"))
    chance = float((ours * theirs).sum())  # of words on one side only the product is missing, and skipped
    return Agreement(both, same, (same / both - chance) / (1 - chance) if chance < 1 else None)


def frame(cursor: Cursor, chosen: LabelSet | None = None) -> pd.DataFrame:
    """Every label that counts, of one set or of all, as the table `labels` has it: a CSV of it loads back."""
    where, values = (f"AND {OF_SET}", [chosen.label]) if chosen else ("", [])
    return cursor.execute(
        f"""SELECT product_id, customer_id, label, value FROM labels WHERE value IS NOT NULL {where}
            QUALIFY row_number() OVER (PARTITION BY product_id, customer_id, lower(label)
                                       ORDER BY batch_id <> {BY_HAND}, batch_id DESC, file_row DESC) = 1
            ORDER BY label, product_id, customer_id""",
        values,
    ).df()


def _judged(chosen: LabelSet) -> str:
    """SQL, with the parameters of `_values`: target, by_hand, imported, value (what counts), number (of the hand's)."""
    column, other = COLUMN[chosen.about], OTHER[chosen.about]
    return f"""
        SELECT *, coalesce(by_hand, imported) AS value FROM (
            SELECT target, arg_max(word, file_row) FILTER (batch_id = {BY_HAND}) AS by_hand,
                   arg_max(word, (batch_id, file_row)) FILTER (batch_id <> {BY_HAND}) AS imported,
                   max(file_row) FILTER (batch_id = {BY_HAND}) AS number
            FROM (SELECT {column} AS target, batch_id, file_row,
                         coalesce(list_filter(?, lambda o: lower(o) = lower(trim(value)))[1], trim(value)) AS word
                  FROM labels WHERE {OF_SET} AND {column} IS NOT NULL AND {other} IS NULL AND value IS NOT NULL)
            GROUP BY target)"""


def _values(chosen: LabelSet) -> list[object]:
    return [list(chosen.options), chosen.label]


def _check(label: str, options: tuple[str, ...], known: list[LabelSet]) -> None:
    """Raises DebutError."""
    title = "This set cannot be made"
    if not label or len(label) > LONGEST_NAME:
        raise DebutError(f"Give the set a name of at most {LONGEST_NAME} letters.", title)
    if label.lower() in {one.label.lower() for one in known}:
        raise DebutError(f"There is a set “{label}” already. Choose another name.", title)
    if not 2 <= len(options) <= MOST_OPTIONS:
        raise DebutError(f"Give 2 to {MOST_OPTIONS} answers, one a line; there are {len(options)}.", title)
    if len({option.lower() for option in options}) < len(options):
        raise DebutError("An answer stands there twice. Each must be its own.", title)
    if long := next((option for option in options if len(option) > LONGEST_OPTION), None):
        raise DebutError(f"“{long[:LONGEST_OPTION]}…” is longer than {LONGEST_OPTION} letters.", title)


def _count(cursor: Cursor, query: str, values: list[object]) -> int:
    row = cursor.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])

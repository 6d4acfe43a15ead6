"""What people do to scenarios: make, name, copy and delete them, change their wishes, fix items by hand, and undo it.

Each is an act in the log of `scenario.acts`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from core.errors import DebutError
from core.plans.overrides import Override
from core.plans.wishes import Wishes
from core.scenario.acts import FIRST, FIRST_NAME, FIXED, Scenario, State, acts, everything, fold, written
from core.track import attached
from core.workspace import Workspace

__all__ = [
    "FIRST",
    "FIRST_NAME",
    "FIXED",
    "LONGEST",
    "Scenario",
    "State",
    "copy",
    "create",
    "delete",
    "get",
    "keep",
    "last",
    "list_",
    "log",
    "must_be_open",
    "override",
    "release",
    "rename",
    "restore",
    "set_wishes",
    "stamp",
    "undo",
]

LONGEST = 200  # characters of a name or a reason
SHOWN = 20  # items of one act in the log
MOST = 100  # scenarios that are not deleted: more nobody finds again
WORDS = {
    "create": "made",
    "rename": "renamed",
    "wishes": "settings changed",
    "fix": "fixed by hand",
    "release": "left to the plan again",
    "state": "state changed",
    "delete": "deleted",
    "restore": "brought back",
}
THINGS = {"launch": "launch", "week": "week", "price": "price", "ad_spend": "ads", "stock": "stock"}

Content = dict[str, Any]
_Row = tuple[str, Content, str, str]


def get(cursor: duckdb.DuckDBPyConnection, scenario_id: int = FIRST) -> Scenario:
    """A scenario as it is now; also one that was deleted. Raises DebutError where there is none."""
    found = fold(scenario_id, acts(cursor, scenario_id))
    if found is None:
        raise DebutError(f"There is no scenario {scenario_id}. It may have been undone in another window.")
    return found


def list_(cursor: duckdb.DuckDBPyConnection, *, deleted: bool = False) -> list[Scenario]:
    """The scenarios, the first one first and the others by number; or those that were deleted."""
    return [one for _, one in sorted(everything(cursor).items()) if one.deleted is deleted]


def create(workspace: Workspace, name: str, wishes: Wishes | None = None, who: str = "") -> Scenario:
    """A new scenario. Raises DebutError on a name that is empty or taken."""
    return _create(workspace, name, wishes or Wishes(), (), who)


def copy(workspace: Workspace, scenario_id: int, name: str, who: str = "") -> Scenario:
    """A scenario with the wishes and overrides of another, as a draft. Raises DebutError as `create` does."""
    other = get(workspace.cursor(), scenario_id)
    return _create(workspace, name, other.wishes, other.overrides, who)


def rename(workspace: Workspace, scenario_id: int, name: str, who: str = "") -> None:
    """Raises DebutError on a name that is empty or taken."""
    with workspace.transaction(data=False) as cursor:
        must_be_open(cursor, scenario_id)
        keep(cursor, scenario_id, [("rename", {"name": _name(cursor, name, scenario_id)})], "", who)


def delete(workspace: Workspace, scenario_id: int, who: str = "") -> None:
    """Put a scenario away; `restore` or `undo` bring it back. Raises DebutError on the first, which stays."""
    if scenario_id == FIRST:
        raise DebutError("The first scenario stays. Rename it, or change what it wishes.")
    with workspace.transaction(data=False) as cursor:
        must_be_open(cursor, scenario_id)
        keep(cursor, scenario_id, [("delete", {})], "", who)


def restore(workspace: Workspace, scenario_id: int, who: str = "") -> None:
    """Bring back a deleted scenario. Where its name was taken meanwhile it gets a number behind it."""
    with workspace.transaction(data=False) as cursor:
        found = get(cursor, scenario_id)
        if not found.deleted:
            return
        steps: list[tuple[str, Content]] = [("restore", {})]
        taken = {one.name.casefold() for one in list_(cursor)}
        name, number = found.name, 2
        while name.casefold() in taken:
            name, number = f"{found.name[: LONGEST - 8]} ({number})", number + 1
        if name != found.name:
            steps.append(("rename", {"name": name}))
        keep(cursor, scenario_id, steps, "", who)


def set_wishes(workspace: Workspace, scenario_id: int, wishes: Wishes, who: str = "", seen: int | None = None) -> None:
    """Change what a scenario wishes; it becomes a draft.

    seen: `Scenario.act` of what the person saw; raises DebutError where somebody has changed the wishes since.
    """
    wishes = wishes.checked()
    with workspace.transaction(data=False) as cursor:
        now = must_be_open(cursor, scenario_id)
        _not_since(cursor, scenario_id, seen, lambda kind, content: kind == "wishes", "the settings")
        if wishes != now.wishes:
            keep(cursor, scenario_id, [("wishes", {"wishes": wishes.to_json()})], "", who)


def override(
    workspace: Workspace, scenario_id: int, overrides: Sequence[Override], who: str = "", seen: int | None = None
) -> None:
    """Fix things of items, as one act; the scenario becomes a draft.

    What an override leaves to the plan (None) stays as it was fixed before; `release` takes that back. To lock a row
    is to fix what the plan has for it. Every override needs a reason. seen: as for `set_wishes`, for the same things
    of the same items. Raises DebutError without a reason, on values that cannot be, and on what others did since.
    """
    steps: list[_Row] = []
    for one in overrides:
        reason = one.reason.strip()[:LONGEST]
        if not reason:
            raise DebutError(
                f"{one.item_id}: say why. An override is kept with its reason, so that others can follow it."
            )
        content = written(one.checked())
        things = {name for name in FIXED if name in content}
        if things:
            content = {name: content[name] for name in ("item_id", *FIXED) if name in content}
            steps.append(("fix", content, reason, (one.who or who).strip()[:LONGEST]))
    if not steps:
        return
    touched = {(content["item_id"], name) for _, content, _, _ in steps for name in FIXED if name in content}
    with workspace.transaction(data=False) as cursor:
        must_be_open(cursor, scenario_id)
        _not_since(cursor, scenario_id, seen, lambda kind, content: bool(_things(kind, content) & touched), "an item")
        _write(cursor, scenario_id, steps)


def release(
    workspace: Workspace, scenario_id: int, item_ids: Iterable[str], things: Sequence[str] = (), who: str = ""
) -> None:
    """Leave items to the plan again: the named things of FIXED, or all. Raises DebutError on a thing there is not."""
    if unknown := set(things) - set(FIXED):
        raise DebutError(f"{', '.join(sorted(unknown))} cannot be fixed; {', '.join(FIXED)} can.")
    with workspace.transaction(data=False) as cursor:
        fixed = {one.item_id for one in must_be_open(cursor, scenario_id).overrides}
        steps = [("release", {"item_id": item, "things": list(things)}) for item in item_ids if item in fixed]
        keep(cursor, scenario_id, steps, "", who)


def undo(workspace: Workspace, scenario_id: int | None = None, seen: int | None = None) -> str:
    """Take back the last act, of one scenario or of all: what it was, in words; '' where there was none.

    seen: `Scenario.act` of what the person saw; raises DebutError where another act is the last one now. An approval
    may take launches with it: their items are new items again, and what was forecast without them is stale.
    """
    with workspace.transaction(data=False) as cursor:
        words, launched = last(cursor, scenario_id), attached.launched(cursor)
        if seen is not None and scenario_id is not None and get(cursor, scenario_id).act != seen:
            raise DebutError(
                f"Something else was done last: {words or 'nothing is left'}. Look at it before you undo it.",
                "Changed meanwhile",
            )
        cursor.execute(
            """UPDATE scenario_acts SET undone = true
               WHERE act = (SELECT max(act) FROM scenario_acts
                            WHERE NOT undone AND ($one IS NULL OR scenario_id = $one))""",
            {"one": scenario_id},
        )
        if attached.launched(cursor) != launched:
            cursor.execute("UPDATE data_version SET version = version + 1")
    return words


def last(cursor: duckdb.DuckDBPyConnection, scenario_id: int | None = None) -> str:
    """What `undo` would take back, in words; '' where there is nothing."""
    rows = cursor.execute(
        """SELECT scenario_id, kind, content, made_by, made_at, count(*) OVER () FROM scenario_acts
           WHERE act = (SELECT max(act) FROM scenario_acts
                        WHERE NOT undone AND ($one IS NULL OR scenario_id = $one)) ORDER BY rowid LIMIT 1""",
        {"one": scenario_id},
    ).fetchall()
    if not rows:
        return ""
    one, kind, content, made_by, at, count = rows[0]
    many = count > 1 and kind in ("fix", "release")
    what = f"{count:,} items {WORDS[kind]}" if many else _told(kind, json.loads(content))
    who = f" by {made_by}" if made_by else ""
    return f"{get(cursor, one).name}: {what}{who}, {at:%d %b %Y, %H:%M}"


def log(cursor: duckdb.DuckDBPyConnection, scenario_id: int | None = None, most: int = 200) -> pd.DataFrame:
    """The latest acts: act, made_at, made_by, scenario_id, name, what (words), item_id ('': none), reason, undone."""
    rows = cursor.execute(
        """SELECT act, made_at, made_by, scenario_id, kind, content, reason, undone,
                  row_number() OVER (PARTITION BY act ORDER BY rowid) AS nth, count(*) OVER (PARTITION BY act) AS of
           FROM scenario_acts WHERE $one IS NULL OR scenario_id = $one
           QUALIFY nth <= $shown ORDER BY act DESC, rowid LIMIT $most""",
        {"one": scenario_id, "most": most, "shown": SHOWN},
    ).fetchall()
    names = {one: scenario.name for one, scenario in everything(cursor).items()}
    found = []
    for act, at, who, one, kind, text, reason, undone, nth, of in rows:
        content = json.loads(text)
        what, item = _told(kind, content), content.get("item_id", "")
        if nth == SHOWN < of:  # a loaded plan may have fixed thousands
            what, item = f"{of - SHOWN + 1:,} more items {WORDS[kind]}", ""
        name = names.get(one, content.get("name", f"Scenario {one}"))
        found.append((act, at, who, one, name, what, item, reason, undone))
    columns = ["act", "made_at", "made_by", "scenario_id", "name", "what", "item_id", "reason", "undone"]
    return pd.DataFrame(found, columns=columns).astype({"undone": bool})


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as nothing was done to any scenario: for the keys of caches."""
    row = cursor.execute(
        "SELECT count(*) FILTER (NOT undone), coalesce(max(act), 0), count(*) FROM scenario_acts"
    ).fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()[:16]


def _create(workspace: Workspace, name: str, wishes: Wishes, overrides: Sequence[Override], who: str) -> Scenario:
    with workspace.transaction(data=False) as cursor:
        if len(list_(cursor)) >= MOST:
            raise DebutError(f"There are {MOST} scenarios. Delete those that are not needed any more.")
        content = {
            "name": _name(cursor, name),
            "wishes": wishes.checked().to_json(),
            "overrides": [written(one) for one in overrides],
        }
        ((scenario_id,),) = cursor.execute("SELECT nextval('scenario_ids')").fetchall()
        keep(cursor, scenario_id, [("create", content)], "", who)
    return get(workspace.cursor(), scenario_id)


def must_be_open(cursor: duckdb.DuckDBPyConnection, scenario_id: int) -> Scenario:
    """A scenario that can be changed. Raises DebutError where it was deleted, or is not there."""
    found = get(cursor, scenario_id)
    if found.deleted:
        raise DebutError(f"“{found.name}” was deleted. Bring it back first.")
    return found


def _name(cursor: duckdb.DuckDBPyConnection, name: str, own: int | None = None) -> str:
    """A name that can be given. Raises DebutError on none, and on one that is taken."""
    name = " ".join(name.split())[:LONGEST]
    if not name:
        raise DebutError("Give the scenario a name.")
    if any(one.name.casefold() == name.casefold() and one.scenario_id != own for one in list_(cursor)):
        raise DebutError(f"There is a scenario “{name}” already. Choose another name.")
    return name


def _not_since(
    cursor: duckdb.DuckDBPyConnection,
    scenario_id: int,
    seen: int | None,
    touches: Callable[[str, Content], bool],
    what: str,
) -> None:
    """Raises DebutError where an act after the one that was seen touches the same."""
    if seen is None:
        return
    for act in acts(cursor, scenario_id):
        if act.act > seen and touches(act.kind, act.content):
            item = f" ({act.content['item_id']})" if "item_id" in act.content else ""
            raise DebutError(
                f"{act.made_by or 'Somebody'} changed {what}{item} in this scenario at {act.made_at:%H:%M}, after you "
                "had opened it. Look at it as it is now, and save again.",
                "Changed meanwhile",
            )


def _things(kind: str, content: Content) -> set[tuple[str, str]]:
    """Items and things that an act fixes or leaves to the plan."""
    if kind == "fix":
        return {(content["item_id"], name) for name in FIXED if name in content}
    if kind == "release":
        return {(content["item_id"], name) for name in content["things"] or FIXED}
    return set()


def _told(kind: str, content: Content) -> str:
    """An act in words."""
    match kind:
        case "fix":
            return "fixed by hand: " + ", ".join(_value(name, content[name]) for name in FIXED if name in content)
        case "release":
            return "left to the plan again: " + ", ".join(THINGS[name] for name in content["things"] or FIXED)
        case "state":
            return str(content["state"])
        case "rename":
            return f"renamed to {content['name']}"
        case _:
            return WORDS[kind]


def _value(name: str, value: float | str | bool) -> str:
    if name == "launch":
        return "launch" if value else "no launch"
    if name == "week":
        return f"week of {date.fromisoformat(str(value)):%d %b %Y}"
    return f"{THINGS[name]} {value:,.2f}" if name in ("price", "ad_spend") else f"{THINGS[name]} {value}"


def keep(
    cursor: duckdb.DuckDBPyConnection, scenario_id: int, steps: Sequence[tuple[str, Content]], reason: str, who: str
) -> int:
    """Write acts that were done together by one person; their number, 0 where there are none."""
    return _write(cursor, scenario_id, [(kind, content, reason, who.strip()[:LONGEST]) for kind, content in steps])


def _write(cursor: duckdb.DuckDBPyConnection, scenario_id: int, rows: Sequence[_Row]) -> int:
    """One act of several rows: kind, content, reason, who. In one statement, as a loaded plan may fix thousands."""
    if not rows:
        return 0
    ((act,),) = cursor.execute("SELECT nextval('scenario_steps')").fetchall()
    kinds, contents, reasons, names = zip(*rows, strict=True)
    cursor.execute(
        """INSERT INTO scenario_acts (act, scenario_id, kind, content, reason, made_by)
           SELECT $act, $one, unnest($kinds), unnest($contents)::JSON, unnest($reasons), unnest($names)""",
        {
            "act": act,
            "one": scenario_id,
            "kinds": list(kinds),
            "contents": [json.dumps(content) for content in contents],
            "reasons": list(reasons),
            "names": list(names),
        },
    )
    return int(act)

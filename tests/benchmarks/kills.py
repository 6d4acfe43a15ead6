"""What is left of a shop when an import is killed half way: all of before, or all of after, and nothing else.

A process that holds no database forks children: each imports a file into a copy of a prepared shop, or undoes an
import, and is killed at a random moment. Another child then opens what is left, compares all of it with what an
undisturbed shop holds, and goes on working with it.
"""

import hashlib
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core import imports
from core.tables import TABLES
from core.workspace import Workspace
from tests.benchmarks.forks import Stage, in_child, leave
from tests.benchmarks.speed import write_sales

__all__ = ["KINDS", "Killed", "Kills", "digest", "killed"]

Note = Callable[[str], None]
Digest = dict[str, Any]
Rng = np.random.Generator

LINES, FEW = 60_000, 300  # of a file that is killed, of the one that must still go in
SHOP = 1_000_000  # lines of two years, of which the files are a part
ITEMS = 2_000
RUNS = 3  # undisturbed, to know the time and that they all end alike
AGAIN = 10  # kills, before the time is taken anew
OPENING = "opening"
PERSON = "regexp_replace({}, 'c_[0-9a-f]{{20}}', 'c_', 'g')"  # a shop that has no key yet draws one

OWN = {  # tables beside those of the shop: SQL of what must be the same
    "batches": "* EXCLUDE (loaded_at), loaded_at IS NULL",
    "set_aside": f"* REPLACE ({PERSON.format('row_values::VARCHAR')} AS row_values)",
    "catalogue": "*",
    "data_version": "*",
    "model_versions": "*",
    "settings": "name",
    "profiles": "*",
    "label_sets": "*",
    "schema_version": "*",
}


@dataclass(frozen=True)
class Kind:
    """What is done to which shop while it is killed."""

    name: str
    shop: tuple[str, ...]
    """The files that are in before, all kept."""
    act: Callable[[Workspace, Path, Note], None]


@dataclass(frozen=True)
class Killed:
    """One kill and what was found afterwards."""

    kind: str
    delay: float
    stage: str
    """The last that was heard of it."""
    left: str
    """before, after, or what is wrong."""


@dataclass
class Kills:
    """All of them."""

    killed: list[Killed] = field(default_factory=list)
    too_late: int = 0
    """Draws that came when the work was done; they are not counted."""
    seconds: dict[str, float] = field(default_factory=dict)
    """What each kind takes undisturbed."""

    @property
    def damaged(self) -> list[Killed]:
        """Those that left neither before nor after."""
        return [one for one in self.killed if one.left not in ("before", "after")]

    def __str__(self) -> str:
        lines = [f"  {'kind':<12}{'kills':>6}{'before':>8}{'after':>7}{'damaged':>9}{'undisturbed':>13}"]
        for kind, seconds in self.seconds.items():
            left = Counter(one.left for one in self.killed if one.kind == kind)
            counts = f"{left.total():>6}{left['before']:>8}{left['after']:>7}"
            damaged = left.total() - left["before"] - left["after"]
            lines.append(f"  {kind:<12}{counts}{damaged:>9}{seconds:>11.2f} s")
        after = sum(one.left == "after" for one in self.killed)
        lines.append(f"  {after} were killed after having committed; {self.too_late} draws came after the end")
        lines.append(f"  {'killed while':<30}{'kills':>6}")
        for stage, count in Counter(one.stage for one in self.killed).most_common():
            lines.append(f"  {stage:<30}{count:>6}  {'#' * max(1, round(60 * count / len(self.killed)))}")
        lines += [f"  DAMAGED {one.kind}, while {one.stage}: {one.left}" for one in self.damaged[:20]]
        return "\n".join(lines)


def killed(count: int, folder: Path, *, lines: int = LINES, seed: int = 0) -> Kills:
    """Kill `count` times, each kind as often; the work takes place below `folder`."""
    in_child(lambda: _write_files(folder, lines))
    draw, stage, found = np.random.default_rng(seed), Stage(), Kills()
    for nth, kind in enumerate(KINDS):
        wanted = count // len(KINDS) + (nth < count % len(KINDS))
        _kill_often(kind, wanted, folder, draw, stage, found)
    return found


def _kill_often(kind: Kind, wanted: int, folder: Path, draw: Rng, stage: Stage, found: Kills) -> None:
    prepared = folder / f"shop {kind.name}"
    before = in_child(lambda: _prepare(kind, prepared, folder))
    runs = [_undisturbed(kind, prepared, folder) for _ in range(RUNS)]
    if any(end != runs[0][1] for _, end in runs):
        differ = [_difference(end, runs[0][1]) for _, end in runs]
        raise RuntimeError(f"{kind.name}: undisturbed runs differ: {differ}")
    took, after, done = [seconds for seconds, _ in runs], runs[0][1], 0
    while done < wanted:
        delay = float(draw.uniform(0, statistics.median(took[-RUNS:])))
        with tempfile.TemporaryDirectory(dir=folder) as place:
            shop = Path(shutil.copytree(prepared, Path(place) / "shop"))
            ended = _kill(kind, shop, folder, delay, stage)
            if ended is not None:
                took.append(ended)  # other work on the machine makes it quicker and slower
                found.too_late += 1
                continue
            left = in_child(partial(_left, kind, shop, folder, before, after))
        found.killed.append(Killed(kind.name, delay, stage.said, left))
        done += 1
        if done % AGAIN == 0:
            took.append(_undisturbed(kind, prepared, folder)[0])
    found.seconds[kind.name] = statistics.median(took)


def digest(workspace: Workspace) -> Digest:
    """Rows and a hash of all of them, whatever their order, of each table, and the files beside the database."""
    cursor, found = workspace.cursor(), {}
    shown = {name: _columns(name) for name in TABLES} | OWN
    for name, columns in shown.items():
        query = f"SELECT count(*), sum(hash(one)::HUGEINT)::VARCHAR FROM (SELECT {columns} FROM {name}) AS one"
        found[name] = list(cursor.execute(query).fetchone() or ())
    known = {row[0] for row in cursor.execute("SELECT original FROM batches WHERE original IS NOT NULL").fetchall()}
    found["originals without an import"] = sorted({path.name for path in workspace.originals.glob("*")} - known)
    found["imports without their original"] = sorted(name for name in known if not _is_whole(workspace, name))
    beside = {path.name for path in workspace.folder.iterdir()} - {"shop.duckdb.wal", "originals", "customer.key"}
    found["files"] = sorted(beside)
    return found


def _columns(name: str) -> str:
    """SQL of a table's columns; a person stands for the first row that is theirs, as keys differ between shops."""
    people = [column.name for column in TABLES[name] if column.person]
    first = ", ".join(f"min((batch_id, file_row)) OVER (PARTITION BY {one}) AS {one}" for one in people)
    return f"* REPLACE ({first})" if people else "*"


def _is_whole(workspace: Workspace, name: str) -> bool:
    """Whether a kept file is there and is what its name says."""
    path = workspace.originals / name
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == name


def _write_files(folder: Path, lines: int) -> None:
    """Four exports of one shop: the second restates the end of the first, the third is of the days to come."""
    for name, first, last, restated in (
        ("first", 0, lines, False),
        ("second", lines // 2, lines * 3 // 2, True),
        ("third", lines * 2, lines * 3, False),
        ("few", lines * 3, lines * 3 + FEW, False),
    ):
        write_sales(folder / f"{name}.csv", first, last, of=SHOP, items=ITEMS, restated=restated)


def _load(workspace: Workspace, file: Path, note: Note, *, keep: bool = False) -> imports.Report:
    note("staging")
    (staged,) = imports.stage(workspace, file.name, file)
    note("recognising")
    reading = imports.recognise(workspace, staged)
    (report,) = imports.load(
        workspace, staged, reading, set_aside_bad=True, keep=keep, report=lambda done, words: note(words)
    )
    note("closing")
    return report


def _undo(workspace: Workspace, folder: Path, note: Note) -> None:
    note("undoing")
    imports.undo(workspace, int(imports.batches(workspace.cursor())["batch_id"].max()))
    note("closing")


KINDS = (
    Kind("first", (), lambda shop, folder, note: _ignored(_load(shop, folder / "first.csv", note))),
    Kind("overlapping", ("first",), lambda shop, folder, note: _ignored(_load(shop, folder / "second.csv", note))),
    Kind("kept", ("first",), lambda shop, folder, note: _ignored(_load(shop, folder / "third.csv", note, keep=True))),
    Kind("undo", ("first", "second"), _undo),
)


def _ignored(report: imports.Report) -> None:
    assert report.rows_loaded


def _prepare(kind: Kind, prepared: Path, folder: Path) -> Digest:
    with Workspace(prepared) as workspace:
        for name in kind.shop:
            _load(workspace, folder / f"{name}.csv", lambda note: None, keep=True)
    with Workspace(prepared) as workspace:
        return digest(workspace)


def _undisturbed(kind: Kind, prepared: Path, folder: Path) -> tuple[float, Digest]:
    """Seconds that it takes, and what is then in the shop."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        shop = Path(shutil.copytree(prepared, Path(place) / "shop"))
        return in_child(lambda: _act(kind, shop, folder, lambda note: None)), in_child(lambda: _opened(shop))


def _act(kind: Kind, shop: Path, folder: Path, note: Note) -> float:
    """Seconds from when the shop is open until it is closed."""
    with Workspace(shop) as workspace:
        start = time.perf_counter()
        kind.act(workspace, folder, note)
    return time.perf_counter() - start


def _opened(shop: Path) -> Digest:
    with Workspace(shop) as workspace:
        return digest(workspace)


def _kill(kind: Kind, shop: Path, folder: Path, delay: float, stage: Stage) -> float | None:
    """Kill a child so many seconds after it has opened its shop; where it ended before, the seconds that it took."""
    stage.say(OPENING)
    child = os.fork()
    if not child:
        leave(lambda: _act(kind, shop, folder, stage.say))
    start = None
    while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if start is None and stage.said != OPENING:
            start = time.perf_counter()
        if start is not None and time.perf_counter() - start >= delay:
            os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.0005)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if status:
        raise RuntimeError(f"{kind.name} failed undisturbed; see above")
    return time.perf_counter() - (start or time.perf_counter())


def _left(kind: Kind, shop: Path, folder: Path, before: Digest, after: Digest) -> str:
    """What a killed child has left: before, after, or what is wrong. The shop must also go on working."""
    try:
        with Workspace(shop) as workspace:
            if any(workspace.incoming.iterdir()):
                return "incoming/ is not empty"
            found = digest(workspace)
            if found not in (before, after):
                words = (f"nearly before: {_difference(found, before)}", f"nearly after: {_difference(found, after)}")
                return min(words, key=len)
            if found == before:
                kind.act(workspace, folder, lambda note: None)
                if (again := digest(workspace)) != after:
                    return f"done again it gives something else: {_difference(again, after)}"
            loaded = _load(workspace, folder / "few.csv", lambda note: None)
            if loaded.rows_loaded < FEW - 1:
                return f"a further import brought {loaded.rows_loaded} rows"
        with Workspace(shop):
            return "before" if found == before else "after"
    except Exception as error:  # whatever it is, the shop has not survived
        return f"{type(error).__name__}: {error}"


def _difference(found: Digest, ought: Digest) -> str:
    return ", ".join(f"{name} is {found[name]} and not {ought[name]}" for name in ought if found[name] != ought[name])

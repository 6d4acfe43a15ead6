"""How long an import takes against DuckDB's own bare reading of the same file, and how much memory it takes.

Every measurement is a process of its own, so that nothing is warm and the peak is its own. Ours is all that a user's
import does, from the file to the commit: stage, recognise, load. Bare is `CREATE TABLE AS SELECT` from `read_csv`
with all columns as text. Both have the machine's threads and write to the same disk.

    python -m tests.benchmarks.speed TASK ARGUMENT ...     one measurement, as JSON: what this module starts itself
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path

import duckdb

__all__ = ["Against", "Took", "against_bare", "machine", "measured", "write_sales"]

ROOT = Path(__file__).parents[2]

# Two years of orders of a general shop, in their order: every third line begins a new order. The numbers are drawn
# from hashes of the line or the order, so that a file is the same on every machine.
LINES = """
WITH numbers AS (
    SELECT line, line // 3 AS nth, (hash(line) % 100000)::INTEGER AS chance,
           (hash(line // 3, 'order') % 100000000)::INTEGER AS luck,
           floor({items} * pow((hash(line, 'item') % 1000003) / 1000003.0, 2.2))::INTEGER AS item
    FROM range({first}, {last}) AS lines(line)
)
SELECT strftime(TIMESTAMP '2024-01-01 00:05:00' + to_seconds(CAST(nth * {step} AS BIGINT)), '%Y-%m-%d %H:%M:%S')
           AS "Order date",
       1000000 + nth AS "Order id",
       ['KIT', 'GAR', 'STA', 'TOY', 'DEC'][1 + item % 5] || '-' || (10000 + item) AS "SKU",
       ['Blue', 'Red', 'Oak', 'Tin', 'Linen', 'Small', 'Tall', 'Set of 6,'][1 + item % 8] || ' '
           || ['fox', 'owl', 'striped', 'plain', 'floral', 'dotted'][1 + item // 8 % 6] || ' '
           || ['mug', 'bowl', 'lamp', 'cushion', 'tray', 'puzzle', 'card'][1 + item // 48 % 7] || ' ' || item // 336
           AS "Title",
       CASE WHEN chance % 50 = 0 THEN -1 ELSE 1 + (chance % 100 >= 80)::INTEGER + (chance % 100 >= 95)::INTEGER END
           + (CASE WHEN {restated} AND hash(line, 'again') % 10 = 0 THEN 3 ELSE 0 END) AS "Quantity",
       (2 + hash(item) % 60)::DECIMAL(9, 2) - (CASE WHEN luck % 9 = 0 THEN 0.25 ELSE 0.01 END) AS "Unit price",
       'C' || (100000 + luck % {customers}) AS "Customer",
       ['web', 'web', 'app', 'store', 'market'][1 + luck % 5] AS "Channel",
       ['North', 'East', 'South', 'West'][1 + luck // 7 % 4] AS "Region"
FROM numbers ORDER BY line
"""
DIRT = """
SELECT * REPLACE (
    CASE WHEN "Order id" % {every} = 7 THEN '2042-03-01 10:00:00' WHEN "Order id" % {every} = 11 THEN 'soon'
         ELSE "Order date" END AS "Order date",
    CASE WHEN "Order id" % {every} = 19 THEN 'two' ELSE "Quantity"::VARCHAR END AS "Quantity",
    CASE WHEN "Order id" % {every} = 23 THEN "Unit price" * 100 ELSE "Unit price" END AS "Unit price",
    CASE WHEN "Order id" % {every} = 31 THEN '<b>' || "Title" || '</b>' ELSE "Title" END AS "Title")
FROM ({lines})
"""
ITEMS = 20_000
SPAN = 730 * 86_400  # seconds


def write_sales(
    path: Path, first: int, last: int, *, of: int | None = None, items: int = ITEMS, restated: bool = False
) -> int:
    """Write the lines `first` to `last` of a shop's sales as CSV; `of` lines make two years. Returns the bytes.

    One order in 50,000 has each of the slips of `DIRT`. restated: a tenth of the lines have other units.
    """
    whole = of or last
    lines = LINES.format(
        first=first,
        last=last,
        items=items,
        step=SPAN * 3 / whole,
        customers=whole // 12 + 1,
        restated=str(restated).lower(),
    )
    query = DIRT.format(lines=lines, every=50_000)
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")
    return path.stat().st_size


@dataclass(frozen=True)
class Took:
    """One measurement."""

    seconds: float
    peak_mb: float
    rows: int
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by what an import said that it was doing."""


@dataclass(frozen=True)
class Against:
    """Ours and bare, round by round."""

    ours: list[Took]
    bare: list[Took]
    memory: list[Took]
    """Bare into a database that is never written to disk."""

    def ratio(self, other: str = "bare") -> float:
        """Median over the rounds of ours by the other."""
        pairs = zip(self.ours, getattr(self, other), strict=True)
        return statistics.median(our.seconds / their.seconds for our, their in pairs)

    def seconds(self, which: str = "ours") -> float:
        """Median over the rounds."""
        return statistics.median(took.seconds for took in getattr(self, which))

    @property
    def peak_mb(self) -> float:
        """The highest of ours."""
        return max(took.peak_mb for took in self.ours)

    def __str__(self) -> str:
        lines = [f"  round{'ours s':>9}{'file s':>9}{'memory s':>10}{'ratio':>8}{'to memory':>11}{'ours MB':>9}"]
        for number, (our, bare, memory) in enumerate(zip(self.ours, self.bare, self.memory, strict=True), start=1):
            ratios = f"{our.seconds / bare.seconds:>8.2f}{our.seconds / memory.seconds:>11.2f}"
            seconds = f"{our.seconds:>9.2f}{bare.seconds:>9.2f}{memory.seconds:>10.2f}"
            lines.append(f"  {number:>5}{seconds}{ratios}{our.peak_mb:>9.0f}")
        medians = f"{self.seconds():>9.2f}{self.seconds('bare'):>9.2f}{self.seconds('memory'):>10.2f}"
        lines.append(f"  median{medians[1:]}{self.ratio():>8.2f}{self.ratio('memory'):>11.2f}{self.peak_mb:>9.0f}")
        stages = {name: statistics.median(took.stages[name] for took in self.ours) for name in self.ours[0].stages}
        lines.append("  of ours: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items()))
        return "\n".join(lines)


def against_bare(file: Path, folder: Path, rounds: int) -> Against:
    """Measure ours and bare alternately; each round begins with another one."""
    file.read_bytes()  # from the disk once, before anything counts
    took: dict[str, list[Took]] = {"ours": [], "bare": [], "memory": []}
    for number in range(rounds):
        order = list(took)[number % 3 :] + list(took)[: number % 3]
        for name in order:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                took[name].append(measured(name, str(file), place))
    return Against(**took)


def measured(task: str, *arguments: str) -> Took:
    """One measurement in a fresh process. Raises RuntimeError with what it said where it failed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.speed", task, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{task} {arguments}:\n{done.stderr}")
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def machine() -> str:
    """The machine in a line, and how busy it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {python}, DuckDB {duckdb.__version__}, load {load}"


def ours(file: str, folder: str) -> Took:
    """An import of the file into a fresh workspace."""
    from core import imports
    from core.workspace import Workspace

    marks: list[tuple[float, str]] = []

    def told(done: float, note: str) -> None:
        marks.append((time.perf_counter(), note.split(" " + Path(file).name)[0]))

    with Workspace(Path(folder) / "shop") as workspace:
        told(0.0, "staging")
        (staged,) = imports.stage(workspace, Path(file).name, Path(file))
        told(0.0, "recognising")
        reading = imports.recognise(workspace, staged)
        reports = imports.load(workspace, staged, reading, set_aside_bad=True, report=told)
        seconds = time.perf_counter() - marks[0][0]
    stages: dict[str, float] = {}
    for (start, note), (end, _) in pairwise(marks):
        stages[note] = stages.get(note, 0.0) + end - start
    return Took(seconds, _peak_mb(), reports[0].rows_loaded, stages)


def bare(file: str, folder: str) -> Took:
    """DuckDB's reading of the file into a fresh database file."""
    return _bare(file, str(Path(folder) / "bare.duckdb"))


def memory(file: str, folder: str) -> Took:
    """DuckDB's reading of the file into memory."""
    return _bare(file, ":memory:")


def _bare(file: str, database: str) -> Took:
    with duckdb.connect(database) as connection:
        start = time.perf_counter()
        connection.execute("CREATE TABLE x AS SELECT * FROM read_csv(?, all_varchar = true)", [file])
        seconds = time.perf_counter() - start
        rows = connection.execute("SELECT count(*) FROM x").fetchone()
    assert rows is not None
    return Took(seconds, _peak_mb(), rows[0])


def journey(folder: str) -> Took:
    """The grocery shop, in a home of its own."""
    os.environ["DEBUT_HOME"] = folder
    from core import journey as grocery
    from core.workspace import Workspace

    marks: list[tuple[float, str]] = []
    start = time.perf_counter()
    grocery.ensure(lambda note: marks.append((time.perf_counter(), note)))
    seconds = time.perf_counter() - start
    marks.append((start + seconds, "done"))
    stages = {note: end - begin for (begin, note), (end, _) in pairwise(marks)}
    with Workspace(grocery.journey_folder()) as workspace:
        rows = workspace.cursor().execute("SELECT sum(rows_in) FROM batches").fetchone()
    assert rows is not None
    return Took(seconds, _peak_mb(), int(rows[0]), stages)


def write(path: str, lines: str) -> Took:
    """The big file, written where its making leaves no memory behind."""
    start = time.perf_counter()
    write_sales(Path(path), 0, int(lines))
    return Took(time.perf_counter() - start, _peak_mb(), int(lines))


def _peak_mb() -> float:
    """The highest memory of this process. Not ru_maxrss where it can be had: that counts what it was forked from."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


TASKS: dict[str, Callable[..., Took]] = {
    "ours": ours,
    "bare": bare,
    "memory": memory,
    "journey": journey,
    "write": write,
}


def main(arguments: Sequence[str]) -> None:
    """Run one task and print what it took."""
    print(json.dumps(asdict(TASKS[arguments[0]](*arguments[1:]))))


if __name__ == "__main__":
    main(sys.argv[1:])

"""The demo shop: simulated, made on first use, in a workspace of its own beside the user's.

The only place below the pages that reaches into `data/`, where the simulator lives.
"""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from core import imports, privacy, versions
from core.accuracy import results
from core.errors import DebutError, NotReady
from core.trainers import ModelKind
from core.workspace import Workspace, demo_folder

__all__ = ["BATCHES", "SHIPPED", "SHIPPED_BACKTEST", "SHIPPED_SCORER", "ensure", "fill", "play"]

SHIPPED = Path(__file__).parents[1] / "data" / "demo" / "version"
"""The forecaster that comes with Debut, trained on the demo shop by `python -m core demo --train`."""
SHIPPED_SCORER = SHIPPED.with_name("scorer")
"""The preference scorer that comes with it, trained by the same command."""
SHIPPED_BACKTEST = SHIPPED.with_name("backtest")
"""Its backtest, so that a visitor sees one before having run any."""
SHIPPED_VERSIONS: tuple[tuple[str, ModelKind, Path], ...] = (
    ("demo", "demand", SHIPPED),
    ("demo-scorer", "preference", SHIPPED_SCORER),
)
FIRST_BACKTEST = "0"  # names rise with time: the user's own come later
STAMP = "made_by"  # what a demo shop was made by and with
LATER = "next_weeks.py"  # of the simulator: what comes after the shop, and does not make it
MOST_WEEKS = 8  # played at once
USUAL_WEEKS = 8  # of a launch, where an older approval does not say
BATCHES = 10
"""The first imports are the shop itself; what comes after is the user's."""


def ensure(report: Callable[[str], None] = lambda note: None) -> None:
    """Make the demo shop where there is none, or the one of another Debut. Killed half way, it is made anew."""
    folder = demo_folder()
    stamp = _stamp()
    if (folder / STAMP).exists() and (folder / STAMP).read_text() == stamp:
        return
    try:
        _make(folder, stamp, report)
    except OSError as error:
        raise DebutError(
            f"The demo shop cannot be made in {folder.parent} ({error.strerror}). Set DEBUT_HOME to a folder of yours."
        ) from error


def _stamp() -> str:
    """Equal as long as neither the shop's simulator changes nor what comes with it."""
    made_of = [path / "config.json" for _, _, path in SHIPPED_VERSIONS] + sorted(SHIPPED.parent.glob("*.py"))
    made_of = [path for path in made_of if path.name != LATER]
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()


def _make(folder: Path, stamp: str, report: Callable[[str], None]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="demo-", dir=folder.parent))
    with Workspace(part) as workspace:
        fill(workspace, report)
        report("adding the models that come with it")
        for name, kind, path in SHIPPED_VERSIONS:
            shutil.copytree(path, versions.folder(workspace, name))
            versions.register(workspace, name, json.loads((path / "summary.json").read_text()), kind=kind)
        shutil.copytree(SHIPPED_BACKTEST, results.folder_of(workspace.artifacts, FIRST_BACKTEST))
    (part / STAMP).write_text(stamp)
    if folder.exists():
        _put_away(folder)
    part.rename(folder)


def _put_away(folder: Path) -> None:
    """Make room for a newer demo shop; one that a user has put something into is kept beside it."""
    with Workspace(folder) as old:
        signs = (
            f"SELECT 1 FROM batches WHERE batch_id > {BATCHES}",
            "SELECT 1 FROM labels WHERE batch_id = 0",
            "SELECT 1 FROM like_choices",
            "SELECT 1 FROM price_choices",
            "SELECT 1 FROM market_decisions",
            "SELECT 1 FROM ad_plans",
            "SELECT 1 FROM ad_beliefs",
            "SELECT 1 FROM ad_events",
            "SELECT 1 FROM scenario_acts",
            "SELECT 1 FROM tracking_acts",
            "SELECT 1 FROM settings WHERE name IN ('price_rules', 'plan_thresholds')",
            f"SELECT 1 FROM model_versions WHERE version NOT IN {tuple(name for name, *_ in SHIPPED_VERSIONS)}",
        )
        used = old.cursor().execute(f"{' UNION '.join(signs)} LIMIT 1").fetchone() is not None
    if used:
        folder.rename(folder.with_name(f"demo-before-{time.time_ns()}"))
    else:
        shutil.rmtree(folder)


def fill(workspace: Workspace, report: Callable[[str], None]) -> None:
    """Simulate the shop and load its files into an empty workspace, as a user would."""
    from data import demo

    report("simulating two years of a shop")
    with tempfile.TemporaryDirectory() as folder:
        files = demo.write(demo.simulate(), Path(folder))
        privacy.switch(workspace, on=False)  # nobody is behind these ids, and the truth goes by them
        _load(workspace, files, report)


def play(workspace: Workspace, weeks: int, report: Callable[[str], None] = lambda note: None) -> list[str]:
    """Let the demo shop sell on: approved launches go on sale as planned, all else sells on. The tables loaded.

    What comes of it is loaded as a user would load it, and can be undone on Data, or all of it at once on Tracking (see
    `core.track.played`). The same plans always sell the same.
    Raises DebutError in any other shop, or after days that the simulator did not make.
    """
    import numpy as np

    from core.track import played
    from data.demo import catalogue, next_weeks

    if workspace.folder != demo_folder():
        raise DebutError("Only the demo shop can be played on: of a real shop nobody knows the true demand.")
    if not 1 <= weeks <= MOST_WEEKS:
        raise DebutError(f"Play 1 to {MOST_WEEKS} weeks at once.")
    ((last,),) = workspace.cursor().execute("SELECT max(date) FROM sales").fetchall()
    days = (pd.Timestamp(last) - catalogue.START).days + 1
    if days % 7:
        raise DebutError("The last week of the demo shop is not whole: undo what was loaded after it on Data.")
    decisions, first = _decisions(workspace), days // 7
    report(f"selling {weeks} more week{'s' * (weeks > 1)}")
    world, rng = next_weeks.rebuilt(), np.random.default_rng([first, weeks])
    sold = next_weeks.sell_on(world.demand, world.items, decisions, first, weeks, rng, world.pressure)
    frames = next_weeks.exports(world, sold, decisions, first, rng)
    begin, end = (pd.Timestamp(last) + pd.Timedelta(days=days) for days in (1, 7 * weeks))
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / played.file_name(name, begin.date(), end.date()) for name in frames}
        for name, frame in frames.items():
            frame.to_csv(files[name], index=False, lineterminator="\n")
        _load(workspace, files, report)
    return list(frames)


def _decisions(workspace: Workspace) -> pd.DataFrame:
    """What approved plans launch, for `next_weeks.sell_on`: price, stock and money for ads a week, as approved.

    An item that goes by another code is none that the simulator knows: it has its own there.
    """
    from core.scenario import approvals
    from core.track import acts, attached

    cursor = workspace.cursor()
    placed = attached.attached(cursor)
    told = acts.told(cursor)
    came = told.received.groupby("item_id")["units"].sum()
    sold = dict(cursor.execute("SELECT product_id, sum(units) FROM sales WHERE units > 0 GROUP BY 1").fetchall())
    tables = {one.act: one.table.set_index("item_id") for one in approvals.in_force(cursor)}
    promises = {one.act: one.promise for one in approvals.in_force(cursor)}
    rows = []
    for item, act in placed.loc[placed["launch"], ["item_id", "act"]].itertuples(index=False):
        plan, promise = tables[act].loc[item], promises[act]
        weekly = plan["ad_spend"] / (promise.window if promise else USUAL_WEEKS)
        stock = told.opening.get(item, plan["opening_stock"]) + float(came.get(item, 0.0))
        rows.append((item, plan["launch_week"], plan["price"], stock, float(sold.get(item, 0)), 1.0, weekly))
    names = ["item_id", "launch_week", "price", "stock", "sold", "ads", "ad_spend"]
    if not rows:
        raise NotReady("No plan is approved yet. Approve one on Launch plan: its launches then go on sale.")
    return pd.DataFrame(rows, columns=names)


def _load(workspace: Workspace, files: Mapping[str, Path], report: Callable[[str], None]) -> None:
    """Load files by the tables that they are for."""
    for table, path in files.items():
        report(f"loading its {table.replace('_', ' ')}")
        for staged in imports.stage(workspace, path.name, path):
            imports.load(workspace, staged, imports.recognise(workspace, staged, table), set_aside_bad=True)

"""The shop's price response, fitted once for a state of what it is made of and kept on disk.

A new sheet or a new label does not touch it: the key is what stands in the tables that the panel reads. Once a plan
was approved with a fit, that one is a version (see `core.update.pins`) and answers until another is put to use.
"""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from core import pricing, versions
from core.prices import panel, substitutes
from core.prices.substitutes import Crossed
from core.pricing import Responses
from core.workspace import Workspace

__all__ = ["FORMAT", "before", "crossed", "fresh", "is_fresh", "responses", "stamp"]

TABLES = ("sales", "catalogue", "promotions", "events", "competitors")
EFFECT, KNOWN = "crossed_effect.parquet", "crossed_known.parquet"
KEPT = 3  # fits on disk: the latest few states of the data
FORMAT = 2  # of the fit and of what is kept; another one is fitted anew


def responses(workspace: Workspace, report: Callable[[str], None] = lambda note: None) -> Responses:
    """How the sales of the shop answer price, from disk where it was fitted before. Raises NotReady without sales."""
    return Responses.load(_fitted(workspace, report))


def crossed(workspace: Workspace, report: Callable[[str], None] = lambda note: None) -> Crossed:
    """How close substitutes take from each other, in the same way."""
    folder = _fitted(workspace, report)
    effect = pd.read_parquet(folder / EFFECT)
    return Crossed(effect["draw"].to_numpy(), int(effect["items"].iloc[0]), pd.read_parquet(folder / KNOWN))


def before(workspace: Workspace, day: date) -> Responses:
    """How the sales before a day answer price; fitted anew each time. Raises NotReady where there are none."""
    return pricing.fit(panel.read(workspace.cursor(), day))


def fresh(workspace: Workspace, report: Callable[[str], None] = lambda note: None) -> Path:
    """The folder with both, fitted on the data as they are."""
    folder = _folder(workspace)
    if not folder.exists():
        report("learning how sales answer price")
        weekly = panel.read(workspace.cursor())
        _keep(pricing.fit(weekly), substitutes.fit(weekly), folder)
        _tidy(folder.parent)
    return folder


def is_fresh(workspace: Workspace) -> bool:
    """Whether the data as they are were fitted before, so that `fresh` answers at once."""
    return _folder(workspace).exists()


def _fitted(workspace: Workspace, report: Callable[[str], None]) -> Path:
    """The folder that answers: of the version in use, else of the data as they are."""
    pinned = versions.held(workspace, "prices", lambda summary: summary.get("format") == FORMAT)
    return pinned or fresh(workspace, report)


def _folder(workspace: Workspace) -> Path:
    return workspace.artifacts / "prices" / f"{FORMAT}-{stamp(workspace.cursor())}"


def stamp(cursor: duckdb.DuckDBPyConnection, tables: Sequence[str] = TABLES) -> str:
    """Equal as long as nothing changes in some tables, by default those that the panel reads; takes some hundredths
    of a second a million rows."""
    query = "SELECT count(*)::VARCHAR || ':' || coalesce(bit_xor(hash(t)), 0)::VARCHAR FROM {} AS t"
    rows = [cursor.execute(query.format(name)).fetchall()[0][0] for name in tables]
    return hashlib.sha256(":".join(rows).encode()).hexdigest()[:16]


def _keep(made: Responses, taken: Crossed, folder: Path) -> None:
    """Write beside, then rename: a killed write leaves nothing that looks complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    made.save(part)
    pd.DataFrame({"draw": taken.draws, "items": taken.items}).to_parquet(part / EFFECT, index=False)
    taken.known.to_parquet(part / KNOWN, index=False)
    with contextlib.suppress(OSError):  # another tab fitted the same meanwhile
        part.rename(folder)


def _tidy(folder: Path) -> None:
    """Remove all but the latest fits."""
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)

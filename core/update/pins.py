"""The fits of price and ads that a plan was approved with stay in use, so that the plan can be computed again.

Before any approval these fits follow the data. From then on the one in use is a version like any other model's: it
stays when data grow, and a newer one is proposed.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core import __version__, versions
from core.workspace import Workspace

__all__ = ["FIT_KINDS", "FitKind", "held", "last_day", "name_of", "pin", "summary_of", "written"]

FitKind = Literal["prices", "ads"]
FIT_KINDS: tuple[FitKind, ...] = ("prices", "ads")
PINNED = "a plan was approved with it"
NAMED = 8  # channels


@dataclass(frozen=True)
class _Fit:
    """Where fits of a kind come from."""

    is_fresh: Callable[[Workspace], bool]
    """Whether the data as they are were fitted."""
    fresh: Callable[[Workspace], Path]
    figures: Callable[[Path], dict[str, float]]
    beside: Callable[[Workspace], dict[str, Any]]
    """What must be the same for a version to answer."""


def pin(
    workspace: Workspace, who: str = "", reason: str = PINNED, kinds: Sequence[FitKind] = FIT_KINDS
) -> list[FitKind]:
    """Make the fits in use versions, where none is yet and they were fitted before; the kinds that were."""
    pinned: list[FitKind] = []
    for kind in kinds:
        fit = _fit(kind)
        if held(workspace, kind) is None and fit.is_fresh(workspace):
            name = name_of(workspace, kind)
            place = versions.folder(workspace, name)
            summary = written(workspace, kind, fit.fresh(workspace), place)
            versions.register(workspace, name, summary, kind=kind, reason=reason, who=who)
            pinned.append(kind)
    return pinned


def name_of(workspace: Workspace, kind: FitKind) -> str:
    """What a version that is made now is called."""
    first = f"{kind}-{datetime.now():%Y%m%d-%H%M%S}"
    names = chain([first], (f"{first}-{at}" for at in count(2)))
    return next(name for name in names if not versions.folder(workspace, name).exists())


def held(workspace: Workspace, kind: FitKind) -> Path | None:
    """The version that answers."""
    known = _fit(kind).beside(workspace)
    return versions.held(workspace, kind, lambda summary: known.items() <= summary.items())


def written(workspace: Workspace, kind: FitKind, fit: Path, target: Path) -> dict[str, Any]:
    """Copy a fit of the data as they are to where a version lies, with its summary, which is returned."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=target.parent))
    shutil.copytree(fit, part, dirs_exist_ok=True)
    summary = summary_of(workspace, kind, part)
    (part / "summary.json").write_text(json.dumps(summary, indent=2))
    part.rename(target)
    return summary


def summary_of(workspace: Workspace, kind: FitKind, fit: Path) -> dict[str, Any]:
    """What pages tell of a fit of the data as they are."""
    last, known = last_day(workspace), _fit(kind)
    return {
        "kind": kind,
        "created_at": datetime.now().isoformat(timespec="seconds"),
        "debut": __version__,
        "seconds": 0.0,
        "bytes": sum(path.stat().st_size for path in fit.iterdir()),
        "data_to": last.isoformat() if last else "",
        "trained_on": f"sales to {last:%-d %B %Y}" if last else "no sales",
        "figures": known.figures(fit),
        **known.beside(workspace),
    }


def last_day(workspace: Workspace) -> date | None:
    """The last day with sales; None where there are none."""
    row = workspace.cursor().execute("SELECT max(date)::DATE FROM sales").fetchone()
    return row[0] if row else None


def _fit(kind: FitKind) -> _Fit:
    if kind == "prices":
        from core.prices import fitted

        return _Fit(fitted.is_fresh, fitted.fresh, _of_prices, lambda shop: {"format": fitted.FORMAT})
    from core.ads import response

    return _Fit(
        response.is_fresh,
        response.fresh,
        _of_ads,
        lambda shop: {"format": response.FORMAT, "told": response.told(shop)},
    )


def _of_prices(fit: Path) -> dict[str, float]:
    from core.pricing import Responses

    known = Responses.load(fit)
    return {"Elasticity of the shop": known.shop.elasticity, "Items with an own answer": float(known.shop.items)}


def _of_ads(fit: Path) -> dict[str, float]:
    from core.ads.response import Response

    known = Response.load(fit)
    medians = np.median(known.roi, axis=0)
    told = zip(known.channels, medians, strict=True)
    return {f"Return of {name}": float(value) for name, value in list(told)[:NAMED] if np.isfinite(value)}

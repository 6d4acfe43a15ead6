"""What a backtest found: figures, and every item's forecast beside what it sold. Saved as JSON and parquet.

Kept apart from `core.backtest`, which needs the networks to make it: a page reads results and computes nothing.
"""

import contextlib
import json
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.accuracy.findings import Classifier, classifier, verdict
from core.errors import DebutError

__all__ = ["DEBUT", "Backtest", "folder_of", "kept", "remove"]

DEBUT = "Debut"
FRAMES = ("table", "items", "weeks", "forecasts", "like")


@dataclass(frozen=True)
class Backtest:
    """The result: a row a method, a row an item, a row an item and week."""

    made: datetime
    cut: date
    test_weeks: int | None
    settings: dict[str, Any]
    """Of the training, as JSON holds them."""
    launches_train: int
    typical: float
    """Median units of the launches learnt from: the threshold of the classifier, unless another is asked for."""
    table: pd.DataFrame
    """method, wape, mae_log, spearman, top20, bias, pinball, coverage80, seconds."""
    items: pd.DataFrame
    """product_id, title, category, price, launch, units (true), p10, p50, p90, mean, chance of Debut, peer_p50 of
    the best peer, like_items in words, FACTS of `core.accuracy.misses`, why."""
    weeks: pd.DataFrame
    """product_id, week, units, p10, p50, p90, mean: Debut by week since launch."""
    forecasts: pd.DataFrame
    """method, product_id, p10, p50, p90 of every method."""
    like: pd.DataFrame
    """product_id, place, title, units, similarity, weight: the like items with the most weight of each."""
    outcomes: np.ndarray
    """(n, S) equally likely units of each item, in the order of `items`: tell the chance of any number of units."""
    bias_mean: float
    """Sum of Debut's means over the true sum."""
    best_peer: str
    wape_difference: tuple[float, float, float]
    """Debut's WAPE less the best peer's, and its 95 % interval from a paired bootstrap over items."""

    @property
    def seed(self) -> int:
        """The seed of the training."""
        return int(self.settings["schedule"]["seed"])

    def classified(self, threshold: float | None = None) -> Classifier:
        """Will it sell so many units; the median of past launches where no number is given."""
        wanted = self.typical if threshold is None else threshold
        return classifier(self.items["units"].to_numpy(), self.outcomes, wanted)

    def chance(self, threshold: float) -> np.ndarray:
        """(n,) probability that an item sells so many units."""
        return (self.outcomes >= threshold).mean(1)

    def to_dict(self) -> dict[str, Any]:
        """The figures for JSON, which knows no NaN: null stands for what cannot be told."""
        difference, low, high = self.wape_difference
        judged = self.classified()
        return {
            "made": self.made.isoformat(),
            "cut": self.cut.isoformat(),
            "test_weeks": self.test_weeks,
            "settings": self.settings,
            "seed": self.seed,
            "launches_train": self.launches_train,
            "launches_test": len(self.items),
            "typical": self.typical,
            "table": _records(self.table),
            "best_peer": self.best_peer,
            "wape_diff": difference,
            "wape_diff_low": low,
            "wape_diff_high": high,
            "bias_mean": self.bias_mean,
            "classifier": {
                "threshold": judged.threshold,
                **{name: None if np.isnan(value) else value for name, value in judged.measures.items()},
                "calibration": _records(judged.bins),
            },
        }

    def save(self, folder: Path) -> None:
        """Write the result into a folder of its own, which is there wholly or not at all."""
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name in FRAMES:
            getattr(self, name).to_parquet(part / f"{name}.parquet")
        names = [f"outcome_{at}" for at in range(self.outcomes.shape[1])]
        pd.DataFrame(self.outcomes, columns=names).to_parquet(part / "outcomes.parquet")
        (part / "backtest.json").write_text(json.dumps(self.to_dict(), indent=2, allow_nan=False))
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> "Backtest":
        """Read what `save` wrote. Raises DebutError where it is not there, damaged, or of another Debut."""
        try:
            figures = json.loads((folder / "backtest.json").read_text())
            frames: dict[str, Any] = {name: pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
            return cls(
                made=datetime.fromisoformat(figures["made"]),
                cut=date.fromisoformat(figures["cut"]),
                **{name: figures[name] for name in ("test_weeks", "settings", "launches_train", "typical")},
                **frames,
                outcomes=pd.read_parquet(folder / "outcomes.parquet").to_numpy(),
                bias_mean=figures["bias_mean"],
                best_peer=figures["best_peer"],
                wape_difference=(figures["wape_diff"], figures["wape_diff_low"], figures["wape_diff_high"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DebutError("This backtest cannot be read any more. Delete it and run it again.") from error

    def __str__(self) -> str:
        difference, low, high = self.wape_difference
        return (
            f"{len(self.items)} launches from {self.cut}, learnt on {self.launches_train} earlier ones\n"
            f"{self.table.to_string(index=False, float_format=lambda value: f'{value:.3f}')}\n"
            f"Debut's WAPE less that of {self.best_peer}: {difference:+.3f} (95 % {low:+.3f} to {high:+.3f}); "
            f"its means add up to {self.bias_mean:.2f} of the true total\n{verdict(self)}"
        )


def folder_of(artifacts: Path, name: str) -> Path:
    """Where the backtest of a name lies; names rise with time."""
    return artifacts / "backtests" / name


def kept(artifacts: Path) -> dict[str, dict[str, Any]]:
    """Figures of each backtest by its name, the latest first; what cannot be read is left out."""
    found = {}
    for path in sorted((artifacts / "backtests").glob("*/backtest.json"), reverse=True):
        with contextlib.suppress(OSError, ValueError):
            if path.parent.suffix != ".part":
                found[path.parent.name] = json.loads(path.read_text())
    return found


def remove(artifacts: Path, name: str) -> None:
    """Delete a backtest; one that is gone already is no error."""
    if name in kept(artifacts):
        shutil.rmtree(folder_of(artifacts, name), ignore_errors=True)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]

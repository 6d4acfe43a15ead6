"""Logs of runs: curves for the Model page, TensorBoard files, and MLflow or Weights & Biases where they are set up.

A logger that fails is left out from then on: no training fails for its log.
"""

import importlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from core.settings import Settings
from core.trainers import Asked

__all__ = ["RunLog"]

PROJECT = "debut"


class Sink(Protocol):
    """Where a run is written to."""

    def value(self, name: str, step: int, value: float) -> None:
        """A point of a curve."""

    def end(self, figures: dict[str, float]) -> None:
        """The figures of the result; empty where the run did not come to its end."""


class RunLog:
    """Collects the curves of one run. Call it with a curve's name, step and value; use it in `with`."""

    def __init__(self, folder: Path, curves: Path, kind: str, settings: Settings | Asked) -> None:
        """folder: of the TensorBoard files; its name is the run's. curves: JSON lines for the page."""
        self._sinks: list[Sink] = [_Lines(curves)]
        known = _told(kind, settings)
        for make in (_TensorBoard, _MLflow, _WeightsAndBiases):
            self._safely(partial(self._open, make, folder, known))

    def __call__(self, name: str, step: int, value: float) -> None:
        """Log a point; the `Log` of `models.training`."""
        for sink in list(self._sinks):
            self._safely(partial(sink.value, name, step, float(value)), sink)

    def close(self, result: dict[str, Any] | None = None) -> None:
        """End the run with the figures of its result; later calls do nothing."""
        sinks, self._sinks = self._sinks, []
        for sink in sinks:
            self._safely(partial(sink.end, _figures(result or {})))

    def _open(self, make: "Logger", folder: Path, known: dict[str, Any]) -> None:
        if make.set_up():
            self._sinks.append(make(folder, known))

    def _safely(self, call: Callable[[], None], sink: Sink | None = None) -> None:
        try:
            call()
        except Exception as error:  # of somebody else's package, over a network that may be down
            print(f"run log: {type(error).__name__}, goes on without it", flush=True)  # its text may hold an address
            if sink in self._sinks:
                self._sinks.remove(sink)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Lines:
    """Curves for the page."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def value(self, name: str, step: int, value: float) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps([name, step, value]) + "\n")

    def end(self, figures: dict[str, float]) -> None:
        """Nothing is left open."""


class _TensorBoard:
    def __init__(self, folder: Path, known: dict[str, Any]) -> None:
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(folder), flush_secs=5)
        self._writer.add_text("settings", "```\n" + json.dumps(known, indent=2) + "\n```")

    @staticmethod
    def set_up() -> bool:
        return True

    def value(self, name: str, step: int, value: float) -> None:
        self._writer.add_scalar(name, value, step)

    def end(self, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(f"result/{name}", value, 0)
        self._writer.close()


class _MLflow:
    def __init__(self, folder: Path, known: dict[str, Any]) -> None:
        self._mlflow: Any = importlib.import_module("mlflow")
        self._mlflow.set_experiment(PROJECT)
        self._mlflow.start_run(run_name=folder.name)
        self._mlflow.log_params(known)

    @staticmethod
    def set_up() -> bool:
        return bool(os.environ.get("MLFLOW_TRACKING_URI") and find_spec("mlflow"))

    def value(self, name: str, step: int, value: float) -> None:
        self._mlflow.log_metric(name, value, step=step)

    def end(self, figures: dict[str, float]) -> None:
        self._mlflow.log_metrics(figures)
        self._mlflow.end_run("FINISHED" if figures else "KILLED")


class _WeightsAndBiases:
    def __init__(self, folder: Path, known: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        wandb: Any = importlib.import_module("wandb")
        self._run = wandb.init(project=PROJECT, name=folder.name, config=known, dir=str(folder))

    @staticmethod
    def set_up() -> bool:
        return bool(os.environ.get("WANDB_API_KEY") and find_spec("wandb"))

    def value(self, name: str, step: int, value: float) -> None:
        self._run.log({name: value, f"{name}_step": step})

    def end(self, figures: dict[str, float]) -> None:
        self._run.summary.update(figures)
        self._run.finish(exit_code=0 if figures else 1)


Logger = type[_TensorBoard] | type[_MLflow] | type[_WeightsAndBiases]


def _told(kind: str, settings: Settings | Asked) -> dict[str, Any]:
    """Settings, flat; of the encoder's folder only the name: a log may leave the machine, paths need not."""
    values = asdict(settings)
    if isinstance(settings, Settings):
        values = {**values.pop("schedule"), **values, "encoder": Path(settings.encoder).name}
    return {"kind": kind, **values}


def _figures(result: dict[str, Any]) -> dict[str, float]:
    """The numbers of a result that are worth a line in a log."""
    summary = result.get("summary", result)
    check = summary.get("check", {})
    found = {f"check_{name}": check[name] for name in ("wape", "wape_median", "spearman") if name in check}
    numbers = ("seconds", "launches", "wape_diff", "bias_mean", "best_loss")
    found |= {name: float(value) for name, value in summary.get("figures", {}).items()}
    return found | {name: float(summary[name]) for name in numbers if isinstance(summary.get(name), int | float)}

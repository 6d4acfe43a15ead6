"""The models beside the forecaster that a shop trains on demand: what they are called, and who trains them.

A trainer is a module with two functions. Jobs call the first in the app and the second in a process of its own;
`folder` is the same in both, and is removed when the training has ended, however it has:

    snapshot(cursor, folder)   writes what is learnt from; NotReady where that is too little
    train(folder, encoder, effort, seed, target, report, log) -> {"version": its name, "summary": {...}}
                               writes the model's files into `target`, which it makes

A summary holds created_at (ISO, local), debut, seconds, bytes, and figures (label to number, as pages show them);
trained_on says in words what was learnt from ("5,200 reviews to 31 December 2025"), where the trainer tells it.
"""

import tempfile
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.errors import DebutError
from core.settings import EFFORTS, MOST_SEED, Settings

if TYPE_CHECKING:
    from core.workspace import Workspace
    from models.training import Progress

__all__ = ["TRAINERS", "Asked", "ModelKind", "OnDemand", "Trainer", "checked", "ready", "train_and_register"]

OnDemand = Literal["preference", "sentiment"]
ModelKind = Literal["demand", "preference", "sentiment", "prices", "ads"]
"""Of a version: one of each kind is in use. "demand" is the forecaster; "prices" and "ads" are fits that are kept."""


@dataclass(frozen=True)
class Trainer:
    """A model that is trained on demand."""

    name: str
    """In a sentence: "The ... is trained and in use"."""
    work: str
    """What its job is called."""
    module: str
    """Where `snapshot` and `train` are; imported only when it is used."""
    efforts: dict[str, str] = field(
        default_factory=lambda: {
            "quick": "A first impression, in a fraction of the time.",
            "standard": "Right for most shops.",
            "thorough": "Reads everything more often; seldom much better, and it takes about twice as long.",
        }
    )
    """Name of an effort to what a person should know of it."""
    effort: str = "standard"
    """The one to begin with."""

    def load(self) -> Any:  # noqa: ANN401  (a module has no type)
        """The module with `snapshot` and `train`."""
        return import_module(self.module)


TRAINERS: dict[str, Trainer] = {
    "preference": Trainer("preference scorer", "Training of the preference scorer", "core.preference.training"),
    "sentiment": Trainer("reader of reviews", "Training on reviews", "core.reviews.training"),
}


@dataclass(frozen=True)
class Asked:
    """How to train on demand. Raises DebutError on a value that makes no sense, naming it and what is allowed."""

    effort: str = "standard"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise DebutError(f"effort is {self.effort!r}; allowed are {', '.join(EFFORTS)}.")
        whole = isinstance(self.seed, int) and not isinstance(self.seed, bool)
        if not whole or not 0 <= self.seed <= MOST_SEED:
            raise DebutError(f"seed is {self.seed!r}; it must be a whole number from 0 to {MOST_SEED}.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Asked":
        """As JSON holds it; what is not said has its default. Raises DebutError on the unknown."""
        unknown = values.keys() - {"effort", "seed"}
        if unknown:
            raise DebutError(f"The settings hold {', '.join(sorted(unknown))}, which this training does not know.")
        return cls(**values)


def checked(kind: str, values: dict[str, Any]) -> Settings | Asked:
    """The settings of a job of some kind, as JSON holds them. Raises DebutError on what makes no sense."""
    return Asked.from_dict(values) if kind in TRAINERS else Settings.from_dict(values)


def ready(kind: ModelKind) -> str:
    """What to tell when a version of a kind was trained."""
    if kind == "demand":
        return "The forecaster is fine-tuned and in use."
    return f"The {TRAINERS[kind].name} is trained and in use."


def train_and_register(workspace: "Workspace", kind: OnDemand, asked: Asked, report: "Progress") -> dict[str, Any]:
    """Train on what is loaded now, in this process, and use it; returns the version's name and summary.

    Raises NotReady where there is too little to learn from.
    """
    from core import versions
    from models.encoder import Encoder

    trainer, encoder = TRAINERS[kind].load(), Encoder(cache=workspace.artifacts / "embeddings")
    with tempfile.TemporaryDirectory(dir=workspace.artifacts) as folder:
        trainer.snapshot(workspace.cursor(), Path(folder))
        part = Path(folder) / "version"
        result: dict[str, Any] = trainer.train(Path(folder), encoder, asked.effort, asked.seed, part, report)
        target = versions.folder(workspace, result["version"])
        target.parent.mkdir(parents=True, exist_ok=True)
        part.rename(target)
    versions.register(workspace, result["version"], result["summary"], kind=kind)
    return result

"""What is trained, in words of a merchandiser (an effort) and of an expert (the settings behind it)."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from core.errors import DebutError
from models.settings import DEFAULT_ENCODER, Adapter, Schedule

__all__ = [
    "ADAPTERS",
    "EFFORTS",
    "LIMITS",
    "MOST_WEEKS",
    "QUANTILES",
    "WORDS",
    "Settings",
    "flat",
    "same_recipe",
    "told",
    "usual_rate",
]

QUANTILES = (0.1, 0.5, 0.9)
"""Of every forecast: one launch in ten sells less than the first, one in ten more than the last."""

ADAPTERS: tuple[Adapter, ...] = ("lora", "adalora", "full", "frozen")
MOST_WEEKS = 26
MOST_SEED = 2**31 - 1  # what numpy, torch and LightGBM all take

LIMITS: dict[str, tuple[float, float]] = {
    "weeks": (1, MOST_WEEKS),
    "rank": (1, 256),
    "threads": (1, 256),
    "layers": (0, 48),
    "epochs": (1, 100),
    "batch": (1, 1024),
    "accumulate": (1, 64),
    "learning_rate": (1e-7, 1.0),
    "encoder_rate": (1e-7, 1.0),
    "weight_decay": (0.0, 1.0),
    "warm_up": (0.0, 1.0),
    "patience": (0, 100),
    "seed": (0, MOST_SEED),
}
"""Lowest and highest value of each number, both allowed; beyond them nothing sensible is trained."""

WORDS: dict[str, tuple[str, str]] = {
    "weeks": (
        "Weeks to forecast",
        "From the launch on, 1 to 26. Only launches with so many complete weeks are learnt.",
    ),
    "encoder": ("Encoder", "The BERT that reads titles: the default for English, or the folder of another."),
    "adapter": ("What learns", "LoRA is right for most shops; full needs many items and memory; frozen takes seconds."),
    "rank": ("Rank of the adapters", "Room for what is learnt. 8 is plenty for some thousand items."),
    "layers": (
        "Layers that learn",
        "Topmost ones of the encoder. More take longer and memorise sooner; 0 is frozen.",
    ),
    "epochs": ("Epochs", "How often every item is read. More memorises the items."),
    "batch": ("Items a batch", "Read together. Smaller needs less memory."),
    "accumulate": ("Batches a step", "Added up before a step: the effect of larger batches without their memory."),
    "learning_rate": ("Learning rate of the head", "How far a step goes in what turns text into units."),
    "encoder_rate": ("Learning rate of the encoder", "How far a step goes; for full about 0.00002."),
    "weight_decay": ("Weight decay", "Pull towards zero; more forgets chance patterns sooner."),
    "warm_up": ("Warm-up", "Share of the steps in which the rates rise."),
    "patience": ("Stop early after", "Epochs without a better loss on held-out items; 0 never stops early."),
    "seed": ("Seed", "Of every random choice; the same seed and data give the same forecaster."),
}
"""Label and help of each setting, for pages and the terminal."""


@dataclass(frozen=True)
class Settings:
    """Settings of one training. Raises DebutError on a value that makes no sense, naming it and what is allowed."""

    weeks: int = 8
    """Weeks from the launch that are forecast."""
    encoder: str = DEFAULT_ENCODER
    """The default, a folder with a BERT, or a hub id."""
    adapter: Adapter = "lora"
    """What of the top layers learns; "frozen" sets `schedule.layers` to 0."""
    rank: int = 8
    """Of the adapters; with AdaLoRA the mean over the matrices."""
    schedule: Schedule = field(default_factory=Schedule)
    threads: int = 1
    """In the app a second thread would starve the pages."""

    def __post_init__(self) -> None:
        _choose("adapter", self.adapter, ADAPTERS)
        if not isinstance(self.encoder, str) or not self.encoder.strip():
            raise DebutError("encoder is empty. Name the folder of a BERT, a hub id, or all-MiniLM-L6-v2.")
        for owner in (self, self.schedule):
            for one in fields(owner):
                if one.name in LIMITS:
                    _within(one.name, getattr(owner, one.name), whole=one.type is int)
        if self.adapter == "frozen" and self.schedule.layers:
            object.__setattr__(self, "schedule", replace(self.schedule, layers=0))

    @property
    def recipe(self) -> "Settings":
        """What decides about the result; on how many threads it was made does not."""
        return replace(self, threads=1)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Settings out of JSON; what an older Debut did not write has its default. Raises DebutError on the unknown."""
        if not isinstance(values, dict) or not isinstance(values.get("schedule", {}), dict):
            raise DebutError("The settings are no names with values.")
        schedule = values.get("schedule", {})
        for found, kind in ((values, cls), (schedule, Schedule)):
            unknown = found.keys() - {one.name for one in fields(kind)}
            if unknown:
                raise DebutError(f"The settings hold {', '.join(sorted(unknown))}, which this Debut does not know.")
        return cls(**values | {"schedule": Schedule(**schedule)})


def _choose(name: str, found: object, allowed: Sequence[str]) -> None:
    if found not in allowed:
        raise DebutError(f"{name} is {found!r}; allowed are {', '.join(allowed)}.")


def _within(name: str, found: object, *, whole: bool) -> None:
    low, high = LIMITS[name]
    kind = "whole number" if whole else "number"
    fits = isinstance(found, int if whole else int | float) and not isinstance(found, bool)
    if not fits or not math.isfinite(found) or not low <= found <= high:  # type: ignore[arg-type, operator]
        raise DebutError(f"{name} is {found!r}; it must be a {kind} from {low:g} to {high:g}.")


EFFORTS = {
    "quick": Settings(schedule=Schedule(epochs=1)),
    "standard": Settings(),
    "thorough": Settings(rank=16, schedule=Schedule(layers=3, epochs=6)),
}


def usual_rate(adapter: Adapter) -> float:
    """Learning rate of the encoder to begin with: whole layers learn in much smaller steps than adapters."""
    return 2e-5 if adapter == "full" else Schedule.encoder_rate


def same_recipe(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two settings as JSON holds them make the same forecaster; those that another Debut wrote may not."""
    try:
        return Settings.from_dict(one).recipe == Settings.from_dict(other).recipe
    except DebutError:
        return False


def told(values: dict[str, Any]) -> str:
    """Settings as JSON holds them on one line, as far as they differ from the standard.

    Those of a model that is trained on demand, see `core.trainers.Asked`, say an effort and a seed only.
    """
    if "effort" in values:
        return values["effort"] + (f", seed {values['seed']}" if values.get("seed") else "")
    chosen, standard = flat(values), flat(asdict(EFFORTS["standard"]))
    other = [name for name in chosen if name != "threads" and chosen[name] != standard.get(name)]
    return ", ".join(f"{name.replace('_', ' ')} {_brief(chosen[name])}" for name in other) or "standard"


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as JSON holds them, those of the schedule beside the others."""
    return {name: value for name, value in values.items() if name != "schedule"} | values["schedule"]


def _brief(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)

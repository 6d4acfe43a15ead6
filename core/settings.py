"""What is trained, in words of a merchandiser (an effort) and of an expert (the settings behind it)."""

from dataclasses import dataclass, field
from typing import Any

from models.settings import DEFAULT_ENCODER, Schedule

__all__ = ["EFFORTS", "QUANTILES", "Settings"]

QUANTILES = (0.1, 0.5, 0.9)
"""Of every forecast: one launch in ten sells less than the first, one in ten more than the last."""


@dataclass(frozen=True)
class Settings:
    """Settings of one training."""

    weeks: int = 8
    """Weeks from the launch that are forecast."""
    encoder: str = DEFAULT_ENCODER
    rank: int = 8
    """Of the LoRA adapters."""
    schedule: Schedule = field(default_factory=Schedule)
    threads: int = 1
    """In the app a second thread would starve the pages."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Settings out of JSON."""
        return cls(**values | {"schedule": Schedule(**values["schedule"])})


EFFORTS = {
    "quick": Settings(schedule=Schedule(epochs=1)),
    "standard": Settings(),
    "thorough": Settings(rank=16, schedule=Schedule(layers=3, epochs=6)),
}

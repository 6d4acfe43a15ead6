"""What an approved plan was made with, beside what is in use now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import versions
from core.trainers import ModelKind
from core.update.verdicts import NAMES
from core.workspace import Workspace

__all__ = ["UPDATED", "MadeWith", "made_with"]

UPDATED: tuple[ModelKind, ...] = ("demand", "preference", "prices", "ads")
"""Kinds that can be updated; the reader of reviews is trained anew on its page."""


@dataclass(frozen=True)
class MadeWith:
    """A model that a plan was made with."""

    name: str
    then: str
    """Its version; '' for none."""
    now: str

    @property
    def moved(self) -> bool:
        """Whether another version is in use; that one was put to use where none was is no other."""
        return bool(self.then) and self.then != self.now


def made_with(workspace: Workspace, stamps: Mapping[str, Any]) -> list[MadeWith]:
    """What an approved plan was made with, beside what is in use. stamps: as `Approved` keeps them."""
    return [MadeWith(NAMES[kind], str(stamps.get(kind) or ""), versions.stamp(workspace, kind)) for kind in UPDATED]

"""A trained model on disk: a folder of JSON, safetensors and text. Nothing in it is ever unpickled.

Written under another name and renamed when complete, so that a killed training leaves no half version.
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

__all__ = ["Version", "VersionError", "load", "save"]


class VersionError(Exception):
    """The folder is not a version that this Debut can read."""


@dataclass(frozen=True)
class Version:
    """The parts of a model."""

    config: dict[str, Any]
    """Settings, calibration and whatever else JSON can hold."""
    tensors: dict[str, torch.Tensor]
    texts: dict[str, str] = field(default_factory=dict)
    """Named texts, such as boosted trees."""


def save(version: Version, folder: Path) -> None:
    """Write a version; an older one in the folder is replaced as a whole."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / "config.json").write_text(json.dumps(version.config, indent=2, sort_keys=True))
    save_file({name: tensor.contiguous() for name, tensor in version.tensors.items()}, part / "net.safetensors")
    for name, text in version.texts.items():
        (part / f"{name}.txt").write_text(text)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def load(folder: Path) -> Version:
    """Read a version. Raises VersionError where a part is missing or damaged."""
    try:
        config = json.loads((folder / "config.json").read_text())
        tensors = load_file(folder / "net.safetensors")
        texts = {path.stem: path.read_text() for path in sorted(folder.glob("*.txt"))}
    except (OSError, ValueError, RuntimeError) as error:
        raise VersionError(f"{folder.name} is no complete version: {error}") from error
    except Exception as error:
        if type(error).__name__ != "SafetensorError":
            raise
        raise VersionError(f"{folder.name}: the weights are damaged: {error}") from error
    return Version(config, tensors, texts)

"""A trained model on disk: a folder of JSON and safetensors. Nothing in it is ever unpickled.

Written under another name and renamed when complete, so that a killed training leaves no half version; the
hash of the weights stands in the configuration, so that damaged or missing ones are noticed before they are used.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from models.errors import VersionError

__all__ = ["Version", "load", "save"]

CONFIG, WEIGHTS = "config.json", "net.safetensors"


@dataclass(frozen=True)
class Version:
    """The parts of a model."""

    config: dict[str, Any]
    """Settings, calibration and whatever else JSON can hold."""
    tensors: dict[str, torch.Tensor]


def save(version: Version, folder: Path) -> None:
    """Write a version; an older one in the folder is replaced as a whole."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    save_file({name: tensor.contiguous() for name, tensor in version.tensors.items()}, part / WEIGHTS)
    hashes = {WEIGHTS: _sha256(part / WEIGHTS)}
    (part / CONFIG).write_text(json.dumps({"parts": hashes, "config": version.config}, indent=2, sort_keys=True))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def load(folder: Path) -> Version:
    """Read a version. Raises VersionError where a part is missing or not what was saved."""
    try:
        written = json.loads((folder / CONFIG).read_text())
        config, sha256 = dict(written["config"]), written["parts"][WEIGHTS]
        if _sha256(folder / WEIGHTS) != sha256:
            raise VersionError(f"{folder.name} is damaged: {WEIGHTS} is not what was saved")
        return Version(config, load_file(folder / WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise VersionError(f"{folder.name} is no complete version ({error})") from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

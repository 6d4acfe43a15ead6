"""A trained model on disk: a folder of JSON, safetensors and text. Nothing in it is ever unpickled.

Written under another name and renamed when complete, so that a killed training leaves no half version; the
hashes of the parts stand in the configuration, so that a damaged or missing one is noticed before it is used.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from models.errors import VersionError

__all__ = ["Version", "load", "save"]

CONFIG = "config.json"


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
    save_file({name: tensor.contiguous() for name, tensor in version.tensors.items()}, part / "net.safetensors")
    for name, text in version.texts.items():
        (part / f"{name}.txt").write_text(text)
    hashes = {path.name: _sha256(path) for path in sorted(part.iterdir())}
    (part / CONFIG).write_text(json.dumps({"parts": hashes, "config": version.config}, indent=2, sort_keys=True))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def load(folder: Path) -> Version:
    """Read a version. Raises VersionError where a part is missing or not what was saved."""
    try:
        written = json.loads((folder / CONFIG).read_text())
        config, hashes = written["config"], written["parts"]
        damaged = [name for name, sha256 in hashes.items() if _sha256(folder / name) != sha256]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VersionError(f"{folder.name} is no complete version ({error})") from error
    if damaged:
        raise VersionError(f"{folder.name} is damaged: {', '.join(damaged)} is not what was saved")
    texts = {Path(name).stem: (folder / name).read_text() for name in hashes if name.endswith(".txt")}
    return Version(config, load_file(folder / "net.safetensors"), texts)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

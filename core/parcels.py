"""A version as one file: to take along, and to load on another machine.

A zip with `manifest.json` (who made it, and the sha256 of every part) and the parts. Whatever is in a file that
somebody sends is checked before it is used: names, kinds, sizes and hashes here, and that it can be restored and
answers as it did where it was made in a process of its own, which may hang or die of what it is given.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from core import __version__, versions
from core.accuracy.results import DEBUT
from core.errors import BadFile, DebutError
from core.imports.files.unpack import DAMAGED
from core.settings import Settings
from core.workspace import Workspace
from models.settings import DEFAULT_ENCODER

__all__ = ["FORMAT", "MOST_BYTES", "load", "pack"]

FORMAT = 1
"""Of the folder and the manifest; raised when an older Debut could not read it."""
MOST_PARTS = 40
MOST_BYTES = 2 * 2**30
MOST_JSON = 64 * 2**20  # bytes of a part that is read as a whole; a version of 100,000 launches has 2 MB
MANIFEST, SUMMARY, BACKTEST = "manifest.json", "summary.json", "backtest.json"
KINDS = (".json", ".safetensors")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to be unpacked
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
ROOT = Path(__file__).parents[1]
TOLERANCE = 0.05  # log units between the answers of two machines; another encoder is off by far more
PATIENCE = 600  # seconds


def pack(workspace: Workspace, version: str) -> bytes:
    """The version as a zip. Raises DebutError where it is not there."""
    known = versions.listed(workspace).set_index("version")["summary"]
    folder = versions.folder(workspace, version)
    if version not in known.index or not folder.is_dir():
        raise DebutError(f"There is no version {version}. It may have been deleted in another window.")
    parts = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in KINDS}
    parts[SUMMARY] = json.dumps(known[version], indent=2).encode()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    about = {"debut": __version__, "format": FORMAT, "version": version, "parts": hashes}
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {MANIFEST: json.dumps(about, indent=2).encode(), **parts}.items():
            file.writestr(name, content)
    return out.getvalue()


def load(workspace: Workspace, path: Path, encoder: str | None = None) -> str:
    """Make the version of a file known, but not the one in use; returns its name here.

    encoder: where its encoder lies on this machine, if not where it was trained. Raises BadFile in words.
    """
    home = versions.folder(workspace, "x").parent
    home.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="loading-", dir=home))
    try:
        about = _unpacked(path, part)
        summary = _summary(part)
        _with_encoder(part, summary, encoder)
        _must_answer(part)
        return _kept(workspace, part, about["version"], summary)
    except DAMAGED as error:
        raise BadFile(f"{path.name} is no version that Debut has written ({error}).") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _unpacked(path: Path, part: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as file:
        if any(one.compress_type not in METHODS for one in file.infolist()):
            raise BadFile(f"{path.name} is packed in a way that Debut does not write.")
        about = _manifest(file, path.name)
        _must_be_sane(file, path.name, about["parts"])
        left = MOST_BYTES
        for name, sha256 in about["parts"].items():
            most = min(left, MOST_JSON) if name.endswith(".json") else left
            left -= _copied(file, name, part / name, most, sha256)
    return about


def _manifest(file: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """What the file says of itself. Raises BadFile where it says nothing or is of another Debut."""
    try:
        with file.open(MANIFEST) as stream:
            about = json.loads(stream.read(2**20))
        made_by, written = about["debut"], about["format"]
        if written == FORMAT and not (NAME.fullmatch(about["version"]) and isinstance(about["parts"], dict)):
            raise BadFile(f"{name} has a manifest that makes no sense. Download the version again.")
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(f"{name} is no version that Debut has written: it has no manifest.") from error
    if written != FORMAT:
        raise BadFile(
            f"{name} is of another Debut ({str(made_by)[:20]}), whose versions are written otherwise; "
            f"this is Debut {__version__}. Load it with that Debut, or fine-tune here."
        )
    return about


def _must_be_sane(file: zipfile.ZipFile, name: str, parts: dict[str, str]) -> None:
    held = [one.filename for one in file.infolist()]
    odd = [one for one in held if not NAME.fullmatch(one) or Path(one).suffix not in KINDS]
    if odd or len(held) > MOST_PARTS or len(set(held)) != len(held):
        raise BadFile(f"{name} holds what no version has: {', '.join(odd[:3]) or f'{len(held)} parts'}.")
    if set(held) != {MANIFEST, *parts}:
        raise BadFile(f"{name} does not hold the parts that its manifest names. Download the version again.")
    if sum(one.file_size for one in file.infolist()) > MOST_BYTES:
        raise BadFile(f"{name} is larger than {MOST_BYTES / 2**30:.0f} GB unpacked.")


def _copied(file: zipfile.ZipFile, name: str, target: Path, most: int, sha256: str) -> int:
    """Unpack a part without believing its header; returns its bytes."""
    total, found = 0, hashlib.sha256()
    with file.open(name) as source, target.open("wb") as copy:
        while chunk := source.read(2**20):
            total += len(chunk)
            if total > most:
                raise BadFile(f"{name} is larger than a version may be.")
            found.update(chunk)
            copy.write(chunk)
    if found.hexdigest() != sha256:
        raise BadFile(f"{name} is not what was saved. Download the version again.")
    return total


def _summary(part: Path) -> dict[str, Any]:
    """The summary, with what pages show in the kinds that they expect. Raises BadFile."""
    try:
        found = json.loads((part / SUMMARY).read_text())
        Settings.from_dict(found["settings"])
        _must_be_shown(found)
        if (part / BACKTEST).exists():
            table = json.loads((part / BACKTEST).read_text())["table"]
            _must_be_numbers(row["wape"] for row in table if row["method"] == DEBUT)
    except (OSError, AttributeError, KeyError, TypeError, ValueError, DebutError) as error:
        raise BadFile(f"The summary of this version cannot be read ({error}). Download the version again.") from error
    return found


def _must_be_shown(summary: dict[str, Any]) -> None:
    """What pages show has the kind that they expect. Raises KeyError, TypeError, ValueError."""
    check, day = summary["check"], summary["data_to"]
    _must_be_numbers([summary["launches"], summary["seconds"], summary.get("unknown_share", 0), *summary["losses"]])
    _must_be_numbers(check[name] for name in ("launches", "wape", "wape_median", "spearman"))
    for pair in zip(check["true"], check["predicted"], strict=True):
        _must_be_numbers(pair)
    for written in (day, summary.get("data_from", day)):
        date.fromisoformat(written)
    if datetime.fromisoformat(summary.get("created_at", day)).tzinfo is not None:
        raise ValueError("its time has a zone")
    if not all(isinstance(summary.get(name, ""), str) for name in ("data", "code", "debut")):
        raise TypeError("a name is no text")


def _must_be_numbers(found: Iterable[object]) -> None:
    if not all(isinstance(number, int | float) for number in found):
        raise TypeError("a figure is no number")


def _with_encoder(part: Path, summary: dict[str, Any], encoder: str | None) -> None:
    """Write the encoder's place on this machine into the version; whether it is the same one is seen in its answers.

    Raises BadFile where it is not here: what a file names is not asked of a model hub.
    """
    try:
        written = json.loads((part / "config.json").read_text())
        settings = written["config"]["settings"]
        settings["encoder"] = summary["settings"]["encoder"] = str(encoder or settings["encoder"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(f"This version has no configuration that can be read ({error}).") from error
    if settings["encoder"] != DEFAULT_ENCODER and not Path(settings["encoder"]).is_dir():
        raise BadFile(
            f"The encoder that this version was trained with, {settings['encoder'][:200]}, is no folder on this "
            "machine. Copy it here and say where it lies."
        )
    (part / "config.json").write_text(json.dumps(written, indent=2, sort_keys=True))
    (part / SUMMARY).write_text(json.dumps(summary, indent=2))


def _must_answer(part: Path) -> None:
    """Restore the version in another process and compare its answers with those it gave when it was made."""
    command = [sys.executable, "-m", "core.parcels", str(part)]
    try:
        tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise BadFile("This version takes longer than ten minutes to answer. It cannot be used here.") from error
    if tried.returncode:
        said = tried.stdout.strip() or "it stopped the process that tried it"
        raise BadFile(f"This version cannot be used here: {said}")


def _kept(workspace: Workspace, part: Path, name: str, summary: dict[str, Any]) -> str:
    taken, number = set(versions.listed(workspace)["version"]), 1
    free = name
    while free in taken or versions.folder(workspace, free).exists():
        number += 1
        free = f"{name[:70]}-{number}"
    part.rename(versions.folder(workspace, free))
    versions.register(workspace, free, summary, use=False)
    return free


def _try(folder: Path) -> str:
    """What keeps the version in a folder from being used here; '' if nothing does."""
    from core.demand import Forecaster
    from core.training import echo
    from models import versions as folders
    from models.encoder import Encoder
    from models.errors import ModelError

    try:
        forecaster = Forecaster.restored(folders.load(folder))
        answers = echo(forecaster, Encoder(forecaster.settings.encoder))
        told = json.loads((folder / SUMMARY).read_text()).get("echo", answers)
        same = all(abs(a - b) <= TOLERANCE for a, b in zip(told, answers, strict=True))  # not so where one is NaN
    except (ModelError, DebutError) as error:
        return str(error)
    except Exception as error:  # of whatever somebody has put into the file
        return f"its parts do not fit together ({type(error).__name__})"
    return "" if same else "it answers otherwise than where it was made, so its encoder is not the one on this machine."


if __name__ == "__main__":
    trouble = _try(Path(sys.argv[1]))
    print(trouble)
    sys.exit(bool(trouble))

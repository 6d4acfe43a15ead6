"""A zip with a manifest that names the size and sha256 of every file in it: written, looked at, unpacked.

Nothing in a file that somebody gives is believed: names, kinds and sizes are checked before anything is unpacked,
hashes while it is, and nothing is written outside the folder asked for.
"""

import contextlib
import errno
import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import BadFile, DebutError
from core.imports.files.unpack import DAMAGED

__all__ = ["MANIFEST", "look", "unpack", "write"]

MANIFEST = "manifest.json"
MOST_FILES = 20_000
MOST_BYTES = 50 * 2**30
MOST_MANIFEST = 16 * 2**20
CHUNK = 2**20
ROOM = 64 * 2**20  # bytes that stay free on the disk
PACKED = (".parquet", ".safetensors", ".npz", ".gz", ".zip")
"""Kinds of files that do not get smaller."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to be unpacked

Report = Callable[[float, str], None]


def write(path: Path, files: Iterable[tuple[str, Path]], about: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write files under their names, and the manifest: `about` with `files`, a name to its sha256 and bytes.

    A file that is gone by the time it is reached is left out. Raises DebutError where there is no room.
    """
    part, known = path.with_name(f"{path.name}.part"), list(files)
    written: dict[str, dict[str, Any]] = {}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for at, (name, source) in enumerate(known):
                report(at / max(len(known), 1), name)
                with contextlib.suppress(FileNotFoundError), source.open("rb") as stream:
                    written[name] = _put(file, name, stream)
            manifest = {**about, "files": written}
            file.writestr(MANIFEST, json.dumps(manifest, indent=1))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DebutError(f"{path} cannot be written ({error.strerror}). Free some space, or choose another.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


def look(path: Path) -> dict[str, Any]:
    """The manifest of a file whose names, kinds and sizes are sane. Raises BadFile in words."""
    with _opened(path) as file:
        return _manifest(file, path.name)


def unpack(path: Path, folder: Path | None, report: Report) -> dict[str, Any]:
    """Unpack into an empty folder, every hash checked; None: only check. Returns the manifest. Raises BadFile."""
    with _opened(path) as file:
        manifest = _manifest(file, path.name)
        held, total, done = manifest["files"], sum(one["bytes"] for one in manifest["files"].values()), 0
        if folder is not None and shutil.disk_usage(folder).free < total + ROOM:
            raise DebutError(f"Unpacked it takes {total / 1e6:,.0f} MB, for which there is no room in {folder.parent}.")
        for name, facts in held.items():
            report(done / max(total, 1), name)
            target = None if folder is None else folder.joinpath(*PurePosixPath(name).parts)
            _take(file, name, facts, target)
            done += facts["bytes"]
        return manifest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as file:
            yield file
    except FileNotFoundError as error:
        raise BadFile(f"There is no file {path}.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DebutError("The disk is full. Free some space and try again; nothing was changed.") from error
        raise BadFile(f"{path.name} cannot be read ({error.strerror or error}).") from error
    except DAMAGED as error:
        raise BadFile(f"{path.name} is damaged, or no backup that Debut has written ({error}).") from error


def _put(file: zipfile.ZipFile, name: str, stream: Any) -> dict[str, Any]:  # noqa: ANN401  (any file)
    found, total = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(PACKED) else zipfile.ZIP_DEFLATED
    with file.open(entry, "w", force_zip64=True) as out:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
            total += len(chunk)
            out.write(chunk)
    return {"sha256": found.hexdigest(), "bytes": total}


def _manifest(file: zipfile.ZipFile, name: str) -> dict[str, Any]:
    entries = {one.filename: one for one in file.infolist()}
    if MANIFEST not in entries or entries[MANIFEST].compress_type not in METHODS:
        raise BadFile(f"{name} is no backup that Debut has written: it has no manifest.")
    with file.open(MANIFEST) as stream:
        text = stream.read(MOST_MANIFEST + 1)
    try:
        manifest: dict[str, Any] = json.loads(text)
        held = {str(one): (str(facts["sha256"]), int(facts["bytes"])) for one, facts in manifest["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{name} has a manifest that makes no sense. It is no backup, or it is damaged.") from error
    if len(file.infolist()) != len(entries) or set(entries) != {MANIFEST, *held}:
        raise BadFile(f"{name} does not hold just the files that its manifest names. It is damaged.")
    if len(held) > MOST_FILES or sum(size for _, size in held.values()) > MOST_BYTES:
        raise BadFile(f"{name} is larger than a backup can be.")
    for one, (_, size) in held.items():
        _must_be_sane(entries[one], size, name)
    return manifest


def _must_be_sane(entry: zipfile.ZipInfo, size: int, name: str) -> None:
    """Raises BadFile on a name that leads elsewhere, on a link, and on what is packed as Debut never packs."""
    parts = entry.filename.split("/")
    odd_name = any(part in ("", ".", "..") or part != part.strip() for part in parts)
    if odd_name or any(sign in entry.filename for sign in '\\:\0<>|*?"') or len(entry.filename) > 240:
        raise BadFile(f"{name} holds a file called {entry.filename[:60]!r}, as no backup does.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BadFile(f"{name} holds {entry.filename[:60]!r}, which is no plain file.")
    if entry.flag_bits & 1 or entry.compress_type not in METHODS or entry.file_size != size:
        raise BadFile(f"{name} is packed in a way that Debut does not write ({entry.filename[:60]}).")


def _take(file: zipfile.ZipFile, name: str, facts: dict[str, Any], target: Path | None) -> None:
    """Read one file through, and write it where it is wanted. Raises BadFile where it is not what was saved."""
    found, left = hashlib.sha256(), int(facts["bytes"])
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with file.open(name) as source, contextlib.ExitStack() as stack:
        out = stack.enter_context(target.open("xb")) if target is not None else None
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            found.update(chunk)
            if out is not None:
                out.write(chunk)
    if left or found.hexdigest() != facts["sha256"]:
        raise BadFile(f"{name} in the backup is not what was saved: the file is damaged. Nothing was changed.")

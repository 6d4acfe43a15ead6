"""A file comes in: it is copied below `incoming/`, hashed and, where it is plain text, looked over, in one pass.

It is read once, so that what is hashed, what is looked over and what is loaded are the same bytes even where a
program still writes to the user's file. A hard link would be quicker by the time of the copy and would not be that.
"""

import hashlib
import io
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from core.errors import BadFile
from core.imports.files import kinds, layout
from core.imports.files.decode import CHUNK, SAMPLE, UTF8, Utf8, encoding_of, text_of
from core.imports.files.layout import Layout
from core.imports.files.scan import Scan

__all__ = ["Arrived", "arrive", "opened", "own_path"]


@dataclass(frozen=True)
class Arrived:
    """A file as it was given, below `incoming/`."""

    path: Path
    name: str
    kind: str
    sha256: str
    layout: Layout | None
    """Where the whole file is UTF-8 text; then `scan` is there, too."""
    scan: Scan | None


def arrive(folder: Path, name: str, source: Path | bytes, known: frozenset[str] | None) -> Arrived:
    """Copy a file into `folder`. Raises BadFile where it is missing, empty or of a sort that is not read."""
    with opened(source, name) as stream:
        first = stream.read(SAMPLE)
        kind = kinds.kind_of(first, name)
        found = None
        if kind == kinds.TEXT and encoding_of(first, name) is UTF8:
            found = layout.find(text_of(first, UTF8), name, known)
        path = own_path(folder, "parquet" if kind == kinds.PARQUET else "csv")
        scan = Scan(found.delimiter, name) if found else None
        try:
            digest, is_text = _keep(first, stream, path, scan)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Arrived(path, name, kind, digest, found if is_text else None, scan if is_text else None)


def own_path(folder: Path, suffix: str) -> Path:
    """A file name of our own: nothing of the user's ever becomes a path."""
    return folder / f"{secrets.token_hex(10)}.{suffix}"


@contextmanager
def opened(source: Path | bytes, name: str) -> Iterator[BinaryIO]:
    """The bytes of a source. Raises BadFile where there is no such file or it cannot be read."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    if source.is_dir():
        raise BadFile(f"{source} is a folder. Name the files in it.")
    if source.exists() and not source.is_file():
        raise BadFile(f"{source} is not a file but a device or a pipe. Save it as a file first.")
    try:
        stream = source.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise BadFile(f"{source}: there is no such file.") from error
    except OSError as error:
        raise BadFile(f"{name} cannot be opened ({error.strerror}). Look at its permissions.") from error
    with stream:
        yield cast(BinaryIO, stream)


def _keep(first: bytes, stream: BinaryIO, path: Path, scan: Scan | None) -> tuple[str, bool]:
    """Copy, hash and look over; the hash, and whether all of it is UTF-8."""
    digest, check, is_text = hashlib.sha256(), Utf8(), scan is not None
    with path.open("wb", buffering=0) as out, ThreadPoolExecutor(1) as hashing:
        chunk = first
        while chunk:
            hashed = hashing.submit(digest.update, chunk)  # beside the rest: it holds no lock
            out.write(chunk)
            is_text = is_text and check.holds(chunk)
            if scan and is_text:
                scan.feed(chunk)
            hashed.result()
            chunk = stream.read(CHUNK)
    is_text = is_text and check.holds(b"", final=True)
    if scan and is_text:
        scan.finish()
    return digest.hexdigest(), is_text

"""Packed files: .gz and .zip as streams, with an end to what they may unpack to.

What a packed file says of its own size is not believed: bytes are counted as they come. No name inside an
archive ever becomes a path.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from core.errors import BadFile
from core.imports.files.kinds import shown_name

__all__ = ["DAMAGED", "Allowance", "Member", "gunzip", "is_workbook", "members", "opened_zip"]

LARGEST = 8 << 30  # bytes unpacked, of all members together
MOST_PACKED = 250  # times its size that a file may unpack to; tables reach 30
ALWAYS_FINE = 64 << 20  # bytes unpacked, below which no one asks how well it was packed
MOST_MEMBERS = 200
TABLES = (".csv", ".tsv", ".tab", ".txt")
PACKED = (".zip", ".gz", ".7z", ".rar", ".xlsx", ".xls", ".ods", ".parquet")
DAMAGED = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)
Opener = Callable[[], BinaryIO]


class Allowance:
    """How much a packed file may still unpack to."""

    def __init__(self, packed: int, name: str, largest: int = LARGEST) -> None:
        self._most = min(largest, max(ALWAYS_FINE, MOST_PACKED * packed))
        self._name = name
        self._used = 0

    def use(self, size: int) -> None:
        """Raises BadFile where it is used up."""
        self._used += size
        if self._used > self._most:
            raise BadFile(
                f"{self._name} unpacks to more than {self._most >> 20:,} MB, far more than a table of its size. "
                "Unpack it yourself, see what is in it, and load the parts."
            )


class _Counted(io.RawIOBase):
    """A stream of unpacked bytes that uses up an allowance, with words for damage."""

    def __init__(self, stream: BinaryIO, allowance: Allowance, name: str) -> None:
        self._stream, self._allowance, self._name = stream, allowance, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read(len(buffer))
        except DAMAGED as error:
            raise _damaged(self._name) from error
        self._allowance.use(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


@dataclass(frozen=True)
class Member:
    """A table inside an archive."""

    name: str
    """As the archive has it; only ever compared."""
    shown: str
    open: Opener


def gunzip(path: Path, name: str) -> BinaryIO:
    """The unpacked bytes of a .gz."""
    unpacked = cast(BinaryIO, gzip.GzipFile(path))
    return io.BufferedReader(_Counted(unpacked, Allowance(path.stat().st_size, name), name), 1 << 20)


@contextmanager
def opened_zip(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive, closed at the end. Raises BadFile where it is damaged."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise _damaged(name) from error
    with archive:
        yield archive


def is_workbook(path: Path, name: str) -> bool:
    """Whether an archive is an .xlsx or .ods and not a zip of files. Raises BadFile where it is damaged."""
    with opened_zip(path, name) as archive:
        names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise BadFile(f"{name} is a binary workbook (.xlsb), which is not read. Save it as .xlsx or CSV (UTF-8).")
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def members(archive: zipfile.ZipFile, path: Path, name: str) -> list[Member]:
    """The tables of an archive. Raises BadFile where it has none, or holds what is not unpacked."""
    inside = [one for one in archive.infolist() if not _is_clutter(one)]
    for one in inside:
        _refuse_member(one, name)
    tables = [one for one in inside if PurePosixPath(one.filename).suffix.lower() in TABLES]
    if not tables:
        held = ", ".join(shown_name(one.filename) for one in inside[:5]) or "nothing"
        raise BadFile(f"{name} holds no CSV; it holds {held}. Zip the exported .csv files, or choose them one by one.")
    if len(tables) > MOST_MEMBERS:
        raise BadFile(f"{name} holds {len(tables):,} tables; at most {MOST_MEMBERS} can be read at once. Split it.")
    allowance = Allowance(path.stat().st_size, name)
    return [_member(archive, one, name, allowance) for one in tables]


def _member(archive: zipfile.ZipFile, one: zipfile.ZipInfo, name: str, allowance: Allowance) -> Member:
    shown = f"{name} › {shown_name(one.filename)}"

    def open_() -> BinaryIO:
        try:
            stream = cast(BinaryIO, archive.open(one))
        except DAMAGED as error:
            raise _damaged(shown) from error
        return io.BufferedReader(_Counted(stream, allowance, shown), 1 << 20)

    return Member(one.filename, shown, open_)


def _is_clutter(one: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(one.filename.replace("\\", "/")).parts
    return one.is_dir() or not parts or parts[0] == "__MACOSX" or parts[-1].startswith(".")


def _refuse_member(one: zipfile.ZipInfo, name: str) -> None:
    shown = shown_name(one.filename)
    if one.flag_bits & 1:
        raise BadFile(f"{name} is locked with a password. Unpack it yourself and load the CSV inside.")
    if PurePosixPath(one.filename).suffix.lower() in PACKED:
        raise BadFile(f"{name} holds {shown}, which is packed itself. Unpack {name} and load {shown} by itself.")


def _damaged(name: str) -> BadFile:
    return BadFile(f"{name}: the packed file is cut off or damaged. Download or export it again.")

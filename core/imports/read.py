"""Reading a file as text: unpack, find encoding, delimiter and header, and stage it as plain UTF-8.

DuckDB's own sniffing is not used: it can take `#` for a comment sign and drop rows without a word.
"""

import codecs
import csv
import gzip
import hashlib
import io
import re
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb
import pandas as pd

from core.errors import BadFile
from core.workspace import Workspace

__all__ = ["Staged", "preview", "stage", "staged_rows"]

CHUNK = 1 << 20  # bytes read at once
SAMPLE = 1 << 18  # bytes that decide the dialect
LARGEST = 8 << 30  # bytes unpacked; more is taken for a bomb
MOST_COLUMNS = 2000
SHOWN = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Western European"}
DELIMITERS = ",;\t|"
UTF8 = "utf-8-sig"  # with or without a byte order mark
WESTERN = "cp1252"  # every byte means something in it: the last resort


@dataclass(frozen=True)
class Staged:
    """An upload, unpacked and decoded, ready for DuckDB."""

    path: Path
    """Plain UTF-8 CSV below the workspace's `incoming/`."""
    name: str
    """What the user calls the file; only ever shown."""
    sha256: str
    """Hash of the file as it was given."""
    headers: tuple[str, ...]
    """Header cells as they stand in the file."""
    delimiter: str
    encoding: str
    """As it is shown: UTF-8, UTF-16 or Western European."""
    quoted: bool
    """Whether any cell stands in quotes, and so may hold a line break."""

    def discard(self) -> None:
        """Remove the staged copy."""
        self.path.unlink(missing_ok=True)


def stage(workspace: Workspace, name: str, source: Path | bytes) -> Staged:
    """Unpack and decode a CSV (plain or .gz) into the workspace's `incoming/`.

    Raises BadFile where the file is missing, empty, binary, has no header or no rows.
    """
    shown = Path(name).name
    with _opened(source) as stream:
        digest = hashlib.sha256()
        packed = _Hashed(stream, digest)
        content = _unpacked(packed)
        first = _read(content, SAMPLE, shown)
        encoding = _encoding(first, shown)
        path = workspace.incoming / f"{_token(first)}.csv"
        try:
            _decode(first, content, encoding, path, shown)
            packed.drain()
            headers, delimiter = _header(path, shown)
            quotes = _count(path, b'"')
            if quotes % 2:
                _refuse_open_quote(path, delimiter, shown)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Staged(path, shown, digest.hexdigest(), headers, delimiter, SHOWN[encoding], quotes > 0)


def staged_rows(staged: Staged) -> tuple[str, list[object]]:
    """SQL of a table function over the staged rows, all text, columns `c0, c1, ...`; and its parameters."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(staged.headers)))
    sql = (
        f"read_csv(?, auto_detect = false, header = true, delim = ?, quote = '\"', escape = '\"', comment = '', "
        f"columns = {{{columns}}}, max_line_size = 16777216, null_padding = true, parallel = ?)"
    )
    # Padding short rows and multi-line cells exclude parallel reading, so it is used on large files only
    # where no cell can hold a line break.
    return sql, [str(staged.path), staged.delimiter, not staged.quoted]


def preview(workspace: Workspace, staged: Staged, rows: int = 5) -> pd.DataFrame:
    """The first rows as text under the file's own headers."""
    sql, parameters = staged_rows(staged)
    try:
        frame = workspace.cursor().execute(f"SELECT * FROM {sql} LIMIT {int(rows)}", parameters).df()
    except duckdb.Error as error:
        raise unreadable(error, staged) from error
    return frame.set_axis(list(staged.headers), axis=1)


def unreadable(error: duckdb.Error, staged: Staged) -> BadFile:
    """The person's words for a CSV that DuckDB cannot parse."""
    text = str(error)
    line = re.search(r"[Ll]ine:?\s+(\d+)", text)
    found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    where = f", row {line[1]}" if line else ""
    if found:
        what = f"the header has {found[1]} columns but this row has {found[2]}. Is a quote or delimiter missing?"
    elif "quote" in text.lower():
        what = "a quote is opened and never closed."
    else:
        what = "the row cannot be read as CSV."
    return BadFile(f"{staged.name}{where}: {what} Mend that row, or export the file again.")


class _Hashed(io.RawIOBase):
    """A stream that hashes what passes through it."""

    def __init__(self, stream: BinaryIO, digest: "hashlib._Hash") -> None:
        self._stream, self._digest = stream, digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._digest.update(data)
        buffer[: len(data)] = data
        return len(data)

    def drain(self) -> None:
        """Hash what is left, such as bytes after the packed part."""
        while self.read(CHUNK):
            pass


@contextmanager
def _opened(source: Path | bytes) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        with source.open("rb") as stream:
            yield stream
    except FileNotFoundError as error:
        raise BadFile(f"{source}: there is no such file.") from error
    except IsADirectoryError as error:
        raise BadFile(f"{source} is a folder. Name the files in it.") from error


def _unpacked(stream: _Hashed) -> BinaryIO:
    buffered = io.BufferedReader(stream, CHUNK)
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=buffered)  # type: ignore[return-value]
    return buffered


def _read(stream: BinaryIO, size: int, name: str) -> bytes:
    try:
        return stream.read(size) or b""
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile(f"{name}: the packed file is cut off or damaged. Download or export it again.") from error


def _encoding(first: bytes, name: str) -> str:
    if not first.strip():
        raise BadFile(f"{name} is empty. Export it again, with a header line and at least one row.")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in first or first.startswith((b"PK\x03\x04", b"%PDF", b"\x89PNG")):
        raise BadFile(f"{name} is not a CSV but a binary file. In your spreadsheet, save it as CSV (UTF-8).")
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(first, final=len(first) < SAMPLE)
        return UTF8
    except UnicodeDecodeError:
        return WESTERN


def _decode(first: bytes, rest: BinaryIO, encoding: str, path: Path, name: str) -> None:
    """Write the whole stream as UTF-8."""
    decoder = _Decoder(encoding)
    size, chunk = 0, first
    with path.open("w", encoding="utf-8", newline="") as out:
        while chunk:
            size += len(chunk)
            if size > LARGEST:
                raise BadFile(f"{name} unpacks to more than {LARGEST >> 30} GB. Split it by year and load the parts.")
            text = decoder.decode(chunk)
            if "\x00" in text:
                raise BadFile(f"{name} holds binary data. In your spreadsheet, save it as CSV (UTF-8).")
            out.write(text)
            chunk = _read(rest, CHUNK, name)
        out.write(decoder.decode(b"", final=True))


class _Decoder:
    """Decodes a stream; a late byte that is no UTF-8 turns the rest of it to Western European."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding == WESTERN else "strict")

    def decode(self, chunk: bytes, final: bool = False) -> str:
        pending = self._decoder.getstate()[0]
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self._decoder = codecs.getincrementaldecoder(WESTERN)("replace")
            return self._decoder.decode(pending + chunk, final)


def _header(path: Path, name: str) -> tuple[tuple[str, ...], str]:
    with path.open(encoding="utf-8", newline="") as file:
        sample = file.read(SAMPLE)
    csv.field_size_limit(1 << 24)
    try:
        delimiter = _delimiter(sample)
        rows = [row for _, row in zip(range(2), csv.reader(io.StringIO(sample), delimiter=delimiter), strict=False)]
    except csv.Error as error:
        raise BadFile(f"{name}: the first lines cannot be read as CSV ({error}).") from error
    headers = _unique(rows[0]) if rows else ()
    if len([cell for cell in rows[0] if cell.strip()] if rows else []) < 2:
        raise BadFile(f"{name} does not look like a CSV: its first line has no columns ({sample[:40].strip()!r} ...).")
    if len(headers) > MOST_COLUMNS:
        raise BadFile(f"{name} has {len(headers):,} columns; at most {MOST_COLUMNS:,} can be read.")
    if len(rows) < 2:
        raise BadFile(f"{name} has a header but no rows. Export it again with the period or items filled in.")
    return headers, delimiter


def _unique(cells: list[str]) -> tuple[str, ...]:
    """Header cells with a number where one is blank or stands there twice, as spreadsheets write them."""
    seen: dict[str, int] = {}
    names = []
    for at, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {at}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _delimiter(sample: str) -> str:
    """The delimiter that cuts the first lines into the most columns, the same number in each."""
    lines = [line for line in sample.splitlines()[:30] if line.strip()]

    def score(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        same = sum(count == counts[0] for count in counts)
        return (same if counts[0] > 1 else 0, counts[0])

    return max(DELIMITERS, key=score) if lines else ","


def _refuse_open_quote(path: Path, delimiter: str, name: str) -> None:
    """DuckDB drops what follows an unclosed quote without a word, so an odd number of quotes is looked into."""
    start = 1
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for _ in rows:
                start = rows.line_num + 1
        except csv.Error as error:
            raise BadFile(f"{name}, row {start}: a quote is opened and never closed. Mend that row.") from error


def _count(path: Path, byte: bytes) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(byte) for chunk in iter(lambda: file.read(CHUNK), b""))


def _token(content: bytes) -> str:
    """A file name of our own: nothing of the user's ever becomes a path."""
    return f"{hashlib.sha256(content).hexdigest()[:12]}-{secrets.token_hex(4)}"

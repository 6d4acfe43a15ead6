"""Which encoding a text is in, and rewriting it as UTF-8.

A byte order mark decides; else the whole stream is UTF-8, or it is not, however late the first bad byte
stands. Of the rest, Chinese text has its high bytes in pairs and Western text has them alone.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.errors import BadFile
from core.imports.files.scan import Scan

__all__ = ["CHUNK", "SAMPLE", "UTF8", "Encoding", "NotUtf8", "Utf8", "encoding_of", "legacy", "rewrite", "text_of"]

CHUNK = 1 << 20  # bytes read at once
SAMPLE = 1 << 18  # bytes that decide encoding and layout
IN_PAIRS = 0.5  # share of high bytes in runs of two or more: 1.00 in GBK exports, 0.00 in Western ones
MOSTLY_UTF8 = 0.6  # share of high bytes that are good UTF-8, in a file put together from several
UNKNOWN = 0.02  # share of high bytes that mean nothing, above which the encoding is another one


@dataclass(frozen=True)
class Encoding:
    """A codec of Python's, how it treats bad bytes, and its name for people."""

    codec: str
    errors: str
    shown: str


UTF8 = Encoding("utf-8-sig", "strict", "UTF-8")  # with or without a byte order mark
MIXED = Encoding("utf-8-sig", "as_western", "UTF-8 and Western European")
CHINESE = Encoding("gb18030", "replace", "GB18030 (Chinese)")
WESTERN = Encoding("cp1252", "replace", "Western European")
UTF16_LE, UTF16_BE = (Encoding(f"utf-16-{end}", "replace", "UTF-16") for end in ("le", "be"))


class NotUtf8(Exception):
    """The stream is in another encoding than UTF-8, as its first bytes did not show."""


class Utf8:
    """Checks a stream chunk by chunk: a character may be cut by the border between two."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def holds(self, chunk: bytes, final: bool = False) -> bool:
        """Whether the stream is UTF-8 so far."""
        pending = self._decoder.getstate()[0]
        if not pending and chunk.isascii():
            return True
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            return False
        return True


def encoding_of(first: bytes, name: str) -> Encoding | None:
    """The encoding by the first bytes of a stream; None where it is none of Unicode's."""
    if first.startswith(codecs.BOM_UTF16_LE):
        return UTF16_LE
    if first.startswith(codecs.BOM_UTF16_BE):
        return UTF16_BE
    if b"\x00" in first:
        return _without_mark(first, name)
    return UTF8 if Utf8().holds(first) else None


def text_of(first: bytes, encoding: Encoding) -> str:
    """The first bytes as text, without the mark and without a character that is cut off at their end."""
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    return decoder.decode(first).removeprefix("\ufeff")


def legacy(stream: BinaryIO) -> Encoding:
    """The encoding of a whole stream that is not UTF-8."""
    high = paired = good = 0
    while chunk := stream.read(CHUNK):
        if chunk.isascii():
            continue
        is_high = np.frombuffer(chunk, np.uint8) >= 0x80
        beside = np.zeros(len(is_high) + 1, bool)
        beside[1:-1] = is_high[1:] & is_high[:-1]
        count = int(is_high.sum())
        high, paired = high + count, paired + int((beside[1:] | beside[:-1]).sum())
        good += len(chunk.decode("utf-8", "ignore").encode()) - (len(chunk) - count)
    if good > MOSTLY_UTF8 * high:
        return MIXED
    return CHINESE if paired > IN_PAIRS * high else WESTERN


def rewrite(stream: BinaryIO, encoding: Encoding, path: Path, above: str, scan: Scan, mend: str) -> None:
    """Write a stream as UTF-8 without mark, less the text `above` its header; `scan` sees what is written.

    one_line_end: make every line end `\\n`. Raises NotUtf8, and BadFile where the text is cut off or in no encoding.
    """
    decoder: codecs.IncrementalDecoder | io.IncrementalNewlineDecoder
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    if mend:
        decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        above = above.replace("\r\n", "\n").replace("\r", "\n")
    skip, tally, mark, before = len(above), _Tally(encoding, scan.name), True, ""
    with path.open("wb") as out:
        for chunk in _chunks(stream):
            text = _decoded(decoder, chunk)
            if mark and text:
                text, mark = text.removeprefix("\ufeff"), False
            tally.add(chunk, text)
            skip, text = max(0, skip - len(text)), text[skip:]
            if mend and text:
                before, text = text[-1], re.sub(r"(?<=\n)(?=\n)", mend, before + text)[len(before) :]
            data = text.encode()
            scan.feed(data)
            out.write(data)
    scan.finish()
    tally.check()


class _Tally:
    """Counts what has no meaning in an encoding, to notice that it is the wrong one or that the text is cut off."""

    def __init__(self, encoding: Encoding, name: str) -> None:
        self._encoding, self._name = encoding, name
        self._size = self._unknown = self._high = 0

    def add(self, chunk: bytes, text: str) -> None:
        self._size += len(chunk)
        if not chunk.isascii():
            self._unknown += text.count("\ufffd")
            self._high += int((np.frombuffer(chunk, np.uint8) >= 0x80).sum())

    def check(self) -> None:
        if self._encoding in (UTF16_LE, UTF16_BE) and self._size % 2:
            raise BadFile(f"{self._name} is cut off in the middle of a character. Download or export it again.")
        if self._encoding in (CHINESE, WESTERN) and self._unknown > UNKNOWN * self._high:
            raise BadFile(
                f"{self._name} is in an encoding that Debut does not know. Save it again as CSV UTF-8, "
                "which every spreadsheet offers."
            )


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream, and an empty chunk at its end."""
    while chunk := stream.read(CHUNK):
        yield chunk
    yield b""


def _decoded(decoder: codecs.IncrementalDecoder | io.IncrementalNewlineDecoder, chunk: bytes) -> str:
    try:
        return decoder.decode(chunk, not chunk)
    except UnicodeDecodeError as error:
        raise NotUtf8 from error


def _without_mark(first: bytes, name: str) -> Encoding:
    """UTF-16 whose byte order mark is missing: every other byte of Western text is NUL."""
    at = np.flatnonzero(np.frombuffer(first, np.uint8) == 0)
    odd = int((at % 2).sum())
    if len(at) * 5 > len(first) and odd in (0, len(at)):
        return UTF16_LE if odd else UTF16_BE
    raise BadFile(f"{name} is not a CSV but a binary file. In your spreadsheet, save it as CSV (UTF-8).")


def _as_western(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes of a UTF-8 file that are none as Western European."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("as_western", _as_western)

"""One look over the bytes of a UTF-8 CSV: quotes, line breaks inside cells, line ends, guards.

What it finds decides how DuckDB may read the file. It runs while the file is copied and hashed, so it has to
keep up with the disk: whole chunks in numpy, and nothing at all where a chunk lacks the sign that is looked for.
"""

from codecs import BOM_UTF8

import numpy as np

from core.errors import BadFile

__all__ = ["LONGEST_LINE", "PIECE", "Scan"]

LONGEST_LINE = 16 << 20  # bytes; DuckDB holds several of them at once
BLANK, QUOTE, LF, CR = b' "\n\r'
DELIMITERS = b",;\t|"

ALL = (1 << 64) - 1
PIECE = 1 << 18  # bytes looked at at once: they and their masks fit the processor's cache

Bytes = np.ndarray
Bits = np.ndarray  # 64 bytes of the file a word, the first in the lowest bit


class Scan:
    """Fed with a file's bytes, chunk by chunk, then `finish()`ed."""

    def __init__(self, delimiter: str, name: str) -> None:
        self.quotes = 0
        self.loose = False  # whether a quote stands inside a cell rather than at its edge
        self.wrapped = False  # whether a cell holds a line break
        self.guarded = False  # whether a cell may be kept from spreadsheets: an apostrophe, ="...", a TAB at its edge
        self.padded = False  # whether a blank stands at the edge of a cell
        self.long = False  # whether a line may be longer than two pieces
        self.gaps = False  # whether a line is empty, be it inside a cell
        self.size = 0
        self._ends: set[bytes] = set()
        self.name = name
        self._delimiter = delimiter.encode()
        blanks = b"" if delimiter == "\t" else b" "  # a TAB file that quotes at all does so without blanks
        self._edge = _table(delimiter.encode() + b'"\r\n' + blanks)
        self._start = _table(DELIMITERS + b'"\r\n')
        self._cell = _table(delimiter.encode() + b'"\r\n')
        self._carry = b"\n"  # the bytes before the chunk, so that each byte is seen with both its neighbours
        self._line = 0  # bytes since the last line end

    @property
    def as_it_is(self) -> bool:
        """Whether DuckDB reads the text right: it refuses mixed line ends, and passes over empty lines uncounted."""
        return not self.mixed and (not self.gaps or self.wrapped)

    @property
    def mixed(self) -> bool:
        """Whether lines end in more than one way, or in a way that only old systems use."""
        return len(self._ends) > 1 or b"\r" in self._ends

    def feed(self, chunk: bytes) -> None:
        """Raises BadFile at a NUL or a line that is too long."""
        if b"\x00" in chunk:
            raise BadFile(f"{self.name} holds binary data. In your spreadsheet, save it as CSV (UTF-8).")
        mark = len(BOM_UTF8) if not self.size and chunk.startswith(BOM_UTF8) else 0
        self.size += len(chunk)
        self._measure(chunk)
        for at in range(mark, len(chunk), PIECE):
            piece = chunk[at : at + PIECE]
            self.long |= len(piece) == PIECE and b"\n" not in piece
            self._look(self._carry + piece)

    def finish(self) -> "Scan":
        """See the last byte, too."""
        self._look(self._carry + b"\n")
        return self

    def _measure(self, chunk: bytes) -> None:
        sign = b"\n" if b"\n" in chunk else b"\r"
        first = chunk.find(sign)
        self._line += first if first >= 0 else len(chunk)
        if self._line > LONGEST_LINE:
            raise BadFile(
                f"{self.name} holds a line of more than {LONGEST_LINE >> 20} MB. Is a quote opened and never "
                "closed, or a picture inside a cell? Mend that row, or export the file again."
            )
        if first >= 0:
            self._line = len(chunk) - chunk.rfind(sign)

    def _look(self, data: bytes) -> None:
        bytes_ = np.frombuffer(data, np.uint8)
        if b'"' in data or self.quotes % 2:
            quotes = bytes_[1:-1] == QUOTE
            inside = _running_parity(_bits(quotes)) ^ np.uint64(ALL if self.quotes % 2 else 0)
            self._look_at_quotes(data, _bits(quotes), inside)
            self._look_at_ends(bytes_, inside)
            self.quotes += int(np.count_nonzero(quotes))
        elif b"\r" in data:
            self._look_at_ends(bytes_, np.uint64(0))
        elif b"\n" in data[1:-1]:
            self._ends.add(b"\n")
        self.gaps |= b"\n\n" in data[:-1] or b"\n\r\n" in data[:-1]
        if not self.guarded:
            self._look_for_guards(data, bytes_)
        if not self.padded and b" " in data:
            beside = np.frombuffer(data.translate(self._cell), bool)
            blank = bytes_[1:-1] == BLANK
            self.padded = bool((blank & (beside[:-2] | beside[2:])).any())
        self._carry = data[-2:]

    def _look_at_quotes(self, data: bytes, quotes: Bits, inside: Bits) -> None:
        """Every other quote opens a cell, and has an edge before it; the others close one, and have an edge after."""
        if not self.loose:
            edge = np.frombuffer(data.translate(self._edge), bool)
            no_edge = (quotes & inside & ~_bits(edge[:-2])) | (quotes & ~inside & ~_bits(edge[2:]))
            self.loose = bool(no_edge.any())

    def _look_at_ends(self, bytes_: Bytes, inside: Bits | np.uint64) -> None:
        line_feed, carriage = bytes_ == LF, bytes_ == CR
        lf, cr, after_cr, before_lf = map(_bits, (line_feed[1:-1], carriage[1:-1], carriage[:-2], line_feed[2:]))
        self.wrapped |= bool(((lf | cr) & inside).any())
        ends = {b"\n": lf & ~after_cr, b"\r": cr & ~before_lf, b"\r\n": lf & after_cr}
        self._ends.update(end for end, found in ends.items() if (found & ~inside).any())

    def _look_for_guards(self, data: bytes, bytes_: Bytes) -> None:
        signs = [sign for sign in (b"'", b"=", b"\t") if sign in data and sign != self._delimiter]
        if not signs:
            return
        start = np.frombuffer(data.translate(self._start), bool)
        before, after = start[:-2], start[2:]
        beside = {b"'": before, b"=": before & (bytes_[2:] == QUOTE), b"\t": before | after}
        self.guarded = any(bool((beside[sign] & (bytes_[1:-1] == ord(sign))).any()) for sign in signs)


def _table(signs: bytes) -> bytes:
    """For each of the 256 bytes, 1 where it is one of these, else 0."""
    return bytes(byte in signs for byte in range(256))


def _bits(mask: Bytes) -> Bits:
    """A mask of bytes as bits: a sixty-fourth of the work for what follows."""
    packed = np.packbits(mask, bitorder="little")
    return np.concatenate([packed, np.zeros(-len(packed) % 8, np.uint8)]).view("<u8")


def _running_parity(bits: Bits) -> Bits:
    """For each bit, whether the number of bits set up to it, itself included, is odd."""
    words = bits.copy()
    for step in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(step)
    words[1:] ^= np.uint64(0) - np.bitwise_xor.accumulate(words >> np.uint64(63))[:-1]
    return words

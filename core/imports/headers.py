"""The header of a file, and how its words are compared."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Headers", "normalise"]


def normalise(header: str, *, unit: bool = False) -> str:
    """A header as it is compared: `Invoice_Date ` and `InvoiceDate` are both `invoicedate`.

    unit: keep what stands in brackets at the end. Without it `Amount spent (EGP)` is `amountspent`.
    """
    text = unicodedata.normalize("NFKC", header).lower().strip()
    if not unit:
        text = re.sub(r"\s*\([^)]*\)$", "", text) or text
    return re.sub(r"[\W_]+", "", text) or text


@dataclass(frozen=True)
class Headers:
    """The header cells of a file, to be found by any of their spellings."""

    cells: tuple[str, ...]

    @cached_property
    def _exact(self) -> dict[str, int]:
        return {normalise(cell, unit=True): at for at, cell in reversed(list(enumerate(self.cells)))}

    @cached_property
    def _short(self) -> dict[str, int]:
        return {normalise(cell): at for at, cell in reversed(list(enumerate(self.cells)))}

    def find(self, word: str) -> int | None:
        """Position of the header that says `word`; one that says it to the letter before one with a unit behind."""
        at = self._exact.get(normalise(word, unit=True))
        return at if at is not None else self._short.get(normalise(word, unit=True))

    def exact(self, word: str) -> int | None:
        """Position of the header that is `word` to the letter, else of one that says the same."""
        return self.cells.index(word) if word in self.cells else self.find(word)

    def has(self, words: Iterable[str | list[str]]) -> bool:
        """Whether every word is there; of an inner list any is enough."""
        return all(
            self.find(word) is not None if isinstance(word, str) else any(self.find(one) is not None for one in word)
            for word in words
        )

    def unit(self, at: int) -> str:
        """What stands in brackets at the end of a header, such as a currency."""
        found = re.search(r"\(([^)]*)\)\s*$", self.cells[at])
        return found[1] if found else ""

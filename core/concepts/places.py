"""Where in a wording a word can be put, and how the wording reads with it."""

from dataclasses import dataclass

from core.concepts.vocabulary import EDGE, split

__all__ = ["Place", "places"]


@dataclass(frozen=True)
class Place:
    """Where a word is to be put."""

    first: int
    last: int
    """Exclusive; the same as `first` where nothing is replaced."""
    replaced: str = ""
    """The word that goes; '' where one is put in between."""
    before: str = ""
    """The word that it is put before; '' for the end or where one is replaced."""

    def filled(self, text: str, word: str) -> str:
        """The text with a word in this place, written as large as its neighbours are."""
        cased = word[:1].upper() + word[1:] if _capitals(text, self) else word
        left, right = text[: self.first], text[self.last :]
        if self.replaced:
            return f"{left}{cased}{right}"
        return f"{left.rstrip()} {cased} {right.lstrip()}".strip()

    def neighbours(self, text: str) -> tuple[str, str]:
        """The words beside the place, as the vocabulary has them; EDGE where there is none."""
        words = split(text)
        left = [word.name for word in words if word.last <= self.first]
        right = [word.name for word in words if word.first >= self.last]
        return left[-1] if left else EDGE, right[0] if right else EDGE


def places(text: str) -> list[Place]:
    """Where a word can be put: in place of each word, before each, and at the end."""
    words = split(text)
    instead = [Place(word.first, word.last, replaced=word.text) for word in words]
    between = [Place(word.first, word.first, before=word.text) for word in words]
    return [*instead, *between, Place(len(text), len(text))]


def _capitals(text: str, place: Place) -> bool:
    """Whether a word in this place begins with a capital: as the replaced one, else as most of the others do."""
    if place.replaced:
        return place.replaced[:1].isupper()
    others = split(text)
    return not others or sum(word.text[:1].isupper() for word in others) > len(others) / 2

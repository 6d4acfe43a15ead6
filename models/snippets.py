"""Texts cut into sentences, and short pieces of long texts to learn from.

A model that has only ever read whole reviews is unsure of a title or of one sentence; it is taught with pieces of
reviews that keep the label of the whole, and count for less because a piece may say something else.
"""

import re

import numpy as np

__all__ = ["joined", "pieces", "sentences"]

END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+(?=\S)|(?<=[。！？])|\s[-–•*]\s+|[\r\n]+|;\s+")
TURN = re.compile(r",?\s+(?=(?:but|however|although|though|except|unfortunately|sadly)\b)", re.IGNORECASE)
FEWEST_WORDS = 3  # a turn leaves no shorter piece behind
LOWEST, HIGHEST = 4, 15  # words of a piece of a text that has one sentence only
STOPS = tuple(".!?…。！？")


def joined(title: str, body: str) -> str:
    """Title and body as one text; a title that ends without a stop is given one."""
    if not title or not body:
        return title or body
    return f"{title} {body}" if title.endswith(STOPS) else f"{title}. {body}"


def sentences(text: str, *, turns: bool = False) -> list[str]:
    """The sentences of a text, with single spaces between their words and none around them.

    turns: cut where a sentence turns against itself, too ("lovely print, | but it fell apart").
    """
    whole = [" ".join(part.split()) for part in END.split(text) if part and part.strip()]
    return [piece for part in whole for piece in _turned(part)] if turns else whole


def pieces(titles: list[str], bodies: list[str], random: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Short texts out of reviews, and (n,) the review that each is of: the title alone, and a sentence or two."""
    texts, rows = [], []
    for row, (title, body) in enumerate(zip(titles, bodies, strict=True)):
        for text in (title if body else "", _piece(body, random)):
            if text:
                texts.append(text)
                rows.append(row)
    return texts, np.array(rows, dtype=np.int64)


def _piece(body: str, random: np.random.Generator) -> str:
    parts = sentences(body)
    if len(parts) > 1:
        count = int(random.integers(1, 3))
        first = int(random.integers(len(parts) - count + 1))
        return " ".join(parts[first : first + count])
    words = body.split()
    if len(words) <= LOWEST:
        return ""
    count = int(random.integers(LOWEST, HIGHEST))
    first = int(random.integers(max(1, len(words) - count + 1)))
    return " ".join(words[first : first + count])


def _turned(sentence: str) -> list[str]:
    parts = TURN.split(sentence)
    if any(len(part.split()) < FEWEST_WORDS for part in parts):
        return [sentence]
    return parts

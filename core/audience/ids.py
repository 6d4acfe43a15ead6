"""Customer ids as a person types or pastes them."""

import re

import numpy as np

from core import privacy
from core.audience.customers import Customers
from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["MOST_TYPED", "picked", "read"]

MOST_TYPED = 1_000_000  # characters


def read(workspace: Workspace, typed: str) -> list[str]:
    """The ids in a text as the shop keeps them, each once.

    They stand as in Debut (keyed hashes) or as in the shop's own files, one a line or parted by commas, semicolons
    or blanks. Raises DebutError where the text is too long, or the key cannot be read.
    """
    if len(typed) > MOST_TYPED:
        raise DebutError(f"The text has {len(typed):,} characters; at most {MOST_TYPED:,} are read.")
    ids = [one for word in re.split(r"[\s,;]+", typed) if (one := word.strip("\"'"))]
    if ids and privacy.switched_on(workspace.cursor()):
        key = privacy.key(workspace.folder)
        ids = [privacy.pseudonym(key, one) for one in ids]
    return list(dict.fromkeys(ids))


def picked(customers: Customers, ids: list[str]) -> np.ndarray:
    """(n,) mask of the customers with these ids; ids of nobody who bought in the last year are passed over."""
    mask = np.zeros(len(customers), dtype=bool)
    if ids:
        places = customers.places(np.array(ids, dtype=object))
        mask[places[places >= 0]] = True
    return mask

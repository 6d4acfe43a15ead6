"""What reviews say of themselves: stars, and whether the buyer recommends the item. Readable without loading torch."""

from dataclasses import dataclass

import numpy as np

__all__ = ["THRESHOLDS", "Labels"]

THRESHOLDS = np.array([1, 2, 3, 4])
"""Stars: a rating is told by which of them it exceeds."""
LIKED, DISLIKED = 4, 2  # stars from which on, and up to which, a buyer who was not asked would (not) recommend


@dataclass(frozen=True)
class Labels:
    """What is known of reviews; NaN where it is not."""

    rating: np.ndarray
    """(n,) stars, 1 to 5."""
    recommended: np.ndarray
    """(n,) 1 or 0."""

    @property
    def positive(self) -> np.ndarray:
        """(n,) 1 or 0: the recommendation; where nobody asked, 4 stars and more, 2 and less; NaN between."""
        told = np.where(self.rating >= LIKED, 1.0, np.where(self.rating <= DISLIKED, 0.0, np.nan))
        return np.where(np.isnan(self.recommended), told, self.recommended)

    @property
    def targets(self) -> np.ndarray:
        """(n, 5) whether there are more than 1, 2, 3, 4 stars, and whether it is recommended."""
        more = np.where(np.isnan(self.rating)[:, None], np.nan, self.rating[:, None] > THRESHOLDS)
        return np.column_stack([more, self.positive])

    def of(self, rows: np.ndarray) -> "Labels":
        """The labels of some of the reviews."""
        return Labels(self.rating[rows], self.recommended[rows])

"""The shop's customers as a panel that can be asked about any new item: r_ij for all of them.

Who bought in the last year is judged by what they did. Who is known but has been silent is given the mean of
their segment, scaled to how often the silent come back; where there is no segment, the mean of all.

Brings torch along: import it where it is needed, not at the top of a page.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import history, like_items, people
from core.errors import NotReady
from core.history import History
from core.people import People
from core.preference import plain
from core.preference.plain import Plain
from core.preference.scores import Scores
from core.workspace import Workspace
from models.encoder import Encoder

__all__ = ["Panel"]

WEEKS = 8
"""From the launch on, in which a customer may buy."""


@dataclass(frozen=True)
class Panel:
    """The customers with their past, and the scorer that speaks for them."""

    past: History
    people: People
    scorer: Plain
    encoder: Encoder
    vectors: np.ndarray
    """(items, d) unit vectors of the past's items."""

    @classmethod
    def opened(cls, workspace: Workspace) -> "Panel":
        """Load what is needed. Raises NotReady where sales name no customers, or too few of them bought launches."""
        cursor = workspace.cursor()
        past = history.read(cursor)
        found = people.read(cursor, past)
        if found is None:
            raise NotReady(
                "The sales name no customers, so nobody can be asked. Load orders that have a customer column."
            )
        encoder = Encoder(cache=workspace.artifacts / "embeddings")
        vectors = encoder.embed(past.items["text"].tolist())
        scorer = plain.fit(past, found, vectors, WEEKS)
        if scorer is None:
            raise NotReady(
                "Too few customers have bought launches so far to learn who wants what: about 200 purchases of newly "
                "launched items by known customers are needed."
            )
        return cls(past, found, scorer, encoder, vectors)

    def ask(self, items: np.ndarray, texts: list[str], price: np.ndarray | None = None) -> Scores:
        """What everybody thinks of new items that are launched when the data end.

        items: (m,) codes to name them by. texts: as `history.item_text` writes them. price: (m,); NaN for unknown.
        """
        count = len(texts)
        day = np.full(count, self.past.days)
        prices = np.full(count, np.nan) if price is None else price
        query = like_items.new_query(self.past, self.encoder.embed(texts), prices, day, items)
        r = self.scorer.score(self.past, self.people, self.vectors, query)
        active = self.people.active(self.past.days)
        frame = pd.DataFrame({"customer_id": self.people.ids[active], "segment": self.people.segment[active]})
        return Scores(frame, np.asarray(items), r, WEEKS)

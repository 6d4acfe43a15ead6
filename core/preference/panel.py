"""The shop's customers as a panel that can be asked about any new item: r_ij for all of them.

Who bought in the last year is judged by what they did: by the trained scorer, or the plain one until there is one.
Who is known but has been silent for a year is given the mean of their segment (of everybody, where it has none),
scaled to how often the silent come back.

Brings torch along: import it where it is needed, not at the top of a page.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch

from core import history, like_items, people, versions
from core.errors import NotReady
from core.history import History
from core.people import People
from core.preference import level, memory, nearness, plain
from core.preference.memory import Memory
from core.preference.nearness import Factors, Sources
from core.preference.plain import Plain
from core.preference.scorer import SILENT, Scorer
from core.preference.scores import Scores
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from models.errors import ModelError

__all__ = ["WEEKS", "Panel", "load"]

WEEKS = 8
"""From the launch on, in which a customer may buy."""


@dataclass(frozen=True)
class Panel:
    """The customers with their past, and the scorer that speaks for them."""

    past: History
    people: People
    scorer: Scorer | Plain
    encoder: Encoder
    vectors: np.ndarray
    """(items, d) unit vectors of the past's items."""

    @classmethod
    def opened(cls, workspace: Workspace) -> "Panel":
        """Load what is needed. Raises NotReady where sales name no customers, none of them bought in the last year, or
        too few of them bought launches."""
        cursor = workspace.cursor()
        past = history.read(cursor)
        found = people.read(cursor, past)
        if found is None:
            raise NotReady(
                "The sales name no customers, so nobody can be asked. Load orders that have a customer column."
            )
        if not len(found.active(past.days)):
            raise NotReady(
                "No customer who is named bought in the last year, so nobody can be asked. Load later orders that "
                "have a customer column."
            )
        torch.set_num_threads(1)  # a second thread spins and starves the pages
        encoder = Encoder(cache=workspace.artifacts / "embeddings")
        vectors = encoder.embed(past.items["text"].tolist())
        version = versions.active(workspace, "preference")
        scorer = load(workspace, version) if version else plain.fit(past, found, vectors, WEEKS)
        if scorer is None:
            raise NotReady(
                "Too few customers have bought launches so far to learn who wants what: about "
                f"{plain.FEWEST_BUYERS} purchases of newly launched items by known customers are needed."
            )
        return cls(past, found, scorer, encoder, vectors)

    @property
    def trained(self) -> bool:
        """Whether the trained scorer speaks; else the plain one."""
        return isinstance(self.scorer, Scorer)

    def ask(
        self, items: np.ndarray, texts: list[str], price: np.ndarray | None = None, codes: np.ndarray | None = None
    ) -> Scores:
        """What everybody thinks of new items that are launched when the data end.

        items: (m,) names for them. texts: as `history.item_text` writes them. price: (m,); NaN for unknown. codes:
        (m,) product codes; None takes the names for them.
        """
        prices = np.full(len(texts), np.nan) if price is None else price.astype(float)
        asked = self._asked(texts, prices, np.asarray(items if codes is None else codes))
        scores = np.concatenate([asked, self._silent_too(asked)])
        return Scores(self.customers, np.asarray(items), scores, WEEKS)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """customer_id, segment, basis ("history", or "segment" for who has been silent for a year)."""
        rows = np.concatenate([self._memory.rows, self._silent])
        basis = np.repeat(["history", "segment"], [len(self._memory.rows), len(self._silent)])
        return pd.DataFrame(
            {"customer_id": self.people.ids[rows], "segment": self.people.segment[rows], "basis": basis}
        )

    def _asked(self, texts: list[str], price: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """(active, m) float32."""
        vectors, day = self.encoder.embed(texts), np.full(len(texts), self.past.days)
        query = like_items.new_query(self.past, vectors, price, day, codes)
        if isinstance(self.scorer, Plain):
            return self.scorer.score(self.past, self.people, self.vectors, query)
        new = nearness.asked(self._sources, vectors, texts, codes, price)
        levels = self.scorer.level.of(level.numbers(self.past, self.vectors, query, WEEKS))
        return self.scorer.score(self._sources, self._memory, self._factors, new, levels)

    def _silent_too(self, asked: np.ndarray) -> np.ndarray:
        """(silent, m): the mean of the active of their segment, scaled."""
        scale = self.scorer.silent if isinstance(self.scorer, Scorer) else SILENT
        active, silent = self.people.segment[self._memory.rows], self.people.segment[self._silent]
        means = {name: asked[active == name].mean(0) for name in np.unique(active) if name}
        everybody = asked.mean(0)
        found = [means.get(name, everybody) for name in silent]
        return (scale * np.stack(found)).astype(np.float32) if found else np.zeros((0, asked.shape[1]), np.float32)

    @cached_property
    def _memory(self) -> Memory:
        return memory.remember(self.people, self.past, self.past.days, visitors=False)

    @cached_property
    def _silent(self) -> np.ndarray:
        """Rows of who bought, but not in the last year."""
        return np.setdiff1d(self.people.purchases["customer"], self._memory.rows)

    @cached_property
    def _factors(self) -> Factors:
        return nearness.factors(self._sources, self._memory)

    @cached_property
    def _sources(self) -> Sources:
        read = self.encoder.embed(self.people.queries)
        return nearness.sources(self.past, self.vectors, self.people.queries, read, self.past.days)


def load(workspace: Workspace, version: str) -> Scorer:
    """The trained scorer of a version. Raises NotReady where its folder is missing or damaged."""
    try:
        return Scorer.restored(folders.load(versions.folder(workspace, version)))
    except ModelError as error:
        raise NotReady(f"{str(error).rstrip('.')}. Train the scorer again on the Audience page.") from error
    except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise NotReady(f"{version} does not fit this Debut. Train the scorer again on the Audience page.") from error

"""Who judges a wording: the shop's customers and its forecaster, each as far as it is there.

What was made of a text is remembered, so that a page which is drawn again asks nobody twice.

Brings torch along: import it where it is needed, not at the top of a page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch

from core import like_items, versions
from core.concepts.brief import Brief
from core.demand import Forecaster
from core.errors import NotReady
from core.history import History
from core.preference.panel import WEEKS, Panel
from core.workspace import Workspace
from models.encoder import Encoder
from models.errors import ModelError
from models.settings import DEFAULT_ENCODER

__all__ = ["Judges", "Sales"]

CELLS = 4_000_000  # customers x texts at once: bounds memory
MOST_REMEMBERED = 20_000  # texts
Key = tuple[Any, ...]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Sales:
    """The forecast of n wordings over the whole launch window."""

    quantiles: np.ndarray
    """(n, 3) units at P10, P50, P90."""
    mean: np.ndarray
    """(n,) expected units."""
    totals: np.ndarray
    """(n, S) equally likely outcomes, rising."""


@dataclass(frozen=True)
class Judges:
    """The customers, the forecaster, and what they have said so far."""

    past: History
    encoder: Encoder
    """Of the forecaster; of the panel where there is none."""
    panel: Panel | None
    """None where there are no customers to ask."""
    forecaster: Forecaster | None
    """None where none has been trained."""
    missing: str = ""
    """Why one of the two is not there, and what to do."""
    _said: dict[Key, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def opened(
        cls, workspace: Workspace, past: History, version: str | None, panel: Panel | None, missing: str = ""
    ) -> "Judges":
        """With the forecaster of a version. missing: why there is no panel.

        Raises NotReady where there is neither a panel nor a forecaster.
        """
        forecaster = None
        try:
            forecaster = versions.load(workspace, version) if version else None
        except NotReady as error:
            missing = f"{missing} {error.message}".strip()
        if version is None:
            missing = f"{missing} The forecaster has not been fine-tuned on this shop yet: units are unknown.".strip()
        if panel is None and forecaster is None:
            raise NotReady(missing)
        if forecaster is not None:
            torch.set_num_threads(forecaster.settings.threads)  # a second thread spins and starves the pages
        return cls(past, _encoder(workspace, panel, forecaster), panel, forecaster, missing)

    @property
    def weeks(self) -> int:
        """Of the launch window."""
        return WEEKS if self.forecaster is None else self.forecaster.settings.weeks

    def wanted(self, texts: list[str], brief: Brief) -> tuple[np.ndarray, np.ndarray]:
        """(n, 1 + G) mean probability of everybody and each segment, and (1 + G,) how many customers these are.

        Raises NotReady where there are no customers to ask.
        """
        panel, groups = self.panel, brief.groups
        if panel is None or groups is None:
            raise NotReady(self.missing)

        def asked(some: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
            codes = np.full(len(some), brief.launch.item_id, dtype=object)  # '' tells nothing
            scores = panel.ask(np.arange(len(some)), some, np.full(len(some), brief.launch.price), codes)
            means, sizes = groups.means(scores.r, scores.customers["customer_id"].to_numpy())
            return [(row, sizes) for row in means]

        at_once = CELLS // max(len(groups.labels), 1)
        said = self._remembered(texts, ("wanted", brief.launch, groups.names), asked, at_once)
        return np.array([row for row, _ in said]), said[0][1]

    def sold(self, texts: list[str], brief: Brief) -> Sales:
        """The forecast of each text. Raises NotReady where there is no forecaster, or it cannot be used."""
        forecaster, launch = self.forecaster, brief.launch
        if forecaster is None:
            raise NotReady(self.missing)

        def asked(some: list[str]) -> list[tuple[np.ndarray, float, np.ndarray]]:
            codes = np.full(len(some), launch.item_id, dtype=object) if launch.item_id else None
            price, day = np.full(len(some), launch.price), np.full(len(some), launch.day)
            query = like_items.new_query(self.past, self.encoder.embed(some), price, day, codes)
            told = forecaster.forecast(self.past, self.encoder, some, query)
            return list(zip(told.quantiles[:, -1], told.mean[:, -1], told.totals, strict=True))

        try:
            said = self._remembered(texts, ("sold", launch), asked, CELLS // max(len(self.past.items), 1))
        except ModelError as error:
            raise NotReady(f"{str(error).rstrip('.')}. Fine-tune again on the Model page.") from error
        quantiles, mean, totals = zip(*said, strict=True)
        return Sales(np.array(quantiles), np.array(mean), np.array(totals))

    def _remembered(self, texts: list[str], key: Key, ask: Callable[[list[str]], list[Made]], most: int) -> list[Made]:
        """What `ask` says of each text; it is asked about at most so many at once, and about none twice."""
        # Another visitor may clear what is remembered meanwhile.
        known = {text: made for text in texts if (made := self._said.get((key, text))) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        size = max(8, most)
        for first in range(0, len(new), size):
            some = new[first : first + size]
            known |= dict(zip(some, ask(some), strict=True))
        if len(self._said) + len(new) > MOST_REMEMBERED:
            self._said.clear()
        self._said.update({(key, text): known[text] for text in new})
        return [known[text] for text in texts]


def _encoder(workspace: Workspace, panel: Panel | None, forecaster: Forecaster | None) -> Encoder:
    """That of the forecaster; the panel's own where it is the same, so that its weights are in memory once."""
    name = None if forecaster is None else forecaster.settings.encoder
    if panel is not None and name in (None, panel.encoder.name):
        return panel.encoder
    return Encoder(name or DEFAULT_ENCODER, workspace.artifacts / "embeddings")

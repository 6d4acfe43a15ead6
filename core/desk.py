"""The forecaster at hand: everything that is needed to forecast new items, loaded once and asked many times.

A page keeps one open, so that an item whose like items were edited is forecast again at once; the whole sheet
goes the same way. Brings torch along: import it where it is needed, not at the top of a page.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from core import history, levers, like_choices, like_items, new_items, versions
from core.demand import Forecast, Forecaster
from core.errors import NotReady
from core.history import History
from core.levers import Units
from core.like_choices import Choice
from core.like_items import LikeItems, Query
from core.new_items import Sheet
from core.outlook import Expected
from core.workspace import Workspace
from models.encoder import Encoder
from models.errors import ModelError

__all__ = ["Desk"]

LISTED = 30  # like items of a new item that are named; the forecast goes by all
ITEMS_AT_ONCE = 100
ENOUGH = 10  # like items that count alike, for their own range to stand for that of a new one
UNITS = ("quantiles", "mean", "totals")


@dataclass(frozen=True)
class Desk:
    """A forecaster with the shop's past and its sheet of new items."""

    past: History
    sheet: Sheet
    forecaster: Forecaster
    encoder: Encoder
    vectors: np.ndarray
    """(items, d) unit vectors of the past's items."""
    new: np.ndarray
    """(new items, d) unit vectors of the sheet's items."""
    weeks: pd.DataFrame
    """One row an item and launch week, see `new_items.candidates`."""

    @classmethod
    def opened(cls, workspace: Workspace, version: str, report: Callable[[str], None] = lambda note: None) -> "Desk":
        """Load all of it. Raises NotReady where there are no sales, no new items or no such version."""
        cursor = workspace.cursor()
        past = history.read(cursor)
        sheet = new_items.read(cursor, past)
        forecaster = versions.load(workspace, version)
        torch.set_num_threads(forecaster.settings.threads)  # a second thread spins and starves the pages
        encoder = Encoder(forecaster.settings.encoder, workspace.artifacts / "embeddings")
        report("reading the items' texts")
        with _in_words():
            vectors = encoder.embed(past.items["text"].tolist())
            new = encoder.embed(sheet.items["text"].tolist())
        return cls(past, sheet, forecaster, encoder, vectors, new, new_items.candidates(sheet, past))

    def query(self, rows: pd.DataFrame) -> Query:
        """Some of `weeks` to look up."""
        at, items = rows["item"].to_numpy(), self.sheet.items
        price, codes = items["price"].to_numpy(dtype=float)[at], items["item_id"].to_numpy()[at]
        return like_items.new_query(self.past, self.new[at], price, rows["day"].to_numpy(), codes)

    def whole(self) -> tuple[Units, pd.DataFrame]:
        """The units of every row of `weeks`, and the like items of each item's first week, see `like_frame`.

        Some items at a time: a row of weights holds every past launch.
        """
        parts, likes = [], []
        for first in range(0, len(self.sheet.items), ITEMS_AT_ONCE):
            rows = self.weeks[self.weeks["item"].between(first, first + ITEMS_AT_ONCE - 1)]
            query, like = self._found(rows)
            parts.append(_light(self.forecaster.forecast_like(self.past, query, like)))
            earliest = np.flatnonzero(~rows["item"].duplicated())
            likes.append(self.like_frame(like, earliest, rows["item"].to_numpy()[earliest]))
        units = Units(*(np.concatenate([getattr(part, name) for part in parts]) for name in UNITS))
        return units, pd.concat(likes, ignore_index=True)

    def item(self, item_id: str, choice: Choice) -> Expected:
        """One item in each of its launch weeks, with the like items that the user chose.

        Raises DebutError where the choice leaves no like item.
        """
        at = int(np.flatnonzero(self.sheet.items["item_id"] == item_id)[0])
        rows = self.weeks[self.weeks["item"] == at]
        query, found = self._found(rows)
        like = like_choices.apply(self.past, self.vectors, query, found, self._possible(choice))
        units = _light(self.forecaster.forecast_like(self.past, query, like))
        if like is not found:
            before = _light(self.forecaster.forecast_like(self.past, query, found))
            units = levers.no_surer(units, before, _concentrated(like, found))
        weeks = pd.to_datetime(rows["launch_week"]).tolist()
        if choice.base is not None:
            typed = pd.Timestamp(choice.base_week) if choice.base_week else None
            units = levers.based(units, weeks.index(typed) if typed in weeks else 0, choice.base)
        named = (*choice.added, *choice.shares)
        return Expected(
            weeks, units, self.like_frame(like, np.array([0]), np.array([at]), named).drop(columns="item_id")
        )

    def like_frame(
        self, like: LikeItems, rows: np.ndarray, items: np.ndarray, named: tuple[str, ...] = ()
    ) -> pd.DataFrame:
        """item_id, place (1 counts most), product_id, title, similarity, weight, units (in their own first weeks).

        rows: of `like`. items: which item of the sheet each is of. The LISTED first as far as they count, and any
        that are `named`, even for nothing.
        """
        places = np.tile(np.arange(1, like.rows.shape[1] + 1), (len(rows), 1))
        place_named = self.past.items.index[self.past.items["product_id"].isin(named)]
        kept = (like.weight[rows] > 0) & (places <= LISTED) | np.isin(like.rows[rows], place_named)
        at, column = np.nonzero(kept)
        chosen = like.rows[rows][kept]
        frame = pd.DataFrame(
            {
                "item_id": self.sheet.items["item_id"].to_numpy()[items[at]],
                "place": column + 1,
                "product_id": self.past.items["product_id"].to_numpy()[chosen],
                "title": self.past.items["title"].to_numpy()[chosen],
                "similarity": like.similarity[rows][kept],
                "weight": like.weight[rows][kept],
                "units": self.past.curves(chosen, self.forecaster.settings.weeks).sum(1),
            }
        )
        return frame.drop_duplicates(["item_id", "product_id"], ignore_index=True)  # found and added: it stands twice

    def _possible(self, choice: Choice) -> Choice:
        """The choice without added items whose first weeks are not known: they tell nothing of a launch."""
        launches = set(self.past.items["product_id"].iloc[self.past.launches(self.forecaster.settings.weeks)])
        return replace(choice, added=tuple(product for product in choice.added if product in launches))

    def _found(self, rows: pd.DataFrame) -> tuple[Query, LikeItems]:
        query, texts = self.query(rows), self.sheet.items["text"].iloc[rows["item"]].tolist()
        with _in_words():
            return query, self.forecaster.like(self.past, self.encoder, texts, query)


@contextmanager
def _in_words() -> Iterator[None]:
    """What is wrong with a model, as something that the user can mend."""
    try:
        yield
    except ModelError as error:
        raise NotReady(
            f"{str(error).rstrip('.')}. Fine-tune again, or activate another version on the Model page."
        ) from error


def _concentrated(like: LikeItems, found: LikeItems) -> np.ndarray:
    """(n,) 0 where as many like items count as would do for a range, towards 1 where one counts alone."""
    few = np.minimum(ENOUGH, 1 / (found.weight**2).sum(1))
    return np.clip(1 - 1 / (like.weight**2).sum(1) / few, 0, 1)


def _light(forecast: Forecast) -> Units:
    """What a page needs of a forecast."""
    return Units(forecast.quantiles, forecast.mean, forecast.totals)

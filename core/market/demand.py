"""Trends in demand read from a shop: its sales, what is searched for, and what reviews are about."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady
from core.history import History
from core.market import growth, riding, terms, trends
from core.market import themes as themes_of
from core.market.growth import Growth
from core.market.market import own_items
from core.market.terms import Terms
from core.market.themes import Themes
from core.market.trends import FEWEST, FEWEST_TEXTS, Trends, Voices
from core.tables import ANONYMOUS
from core.workspace import Workspace

__all__ = ["REVIEWS", "SALES", "SEARCHES", "Demand", "in_reviews", "in_sales", "in_searches", "opened"]

SALES, SEARCHES, REVIEWS = "Sales", "Searches", "Reviews"


@dataclass(frozen=True)
class Demand:
    """What is moving in a shop, source by source."""

    sources: dict[str, Trends]
    """Those of SALES, SEARCHES, REVIEWS that tell something."""
    missing: dict[str, str]
    """Why the others do not, and what would help."""
    new: pd.DataFrame
    """`riding.COLUMNS`, a row a new item; empty where there are none, or sales are too short."""
    shop: float
    """Growth of the whole shop's sales between the two times, 0.1 for a tenth; NaN where unknown."""


def opened(workspace: Workspace, history: History) -> Demand:
    """The trends of a shop; the first time for a state of its data its texts are read."""
    cursor, items, themes = workspace.cursor(), own_items(workspace.cursor()), themes_of.opened(workspace)
    sources: dict[str, Trends] = {}
    missing: dict[str, str] = {}
    new, shop = pd.DataFrame(columns=riding.COLUMNS), np.nan
    readers: dict[str, Callable[[], Trends]] = {
        SEARCHES: lambda: in_searches(cursor, themes),
        REVIEWS: lambda: in_reviews(cursor, items, themes),
    }
    for source, reader in readers.items():
        try:
            sources[source] = reader()
        except NotReady as error:
            missing[source] = error.message
    try:
        sales, grown = in_sales(history, items, themes)
    except NotReady as error:
        missing[SALES] = error.message
    else:
        sources = {SALES: sales} | sources
        shop = float(np.expm1(grown.shop))
        near = riding.like(workspace, history)
        new = riding.riding(items, near, history, grown, themes, list(sources.values()))
    return Demand(sources, missing, new, shop)


def in_sales(history: History, items: pd.DataFrame, themes: Themes) -> tuple[Trends, Growth]:
    """Categories, attributes, themes and words of the items that sell better or worse than they did.

    items: see `market.own_items`. Raises NotReady where the history is too short.
    """
    grown = growth.of_items(history)
    about = items.set_index("item_id").reindex(history.items["product_id"]).reset_index()
    told = terms.without_twins(terms.joined([terms.of_items(about, FEWEST), themes.of(about)]))
    return trends.from_growth(grown, told), grown


def in_searches(cursor: duckdb.DuckDBPyConnection, themes: Themes) -> Trends:
    """Words that people search for more or less often. Raises NotReady where there are no searches."""
    found = cursor.execute(
        """SELECT DISTINCT CASE WHEN customer_id = ? THEN ts::VARCHAR ELSE customer_id END AS cluster,
                  date_trunc('week', ts)::DATE AS week, ts::DATE AS day, lower(trim(query)) AS text
           FROM events WHERE event = 'search' AND trim(query) <> '' ORDER BY ALL""",
        [ANONYMOUS],
    ).df()
    # Somebody who searches for a thing twice in a week has wanted it once.
    found = found.drop_duplicates(["cluster", "week", "text"])
    return _counted(
        found,
        "searches",
        lambda some: terms.joined(
            [terms.of_texts(some["text"].tolist(), FEWEST_TEXTS), themes.of_texts(some["text"].tolist())]
        ),
    )


def in_reviews(cursor: duckdb.DuckDBPyConnection, items: pd.DataFrame, themes: Themes) -> Trends:
    """Categories, attributes and words that reviews are about more or less often. Raises NotReady without reviews."""
    found = cursor.execute(
        """SELECT product_id AS cluster, date AS day, trim(coalesce(title, '') || ' ' || coalesce(body, '')) AS text
           FROM reviews WHERE date IS NOT NULL AND product_id IS NOT NULL ORDER BY ALL"""
    ).df()

    def read(some: pd.DataFrame) -> Terms:
        about = terms.joined([terms.of_items(items.assign(title="", description=""), 1), themes.of(items)])
        row = pd.Index(items["item_id"]).get_indexer(some["cluster"])
        has = about.has.tocsr()[np.maximum(row, 0)].multiply((row >= 0)[:, None])
        words = terms.of_texts(some["text"].tolist(), FEWEST_TEXTS)
        return terms.joined([Terms(about.table, has.tocsc()), words])

    return _counted(found, "reviews", read)


def _counted(found: pd.DataFrame, what: str, read: Callable[[pd.DataFrame], Terms]) -> Trends:
    """read: from rows of `found` to their terms."""
    if found.empty:
        raise NotReady(f"There are no {what} with a date and a text yet.")
    day = pd.to_datetime(found["day"])
    when = growth.span((day.max() - day.min()).days + 1)
    back = ((day.max() - day).dt.days // 7).to_numpy()  # whole weeks before the last day
    late = back < when.weeks
    early = (back >= when.lag) & (back < when.lag + when.weeks)
    some = found[late | early].reset_index(drop=True)
    texts = Voices(late[late | early], some["cluster"].to_numpy(), back[late | early])
    return trends.counted(texts, terms.without_twins(read(some)), when)

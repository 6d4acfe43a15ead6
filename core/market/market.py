"""The market around a shop, put together: listings, what they match, and their prices beside ours.

What takes seconds (reading the texts, comparing them) is kept on disk by the state of the data; what a person
decides about matches lies over it and is cheap, so that a page answers a decision at once.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady
from core.history import item_text
from core.market import decisions, index, kept, likeness, listings, matches, terms
from core.market.index import Pairs
from core.market.likeness import Texts, Weekly
from core.market.listings import Listings
from core.market.matches import LIKELY, NOT_OURS, UNKNOWN, Judge
from core.workspace import Workspace

__all__ = ["BULK", "FILE", "FOUND", "HAND", "Market", "compared", "judged", "opened", "own_items"]

FOUND, FILE, HAND, BULK = "found", "file", "by hand", "in bulk"
NEAR = 40  # listings that are kept of each new item
ALIKE = 0.5  # weight of the price that a text lets one expect, when a listing is held against a new item
RIDGE = 3.0


@dataclass(frozen=True)
class Market:
    """Competitors' listings, our items, and which is which."""

    listings: Listings
    items: pd.DataFrame
    """item_id, title, category, brand, price (list price, else the median paid; NaN for none), new (of the sheet)."""
    pairs: pd.DataFrame
    """listing, item (rows), likeness.NUMBERS, confidence: the candidates of every listing."""
    near: pd.DataFrame
    """item, listing, similarity: the listings nearest to each new item, nearest first."""
    matches: pd.DataFrame
    """listing, item, confidence, how (FOUND, FILE, HAND, BULK), who: the best of each listing that has any."""
    rejected: frozenset[int]
    """Listings that a person said are none of ours."""
    judge: Judge
    prices: Weekly

    @property
    def likely(self) -> pd.DataFrame:
        """The matches that count: more likely than not."""
        return self.matches[self.matches["confidence"] >= LIKELY].reset_index(drop=True)

    @cached_property
    def price_pairs(self) -> Pairs:
        """The likely matches with items that are on sale, and their prices week by week."""
        some = self.likely
        some = some[~self.items["new"].to_numpy()[some["item"]]].reset_index(drop=True)
        theirs, ours = index.side_by_side(self.prices, some, self.items["price"].to_numpy(dtype=float))
        table = some.assign(
            competitor=self.listings.table["competitor"].to_numpy()[some["listing"]],
            category=self.items["category"].to_numpy()[some["item"]],
        )
        return Pairs(
            table[["competitor", "category", "listing", "item", "confidence"]], theirs, ours, self.prices.first
        )


def opened(workspace: Workspace) -> Market:
    """The market of a shop after its decisions. Raises NotReady where no competitor's prices are loaded."""
    return judged(compared(workspace), workspace.cursor())


def compared(workspace: Workspace) -> Market:
    """The market without a judgement of what matches: all that takes time. Raises NotReady as `opened`."""
    cursor = workspace.cursor()
    found = listings.read(cursor)
    items = own_items(cursor)
    if items.empty:
        raise NotReady("There are no items of yours yet to hold competitors' listings against. Load products or sales.")
    grid = _grid(cursor, found, items)
    pairs, near = _compared(workspace, found, items, grid)
    none = pd.DataFrame({"listing": [], "item": [], "confidence": [], "how": [], "who": []})
    return Market(found, items, pairs, near, none, frozenset(), Judge(matches.PRIOR, 0), grid)


def own_items(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Products, then the new items of the sheet: item_id, title, description, category, brand, attributes (JSON),
    price, new, text (for the encoder), whole (with brand and attributes)."""
    products = cursor.execute(
        """SELECT product_id AS item_id, title, description, coalesce(category, '') AS category,
                  coalesce(brand, '') AS brand, attributes, false AS new,
                  coalesce(nullif(list_price, 0), paid) AS price
           FROM catalogue LEFT JOIN (
               SELECT product_id, median(coalesce(unit_price, revenue / nullif(units, 0))) AS paid
               FROM sales WHERE units > 0 GROUP BY ALL) USING (product_id) ORDER BY product_id"""
    ).df()
    new = cursor.execute(
        """SELECT item_id, title, description, coalesce(category, '') AS category, coalesce(brand, '') AS brand,
                  attributes, true AS new, nullif(coalesce(price, (price_min + price_max) / 2), 0) AS price
           FROM new_items ANTI JOIN catalogue ON item_id = product_id
           QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY batch_id DESC) = 1 ORDER BY item_id"""
    ).df()
    items = pd.concat([products, new], ignore_index=True) if len(new) else products
    text = item_text(items)
    # Only the values: the names of the attributes say nothing of this item.
    told = [" ".join(map(str, terms.attributes(cell).values())) for cell in items["attributes"]]
    return items.assign(text=text, whole=text + " " + items["brand"] + " " + told)


def _grid(cursor: duckdb.DuckDBPyConnection, found: Listings, items: pd.DataFrame) -> Weekly:
    ours = index.own_prices(cursor)
    ours["item"] = pd.Index(items["item_id"]).get_indexer(ours["product_id"])
    return likeness.weekly(found.prices, ours[ours["item"] >= 0], len(found.table), len(items))


def _compared(workspace: Workspace, found: Listings, items: pd.DataFrame, grid: Weekly) -> tuple[pd.DataFrame, ...]:
    """Candidates and near listings: from disk where the data are as they were."""

    def make() -> dict[str, pd.DataFrame]:
        texts = _texts(workspace, found, items)
        return {"pairs": likeness.candidates(texts, found.table, items, grid), "near": _near(texts, found, items)}

    frames = kept.frames(workspace, "listings", ("pairs", "near"), make)
    return frames["pairs"], frames["near"]


def _texts(workspace: Workspace, found: Listings, items: pd.DataFrame) -> Texts:
    from models.encoder import Encoder  # brings torch along, which a page that finds its market on disk does without

    encoder = Encoder(cache=workspace.artifacts / "embeddings")
    plain, titles, text = found.table["plain"].tolist(), items["title"].tolist(), items["text"].tolist()
    return Texts(
        plain, titles, items["whole"].tolist(), encoder.embed(plain), encoder.embed(titles), encoder.embed(text)
    )


def _near(texts: Texts, found: Listings, items: pd.DataFrame) -> pd.DataFrame:
    """item, listing, similarity of the new items: of no other category, what reads alike and, by its text, costs alike.

    Two things with the same picture on them read alike, though one is a mug and one a table; what a text lets one
    expect of the price tells them apart. It is a ridge regression of log price on the embedding.
    """
    new = np.flatnonzero(items["new"])
    near = likeness.similarity(texts, new)
    vectors = np.vstack([texts.title_vectors, texts.listing_vectors]).astype(float)
    price = np.concatenate([items["price"].to_numpy(dtype=float), found.table["price"].to_numpy(dtype=float)])
    price[new] = np.nan  # what the new items are to cost is what they are to be judged by
    expected = _expected_log_price(vectors, price)
    gap = np.abs(expected[new][:, None] - expected[len(items) :])
    same = likeness.same_category(items["category"].iloc[new], found.table["category"])
    order = np.argsort(-(near - ALIKE * gap + same), axis=1, kind="stable")[:, :NEAR]
    frame = pd.DataFrame({"item": np.repeat(new, order.shape[1]), "listing": order.ravel()})
    frame["similarity"] = np.take_along_axis(near, order, 1).ravel()
    return frame[np.take_along_axis(same, order, 1).ravel() > 0].reset_index(drop=True)


def _expected_log_price(vectors: np.ndarray, price: np.ndarray) -> np.ndarray:
    """(n,) log price by the text alone, fitted where price is known and above zero."""
    known = price > 0
    x, y = vectors[known], np.log(price[known])
    middle = x.mean(0)
    weights = np.linalg.solve(
        (x - middle).T @ (x - middle) + RIDGE * np.eye(x.shape[1]), (x - middle).T @ (y - y.mean())
    )
    return np.asarray((vectors - middle) @ weights + y.mean())


def judged(market: Market, cursor: duckdb.DuckDBPyConnection) -> Market:
    """A compared market with probabilities and matches, after the files and the decisions."""
    said, barred, rejected = _said(market, decisions.kept(cursor))
    answers = np.full(len(market.listings.table), UNKNOWN)
    for listing, (item, how, _) in said.items():
        if how != BULK:  # what the judge proposed itself teaches it nothing
            answers[listing] = item
    answers[list(rejected)] = NOT_OURS
    judge = matches.learn(market.pairs, answers)
    out = np.fromiter(
        (pair in barred for pair in zip(market.pairs["listing"], market.pairs["item"], strict=True)),
        bool,
        len(market.pairs),
    )
    pairs = market.pairs.assign(confidence=judge.probabilities(market.pairs, out))
    settled = {listing: item for listing, (item, _, _) in said.items()} | dict.fromkeys(rejected, NOT_OURS)
    chosen = matches.assigned(pairs, market.listings.table["competitor"].to_numpy(), settled)
    told = [said.get(listing, (-1, FOUND, "")) for listing in chosen["listing"]]
    for at, name in ((1, "how"), (2, "who")):
        chosen[name] = pd.Series([one[at] for one in told], dtype=object)
    return replace(market, pairs=pairs, matches=chosen, rejected=frozenset(rejected), judge=judge)


def _said(market: Market, log: pd.DataFrame) -> tuple[dict[int, tuple[int, str, str]], set[tuple[int, int]], set[int]]:
    """listing to (item, how, who) that is settled; pairs that are not; listings that are none of ours.

    A decision counts for more than the file. What is no longer there is passed over.
    """
    table = market.listings.table
    places = pd.Index(market.items["item_id"])
    file = places.get_indexer(table["product_id"])
    said = {int(row): (int(file[row]), FILE, "") for row in np.flatnonzero(file >= 0)}
    rows = (
        pd.MultiIndex.from_frame(table[["competitor", "name"]]).get_indexer(
            pd.MultiIndex.from_frame(log[["competitor", "listing"]])
        )
        if len(log)
        else np.array([], dtype=int)
    )
    barred: set[tuple[int, int]] = set()
    rejected: set[int] = set()
    items = places.get_indexer(log["item_id"])
    for row, item, verdict, how, who in zip(rows, items, log["verdict"], log["how"], log["who"], strict=True):
        if row < 0 or (verdict != "none" and item < 0):
            continue
        if verdict == "none":
            rejected.add(int(row))
            said.pop(int(row), None)
        elif verdict == "not":
            barred.add((int(row), int(item)))
            if said.get(int(row), (-1, "", ""))[0] == item:
                said.pop(int(row))
        else:
            said[int(row)] = (int(item), HAND if how == "hand" else BULK, str(who))
            rejected.discard(int(row))
    return said, barred, rejected

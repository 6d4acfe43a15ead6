"""Words that mean the same thing or come together, as one theme: a trend is seen in all of them at once.

"Anchor", "nautical" and "sailor" are each on a handful of items, too few to tell of; together they are not. Words are
joined by average linkage of how near their embeddings are and how often the same items use both. A word that only the
new items use goes to the theme that it means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from core.market import kept, terms
from core.market.market import own_items
from core.market.terms import WORD, Terms
from core.workspace import Workspace

__all__ = ["THEME", "Themes", "grouped", "opened"]

THEME = "theme"
FEWEST = 3  # items that use a word
MOST_WORDS = 1_500  # the most frequent: every pair of them is compared
TOGETHER = 0.5  # weight of how often two words are on the same items, beside how near they are
NEAR = 0.55  # from which on words are one theme
MEANS = 0.55  # cosine from which on a new word means a theme's word
NAMED = 3  # words in a theme's name


@dataclass(frozen=True)
class Themes:
    """Which words belong together."""

    table: pd.DataFrame
    """word, theme (its commonest words), new (only the new items use it)."""

    def of(self, items: pd.DataFrame) -> Terms:
        """The themes of items. items: title, description."""
        return self.of_texts(terms.written(items))

    def of_texts(self, texts: Sequence[str]) -> Terms:
        """The themes of texts."""
        names = sorted(self.table["theme"].unique())
        table = pd.DataFrame({"kind": THEME, "term": pd.Series(names, dtype=object)})
        if not names or not len(texts):
            return Terms(table[:0], sparse.csc_matrix((len(texts), 0), dtype=np.float32))
        from sklearn.feature_extraction.text import CountVectorizer

        words = self.table["word"].tolist()
        counts = CountVectorizer(token_pattern=terms.PATTERN, vocabulary=words, binary=True).transform(texts)
        place = pd.Index(names).get_indexer(self.table["theme"])
        into = sparse.csr_matrix((np.ones(len(words)), (np.arange(len(words)), place)), (len(words), len(names)))
        has = (counts @ into).tocsc()
        has.data = np.minimum(has.data, 1).astype(np.float32)
        return Terms(table, has)


def opened(workspace: Workspace) -> Themes:
    """The themes of a shop's items; from disk where the data are as they were."""

    def make() -> dict[str, pd.DataFrame]:
        from models.encoder import Encoder  # brings torch along

        items = own_items(workspace.cursor())
        encoder = Encoder(cache=workspace.artifacts / "embeddings")
        old, new = items[~items["new"]], items[items["new"]]
        words = _single(terms.of_texts(terms.written(old), FEWEST))
        table = grouped(words, encoder.embed(words.table["term"].tolist()))
        return {"themes": _with_new(table, terms.written(new), encoder.embed)}

    return Themes(kept.frames(workspace, "themes", ("themes",), make)["themes"])


def grouped(words: Terms, vectors: np.ndarray) -> pd.DataFrame:
    """word, theme, new: the words that share a theme with another one. vectors: (words, d) unit vectors."""
    none = pd.DataFrame({"word": [], "theme": [], "new": []}).astype({"word": object, "theme": object, "new": bool})
    if len(words.table) < 2:
        return none
    count = np.asarray(words.has.sum(0)).ravel()
    common = (words.has.T @ words.has).toarray() / np.sqrt(np.outer(count, count))
    far = 1 - np.clip(vectors @ vectors.T + TOGETHER * common, -1, 1)
    tree = linkage(far[np.triu_indices(len(far), 1)], "average")
    frame = words.table.assign(group=fcluster(tree, 1 - NEAR, "distance"), count=count)
    frame = frame[frame.groupby("group")["group"].transform("size") > 1]
    if frame.empty:
        return none
    frame = frame.sort_values(["count", "term"], ascending=[False, True], kind="stable")
    names = frame.groupby("group")["term"].agg(lambda own: ", ".join(own.head(NAMED)))
    return pd.DataFrame(
        {"word": frame["term"].to_numpy(), "theme": frame["group"].map(names).to_numpy(), "new": False}
    ).sort_values(["theme", "word"], ignore_index=True)


def _single(words: Terms) -> Terms:
    """The commonest single words."""
    own = words.only(((words.table["kind"] == WORD) & ~words.table["term"].str.contains(" ")).to_numpy())
    count = np.asarray(own.has.sum(0)).ravel()
    mask = np.zeros(len(count), dtype=bool)
    mask[np.argsort(-count, kind="stable")[:MOST_WORDS]] = True
    return own.only(mask)


def _with_new(table: pd.DataFrame, texts: list[str], embed: Callable[[list[str]], np.ndarray]) -> pd.DataFrame:
    """With the words that only the new items use, each under the theme of the word that it is nearest to."""
    known = set(table["word"])
    fresh = [word for word in _single(terms.of_texts(texts, 1)).table["term"] if word not in known]
    if not fresh or table.empty:
        return table
    near = embed(fresh) @ embed(table["word"].tolist()).T
    best = near.argmax(1)
    means = near.max(1) >= MEANS
    found = pd.DataFrame({"word": fresh, "theme": table["theme"].to_numpy()[best], "new": True})[means]
    return pd.concat([table, found], ignore_index=True)

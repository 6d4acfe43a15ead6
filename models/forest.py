"""A forest that answers with weights: how much each past example counts for a new one.

Extremely randomised trees (Geurts et al. 2006, doi 10.1007/s10994-006-6226-1) on a few hundred to a few thousand
examples; the share of trees in which two fall into the same leaf, leaf by leaf, is the weight of the one in
the forecast of the other (Meinshausen 2006, quantile regression forests, jmlr.org/papers/v7/meinshausen06a.html).
Whatever is wanted of the distribution, quantiles, mean or chances, follows from the weighted examples.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from torch import Tensor, from_numpy

from models.errors import VersionError

__all__ = ["Forest", "fit_forest"]

TREES = 200
LEAST_IN_LEAF = 8
FEATURES_TRIED = 0.4  # share of the features that a split may choose from


@dataclass(frozen=True)
class Forest:
    """Grown trees, all nodes in one table, depth first: the left child follows its parent."""

    examples: np.ndarray
    """(examples, features) float32 that the trees were grown on, NaN filled."""
    usual: np.ndarray
    """(features,) medians, taken where a number is unknown."""
    roots: np.ndarray
    """(trees,) first node of each tree."""
    feature: np.ndarray
    """(nodes,) that is asked for; -1 at a leaf."""
    threshold: np.ndarray
    """(nodes,) float32: up to it the answer is left."""
    right: np.ndarray
    """(nodes,) right child."""

    def weights(self, X: np.ndarray) -> csr_matrix:
        """(n, examples) sparse weights of (n, features) numbers, NaN where unknown; each row sums to 1."""
        leaves = self._descend(_filled(X, self.usual))
        return self._fell(leaves, np.full(leaves.size, 1 / len(self.roots), np.float32)) @ self._members

    def tensors(self) -> dict[str, Tensor]:
        """The parts to save."""
        names = self.__dataclass_fields__
        return {name: from_numpy(np.ascontiguousarray(getattr(self, name))) for name in names}

    @classmethod
    def restored(cls, tensors: dict[str, Tensor]) -> "Forest":
        """The forest of saved parts. Raises VersionError where they are no trees: a file may come from anywhere."""
        names = cls.__dataclass_fields__
        if tensors.keys() != names.keys():
            raise VersionError(f"The forest lacks {', '.join(sorted(names.keys() - tensors.keys())) or 'nothing'}")
        forest = cls(**{name: values.numpy() for name, values in tensors.items()})
        nodes, inner = len(forest.feature), np.flatnonzero(forest.feature >= 0)
        onwards = (forest.right[inner] > inner + 1) & (forest.right[inner] < nodes)  # so every way down ends
        asked = forest.feature[inner] < forest.examples.shape[-1]
        rooted = (forest.roots >= 0) & (forest.roots < nodes)
        fits = len(forest.threshold) == len(forest.right) == nodes and len(forest.usual) == forest.examples.shape[-1]
        if not (fits and onwards.all() and asked.all() and rooted.all() and len(forest.roots)):
            raise VersionError("The forest is damaged")
        return forest

    @cached_property
    def _members(self) -> csr_matrix:
        """(nodes, examples) share of each example in its leaves."""
        leaves = self._descend(self.examples)
        size = np.bincount(leaves.ravel(), minlength=len(self.feature))
        return self._fell(leaves, (1 / size[leaves.ravel()]).astype(np.float32)).T.tocsr()

    def _fell(self, leaves: np.ndarray, share: np.ndarray) -> csr_matrix:
        """(rows, nodes) with a share at each of the (rows, trees) leaves that a row fell into."""
        rows = np.repeat(np.arange(len(leaves)), leaves.shape[1])
        return csr_matrix((share, (rows, leaves.ravel())), (len(leaves), len(self.feature)))

    def _descend(self, X: np.ndarray) -> np.ndarray:
        """(n, trees) leaves: all rows step down all trees at once."""
        at = np.tile(self.roots, len(X))
        rows = np.repeat(np.arange(len(X)), len(self.roots))
        inner = np.flatnonzero(self.feature[at] >= 0)
        while len(inner):
            node = at[inner]
            left = X[rows[inner], self.feature[node]] <= self.threshold[node]
            at[inner] = node = np.where(left, node + 1, self.right[node])
            inner = inner[self.feature[node] >= 0]
        return at.reshape(len(X), len(self.roots))


def fit_forest(X: np.ndarray, y: np.ndarray, seed: int = 0, threads: int = 1) -> Forest:
    """Grow the trees on (n, features) numbers, NaN where unknown, and (n,) targets."""
    from sklearn.ensemble import ExtraTreesRegressor

    usual = np.array([np.median(known) if len(known := column[~np.isnan(column)]) else 0.0 for column in X.T])
    examples = _filled(X, usual)
    grown = ExtraTreesRegressor(
        TREES, min_samples_leaf=LEAST_IN_LEAF, max_features=FEATURES_TRIED, random_state=seed, n_jobs=threads
    ).fit(examples, y)
    trees = [one.tree_ for one in grown.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])]).astype(np.int32)
    return Forest(
        examples,
        usual,
        roots,
        np.concatenate([np.maximum(tree.feature, -1) for tree in trees]).astype(np.int16),
        np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
        # Children are counted from the root of their own tree; a leaf has none.
        np.concatenate([tree.children_right + root for tree, root in zip(trees, roots, strict=True)]).astype(np.int32),
    )


def _filled(X: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """float32, as the trees compare."""
    return np.where(np.isnan(X), usual, X).astype(np.float32)

"""The forest: its weights are those of its leaves, unknown numbers are allowed, and saved parts grow the same trees."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from models import forest as forests
from models.errors import VersionError
from models.forest import Forest, fit_forest


@pytest.fixture(scope="module", name="X")
def numbers() -> np.ndarray:
    X = np.random.default_rng(0).normal(size=(300, 4))
    X[::7, 2] = np.nan
    return X


@pytest.fixture(scope="module")
def y(X: np.ndarray) -> np.ndarray:
    return 3 * (X[:, 0] > 0) + np.random.default_rng(1).normal(0, 0.1, len(X))


@pytest.fixture(scope="module")
def forest(X: np.ndarray, y: np.ndarray) -> Forest:
    return fit_forest(X, y)


def test_weights_sum_to_one_and_are_never_negative(forest: Forest, X: np.ndarray) -> None:
    weights = forest.weights(X[:20]).toarray()
    assert weights.shape == (20, 300)
    assert weights.min() >= 0
    assert weights.sum(1) == pytest.approx(1, abs=1e-5)


def test_weighted_examples_give_the_forecast_of_the_trees(forest: Forest, X: np.ndarray, y: np.ndarray) -> None:
    """The mean under the weights is what the library's own forest answers: the traversal is right."""
    filled = np.where(np.isnan(X), np.nanmedian(X, 0), X).astype(np.float32)
    theirs = ExtraTreesRegressor(
        forests.TREES,
        min_samples_leaf=forests.LEAST_IN_LEAF,
        max_features=forests.FEATURES_TRIED,
        random_state=0,
        n_jobs=1,
    ).fit(filled, y)
    np.testing.assert_allclose(forest.weights(X) @ y, theirs.predict(filled), atol=2e-3)


def test_what_decides_decides(forest: Forest, y: np.ndarray) -> None:
    low, high = forest.weights(np.array([[-2.0, 0, 0, 0], [2.0, 0, 0, 0]])).toarray() @ y
    assert low < 1.2
    assert high > 1.6


def test_unknown_numbers_count_as_the_usual_ones(forest: Forest) -> None:
    unknown = forest.weights(np.full((1, 4), np.nan)).toarray()
    np.testing.assert_allclose(unknown, forest.weights(forest.usual[None]).toarray(), atol=1e-6)


def test_a_number_that_nobody_knows_is_no_error() -> None:
    X = np.column_stack([np.arange(60.0), np.full(60, np.nan)])
    grown = fit_forest(X, np.arange(60.0))
    assert grown.weights(np.array([[55.0, np.nan]])).toarray()[0, 40:].sum() > 0.7


def test_nothing_is_asked_and_nothing_answered(forest: Forest) -> None:
    assert forest.weights(np.empty((0, 4))).shape == (0, 300)


def test_saved_parts_grow_the_same_trees(forest: Forest, X: np.ndarray) -> None:
    again = Forest.restored(forest.tensors())
    assert (again.weights(X) != forest.weights(X)).nnz == 0


@pytest.mark.parametrize("part", ["roots", "feature", "threshold", "right", "usual", "examples"])
def test_a_part_that_is_missing_or_cut_is_refused(forest: Forest, part: str) -> None:
    tensors = forest.tensors()
    with pytest.raises(VersionError, match=part):
        Forest.restored({name: values for name, values in tensors.items() if name != part})
    if part != "roots":
        with pytest.raises(VersionError, match="damaged"):
            Forest.restored(tensors | {part: tensors[part][..., :-1]})

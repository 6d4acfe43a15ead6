"""Gradient-boosted quantiles: the half of the forecast that reads only numbers (Ke et al. 2017, LightGBM)."""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np

__all__ = ["fit_quantiles", "predict_quantiles", "restore"]
ROUNDS = 200
PARAMETERS = {
    "learning_rate": 0.03,
    "num_leaves": 15,  # a few hundred launches: small trees, wide leaves
    "min_data_in_leaf": 20,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.8,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def fit_quantiles(
    X: np.ndarray, y: np.ndarray, quantiles: Sequence[float], seed: int = 0, threads: int = 1
) -> list[lgb.Booster]:
    """One booster a quantile of y (n,) given X (n, features); NaN in X means unknown."""
    shared = PARAMETERS | {"seed": seed, "num_threads": threads}
    if len(y) < 200:
        shared |= {"min_data_in_leaf": max(3, len(y) // 10)}
    return [
        lgb.train(shared | {"objective": "quantile", "alpha": quantile}, lgb.Dataset(X, y), ROUNDS)
        for quantile in quantiles
    ]


def predict_quantiles(boosters: Sequence[lgb.Booster], X: np.ndarray) -> np.ndarray:
    """(n, quantiles), in rising order."""
    return np.sort(np.column_stack([np.asarray(booster.predict(X)) for booster in boosters]), axis=1)


def restore(texts: Sequence[str]) -> list[lgb.Booster]:
    """Boosters from what `Booster.model_to_string` wrote."""
    return [lgb.Booster(model_str=text) for text in texts]

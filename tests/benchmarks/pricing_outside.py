"""EconML and XGBoost on arrays that `pricing_peers` wrote; runs by itself in a Python that has them.

python pricing_outside.py GIVEN.npz GOT.npz
"""

import sys
import warnings

import numpy as np


def main(given: str, got: str) -> None:
    warnings.simplefilter("ignore")
    with np.load(given) as arrays:
        data = {name: arrays[name] for name in arrays.files}
    np.savez(got, econml=econml(data), xgboost=xgboost(data))


def econml(data: dict[str, np.ndarray]) -> np.ndarray:
    """(n,) elasticity of each item by LinearDML, linear in its categories and words, as the library would have it."""
    from econml.dml import LinearDML
    from lightgbm import LGBMRegressor

    def nuisance() -> LGBMRegressor:
        return LGBMRegressor(n_estimators=150, learning_rate=0.05, min_child_samples=30, n_jobs=1, verbose=-1)

    model = LinearDML(model_y=nuisance(), model_t=nuisance(), cv=3, random_state=0)
    X = data["words"][data["item"]]
    X = X + 1e-6 * np.random.default_rng(0).normal(size=X.shape)  # categories sum to one, which it refuses to invert
    model.fit(data["y"], data["p"], X=X, W=data["controls"], inference=None)
    return np.asarray(model.const_marginal_effect(data["words"])).ravel()


def xgboost(data: dict[str, np.ndarray]) -> np.ndarray:
    """(n, G) units at other prices over those at the usual one."""
    from xgboost import XGBRegressor

    model = XGBRegressor(
        objective="count:poisson", n_estimators=400, learning_rate=0.05, max_depth=7, min_child_weight=20,
        colsample_bytree=0.8, random_state=0, n_jobs=1,
    ).fit(data["features"], data["units"])  # fmt: skip
    some = data["features"][data["late"]].copy()
    who = np.unique(data["item"][data["late"]], return_inverse=True)[1]
    usual = some[:, 0] - some[:, 1]

    def at(one: float) -> np.ndarray:
        some[:, 0], some[:, 1] = usual + np.log(one), np.log(one)
        return np.bincount(who, np.maximum(model.predict(some), 1e-6))

    base = at(1.0)
    return np.stack([at(float(one)) / base for one in data["ratio"]], axis=1)


if __name__ == "__main__":
    main(*sys.argv[1:])

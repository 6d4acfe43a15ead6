"""What a shop would use instead of Debut's price response, on the same weeks with the same controls.

    OLS        log units on log price, effects of items and of each category's weeks, a slope of each category
    LightGBM   units by a Poisson loss, asked again at another price
    XGBoost    the same
    EconML     LinearDML of log units on log price, both without the effects that OLS has; effects by category and words

Controls of all: promotions, views, units and price of the weeks before, age, season. The last two run in a Python of
their own (see `outside`), as their packages are large and nothing else here needs them.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from core.prices.grid import within
from core.prices.panel import Panel

__all__ = ["NAMES", "factors", "outside"]

NAMES = ("OLS", "LightGBM", "XGBoost", "EconML")
PACKAGES = ("econml==0.17.0", "xgboost-cpu==3.2.0")
LATE = 13  # last weeks of an item, in which the trees are asked at other prices
TREES = {"n_estimators": 400, "learning_rate": 0.05, "num_leaves": 63, "min_child_samples": 20, "colsample_bytree": 0.8}
SCRIPT = Path(__file__).with_name("pricing_outside.py")


def factors(panel: Panel, ratio: np.ndarray, python: Path | None) -> dict[str, np.ndarray]:
    """(n, G) units at `ratio` (G,) times the usual price over those there, by peer; without `python` only the first
    two. Items in the order of the panel's."""
    frame = table(panel)
    words = item_words(panel.items)
    out = {"OLS": ratio[None, :] ** ols(panel, frame)[:, None], "LightGBM": trees(frame, words, ratio)}
    if python is not None:
        out |= _outside(panel, frame, words, ratio, python)
    return out


def table(panel: Panel) -> pd.DataFrame:
    """One row an item and week: what all peers may know."""
    rows = panel.rows.sort_values(["item", "week"]).reset_index(drop=True)
    by = rows.groupby("item")
    price, units = np.log(rows["price"]), np.log1p(rows["units"])
    usual = by["price"].transform("median")
    week = rows["week"].to_numpy()
    frame = pd.DataFrame(
        {
            "item": rows["item"], "week": week, "units": rows["units"], "log_units": units, "log_price": price,
            "relative": price - np.log(usual), "promoted": rows["promoted"],
            "age": week - by["week"].transform("min"), "sin": np.sin(2 * np.pi * week / 52),
            "cos": np.cos(2 * np.pi * week / 52),
            "category": pd.factorize(panel.items["category"].fillna(""), sort=True)[0][rows["item"]],
        }
    )  # fmt: skip
    if rows["views"].notna().any():
        frame["views"] = np.log1p(rows["views"].fillna(0))
    for lag in (1, 2):
        frame[f"units_{lag}"] = units.groupby(rows["item"]).shift(lag)
        frame[f"price_{lag}"] = frame["relative"].groupby(rows["item"]).shift(lag)
    lags = [name for name in frame if name[-2:] in ("_1", "_2")]
    frame[lags] = frame[lags].groupby(rows["item"]).bfill().fillna(0.0)
    return frame


def item_words(items: pd.DataFrame) -> np.ndarray:
    """(n, k) 0 and 1: categories and the words of the titles."""
    words = CountVectorizer(binary=True, min_df=5, token_pattern=r"[^\W\d_]{3,}").fit_transform(items["title"])
    known = pd.get_dummies(items["category"].fillna("")).to_numpy(float)
    return np.column_stack([known, words.toarray()])


def demeaned(panel: Panel, frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    """(k, rows) columns without the effects of items and of each category's weeks."""
    code = frame.groupby("item")["category"].first().to_numpy()
    order = np.argsort(code, kind="stable")
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    at = place[pd.factorize(frame["item"])[0]], frame["week"].to_numpy()
    wide = np.zeros((len(names), len(order), int(frame["week"].max()) + 1))
    for row, name in enumerate(names):
        wide[row][at] = frame[name]
    weight = np.zeros(wide.shape[1:])
    weight[at] = 1.0
    return within(wide, weight, code[order])[:, at[0], at[1]]


def controls(frame: pd.DataFrame) -> list[str]:
    """Names of the columns that are held constant."""
    kept = ("promoted", "views", "age", "units_1", "units_2", "price_1", "price_2")
    return [name for name in kept if name in frame]


def ols(panel: Panel, frame: pd.DataFrame) -> np.ndarray:
    """(n,) elasticity of each item: that of its category."""
    names = controls(frame)
    y, p, *x = demeaned(panel, frame, ["log_units", "log_price", *names])
    code = frame["category"].to_numpy()
    slopes = p[:, None] * (code[:, None] == np.arange(code.max() + 1)[None, :])
    found = np.linalg.lstsq(np.column_stack([slopes, *x]), y, rcond=None)[0]
    return found[frame.groupby("item")["category"].first().to_numpy()]


def features(frame: pd.DataFrame, words: np.ndarray) -> np.ndarray:
    """(rows, k) of the trees; the price comes first, then the price relative to the usual one."""
    names = ["log_price", "relative", "item", "week", "sin", "cos", "category", *controls(frame)]
    return np.column_stack([frame[names].to_numpy(float), words[frame["item"]]])


def trees(frame: pd.DataFrame, words: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """(n, G) by LightGBM."""
    from lightgbm import LGBMRegressor

    X = features(frame, words)
    model = LGBMRegressor(objective="poisson", **TREES, random_state=0, n_jobs=1, verbose=-1)
    booster = model.fit(X, frame["units"].to_numpy()).booster_
    return asked(lambda some: booster.predict(some, num_threads=1), X, late(frame), frame["item"].to_numpy(), ratio)


def late(frame: pd.DataFrame) -> np.ndarray:
    """(rows,) whether a row is among the last weeks of its item."""
    return (frame["week"] > frame.groupby("item")["week"].transform("max") - LATE).to_numpy()


def asked(predict, X: np.ndarray, rows: np.ndarray, item: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """(n, G) units that a model foretells at other prices over those at the usual one, summed over the late weeks."""
    some, who = X[rows].copy(), np.unique(item[rows], return_inverse=True)[1]
    usual = some[:, 0] - some[:, 1]

    def at(one: float) -> np.ndarray:
        some[:, 0], some[:, 1] = usual + np.log(one), np.log(one)
        return np.bincount(who, np.maximum(predict(some), 1e-6))

    base = at(1.0)
    return np.stack([at(float(one)) / base for one in ratio], axis=1)


def _outside(
    panel: Panel, frame: pd.DataFrame, words: np.ndarray, ratio: np.ndarray, python: Path
) -> dict[str, np.ndarray]:
    names = controls(frame)
    y, p, *x = demeaned(panel, frame, ["log_units", "log_price", *names])
    with tempfile.TemporaryDirectory() as folder:
        given, got = Path(folder) / "given.npz", Path(folder) / "got.npz"
        np.savez(
            given, y=y, p=p, controls=np.column_stack([*x, frame[["sin", "cos", "week"]].to_numpy(float)]),
            words=words, item=frame["item"].to_numpy(), features=features(frame, words),
            units=frame["units"].to_numpy(), late=late(frame), ratio=ratio,
        )  # fmt: skip
        done = subprocess.run([python, SCRIPT, given, got], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"EconML and XGBoost failed:\n{done.stderr[-2000:]}")
        with np.load(got) as found:
            return {"XGBoost": found["xgboost"], "EconML": ratio[None, :] ** found["econml"][:, None]}


def outside() -> Path | None:
    """A Python with EconML and XGBoost: that of DEBUT_PEERS, this one, or one beside it, which is made where it is
    missing. None where that fails, for want of a network say."""
    if os.environ.get("DEBUT_PEERS"):
        return Path(os.environ["DEBUT_PEERS"])
    if all(importlib.util.find_spec(name) for name in ("econml", "xgboost")):
        return Path(sys.executable)
    folder = Path(sys.prefix) / "peers"
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        print(f"making {folder} with {' and '.join(PACKAGES)}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        here = next(path for path in sys.path if path.endswith("site-packages"))
        (next(folder.glob("lib/python*/site-packages")) / "beside.pth").write_text(here + "\n")
        if subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES]).returncode:
            print("They cannot be installed: EconML and XGBoost are left out.")
            return None
        (folder / "made").touch()
    return python

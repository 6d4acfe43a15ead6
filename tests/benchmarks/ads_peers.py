"""Peers of the response model on the same data: least squares on adstocked spend, and PyMC-Marketing's media mix.

PyMC-Marketing stays out of the project: it runs in an environment of its own, found by the variable PYMC_PYTHON, and
is handed parquet. To make one:  python -m venv pymc && pymc/bin/pip install pymc-marketing pyarrow numpyro
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from core.ads.panel import Panel
from models.adstock import kernel, stock

__all__ = ["least_squares", "pymc", "pymc_python"]

DECAYS = (0.0, 0.3, 0.6)
HARMONICS = 3
SCRIPT = Path(__file__).with_name("ads_pymc.py")
LONGEST = 3_600  # seconds


def least_squares(panel: Panel) -> np.ndarray:
    """(C,) revenue brought, by least squares on carried-over spend, season, trend and promotions; never negative.

    One decay for all channels, the one that fits best.
    """
    from scipy.optimize import lsq_linear

    revenue, spend = panel.revenue.sum(0), panel.spend.sum(1)
    t = np.arange(len(revenue))
    waves = [part(2 * np.pi * k * t / 52.18) for k in range(1, HARMONICS + 1) for part in (np.sin, np.cos)]
    controls = np.column_stack([np.ones(len(t)), t / len(t), *waves, panel.promoted.mean(0)])
    best, found = np.inf, np.zeros(len(spend))
    for decay in DECAYS:
        held = stock(spend, kernel(np.array(decay), np.array(0.0)))
        design = np.column_stack([controls, held.T])
        low = np.append(np.full(controls.shape[1], -np.inf), np.zeros(len(spend)))
        fitted = lsq_linear(design, revenue, (low, np.inf))
        if fitted.cost < best:
            best, found = fitted.cost, fitted.x[-len(spend) :] * held.sum(1)
    return found


def pymc_python() -> str | None:
    """The interpreter that has PyMC-Marketing; None where none is named."""
    named = os.environ.get("PYMC_PYTHON")
    return named if named and Path(named).exists() else None


def pymc(panel: Panel) -> tuple[np.ndarray, float]:
    """(C,) revenue brought (mean) as PyMC-Marketing's media mix has it, and the seconds that it took to fit."""
    python = pymc_python()
    assert python is not None
    with tempfile.TemporaryDirectory() as folder:
        given, got = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        table = pd.DataFrame(panel.spend.sum(1).T, columns=panel.channels)
        table = table.assign(date=panel.weeks, y=panel.revenue.sum(0), promoted=panel.promoted.mean(0))
        table.to_parquet(given)
        start = time.perf_counter()
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [python, str(SCRIPT), str(given), str(got)],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            env=environment,
        )
        if done.returncode:
            raise RuntimeError(f"PyMC-Marketing failed: {done.stderr[-2000:]}")
        out = pd.read_parquet(got)
        seconds = float(out["seconds"].iloc[0]) if "seconds" in out else time.perf_counter() - start
    return out.set_index("channel")["contribution"].reindex(panel.channels).to_numpy(float), seconds

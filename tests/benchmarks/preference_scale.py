"""How quickly and in how much memory everybody is scored for everything.

A made-up shop of 5,000 items: each customer did some thirty things. Customers are read by the Transformer, new items
compared with every source, the whole matrix scored and the best of every row and column kept, in one process that
tells its own peak.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from core.people import KINDS
from core.preference.calibration import Calibration
from core.preference.level import Level
from core.preference.memory import GROUPS, HABITS, LATEST, Memory
from core.preference.nearness import NEARNESS, Asked, Sources
from core.preference.scorer import Scorer
from models.preference import Deeds, PreferenceNet, Shape

ROOT = Path(__file__).parents[2]
WIDTH, SOURCES, TOPICS = 384, 5_000, 50
DEEDS = 30
BARS = {"full_100k_x_1k_s": 10, "full_peak_mb": 3_000}


@dataclass(frozen=True)
class Size:
    """Of a made-up shop."""

    customers: int
    items: int


FULL = {"full_100k_x_1k": Size(100_000, 1_000), "stream_1m_x_10k": Size(1_000_000, 10_000)}
QUICK = {name: Size(3_000, 120) for name in FULL}


def figures(*, quick: bool) -> dict[str, float]:
    """Seconds and peak memory of each size; prints them."""
    found = {}
    for name, size in (QUICK if quick else FULL).items():
        command = [sys.executable, "-m", "tests.benchmarks.preference_scale", str(size.customers), str(size.items)]
        told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        found |= {f"{name}_s": told["seconds"], f"{name.split('_')[0]}_peak_mb": told["peak_mb"]}
    for name, value in found.items():
        print(f"{name:24s} {value:10.1f}   {f'asked for: {BARS[name]}' if name in BARS else ''}")
    return found


def run(size: Size) -> dict[str, float]:
    """Score a made-up shop; seconds without making it up, and megabytes at the peak of the process."""
    torch.set_num_threads(2)
    random = np.random.default_rng(0)
    topics = _unit(random.normal(size=(TOPICS, WIDTH)))
    known, memory, new = _sources(random, topics), _memory(random, size.customers), _asked(random, topics, size.items)
    made_up = Scorer(_net(), _level(), Calibration(-4.0, 1.0, 0.3, 0.2), 8, 0.1)
    began = time.perf_counter()
    best = made_up.best(known, memory, new, np.full(size.items, -4.0))
    seconds = time.perf_counter() - began
    assert (best.of_item[:, 0] >= 0).all()
    assert (best.of_customer[:, 0] >= 0).all()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "peak_mb": peak / (1e6 if sys.platform == "darwin" else 1e3)}


def _net() -> PreferenceNet:
    torch.manual_seed(0)
    net = PreferenceNet(Shape(len(GROUPS), len(KINDS), len(HABITS), len(NEARNESS), WIDTH))
    torch.nn.init.normal_(net.deep.taste.weight, std=0.1)
    return net.eval()


def _level() -> Level:
    return Level(np.zeros(1), 0.0, np.zeros(1), np.ones(1), np.zeros(52))


def _sources(random: np.random.Generator, topics: np.ndarray) -> Sources:
    vectors = _unit(topics[random.integers(0, TOPICS, SOURCES)] + random.normal(0, 0.05, (SOURCES, WIDTH)))
    codes = pd.Series([f"{number:05d}" for number in range(20_000, 20_000 + SOURCES)])
    price = np.log1p(random.gamma(2.0, 4.0, SOURCES))
    return Sources(vectors.astype(np.float32), _words(random, SOURCES), TfidfVectorizer(), codes, price)


def _asked(random: np.random.Generator, topics: np.ndarray, items: int) -> Asked:
    vectors = _unit(topics[random.integers(0, TOPICS, items)] + random.normal(0, 0.05, (items, WIDTH)))
    codes = pd.Series([f"{number:05d}" for number in range(30_000, 30_000 + items)])
    price = np.log1p(random.gamma(2.0, 4.0, items))
    return Asked(vectors.astype(np.float32), _words(random, items), codes, price, np.full(items, -1))


def _words(random: np.random.Generator, rows: int) -> sparse.csr_matrix:
    """Four words of two thousand each, unit rows."""
    column = random.integers(0, 2_000, rows * 4)
    return sparse.csr_matrix((np.full(rows * 4, 0.5, np.float32), column, np.arange(0, rows * 4 + 1, 4)), (rows, 2_000))


def _memory(random: np.random.Generator, customers: int) -> Memory:
    lengths = random.poisson(DEEDS, customers)
    first = np.concatenate([[0], np.cumsum(lengths)])
    deeds = Deeds(first, random.integers(0, SOURCES, first[-1]), random.integers(0, len(GROUPS), first[-1]))
    latest = random.integers(0, SOURCES, (customers, LATEST)).astype(np.int32)
    latest[np.arange(LATEST)[None, :] >= lengths[:, None]] = -1
    kinds = random.integers(0, len(KINDS), (customers, LATEST)).astype(np.int8)
    ages = np.sort(random.uniform(0, 5, (customers, LATEST)).astype(np.float32), axis=1)
    habits = random.normal(size=(customers, len(HABITS))).astype(np.float32)
    habits[:, HABITS.index("buyer")] = 1
    return Memory(700, np.arange(customers), deeds, latest, kinds, ages, habits)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    print(json.dumps(run(Size(int(sys.argv[1]), int(sys.argv[2])))))

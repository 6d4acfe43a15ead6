"""The weeks of each channel's money: moved from week to week as long as that brings more.

Channels do not touch each other, so all of them are moved at once. Where a curve is S-shaped the end need not be the
best of all: it is never worse than the flight that it starts from. No week gets more than has been seen, or than it
had.
"""

import numpy as np

from core.ads.scene import Scene

__all__ = ["moved"]

SIZES = (1 / 12, 1 / 40)  # of a channel's money that is moved at a time
ROUNDS = 30  # of each size
GAIN = 1e-6  # of what a channel brings; less is no gain


def moved(scene: Scene, spend: np.ndarray) -> np.ndarray:
    """(C, W) the same money a channel, in better weeks. spend: (C, W) to start from."""
    best, value = spend.astype(float), _value(scene, spend)
    top = np.maximum(scene.largest[:, None], spend.max(1, keepdims=True))
    for size in SIZES:
        step = size * spend.sum(1)
        for _ in range(ROUNDS):
            tried = _next(scene, best, step, top)
            worth = _value(scene, tried)
            better = worth > value + GAIN * np.abs(value)
            if not better.any():
                break
            best, value = np.where(better[:, None], tried, best), np.where(better, worth, value)
            step = np.where(better, step, 0.0)
    return best


def _next(scene: Scene, spend: np.ndarray, step: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Each channel with a step of its money moved from the week that loses least to the one that gains most."""
    weeks = spend.shape[1]
    more, less = np.full(spend.shape, -np.inf), np.full(spend.shape, -np.inf)
    for week in range(weeks):
        change = np.zeros(spend.shape)
        change[:, week] = step
        room, there = spend[:, week] + step <= top[:, 0] * (1 + GAIN), spend[:, week] >= step * (1 - GAIN)
        if room.any():
            more[:, week] = np.where(room, _value(scene, spend + change), -np.inf)
        if there.any():
            less[:, week] = np.where(there, _value(scene, np.maximum(spend - change, 0.0)), -np.inf)
    rows = np.arange(len(spend))
    target = more.argmax(1)
    less[rows, target] = -np.inf
    source = less.argmax(1)
    can = np.isfinite(more[rows, target]) & np.isfinite(less[rows, source])
    tried = spend.copy()
    tried[rows[can], target[can]] += step[can]
    tried[rows[can], source[can]] -= step[can]
    return np.maximum(tried, 0.0)


def _value(scene: Scene, spend: np.ndarray) -> np.ndarray:
    """(C,) what each channel's money is expected to bring after the cost of the units."""
    parts = zip(scene.lifts, scene.parts, strict=True)
    return sum(part.margin * lifts.total(lifts.held(spend * part.share[:, None])).mean(0) for lifts, part in parts)

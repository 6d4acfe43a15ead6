"""What a suggested split of the budget loses against the best one, judged on the true response to ads.

Both come from `core.ads.allocate` as the page runs it: the suggestion on what was fitted, the best on the truth, with
the present budget of the next quarter spent whole, evenly over the weeks, and no channel above its largest week seen.
"""

from dataclasses import replace

import numpy as np

from core.ads import scene, whatif
from core.ads.allocate import allocate, equal_split
from core.ads.response import Response
from core.ads.scene import Scene
from core.ads.wishes import Wish

__all__ = ["WINDOW", "certain", "regrets"]

WINDOW = 13  # weeks


def certain(
    fit: Response, effect: np.ndarray, decay: np.ndarray, delay: np.ndarray, half: np.ndarray, slope: np.ndarray,
    scale: np.ndarray, *, proportional: bool,
) -> Response:  # fmt: skip
    """The truth as a response of one draw. Numbers are (C,), scale (C, G): money a week that is exposure 1.

    Units without ads are those of the fit, for suggestion and truth alike.
    """
    return replace(
        fit, effect=effect[None], decay=decay[None], delay=delay[None], half=half[None], slope=slope[None],
        group_effect=np.ones((1, *scale.shape)), scale=scale, proportional=np.array([proportional]),
    )  # fmt: skip


def regrets(fit: Response, truth: Response) -> dict[str, float]:
    """suggested, present, equal: share of what the ads of the best split bring that each of them loses."""
    fitted, true = (scene.of_groups(one, fit.groups, "the whole shop", WINDOW) for one in (fit, truth))
    budget = float(true.usual.sum())
    most = tuple(WINDOW * np.maximum(true.largest, true.usual.max(1)))
    nothing = (0.0,) * len(most)
    wish = Wish(budget, nothing, most, nothing, aim="whole", flights=("even",))
    none = _earned(true, np.zeros_like(true.usual))
    best = _earned(true, allocate(true, wish).spend) - none
    plans = {
        "suggested": allocate(fitted, wish).spend,
        "present": true.usual,
        "equal": equal_split(true, budget).spend,
    }
    return {name: 1 - (_earned(true, plan) - none) / best for name, plan in plans.items()}


def _earned(true: Scene, plan: np.ndarray) -> float:
    """Money after the cost of the units."""
    return float(whatif.outcome(true, plan).total("gross").mean())

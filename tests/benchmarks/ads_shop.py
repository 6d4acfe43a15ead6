"""What ads bring in the demo shop, whose truth is known, and how long a move of a slider takes on the server."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.ads import holdout, panel, response, scene, whatif
from core.ads.figures import band
from core.ads.response import Response
from core.workspace import Workspace
from data.demo import simulate
from tests.benchmarks.pricing_truth import fill

MOVES = 30
WINDOW = 8
TABLES = ("products", "sales", "ads", "promotions")


def figures(quick: dict[str, int], seed: int = 7) -> dict[str, Any]:
    """Returns of the channels of the demo shop beside the truth; prints the table."""
    shop = simulate(seed)
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder) / "shop") as workspace:
        fill(workspace, {name: getattr(shop, name) for name in TABLES})
        known = panel.read(workspace.cursor())
    fit = response.fit(known, **quick)
    true = shop.truth["ad_channels"].set_index("channel")["roi"].reindex(fit.channels).to_numpy(float)
    low, middle, high = band(fit.roi, 0.9)
    table = pd.DataFrame({"channel": fit.channels, "true": true, "low90": low, "roi": middle, "high90": high})
    print("\nThe demo shop\n" + table.round(2).to_string(index=False))
    tested = holdout.test(known)
    assert tested is not None
    return {
        "demo_band90_hit": float(((low <= true) & (true <= high)).mean()),
        "demo_roi_error_median": float(np.median(np.abs(middle / true - 1))),
        "demo_oot_mape": tested.mape,
        "demo_oot_mape_seasonal_naive": tested.naive,
    }


def slider_ms(fit: Response) -> float:
    """Median milliseconds of server time to see what a changed plan brings: every week, in all draws."""
    shop = scene.of_groups(fit, fit.groups, "the whole shop", WINDOW)
    took = []
    for move in range(MOVES):
        start = time.perf_counter()
        moved = whatif.outcome(shop, shop.usual * (0.5 + move / MOVES))
        whatif.band(moved.total("profit"))
        took.append(1_000 * (time.perf_counter() - start))
    return float(np.median(took))

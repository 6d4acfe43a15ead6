"""What ads bring in the demo shop, whose truth is known, and how long a move of a slider takes on the server."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.ads import holdout, panel, response, scene, whatif, words
from core.ads.figures import band
from core.ads.response import Response
from core.workspace import Workspace
from data.demo import Shop, simulate
from tests.benchmarks import ads_regret
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
    lost = ads_regret.regrets(fit, _truth(fit, shop))
    tested = holdout.test(known)
    assert tested is not None
    return {
        "demo_band90_hit": float(((low <= true) & (true <= high)).mean()),
        "demo_roi_error_median": float(np.median(np.abs(middle / true - 1))),
        **{f"demo_regret_{name}": share for name, share in lost.items()},
        "demo_rhat": float(fit.convergence[:, 0].max()),
        "demo_slider_ms": slider_ms(fit),
        "demo_oot_mape": tested.mape,
        "demo_oot_mape_seasonal_naive": tested.naive,
    }


def _truth(fit: Response, shop: Shop) -> Response:
    channels = shop.truth["ad_channels"].set_index("channel").reindex(fit.channels)
    sizes = shop.truth["ad_sizes"].set_index("category")["size"].reindex(fit.groups).to_numpy(float)
    scale = channels["half_saturation"].to_numpy(float)[:, None] * sizes
    effect, decay, slope = (channels[name].to_numpy(float) for name in ("lift", "decay", "slope"))
    none, half = np.zeros(len(effect)), np.ones(len(effect))
    return ads_regret.certain(fit, effect, decay, none, half, slope, scale, proportional=True)


def slider_ms(fit: Response) -> float:
    """Median milliseconds to work out all that the page shows of a changed plan for the whole shop.

    Every week in all draws, bands of the sums, of what each channel brings and of what the next money earns.
    """
    shop = scene.of_groups(fit, fit.groups, "the whole shop", WINDOW)
    none = whatif.outcome(shop, np.zeros_like(shop.usual))
    even = np.full(shop.usual.shape, 1 / WINDOW)
    took = []
    for move in range(MOVES):
        start = time.perf_counter()
        moved = whatif.outcome(shop, shop.usual * (0.5 + move / MOVES))
        for measure in ("units", "revenue", "profit"):
            whatif.band(moved.total(measure))
        whatif.band(moved.against(none))
        np.quantile(moved.units, (0.1, 0.9), axis=0)
        words.by_channel(moved, whatif.next_money(shop, moved.spend, 100.0, even))
        took.append(1_000 * (time.perf_counter() - start))
    return float(np.median(took))

"""The benchmark of ads runs, its own parts are right, and a folder of CSVs is fitted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.ads import response
from tests.benchmarks import ads, ads_files, ads_peers, ads_regret, ads_truth
from tests.unit.test_ads_panel import ads as some_ads
from tests.unit.test_ads_panel import sales


def test_quick_figures() -> None:
    found = ads.main(["--quick", "--only", "truth", "speed", "--seeds", "2"])
    assert {"band90_hit", "roi_error_median", "zero_effect_credit", "regret", "fit_8x104_s", "slider_ms"} <= set(found)
    assert 0 <= found["band90_hit"] <= 1 and found["roi_error_median"] > 0 and 0 <= found["regret"] < 1


def test_a_folder_is_fitted(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(sales())
    (tmp_path / "ads.csv").write_text(some_ads(category=False))
    ads.main(["--data", str(tmp_path)])
    table = pd.read_csv(tmp_path / "ads_response.csv")
    assert list(table["channel"]) == ["search", "social"]
    assert (table["low90"] <= table["contribution"]).all() and (table["contribution"] <= table["high90"]).all()
    assert table["roi"].to_numpy() == pytest.approx((table["contribution"] / table["spend"]).to_numpy(), abs=1e-6)


def test_the_simulated_truth_adds_up() -> None:
    shop = ads_truth.simulate(3, idle=2)
    share = shop.contribution.sum(1) / shop.panel.revenue.sum()
    assert (share[:3] > 0.01).all() and (share[3:] == 0).all()
    steady = shop.weekly(np.tile(shop.scale[:, None], 2))
    assert steady[:3] == pytest.approx((shop.effect / (1 + shop.half**shop.slope) * 20_000)[:3, None].repeat(2, 1))
    again = ads_truth.simulate(3, idle=2)
    assert again.panel.units == pytest.approx(shop.panel.units)


def test_who_knows_the_truth_loses_nothing_and_others_do() -> None:
    shop = ads_truth.simulate(4)
    fit = response.fit(shop.panel, draws=20, chains=1)
    true = {name: getattr(shop, name) for name in ("effect", "decay", "delay", "half", "slope")}
    truth = ads_regret.certain(fit, **true, scale=shop.scale[:, None], proportional=shop.proportional)
    lost = ads_regret.regrets(truth, truth)
    assert lost["suggested"] == pytest.approx(0, abs=1e-9)
    assert 0 < lost["present"] < 1 and 0 < lost["equal"] < 1
    turned = {name: values[::-1] for name, values in true.items()}  # the idle channel taken for the first one
    wrong = ads_regret.certain(fit, **turned, scale=shop.scale[:, None], proportional=shop.proportional)
    assert ads_regret.regrets(wrong, truth)["suggested"] > 0.1


def test_the_truth_as_a_response_brings_what_the_simulator_says() -> None:
    shop = ads_truth.simulate(5)
    fit = response.fit(shop.panel, draws=20, chains=1)
    true = {name: getattr(shop, name) for name in ("effect", "decay", "delay", "half", "slope")}
    truth = ads_regret.certain(fit, **true, scale=shop.scale[:, None], proportional=shop.proportional)
    money = 2 * shop.scale
    share = truth.share(np.repeat(money[:, None], 40, axis=1), 0)[0, :, -1]
    assert share * 20_000 == pytest.approx(shop.weekly(money[:, None])[:, 0])


def test_least_squares_finds_what_is_linear() -> None:
    shop = ads_truth.simulate(6)
    t = np.arange(156)
    spend = shop.panel.spend.sum(1)
    revenue = 1_000 + 2 * spend[0] + 0.5 * spend[1] + 5 * np.sin(2 * np.pi * t / 52.18)
    panel = shop.panel.__class__(**{**shop.panel.__dict__, "revenue": revenue[None]})
    found = ads_peers.least_squares(panel)
    assert found[:2] == pytest.approx([2 * spend[0].sum(), 0.5 * spend[1].sum()], rel=1e-3)


@pytest.mark.shared
@pytest.mark.parametrize("name", ads_files.FILES)
def test_the_public_files_are_read(name: str) -> None:
    if not (ads_files.FOLDER / f"{name}.csv").exists():
        pytest.skip(f"{name}.csv is not here; it is no part of the repository")
    panel = ads_files.read(name)
    assert len(panel.weeks) in (208, 179, 156) and (panel.spend.sum((1, 2)) > 0).all()
    assert (np.diff(panel.weeks).astype(int) == 7).all()

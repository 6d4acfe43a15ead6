"""The pricing benchmark goes through all of it and takes every figure; sizes here say nothing of how good it is."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks import pricing, pricing_peers, pricing_real, pricing_truth
from tests.benchmarks.pricing_truth import Setting

SMALL = Setting(items=50, weeks=40)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pricing_peers.TREES, "n_estimators", 20)


def test_every_figure_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "figures.json"
    figures = pricing.main(["--only", "truth", "scale", "--quick", "--json", str(out)])
    assert json.loads(out.read_text()).keys() == figures.keys()
    wanted = {"cf_wmape_debut", "cf_wmape_lightgbm", "cf_wmape_ols", "sign_accuracy", "coverage90", "profit_regret"}
    for twin in ("confounded", "unconfounded"):
        assert figures[twin].keys() >= wanted
        assert figures[twin]["sign_accuracy"] == 1
        assert figures[f"cf_wmape_debut_{twin}"] == figures[twin]["cf_wmape_debut"]
    assert {"fit_200x40_s", "slider_ms"} <= figures.keys()
    assert "LightGBM" in capsys.readouterr().out


def test_twins_share_everything_but_what_the_price_reacts_to() -> None:
    one, other = (pricing_truth.simulate(replace(SMALL, confounded=twin)) for twin in (True, False))
    same = ["product_id", "title", "elasticity", "shape"]
    pd.testing.assert_frame_equal(one.truth[same], other.truth[same])
    sales, others = one.tables["sales"], other.tables["sales"]
    assert (sales["product_id"] == others["product_id"]).all()
    pd.testing.assert_series_equal(sales["cost"], others["cost"])
    assert (sales["unit_price"] != others["unit_price"]).mean() > 0.9


def test_the_price_of_one_twin_alone_goes_with_views() -> None:
    """Views see the shock; within items the price goes with them only where it reacts."""
    found = {}
    for twin in (True, False):
        rows = pricing.panel_of(pricing_truth.simulate(replace(SMALL, confounded=twin)).tables).rows
        logs = np.log(rows[["price"]].assign(views=rows["views"] + 1))
        found[twin] = (logs - logs.groupby(rows["item"]).transform("mean")).corr().loc["price", "views"]
    assert found[True] > 0.3 and abs(found[False]) < 0.15


def test_what_is_left_out_is_in_no_table() -> None:
    shop = pricing_truth.simulate(replace(SMALL, cost=0.0, views=False))
    assert "cost" not in shop.tables["sales"] and "events" not in shop.tables
    new = shop.truth.loc[shop.truth["new"], "product_id"]
    assert len(new) == 5 and not shop.tables["sales"]["product_id"].isin(new).any()


def test_elasticities_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, table in pricing_truth.simulate(SMALL).tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    out = tmp_path / "out" / "e.csv"
    out.parent.mkdir()
    assert pricing.main(["--data", str(tmp_path), "--out", str(out)])["items"] == 45
    table = pd.read_csv(out)
    assert table.columns.tolist() == ["product_id", "elasticity", "low90", "high90", "pooled", "own", "own_share"]
    assert ((table["low90"] < table["elasticity"]) & (table["elasticity"] < table["high90"])).all()
    assert (table["high90"] < 0).all() and table["own_share"].between(0, 1).all()
    pricing.main(["--data", str(tmp_path)])
    assert capsys.readouterr().out.startswith("product_id,elasticity")


def test_a_folder_without_sales_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no sales\.csv"):
        pricing.main(["--data", str(tmp_path)])
    with pytest.raises(SystemExit, match="no folder"):
        pricing.main(["--data", str(tmp_path / "none")])


def test_peers_are_asked_about_the_same_items_and_controls() -> None:
    shop = pricing.panel_of(pricing_truth.simulate(SMALL).tables)
    found = pricing_peers.factors(shop, np.array([0.9, 1.0, 1.1]), None)
    assert found.keys() == {"OLS", "LightGBM"}
    assert all(one.shape == (45, 3) and one[:, 1] == pytest.approx(1) for one in found.values())
    held = pricing_peers.controls(pricing_peers.table(shop))
    assert {"promoted", "views", "units_1", "price_1"} <= set(held)


@pytest.mark.shared
def test_orange_juice_becomes_tables() -> None:
    if not pricing_real.JUICE.exists():
        pytest.skip(f"{pricing_real.JUICE.name} is not here; it is no part of the repository")
    tables = pricing_real.juice_tables(pd.read_csv(pricing_real.JUICE))
    assert tables["products"]["title"].nunique() == 11
    assert tables["sales"]["unit_price"].between(0.5, 8).all()
    assert (tables["sales"]["date"].dt.day_of_week == 0).all()

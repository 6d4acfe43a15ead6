"""The price response on real data: orange juice in 83 stores, and a gift shop whose prices fall with order size."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import imports, pricing
from core.prices import panel, substitutes
from core.prices.panel import Panel
from core.workspace import Workspace
from tests.benchmarks.pricing_truth import fill
from tests.conftest import RETAIL

__all__ = ["JUICE", "orange_juice", "retail"]

JUICE = RETAIL.parents[1] / "pricing" / "orange_juice.csv.gz"
BRANDS = (
    "Tropicana Premium 64", "Tropicana Premium 96", "Florida Natural 64", "Tropicana 64", "Minute Maid 64",
    "Minute Maid 96", "Citrus Hill 64", "Tree Fresh 64", "Florida Gold 64", "Dominick's 64", "Dominick's 128",
)  # fmt: skip
FIRST = pd.Timestamp("1989-09-11")  # Monday of week 1
OUNCES = 64
PLAUSIBLE = (-6.0, -0.2)
FEWEST_WEEKS = 8


def orange_juice(path: Path = JUICE) -> dict[str, Any]:
    """Own elasticities of the eleven brands, whole and by halves of the weeks, and the cross effect; prints them."""
    raw = pd.read_csv(path)
    middle = np.sort(raw["week"].unique())[raw["week"].nunique() // 2]
    parts = {"all": raw, "first": raw[raw["week"] < middle], "second": raw[raw["week"] >= middle]}
    found, crossed = {}, {}
    for name, part in parts.items():
        shop = _panel(juice_tables(part))
        items = pricing.fit(shop).items
        found[name] = items["elasticity"].to_numpy()
        found[f"{name}_own"] = items["own"].to_numpy()
        alike = np.full((len(shop.items), 1), 1.0)  # eleven brands on one shelf: all are each other's substitutes
        crossed[name] = substitutes.fit(shop, alike)
    table = pd.DataFrame(found, index=list(BRANDS))
    print("\nOrange juice: own elasticities\n" + table.to_string(float_format="{:.2f}".format))
    effect = {name: one.effect for name, one in crossed.items()}
    print("when all five nearest substitutes become 1 % dearer:", {k: f"{v:+.2f} %" for k, v in effect.items()})
    low, high = np.quantile(crossed["all"].draws, (0.1, 0.9))
    return {
        "oj_negative": int((found["all"] < 0).sum()),
        "oj_own_negative": int((found["all_own"] < 0).sum()),
        "oj_half_correlation": float(np.corrcoef(found["first"], found["second"])[0, 1]),
        "oj_half_correlation_own": float(np.corrcoef(found["first_own"], found["second_own"])[0, 1]),
        "oj_elasticities": dict(zip(BRANDS, found["all"].tolist(), strict=True)),
        "oj_cross": effect["all"], "oj_cross_low": float(low), "oj_cross_high": float(high),
        "oj_cross_halves": [effect["first"], effect["second"]],
    }  # fmt: skip


def juice_tables(raw: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The data in Debut's tables: units in ounces, as they come; prices of 64 ounces."""
    prices = raw[[f"price{brand}" for brand in range(1, len(BRANDS) + 1)]].to_numpy()
    week = FIRST + pd.to_timedelta(7 * (raw["week"] - 1), unit="D")
    code, store = "OJ" + raw["brand"].astype(str).str.zfill(2), "S" + raw["store"].astype(str)
    sales = pd.DataFrame(
        {
            "date": week, "product_id": code, "region": store,
            "units": np.round(np.exp(raw["logmove"])).astype(int),
            "unit_price": (prices[np.arange(len(raw)), raw["brand"] - 1] * OUNCES).round(3),
        }
    )  # fmt: skip
    promoted = (raw["deal"] > 0) | (raw["feat"] > 0)
    promotions = pd.DataFrame(
        {
            "date": week, "product_id": code, "until": week + pd.Timedelta(days=6), "region": store,
            "promotion": np.where(raw["feat"] > 0, "mailer", "deal"),
        }
    )[promoted]  # fmt: skip
    products = pd.DataFrame({"product_id": [f"OJ{at + 1:02}" for at in range(len(BRANDS))], "title": BRANDS})
    return {"products": products.assign(category="Orange juice"), "sales": sales, "promotions": promotions}


def retail(path: Path = RETAIL) -> dict[str, Any]:
    """Plausible elasticities on Online Retail, beside those of net line prices; prints them."""
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder) / "shop") as workspace:
        for staged in imports.stage(workspace, path.name, path):
            imports.load(workspace, staged, imports.recognise(workspace, staged, "sales"), set_aside_bad=True)
        shop = panel.read(workspace.cursor())
        naive = naive_slopes(workspace)
    fitted = pricing.fit(shop)
    moved = fitted.items[fitted.items["own_share"] > 0]
    figures = {
        "retail_quantity_breaks": shop.breaks,
        "retail_items": len(moved),
        "retail_elasticity": fitted.shop.elasticity,
        "retail_low90": fitted.shop.low90,
        "retail_high90": fitted.shop.high90,
        "retail_plausible": _plausible(moved["elasticity"]),
        "retail_own_median": float(moved["own"].median()),
        "retail_own_negative": float((moved["own"] < 0).mean()),
        "retail_own_plausible": _plausible(moved["own"]),
        "retail_naive_items": len(naive),
        "retail_naive_median": float(np.median(naive)),
        "retail_naive_plausible": _plausible(naive),
        "retail_moved_share": float(len(moved) / len(fitted.items)),
    }
    print("\nOnline Retail\n" + pd.Series(figures).to_string())
    return figures


def naive_slopes(workspace: Workspace) -> np.ndarray:
    """(k,) slopes of log weekly units on the log of revenue by unit: what order size does to price taken for a price
    change."""
    rows = workspace.cursor().execute(
        """SELECT product_id, date_trunc('week', date) AS week, sum(units) AS units,
                  sum(units * unit_price) / sum(units) AS price
           FROM sales WHERE units > 0 AND unit_price > 0 GROUP BY ALL"""
    ).df()  # fmt: skip
    rows = rows.assign(price=np.log(rows["price"]), units=np.log(rows["units"]))
    by = rows.groupby("product_id")
    x, y = (rows[name] - by[name].transform("mean") for name in ("price", "units"))
    sums = pd.DataFrame({"xy": x * y, "xx": x * x, "weeks": 1}).groupby(rows["product_id"]).sum()
    kept = sums[(sums["weeks"] >= FEWEST_WEEKS) & (np.sqrt(sums["xx"] / sums["weeks"]) > 0.02)]
    return (kept["xy"] / kept["xx"]).to_numpy()


def _plausible(values: np.ndarray | pd.Series) -> float:
    return float(((values > PLAUSIBLE[0]) & (values < PLAUSIBLE[1])).mean())


def _panel(tables: dict[str, pd.DataFrame]) -> Panel:
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder) / "shop") as workspace:
        fill(workspace, tables)
        return panel.read(workspace.cursor())

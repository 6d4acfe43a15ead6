"""Four quarters of a simulated shop, planned twice: by a shop that learns from what it sold, and by one that does not.

Each quarter has a sheet of its own. Both shops plan it under the same limits, launch, and sell what the known truth
lets them sell. The one that learns loads the sales of every quarter, fine-tunes again and fits its prices anew; the
other keeps what it knew at the start. The first quarter is the same for both.

Profit is the true expected profit of a plan in its launch windows; WAPE that of the forecast of the whole sheet, at
planned prices in the first week of each item's window, against one draw of what it would have sold, the same for both.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import history, versions
from core.accuracy.metrics import wape
from core.outlook import Outlook
from core.plan import Plan, Wishes, plan
from core.plans.surroundings import surroundings
from core.prices import in_force
from core.settings import Settings
from core.training import train
from core.workspace import Workspace
from data.demo.catalogue import PLAN_WEEK, START, WEEKS, monday, new_item_table, product_table
from data.demo.demand import RETURN_SHARE, SHAPE, WINDOW
from data.demo.next_weeks import World, rebuilt, sell_on
from data.demo.orders import WEEKDAYS
from data.demo.promotions import promotion_table
from models.encoder import Encoder
from tests.benchmarks.pricing_truth import fill

__all__ = ["figures", "quarters"]

QUARTERS, LENGTH = 4, 13
NEW_ITEMS = 120
LIMITS = Wishes(launches=10, week_capacity=3, stock_budget=8_000.0, prices="choose", lead_times=False)
"""A third of each sheet, and less money than all of it would take; chosen before anything was measured."""
DRAWS = 300
RESAMPLES = 5_000


@dataclass
class Shop:
    """One of the two shops: what it has sold, and what it launched."""

    learns: bool
    sales: pd.DataFrame
    decisions: pd.DataFrame
    """item_id, launch_week, price, stock, sold: see `data.demo.next_weeks.sell_on`."""


def figures(seeds: range, encoder: Encoder | None = None) -> dict[str, Any]:
    """Profit and WAPE by quarter over shops, and what learning gains in those after the first; prints a row each."""
    encoder = encoder or Encoder()
    rows: list[dict[str, float]] = []
    for seed in seeds:
        rows += quarters(seed, encoder)
        print(pd.DataFrame(rows[-2 * QUARTERS :]).round(3).to_string(index=False), flush=True)
    return told(pd.DataFrame(rows))


def told(table: pd.DataFrame) -> dict[str, Any]:
    """The figures of rows as `quarters` gives them, with 95 % intervals by bootstrap over shops."""
    means = table.groupby(["quarter", "learns"])[["profit", "wape"]].mean().unstack()
    print(means.round(3).to_string())
    later = table[table["quarter"] > 1].groupby(["seed", "learns"])[["profit", "wape"]].sum().unstack()
    with_, without = later["profit"][True].to_numpy(), later["profit"][False].to_numpy()
    draws = np.random.default_rng(0).integers(0, len(later), (RESAMPLES, len(later)))
    gains = with_[draws].sum(1) / without[draws].sum(1) - 1
    error = (later["wape"][True] - later["wape"][False]).to_numpy() / (QUARTERS - 1)
    found: dict[str, Any] = {
        "shops": len(later),
        "profit_learning_gain": with_.sum() / without.sum() - 1,
        "profit_learning_gain_low": float(np.quantile(gains, 0.025)),
        "profit_learning_gain_high": float(np.quantile(gains, 0.975)),
        "wape_learning_gain": -float(error.mean()),
        "wape_learning_gain_low": float(np.quantile(-error[draws].mean(1), 0.025)),
        "shops_in_which_learning_paid": int((with_ > without).sum()),
    }
    for learns, name in ((True, "learning"), (False, "as_it_was")):
        found[f"profit_by_quarter_{name}"] = means["profit"][learns].tolist()
        found[f"wape_by_quarter_{name}"] = means["wape"][learns].tolist()
    return found


def quarters(seed: int, encoder: Encoder) -> list[dict[str, float]]:
    """A row a quarter and shop: seed, quarter, learns, profit (money), wape."""
    world = rebuilt(seed, NEW_ITEMS, QUARTERS * LENGTH)
    start = world.sold.sales[["date", "product_id", "units", "unit_price"]]
    none = pd.DataFrame(
        {"item_id": pd.Series([], dtype=str), "launch_week": pd.to_datetime([]), "price": [], "stock": [], "sold": []}
    )
    shops = [Shop(learns, start, none.copy()) for learns in (True, False)]
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for quarter in range(QUARTERS):
            sheet = _sheet(world, quarter, seed)
            same: tuple[Outlook, Plan] | None = None
            for shop in shops:
                place = Path(folder) / f"{shop.learns}-{quarter}"
                made = same or _planned(world, shop, sheet, place, encoder, first=Path(folder) / "True-0")
                same = made if quarter == 0 else None
                rows.append({"seed": seed, "quarter": quarter + 1, "learns": shop.learns, **_judged(world, made, seed)})
                _launch_and_sell(world, shop, made[1], quarter, seed)
    return rows


def _sheet(world: World, quarter: int, seed: int) -> pd.DataFrame:
    """The new items of a quarter; each may be launched until its end."""
    first = PLAN_WEEK + quarter * LENGTH
    week = world.items["launch_week"].to_numpy()
    mine = world.items[world.items["is_new"] & (week >= first) & (week < first + LENGTH)]
    windows = (first + LENGTH - mine["launch_week"]).to_numpy()
    table = new_item_table(mine, windows, np.random.default_rng([seed, quarter]))
    return table.drop(columns="lead_time_days")


def _planned(
    world: World, shop: Shop, sheet: pd.DataFrame, place: Path, encoder: Encoder, first: Path
) -> tuple[Outlook, Plan]:
    """Load what the shop knows into a workspace, train or take the first quarter's version, forecast and plan."""
    launched = world.items[world.items["item_id"].isin(shop.decisions["item_id"])].drop(columns="price")
    launched = launched.merge(shop.decisions[["item_id", "price", "launch_week"]], on="item_id", suffixes=("", "_"))
    known = product_table(launched.assign(is_new=False)).assign(launch_date=launched["launch_week_"].to_numpy())
    tables = {
        "products": pd.concat([product_table(world.items), known]) if shop.learns else product_table(world.items),
        "sales": shop.sales,
        "promotions": promotion_table(world.sold.products, world.sold.prices),
        "new_items": sheet,
    }
    with Workspace(place) as workspace:
        fill(workspace, tables)
        folder = versions.folder(workspace, "made")
        if shop.learns:
            past = history.read(workspace.cursor())
            train(past, encoder, Settings(adapter="frozen"), folder, lambda *_: None)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.symlink_to(first / "artifacts" / "versions" / "made")
        outlook = in_force.outlook(workspace, "made")
        return outlook, plan(outlook, LIMITS, (), surroundings(workspace, outlook))


def _judged(world: World, made: tuple[Outlook, Plan], seed: int) -> dict[str, float]:
    outlook, best = made
    row_of = {item: at for at, item in enumerate(world.items["item_id"])}
    profit = 0.0
    for one in best.launched.itertuples():
        at = row_of[one.item_id]
        draws = _wanted(world, at, one.launch_week, float(world.items["price"].iloc[at]), DRAWS, seed)
        elasticity = float(world.demand.items["elasticity"].iloc[at])
        answer = (one.price / float(world.items["price"].iloc[at])) ** elasticity
        sold = np.minimum(draws * answer, one.opening_stock).mean()
        left = LIMITS.leftover * one.cost * (one.opening_stock - sold)
        profit += one.price * sold + left - one.cost * one.opening_stock
    totals = outlook.at_sheet.totals.sort_values("launch_week").groupby("item_id").first()
    true = [
        _wanted(world, row_of[item], week, float(world.items["price"].iloc[row_of[item]]), 1, seed)[0]
        for item, week in totals["launch_week"].items()
    ]
    return {"profit": profit, "wape": wape(np.array(true), totals["p50"].to_numpy())}


def _wanted(world: World, at: int, launch: pd.Timestamp, price: float, draws: int, seed: int) -> np.ndarray:
    """(draws,) units of the launch window; the same for whoever asks."""
    week = (launch - START).days // 7 + np.arange(WINDOW)
    mean = world.demand.units(np.full(WINDOW, at), week, np.arange(WINDOW), np.full(WINDOW, price))
    rng = np.random.default_rng([seed, at, draws])
    return np.asarray(rng.poisson(rng.gamma(SHAPE, 1 / SHAPE, (draws, WINDOW)) * mean).sum(1).astype(float))


def _launch_and_sell(world: World, shop: Shop, best: Plan, quarter: int, seed: int) -> None:
    """What was planned is launched; all that is on sale sells on for a quarter."""
    new = best.launched[["item_id", "launch_week", "price", "opening_stock"]].rename(columns={"opening_stock": "stock"})
    shop.decisions = pd.concat([shop.decisions, new.assign(sold=0.0, ads=1.0)], ignore_index=True)
    first = WEEKS + quarter * LENGTH
    rng = np.random.default_rng([seed, quarter])
    sold = sell_on(world.demand, world.items, shop.decisions, first, LENGTH, rng)
    by_item = sold.groupby("item_id")["units"].sum()
    shop.decisions["sold"] += shop.decisions["item_id"].map(by_item).fillna(0.0)
    if shop.learns:
        shop.sales = pd.concat([shop.sales, _daily(sold, rng)], ignore_index=True)


def _daily(sold: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Lines of sales, a row an item and day, net of returns."""
    net = rng.binomial(sold["units"], 1 - RETURN_SHARE)
    days = rng.multinomial(net, np.array(WEEKDAYS) / sum(WEEKDAYS))
    row, day = np.nonzero(days)
    return pd.DataFrame(
        {
            "date": monday(sold["week"].to_numpy()[row]) + pd.to_timedelta(day, unit="D"),
            "product_id": sold["item_id"].to_numpy()[row],
            "units": days[row, day],
            "unit_price": sold["price"].to_numpy()[row],
        }
    )

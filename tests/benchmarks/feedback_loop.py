"""Four quarters of a simulated shop, planned twice: by a shop that learns from what it sold, and by one that does not.

Each quarter has a sheet of its own. Both shops plan it under the same limits, launch, order once more after two weeks,
and sell what the known truth lets them sell. The one that learns loads the sales of every quarter, fine-tunes again and
fits its prices anew, and its second order goes by the retrend; the other keeps the models of the start, and orders by
what the launch forecast says of the weeks to come and the stock that is left. The plan of the first quarter is the same
for both.

Profit is that of the launch windows, the mean of many courses that the true demand may take, with the second order and
without; WAPE that of the forecast of the whole sheet, at planned prices in the first week of an item's window, against
one draw of what it would have sold, the same for both.
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
from core.stock import critical_ratio
from core.stocks.reorder import served
from core.track import paces
from core.track.pace import Pace
from core.track.retrend import retrend
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
COURSES = 60  # that the demand of a launch may take
LOOKS, ARRIVES = 2, 4  # weeks after the launch: when the second order is placed, and when it is on the shelf
RESAMPLES = 5_000


@dataclass
class Shop:
    """One of the two shops: what it has sold, and what it launched."""

    learns: bool
    sales: pd.DataFrame
    decisions: pd.DataFrame
    """item_id, launch_week, price, stock, sold: see `data.demo.next_weeks.sell_on`."""


@dataclass(frozen=True)
class Made:
    """What a shop knows of a quarter's sheet, and what it does."""

    outlook: Outlook
    plan: Plan
    pace: Pace


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
    means = table.groupby(["quarter", "learns"])[["profit", "once", "wape"]].mean().unstack()
    print(means.round(3).to_string())
    whole = table.groupby(["seed", "learns"])[["profit", "once", "wape"]].sum().unstack()
    draws = np.random.default_rng(0).integers(0, len(whole), (RESAMPLES, len(whole)))
    error = (whole["wape"][True] - whole["wape"][False]).to_numpy() / (QUARTERS - 1)  # the first is the same
    found: dict[str, Any] = {
        "shops": len(whole),
        **_gain("profit_learning_gain", whole["profit"], draws),
        **_gain("profit_models_alone_gain", whole["once"], draws),
        "wape_learning_gain": -float(error.mean()),
        "wape_learning_gain_low": float(np.quantile(-error[draws].mean(1), 0.025)),
        "shops_in_which_learning_paid": int((whole["profit"][True] > whole["profit"][False]).sum()),
    }
    for learns, name in ((True, "learning"), (False, "as_it_was")):
        found[f"profit_by_quarter_{name}"] = means["profit"][learns].tolist()
        found[f"wape_by_quarter_{name}"] = means["wape"][learns].tolist()
    return found


def _gain(name: str, profit: pd.DataFrame, draws: np.ndarray) -> dict[str, float]:
    """By how much the shops that learn earn more, as a share, with its 95 % interval."""
    with_, without = profit[True].to_numpy(), profit[False].to_numpy()
    gains = with_[draws].sum(1) / without[draws].sum(1) - 1
    low, high = np.quantile(gains, (0.025, 0.975)).tolist()
    return {name: float(with_.sum() / without.sum() - 1), f"{name}_low": low, f"{name}_high": high}


def quarters(seed: int, encoder: Encoder) -> list[dict[str, float]]:
    """A row a quarter and shop: seed, quarter, learns, profit and once (without a second order; money), wape."""
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
            same: Made | None = None
            for shop in shops:
                place = Path(folder) / f"{shop.learns}-{quarter}"
                made = same or _planned(world, shop, sheet, place, encoder, first=Path(folder) / "True-0")
                same = made if quarter == 0 else None
                rows.append(
                    {"seed": seed, "quarter": quarter + 1, "learns": shop.learns, **_judged(world, shop, made, seed)}
                )
                _launch_and_sell(world, shop, made.plan, quarter, seed)
    return rows


def _sheet(world: World, quarter: int, seed: int) -> pd.DataFrame:
    """The new items of a quarter; each may be launched until its end."""
    first = PLAN_WEEK + quarter * LENGTH
    week = world.items["launch_week"].to_numpy()
    mine = world.items[world.items["is_new"] & (week >= first) & (week < first + LENGTH)]
    windows = (first + LENGTH - mine["launch_week"]).to_numpy()
    table = new_item_table(mine, windows, np.random.default_rng([seed, quarter]))
    return table.drop(columns="lead_time_days")


def _planned(world: World, shop: Shop, sheet: pd.DataFrame, place: Path, encoder: Encoder, first: Path) -> Made:
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
        made = plan(outlook, LIMITS, (), surroundings(workspace, outlook))
        return Made(outlook, made, paces.learn(history.read(workspace.cursor()), WINDOW))


def _judged(world: World, shop: Shop, made: Made, seed: int) -> dict[str, float]:
    totals = made.outlook.at_sheet.totals.sort_values("launch_week").groupby("item_id").first()
    true = [
        _wanted(world, _place(world, item), week, 1, seed).sum() for item, week in totals["launch_week"].items()
    ]  # fmt: skip
    earned = [_earned(world, shop, made, one, seed) for one in made.plan.launched.to_dict("records")]
    profit, once = np.sum(earned, axis=0)
    return {"profit": profit, "once": once, "wape": wape(np.array(true), totals["p50"].to_numpy())}


def _earned(world: World, shop: Shop, made: Made, one: dict[str, Any], seed: int) -> tuple[float, float]:
    """Profit of a launch with a second order and without, the mean over the courses that its demand may take."""
    at = _place(world, one["item_id"])
    answer = (one["price"] / float(world.items["price"].iloc[at])) ** float(world.demand.items["elasticity"].iloc[at])
    courses = np.round(_wanted(world, at, one["launch_week"], COURSES, seed) * answer)
    quantiles, mean = _promised(made.outlook, one)
    blind = _to_come(quantiles, mean, np.zeros(0), made.pace)
    twice, once = [], []
    for wanted in courses:
        stock = float(one["opening_stock"])
        sold = served(wanted[:LOOKS], stock)
        left = stock - float(sold.sum())
        short = np.array([False] * (LOOKS - 1) + [left <= 0])
        ahead = _to_come(quantiles, mean, sold, made.pace, short) if shop.learns else blind
        order = _order(ahead[:, LOOKS:], left, one)
        before = served(wanted[:ARRIVES], stock)
        later = min(float(wanted[ARRIVES:].sum()), stock - float(before.sum()) + order)
        twice.append(_money(one, float(before.sum()) + later, stock + order))
        once.append(_money(one, min(float(wanted.sum()), stock), stock))
    return float(np.mean(twice)), float(np.mean(once))


def _promised(outlook: Outlook, one: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """(W + 1, 3) quantiles and (W + 1,) means of a launch at the price of the plan, the sum last."""
    known = outlook.at_sheet.forecast
    mine = known[(known["item_id"] == one["item_id"]) & (known["launch_week"] == one["launch_week"])]
    mine = mine.assign(order=mine["week"].replace(0, WINDOW + 1)).sort_values("order")
    scale = one["units_mean"] / max(float(mine["mean"].iloc[-1]), 1e-9)
    return mine[["p10", "p50", "p90"]].to_numpy() * scale, mine["mean"].to_numpy() * scale


def _to_come(
    quantiles: np.ndarray, mean: np.ndarray, sold: np.ndarray, pace: Pace, short: np.ndarray | None = None
) -> np.ndarray:
    """(N, W) equally likely units of the weeks that are not over, as calibrated in all."""
    made = retrend(quantiles, mean, sold, short=short, pace=pace)
    return np.asarray(made.weeks * (made.remaining_mean / max(float(made.weeks.sum(1).mean()), 1e-9)))


def _order(ahead: np.ndarray, left: float, one: dict[str, Any]) -> float:
    """Units that earn most, were `ahead` (N, weeks to come) what is wanted: the newsvendor of what is then lacking."""
    wait = ARRIVES - LOOKS
    lacking = np.maximum(ahead[:, wait:].sum(1) - np.maximum(left - ahead[:, :wait].sum(1), 0), 0)
    share = critical_ratio(one["price"], one["cost"], LIMITS.leftover)
    return float(np.ceil(np.quantile(lacking, share)))


def _money(one: dict[str, Any], sold: float, bought: float) -> float:
    return float(one["price"] * sold + LIMITS.leftover * one["cost"] * (bought - sold) - one["cost"] * bought)


def _place(world: World, item: str) -> int:
    return int(pd.Index(world.items["item_id"]).get_loc(item))


def _wanted(world: World, at: int, launch: pd.Timestamp, courses: int, seed: int) -> np.ndarray:
    """(courses, W) units of the launch window at the planned price; the same for whoever asks."""
    week = (launch - START).days // 7 + np.arange(WINDOW)
    price = float(world.items["price"].iloc[at])
    mean = world.demand.units(np.full(WINDOW, at), week, np.arange(WINDOW), np.full(WINDOW, price))
    rng = np.random.default_rng([seed, at, courses])
    return np.asarray(rng.poisson(rng.gamma(SHAPE, 1 / SHAPE, (courses, WINDOW)) * mean).astype(float))


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

"""Is the launch plan worth having, and how long does it take? Against naive plans, the best possible, and brute force.

python -m tests.benchmarks.plan --json figures.json          all parts
python -m tests.benchmarks.plan --only truth --shops 20      simulated shops, seeds 0 to 19
python -m tests.benchmarks.plan --only solve brute

In every shop all plans keep to the same limits. Realised profit is what a plan would truly have earned:

    Debut       the optimisation on what Debut forecasts, learns and borrows
    forecast    the N items with the largest forecast, at list price, at once, with the stock that is expected to sell
    by profit   the same by forecast profit, with the best stock: Debut's own forecast without its optimisation
    preference  the N items that customers like best, likewise at list price and at once
    random      N items at random, in a week at random; the mean of many
    clairvoyant the optimisation with the truth known: demand of every item, its answer to price and to ads
    knowable    the same without each item's own effect, which nothing before the launch tells
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.outlook import Outlook
from core.plan import Plan, Surroundings, Wishes, plan
from core.plans.ad_steps import MULTIPLES, AdSteps
from core.prices.response import Response
from models.encoder import Encoder
from tests.benchmarks import plan_brute
from tests.benchmarks.plan_truth import Decisions, Known, as_known, known

PARTS = ("truth", "solve", "brute")
LIMITS = Wishes(launches=15, week_capacity=3, stock_budget=12_000.0, ads_budget=1_000.0, prices="choose", ads="choose")
"""Chosen before anything was measured: a third of the sheet, and less money than all of it would take."""
FREE = replace(LIMITS, launches=20, week_capacity=None, stock_budget=None, ads_budget=None)
"""As the app begins: half of the sheet, as much money as it takes."""
SETTINGS = {"": LIMITS, "free_": FREE}
"""By what their figures begin with."""
RANDOM = 50
RESAMPLES = 5_000


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run what is asked for; print tables, return (and write) the figures."""
    options = _parser().parse_args(arguments)
    found: dict[str, Any] = {}
    if "truth" in options.only:
        found |= truth(options.shops, options.first)
    if "solve" in options.only:
        found |= solve(options.small, options.large)
    if "brute" in options.only:
        found |= {"brute_force_agrees": plan_brute.agrees(options.cases)}
    if options.json:
        options.json.write_text(json.dumps(found, indent=2, default=float))
    print(json.dumps(found, indent=2, default=float))
    return found


def truth(shops: int, first: int = 0) -> dict[str, Any]:
    """Realised profit of each plan over simulated shops, under both settings; prints a row a shop."""
    encoder = Encoder()
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in SETTINGS}
    for seed in range(first, first + shops):
        with known(seed, encoder) as shop:
            for name, limits in SETTINGS.items():
                rows[name].append({"shop": seed, **compared(shop, limits, seed)})
        print(pd.DataFrame([row[-1] for row in rows.values()]).round(0).to_string(index=False), flush=True)
    found: dict[str, Any] = {"shops": shops}
    for name, made in rows.items():
        found |= {f"{name}{key}": value for key, value in _figures(pd.DataFrame(made).set_index("shop")).items()}
    return found


def _figures(table: pd.DataFrame) -> dict[str, Any]:
    """Of the realised profits of all shops under one setting."""
    print(table.mean().round(0).to_string())
    naive = table[["forecast", "preference", "random"]]
    best = str(naive.mean().idxmax())  # the best of them over all shops; in each shop it is not known which is
    draws = np.random.default_rng(0).integers(0, len(table), (RESAMPLES, len(table)))
    debut, other, top = (table[name].to_numpy() for name in ("debut", best, "clairvoyant"))
    over = debut[draws].mean(1) / other[draws].mean(1) - 1
    share = debut[draws].mean(1) / top[draws].mean(1)
    each = naive.max(axis=1).to_numpy()
    return {
        "best_naive": best,
        "profit_over_best_naive": debut.mean() / other.mean() - 1,
        "profit_over_best_naive_low": float(np.quantile(over, 0.025)),
        "profit_over_best_naive_high": float(np.quantile(over, 0.975)),
        "profit_over_the_best_of_each_shop": debut.mean() / each.mean() - 1,
        "profit_over_by_profit": debut.mean() / table["by_profit"].mean() - 1,
        "share_of_clairvoyant": debut.mean() / top.mean(),
        "share_of_clairvoyant_low": float(np.quantile(share, 0.025)),
        "share_of_clairvoyant_high": float(np.quantile(share, 0.975)),
        "share_of_knowable": debut.mean() / table["knowable"].mean(),
        "shops_better_than_their_best_naive": float((debut > each).mean()),
        "expected_over_realised": float(table["expected"].mean() / debut.mean()),
    }


def compared(shop: Known, limits: Wishes, seed: int) -> dict[str, float]:
    """Realised profit of each plan in one shop."""
    made = plan(shop.outlook, limits, (), shop.around)
    told = {name: as_known(shop, effect=name == "clairvoyant") for name in ("clairvoyant", "knowable")}
    best = {name: plan(one.outlook, limits, (), one.around) for name, one in told.items()}
    rng = np.random.default_rng([seed, 1])
    listed = _listed(shop)
    by = {"forecast": listed["units_mean"], "by_profit": listed["profit"], "preference": listed["preference"]}
    naive = {
        name: _realised(shop, _first(shop, limits, listed.assign(worth=worth), best_stock=name == "by_profit"))
        for name, worth in by.items()
    }
    random = [_realised(shop, _at_random(shop, limits, listed, rng)) for _ in range(RANDOM)]
    return {
        "debut": _realised(shop, _decided(shop, made)),
        "expected": made.totals.profit,
        **naive,
        "random": float(np.mean(random)),
        **{name: _realised(shop, _decided(shop, one)) for name, one in best.items()},
    }


def _listed(shop: Known) -> pd.DataFrame:
    """What is forecast of every item at list price, launched as early as it can be, without any limit."""
    free = Wishes(launches=None, weeks="earliest", must=())
    return plan(shop.outlook, free, (), shop.around).table


def _first(shop: Known, limits: Wishes, listed: pd.DataFrame, best_stock: bool) -> Decisions:
    """The best of a list one after the other, as far as the limits let."""
    able = listed[listed["opening_stock"] > 0]
    return _within_limits(shop, limits, able.sort_values(["worth", "item_id"], ascending=[False, True]), best_stock)


def _at_random(shop: Known, limits: Wishes, listed: pd.DataFrame, rng: np.random.Generator) -> Decisions:
    """Items at random, each in one of its weeks at random, as far as the limits let."""
    able = listed[listed["opening_stock"] > 0].sample(frac=1.0, random_state=rng)
    weeks = shop.outlook.outcomes.groupby("item_id")["launch_week"].apply(list)
    picked = []
    for item, first in zip(able["item_id"], able["launch_week"], strict=True):
        later = [week for week in weeks[item] if week >= first]
        picked.append(later[int(rng.integers(len(later)))])
    return _within_limits(shop, limits, able.assign(launch_week=picked), best_stock=False)


def _within_limits(shop: Known, limits: Wishes, rows: pd.DataFrame, best_stock: bool) -> Decisions:
    """Take rows in their order while there is room; an item that finds its week full goes to the next free one."""
    taken: list[tuple[str, pd.Timestamp, float, np.ndarray, int]] = []
    stock_left, ads_left = limits.stock_budget or np.inf, limits.ads_budget or np.inf
    full: dict[pd.Timestamp, int] = {}
    weeks = shop.outlook.outcomes.groupby("item_id")["launch_week"].apply(sorted)
    names = shop.truth.channels
    for row in rows.to_dict("records"):
        stock = int(row["opening_stock"]) if best_stock else max(1, round(row["units_mean"]))
        free = [
            w
            for w in weeks[row["item_id"]]
            if w >= row["launch_week"] and full.get(w, 0) < (limits.week_capacity or 99)
        ]
        money = np.array([row.get(f"ad_{name}", 0.0) for name in names])
        if len(taken) == limits.launches or not free or stock * row["cost"] > stock_left or money.sum() > ads_left:
            continue
        full[free[0]] = full.get(free[0], 0) + 1
        stock_left, ads_left = stock_left - stock * row["cost"], ads_left - money.sum()
        taken.append((row["item_id"], free[0], row["price"], money, stock))
    return _decisions(taken, len(names))


def _decided(shop: Known, made: Plan) -> Decisions:
    rows = made.launched.to_dict("records")
    names = shop.truth.channels
    taken = [
        (
            row["item_id"],
            row["launch_week"],
            row["price"],
            np.array([row[f"ad_{name}"] for name in names]),
            row["opening_stock"],
        )
        for row in rows
    ]
    return _decisions(taken, len(names))


def _decisions(taken: list[tuple[str, pd.Timestamp, float, np.ndarray, int]], channels: int) -> Decisions:
    ids, weeks, price, ads, stock = zip(*taken, strict=True) if taken else ((), (), (), (), ())
    return Decisions(
        np.array(ids, dtype=object), np.array(weeks, dtype="datetime64[ns]"), np.array(price, float),
        np.array(ads, float).reshape(-1, channels), np.array(stock, float),
    )  # fmt: skip


def _realised(shop: Known, made: Decisions) -> float:
    return shop.truth.profit(made, LIMITS.leftover)


def solve(small: int, large: int) -> dict[str, Any]:
    """Seconds and gap of whole plans, from the outlook to the table, on made-up sheets of 12 weeks and 5 prices."""
    found: dict[str, Any] = {}
    for name, count in (("200", small), ("2000", large)):
        outlook, around = sheet(count)
        wishes = replace(
            LIMITS, launches=count // 4, week_capacity=max(2, count // 40), stock_budget=60.0 * count,
            ads_budget=4.0 * count, spacing=2, lead_times=False,
        )  # fmt: skip
        start = time.perf_counter()
        made = plan(outlook, wishes, (), around, 55.0)
        found |= {f"solve_{name}_s": time.perf_counter() - start, f"gap_{name}": made.gap}
        found[f"launched_{name}"] = made.totals.launched
    return found


def sheet(count: int, weeks: int = 12, seed: int = 0) -> tuple[Outlook, Surroundings]:
    """A made-up sheet: outcomes, prices, answers, ads and items that are alike."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"N{at:05}" for at in range(count)], dtype=object)
    mondays = pd.date_range("2026-01-05", periods=weeks, freq="7D")
    level, price = rng.lognormal(4, 0.9, count), np.round(rng.lognormal(2.6, 0.5, count), 2)
    season = np.exp(np.cumsum(rng.normal(0, 0.08, (count, weeks)), axis=1))
    spread = np.sort(np.exp(rng.normal(0, 0.8, (count, 1, 100))), axis=2)
    sums = (level[:, None, None] * season[..., None] * spread).reshape(-1, 100)
    keys = pd.DataFrame({"item_id": np.repeat(ids, weeks), "launch_week": np.tile(mondays, count)})
    outcomes = pd.concat([keys, pd.DataFrame(sums, columns=[f"sum_{at:03}" for at in range(100)])], axis=1)
    total = keys.assign(
        week=0, p10=np.quantile(sums, 0.1, axis=1), p50=np.median(sums, axis=1), p90=np.quantile(sums, 0.9, axis=1),
        mean=sums.mean(1),
    )  # fmt: skip
    numbers = ["p10", "p50", "p90", "mean"]
    weekly = [total.assign(week=week, **{name: total[name] / 8 for name in numbers}) for week in range(1, 9)]
    items = pd.DataFrame(
        {
            **{"item_id": ids, "title": ids, "category": rng.choice(list("ABCDEFGH"), count), "price": price},
            **{"cost": np.round(price * rng.uniform(0.3, 0.6, count), 2), "max_stock": np.nan, "late": False},
            **{"assumed": "", "lead_time_days": 14, "price_min": price * 0.8, "price_max": price * 1.2, "text": ids},
        }
    )
    appeal = pd.DataFrame({"item_id": ids, "preference": 0.01, "buyers": level / 2})
    like = pd.DataFrame(columns=["item_id", "place", "product_id", "title", "similarity", "weight", "units"])
    outlook = Outlook("made", 8, items, pd.concat([total, *weekly], ignore_index=True), like, appeal, outcomes)
    answers = {
        item: Response.around(e, e - 0.4, e + 0.4) for item, e in zip(ids, rng.uniform(-2.5, -1.2, count), strict=True)
    }
    pairs = np.sort(rng.integers(0, count, (count, 2)), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    alike = pd.DataFrame(
        {"one": ids[pairs[:, 0]], "other": ids[pairs[:, 1]], "similarity": 0.5, "loss": rng.uniform(1, 40, len(pairs))}
    )
    usual = level * price * 0.03
    money = usual[:, None] * np.array(MULTIPLES)
    factor = np.tile(1 + 0.25 * (np.array(MULTIPLES) / (1 + np.array(MULTIPLES)) - 0.5), (count, 1))
    even = np.full((count, len(MULTIPLES), 2), 0.5)
    ads = AdSteps(ids, ["search", "social"], money, factor, even, usual, even[:, 0], np.zeros(money.shape, bool))
    return outlook, Surroundings(answers, ads=ads, pairs=alike, today=date(2025, 12, 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--shops", type=int, default=20, metavar="N", help="simulated shops (20)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="seed of the first (0)")
    parser.add_argument("--small", type=int, default=200, metavar="N", help="candidates of the smaller sheet (200)")
    parser.add_argument("--large", type=int, default=2000, metavar="N", help="candidates of the larger sheet (2,000)")
    parser.add_argument("--cases", type=int, default=40, metavar="N", help="small plans solved by brute force (40)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser


if __name__ == "__main__":
    main()

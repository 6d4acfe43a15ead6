"""How good is the price response? Against a known truth beside its peers, on real data, at scale, on your own data.

python -m tests.benchmarks.pricing                            all of it
python -m tests.benchmarks.pricing --only truth --json figures.json
python -m tests.benchmarks.pricing --data FOLDER --out e.csv  elasticities of a folder of CSVs named after Debut's
                                                              tables (products.csv, sales.csv, promotions.csv, ...)

Truth: shops as `pricing_truth` simulates them, the twins of five seeds. A forecast is scored by the change that it
foretells: the predicted ratio to the units at the usual price, applied to the true units (so that a wrong level
cannot hide a wrong response), at 10 and 20 percent up and down, weighted by units. The price suggested is the best by
the expected response within 30 percent of the usual one; regret is the true profit it loses against the best.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import pricing
from core.prices import panel, profit
from core.prices.panel import Panel
from core.prices.profit import Case
from core.prices.response import Response
from core.pricing import Responses
from core.workspace import Workspace
from pages.parts import prices_charts as charts
from pages.parts.prices_charts import Marks
from tests.benchmarks import pricing_peers, pricing_real, pricing_truth
from tests.benchmarks.pricing_truth import Setting, Shop

DEBUT = "Debut"
CHANGES = np.array([0.8, 0.9, 1.1, 1.2])
UP = 2  # of the changes: + 10 %
PRICES = np.linspace(0.7, 1.3, 31)  # of the usual one, among which the best is looked for
TWINS = {"confounded": Setting(confounded=True), "unconfounded": Setting(confounded=False)}
VARIANTS = {
    f"{name}{words}": replace(setting, **without)
    for words, without in (
        (" without cost", {"cost": 0.0}),
        (" without cost and views", {"cost": 0.0, "views": False}),
    )
    for name, setting in TWINS.items()
}
PARTS = ("truth", "variants", "juice", "retail", "scale")
LIKE = 8  # like items of a new one
COLUMNS = ["product_id", "elasticity", "low90", "high90", "pooled", "own", "own_share"]


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run what is asked for; print tables, return (and write) the figures."""
    options = _parser().parse_args(arguments)
    if options.data:
        return elasticities(options.data, options.out)
    figures: dict[str, Any] = {}
    if "truth" in options.only:
        python = None if options.quick else pricing_peers.outside()
        figures |= truth(TWINS, options.seeds, python, peers=True, quick=options.quick)
    if "variants" in options.only:
        figures |= truth(VARIANTS, options.seeds, None, peers=False, quick=options.quick)
    if "juice" in options.only and pricing_real.JUICE.exists():
        figures |= pricing_real.orange_juice()
    if "retail" in options.only and pricing_real.RETAIL.exists():
        figures |= pricing_real.retail()
    if "scale" in options.only:
        figures |= scale(200 if options.quick else 5000, 40 if options.quick else 104)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, default=float))
    return figures


def truth(settings: dict[str, Setting], seeds: int, python: Path | None, *, peers: bool, quick: bool) -> dict[str, Any]:
    """Figures of each setting, the mean over the seeds, with those of each seed beside; prints the tables."""
    rows = []
    for name, setting in settings.items():
        for seed in range(1 if quick else seeds):
            size = {"items": 60, "weeks": 52} if quick else {}
            shop = pricing_truth.simulate(replace(setting, seed=seed, **size))
            rows += [{"twin": name, "seed": seed, **row} for row in judged(shop, python, peers)]
            print(f"{name}, seed {seed}", end="\r", flush=True)
    table = pd.DataFrame(rows)
    means = table.groupby(["twin", "method", "items"], sort=False).mean(numeric_only=True).drop(columns="seed")
    print("\n" + means.to_string(float_format="{:.4f}".format))
    out: dict[str, Any] = {name: _of_twin(table[table["twin"] == name]) for name in settings}
    for name, found in list(out.items()):
        out |= {f"{figure}_{name.replace(' ', '_')}": value for figure, value in found.items() if figure != "seeds"}
    return out


def judged(shop: Shop, python: Path | None, peers: bool) -> list[dict[str, Any]]:
    """A row of figures a method, on the items that were sold and on those that were not yet."""
    sold = panel_of(shop.tables)
    fitted = pricing.fit(sold)
    known = shop.truth.set_index("product_id").loc[sold.items["product_id"]]
    responses = [fitted.of(code) for code in known.index]
    rows = [{"method": DEBUT, "items": "sold", **_scored(known, responses)}]
    new = shop.truth[shop.truth["new"]].set_index("product_id")
    rows.append({"method": DEBUT, "items": "new", **_scored(new, [_new(fitted, *row) for row in _words(new)])})
    if peers:
        asked = np.concatenate([CHANGES, PRICES])
        for name, found in pricing_peers.factors(sold, asked, python).items():
            scored = _errors(known, found[:, : len(CHANGES)]) | _profit(known, found[:, len(CHANGES) :])
            rows.append({"method": name, "items": "sold", **scored})
    return rows


def panel_of(tables: dict[str, pd.DataFrame]) -> Panel:
    """The panel of tables, through the shop's own import."""
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder) / "shop") as workspace:
        pricing_truth.fill(workspace, tables)
        return panel.read(workspace.cursor())


def _words(items: pd.DataFrame) -> list[tuple[str, str]]:
    return list(items[["category", "title"]].itertuples(index=False, name=None))


def _new(fitted: Responses, category: str, title: str) -> Response:
    """The response of a new item: its like items share most of its words, as a search by text would find them."""
    words = set(title.lower().split())
    shared = fitted.items["title"].str.lower().str.split().map(lambda other: len(words & set(other)))
    near = (shared + (fitted.items["category"] == category)).nlargest(LIKE)
    like = fitted.items["product_id"].loc[near.index].tolist()
    return fitted.of_new(category, like, near.to_numpy(float), title)


def _scored(known: pd.DataFrame, responses: list[Response]) -> dict[str, float]:
    low, high = (np.array([getattr(one, name) for one in responses]) for name in ("low90", "high90"))
    middle = np.array([one.elasticity for one in responses])
    real = known["elasticity"].to_numpy()
    return {
        **_errors(known, np.stack([one.factor(CHANGES, 1.0).mean(0) for one in responses])),
        **_profit(known, np.stack([one.factor(PRICES, 1.0).mean(0) for one in responses])),
        "coverage90": float(((low < real) & (real < high)).mean()),
        "width90": float((high - low).mean()),
        "rmse": float(np.sqrt(((middle - real) ** 2).mean())),
        "mean": float(middle.mean()),
        "true_mean": float(real.mean()),
    }


def _errors(known: pd.DataFrame, found: np.ndarray) -> dict[str, float]:
    """Of foretold changes (n, len(CHANGES))."""
    real, units = _true(known, CHANGES), known["units"].to_numpy()[:, None]
    far, whole = (np.abs(found - real) * units).sum(0), (real * units).sum(0)
    ten, twenty = [1, 2], [0, 3]
    return {
        "cf_wmape": float(far.sum() / whole.sum()),
        "cf_wmape_10": float(far[ten].sum() / whole[ten].sum()),
        "cf_wmape_20": float(far[twenty].sum() / whole[twenty].sum()),
        "sign_accuracy": float((found[:, UP] < 1).mean()),
    }


def _profit(known: pd.DataFrame, found: np.ndarray) -> dict[str, float]:
    """Share of the best true profit that is lost at the best price by foretold changes (n, len(PRICES))."""
    margin = PRICES[None, :] - (known["cost"] / known["usual"]).to_numpy()[:, None]
    worth = (known["units"] * known["usual"]).to_numpy()
    real = margin * _true(known, PRICES)
    got = np.take_along_axis(real, (margin * found).argmax(1)[:, None], 1)[:, 0]
    return {"profit_regret": float(1 - (got * worth).sum() / (real.max(1) * worth).sum())}


def _true(known: pd.DataFrame, ratio: np.ndarray) -> np.ndarray:
    return pricing_truth.shape(known["shape"].to_numpy(), known["elasticity"].to_numpy(), ratio[None, :])


def _of_twin(rows: pd.DataFrame) -> dict[str, Any]:
    ours = rows[(rows["method"] == DEBUT) & (rows["items"] == "sold")]
    new = rows[rows["items"] == "new"]
    names = ["cf_wmape_10", "cf_wmape_20", "sign_accuracy", "coverage90", "profit_regret", "rmse", "mean", "true_mean"]
    out: dict[str, Any] = {"cf_wmape_debut": ours["cf_wmape"].mean()} | {name: ours[name].mean() for name in names}
    for name, peer in rows[rows["method"] != DEBUT].groupby("method"):
        for figure in ("cf_wmape", "sign_accuracy", "profit_regret"):
            out[f"{figure}_{str(name).lower()}"] = peer[figure].mean()
    out |= {f"{name}_new": new[name].mean() for name in ("cf_wmape", "sign_accuracy", "coverage90", "profit_regret")}
    seeds = ours[["seed", "cf_wmape", "coverage90", "profit_regret", "mean", "true_mean"]]
    return out | {"seeds": seeds.to_dict("records")}


def scale(items: int, weeks: int) -> dict[str, float]:
    """Seconds to fit so many items and weeks, and milliseconds of what the page works out when a slider moves."""
    shop = pricing_truth.simulate(Setting(items=int(items / 0.9), weeks=weeks))
    sold = panel_of(shop.tables)
    began = time.perf_counter()
    fitted = pricing.fit(sold)
    seconds = time.perf_counter() - began
    found = {f"fit_{items}x{weeks}_s": seconds, "slider_ms": slider(fitted.of(sold.items["product_id"].iloc[0]))}
    print(f"\n{len(sold.items):,} items, {len(sold.rows):,} rows\n" + pd.Series(found).to_string())
    return found


def slider(response: Response, moves: int = 20) -> float:
    """Milliseconds a move: the figures at the price tried and at the planned one, and the picture with its bands.

    What the browser takes beside it is in `tests.benchmarks.pages`.
    """
    outcomes = np.sort(np.random.default_rng(0).lognormal(4, 1, 101))
    of = profit.profile(Case("N", "New", "", 20.0, 8.0, outcomes, float(outcomes.mean()), response, stock=200.0))
    asked = pd.DataFrame({"competitor": "Other", "title": "An offer", "price": np.linspace(12, 30, 12)})
    times = []
    for price in np.linspace(12, 30, moves):
        began = time.perf_counter()
        profit.point(of, price)
        profit.point(of, of.case.planned)
        marks = Marks(price, 20.0, of.best, of.best, of.floor(0.1), of.break_even(), of.near, 18.0)
        charts.prices(profit.curves(of), marks, asked, asked[["title", "price"]]).to_json()
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


def elasticities(folder: Path, out: Path | None) -> dict[str, Any]:
    """Fit a folder of CSVs; write (or print) product_id, elasticity, low90, high90, pooled, own, own_share."""
    if not folder.is_dir():
        raise SystemExit(f"{folder} is no folder.")
    with tempfile.TemporaryDirectory() as work, Workspace(Path(work) / "shop") as workspace:
        found = pricing_truth.read(workspace, folder)
        if "sales" not in found:
            raise SystemExit(f"{folder} has no sales.csv.")
        fitted = pricing.fit(panel.read(workspace.cursor()))
    table = fitted.items[COLUMNS]
    if out:
        table.to_csv(out, index=False)
    else:
        print(table.to_csv(index=False), end="")
    return {"items": len(table), "tables": found, "reacts": fitted.reacts, "told": fitted.told}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pricing", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="goes through it with sizes that say nothing")
    parser.add_argument("--data", type=Path, help="a folder of CSVs named after Debut's tables")
    parser.add_argument("--out", type=Path, help="where to write its elasticities; else they are printed")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser


if __name__ == "__main__":
    main()

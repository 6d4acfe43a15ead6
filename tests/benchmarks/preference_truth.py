"""How near the scores come to the truth of the demo shop, and what each input brings.

The demo shop is simulated: how many units each customer is expected to buy of each new item is known. What is learnt
from its exports is compared with that; then again without views, searches, reviews or prices.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core import demo, history, new_items, people
from core.history import History
from core.people import KINDS, People
from core.preference import plain, scorer
from core.preference.panel import WEEKS, Panel
from core.workspace import Workspace
from data.demo import simulate
from data.demo.customers import true_preference
from models.encoder import Encoder

TOP = 10
LOOKS = ("view", "click", "cart", "favourite", "share", "remove")


@dataclass(frozen=True)
class Demo:
    """The demo shop and its truth."""

    history: History
    people: People
    sheet: pd.DataFrame
    encoder: Encoder
    truth: pd.DataFrame
    """Probability that a customer (a row each) buys a new item (a column each) in its first weeks."""


def figures(work: Path, effort: str, *, quick: bool) -> dict[str, object]:
    """truth_correlation, top10_regret, and both without each input; prints them."""
    shop = load(work)
    recipe = scorer.EFFORTS["quick" if quick else effort]
    vectors = shop.encoder.embed(shop.history.items["text"].tolist())
    rows = {}
    for name, (past, known, sheet) in _variants(shop, quick).items():
        read = shop.encoder.embed(known.queries)
        fitted, _ = scorer.fit(past, known, vectors, read, WEEKS, recipe)
        rows[name] = _judged(Panel(past, known, fitted, shop.encoder, vectors), sheet, shop.truth)
    simple = plain.fit(shop.history, shop.people, vectors, WEEKS)
    assert simple is not None
    rows["plain form"] = _judged(
        Panel(shop.history, shop.people, simple, shop.encoder, vectors), shop.sheet, shop.truth
    )
    table = pd.DataFrame(rows).T
    print("\nAgainst the truth of the demo shop\n" + table.to_string(float_format="{:.3f}".format))
    whole = rows["everything"]
    return {
        "truth_correlation": whole["correlation"],
        "top10_regret": whole["regret"],
        "truth_sum": whole["sum"],
        "inputs": table.reset_index(names="without").to_dict("records"),
    }


def load(work: Path) -> Demo:
    """Simulate and import it, as on first start."""
    truth = simulate()
    with Workspace(work / "demo") as workspace:
        demo.fill(workspace, lambda note: None)
        past = history.read(workspace.cursor())
        found = people.read(workspace.cursor(), past)
        sheet = new_items.read(workspace.cursor(), past).items
    assert found is not None
    units = pd.DataFrame(
        true_preference(truth), index=truth.truth["customers"]["customer_id"], columns=truth.new_items["item_id"]
    )
    return Demo(past, found, sheet, Encoder(cache=work / "embeddings"), 1 - np.exp(-units[sheet["item_id"]]))


def _variants(shop: Demo, quick: bool) -> dict[str, tuple[History, People, pd.DataFrame]]:
    def without(*kinds: str) -> People:
        gone = [KINDS.index(kind) for kind in kinds]
        return People(shop.people.ids, shop.people.events[~shop.people.events["kind"].isin(gone)], shop.people.segment)

    everything = {"everything": (shop.history, shop.people, shop.sheet)}
    if quick:
        return everything
    no_price = replace(shop.history, items=shop.history.items.assign(price=np.nan))
    return everything | {
        "without views, carts, favourites": (shop.history, without(*LOOKS), shop.sheet),
        "without searches and their text": (shop.history, without("search"), shop.sheet),
        "without reviews": (shop.history, without("review"), shop.sheet),
        "purchases alone": (shop.history, without(*LOOKS, "search", "review"), shop.sheet),
        "without prices": (no_price, shop.people, shop.sheet.assign(price=np.nan)),
    }


def _judged(panel: Panel, sheet: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """Correlation over all pairs, mean correlation within an item, regret of the top ten, sum over the true sum."""
    scores = panel.ask(sheet["item_id"].to_numpy(), sheet["text"].tolist(), sheet["price"].to_numpy(dtype=float))
    ids = scores.customers["customer_id"]
    there = ids.isin(truth.index).to_numpy()
    r, true = scores.r[there], truth.loc[ids[there]].to_numpy()
    of_item = [np.corrcoef(r[:, at], true[:, at])[0, 1] for at in range(r.shape[1])]
    best = np.sort(true, axis=1)[:, -TOP:].sum(1)
    got = np.take_along_axis(true, np.argsort(-r, axis=1, kind="stable")[:, :TOP], 1).sum(1)
    return {
        "correlation": float(np.corrcoef(r.ravel(), true.ravel())[0, 1]),
        "correlation_in_item": float(np.mean(of_item)),
        "regret": float(1 - (got / best).mean()),
        "sum": float(r.sum() / true.sum()),
    }

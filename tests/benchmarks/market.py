"""How well listings are matched and trends are found, on the demo shop, whose truth is known.

    python -m tests.benchmarks.market [--seeds 7,8,9] [--json FILE]

Matches: precision and recall of what is called likely, at three confidences, of listings that no file has matched;
how far the probabilities are off (expected calibration error); beside the nearest item by TF-IDF cosine, its
threshold chosen so that it calls as many likely. Trends: how many of the planted rising and fading motifs are found
in sales, how many other terms are called moving, and how many after the items' sales were shuffled among them, which
leaves nothing to find.
"""

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from core import history, market
from core.history import History
from core.market import demand, index, review, themes
from core.market.market import Market, own_items
from core.market.themes import Themes
from core.workspace import Workspace
from data.demo import simulate
from data.demo.simulate import Shop
from data.demo.words import CONCEPTS
from tests.conftest import load_into

CONFIDENCES = (0.5, 0.8, 0.95)
SHUFFLES = 20
TABLES = ("products", "sales", "events", "reviews", "competitors", "new_items")


def main() -> None:
    """Run, print, and write a JSON file where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="7", help="of the simulated shops; 7 is the demo shop")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [figures(int(seed)) for seed in options.seeds.split(",")]
    table = pd.DataFrame(rows).set_index("seed")
    print(table.T.to_string(float_format="{:.3f}".format))
    if options.json:
        options.json.write_text(json.dumps({"shops": rows, "mean": table.mean().to_dict()}, indent=1))


def figures(seed: int) -> dict[str, float]:
    """All figures of one simulated shop."""
    truth = simulate(seed)
    with TemporaryDirectory() as folder, Workspace(Path(folder)) as shop:
        for name in TABLES:
            load_into(shop, getattr(truth, name).to_csv(index=False), name, f"{name}.csv")
        began = time.perf_counter()
        known = market.opened(shop)
        first = time.perf_counter() - began
        began = time.perf_counter()
        market.opened(shop)
        again = time.perf_counter() - began
        matched = matching(known, truth)
        policies = prices(known)
        past, items = history.read(shop.cursor()), own_items(shop.cursor())
        moving = trending(past, items, themes.opened(shop), truth)
    return {"seed": seed} | matched | policies | moving | {"first_s": first, "again_s": again}


def matching(known: Market, truth: Shop) -> dict[str, float]:
    """Precision and recall of listings that nobody has matched, and those of TF-IDF."""
    true = truth.truth["matches"].set_index(["competitor", "title"])["product_id"]
    found = review.table(known)
    found = found[found["state"].isin([review.FOUND, review.UNSURE])]
    keys = pd.MultiIndex.from_frame(found[["competitor", "title"]])
    found = found.assign(true=true.reindex(keys).to_numpy())
    best = known.matches.set_index("listing")["item"].reindex(found["row"]).fillna(-1).astype(int)
    named = np.where(best >= 0, known.items["item_id"].to_numpy()[best], "")
    right = (named == found["true"]) & (named != "")
    ours = int((found["true"] != "").sum())
    out: dict[str, float] = {"listings": len(found), "ours": ours}
    peer_score, peer_right = nearest_by_words(known, found)
    for least in CONFIDENCES:
        likely = (found["confidence"] >= least).to_numpy()
        out[f"precision_{least}"] = float(right[likely].mean())
        out[f"recall_{least}"] = float(right[likely].sum() / ours)
        out[f"said_{least}"] = float(found["confidence"][likely].mean())
        top = np.argsort(-peer_score, kind="stable")[: likely.sum()]
        out[f"tfidf_precision_{least}"] = float(peer_right[top].mean())
        out[f"tfidf_recall_{least}"] = float(peer_right[top].sum() / ours)
    bins = np.minimum((10 * found["confidence"]).astype(int), 9)
    gaps = pd.DataFrame({"p": found["confidence"].to_numpy(), "y": np.asarray(right)}).groupby(bins.to_numpy()).mean()
    out["calibration_error"] = float(
        ((gaps["p"] - gaps["y"]).abs() * bins.value_counts().sort_index()).sum() / len(bins)
    )
    return out


def nearest_by_words(known: Market, found: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The peer: cosine of TF-IDF of titles with whole item texts, and whether its nearest item is right."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    titles, items = known.listings.table["plain"].iloc[found["row"]].tolist(), known.items
    reader = TfidfVectorizer(sublinear_tf=True).fit([*titles, *items["text"]])
    near = (reader.transform(titles) @ reader.transform(items["text"]).T).toarray()
    best = near.argmax(1)
    return near.max(1), items["item_id"].to_numpy()[best] == found["true"].to_numpy()


def prices(known: Market) -> dict[str, float]:
    """What is found of the competitors' policies: the factor of each, and the lag of the one that follows."""
    who = index.undercutting(known.price_pairs).set_index("competitor")
    return {
        "undercutter_index": float(who.loc["Hearth & Hollow", "index"]),  # in truth 95
        "follower_index": float(who.loc["Nestling", "index"]),  # 100
        "follower_lag": float(who.loc["Nestling", "lag"]),  # 2
        "premium_index": float(who.loc["Marlowe Home", "index"]),  # 112 of the list price
    }


def trending(past: History, items: pd.DataFrame, known: Themes, truth: Shop) -> dict[str, float]:
    """Planted motifs that are found, terms that are moving for no reason, and those after shuffling."""
    concepts = truth.truth["concepts"].set_index("concept")["trend"]
    planted = concepts[concepts != 0]
    found, _ = demand.in_sales(past, items, known)
    moving = found.moving[found.moving["kind"].isin(["word", "theme"])]
    words = {name: set(CONCEPTS[str(name)].words) for name in planted.index}
    way = np.where(planted > 0, "rising", "fading")
    hit = [
        any(told(term, words[name]) for term in moving.loc[moving["trend"] == one, "term"])
        for name, one in zip(planted.index, way, strict=True)
    ]
    every = set().union(*words.values())
    strange = [term for term in moving["term"] if not told(term, every)]
    shuffled = [len(demand.in_sales(shuffle(past, seed), items, known)[0].moving) for seed in range(SHUFFLES)]
    return {
        "motifs_planted": len(planted),
        "motifs_found": int(sum(hit)),
        "terms_tested": len(found.table),
        "terms_moving": len(found.moving),
        "terms_strange": len(strange),
        "shuffled_moving": float(np.mean(shuffled)),
        "shuffled_shops_with_any": float(np.mean(np.array(shuffled) > 0)),
    }


def told(term: str, words: set[str]) -> bool:
    """Whether a term or theme holds a word of a concept, or a part of one."""
    parts = {part for word in words for part in (word.lower(), *word.lower().split())}
    return any(part.strip() in parts for part in [term, *term.split(", "), *term.split()])


def shuffle(past: History, seed: int) -> History:
    """The sales of each item given to another one: they grow as they did, and no word has anything to do with it."""
    codes = np.random.default_rng(seed).permutation(past.items["product_id"].to_numpy())
    return History(past.start, past.items.assign(product_id=codes), past.units)


if __name__ == "__main__":
    main()

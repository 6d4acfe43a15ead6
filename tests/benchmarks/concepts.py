"""How good the concept lab is: python -m tests.benchmarks.concepts [--json FILE] [--quick]

    words  how often a held-out word of a title is among the ten that are suggested in its place, against the ten
           commonest words and the counts of neighbours alone, on the demo shop and a real gift shop's titles
    speed  seconds to learn the words of a shop, to compare eight wordings and to take one apart

Figures are of this machine and of what else runs on it. `--quick` goes through all of it with the demo shop's words.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core import demo, history, versions
from core.audience import audience
from core.concepts import brief as briefs
from core.concepts import suggestions, variants, words
from core.concepts.groups import Groups
from core.concepts.judges import Judges
from core.concepts.places import Place
from core.concepts.vocabulary import company, split, vocabulary
from core.preference.panel import Panel
from core.workspace import Workspace, demo_folder
from models import masked
from models.encoder import Encoder
from tests.conftest import RETAIL

__all__ = ["main", "recalls"]

SEEDS = (1, 2, 3)
HELD_OUT = 0.2  # of the titles
Figures = dict[str, float]


def recalls(titles: list[str], texts: list[str], encoder: Encoder, top: int = 10, seed: int = 1) -> Figures:
    """Share of the held-out titles' words that are among the first `top`, by commonest, beside, masked and both.

    The vocabulary, the counts and the head are of the other titles; words that only the held-out have are left out.
    seconds: to read and learn.
    """
    pairs = dict(zip(titles, texts, strict=True))  # a title that stands twice must not be on both sides
    names = np.array(list(pairs), dtype=object)
    order = np.random.default_rng(seed).permutation(len(names))
    held, rest = np.split(names[order], [int(len(names) * HELD_OUT)])
    began = time.perf_counter()
    found = vocabulary(rest.tolist())
    gaps, answers = suggestions.examples(rest.tolist(), [pairs[title] for title in rest], found.words, seed)
    head = masked.fit(encoder, gaps, answers, found.words, seed)
    seconds = time.perf_counter() - began
    beside = company(rest.tolist(), found.words)
    known = suggestions.Suggester(found, head, beside, encoder)
    asked, truth, near = _asked(held.tolist(), found.place)
    read = head.log_probabilities(encoder, asked)
    counts = np.array([beside.log_probabilities(*pair) for pair in near])
    told = {"commonest": np.tile(beside.usual, (len(truth), 1)), "beside": counts, "masked": read}
    told["both"] = np.array([known.joined(one, other) for one, other in zip(read, counts, strict=True)])
    return {name: _recall(scores, truth, top) for name, scores in told.items()} | {
        "titles": len(names),
        "vocabulary": len(found.words),
        "asked": len(truth),
        "seconds": seconds,
    }


def _asked(titles: list[str], place: dict[str, int]) -> tuple[list[masked.Gap], np.ndarray, list[tuple[str, str]]]:
    """Every word of the titles that is in the vocabulary: its gap, its column, its neighbours."""
    found = [(title, word) for title in titles for word in split(title) if word.name in place]
    gaps = [(title[: word.first], title[word.last :]) for title, word in found]
    near = [Place(word.first, word.last, word.text).neighbours(title) for title, word in found]
    return gaps, np.array([place[word.name] for _, word in found]), near


def _recall(scores: np.ndarray, truth: np.ndarray, top: int) -> float:
    own = scores[np.arange(len(truth)), truth][:, None]
    return float(((scores > own).sum(1) < top).mean())


def told_words(shops: dict[str, tuple[list[str], list[str]]], seeds: Sequence[int]) -> Figures:
    """Recalls of each shop, means over seeds, printed."""
    encoder, figures = Encoder(), {}
    for shop, (titles, texts) in shops.items():
        runs = pd.DataFrame([recalls(titles, texts, encoder, seed=seed) for seed in seeds])
        mean = runs.mean()
        print(
            f"\n{shop}: {mean['titles']:.0f} titles, {mean['vocabulary']:.0f} words, {mean['seconds']:.0f} s to learn"
        )
        for name in ("commonest", "beside", "masked", "both"):
            print(f"  {name:10} recall@10 {mean[name]:.3f}  (seeds {runs[name].min():.3f} to {runs[name].max():.3f})")
        figures |= {f"{shop}_{name}": round(float(value), 4) for name, value in mean.items()}
    return figures


def speeds(shop: Workspace) -> Figures:
    """Seconds of the page's parts on the demo shop, everything being open."""
    past = history.read(shop.cursor())
    judges = Judges.opened(shop, past, versions.active(shop), Panel.opened(shop))
    known = audience.opened(judges.panel, shop.cursor())
    sheet = briefs.of_sheet(shop.cursor(), past)
    groups = Groups.of(known.found, known.customers)
    one = replace(next(iter(sheet.values())), groups=groups)
    titles = [brief.title for brief in sheet.values()]
    figures = {}
    variants.compare(judges, titles[:8], one)
    for name, work in {
        "eight_s": lambda: variants.compare(judges, titles[8:16], one),
        "again_s": lambda: variants.compare(judges, titles[8:16], one),
        "words_s": lambda: words.carried(judges, "Foldable bird table, bumblebee print", one),
        "learn_s": lambda: suggestions.suggester(past, judges.encoder, Path(tempfile.mkdtemp())),
    }.items():
        began = time.perf_counter()
        work()
        figures[name] = round(time.perf_counter() - began, 3)
        print(f"  {name:10} {figures[name]:.2f}")
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the figures where a file is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.concepts", description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args(arguments)
    shops = {}
    demo.ensure()
    with Workspace(demo_folder()) as shop:
        items = history.read(shop.cursor()).items
        shops["demo"] = (items["title"].tolist(), items["text"].tolist())
        print("Seconds on the demo shop")
        figures = speeds(shop)
    if not chosen.quick and RETAIL.exists():
        shops["retail"] = _retail()
    figures |= told_words(shops, SEEDS[:1] if chosen.quick else SEEDS)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2))
    return 0


def _retail() -> tuple[list[str], list[str]]:
    """Titles of the gift shop: the description that each code has most often."""
    lines = pd.read_csv(RETAIL, dtype=str, usecols=["StockCode", "Description"]).dropna()
    usual = lines.groupby("StockCode")["Description"].agg(lambda some: some.str.strip().mode().iloc[0])
    titles = usual[usual.str.contains(" ")].str.capitalize().tolist()
    return titles, titles


if __name__ == "__main__":
    sys.exit(main())

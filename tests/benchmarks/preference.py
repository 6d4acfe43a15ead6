"""How good and how fast is the preference scorer? Beside its peers, on a demo shop whose truth is known, and at scale.

python -m tests.benchmarks.preference                      Online Retail; the demo shop; scale
python -m tests.benchmarks.preference --only accuracy --json figures.json

Accuracy: launches of Online Retail from 2011-02-01 to 2011-06-05, whole items held out. Everything is learnt from
what was known on 2011-02-01; each launch is judged by the customers who bought in the year before the first day of
its week, by what they had done until then. An item counts from ten buyers on; figures of fifty and more stand beside.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import history, imports, people
from core.history import History
from core.people import People
from core.preference import calibration, examples, measures, nearness, scorer
from core.preference.examples import Example
from core.preference.scorer import Scorer
from core.workspace import Workspace
from models.encoder import Encoder
from tests.benchmarks import preference_peers, preference_scale, preference_truth
from tests.conftest import RETAIL

CUT, LAST = date(2011, 2, 1), date(2011, 6, 5)
WEEKS = 8
WEEK_DAYS = 7
MANY = 50
DEBUT = "Debut"
DRAWS = 2_000


@dataclass(frozen=True)
class Shop:
    """Everything that is read of one."""

    history: History
    people: People
    vectors: np.ndarray
    read: np.ndarray


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run what is asked for; print tables, return (and write) the figures."""
    options = _parser().parse_args(arguments)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if "accuracy" in options.only:
            shop = load(options.data or RETAIL, Path(folder))
            figures |= accuracy(shop, options.cut, options.last, options.seeds, quick=options.quick)
        if "truth" in options.only:
            figures |= preference_truth.figures(Path(folder), options.effort, quick=options.quick)
        if "scale" in options.only:
            figures |= preference_scale.figures(quick=options.quick)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, default=float))
    return figures


def load(data: Path, work: Path) -> Shop:
    """A shop of one file of sales."""
    with Workspace(work / "shop") as workspace:
        for staged in imports.stage(workspace, data.name, data):
            imports.load(workspace, staged, imports.recognise(workspace, staged, "sales"), set_aside_bad=True)
        past = history.read(workspace.cursor())
        found = people.read(workspace.cursor(), past)
    if found is None:
        raise SystemExit(f"{data} names no customers.")
    encoder = Encoder(cache=work / "embeddings")
    return Shop(past, found, encoder.embed(past.items["text"].tolist()), encoder.embed(found.queries))


def accuracy(shop: Shop, cut: date, last: date, seeds: int, *, quick: bool) -> dict[str, Any]:
    """Figures of all methods on the same launches; prints the tables."""
    known, past, tested = _split(shop, cut, last)
    peers = preference_peers.fitted(past)
    parts = {name: _calibrated(shop, known, past, tested, peer) for name, peer in peers.items()}
    fits = [_debut(known, shop, tested, seed, quick) for seed in range(1 if quick else seeds)]
    parts[DEBUT] = fits[0]
    table = pd.DataFrame({name: measures.judged(one).to_dict() for name, one in parts.items()}).T
    many = pd.DataFrame({name: _means(measures.by_item(one, MANY)) for name, one in parts.items()}).T
    table = table.join(many.add_suffix(f" ({MANY}+)"))
    others = table.drop(index=DEBUT)
    best = others["auc"].idxmax()
    print(f"\n{int(table.loc[DEBUT, 'items'])} launches with {measures.FEWEST} buyers or more, {len(tested)} weeks")
    print(table.to_string(float_format="{:.4f}".format))
    figures = _figures(table, best)
    figures |= _beaten(measures.by_item(parts[DEBUT]), measures.by_item(parts[best]), best)
    again = pd.DataFrame([measures.judged(one).to_dict() for one in fits])
    figures |= {f"{name}_seeds": again[name].tolist() for name in ("auc", "recall", "log_loss", "ece")}
    print(f"AUC of {len(fits)} seeds: {', '.join(f'{value:.4f}' for value in again['auc'])}")
    curve = measures.calibration_curve(
        np.concatenate([score.ravel() for score, _ in fits[0]]), np.concatenate([truth.ravel() for _, truth in fits[0]])
    )
    print("\nCalibration\n" + curve.to_string(index=False, float_format="{:.4f}".format))
    return figures | {"calibration_curve": curve.to_dict("records"), "table": table.reset_index().to_dict("records")}


def _split(shop: Shop, cut: date, last: date) -> tuple[Shop, list[Example], list[Example]]:
    """The shop as known on the cut, its launches, and the launches since."""
    rows = shop.history.items["launch"].to_numpy() < shop.history.day(cut)
    past = shop.history.as_of(cut)
    known = Shop(past, shop.people.as_of(shop.history, cut), shop.vectors[rows], shop.read)
    return known, _examples(known, past.days), _examples(shop, past.days, past.days, shop.history.day(last) + 1)


def _examples(shop: Shop, words: int, first: int | None = None, last: int | None = None) -> list[Example]:
    source = nearness.sources(shop.history, shop.vectors, shop.people.queries, shop.read, words)
    if first is None:
        return examples.examples(shop.history, shop.people, source, WEEKS)
    return examples.examples(shop.history, shop.people, source, WEEKS, first, last, WEEK_DAYS)


def _debut(known: Shop, shop: Shop, tested: list[Example], seed: int, quick: bool) -> measures.Judged:
    recipe = replace(scorer.EFFORTS["quick" if quick else "standard"], seed=seed)
    fitted, _ = scorer.fit(known.history, known.people, known.vectors, known.read, WEEKS, recipe)
    return [_asked(fitted, shop, one) for one in tested]


def _asked(fitted: Scorer, shop: Shop, one: Example) -> tuple[np.ndarray, np.ndarray]:
    levels = fitted.level.of(scorer.numbers(shop.history, shop.vectors, one, WEEKS))
    return _active(one, fitted.judge(one, levels))


def _calibrated(
    shop: Shop, known: Shop, past: list[Example], tested: list[Example], peer: preference_peers.Peer
) -> measures.Judged:
    """A peer's scores as probabilities: with the level that Debut has, calibrated on the same held-out launches."""
    early = scorer.split(past)
    heard = scorer.levels(
        known.history, past, [scorer.numbers(known.history, known.vectors, one, WEEKS) for one in past]
    )
    told = []
    for one in past[early:]:
        levels = heard.of(scorer.numbers(known.history, known.vectors, one, WEEKS))
        assert one.moment.bought is not None
        told.append((*_parts(peer, one), levels, one.moment.bought.toarray() > 0))
    found = calibration.fit(told)
    out = []
    for one in tested:
        logit = found.logit(*_parts(peer, one), heard.of(scorer.numbers(shop.history, shop.vectors, one, WEEKS)))
        out.append(_active(one, 1 / (1 + np.exp(-logit))))
    return out


def _parts(peer: preference_peers.Peer, one: Example) -> tuple[np.ndarray, np.ndarray]:
    score = peer.score(one)
    return score - calibration.beside(score, one.memory.buyers)[None, :], np.zeros_like(score)


def _active(one: Example, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    assert one.moment.bought is not None
    active = one.memory.buyers
    return chance[active], one.moment.bought.toarray()[active] > 0


def _means(items: pd.DataFrame) -> dict[str, float]:
    return {"items": len(items), "auc": items["auc"].mean(), "recall": items["recall"].mean()}


def _figures(table: pd.DataFrame, best: str) -> dict[str, Any]:
    ours, rule = table.loc[DEBUT], table.loc["untrained rule"]
    return {
        "auc_debut": ours["auc"], "recall10_debut": ours["recall"], "ece": ours["ece"],
        "logloss_debut": ours["log_loss"], "ndcg10_debut": ours["ndcg"], "best_peer": best,
        "auc_peer": table.loc[best, "auc"], "recall10_peer": table.loc[best, "recall"],
        "logloss_peer": table.drop(index=DEBUT)["log_loss"].min(), "logloss_base": ours["base_loss"],
        "logloss_rule": rule["log_loss"], "accuracy": ours["accuracy"], "precision": ours["precision"],
        "recall_best": ours["recall_best"], "f1": ours["f1"],
        f"auc_debut_{MANY}": ours[f"auc ({MANY}+)"], f"recall10_debut_{MANY}": ours[f"recall ({MANY}+)"],
    }  # fmt: skip


def _beaten(ours: pd.DataFrame, theirs: pd.DataFrame, best: str) -> dict[str, float]:
    """Differences to the best peer, with 95 % intervals of a paired bootstrap over items."""
    random, out = np.random.default_rng(0), {}
    drawn = random.integers(0, len(ours), (DRAWS, len(ours)))
    for name in ("auc", "recall"):
        gain = ours[name].to_numpy() - theirs[name].to_numpy()
        low, high = np.quantile(gain[drawn].mean(1), [0.025, 0.975])
        print(f"{name} of Debut less that of {best}: {gain.mean():+.4f} (95 % {low:+.4f} to {high:+.4f})")
        out |= {f"{name}_gain": gain.mean(), f"{name}_gain_low": low, f"{name}_gain_high": high}
    return out


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How good and how fast is the preference scorer?")
    parser.add_argument(
        "--only", nargs="+", choices=["accuracy", "truth", "scale"], default=["accuracy", "truth", "scale"]
    )
    parser.add_argument("--data", type=Path, help="a file of sales with customers; Online Retail if left out")
    parser.add_argument("--cut", type=date.fromisoformat, default=CUT, help="everything is learnt from before it")
    parser.add_argument("--last", type=date.fromisoformat, default=LAST, help="last launch that is judged")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--effort", choices=list(scorer.EFFORTS), default="standard")
    parser.add_argument("--quick", action="store_true", help="goes through all of it with sizes that say nothing")
    parser.add_argument("--json", type=Path)
    return parser


__all__ = ["accuracy", "load", "main"]

if __name__ == "__main__":
    main()

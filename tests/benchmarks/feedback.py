"""Does the loop pay? What first weeks add to a forecast, what a shop gains that learns, and whether anything is lost.

python -m tests.benchmarks.feedback --json figures.json      all parts
python -m tests.benchmarks.feedback --only retrend           Online Retail: one, two and four weeks seen
python -m tests.benchmarks.feedback --only loop --shops 20   four quarters of simulated shops, seeds 0 to 19
python -m tests.benchmarks.feedback --only sessions          two browsers and running jobs at once; backup and restore
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import feedback_loop, feedback_retrend
from tests.conftest import RETAIL

PARTS = ("retrend", "loop", "sessions")


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run what is asked for; print tables, return (and write) the figures."""
    options = _parser().parse_args(arguments)
    found: dict[str, Any] = {}
    if "retrend" in options.only and RETAIL.exists():
        found |= feedback_retrend.figures(options.quick)
    elif "retrend" in options.only:
        print(f"No retrend: {RETAIL.name} is not there")
    if "loop" in options.only:
        found |= feedback_loop.figures(range(options.first, options.first + (1 if options.quick else options.shops)))
    if "sessions" in options.only:
        from tests.benchmarks import sessions  # brings Playwright along

        found |= sessions.figures(options.quick)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2, default=float))
    print(json.dumps(found, indent=2, default=float))
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--shops", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed of the first shop")
    parser.add_argument("--quick", action="store_true", help="one cut, one shop, a quarter of a minute of sessions")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    main()

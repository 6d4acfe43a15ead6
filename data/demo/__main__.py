"""Write the demo shop's CSVs: python -m data.demo FOLDER [--seed N] [--clean] [--truth]."""

import argparse
from pathlib import Path

from data.demo.simulate import simulate, write, write_truth


def main() -> None:
    """Read the command line, simulate, write, and say what was written."""
    parser = argparse.ArgumentParser(prog="python -m data.demo", description="Write the demo shop's CSVs.")
    parser.add_argument("folder", type=Path, help="where the files go; made if it is not there")
    parser.add_argument("--seed", type=int, default=7, help="another seed makes another shop (default 7)")
    parser.add_argument("--truth", action="store_true", help="also write truth/*.csv, for benchmarks only")
    parser.add_argument("--clean", action="store_true", help="leave out what is wrong in a real shop's exports")
    options = parser.parse_args()
    shop = simulate(options.seed)
    paths = write(shop, options.folder, clean=options.clean)
    if options.truth:
        paths |= write_truth(shop, options.folder)
    for path in paths.values():
        print(path)


if __name__ == "__main__":
    main()

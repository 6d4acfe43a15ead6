"""Print a shop's database as SQL text: python -m tests.releases SHOP.duckdb"""

import sys
from pathlib import Path

from tests.releases import dumped

if __name__ == "__main__":
    sys.stdout.write(dumped(Path(sys.argv[1])))

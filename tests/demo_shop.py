"""The demo shop, made once a test session and copied for whoever needs it, as making it takes some seconds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["ROOT", "copy", "make"]

ROOT = Path(__file__).parents[1]


def make(home: Path) -> Path:
    """Make the demo shop below `home` where there is none, and forecast its new items; returns `home`."""
    if not (home / "demo" / "shop.duckdb").exists():
        home.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DEBUT_HOME": str(home), "OMP_NUM_THREADS": "1"}
        made = subprocess.run(
            [sys.executable, "-m", "core", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
    return home


def copy(made: Path, home: Path) -> Path:
    """A home of its own, with a demo shop and an own shop that is still empty; returns it."""
    shutil.copytree(made / "demo", home / "demo")
    return home

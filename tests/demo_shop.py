"""The demo shop, made once a test session and copied for whoever needs it, as making it takes some seconds."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["ROOT", "copy", "make"]

ROOT = Path(__file__).parents[1]
REVIEWS = 1_000  # the latest, of which the Reviews page reads the sentences where no version has read them


def make(home: Path) -> Path:
    """Make the demo shop below `home` where there is none, with what pages learn of it on first use; returns `home`."""
    if not (home / "demo" / "shop.duckdb").exists():
        home.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DEBUT_HOME": str(home), "OMP_NUM_THREADS": "1"}
        made = subprocess.run(
            [sys.executable, "-m", "tests.demo_shop"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
    return home


def copy(made: Path, home: Path) -> Path:
    """A home of its own, with a demo shop and an own shop that is still empty; returns it."""
    shutil.copytree(made / "demo", home / "demo", copy_function=_linked_or_copied)
    return home


def _linked_or_copied(source: str, target: str) -> None:
    """What has been embedded is half of the demo shop, and such a file is never written again: one is enough."""
    if Path(source).parent.parent.name == "embeddings":
        with contextlib.suppress(OSError):  # another disk
            os.link(source, target)
            return
    shutil.copy2(source, target)


def _make_and_learn() -> None:
    """As `python -m core demo`; then its words, which the concept lab would otherwise learn in every copy, what its ads
    bring, and what is said in its reviews, which the pages would."""
    from core import history
    from core.__main__ import main
    from core.ads import response
    from core.concepts import suggestions
    from core.reviews import reading, readings
    from core.workspace import Workspace, demo_folder
    from models.encoder import Encoder

    assert main(["demo"]) == 0
    with Workspace(demo_folder()) as shop:
        encoder = Encoder(cache=shop.artifacts / "embeddings")
        suggestions.suggester(history.read(shop.cursor()), encoder, shop.artifacts)
        response.of(shop)
        scored = readings.scored(shop, reading.read(shop.cursor()), None)
        readings.said(shop, scored[~scored["excluded"] & (scored["text"] != "")].tail(REVIEWS), None)


if __name__ == "__main__":
    _make_and_learn()

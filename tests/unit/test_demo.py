"""The demo shop makes room for a newer one: what a user has put into it is kept."""

from pathlib import Path

import pytest

from core import demo, versions
from core.workspace import Workspace


@pytest.mark.parametrize(("version", "kept"), [("demo", False), ("demo-scorer", False), ("v20250101-120000", True)])
def test_a_demo_shop_that_somebody_has_trained_on_is_kept(tmp_path: Path, version: str, kept: bool) -> None:
    with Workspace(tmp_path / "demo") as shop:
        versions.register(shop, version, {"launches": 50})
    demo._put_away(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
    assert bool(list(tmp_path.glob("demo-before-*"))) == kept

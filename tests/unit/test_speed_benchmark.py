"""The speed figures can be taken: every part runs, on sizes that say nothing of speed."""

import math

import pytest

from tests.benchmarks import forecaster_speed
from tests.conftest import SmallShop


def test_every_figure_is_taken(small_shop: SmallShop, capsys: pytest.CaptureFixture[str]) -> None:
    got = forecaster_speed.figures(quick=True, data=small_shop.history)
    assert set(forecaster_speed.BARS) <= set(got)
    assert all(math.isfinite(value) and value > 0 for value in got.values())
    assert got["score_cosine_min"] > 0.99
    printed = capsys.readouterr().out
    assert all(name in printed for name in got)

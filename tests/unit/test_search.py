"""The search tries settings, judges them by launches they have not seen, and keeps to its time."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import DebutError, NotReady
from core.search import search
from core.settings import Settings
from models.encoder import Encoder
from tests.conftest import SmallShop, make_files


@pytest.fixture(scope="module")
def start(quick: Settings) -> Settings:
    return replace(quick, adapter="frozen")  # the quickest to train


def test_it_keeps_the_best_of_what_it_tried(small_shop: SmallShop, encoder: Encoder, start: Settings) -> None:
    told: list[int] = []
    shares: list[float] = []
    found = search(
        small_shop.history,
        encoder,
        start,
        0.15,
        lambda done, note: shares.append(done),
        lambda trials: told.append(len(trials)),
    )
    trials = found["trials"]
    assert json.loads(json.dumps(found))["trials"] == trials  # plain enough for JSON
    assert [row["number"] for row in trials] == list(range(1, len(trials) + 1)) == told
    assert Settings.from_dict(trials[0]["settings"]) == start  # what it starts from is tried first
    best = min(trials, key=lambda row: row["loss"])
    assert (found["best"], found["best_loss"], found["settings"]) == (best["number"], best["loss"], best["settings"])
    gain, low, high = found["gain"]
    assert low <= gain <= high
    assert gain == pytest.approx(best["loss"] - trials[0]["loss"])
    assert all(row["settings"]["weeks"] == start.weeks for row in trials)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_judges_are_the_latest_quarter(small_shop: SmallShop, encoder: Encoder, start: Settings) -> None:
    past = small_shop.history
    found = search(past, encoder, start, 0.001)
    assert len(found["trials"]) == 1  # no time, and yet the start is judged
    rows = past.launches(start.weeks)
    assert found["launches"] == pytest.approx(len(rows) / 4, abs=3)
    launch = past.items["launch"].to_numpy()[rows]
    assert (launch >= (np.datetime64(found["cut"]) - np.datetime64(past.start)).astype(int)).sum() == found["launches"]


def test_a_history_that_ends_at_a_cut_gives_no_later_launch_a_say(
    small_shop: SmallShop, encoder: Encoder, start: Settings
) -> None:
    """What sold after the cut may be anything."""
    past = small_shop.history
    cut = past.date_of(335)
    changed = past.units.copy()
    changed[:, 335:] *= 7
    one, other = (search(one.as_of(cut), encoder, start, 0.001) for one in (past, replace(past, units=changed)))
    assert one["trials"][0]["loss"] == other["trials"][0]["loss"]
    assert one["cut"] < cut.isoformat()


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), 100_000])
def test_a_time_that_makes_no_sense(small_shop: SmallShop, encoder: Encoder, start: Settings, minutes: float) -> None:
    with pytest.raises(DebutError, match="minutes; it must be more than 0"):
        search(small_shop.history, encoder, start, minutes)


def test_too_few_launches(workspace, encoder: Encoder, start: Settings) -> None:
    from core import history
    from tests.conftest import fill

    fill(workspace, make_files(launches=40))
    with pytest.raises(NotReady, match="too few to search with"):
        search(history.read(workspace.cursor()), encoder, start, 1)


def test_whoever_watches_can_stop_it(small_shop: SmallShop, encoder: Encoder, start: Settings) -> None:
    def stop(done: float, note: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(small_shop.history, encoder, start, 1, stop)

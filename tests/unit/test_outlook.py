"""The outlook: every new item in every week, computed once for a version and a state of the data."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from core import versions
from core.demand import Forecaster
from core.errors import NotReady
from core.new_items import WINDOW_WEEKS
from core.outlook import Outlook, outlook
from core.plan import Wishes, plan
from core.workspace import Workspace
from models import versions as folders
from tests.conftest import WEEKS, Files, SmallShop, fill, load_into


@pytest.fixture(scope="module")
def shop(small_files: Files, forecaster: Forecaster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The small shop with a version in use."""
    with Workspace(tmp_path_factory.mktemp("outlook")) as workspace:
        fill(workspace, small_files)
        folders.save(forecaster.version(), versions.folder(workspace, "v1"))
        versions.register(workspace, "v1", {})
        yield workspace


@pytest.fixture(scope="module")
def expected(shop: Workspace) -> Outlook:
    return outlook(shop, "v1")


def test_every_item_has_every_week_of_its_window(expected: Outlook) -> None:
    assert expected.weeks == WEEKS
    assert len(expected.totals) == 12 * WINDOW_WEEKS
    assert len(expected.forecast) == 12 * WINDOW_WEEKS * (WEEKS + 1)
    assert expected.totals["launch_week"].dt.day_of_week.eq(0).all()
    assert (expected.forecast["p10"] <= expected.forecast["p50"]).all()
    assert (expected.forecast["p50"] <= expected.forecast["p90"]).all()


def test_words_that_sell_are_expected_to_sell(expected: Outlook) -> None:
    mean = expected.totals.groupby("item_id")["mean"].mean()
    fox = expected.items["title"].str.contains("fox").to_numpy()
    assert mean[fox].mean() > 1.5 * mean[~fox].mean()


def test_like_items_are_ranked_and_known_items(expected: Outlook, small_shop: SmallShop) -> None:
    assert expected.like.groupby("item_id")["place"].min().eq(1).all()
    assert set(expected.like["product_id"]) <= set(small_shop.history.items["product_id"])
    assert expected.like["similarity"].between(0, 1 + 1e-6).all()


def test_customers_have_a_preference(expected: Outlook) -> None:
    assert expected.appeal["preference"].between(0, 1).all()
    assert expected.appeal["buyers"].to_numpy() == pytest.approx(expected.appeal["preference"].to_numpy() * 60)


def test_it_is_read_from_disk_the_second_time(shop: Workspace, expected: Outlook) -> None:
    notes: list[str] = []
    again = outlook(shop, "v1", notes.append)
    assert notes == []
    for field in fields(Outlook):
        first, second = getattr(expected, field.name), getattr(again, field.name)
        if isinstance(first, pd.DataFrame):
            pd.testing.assert_frame_equal(first, second)


def test_the_plan_of_a_real_outlook(expected: Outlook) -> None:
    result = plan(expected, Wishes(launches=5))
    assert len(result.table) == 12
    assert 0 < len(result.launched) <= 5
    assert result.table.set_index("item_id").loc["NEW-003", "launch"] == "no"  # costs more than its price
    assert (result.launched["profit"] > 0).all()
    assert np.isfinite(plan(expected, Wishes("preference")).table["preference"]).all()


def test_new_data_gives_a_new_outlook(shop: Workspace, expected: Outlook) -> None:
    notes: list[str] = []
    load_into(
        shop, "item_id,title,price,earliest_launch,latest_launch\nX1,Red fox mug,5,2025-03-03,2025-03-30\n", "new_items"
    )
    later = outlook(shop, "v1", notes.append)
    assert notes
    assert len(later.items) == len(expected.items) + 1
    assert later.totals["item_id"].value_counts()["X1"] == 4


def test_a_version_that_is_gone_is_said(shop: Workspace) -> None:
    with pytest.raises(NotReady, match="gone"):
        outlook(shop, "gone")

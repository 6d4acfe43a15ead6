"""The outlook: every new item in every week, computed once for a version and a state of the data."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from core import like_choices, versions
from core.demand import Forecaster
from core.desk import Desk
from core.errors import NotReady
from core.like_choices import Choice
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


def test_like_items_count_as_their_weights_say(expected: Outlook) -> None:
    by_item = expected.like.groupby("item_id")["weight"]
    assert by_item.sum().between(0.5, 1 + 1e-6).all()  # the least of many launches are not listed
    assert by_item.apply(lambda weight: weight.is_monotonic_decreasing).all()
    assert expected.like["units"].notna().all()


def test_chance_falls_with_the_units_asked_for(expected: Outlook) -> None:
    assert expected.typical > 0
    usual, much = expected.chance(expected.typical), expected.chance(100 * expected.typical)
    assert usual.between(0, 1).all() and (much <= usual).all()
    assert expected.chance(0).eq(1).all()


def test_one_item_in_light_is_what_the_tables_say(expected: Outlook) -> None:
    item = expected.items["item_id"][4]
    one, totals = expected.of(item), expected.totals[expected.totals["item_id"] == item]
    assert one.weeks == totals["launch_week"].tolist()
    assert one.units.quantiles[:, -1].tolist() == totals[["p10", "p50", "p90"]].to_numpy().tolist()
    assert one.units.mean[:, :-1].sum(1) == pytest.approx(totals["mean"].to_numpy())
    assert one.like["place"].tolist() == list(range(1, len(one.like) + 1))


def test_the_desk_forecasts_one_item_as_the_whole_sheet(shop: Workspace, expected: Outlook) -> None:
    desk, item = Desk.opened(shop, "v1"), expected.items["item_id"][4]
    again, before = desk.item(item, Choice()), expected.of(item)
    assert again.weeks == before.weeks
    assert again.units.quantiles == pytest.approx(before.units.quantiles, rel=1e-4, abs=1e-4)
    assert again.like["product_id"].tolist() == before.like["product_id"].tolist()


def test_a_kept_choice_moves_its_item_and_no_other(shop: Workspace, expected: Outlook) -> None:
    item = expected.items["item_id"][4]
    sellers = expected.found[expected.found["item_id"] == item].sort_values("units", ascending=False)
    choice = Choice().sharing(sellers["product_id"].iloc[0], 0.95)
    like_choices.keep(shop, item, choice)
    chosen = outlook(shop, "v1")
    assert chosen.key != expected.key and chosen.choices == {item: choice}
    assert chosen.like.loc[chosen.like["item_id"] == item, "weight"].max() == pytest.approx(0.95)
    mine = chosen.forecast["item_id"] == item
    assert not np.allclose(chosen.forecast.loc[mine, "mean"], expected.forecast.loc[mine, "mean"])
    pd.testing.assert_frame_equal(chosen.forecast[~mine], expected.forecast[~mine])
    pd.testing.assert_frame_equal(chosen.found, expected.found)
    like_choices.forget(shop, item)
    assert outlook(shop, "v1").key == expected.key


def test_a_choice_is_forecast_once_and_then_read_from_disk(shop: Workspace, expected: Outlook) -> None:
    item, opened = expected.items["item_id"][2], []

    def desk() -> Desk:
        opened.append(1)
        return Desk.opened(shop, "v1")

    like_choices.keep(shop, item, Choice(base=77.0))
    first, second = (outlook(shop, "v1", desk=desk) for _ in range(2))
    like_choices.forget(shop, item)
    assert opened == [1]
    assert first.of(item).units.quantiles[0, -1, 1] == pytest.approx(77)
    pd.testing.assert_frame_equal(first.forecast, second.forecast)


def test_an_item_that_was_added_is_listed_even_for_nothing(shop: Workspace, expected: Outlook) -> None:
    """Else nobody could give it its weight back."""
    desk, item = Desk.opened(shop, "v1"), expected.items["item_id"][2]
    added = expected.found.loc[expected.found["item_id"] == item, "product_id"].iloc[3]  # found as well: listed once
    like = desk.item(item, Choice().adding(added).sharing(added, 0.0)).like
    assert like.loc[like["product_id"] == added, "weight"].tolist() == [0]


def test_base_demand_of_a_week_keeps_the_season_of_the_others(shop: Workspace, expected: Outlook) -> None:
    item = expected.items["item_id"][2]
    before = expected.of(item)
    choice = Choice(base=77.0, base_week=before.weeks[5].date())
    after = Desk.opened(shop, "v1").item(item, choice)
    assert after.units.quantiles[5, -1, 1] == pytest.approx(77)
    ratio = after.units.quantiles[:, -1, 1] / before.units.quantiles[:, -1, 1]
    assert ratio == pytest.approx(ratio[0])


def test_the_plan_goes_by_what_was_kept(shop: Workspace, expected: Outlook) -> None:
    item = expected.items["item_id"][2]
    like_choices.keep(shop, item, Choice(base=5000.0))
    chosen = plan(outlook(shop, "v1"), Wishes(launches=5)).table
    like_choices.forget(shop, item)
    assert chosen["item_id"][0] == item


def test_a_choice_of_which_nothing_is_left_is_passed_over(shop: Workspace, expected: Outlook) -> None:
    item = expected.items["item_id"][2]
    everything = Desk.opened(shop, "v1").past.items["product_id"]
    like_choices.keep(shop, item, Choice(excluded=tuple(everything)))
    found = outlook(shop, "v1")
    like_choices.forget(shop, item)
    assert found.key == expected.key and not found.choices


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

"""The Market page: every view, matches decided and undone, filters, and shops with little or nothing to compare."""

import io
import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import history, market
from core.market import demand
from core.workspace import Workspace
from tests import demo_shop
from tests.conftest import Files, fill, load_into
from tests.once import once
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, said, table, tick

ALL = "Listings and what they match"


@pytest.fixture(scope="session")
def compared(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What takes seconds to compare in the demo shop, made once."""

    def make(folder: Path) -> None:
        with Workspace(demo_shop.copy(made, folder) / "demo") as shop:
            market.opened(shop)
            demand.opened(shop, history.read(shop.cursor()))

    return once(tmp_path_factory, "market_home", make) / "demo" / "artifacts" / "market"


@pytest.fixture
def demo(start: Start, home: Path, compared: Path):
    """demo("Prices"): the demo shop in one of the views."""
    shutil.copytree(compared, home / "demo" / "artifacts" / "market", dirs_exist_ok=True)
    return lambda view: start("market", view=view)


@pytest.fixture
def own(start: Start, home: Path, small_files: Files):
    """own(competitors, view, sheet): the small shop as the user's own, with such competitors' prices and new items."""

    def opened(competitors: str = "", view: str = "", sheet: str = "") -> AppTest:
        with Workspace(home) as shop:
            fill(shop, small_files)
            if competitors:
                load_into(shop, f"date,competitor,price,title,category\n{competitors}\n", "competitors")
            if sheet:
                load_into(shop, f"item_id,title,category\n{sheet}\n", "new_items", "more.csv")
        return start("market", shop="My shop", **({"view": view} if view else {}))

    return opened


def choose(at: AppTest, label: str, value: str) -> AppTest:
    labelled(at.segmented_control, label).set_value(value).run()
    assert not at.exception
    return at


def told(at: AppTest) -> str:
    return " ".join(element.value for element in at.markdown)


def test_every_view_of_the_demo_shop(demo):
    at = demo("Prices")
    assert "Hearth & Hollow undercuts" in told(at)
    who = table(at, "Who undercuts you, by how much").set_index("competitor")
    assert set(who.index) == {"Hearth & Hollow", "Nestling", "Marlowe Home", "Dealhaus"}
    assert who.loc["Nestling", "lag"] == "after 2 weeks" and who.loc["Marlowe Home", "share"] < 5
    assert len(table(at, "New items among the offers of competitors")) > 30
    tick(at, "New items among the offers of competitors", 3)
    named = table(at, "New items among the offers of competitors")["title"][3]
    assert any(named in heading.value for heading in at.subheader)
    at.multiselect(key="market_competitor").set_value(["Marlowe Home"]).run()
    assert "Nobody undercuts you" in told(at)
    choose(at, "By", "Category")
    choose(at, "Show", "Ladder")
    at.selectbox(key="ladder_category").set_value("Textiles").run()
    assert "Your " in told(at) and at.get("plotly_chart")
    choose(at, "Show", "Trends")
    rising = table(at, "Terms that rise or fade in sales").set_index("term")["trend"]
    assert (rising[rising.index.str.contains("nautical")] == "rising").any()
    assert (rising[rising.index.str.contains("mushroom")] == "fading").any()
    assert len(table(at, "New items and the trends they ride")) == 40
    choose(at, "In", "Reviews")
    assert not at.toggle(key="sure_Reviews").value and len(table(at, "Terms that rise or fade in reviews")) > 100
    at.toggle(key="sure_Reviews").set_value(True).run()
    assert "None of these moves by more than chance" in said(at)


def test_matches_are_decided_one_by_one_and_taken_back(demo):
    at = demo("Matches")
    before = table(at, ALL)["state"].value_counts()
    first = at.subheader[0].value
    at.button(key="match_1").click().run()
    assert not at.exception
    assert (table(at, ALL)["state"] == "Decided by hand").sum() == 1
    second = at.subheader[0].value
    assert second != first
    at.button(key="match_none").click().run()
    assert (table(at, ALL)["state"] == "None of yours").sum() == 1
    at.button(key="match_undo").click().run()
    assert at.subheader[0].value == second  # it comes back at once
    at.button(key="match_skip").click().run()
    assert at.subheader[0].value != second
    at.button(key="match_undo").click().run()
    pd.testing.assert_series_equal(table(at, ALL)["state"].value_counts(), before)
    at.button(key="match_undo").click().run()
    assert "nothing to undo" in " ".join(toast.value for toast in at.toast)


def test_matches_are_confirmed_in_bulk_and_ticked(demo):
    at = demo("Matches")
    at.slider(key="match_least").set_value(90).run()
    found = (table(at, ALL)["state"] == "Found, not looked at") & (table(at, ALL)["confidence"] >= 90)
    assert "expected to be wrong" in caption(at)
    at.button(key="match_bulk").click().run()
    assert (table(at, ALL)["state"] == "Confirmed in bulk").sum() == found.sum() > 50
    tick(at, ALL, 0)
    at.button(key="ticked_not").click().run()
    assert not at.exception
    assert (table(at, ALL)["state"] == "Confirmed in bulk").sum() == found.sum() - 1
    at.text_input(key="match_words").set_value("no such word [").run()
    assert "No listing fits" in said(at)


def test_another_item_can_be_searched_for(demo):
    at = demo("Matches")
    other = next(box for box in at.selectbox if box.label == "Item")
    assert at.button(key="match_this").disabled
    some = table(at, ALL)["item_id"].replace("", pd.NA).dropna().iloc[-1]
    other.set_value(some).run()
    at.button(key="match_this").click().run()
    assert not at.exception
    assert (table(at, ALL)["state"] == "Decided by hand").sum() == 1


def test_without_competitors_trends_are_shown_and_the_rest_says_what_to_load(own):
    at = own()
    assert at.segmented_control(key="view").value == "Trends"
    assert table(at, "New items and the trends they ride").shape[0] == 12
    for view in ("Prices", "Ladder", "Matches"):
        choose(at, "Show", view)
        assert "no competitors' prices yet" in said(at)
        assert "Load competitors' prices" in links(at)
        assert download(at, "template_competitors")


def test_competitors_without_overlap_have_no_index_and_it_says_so(own):
    lines = "\n".join(f"2024-12-02,Rival,{500 + at},Diesel generator {at},Machines" for at in range(10))
    at = own(lines, "Prices")
    assert "no price index" in said(at) and "stand alone" in said(at)
    choose(at, "Show", "Matches")
    assert "10 listings 0 are likely" in told(at)
    choose(at, "Show", "Ladder")
    assert not at.exception


def test_one_listing_on_one_day_is_enough_for_every_view(own, small_files: Files):
    item = pd.read_csv(io.BytesIO(small_files.products)).iloc[0]
    at = own(f"2024-12-02,Rival,{item['list_price']},{item['title']},{item['category']}", "Prices")
    for view in ("Ladder", "Matches", "Trends", "Prices"):
        choose(at, "Show", view)


def test_a_new_item_without_a_price_has_offers_and_no_rank(own, small_files: Files):
    item = pd.read_csv(io.BytesIO(small_files.products)).iloc[0]
    line = f"2024-12-02,Rival,9,{item['title']},{item['category']}"
    at = own(line, "Prices", f"N-900,{item['title']},{item['category']}")
    ranks = table(at, "New items among the offers of competitors").set_index("item_id")["rank"]
    assert ranks["N-900"] == "no price"


def test_items_without_words_have_no_trends_and_it_says_what_helps(start: Start, home: Path):
    lines = [f"2024-{month:02}-{day:02},A{day % 5},2,5" for month in range(1, 13) for day in range(1, 29)]
    with Workspace(home) as shop:
        load_into(shop, "date,product_id,units,unit_price\n" + "\n".join(lines) + "\n", "sales")
    at = start("market", shop="My shop", view="Trends")
    assert not at.exception
    assert "nothing can be compared" in said(at) and "Items with titles" in said(at)


def test_names_from_files_are_shown_as_they_are(own, small_files: Files):
    items = pd.read_csv(io.BytesIO(small_files.products)).drop_duplicates("title").head(6)
    lines = [
        f"2024-12-{day:02},![x](http://evil.example/p.png),{0.5 * price:.2f},{title},{category}"
        for day in (2, 9, 16)
        for title, category, price in zip(items["title"], items["category"], items["list_price"], strict=True)
    ]
    at = own("\n".join(lines), "Prices")
    assert "![x](" not in told(at) and not at.exception


def test_a_shop_without_sales_is_led_to_the_data_page(start: Start):
    at = start("market", shop="My shop")
    assert "no sales yet" in said(at) and "Load sales" in links(at)

"""The Audience page: thresholds, segments, overlap, lists, lookalikes, downloads, and groups too small to show."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import versions
from core.audience.audience import Audience
from core.workspace import Workspace
from pages.parts import audience_shop
from tests.conftest import Files, fill, load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, metrics, said, table

COMPARED = "The median customer of the group beside that of all"


@pytest.fixture
def own(start: Start, home: Path, small_files: Files) -> Start:
    """The small shop as the user's own: sixty customers, every other one buys foxes only."""
    with Workspace(home) as shop:
        fill(shop, small_files)
    return lambda view="One item": start("audience", shop="My shop", view=view)


def choose(at: AppTest, label: str, value: str) -> AppTest:
    labelled(at.segmented_control, label).set_value(value).run()
    assert not at.exception
    return at


def test_every_view_of_the_demo_shop(start: Start):
    at = start("audience")
    assert number(metrics(at)["Customers"]) > 400  # a tenth of who ever bought there
    before = metrics(at)
    at.slider(key="best_share").set_value(30).run()
    assert number(metrics(at)["Expected buyers"]) > number(before["Expected buyers"])
    assert number(metrics(at)["Against at random"]) < number(before["Against at random"])
    choose(at, "Show", "All items")
    assert at.slider(key="best_share").value == 30
    likely = table(at, "Pairs of items with the likest audiences")["overlap"].mean()
    choose(at, "Audience", "Keenest")
    assert table(at, "Pairs of items with the likest audiences")["overlap"].mean() < likely
    assert len(table(at, "Audiences of the new items")) == 40
    choose(at, "Show", "Segments")
    found = table(at, "Segments of the customers")
    assert found["customers"].is_monotonic_decreasing and found["wants"].str.contains("×").all()
    choose(at, "Segments", "From your customer file")
    assert {"loyal", "newsletter"} <= set(table(at, "Segments of the customers")["name"])
    choose(at, "Show", "For a segment or customer")
    assert table(at, "Recommended new items")["why"].str.startswith("like ").any()
    choose(at, "Show", "Lookalikes")
    assert {"The seed", "Lookalikes", "All customers"} <= set(table(at, COMPARED).columns)


def test_an_audience_by_probability_may_be_empty_and_is_then_refused(own: Start):
    at = choose(own(), "Audience", "Probability")
    slider = labelled(at.slider, "Probability of at least (%)")
    slider.set_value(slider.max).run()
    assert not at.exception
    assert "Fewer than 20" in said(at)
    assert not at.dataframe and not at.get("download_button")


def test_a_small_audience_shows_nothing_of_its_people_until_it_is_larger(own: Start):
    at = own()
    assert metrics(at)["Customers"] == "6"
    assert "too few to show" in said(at)
    assert [chart.key for chart in at.get("plotly_chart")] == ["gain"]
    assert not at.get("download_button")
    at.slider(key="best_share").set_value(50).run()
    assert "too few" not in said(at)
    assert {chart.key for chart in at.get("plotly_chart")} == {"gain", "composition", "interest"}
    assert download(at, "download_audience")
    at.number_input(key="fewest").set_value(31).run()
    assert "Fewer than 31" in said(at)
    assert not at.get("download_button")


def test_an_audience_of_the_long_silent_is_not_described_by_the_few_others(own: Start, monkeypatch: pytest.MonkeyPatch):
    """Only who bought within a year can be described; of an audience that may be two people."""

    def two(known: Audience, *_: object) -> np.ndarray:
        return np.arange(len(known.customers)) < 2

    monkeypatch.setattr(audience_shop, "inside", two)
    at = own()
    at.slider(key="best_share").set_value(50).run()
    assert not at.exception
    assert "too few to say what they are like" in said(at)
    assert not at.dataframe
    assert {chart.key for chart in at.get("plotly_chart")} == {"gain", "composition"}
    assert download(at, "download_audience")  # these are thirty


def test_small_segments_are_not_offered(start: Start, home: Path, small_files: Files):
    people = pd.DataFrame({"customer_id": [f"C{who:02}" for who in range(60)]})
    people["segment"] = ["rare"] * 3 + ["usual"] * 57
    with Workspace(home) as shop:
        fill(shop, small_files)
        load_into(shop, people.to_csv(index=False), "customers", "customers.csv")
    at = start("audience", shop="My shop", view="For a segment or customer")
    choose(at, "Segments", "From your customer file")
    assert labelled(at.selectbox, "Segment").options == ["usual"]
    choose(at, "Show", "Lookalikes")
    assert labelled(at.selectbox, "Segment").options == ["usual"]
    at.number_input(key="fewest").set_value(58).run()
    assert "Fewer than 58" in said(at)


def test_lookalikes_of_pasted_ids(own: Start):
    at = choose(own("Lookalikes"), "Seed", "Customer ids")
    assert "Paste the ids" in said(at)
    at.text_area(key="seed_ids").set_value("C01 nobody <b>").run()
    assert "1 of 3 ids" in caption(at) and "Fewer than 20" in said(at)
    foxes = ", ".join(f"C{who:02}" for who in range(1, 50, 2))
    at.text_area(key="seed_ids").set_value(foxes).run()
    assert not at.exception
    assert float(metrics(at)["Told apart (AUC)"]) > 0.85  # every other customer buys foxes only
    assert "Fewer than 20" in said(at)  # a tenth of the others are three
    assert not at.get("download_button")
    at.number_input(key="fewest").set_value(5).run()
    at.slider(key="alike_share").set_value(50).run()
    assert "Fewer than" not in said(at)
    assert "fox" in " ".join(text.value for text in at.markdown)
    assert download(at, "download_lookalikes")


def test_lookalikes_of_the_buyers_of_an_item(own: Start):
    at = choose(own("Lookalikes"), "Seed", "Buyers of an item")
    assert not at.exception
    assert "Told apart (AUC)" in metrics(at) or "too few" in said(at)


def test_a_list_for_one_customer(own: Start):
    at = choose(own("For a segment or customer"), "For", "A customer")
    at.text_input(key="list_customer").set_value("C01").run()
    foxes = table(at, "Recommended new items")
    assert "fox" in foxes["title"][0].lower() and foxes["why"][0].lower().count("fox")
    at.number_input(key="list_items").set_value(3).run()
    assert len(table(at, "Recommended new items")) == 3
    at.text_input(key="list_customer").set_value("[nobody](http://x)").run()
    assert "No customer" in said(at) and not at.dataframe
    at.button(key="any_customer").click().run()
    assert len(table(at, "Recommended new items")) == 3


def test_a_list_for_somebody_new(own: Start):
    at = choose(own("For a segment or customer"), "For", "Somebody new")
    everybody = table(at, "Recommended new items")
    assert "Nobody knows them yet" in " ".join(text.value for text in at.caption)
    assert everybody["buyers"].tolist() == pytest.approx((everybody["probability"] / 100).tolist())
    segment = next(box for box in at.selectbox if box.label == "Segment")
    segment.set_value(segment.options[1]).run()
    assert len(table(at, "Recommended new items")) == len(everybody) and not at.exception


def test_variety_and_price_change_the_list(own: Start):
    at = own("For a segment or customer")
    at.slider(key="variety").set_value(0).run()
    plain = table(at, "Recommended new items")
    assert plain["probability"].is_monotonic_decreasing
    choose(at, "Best by", "Probability × price")
    assert table(at, "Recommended new items")["revenue"].is_monotonic_decreasing
    at.slider(key="variety").set_value(90).run()
    assert table(at, "Recommended new items")["item_id"].tolist() != plain["item_id"].tolist()


def test_segments_and_lookalikes_need_no_new_items_and_the_rest_leads_to_them(start: Start, home, small_files: Files):
    with Workspace(home) as shop:
        load_into(shop, small_files.products, "products")
        load_into(shop, small_files.sales, "sales")
    at = start("audience", shop="My shop", view="Segments")
    assert "wants" not in table(at, "Segments of the customers")
    choose(at, "Show", "Lookalikes")
    choose(at, "Show", "All items")
    assert "no new items" in said(at)
    assert "Load new items" in links(at)


def test_sales_without_customers_say_so(start: Start, home, small_files: Files):
    sales = pd.read_csv(io.BytesIO(small_files.sales)).drop(columns="customer_id")
    with Workspace(home) as shop:
        load_into(shop, sales.to_csv(index=False))
    at = start("audience", shop="My shop")
    assert "name no customers" in said(at)
    assert not at.metric


def test_a_scorer_that_is_gone_can_be_trained_again_on_the_page(own: Start, home: Path):
    summary = {"created_at": "2026-01-05T10:00:00", "debut": "0", "seconds": 60.0, "bytes": 1, "figures": {"AUC": 0.9}}
    with Workspace(home) as shop:
        versions.register(shop, "preference-gone", summary, kind="preference")
    at = own()
    assert "Train the scorer again" in said(at)
    assert labelled(at.button, "Train again")
    assert list(metrics(at)) == ["AUC"]


def number(written: str) -> float:
    return float(written.replace(",", "").rstrip("×%"))

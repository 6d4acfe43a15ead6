"""The Reviews page: the whole shop, its items, what is suspicious, and the reader that is trained on demand."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import versions
from core.reviews import excluded, reading, readings
from core.workspace import Workspace
from models.sentiment import Opinions
from models.snippets import sentences
from tests import review_samples
from tests.conftest import load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, metrics, said, table, tick

ITEMS = "Items and how pleased their buyers are"
ODD = "Suspicious reviews"
COPIED = "We took it to the lake in August and it stood in the rain for two weeks without any harm."


@pytest.fixture
def own(home: Path) -> Path:
    """The user's own shop, with reviews of which three are one text."""
    some = review_samples.frame(60)
    some.loc[[10, 30, 50], "body"] = [COPIED, f"{COPIED}!", f"{COPIED}!!"]  # one a file: an import would ask
    with Workspace(home) as workspace:
        load_into(workspace, "date,sku,qty\n2025-01-06,P-000,3\n2025-09-01,P-001,1\n", "sales", "sales.csv")
        for first in (0, 20, 40):
            load_into(workspace, review_samples.csv(some.iloc[first : first + 20]), "reviews", f"from_{first}.csv")
    return home


def load(home: Path, reviews: str) -> None:
    """The user's own shop, with these reviews."""
    with Workspace(home) as workspace:
        load_into(workspace, "date,sku,qty\n2025-01-06,P-1,3\n2025-09-01,P-1,1\n", "sales", "sales.csv")
        load_into(workspace, reviews, "reviews", "reviews.csv")


def opened(start: Start, view: str = "Shop", shop: str = "My shop") -> AppTest:
    at = start("reviews", shop=shop)
    if view != "Shop":
        at.segmented_control(key="view").set_value(view).run()
    assert not at.exception
    return at


def test_without_reviews_the_page_says_what_to_load(start: Start):
    at = start("reviews", shop="My shop")
    assert "There are no reviews yet" in said(at)
    assert "Load reviews" in links(at)


def test_without_a_trained_reader_the_ratings_are_shown(start: Start):
    at = opened(start, shop="Demo shop")
    assert "judged by their ratings" in caption(at)
    assert metrics(at)["Reviews"] == "7,993"
    assert 3 < float(metrics(at)["Stars"]) < 5
    pills = at.pills(key="aspect_shop")
    assert {"Quality", "Look", "Price"} <= set(pills.options)
    at.pills(key="aspect_shop").set_value("Delivery and packing").run()
    assert "arrived" in " ".join(one.value for one in at.markdown)


def test_items_are_ordered_narrowed_and_looked_into(start: Start, own: Path):
    at = opened(start, "Items")
    worst = table(at, ITEMS)
    assert worst["sentiment"].is_monotonic_increasing
    at.segmented_control(key="order").set_value("Best first").run()
    best = table(at, ITEMS)
    assert best["sentiment"].is_monotonic_decreasing and len(best) == len(worst)
    at.number_input(key="reviews_fewest").set_value(3).run()
    assert (table(at, ITEMS)["reviews"] >= 3).all()
    at.text_input(key="reviews_search").set_value("P-00").run()
    assert table(at, ITEMS)["item"].str.contains("P-00").all()
    at.text_input(key="reviews_search").set_value("(no such item").run()
    assert "No item fits" in said(at) and not at.exception


def test_a_ticked_item_shows_its_themes_and_reviews(start: Start, own: Path):
    at = opened(start, "Items")
    second = table(at, ITEMS).iloc[1]
    tick(at, ITEMS, 1)
    assert any(second["product_id"] in text.value for text in at.text)
    reviews = table(at, "Reviews of the item")
    assert len(reviews) == second["reviews"]
    at.segmented_control(key=f"mood_{second['product_id']}").set_value("Pleased").run()
    pleased = (reviews["sentiment"] >= 0.25).sum()
    if pleased:
        assert len(table(at, "Reviews of the item")) == pleased
    else:
        assert "No review fits" in said(at)
    at.segmented_control(key=f"mood_{second['product_id']}").set_value("All").run()
    at.text_input(key=f"words_{second['product_id']}").set_value("[no such words").run()
    assert "No review fits" in said(at) and not at.exception


def test_a_suspicious_review_is_left_out_and_counted_again(start: Start, own: Path):
    at = opened(start, "Suspicious")
    assert metrics(at)["Reviews"] == "60"
    assert len(table(at, ODD)) == 2 and "Nothing is left out by itself" in " ".join(one.value for one in at.markdown)
    tick(at, ODD, 0)
    labelled(at.button, "Leave out the 1 ticked").click().run()
    assert table(at, ODD)["excluded"].tolist() == [True, False]
    assert metrics(at)["Reviews"] == "59" and "1 is left out by you" in caption(at)
    labelled(at.button, "Count the 1 ticked again").click().run()
    assert metrics(at)["Reviews"] == "60"


def test_what_was_set_aside_when_loaded_is_told(start: Start):
    at = opened(start, "Suspicious", shop="Demo shop")
    assert "Nothing suspicious" in said(at)
    assert "the text of another review: **56**" in " ".join(one.value for one in at.markdown)


def test_lists_can_be_downloaded(start: Start, own: Path):
    at = opened(start, "Items")
    assert not download(at, "download_item_sentiment.csv").disabled
    at.segmented_control(key="view").set_value("Suspicious").run()
    assert not download(at, "download_odd").disabled


def test_too_few_reviews_to_train_on_are_told(start: Start, own: Path):
    at = opened(start)
    at.button(key="sentiment_train").click().run()
    assert "at least 200" in said(at)
    assert not at.exception


def test_markup_in_a_review_stays_text(start: Start, home: Path):
    some = review_samples.frame(20).assign(
        product_id="P-1", body="![x](http://example.com/p.png) **It broke** at once."
    )
    some["body"] = [f"{body} {row}" for row, body in enumerate(some["body"])]
    load(home, review_samples.csv(some))
    at = opened(start)
    shown = " ".join(one.value for one in at.markdown)
    assert "It broke" in shown
    assert "![x]" not in shown and "**It broke**" not in shown


def test_a_reader_that_is_damaged_is_told_and_the_ratings_speak(start: Start, own: Path):
    with Workspace(own) as workspace:
        summary = {"created_at": "2026-03-01T10:00:00", "seconds": 1.0, "bytes": 1, "figures": {"AUC": 0.9}}
        versions.register(workspace, "s1", summary, kind="sentiment")
    at = opened(start)
    assert "Train again" in said(at)
    assert "judged by their ratings" in caption(at)
    assert at.pills(key="aspect_shop").options and "no texts" not in said(at)  # the themes go by the ratings, too
    assert not at.exception


def test_reviews_that_are_stars_alone_are_shown_without_themes(start: Start, home: Path):
    load(home, "product_id,rating\nP-1,5\nP-1,1\nP-2,3\n")
    at = opened(start)
    assert metrics(at)["Reviews"] == "3" and metrics(at)["Would recommend"] == "50%"
    assert "no dates" in said(at) and "no texts" in said(at)
    at.segmented_control(key="view").set_value("Items").run()
    assert len(table(at, ITEMS)) == 2 and not at.exception


def test_an_item_that_is_rated_between_only_says_nothing_of_who_recommends_it(start: Start, home: Path):
    load(home, "product_id,rating\nP-1,3\n")
    at = opened(start, "Items")
    (told,) = [one.value for one in at.markdown if "**1 review**" in one.value]
    assert "recommend" not in told


def test_texts_without_ratings_are_told_to_say_nothing_yet(start: Start, home: Path):
    load(home, "date,product_id,body\n2025-03-03,P-1,I love it.\n2025-06-03,P-1,It broke.\n")
    at = opened(start)
    assert metrics(at)["Reviews"] == "0" and metrics(at)["Sentiment"] == "–"
    assert "have no ratings" in caption(at) and "No review with a date counts" in said(at)
    at.segmented_control(key="view").set_value("Items").run()
    assert "No review counts" in said(at) and not at.exception


def test_where_all_reviews_are_left_out_the_page_stands(start: Start, own: Path):
    with Workspace(own) as workspace:
        excluded.keep(workspace, set(reading.read(workspace.cursor())["review"]), out=True)
    at = opened(start)
    assert metrics(at)["Reviews"] == "0" and "60 are left out by you" in caption(at)
    at.segmented_control(key="view").set_value("Items").run()
    assert "No review counts" in said(at) and not at.exception


def test_reviews_of_one_week_are_not_said_to_have_no_dates(start: Start, home: Path):
    load(home, "date,product_id,rating\n2025-03-03,P-1,5\n2025-03-04,P-1,4\n")
    assert "of one week" in said(opened(start))


def test_undated_reviews_stand_beside_the_dated_until_days_are_chosen(start: Start, own: Path):
    load(own, "date,product_id,rating\n2025-03-03,X-1,5\n2025-06-03,X-1,4\n,X-1,1\n")
    at = opened(start, "Items")
    at.text_input(key="reviews_search").set_value("X-1").run()
    assert len(table(at, "Reviews of the item")) == 3
    days = at.date_input[0].value
    at.date_input[0].set_value((days[0], days[0])).run()
    assert table(at, "Reviews of the item")["rating"].tolist() == [5]


def test_what_is_left_out_is_marked_among_the_reviews_of_its_item(start: Start, own: Path):
    with Workspace(own) as workspace:
        reviews = reading.read(workspace.cursor())
        code = reviews["product_id"].mode()[0]
        own_ones = reviews.loc[reviews["product_id"] == code, "review"]
        excluded.keep(workspace, {own_ones.iloc[0]}, out=True)
    at = opened(start, "Items")
    at.text_input(key="reviews_search").set_value(code).run()
    marks = table(at, "Reviews of the item")["excluded"]
    assert marks.sum() == 1 and len(marks) == len(own_ones) > 1


def test_only_so_many_reviews_are_read_on_the_page(start: Start, own: Path, monkeypatch: pytest.MonkeyPatch):
    """Older ones go by their ratings, and their sentences are left alone."""
    seen: list[str] = []

    class Reader:
        def read(self, encoder, texts, report):
            seen.extend(texts)
            return Opinions(np.full(len(texts), 4.0), np.full(len(texts), 0.9))

    monkeypatch.setattr(readings, "load_reader", lambda *_: Reader())
    monkeypatch.setattr(readings, "MOST_READ", 10)
    with Workspace(own) as workspace:
        summary = {"created_at": "2026-03-01T10:00:00", "seconds": 1.0, "bytes": 1, "figures": {"AUC": 0.9}}
        versions.register(workspace, "s1", summary, kind="sentiment")
        texts = reading.read(workspace.cursor())["text"].tolist()[-10:]
    at = opened(start)
    assert "judged by what their texts say, 50 of them by their ratings" in caption(at)
    assert "In the latest 10 reviews" in caption(at)
    assert set(seen) == {*texts, *(part for text in texts for part in sentences(text, turns=True))}


def test_of_many_categories_the_most_reviewed_are_pictured(start: Start, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pages.parts.reviews_views.MOST_CATEGORIES", 2)
    load(home, "product_id,rating\n" + "".join(f"P-{at},{at}\n" * at for at in (1, 2, 3)))
    with Workspace(home) as workspace:
        items = "product_id,title,category,list_price\n" + "".join(f"P-{at},Mug,C{at},9\n" for at in (1, 2, 3))
        load_into(workspace, items, "products", "products.csv")
    at = opened(start)
    assert "The 2 categories with the most reviews, of 3" in caption(at)

"""The concept lab: wordings are read, judged and compared, and a difference says whether it means anything."""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.audience.groups import FEWEST
from core.audience.segments import Segments
from core.concepts import brief as briefs
from core.concepts import variants
from core.concepts.brief import Brief, Kind, Launch
from core.concepts.groups import EVERYBODY, OTHERS, Groups
from core.concepts.judges import Judges, Sales
from core.concepts.words import EXACT, MOST_WORDS, carried, shapley
from core.errors import DebutError, NotReady
from core.history import History
from tests.conftest import SmallShop

WORTH = {"fox": 2.0, "mug": 1.0, "plain": -1.0}
"""What a word does to the log of everything, in the shop that these tests invent."""


@dataclass
class Known:
    """Customers of whom nothing but the id is known."""

    ids: np.ndarray

    def places(self, ids: np.ndarray) -> np.ndarray:
        return pd.Index(self.ids).get_indexer(ids)


def divided(sizes: dict[str, int]) -> Groups:
    """Customers by segment, so many of each."""
    labels = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    ids = np.array([f"C{at:04}" for at in range(len(labels))], dtype=object)
    return Groups.of(Segments(labels, pd.DataFrame({"name": list(sizes)})), Known(ids))


@dataclass
class Told:
    """Judges who know the worth of words, and are asked about every text once."""

    groups: Groups | None
    forecaster: object = "there"
    panel: object = "there"
    missing: str = ""
    order: float = 0.0
    """By how much a text's first word being in the first half of the alphabet raises everything."""
    seen: list[str] = field(default_factory=list)

    def wanted(self, texts: list[str], brief: Brief) -> tuple[np.ndarray, np.ndarray]:
        sizes = np.array([len(brief.groups.labels), *np.bincount(brief.groups.labels)])
        return np.repeat(0.01 * np.exp(self._log(texts))[:, None], len(sizes), axis=1), sizes

    def sold(self, texts: list[str], brief: Brief) -> Sales:
        self.seen += texts
        mean = 50 * np.exp(self._log(texts)) - 1
        steps = np.linspace(0.1, 1.9, 100)
        return Sales(mean[:, None] * [0.3, 0.9, 2.0], mean, mean[:, None] * steps)

    def _log(self, texts: list[str]) -> np.ndarray:
        worth = [sum(WORTH.get(word.strip(".,").lower(), 0.0) for word in text.split()) for text in texts]
        first = [float(text[:1].lower() < "n") for text in texts]
        return np.array(worth) / 10 + self.order * np.array(first)


@pytest.fixture
def brief() -> Brief:
    groups = divided({"fox lovers": 60, "others": 40})
    return Brief("title", Launch(9.0, 100), "Red fox mug", "mugs", "Stoneware", groups)


# What was typed


def test_wordings_are_read_a_line_each_and_once() -> None:
    assert variants.read("  Red  fox mug \n\n|\nred FOX mug\r\nBlue\tmug\u200b\n") == ["Red fox mug", "Blue mug"]


@pytest.mark.parametrize("typed", ["", "  \n\t\n", "|\n | ", "\u200b\x00"])
def test_nothing_typed_says_what_to_do(typed: str) -> None:
    with pytest.raises(DebutError, match="one a line"):
        variants.read(typed)


def test_too_many_and_too_long_are_refused_with_their_number() -> None:
    with pytest.raises(DebutError, match="9 wordings; 8 fit"):
        variants.read("\n".join(f"mug {at}" for at in range(9)))
    with pytest.raises(DebutError, match="Wording 2 has 401 characters"):
        variants.read("mug\n" + "x" * 401)


@pytest.mark.parametrize(
    ("kind", "words", "text"),
    [
        ("title", "Blue mug", "Blue mug. mugs. Stoneware"),
        ("title", "Blue mug | With a fox", "Blue mug. mugs. With a fox"),
        ("description", "With a fox | or two", "Red fox mug. mugs. With a fox | or two"),
        ("headline", "Coffee | with a fox", "Coffee   with a fox. mugs"),
    ],
)
def test_each_kind_is_read_in_its_place(brief: Brief, kind: Kind, words: str, text: str) -> None:
    assert replace(brief, kind=kind).texts([words, ""])[0] == text


def test_no_words_leave_the_category(brief: Brief) -> None:
    assert replace(brief, description="").texts([""]) == ["mugs"]
    assert Brief("title", Launch(9.0, 1)).texts([""]) == [""]


def test_halves_are_swapped_and_a_description_stays() -> None:
    assert variants.reworded("Bird table, foldable") == ["table foldable Bird"]
    assert variants.reworded("Red fox mug | Stoneware", 5) == ["fox mug Red | Stoneware", "mug Red fox | Stoneware"]
    assert variants.reworded("Mug", 5) == []


# Items of the sheet


def test_briefs_of_the_sheet_have_its_words_price_and_week(small_shop: SmallShop) -> None:
    found = briefs.of_sheet(small_shop.workspace.cursor(), small_shop.history)
    assert len(found) == 12
    one = found["NEW-000"]
    assert one.title and one.category.endswith("s") and one.launch.price > 0
    assert one.launch.item_id == "NEW-000"
    assert small_shop.history.date_of(one.launch.day).weekday() == 0


def test_an_idea_is_launched_on_the_next_monday() -> None:
    for days in range(1, 9):
        past = History(date(2024, 1, 1), pd.DataFrame(), np.zeros((0, days), np.float32))
        day = briefs.of_idea(past, "mugs", 3.0).launch.day
        assert past.date_of(day).weekday() == 0
        assert 1 <= day - (days - 1) <= 7


# Segments


def test_small_segments_are_one_and_never_smaller_than_allowed() -> None:
    assert divided({"a": 60, "b": 40}).names == ("a", "b")
    folded = divided({"a": 60, "b": 30, "c": FEWEST - 1})
    assert folded.names == ("a", OTHERS)  # "c" alone would be told by what is left
    assert folded.members(OTHERS).sum() == 30 + FEWEST - 1
    assert divided({"a": 3, "b": 2}).names == (OTHERS,)


def test_means_by_segment_worked_by_hand() -> None:
    groups = divided({"a": 30, "b": 20})
    r = np.zeros((51, 2), np.float32)
    r[:30, 0], r[50, 1] = 0.5, 0.51
    means, sizes = groups.means(r, np.append(groups.customers.ids, "stranger"))
    assert sizes.tolist() == [51, 30, 20]
    np.testing.assert_allclose(means, [[15 / 51, 0.5, 0], [0.01, 0, 0]], atol=1e-7)


# Side by side


def test_the_better_wording_wins_clearly(brief: Brief) -> None:
    found = variants.compare(Told(brief.groups), ["Plain mug", "Fox mug"], brief)
    first, second = found.table.to_dict("records")
    assert found.noise.preference == found.noise.units == 0
    assert second["units_change"] == pytest.approx(np.exp(0.3) - 1)
    assert second["buyers"] == pytest.approx(100 * second["preference"])
    assert first["wins"] == pytest.approx(0.5)
    assert 0.5 < second["wins"] < 1
    assert "clear" in second["says"] and "compared with" in first["says"]


def test_what_word_order_alone_makes_is_no_news(brief: Brief) -> None:
    found = variants.compare(Told(brief.groups, order=0.5), ["Zebra mug", "Fox zebra"], brief)
    assert found.noise.units is not None and found.noise.units > 0.2
    assert "clear" not in found.table["says"][1]
    assert found.table["says"][1].count("no more than another word order makes") == 2


def test_segments_share_out_the_units(brief: Brief) -> None:
    found = variants.compare(Told(brief.groups), ["Plain mug", "Fox mug"], brief).by_segment
    assert found["segment"].tolist()[:3] == [EVERYBODY, "fox lovers", "others"]
    for words in ("Plain mug", "Fox mug"):
        whole, *parts = found[found["variant"] == words]["units"]
        assert sum(parts) == pytest.approx(whole)


def test_without_customers_units_alone_are_compared(brief: Brief) -> None:
    lonely = replace(brief, groups=None)
    found = variants.compare(Told(None, panel=None), ["Plain mug", "Fox mug"], lonely)
    assert found.table["preference"].isna().all() and found.by_segment.empty
    assert found.noise.preference is None
    assert found.table["says"][1].startswith("Units +")


def test_without_a_forecaster_preference_alone_is_compared(brief: Brief) -> None:
    found = variants.compare(Told(brief.groups, forecaster=None), ["Mug", "Fox"], brief)
    assert found.table["mean"].isna().all() and found.by_segment["units"].isna().all()
    assert found.noise.preference is None  # no wording has two words, so nothing can be swapped
    assert found.table["says"][1] == "Wanted +11%."


# Words


def test_values_of_words_are_theirs_and_add_up(brief: Brief) -> None:
    told = carried(Told(brief.groups), "Fox Mug, plain thing | Stoneware", brief)
    assert told.table["word"].tolist() == ["Fox", "Mug", "plain", "thing"]
    np.testing.assert_allclose(told.table["units"], [0.2, 0.1, -0.1, 0], atol=1e-12)
    assert (told.table[["preference_error", "units_error"]] == 0).all(axis=None)
    gap = np.log1p(told.whole["units"]) - np.log1p(told.without["units"])
    assert told.table["units"].sum() == pytest.approx(gap)
    assert told.whole["preference"] > told.without["preference"]


def test_random_orders_add_up_too(brief: Brief) -> None:
    words = " ".join(["Fox", "plain", *(f"thing{at}" for at in range(EXACT))])
    told = carried(Told(brief.groups, order=0.3), words, brief)
    gap = np.log1p(told.whole["units"]) - np.log1p(told.without["units"])
    assert told.table["units"].sum() == pytest.approx(gap)
    assert told.table["units"][0] > 0.1 > told.table["units"][2:].abs().max()
    assert (told.table["units_error"] > 0).any()


def test_shapley_of_a_game_worked_by_hand() -> None:
    """Two who are worth 1 together, and a third who adds 2 alone."""

    def worth(subsets: list[tuple[int, ...]]) -> np.ndarray:
        return np.array([[float({0, 1} <= set(subset)) + 2.0 * (2 in subset)] for subset in subsets])

    values, errors = shapley(worth, 3)
    np.testing.assert_allclose(values[:, 0], [0.5, 0.5, 2.0])
    assert (errors == 0).all()


@pytest.mark.parametrize(
    ("words", "why"), [("...", "no word"), (" ".join(f"w{at}" for at in range(MOST_WORDS + 1)), "41 words")]
)
def test_what_cannot_be_taken_apart_says_so(brief: Brief, words: str, why: str) -> None:
    with pytest.raises(DebutError, match=why):
        carried(Told(brief.groups), words, brief)


# Judges


def test_no_text_is_asked_about_twice(small_shop: SmallShop, encoder, forecaster) -> None:
    asked: list[list[str]] = []

    class Counting:
        settings = forecaster.settings

        def forecast(self, history, encoder, texts, query):
            asked.append(texts)
            return forecaster.forecast(history, encoder, texts, query)

    judges = Judges(small_shop.history, encoder, None, Counting())
    brief = Brief("title", Launch(9.0, small_shop.history.days + 3), category="mugs")
    texts = ["Red fox mug", "Grey plain mug", "Red fox mug"]
    sales = judges.sold(texts, brief)
    assert judges.sold(texts[1:], brief).mean.tolist() == sales.mean[1:].tolist()
    assert asked == [["Red fox mug", "Grey plain mug"]]
    assert sales.mean[0] == sales.mean[2] > sales.mean[1]
    assert (np.diff(sales.quantiles, axis=1) >= 0).all()


def test_with_nobody_to_ask_the_reasons_are_named(small_shop: SmallShop) -> None:
    with pytest.raises(NotReady, match=r"No customers\. .*not been fine-tuned"):
        Judges.opened(small_shop.workspace, small_shop.history, None, None, "No customers.")
    with pytest.raises(NotReady, match="nobody"):
        lonely = Judges(small_shop.history, None, None, None, "nobody")
        lonely.wanted(["x"], Brief("title", Launch(1.0, 1)))

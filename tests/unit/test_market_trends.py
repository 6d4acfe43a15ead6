"""Trends: what is planted is found, chance is not, a best-seller is no trend; seasons, short data, new items."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core import history
from core.errors import NotReady
from core.history import History
from core.market import demand, growth, riding, terms, themes, trends
from core.market.themes import Themes
from core.workspace import Workspace
from tests.conftest import START, Files, Load, fill

NO_THEMES = Themes(pd.DataFrame({"word": [], "theme": [], "new": []}, dtype=object))
WORDS = ("fox", "owl", "bear", "wolf", "lynx", "hare", "crow", "moth")
WEEKS = 104


def shop(
    rate: Callable[[np.ndarray, np.ndarray], np.ndarray], items: int = 160, weeks: int = WEEKS, seed: int = 0
) -> tuple[History, pd.DataFrame]:
    """A shop whose items carry WORDS in turn. rate: units a week of (items, 1) words' places in (1, weeks) weeks."""
    random = np.random.default_rng(seed)
    word = np.arange(items) % len(WORDS)
    level = np.exp(random.normal(1.5, 0.7, (items, 1)))
    weekly = random.poisson(level * rate(word[:, None], np.arange(weeks)[None, :]))
    units = np.zeros((items, 7 * weeks), dtype=np.float32)
    units[:, ::7] = weekly
    frame = pd.DataFrame(
        {
            "product_id": [f"P{at:03}" for at in range(items)],
            "title": [f"{WORDS[at]} thing" for at in word],
            "text": [f"{WORDS[at]} thing" for at in word],
            "category": [f"C{at % 3}" for at in range(items)],
            "price": 5.0,
            "launch": 0,
        }
    )
    about = frame.rename(columns={"product_id": "item_id"})
    about = about.assign(description="", brand="", attributes=None, new=False)
    return History(START, frame, units), about


def moved(found: trends.Trends, way: str) -> set[str]:
    return set(found.table.loc[found.table["trend"] == way, "term"])


def test_a_planted_trend_is_found_with_its_size():
    past, items = shop(lambda word, week: np.exp(np.where(word == 0, 0.5, np.where(word == 1, -0.5, 0)) * week / 52))
    found, grown = demand.in_sales(past, items, NO_THEMES)
    (rising,) = moved(found, "rising")
    assert rising == "fox thing"  # "fox" stands for the same items
    row = found.table.set_index("term").loc[rising]
    assert row["low"] < np.exp(0.5) - 1 < row["high"]
    assert any("owl" in term for term in moved(found, "fading"))
    assert grown.span.seasonal


def test_chance_is_hardly_ever_called_a_trend():
    """At most a twentieth of what is called a trend is chance, so of shops without one at most a twentieth has any."""
    false = [
        bool(len(demand.in_sales(*shop(lambda w, t: 1 + 0 * w * t, seed=seed), NO_THEMES)[0].moving))
        for seed in range(20)
    ]
    assert sum(false) <= 3


def test_a_best_seller_is_one_item_and_no_trend():
    past, items = shop(lambda word, week: 1 + 0 * word * week)
    past.units[0] *= np.where(np.arange(past.days) > past.days // 2, 60, 20)  # one fox sells like all others together
    found, _ = demand.in_sales(past, items, NO_THEMES)
    assert not any("fox" in term for term in moved(found, "rising"))


def test_a_season_is_no_trend_where_there_is_a_year_to_compare():
    past, items = shop(lambda word, week: np.exp(np.where(word == 0, 1.5 * np.sin(2 * np.pi * week / 52), 0)))
    found, _ = demand.in_sales(past, items, NO_THEMES)
    assert not any("fox" in term for term in moved(found, "rising") | moved(found, "fading"))


def test_ageing_is_no_fading():
    """Items slow as they age; those of one word were launched last year, the others are old."""

    def rate(word: np.ndarray, week: np.ndarray) -> np.ndarray:
        young = word < 4
        return np.where(young, np.where(week < 20, 0, 0.4 + 0.6 * np.exp(-(week - 20) / 15)), 1.0)

    past, items = shop(rate)
    past.items["launch"] = np.where(np.arange(len(items)) % len(WORDS) < 4, 7 * 20, 0)
    found, _ = demand.in_sales(past, items, NO_THEMES)
    assert moved(found, "fading") == set()


def test_with_half_a_year_the_later_half_is_compared_and_it_says_so():
    past, items = shop(lambda word, week: np.exp(np.where(word == 0, 0.06, 0) * week), weeks=40)
    found, _ = demand.in_sales(past, items, NO_THEMES)
    assert any("fox" in term for term in moved(found, "rising"))
    assert not found.span.seasonal and "20 before" in found.span.words
    with pytest.raises(NotReady, match="too few to tell a trend"):
        demand.in_sales(*shop(lambda word, week: 1 + 0 * word * week, weeks=10), NO_THEMES)


def test_what_was_sold_only_once_both_times_tells_nothing():
    past, items = shop(lambda word, week: np.where(week < 60, 1.0, 0.0) + 0 * word)  # gone before the later time
    found, grown = demand.in_sales(past, items, NO_THEMES)
    assert np.isnan(grown.log).all() and found.table.empty


def test_false_discovery_is_that_of_the_paper():
    p = np.array([0.01, 0.04, 0.03, 0.9])
    assert trends.false_discovery(p) == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.9])
    assert trends.false_discovery(np.zeros(0)).size == 0


def searched(load: Load, rate: Callable[[str, int], float], people: int = 400, seed: int = 0) -> None:
    """Load searches: each week each word is searched for by so many people."""
    random = np.random.default_rng(seed)
    lines = []
    for week in range(WEEKS):
        for word in WORDS:
            for who in random.choice(people, random.poisson(rate(word, week)), replace=False):
                day = START + pd.Timedelta(days=7 * week + int(random.integers(7)))
                lines.append(f"{day} 10:00:00,C{who:03},P000,search,{word} thing")
    load("ts,customer_id,product_id,event,query\n" + "\n".join(lines) + "\n", "events")


def test_searches_that_grow_are_found_and_the_rest_are_not(workspace: Workspace, load: Load):
    searched(load, lambda word, week: 3 * (np.exp(0.9 * week / 52) if word == "fox" else 1))
    found = demand.in_searches(workspace.cursor(), NO_THEMES)
    assert any("fox" in term for term in moved(found, "rising"))
    assert not any("owl" in term for term in moved(found, "rising") | moved(found, "fading"))


def test_one_person_or_one_week_does_not_make_a_trend(workspace: Workspace, load: Load):
    random = np.random.default_rng(0)
    lines = []
    for week in range(WEEKS):
        day = START + pd.Timedelta(days=7 * week)
        lines += [f"{day} 10:{at:02}:00,C{random.integers(400):03},P0,search,{WORDS[at % 8]} cup" for at in range(24)]
        if week > 90:  # one person, again and again
            lines += [f"{day + pd.Timedelta(days=at)} 11:00:00,C007,P0,search,gnu {week} {at}" for at in range(7)]
        if week == 100:  # everybody, for a week
            lines += [f"{day} 12:{at:02}:00,C{at + 100},P0,search,yak cup" for at in range(60)]
    load("ts,customer_id,product_id,event,query\n" + "\n".join(lines) + "\n", "events")
    found = demand.in_searches(workspace.cursor(), NO_THEMES)
    assert not any(word in term for word in ("gnu", "yak") for term in moved(found, "rising"))


def test_sources_that_are_missing_say_what_they_need(workspace: Workspace, small_files: Files):
    with pytest.raises(NotReady, match="no searches"):
        demand.in_searches(workspace.cursor(), NO_THEMES)
    fill(workspace, small_files)
    known = demand.opened(workspace, history.read(workspace.cursor()))
    assert set(known.sources) == {demand.SALES}
    assert "no reviews" in known.missing[demand.REVIEWS] and "no searches" in known.missing[demand.SEARCHES]
    assert len(known.new) == 12 and list(known.new) == riding.COLUMNS


def test_reviews_are_counted_by_item(workspace: Workspace, load: Load):
    random = np.random.default_rng(0)
    lines = []
    for week in range(WEEKS):
        for item in range(40):
            words = "arrived broken" if item < 25 and week > 70 and random.random() < 0.5 else "all fine here"
            if random.random() < 0.4:
                lines.append(f"{START + pd.Timedelta(days=7 * week)},P{item:03},4,{words} {random.integers(9999)}")
    load("date,product_id,rating,body\n" + "\n".join(lines) + "\n", "reviews")
    items = pd.DataFrame({"item_id": [f"P{at:03}" for at in range(40)], "title": "thing", "description": ""})
    items = items.assign(category="C", brand="", attributes=None)
    found = demand.in_reviews(workspace.cursor(), items, NO_THEMES)
    assert "arrived broken" in moved(found, "rising")
    assert found.table.set_index("term").loc["arrived broken", "behind"] <= 25


def test_terms_of_items_come_from_all_that_they_are():
    items = pd.DataFrame(
        {
            "title": ["Polka dot mug", "Polka dot rug", "Plain mug", "Plain rug"],
            "description": [None, "a woollen rug", "", "a woollen rug"],
            "category": ["Mugs", "Rugs", "Mugs", "Rugs"],
            "brand": ["", "Ours", "Ours", ""],
            "attributes": [
                '{"colour": "red", "code": "x1"}',
                '{"colour": "red"}',
                '{"colour": "red"}',
                '{"colour": "blue"}',
            ],
        }
    )
    table = terms.without_twins(terms.of_items(items, 2)).table
    told = set(map(tuple, table.to_numpy()))
    assert {("category", "Mugs"), ("brand", "Ours"), ("colour", "red"), ("word", "polka dot")} <= told
    assert ("word", "polka") not in told  # the same items as "polka dot"
    assert ("word", "rug") not in told  # the same items as the category


@pytest.mark.parametrize("titles", [[], ["1 2", "3 4"], ["the", "of"]])
def test_titles_without_words_have_no_terms(titles: list[str]):
    items = pd.DataFrame({"title": titles, "description": "", "category": "", "brand": "", "attributes": None})
    found = terms.of_items(items, 1)
    assert found.table.empty and found.has.shape == (len(titles), 0)


def test_words_of_one_meaning_are_one_theme():
    words = terms.of_texts(["anchor mug", "sailor rug", "lemon mug", "lime rug", "anchor rug", "lime mug"], 1)
    words = words.only(~words.table["term"].str.contains(" ").to_numpy())
    near = {"anchor": [1, 0, 0, 0], "sailor": [0.9, 0.43, 0, 0], "lemon": [0, 0, 1, 0], "lime": [0, 0, 0.9, 0.43]}
    vectors = np.array(
        [near.get(term, [0, 1, 0, 0] if term == "mug" else [0, 0, 0, -1]) for term in words.table["term"]]
    )
    table = themes.grouped(words, vectors)
    assert set(table["theme"]) == {"anchor, sailor", "lime, lemon"}
    has = Themes(table).of_texts(["An anchor and a sailor", "nothing"])
    assert has.table["term"].tolist() == ["anchor, sailor", "lime, lemon"]
    assert has.has.toarray().tolist() == [[1, 0], [0, 0]]
    assert NO_THEMES.of_texts(["anchor"]).table.empty


def test_new_items_ride_what_their_like_items_do():
    past, items = shop(lambda word, week: np.exp(np.where(word == 0, 0.6, 0) * week / 52))
    found, grown = demand.in_sales(past, items, NO_THEMES)
    new = items.head(3).assign(item_id=["N0", "N1", "N2"], new=True, title=["fox thing", "owl thing", "odd"])
    both = pd.concat([items, new], ignore_index=True)
    like = [("N0", f"P{8 * at:03}", 0.9) for at in range(15)] + [("N1", f"P{8 * at + 1:03}", 0.9) for at in range(15)]
    near = pd.DataFrame([*like, ("N2", "P000", 0.9)], columns=["item_id", "product_id", "similarity"])
    told = riding.riding(both, near, past, grown, NO_THEMES, [found]).set_index("item_id")
    assert told.loc["N0", "trend"] == "rising" and "fox" in told.loc["N0", "rising"][0]
    assert told.loc["N0", "low"] < np.exp(0.6) - 1 < told.loc["N0", "high"] * 1.3
    assert told.loc["N1", "trend"] == "" and told.loc["N1", "rising"] == []
    assert np.isnan(told.loc["N2", "change"]) and told.loc["N2", "trend"] == ""  # one like item tells nothing


def test_growth_beside_the_shop_is_not_that_of_the_shop():
    past, _ = shop(lambda word, week: np.exp(0.4 * week / 52) + 0 * word)
    grown = growth.of_items(past)
    assert grown.shop == pytest.approx(0.4, abs=0.05)
    assert np.average(grown.log, weights=1 / grown.variance) == pytest.approx(0, abs=0.01)

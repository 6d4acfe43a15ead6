"""Listings and what they match: habits, probabilities, one item a listing, decisions, files without overlap."""

import numpy as np
import pandas as pd
import pytest

from core import market
from core.errors import NotReady
from core.market import decisions, likeness, listings, matches, review
from core.market.market import own_items
from core.market.matches import NOT_OURS, PRIOR, UNKNOWN
from core.workspace import Workspace
from tests.conftest import Files, Load, fill

HEADER = "date,competitor,price,title,category,product_id\n"


@pytest.fixture
def shop(workspace: Workspace, small_files: Files) -> Workspace:
    """The small shop, without competitors yet."""
    fill(workspace, small_files)
    return workspace


def rival(shop: Workspace, load: Load, copied: int = 12, own: int = 6, weeks: int = 3) -> pd.DataFrame:
    """Load a competitor that lists some of our items under the same words, and things that we do not have."""
    rows = shop.cursor().execute("SELECT product_id, title, category, list_price FROM catalogue ORDER BY 1").df()
    rows = rows.drop_duplicates("title").head(copied)
    lines = [
        f"2024-12-{2 + 7 * week:02},Rival,{price * 0.9:.2f},{title} - gift idea,{category},\n"
        for week in range(weeks)
        for title, category, price in zip(rows["title"], rows["category"], rows["list_price"], strict=True)
    ]
    lines += [
        f"2024-12-{2 + 7 * week:02},Rival,{300 + at},Diesel generator type {at} - gift idea,Machines,\n"
        for week in range(weeks)
        for at in range(own)
    ]
    load(HEADER + "".join(lines), "competitors", "rival.csv")
    return rows


def test_words_that_a_competitor_adds_to_every_title_say_nothing():
    titles = pd.Series([f"{name} - gift idea" for name in ("Red mug", "Blue mug", "Lamp", "Rug", "Tin", "Pot", "Bag")])
    assert listings.without_habits(titles)[0] == "Red mug gift idea"  # too few to tell
    more = pd.concat([titles, pd.Series(["Gift idea"])], ignore_index=True)
    found = listings.without_habits(more)
    assert found[:3] == ["Red mug", "Blue mug", "Lamp"]
    assert found[-1] == "Gift idea"  # nothing else would be left


def test_copied_items_are_found_and_strange_ones_are_not(shop: Workspace, load: Load):
    rows = rival(shop, load)
    known = market.opened(shop)
    found = review.table(known).set_index("title")
    for product_id, title in zip(rows["product_id"], rows["title"], strict=True):
        like = found.loc[f"{title} - gift idea"]
        assert like["item"].lower() == title.lower(), product_id
        assert like["confidence"] > 0.5
    strange = found[found.index.str.contains("generator")]
    assert (strange["state"] == review.UNSURE).all()
    assert known.judge.known == 0 and "simulated" in known.judge.source
    assert not known.matches.duplicated("listing").any()
    again = market.opened(shop)  # from disk
    pd.testing.assert_frame_equal(again.matches, known.matches)


def test_one_listing_is_one_item_and_probabilities_leave_room_for_none():
    pairs = pd.DataFrame({"listing": [0, 0, 1], "item": [0, 1, 0], **dict.fromkeys(likeness.NUMBERS, 0.6)})
    p = matches.Judge(PRIOR, 0).probabilities(pairs, np.zeros(3, dtype=bool))
    assert p[0] + p[1] < 1 and p[2] < 1
    barred = matches.Judge(PRIOR, 0).probabilities(pairs, np.array([True, False, False]))
    assert barred[0] == 0 and barred[1] > p[1]


def test_a_shop_lists_a_thing_once_and_what_is_settled_comes_first():
    pairs = pd.DataFrame({"listing": [0, 1, 1, 2], "item": [7, 7, 8, 7], "confidence": [0.9, 0.8, 0.3, 0.7]})
    shops = np.array(["A", "A", "B"])
    free = matches.assigned(pairs, shops, {}).set_index("listing")["item"].to_dict()
    assert free == {0: 7, 1: 8, 2: 7}  # B may list what A lists
    settled = matches.assigned(pairs, shops, {1: 7, 2: NOT_OURS})
    assert settled.set_index("listing")["item"].to_dict() == {1: 7}  # 0 has no other candidate, 2 is none of ours


def test_known_matches_move_the_weights_and_only_in_a_sensible_direction():
    random = np.random.default_rng(1)
    pairs = pd.DataFrame({"listing": np.repeat(np.arange(60), 3), "item": np.tile([0, 1, 2], 60)})
    truth = random.integers(0, 3, 60)
    right = pairs["item"].to_numpy() == truth[pairs["listing"]]
    for name in likeness.NUMBERS:
        pairs[name] = random.uniform(0, 0.4, len(pairs))
    pairs["words"] = np.where(right, 0.9, 0.1)  # here words alone tell, more than the prior thinks
    learnt = matches.learn(pairs, truth)
    at = 1 + likeness.NUMBERS.index("words")
    assert learnt.weights[at] > PRIOR[at]
    assert (learnt.weights[1:] * np.where(np.array(likeness.NUMBERS) == "price", -1, 1) >= 0).all()
    p = learnt.probabilities(pairs, np.zeros(len(pairs), dtype=bool))
    assert p[right].min() > p[~right].max()
    assert "60 known matches" in learnt.source


def test_probabilities_are_what_they_say_where_the_truth_is_known():
    """Answers drawn from weights that nobody has told, with more listings of others than is first assumed."""
    random = np.random.default_rng(3)
    n, k = 1_600, 4
    pairs = pd.DataFrame({"listing": np.repeat(np.arange(n), k), "item": np.tile(np.arange(k), n)})
    for name in likeness.NUMBERS:
        pairs[name] = random.uniform(0.2, 0.9, len(pairs))
    true = matches.Judge(PRIOR * np.array([1, 1.3, 1, 1, 1, 1, 2, 0.5]), 0)
    chance = true.probabilities(pairs, np.zeros(len(pairs), dtype=bool)).reshape(n, k)
    draw = (random.random(n)[:, None] > np.cumsum(chance, axis=1)).sum(1)
    truth = np.where(draw < k, draw, NOT_OURS)
    answers = np.where(np.arange(n) < 300, truth, UNKNOWN)
    judge = matches.learn(pairs, answers)
    rest = (pairs["listing"] >= 300).to_numpy()
    right = (pairs["item"].to_numpy() == truth[pairs["listing"]])[rest]
    p = judge.probabilities(pairs, np.zeros(len(pairs), dtype=bool))[rest]
    for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        some = (p >= low) & (p < high)
        assert right[some].mean() == pytest.approx(p[some].mean(), abs=0.08), (low, high)


def test_prices_that_move_together_give_a_listing_away():
    weeks = 40
    ours = np.zeros((2, weeks), dtype=np.float32)
    ours[0, 10:15] = ours[0, 25:30] = -0.2
    ours[1, 18:22] = -0.2
    theirs = np.roll(ours[[0]], 2, axis=1) + 1
    prices = likeness.Weekly(theirs, ours, pd.Timestamp("2024-01-01"))
    together = likeness._together(prices, np.array([0, 0]), np.array([0, 1]))
    assert together[0] > 0.5 > together[1]
    still = likeness.Weekly(np.ones((1, weeks)), np.ones((1, weeks)), prices.first)
    assert likeness._together(still, np.array([0]), np.array([0]))[0] == 0


def test_decisions_count_and_are_taken_back_step_by_step(shop: Workspace, load: Load):
    rival(shop, load)
    known = market.opened(shop)
    first = review.table(known).iloc[[0]]
    decisions.keep(shop, review.decisions(first, "none"), who="ann@example.org")
    told = review.table(market.opened(shop)).set_index("row").loc[first["row"].iloc[0]]
    assert told["state"] == review.NONE and told["item"] == ""
    decisions.keep(shop, review.decisions(first, "same"))
    told = review.table(market.opened(shop)).set_index("row").loc[first["row"].iloc[0]]
    assert told["state"] == "by hand" and told["confidence"] == 1
    rest = review.table(market.opened(shop))
    rest = rest[rest["state"] == "found"]
    decisions.keep(shop, review.decisions(rest, "same"), "bulk")
    assert (review.table(market.opened(shop))["state"] == "in bulk").sum() == len(rest)
    assert market.opened(shop).judge.known == 1  # what it proposed itself teaches nothing
    step = decisions.take_back(shop)
    assert step is not None and step.decisions == len(rest)
    assert decisions.take_back(shop) is not None
    kept = decisions.kept(shop.cursor())
    assert kept["verdict"].tolist() == ["none"] and kept["who"].tolist() == ["ann@example.org"]
    assert decisions.take_back(shop) is not None and decisions.take_back(shop) is None
    pd.testing.assert_frame_equal(market.opened(shop).matches, known.matches)


def test_what_was_replaced_does_not_come_back_when_its_successor_is_denied(shop: Workspace):
    for item, verdict in (("P-001", "same"), ("P-002", "same"), ("P-002", "not")):
        decisions.keep(shop, pd.DataFrame([("Rival", "Lamp", item, verdict)], columns=decisions.COLUMNS))
    assert decisions.kept(shop.cursor())[["item_id", "verdict"]].to_numpy().tolist() == [["P-002", "not"]]
    decisions.take_back(shop)
    assert decisions.kept(shop.cursor())[["item_id", "verdict"]].to_numpy().tolist() == [["P-002", "same"]]


def test_the_share_of_strangers_is_that_of_the_listings_that_still_wait(shop: Workspace, load: Load):
    rival(shop, load, copied=12, own=3)
    known = market.opened(shop)
    found = review.table(known)
    before = review.none_left(known, found)
    decisions.keep(shop, review.decisions(found[found["state"] == review.FOUND], "same"), "bulk")
    known = market.opened(shop)
    found = review.table(known)
    assert before < 0.5 < review.none_left(known, found)  # only the strange ones are left
    decisions.keep(shop, review.decisions(found, "none"))
    known = market.opened(shop)
    assert review.none_left(known, review.table(known)) == 0


def test_the_values_of_attributes_are_read_whole(shop: Workspace, load: Load):
    load('product_id,title,size,note\nP-900,Lamp,"10, 12","caf\u00e9: ""big"""\n', "products", "more.csv")
    whole = own_items(shop.cursor()).set_index("item_id").loc["P-900", "whole"]
    assert "10, 12" in whole and 'caf\u00e9: "big"' in whole and "size" not in whole


def test_a_rejected_candidate_makes_way_for_the_next(shop: Workspace, load: Load):
    rival(shop, load)
    first = review.table(market.opened(shop)).iloc[[0]]
    decisions.keep(shop, review.decisions(first, "not"))
    after = market.opened(shop)
    options = review.options(after, int(first["row"].iloc[0]))
    assert first["item_id"].iloc[0] not in set(options["item_id"])
    assert len(options)


def test_the_file_says_and_a_person_says_otherwise(shop: Workspace, load: Load):
    load(HEADER + "2024-12-02,Rival,9.90,Nothing like it,,P-003\n2024-12-02,Rival,9.90,,,P-004\n", "competitors")
    told = review.table(market.opened(shop)).set_index("name")
    assert told.loc["Nothing like it", ["item_id", "state"]].tolist() == ["P-003", "file"]
    assert told.loc["P-004", "item_id"] == "P-004"  # without a title, by its code
    decision = pd.DataFrame([("Rival", "Nothing like it", "P-005", "same")], columns=decisions.COLUMNS)
    decisions.keep(shop, decision)
    told = review.table(market.opened(shop)).set_index("name")
    assert told.loc["Nothing like it", ["item_id", "state"]].tolist() == ["P-005", "by hand"]


def test_decisions_on_what_is_gone_are_passed_over(shop: Workspace, load: Load):
    rival(shop, load)
    before = market.opened(shop).matches
    gone = [("Rival", "No such listing", "P-001", "same"), ("Rival", before["listing"].astype(str)[0], "GONE", "same")]
    decisions.keep(shop, pd.DataFrame(gone, columns=decisions.COLUMNS))
    pd.testing.assert_frame_equal(market.opened(shop).matches, before)


def test_no_competitor_is_said_and_what_cannot_be_told_apart_is_left_out(shop: Workspace, load: Load):
    with pytest.raises(NotReady, match="no competitors' prices yet"):
        market.opened(shop)
    load(
        HEADER + "2024-12-02,Rival,0,Lamp,,\n2024-12-02,Rival,5,Red fox mug,,\n2024-12-03,Rival,5,,Mugs,\n",
        "competitors",
    )
    found = market.opened(shop).listings
    assert found.table["title"].tolist() == ["Red fox mug"]
    assert found.nameless == 1


def test_only_nameless_rows_are_refused_in_words(shop: Workspace, load: Load):
    load(HEADER + "2024-12-02,Rival,5,,Mugs,\n", "competitors")
    with pytest.raises(NotReady, match="title or an item code"):
        market.opened(shop)

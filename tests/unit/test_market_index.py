"""The price index, who undercuts and who follows; offers and positions; the ladder and its gaps."""

import numpy as np
import pandas as pd
import pytest

from core import market
from core.market import headline, index, ladder, standing
from core.market.index import Pairs
from core.market.ladder import NEW, OURS
from core.workspace import Workspace
from tests.conftest import Files, Load, fill

MONDAY = pd.Timestamp("2024-01-01")


def pairs(ratios: dict[str, np.ndarray], ours: np.ndarray | None = None) -> Pairs:
    """Pairs of competitors with their price ratios: name to (pairs, weeks) or (weeks,)."""
    blocks = {name: np.atleast_2d(values) for name, values in ratios.items()}
    names = [name for name, values in blocks.items() for _ in values]
    log = np.log(np.vstack(list(blocks.values())))
    own = np.zeros_like(log) if ours is None else np.broadcast_to(np.log(ours), log.shape)
    rows = np.arange(len(names))
    table = pd.DataFrame({"competitor": names, "category": "Mugs", "listing": rows, "item": rows, "confidence": 1.0})
    return Pairs(table, log + own, own, MONDAY)


def test_the_index_is_the_geometric_mean_of_matched_pairs():
    found = index.by_week(pairs({"A": np.array([[0.5, 0.5], [2.0, np.nan]])}), "competitor")
    assert found["index"].tolist() == pytest.approx([100.0, 50.0])
    assert found["pairs"].tolist() == [2, 1]
    assert found.loc[0, "low"] < 100 < found.loc[0, "high"]
    assert np.isnan(found.loc[1, "low"])  # nobody knows the doubt of one pair


@pytest.mark.parametrize("count", [2, 4, 12])
def test_the_band_holds_eight_in_ten_however_few_pairs_there_are(count: int):
    random = np.random.default_rng(count)
    held = [low < 100 < high for _, low, high, _ in (index.level(random.normal(0, 0.1, count)) for _ in range(1_500))]
    assert np.mean(held) == pytest.approx(0.8, abs=0.035)


def test_who_undercuts_since_when_and_by_how_much():
    weeks = 10
    cheap = np.ones((3, weeks))
    cheap[:, 6:] = 0.9
    found = index.undercutting(pairs({"Cheap": cheap, "Dear": np.full((2, weeks), 1.2)})).set_index("competitor")
    assert found.index.tolist() == ["Cheap", "Dear"]
    assert found.loc["Cheap", "share"] == 1 and found.loc["Cheap", "by"] == pytest.approx(0.1)
    assert found.loc["Cheap", "since"] == MONDAY + pd.Timedelta(weeks=6)
    assert pd.isna(found.loc["Dear", "since"]) and np.isnan(found.loc["Dear", "by"])
    assert found.loc["Dear", "index"] == pytest.approx(120)


def test_a_price_ending_is_no_undercutting():
    assert index.undercutting(pairs({"A": np.full((2, 5), 0.995)}))["share"].tolist() == [0]


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_follower_is_found_with_its_lag(lag: int):
    random = np.random.default_rng(lag)
    ours = np.exp(np.where(random.random((8, 60)) < 0.15, -0.2, 0) + random.normal(0, 0.002, (8, 60)))
    theirs = np.roll(ours, lag, axis=1)
    told = pairs({"A": theirs / ours}, ours)
    assert index.followers(told)[0] == lag
    assert index.followers(told)[1] > 0.9


def test_who_does_not_move_with_us_follows_nobody():
    random = np.random.default_rng(0)
    ours, theirs = (np.exp(np.where(random.random((8, 60)) < 0.15, -0.2, 0)) for _ in range(2))
    assert np.isnan(index.followers(pairs({"A": theirs / ours}, ours))[0])
    assert np.isnan(index.followers(pairs({"A": np.ones((2, 3))}))[0])  # nothing moves at all


def test_sales_that_fall_into_the_same_week_once_are_no_following():
    weeks = 60
    sale, other = np.ones((30, weeks)), np.ones((30, weeks))
    sale[:, 20:22] = sale[:, 40:42] = 0.8
    other[:, 21:23] = other[:, 50:52] = 0.8  # of all items at once, as ours, and one of the two a week after ours
    assert np.isnan(index.followers(pairs({"A": other / sale}, sale))[0])


def test_a_price_stands_for_some_weeks_and_no_longer():
    seen = np.array([[1.0, np.nan, np.nan, np.nan, 2.0]])
    assert np.nan_to_num(index.carried(seen, 2), nan=-1).tolist() == [[1, 1, 1, -1, 2]]
    assert np.isnan(index.carried(np.array([[np.nan, np.nan]]), 2)).all()


def test_large_orders_and_returns_are_no_prices(workspace: Workspace, load: Load):
    lines = [f"2024-01-0{day},A,1,10,O{day}" for day in range(1, 6)]
    lines += ["2024-01-02,A,100,4,O9", "2024-01-03,A,-1,7,O3", "2024-01-04,A,1,0,O8"]
    load("date,product_id,units,unit_price,order_id\n" + "\n".join(lines) + "\n", "sales")
    assert index.own_prices(workspace.cursor())["price"].tolist() == [10]


def test_the_headline_names_who_undercuts_most():
    said = headline.prices(pairs({"Cheap [x](http://y)": np.full((4, 6), 0.9), "Dear": np.full((4, 6), 1.1)}))
    assert "Cheap [x](http://y) undercuts you on 100 % of its 4, by about 10 %" in said
    both = pairs({"Small": np.full((2, 6), 0.5), "Large": np.vstack([np.full((9, 6), 0.9), np.ones((1, 6))])})
    assert "Large undercuts you on 90 % of its 10" in headline.prices(both)
    assert "Nobody undercuts" in headline.prices(pairs({"Dear": np.full((4, 6), 1.1)}))
    assert "cannot be compared" in headline.prices(pairs({"A": np.full((2, 6), np.nan)}))


def test_a_position_among_offers():
    asked = pd.DataFrame({"price": [8.0, 10.0, 20.0]})
    at = market.position(10.0, asked)
    assert at is not None
    assert (at.rank, at.of, at.cheapest, at.median, at.dearest) == (2, 4, 8, 10, 20)
    assert at.percentile == pytest.approx(100 / 3)
    assert at.index == pytest.approx(1000 / 1600 ** (1 / 3))
    assert market.position(5.0, asked).rank == 1 and market.position(50.0, asked).rank == 4  # type: ignore[union-attr]
    assert market.position(5.0, asked.head(0)) is None
    assert market.position(float("nan"), asked) is None and market.position(0.0, asked) is None


def test_offers_of_new_items_and_where_their_prices_stand(workspace: Workspace, small_files: Files, load: Load):
    fill(workspace, small_files)
    sheet = workspace.cursor().execute("SELECT item_id, title, category, price FROM new_items ORDER BY 1").df()
    first = sheet.iloc[0]
    load(
        "date,competitor,price,title,category\n"
        f"2024-12-02,Rival,{first['price'] * 2:.2f},{first['title']},{first['category']}\n"
        f"2024-12-02,Other,{first['price'] / 2:.2f},{first['title']} deluxe,{first['category']}\n"
        "2024-12-02,Other,999,Diesel generator,Machines\n",
        "competitors",
    )
    known = market.opened(workspace)
    found = market.offers(known, first["item_id"])
    assert set(found["competitor"]) == {"Rival", "Other"}
    assert "Diesel generator" not in set(found["title"])
    at = market.position(float(first["price"]), found)
    assert at is not None and (at.rank, at.of) == (2, 3)
    assert market.offers(known, "NO SUCH").empty
    table = standing.positions(known).set_index("item_id")
    assert len(table) == len(sheet) and table.loc[first["item_id"], "rank"] == 2


def test_what_a_competitor_has_given_up_is_offered_no_more(workspace: Workspace, small_files: Files, load: Load):
    fill(workspace, small_files)
    first = workspace.cursor().execute("SELECT item_id, title, category, price FROM new_items ORDER BY 1").df().iloc[0]
    load(
        "date,competitor,price,title,category\n"
        f"2024-06-03,Rival,9,{first['title']},{first['category']}\n"
        f"2024-12-02,Rival,8,{first['title']} deluxe,{first['category']}\n"
        f"2024-06-03,Left,7,{first['title']},{first['category']}\n",  # nobody has looked at this shop since
        "competitors",
    )
    known = market.opened(workspace)
    assert sorted(market.offers(known, first["item_id"])["price"]) == [7, 8]
    rungs = ladder.rungs(known, first["category"])
    assert sorted(rungs.loc[rungs["who"].isin(["Rival", "Left"]), "price"]) == [7, 8]


def test_the_headline_of_the_new_items_counts_the_ends_and_leaves_out_what_has_no_price():
    found = pd.DataFrame({"rank": [1.0, 3.0, np.nan], "percentile": [0.0, 100.0, np.nan], "index": [90, 70, np.nan]})
    said = headline.positions(found)
    assert "2 new items" in said and "1 would be the dearest and 1 the cheapest" in said and "20 % below" in said
    assert "No new item" in headline.positions(found.tail(1))


def test_gaps_are_wide_steps_of_ours_where_others_sell():
    own = [*np.arange(5.0, 10.0, 0.5), *np.arange(15.0, 20.0, 0.8)]
    rows = [(OURS, "", price) for price in own] + [("A", "", 11.0), ("B", "", 12.0), (NEW, "Fox", 13.0)]
    found = ladder.gaps(pd.DataFrame(rows, columns=["who", "title", "price"]))
    assert found[["low", "high", "listings", "competitors"]].to_numpy().tolist() == [[9.5, 15.0, 2, 2]]
    assert found["new"][0] == ["Fox"]


@pytest.mark.parametrize("own", [[], [5.0], [5.0, 5.0, 5.0, 5.0], [5.0, 6.0, 7.0]])
def test_few_or_equal_prices_have_no_gaps(own: list[float]):
    rows = [(OURS, "", price) for price in own] + [("A", "", 6.5)]
    assert ladder.gaps(pd.DataFrame(rows, columns=["who", "title", "price"])).empty

"""The demo shop holds what it promises: sizes, clean tables, held-out synonyms, and a truth that is true.

At the end, what is planted in its files: each row of the list is wrong in the way that the list says.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.tables import TABLES
from data.demo import Shop, simulate, true_preference, write, write_truth
from data.demo.advertising import saturation, stock
from data.demo.opinions import ASPECTS
from data.demo.words import CONCEPTS, FAMILIES, family_of, of_kind, split

NAMES = [
    *("products", "sales", "events", "reviews", "ads", "competitors", "customers", "promotions", "labels"),
    "new_items",
]
YEAR_ONE_END, LAST_HALF = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-07-01")
START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2025-12-28")


@pytest.fixture(scope="module")
def shop() -> Shop:
    return simulate(7)


@pytest.fixture(scope="module")
def files(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files as they are handed over."""
    return write(shop, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def other_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of another shop, written by the command with its truth."""
    folder = tmp_path_factory.mktemp("other")
    command = [sys.executable, "-m", "data.demo", str(folder), "--seed", "3", "--truth"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2], capture_output=True)
    return folder


@pytest.fixture(scope="module")
def handed_over(files: dict[str, Path]) -> dict[str, pd.DataFrame]:
    """What stands in the files, the rows by their row number."""
    read = {name: pd.read_csv(path, keep_default_na=False) for name, path in files.items()}
    return {name: frame.set_index(np.arange(len(frame)) + 2) for name, frame in read.items()}


@pytest.fixture(scope="module")
def by_week(shop: Shop) -> pd.DataFrame:
    """product_id, week, category, price, units and units_without_ads as expected, sold."""
    week = shop.sales["date"] - pd.to_timedelta(shop.sales["date"].dt.day_of_week, unit="D")
    bought = shop.sales["units"] > 0  # returns come back weeks later, at the price of then
    sold = shop.sales[bought].groupby(["product_id", week[bought].rename("week")])["units"].sum().rename("sold")
    category = shop.products.set_index("product_id")["category"]
    table = shop.truth["expected"].merge(sold.reset_index(), how="left").fillna({"sold": 0})
    return table.assign(category=table["product_id"].map(category), list_price=listed(shop, table["product_id"]))


@pytest.fixture(scope="module")
def launches(shop: Shop) -> pd.DataFrame:
    """Launches with a complete window: product_id, category, attributes, log units of the first 8 weeks."""
    table = shop.products[shop.products["launch_date"] >= START]
    table = table[table["launch_date"] + pd.Timedelta(weeks=8) <= END + pd.Timedelta(days=1)]
    sales = shop.sales.merge(table[["product_id", "launch_date"]], on="product_id")
    early = sales[sales["date"] < sales["launch_date"] + pd.Timedelta(weeks=8)]
    units = early.groupby("product_id")["units"].sum().reindex(table["product_id"], fill_value=0)
    return table.assign(units=units.to_numpy(), log_units=np.log1p(units.to_numpy()))


def r_squared(features: np.ndarray, target: np.ndarray) -> float:
    """Share of the target's variance that a linear fit explains."""
    design = np.column_stack([np.ones(len(target)), features])
    fit = design @ np.linalg.lstsq(design, target, rcond=None)[0]
    return float(1 - np.var(target - fit) / np.var(target))


def listed(shop: Shop, product_id: pd.Series) -> pd.Series:
    """List price of each item."""
    return product_id.map(shop.products.set_index("product_id")["list_price"])


def says(word: str, text: str) -> bool:
    """Whether a text uses a word, or its plural, as a word of its own."""
    return re.search(rf"\b{re.escape(word)}(s|es)?\b", text, re.IGNORECASE) is not None


def texts(items: pd.DataFrame) -> pd.Series:
    return items["title"] + ". " + items["description"]


def test_same_seed_gives_the_same_bytes_and_another_seed_another_shop(
    shop: Shop, files: dict[str, Path], other_shop: Path, tmp_path: Path
) -> None:
    again = simulate(7)
    written = write(again, tmp_path)
    assert list(files) == list(written) == NAMES
    for name in NAMES:
        assert files[name].read_bytes() == written[name].read_bytes()
    for name, frame in shop.truth.items():
        pd.testing.assert_frame_equal(frame, again.truth[name])
    for name, column in [("products", "title"), ("reviews", "body"), ("competitors", "title"), ("events", "ts")]:
        other = set(pd.read_csv(other_shop / f"{name}.csv")[column])
        assert len(other & set(getattr(shop, name)[column].astype(str))) < len(other) / 2
    for name, column in [("concepts", "appeal"), ("ad_channels", "spend"), ("quality", "quality")]:
        other_truth = pd.read_csv(other_shop / "truth" / f"{name}.csv")[column]
        assert not np.isclose(other_truth, shop.truth[name][column]).any()


def test_sizes(shop: Shop) -> None:
    assert len(shop.products) == 600
    assert len(shop.new_items) == 40
    assert 150_000 <= len(shop.sales) <= 300_000
    assert 4_500 <= shop.sales["customer_id"].nunique() <= 5_000
    assert shop.sales["date"].min() == START
    assert shop.sales["date"].max() == END
    assert 270_000 <= len(shop.events) <= 330_000
    assert len(shop.reviews) == 8_000
    assert 10_000 <= len(shop.ads) <= 30_000
    assert shop.competitors["competitor"].nunique() == 4
    assert len(shop.customers) == 5_000
    assert len(shop.labels) == 60
    assert 1_500 <= len(shop.promotions) <= 3_000


@pytest.mark.parametrize("name", NAMES)
def test_every_table_follows_the_contract(shop: Shop, name: str) -> None:
    table, columns = TABLES[name], getattr(shop, name).columns
    assert set(table.required) <= set(columns)
    if not table.attributes:
        assert set(columns) <= {column.name for column in table}


@pytest.mark.parametrize("name", [name for name in NAMES if TABLES[name].keys])
def test_clean_tables_hold_every_key_once(shop: Shop, name: str) -> None:
    frame = getattr(shop, name)
    key = next(key for key in TABLES[name].keys if set(key) & set(frame))
    assert not frame.duplicated([column for column in key if column in frame]).any()


@pytest.mark.parametrize("name", ["sales", "events", "reviews", "ads", "competitors", "promotions"])
def test_all_days_lie_within_the_two_years(shop: Shop, name: str) -> None:
    frame = getattr(shop, name)
    day = frame["ts" if name == "events" else "date"].dt.normalize()
    assert day.between(START, END).all()
    assert day.is_monotonic_increasing


def test_columns_follow_the_table_contract(shop: Shop) -> None:
    attributes = ["material", "colour", "style"]
    described = ["title", "description", "category", "brand"]
    assert list(shop.products) == ["product_id", *described, "list_price", "cost", "launch_date", *attributes]
    lines = ["date", "order_id", "product_id", "units", "unit_price", "discount"]
    assert list(shop.sales) == [*lines, "customer_id", "channel", "region"]
    window = ["earliest_launch", "latest_launch", "max_stock", "lead_time_days"]
    prices = ["cost", "price", "price_min", "price_max"]
    assert list(shop.new_items) == ["item_id", *described, *prices, *window, *attributes]


def test_no_value_is_missing_and_ids_and_titles_are_unique(shop: Shop) -> None:
    for frame in (shop.products, shop.sales, shop.new_items):
        assert not frame.isna().any().any()
    ids = pd.concat([shop.products["product_id"], shop.new_items["item_id"]])
    assert ids.is_unique
    assert ids.str.fullmatch(r"[A-Z]{3}-\d{5}").all()
    assert pd.concat([shop.products["title"], shop.new_items["title"]]).is_unique


def test_prices_costs_and_windows_are_in_range(shop: Shop) -> None:
    products, sales, new = shop.products, shop.sales, shop.new_items
    assert (products["cost"] > 0).all()
    assert (products["cost"] < products["list_price"]).all()
    assert (sales["unit_price"] > 0).all()
    listed = sales["product_id"].map(products.set_index("product_id")["list_price"])
    np.testing.assert_allclose(sales["unit_price"] + sales["discount"], listed, atol=0.006)
    assert (sales["discount"] / listed).between(0, 0.31).all()
    assert (new["cost"] < new["price_min"]).all()
    assert (new["price_min"] < new["price"]).all()
    assert (new["price"] < new["price_max"]).all()
    weeks = (new["latest_launch"] - new["earliest_launch"]).dt.days / 7 + 1
    assert weeks.between(1, 12).all()
    assert (new["earliest_launch"] >= pd.Timestamp("2026-01-05")).all()
    assert (new["earliest_launch"].dt.day_of_week == 0).all()


def test_promotions_cut_prices_but_never_those_of_a_launch(shop: Shop) -> None:
    sales = shop.sales.merge(shop.products[["product_id", "launch_date"]], on="product_id")
    sales = sales[sales["units"] > 0]
    fresh = sales["date"] < sales["launch_date"] + pd.Timedelta(weeks=8)
    assert (sales.loc[fresh, "discount"] == 0).all()
    assert 0.02 < (sales["discount"] > 0).mean() < 0.25


def test_nothing_sells_before_its_launch(shop: Shop) -> None:
    first = shop.sales.groupby("product_id")["date"].min()
    launch = shop.products.set_index("product_id")["launch_date"]
    assert (first >= launch.reindex(first.index)).all()


def test_launches_are_spread_over_both_years(shop: Shop, launches: pd.DataFrame) -> None:
    date = shop.products["launch_date"]
    assert 0.5 < (date < START).mean() < 0.6
    assert ((date >= START) & (date < YEAR_ONE_END)).sum() >= 60
    assert (date >= LAST_HALF).sum() >= 60
    assert (date > END - pd.Timedelta(weeks=8)).sum() >= 5
    quarters = date[date >= START].dt.to_period("Q").value_counts()
    assert len(quarters) == 8
    assert quarters.min() >= 15
    assert 30 <= launches["units"].median() <= 120


def test_orders_hold_up_to_five_different_items_of_one_customer(shop: Shop) -> None:
    bought = shop.sales[shop.sales["units"] > 0].groupby("order_id")
    assert bought.size().between(1, 5).all()
    assert (bought["product_id"].nunique() == bought.size()).all()
    assert (bought[["customer_id", "date", "channel", "region"]].nunique() == 1).all().all()


def test_returns_give_back_what_was_bought(shop: Shop) -> None:
    back = shop.sales[shop.sales["units"] < 0]
    bought = shop.sales[shop.sales["units"] > 0]
    assert 0.02 < len(back) / len(bought) < 0.04
    pairs = back.assign(order_id="S" + back["order_id"].str[1:]).merge(
        bought, on=["order_id", "product_id", "customer_id"], suffixes=("_back", "_bought"), validate="1:1"
    )
    assert len(pairs) == len(back)
    assert (pairs["units_back"] + pairs["units_bought"] == 0).all()
    assert (pairs["unit_price_back"] == pairs["unit_price_bought"]).all()
    assert (pairs["date_back"] - pairs["date_bought"]).dt.days.between(3, 21).all()


def test_the_truth_adds_up_to_the_sales(shop: Shop) -> None:
    expected = shop.truth["expected"]
    assert shop.sales["units"].sum() == pytest.approx(expected["units"].sum(), rel=0.05)
    by_item = expected.groupby("product_id")["units"].sum()
    sold = shop.sales.groupby("product_id")["units"].sum().reindex(by_item.index, fill_value=0)
    big = by_item > 500
    assert (sold[big] / by_item[big]).between(0.7, 1.3).all()
    assert (sold[big] / by_item[big]).median() == pytest.approx(1, abs=0.03)


def test_few_items_sell_much(shop: Shop) -> None:
    units = shop.sales.groupby("product_id")["units"].sum().sort_values(ascending=False)
    assert 0.3 < units.head(60).sum() / units.sum() < 0.5


def test_text_explains_launches_and_the_columns_do_not(shop: Shop, launches: pd.DataFrame) -> None:
    target = launches["log_units"].to_numpy()
    appeal = shop.truth["items"].set_index("item_id")["appeal"].loc[launches["product_id"]].to_numpy()
    category = pd.get_dummies(launches["category"]).to_numpy(float)
    columns = pd.get_dummies(launches[["category", "material", "colour", "style"]]).to_numpy(float)
    assert r_squared(appeal[:, None], target) > 0.4
    assert r_squared(category, target) < 0.2
    assert r_squared(columns, target) < 0.35


def test_attributes_do_not_reveal_the_motif(shop: Shop) -> None:
    items = shop.truth["items"].merge(shop.truth["concepts"], left_on="motif", right_on="concept")
    columns = pd.get_dummies(items[["category", "material", "colour", "style"]]).to_numpy(float)
    assert r_squared(columns, items["appeal_y"].to_numpy()) < 0.15


@pytest.mark.parametrize("concept", CONCEPTS.values(), ids=list(CONCEPTS))
def test_a_concept_has_words_of_both_kinds(concept) -> None:
    assert 3 <= len(concept.words) <= 5
    assert 2 <= len(concept.held_out) <= 3
    assert len({*concept.words, *concept.held_out}) == len(concept.words) + len(concept.held_out)


def test_every_motif_has_one_family() -> None:
    members = [name for motifs in FAMILIES.values() for name in split(motifs)]
    assert sorted(members) == sorted(motif.name for motif in of_kind("motif"))
    assert all(family_of(motif) in FAMILIES for motif in of_kind("motif"))


def test_held_out_words_are_nowhere_in_the_history(shop: Shop) -> None:
    synonyms = shop.truth["synonyms"]
    history = " ".join(shop.products.astype(str).to_numpy().ravel())
    leaked = [word for word in synonyms.loc[synonyms["held_out"], "word"] if says(word, history)]
    assert not leaked


def test_half_of_the_new_items_speak_in_held_out_words_only(shop: Shop) -> None:
    known = shop.truth["items"].set_index("item_id").loc[shop.new_items["item_id"]]
    assert known["held_out"].sum() == 20
    for text, (_, item) in zip(texts(shop.new_items), known.iterrows(), strict=True):
        for kind in ("motif", "object", "function", "occasion"):
            if not item[kind]:
                continue
            concept = CONCEPTS[item[kind]]
            used, unused = concept.words, concept.held_out
            if item["held_out"]:
                used, unused = unused, used
            assert any(says(word, text) for word in used), f"{concept.id} is not in: {text}"
            assert not any(says(word, text) for word in unused), f"{concept.id} is told twice in: {text}"


def test_items_in_held_out_words_are_no_better_or_worse(shop: Shop) -> None:
    known = shop.truth["items"].set_index("item_id").loc[shop.new_items["item_id"]]
    told, plain = known.loc[known["held_out"], "appeal"], known.loc[~known["held_out"], "appeal"]
    error = np.sqrt(told.var() / len(told) + plain.var() / len(plain))
    assert abs(told.mean() - plain.mean()) < 3 * error
    assert 0.5 < told.std() / plain.std() < 2


def test_descriptions_say_it_in_other_words(shop: Shop) -> None:
    motifs = shop.truth["items"].set_index("item_id").loc[shop.products["product_id"], "motif"]
    pairs = zip(motifs, shop.products["title"], shop.products["description"], strict=True)
    repeated = [any(says(w, a) and says(w, b) for w in CONCEPTS[motif].words) for motif, a, b in pairs]
    assert np.mean(repeated) < 0.25
    sentences = shop.products["description"].str.count(r"[.!?](?:\s|$)")
    assert sentences.between(1, 3).all()
    assert sentences.nunique() == 3


def test_launch_truth_covers_every_week_of_every_window(shop: Shop) -> None:
    truth = shop.truth["launches"]
    new = shop.new_items.set_index("item_id").sort_index()
    weeks = (new["latest_launch"] - new["earliest_launch"]).dt.days // 7 + 1
    assert (truth.groupby("item_id").size() == 8 * weeks).all()
    assert (truth.groupby("item_id")["launch_week"].min() == new["earliest_launch"]).all()
    assert (truth.groupby("item_id")["launch_week"].max() == new["latest_launch"]).all()
    assert set(truth["week"]) == set(range(1, 9))
    assert (truth["units"] > 0).all()


def test_true_preference_shares_out_the_expected_units(shop: Shop) -> None:
    preference = true_preference(shop)
    assert preference.shape == (len(shop.truth["customers"]), len(shop.new_items))
    launches, first = shop.truth["launches"], shop.new_items[["item_id", "earliest_launch"]]
    first = launches.merge(first, left_on=["item_id", "launch_week"], right_on=["item_id", "earliest_launch"])
    units = first.groupby("item_id")["units"].sum().loc[shop.new_items["item_id"]]
    np.testing.assert_allclose(preference.sum(axis=0), units, rtol=1e-9)


def test_segments_buy_what_they_like(shop: Shop) -> None:
    motif = shop.truth["items"].set_index("item_id")["motif"]
    segment = shop.truth["customers"].set_index("customer_id")["segment"]
    gardeners = shop.sales["customer_id"].map(segment) == "gardeners"
    bees = shop.sales["product_id"].map(motif) == "motif:bee"
    assert bees[gardeners].mean() > 1.5 * bees[~gardeners].mean()


# Visits


def test_every_purchase_event_has_its_order_line(shop: Shop) -> None:
    bought = shop.events[shop.events["event"] == "purchase"]
    bought = bought.assign(date=bought["ts"].dt.normalize())
    lines = shop.sales[(shop.sales["units"] > 0) & (shop.sales["channel"] != "marketplace")]
    pairs = bought.merge(lines.drop_duplicates(["date", "customer_id", "product_id"]), validate="m:1")
    assert len(pairs) == len(bought) > 15_000


def test_events_are_of_customers_or_of_visitors_who_buy_nothing(shop: Shop) -> None:
    known = shop.events["customer_id"].isin(shop.customers["customer_id"])
    assert shop.events.loc[~known, "customer_id"].str.fullmatch(r"V\d{5}").all()
    assert 0.1 < (~known).mean() < 0.4
    assert "purchase" not in set(shop.events.loc[~known, "event"])


def test_a_search_has_words_and_a_look_has_a_length(shop: Shop) -> None:
    events = shop.events
    assert set(events["event"]) == {"view", "search", "click", "cart", "purchase", "favourite"}
    search, view = events["event"] == "search", events["event"] == "view"
    assert ((events["query"] != "") == search).all()
    assert ((events["product_id"] == "") == search).all()
    assert (events["dwell_seconds"].notna() == view).all()
    assert events["product_id"][~search].isin(shop.products["product_id"]).all()


def test_nothing_is_looked_at_before_its_launch(shop: Shop) -> None:
    launch = shop.events["product_id"].map(shop.products.set_index("product_id")["launch_date"])
    assert not (shop.events["ts"] < launch).any()


def test_what_is_bought_was_looked_at_and_put_into_the_cart_before(shop: Shop) -> None:
    events = shop.events[shop.events["event"].isin(["view", "cart", "purchase"])]
    key = [events["customer_id"], events["product_id"], events["ts"].dt.normalize()]
    first = events["ts"].groupby([*key, events["event"]]).min().unstack()
    bought = first.dropna(subset="purchase")
    assert 0.9 < (bought["cart"] < bought["purchase"]).mean() < 1
    assert 0.85 < (bought["view"] < bought["cart"]).mean() < 1
    assert first["purchase"].notna().mean() < 0.2  # most looks end without a purchase


def test_events_come_in_bursts_of_minutes(shop: Shop) -> None:
    events = shop.events.sort_values(["customer_id", "ts"], kind="stable")
    gap = events.groupby("customer_id")["ts"].diff().dropna().dt.total_seconds()
    assert (gap < 600).mean() > 0.6
    assert (gap > 86_400).mean() > 0.1
    assert gap[gap < 600].median() < 60


def test_looks_without_a_purchase_follow_the_tastes(shop: Shop) -> None:
    motif = shop.truth["items"].set_index("item_id")["motif"]
    segment = shop.truth["customers"].set_index("customer_id")["segment"]
    looks = shop.events[shop.events["event"] == "view"]
    gardeners = looks["customer_id"].map(segment) == "gardeners"
    bees = looks["product_id"].map(motif) == "motif:bee"
    assert bees[gardeners].mean() > 1.5 * bees[~gardeners].mean()


def test_arrivals_draw_looks_beyond_what_they_sell(shop: Shop, by_week: pd.DataFrame) -> None:
    looks = shop.events[shop.events["event"] == "view"]
    launch = shop.products[shop.products["launch_date"] >= START].set_index("product_id")["launch_date"]
    age = (looks["ts"] - looks["product_id"].map(launch)).dt.days // 7
    sold_age = (by_week["week"] - by_week["product_id"].map(launch)).dt.days // 7
    early, late = (
        age.between(*span).sum() / by_week.loc[sold_age.between(*span), "units"].sum() for span in [(0, 2), (12, 20)]
    )
    assert early > 1.5 * late


def test_some_searches_use_words_that_no_title_has(shop: Shop) -> None:
    words = shop.truth["synonyms"]
    held_out = {word.lower() for word in words.loc[words["held_out"], "word"]}
    pattern = "|".join(map(re.escape, sorted(held_out)))
    queries = shop.events.loc[shop.events["query"] != "", "query"]
    assert 0.1 < queries.str.contains(rf"\b(?:{pattern})\b").mean() < 0.35
    seen = pd.concat([words["word"].str.lower(), pd.Series(["gift"])])
    assert queries.str.contains("|".join(rf"\b{re.escape(word)}\b" for word in seen)).all()


# Ads


def test_ads_bring_about_a_tenth_of_the_units(shop: Shop, by_week: pd.DataFrame) -> None:
    brought = by_week["units"].sum() - by_week["units_without_ads"].sum()
    assert 0.08 < brought / by_week["units"].sum() < 0.12
    weeks, channels = shop.truth["ad_weeks"], shop.truth["ad_channels"].set_index("channel")
    assert weeks["units"].sum() == pytest.approx(brought)
    sums = weeks.groupby("channel")[["spend", "units", "revenue"]].sum()
    pd.testing.assert_frame_equal(sums.loc[channels.index], channels[sums.columns])
    np.testing.assert_allclose(channels["roi"], channels["revenue"] / channels["spend"])


def test_usual_ads_leave_the_level_of_demand_as_it_is(shop: Shop, by_week: pd.DataFrame) -> None:
    """What the launches' truth assumes: without cuts and with the usual ads the level is the one that was set."""
    lift = shop.truth["ad_weeks"].groupby(["category", "week"])["lift"].sum()
    own = lift.reindex(pd.MultiIndex.from_frame(by_week[["category", "week"]])).to_numpy()
    np.testing.assert_allclose(by_week["units"] / by_week["units_without_ads"] - 1, own, rtol=1e-6, atol=1e-9)
    elasticity = by_week["product_id"].map(shop.truth["elasticities"].set_index("product_id")["elasticity"])
    usual = by_week["units_without_ads"] * (1 + by_week["category"].map(lift.groupby("category").mean()))
    at_list_price = usual * (by_week["list_price"] / by_week["price"]) ** elasticity
    settings = shop.truth["settings"].set_index("name")["value"]
    assert at_list_price.sum() == pytest.approx(settings["net_units"])


def test_ads_csv_holds_the_spend_of_the_truth(shop: Shop) -> None:
    ads = shop.ads
    week = ads["date"] - pd.to_timedelta(ads["date"].dt.day_of_week, unit="D")
    spend = ads.groupby(["channel", "category", week.rename("week")])["spend"].sum()
    told = shop.truth["ad_weeks"].set_index(["channel", "category", "week"])["spend"]
    np.testing.assert_allclose(spend.reindex(told.index, fill_value=0), told, atol=0.01)
    assert (ads["spend"] > 0).all()
    assert (ads["clicks"] <= ads["impressions"]).all()
    assert (ads["conversions"] <= ads["clicks"]).all()
    assert (ads["campaign"] == ads["category"] + " " + ads["channel"]).all()


def test_creatives_differ_as_the_truth_says(shop: Shop) -> None:
    known = shop.truth["ad_creatives"].set_index(["channel", "creative"])
    sums = shop.ads.groupby(["channel", "creative"])[["impressions", "clicks", "conversions"]].sum().loc[known.index]
    whole = sums.groupby("channel").transform("sum")
    click = sums["clicks"] / sums["impressions"] * whole["impressions"] / whole["clicks"]
    order = sums["conversions"] / sums["clicks"] * whole["clicks"] / whole["conversions"]
    np.testing.assert_allclose(click, known["click"], rtol=0.1)
    np.testing.assert_allclose(order, known["conversion"], rtol=0.2)


def test_platforms_claim_more_than_they_bring(shop: Shop) -> None:
    channels = shop.truth["ad_channels"].set_index("channel")
    claimed = shop.ads.groupby("channel")[["spend", "revenue"]].sum()
    np.testing.assert_allclose(claimed["revenue"] / claimed["spend"], channels.loc[claimed.index, "claimed_roi"])
    assert (channels["claimed_roi"] > 1.05 * channels["roi"]).all()
    assert channels["roi"].max() > 3 * channels["roi"].min()


def test_spend_pauses_varies_and_follows_the_season_in_part(shop: Shop, by_week: pd.DataFrame) -> None:
    spend = shop.truth["ad_weeks"].pivot_table(index="week", columns="channel", values="spend", aggfunc="sum")
    assert (spend == 0).any().all()
    assert (spend.std() / spend.mean()).min() > 0.5
    demand = by_week.groupby("week")["units_without_ads"].sum()
    assert spend.corrwith(demand).between(-0.2, 0.8).all()
    assert 0.2 < spend.sum(axis=1).corr(demand) < 0.8


def test_ad_effects_can_be_told_from_the_files(shop: Shop, by_week: pd.DataFrame) -> None:
    """With the true carry-over, saturation and sales without ads, a regression finds the lifts."""
    cells = by_week.groupby(["category", "week"])
    totals = cells[["sold", "units", "units_without_ads"]].sum()
    spread = np.sqrt(totals["units"] + cells["units"].apply(lambda units: (units**2).sum() / 6))
    base = totals["units_without_ads"].unstack().to_numpy()  # (categories, weeks)
    ads, channels = shop.ads, shop.truth["ad_channels"]
    week = (ads["date"] - START).dt.days // 7
    spend = ads.groupby(["channel", "category", week])["spend"].sum()
    sizes = shop.truth["ad_sizes"].set_index("category")["size"].loc[totals.unstack().index].to_numpy()[:, None]
    design = [base.ravel()]
    for one in channels.itertuples():
        weekly = spend[one.channel].unstack(fill_value=0).reindex(columns=range(104), fill_value=0).to_numpy()
        held = saturation(stock(weekly, one.decay), one.half_saturation * sizes, one.slope)
        design.append((base * held).ravel())
    sold = totals["sold"].to_numpy() * 0.97  # net of returns
    weight = 1 / spread.to_numpy()
    level, *lifts = np.linalg.lstsq(np.array(design).T * weight[:, None], sold * weight, rcond=None)[0]
    assert level == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(lifts, channels["lift"], atol=0.05)
    assert sum(lifts) == pytest.approx(channels["lift"].sum(), rel=0.3)


# Prices


def slope(log_price: pd.Series, sold: pd.Series, usual: pd.Series) -> float:
    """b of sold ~ Poisson(usual * exp(b log_price)), by Newton's method."""
    b = 0.0
    for _ in range(8):
        fitted = usual * np.exp(b * log_price)
        b += (log_price * (sold - fitted)).sum() / (log_price**2 * fitted).sum()
    return b


def test_price_cuts_show_the_elasticities(shop: Shop, by_week: pd.DataFrame) -> None:
    told = shop.truth["elasticities"].set_index("product_id")["elasticity"]
    assert len(told) == 640
    assert told.between(-3, -1).all()
    cut = np.log(by_week["price"] / by_week["list_price"])
    own = by_week["product_id"].map(told)
    cells = by_week.assign(cut=cut, usual=by_week["units"] * np.exp(-own * cut) / 0.97, own=own)[cut < 0]

    def found(cells: pd.DataFrame) -> pd.Series:
        fitted = slope(cells["cut"], cells["sold"], cells["usual"])
        return pd.Series({"fit": fitted, "truth": np.average(cells["own"], weights=cells["usual"])})

    often = cells.groupby("product_id")["usual"].transform("sum") > 50
    big = cells[often].groupby("product_id")[["cut", "sold", "usual", "own"]].apply(found)
    assert len(big) > 80
    assert (big["fit"] < 0).mean() > 0.9
    assert big.corr("spearman").iloc[0, 1] > 0.25
    shelves = cells.groupby("category")[["cut", "sold", "usual", "own"]].apply(found)
    np.testing.assert_allclose(shelves["fit"], shelves["truth"], atol=0.35)
    assert shelves.corr("spearman").iloc[0, 1] > 0.8


def test_promotions_are_the_price_cuts_of_the_sales(shop: Shop) -> None:
    weeks = shop.truth["expected"].merge(shop.products[["product_id", "list_price"]], on="product_id")
    cut = weeks[weeks["price"] < weeks["list_price"] - 0.005]
    runs = shop.promotions
    assert (runs["until"] > runs["date"]).all()
    days = pd.concat([runs.assign(week=runs["date"] + pd.Timedelta(weeks=step)) for step in range(8)])
    days = days[days["week"] <= days["until"]]
    both = cut.merge(days, on=["product_id", "week"], how="outer", indicator=True, validate="1:1")
    assert (both["_merge"] == "both").all()


def test_competitors_keep_to_their_policies(shop: Shop, by_week: pd.DataFrame) -> None:
    matches = shop.truth["matches"]
    assert not matches.duplicated(["competitor", "title"]).any()
    assert matches.loc[matches["product_id"] != "", "product_id"].nunique() == 300
    assert not set(matches["title"]) & set(shop.products["title"])
    seen = shop.competitors.drop(columns="product_id").merge(matches, on=["competitor", "title"], validate="m:1")
    assert len(seen) == len(shop.competitors)
    policies = shop.truth["competitors"].set_index("competitor")
    ours = by_week.set_index(["product_id", "week"])[["price", "list_price"]]
    for name, policy in policies.iterrows():
        own = seen[(seen["competitor"] == name) & (seen["product_id"] != "")]
        monday = own["date"] - pd.Timedelta(days=2) - pd.Timedelta(weeks=policy["lag_weeks"])
        at = ours.reindex(pd.MultiIndex.from_arrays([own["product_id"], monday]))
        basis = at["price" if policy["policy"] in ("undercuts", "follows") else "list_price"].to_numpy()
        ratio = own["price"].to_numpy() / basis / policy["factor"]
        known = ~np.isnan(ratio)
        assert known.mean() > 0.9
        off = ratio[known] < 0.99
        assert off.mean() == pytest.approx(1 / policy["every_weeks"] if policy["every_weeks"] else 0, abs=0.02)
        np.testing.assert_allclose(ratio[known], np.where(off, 1 - policy["cut"], 1), atol=0.004)


def test_few_listings_are_matched_by_hand_and_rightly(shop: Shop) -> None:
    known = shop.competitors[shop.competitors["product_id"] != ""]
    assert 0.02 < len(known) / len(shop.competitors) < 0.15
    pairs = known.merge(shop.truth["matches"], on=["competitor", "title", "product_id"])
    assert len(pairs) == len(known)


# Reviews


def test_rating_follows_the_sentiment_but_is_not_it(shop: Shop) -> None:
    told = shop.truth["reviews"]
    assert (told["product_id"] == shop.reviews["product_id"]).all()
    assert told["sentiment"].between(-1, 1).all()
    assert shop.reviews["rating"].between(1, 5).all()
    assert 0.7 < np.corrcoef(told["sentiment"], shop.reviews["rating"])[0, 1] < 0.95
    quality = told["product_id"].map(shop.truth["quality"].set_index("product_id")["quality"])
    assert 0.3 < told["sentiment"].corr(quality) < 0.8


def test_reviews_are_of_what_their_writer_bought_before(shop: Shop) -> None:
    bought = shop.sales[shop.sales["units"] > 0].groupby(["customer_id", "product_id"])["date"].agg(["min", "max"])
    known = bought.reindex(pd.MultiIndex.from_frame(shop.reviews[["customer_id", "product_id"]]))
    date = shop.reviews["date"].to_numpy()
    assert (known["min"].to_numpy() < date).all()


def test_every_text_is_its_own_and_says_its_aspect(shop: Shop) -> None:
    assert shop.reviews["body"].is_unique
    told = shop.truth["reviews"]
    for aspect, levels in ASPECTS.items():
        pieces = {max(clause.split("{thing}"), key=len) for level in levels.values() for clause in level}
        words = "|".join(re.escape(piece.strip().removesuffix(" a")) for piece in pieces)
        says_it = shop.reviews["body"].str.contains(words, case=False, regex=True)
        assert says_it[(told["aspect"] == aspect) | (told["aspect2"] == aspect)].all()


def test_what_gives_a_person_away_is_listed(shop: Shop, handed_over: dict[str, pd.DataFrame]) -> None:
    personal, body = shop.truth["personal"], handed_over["reviews"]["body"]
    assert personal["kind"].value_counts().to_dict() == {"email": 15, "phone": 15, "name": 15}
    for one in personal.itertuples():
        assert one.text in body[one.file_row]
    others = body.drop(personal["file_row"])
    assert not others.str.contains(r"@|\d{3}-\d{4}").any()


def test_review_truth_points_at_the_rows_of_the_file(shop: Shop, handed_over: dict[str, pd.DataFrame]) -> None:
    told = shop.truth["reviews"]
    assert told["file_row"].is_unique
    written = handed_over["reviews"].loc[told["file_row"]]
    assert (written["body"].to_numpy() == shop.reviews["body"].to_numpy()).all()


# Customers and labels


def test_customers_joined_before_they_were_seen(shop: Shop) -> None:
    joined = shop.customers.set_index("customer_id")["joined"]
    assert joined.index.is_unique
    assert (shop.sales["date"] >= shop.sales["customer_id"].map(joined)).all()
    came = shop.events["customer_id"].map(joined)
    assert not (shop.events["ts"] < came).any()


def test_segments_are_what_the_shop_can_see(shop: Shop) -> None:
    known = shop.customers.set_index("customer_id")
    assert set(known["segment"]) == {"loyal", "lapsed", "newsletter", "regular", "occasional"}
    orders = shop.sales.groupby("customer_id")["order_id"].nunique().reindex(known.index, fill_value=0)
    typical = orders.groupby(known["segment"]).median()
    assert typical["loyal"] > 2 * typical["regular"] > 2 * typical["occasional"]
    region = shop.sales.drop_duplicates("customer_id").set_index("customer_id")["region"]
    assert (known.loc[region.index, "region"] == region).all()
    assert 0.1 < (known["age_band"] == "").mean() < 0.2


def test_labels_agree_with_the_appeal_more_often_than_not(shop: Shop) -> None:
    items = shop.truth["items"].set_index("item_id")
    labels = shop.labels.set_index("product_id")["value"]
    assert set(labels) == {"low", "medium", "high"}
    assert items.loc[labels.index, "is_new"].sum() == 15
    appeal = items.loc[labels.index, "appeal"].groupby(labels).mean()
    assert appeal["low"] < appeal["medium"] < appeal["high"]


# What is wrong in the files


PLANTED = {
    ("sales", "duplicate"): 150,
    ("sales", "price_slip"): 24,
    ("sales", "date_range"): 12,
    ("products", "contradiction"): 3,
    ("products", "garbled"): 3,
    ("products", "markup"): 2,
    ("reviews", "copied"): 60,
    ("reviews", "burst"): 25,
    ("reviews", "one_author"): 40,
    ("reviews", "range"): 10,
    ("reviews", "orphan"): 20,
    ("events", "bot"): 6_000,
    ("events", "double"): 200,
    ("events", "orphan"): 50,
    ("events", "gap"): 5,
    ("ads", "clicks"): 15,
    ("competitors", "price_slip"): 20,
    ("competitors", "duplicate"): 10,
    ("customers", "twice"): 15,
}
Frame = pd.DataFrame


def repeated(wrong: Frame, all_rows: Frame, *key: str) -> pd.Series:
    """Whether another row of the file is the same in the key, or in every column."""
    columns = list(key or all_rows)
    return all_rows.duplicated(columns, keep=False).loc[wrong.index]


def paid_otherwise(wrong: Frame, all_rows: Frame) -> pd.Series:
    """Whether a price is far from the others of its item (or title)."""
    by, column = ("product_id", "unit_price") if "product_id" in wrong and "unit_price" in wrong else ("title", "price")
    ratio = wrong[column] / wrong[by].map(all_rows.groupby(by)[column].median())
    return ~ratio.between(0.2, 5)


def followed(wrong: Frame, all_rows: Frame) -> pd.Series:
    """Whether the same visitor did the same to the same item no more than a second away."""
    ts = pd.to_datetime(all_rows["ts"])
    gap = ts.groupby([all_rows[name] for name in ("customer_id", "product_id", "event")]).diff().dt.total_seconds()
    return gap.loc[wrong.index] <= 1


IS_WRONG: dict[tuple[str, str], Callable[[Frame, Frame], pd.Series]] = {
    ("sales", "duplicate"): repeated,
    ("sales", "price_slip"): paid_otherwise,
    ("sales", "date_range"): lambda wrong, _: wrong["date"] > str(END),
    ("products", "contradiction"): lambda wrong, rows: (
        repeated(wrong, rows, "product_id", "title") & ~repeated(wrong, rows, "product_id", "list_price")
    ),
    ("products", "garbled"): lambda wrong, _: wrong["title"].str.contains("â€|Ã"),
    ("products", "markup"): lambda wrong, _: wrong["title"].str.contains("<[a-z]"),
    ("reviews", "copied"): lambda wrong, rows: repeated(wrong, rows, "body"),
    ("reviews", "burst"): lambda wrong, _: (
        (wrong["rating"] == 5) & (wrong["product_id"].nunique() == 1) & (wrong["date"].nunique() == 1)
    ),
    ("reviews", "one_author"): lambda wrong, _: (wrong["rating"] == 1) & (wrong["customer_id"].nunique() == 1),
    ("reviews", "range"): lambda wrong, _: wrong["rating"].isin([0, 11]),
    ("events", "double"): followed,
    ("events", "bot"): lambda wrong, _: (wrong["event"] == "view") & wrong["customer_id"].str.startswith("V9"),
    ("ads", "clicks"): lambda wrong, _: wrong["clicks"] > wrong["impressions"],
    ("ads", "duplicate"): lambda wrong, rows: repeated(wrong, rows) & (wrong["date"].nunique() == 1),
    ("competitors", "price_slip"): paid_otherwise,
    ("competitors", "duplicate"): repeated,
    ("customers", "twice"): lambda wrong, rows: repeated(wrong, rows, "customer_id"),
}


def test_the_list_of_what_is_wrong_is_complete(shop: Shop) -> None:
    counts = shop.truth["dirt"].groupby(["table", "check"]).size().to_dict()
    assert 5 <= counts.pop(("ads", "duplicate")) <= 40
    assert counts == PLANTED


@pytest.mark.parametrize(("table", "check"), IS_WRONG, ids=map("-".join, IS_WRONG))
def test_each_listed_row_is_wrong(shop: Shop, handed_over: dict[str, pd.DataFrame], table: str, check: str) -> None:
    dirt, rows = shop.truth["dirt"], handed_over[table]
    listed = dirt.loc[(dirt["table"] == table) & (dirt["check"] == check), "file_row"].astype(int)
    wrong = rows.loc[listed]
    assert np.all(IS_WRONG[table, check](wrong, rows))


@pytest.mark.parametrize("table", ["reviews", "events"])
def test_listed_orphans_are_of_items_that_nobody_knows(
    shop: Shop, handed_over: dict[str, pd.DataFrame], table: str
) -> None:
    dirt, rows = shop.truth["dirt"], handed_over[table]
    listed = dirt.loc[(dirt["table"] == table) & (dirt["check"] == "orphan"), "file_row"].astype(int)
    unknown = (rows["product_id"] != "") & ~rows["product_id"].isin(shop.products["product_id"])
    assert sorted(listed) == sorted(rows.index[unknown])


def test_the_days_of_the_outage_are_missing(shop: Shop, handed_over: dict[str, pd.DataFrame]) -> None:
    dirt = shop.truth["dirt"]
    gone = dirt.loc[dirt["check"] == "gap", "detail"]
    assert (pd.to_datetime(gone).diff().dropna() == pd.Timedelta(days=1)).all()
    assert not handed_over["events"]["ts"].str[:10].isin(gone).any()
    assert shop.events["ts"].dt.strftime("%Y-%m-%d").isin(gone).any()


@pytest.mark.parametrize("table", NAMES)
def test_a_file_without_its_listed_rows_is_clean(
    shop: Shop, handed_over: dict[str, pd.DataFrame], table: str, tmp_path: Path
) -> None:
    """What was not planted was not touched: the rest of the file is the clean table, in its order."""
    dirt, clean = shop.truth["dirt"], getattr(shop, table)
    listed = dirt.loc[dirt["table"] == table, "file_row"].dropna().astype(int)
    rest = handed_over[table].drop(listed).to_csv(index=False).splitlines()
    clean.to_csv(tmp_path / "clean.csv", index=False)
    whole = pd.read_csv(tmp_path / "clean.csv", keep_default_na=False).to_csv(index=False).splitlines()
    added = len(handed_over[table]) - len(clean)
    assert len(whole) - len(rest) <= max(len(listed) - added, 0) or table == "events"  # the outage took rows away
    assert set(rest) <= set(whole)


def test_command_writes_the_exports_and_the_truth_on_request(other_shop: Path) -> None:
    assert {path.stem for path in other_shop.glob("*.csv")} == set(NAMES)
    assert {"launches.csv", "dirt.csv"} <= {path.name for path in (other_shop / "truth").iterdir()}
    sales = pd.read_csv(other_shop / "sales.csv")
    assert sales["units"].abs().min() >= 1


def test_truth_frames_are_written_by_name(shop: Shop, tmp_path: Path) -> None:
    paths = write_truth(shop, tmp_path)
    assert set(paths) == set(shop.truth)
    assert all(path.parent.name == "truth" and path.is_file() for path in paths.values())

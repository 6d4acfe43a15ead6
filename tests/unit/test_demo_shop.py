"""The demo shop holds what it promises: sizes, clean tables, held-out synonyms, and a truth that is true."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.demo import Shop, simulate, true_preference, write, write_truth
from data.demo.words import CONCEPTS, FAMILIES, family_of, of_kind, split

YEAR_ONE_END, LAST_HALF = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-07-01")
START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2025-12-28")


@pytest.fixture(scope="module")
def shop() -> Shop:
    return simulate(7)


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


def says(word: str, text: str) -> bool:
    """Whether a text uses a word, or its plural, as a word of its own."""
    return re.search(rf"\b{re.escape(word)}(s|es)?\b", text, re.IGNORECASE) is not None


def texts(items: pd.DataFrame) -> pd.Series:
    return items["title"] + ". " + items["description"]


def test_same_seed_gives_the_same_bytes_and_another_seed_another_shop(shop: Shop, tmp_path: Path) -> None:
    first, again = write(shop, tmp_path / "a"), write(simulate(7), tmp_path / "b")
    assert list(first) == ["products", "sales", "new_items"]
    for name in first:
        assert first[name].read_bytes() == again[name].read_bytes()
    other = simulate(8)
    assert not set(other.products["title"]) >= set(shop.products["title"])
    assert not np.allclose(other.truth["concepts"]["appeal"], shop.truth["concepts"]["appeal"])


def test_sizes(shop: Shop) -> None:
    assert len(shop.products) == 600
    assert len(shop.new_items) == 40
    assert 150_000 <= len(shop.sales) <= 300_000
    assert 4_500 <= shop.sales["customer_id"].nunique() <= 5_000
    assert shop.sales["date"].min() == START
    assert shop.sales["date"].max() == END


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


def test_command_writes_the_exports_and_the_truth_on_request(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "data.demo", str(tmp_path), "--seed", "3", "--truth"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2], capture_output=True)
    assert {path.name for path in tmp_path.glob("*.csv")} == {"products.csv", "sales.csv", "new_items.csv"}
    assert "launches.csv" in {path.name for path in (tmp_path / "truth").iterdir()}
    sales = pd.read_csv(tmp_path / "sales.csv", parse_dates=["date"])
    assert sales["units"].abs().min() >= 1


def test_truth_frames_are_written_by_name(shop: Shop, tmp_path: Path) -> None:
    paths = write_truth(shop, tmp_path)
    assert set(paths) == set(shop.truth)
    assert all(path.parent.name == "truth" and path.is_file() for path in paths.values())

"""Labels by hand: sets, what comes next, judging, taking back, and how they agree with imported ones."""

import threading

import pytest

from core import cards, export, labels
from core.errors import DebutError
from core.labels import BUILT_IN, LabelSet
from core.workspace import Workspace
from tests.conftest import Load

INTENT, SATISFACTION = BUILT_IN
OPTIONS = ["yes", "no"]

CATALOGUE = """INSERT INTO catalogue VALUES
    ('P-1', 'Fox mug', 'A mug.', 'Mugs', 'Alder', 9.5, 4, NULL, NULL, '2025-01-06', false),
    ('P-2', 'Plain mug', NULL, 'Mugs', NULL, NULL, NULL, NULL, NULL, NULL, false),
    ('P-3', 'Lantern', NULL, NULL, NULL, 20, NULL, NULL, NULL, '2025-02-03', false)"""
SALES = """INSERT INTO sales (date, product_id, units, customer_id, batch_id, file_row) VALUES
    ('2025-01-06', 'P-1', 2, 'c_a', 1, 2), ('2025-02-03', 'P-3', 7, 'c_b', 1, 3), ('2025-02-04', 'P-3', 1, 'c_a', 1, 4),
    ('2025-02-05', 'P-1', 1, 'anonymous', 1, 5), ('2025-02-05', 'P-1', 1, NULL, 1, 6)"""
SHEET = """INSERT INTO new_items (item_id, title, category, price, earliest_launch, image, batch_id, file_row) VALUES
    ('N-1', 'Old name', NULL, 12, '2026-01-05', NULL, 2, 2), ('N-1', 'Hare cup', 'Cups', 12.5, '2026-01-05',
    'https://shop.example/hare.png', 3, 2), ('P-2', 'Plain mug again', NULL, NULL, NULL, NULL, 3, 3)"""
REVIEWS = """INSERT INTO reviews (product_id, rating, body, customer_id, date, batch_id, file_row) VALUES
    ('P-1', 5, 'Lovely', 'c_a', '2025-02-01', 4, 2), ('P-1', 2, 'Chipped', 'c_z', '2025-03-01', 4, 3)"""


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    """Three products, of which one never sold, a new item in two sheets, three customers and a visitor."""
    with workspace.transaction() as cursor:
        for statement in (CATALOGUE, SALES, SHEET, REVIEWS):
            cursor.execute(statement)
    return workspace


def imported(shop: Workspace, *rows: tuple[str, str, str], batch: int = 9, column: str = "product_id") -> None:
    """Labels as an import leaves them: target, label, value."""
    with shop.transaction() as cursor:
        cursor.executemany(
            f"INSERT INTO labels ({column}, label, value, batch_id, file_row) VALUES (?, ?, ?, ?, ?)",
            [(*row, batch, number) for number, row in enumerate(rows, start=2)],
        )


def values(shop: Workspace, chosen: LabelSet = INTENT) -> dict[str, str]:
    frame = labels.judged(shop.cursor(), chosen)
    return dict(zip(frame["target"], frame["value"], strict=True))


def test_two_sets_are_always_there(workspace: Workspace) -> None:
    assert labels.sets(workspace.cursor()) == [INTENT, SATISFACTION]
    assert INTENT.options == ("high", "medium", "low") and SATISFACTION.about == "customers"


def test_own_set_is_kept_and_its_words_are_tidied(workspace: Workspace) -> None:
    made = labels.create(workspace, "  gift   item ", "items", [" yes ", "", "no  way"])
    assert made == LabelSet("gift item", "items", ("yes", "no way"), "own")
    assert labels.sets(workspace.cursor())[-1] == made


@pytest.mark.parametrize(
    ("label", "options", "words"),
    [
        (" ", OPTIONS, "name"),
        ("x" * 61, OPTIONS, "at most 60"),
        ("Purchase Intent", OPTIONS, "already"),
        ("gift", ["yes"], "2 to 9"),
        ("gift", [str(number) for number in range(10)], "2 to 9"),
        ("gift", ["Yes", "yes "], "twice"),
        ("gift", ["y" * 41, "no"], "longer than 40"),
    ],
)
def test_set_that_cannot_be_used_is_refused(workspace: Workspace, label: str, options: list[str], words: str) -> None:
    with pytest.raises(DebutError, match=words):
        labels.create(workspace, label, "items", options)
    assert len(labels.sets(workspace.cursor())) == 2


def test_set_of_imported_labels_is_found(shop: Workspace) -> None:
    imported(shop, ("P-1", "Quality", "good"), ("P-2", "quality", "bad"), ("P-3", "purchase intent", "high"))
    imported(shop, ("c_a", "loyal", "yes"), batch=10, column="customer_id")
    assert labels.sets(shop.cursor())[2:] == [
        LabelSet("loyal", "customers", ("yes",), "imported"),
        LabelSet("Quality", "items", ("bad", "good"), "imported"),
    ]


def test_unused_set_goes_and_a_used_one_asks_first(shop: Workspace) -> None:
    own = labels.create(shop, "gift", "items", OPTIONS)
    labels.put(shop, own, "P-1", "yes")
    labels.put(shop, INTENT, "P-1", "low")
    with pytest.raises(DebutError, match="1 labels by hand"):
        labels.delete(shop, own)
    labels.delete(shop, own, with_labels=True)
    assert labels.sets(shop.cursor()) == [INTENT, SATISFACTION]
    assert values(shop, own) == {} and values(shop) == {"P-1": "low"}
    labels.delete(shop, labels.create(shop, "gift", "items", OPTIONS))
    assert labels.sets(shop.cursor()) == [INTENT, SATISFACTION]


def test_built_in_set_stays(workspace: Workspace) -> None:
    with pytest.raises(DebutError, match="stays"):
        labels.delete(workspace, INTENT, with_labels=True)


@pytest.mark.parametrize(
    ("order", "expected"), [("sold", ["P-3", "P-1", "N-1", "P-2"]), ("new", ["N-1", "P-3", "P-1", "P-2"])]
)
def test_what_comes_next(shop: Workspace, order: labels.Order, expected: list[str]) -> None:
    assert labels.remaining(shop.cursor(), INTENT, order) == expected
    assert labels.remaining(shop.cursor(), INTENT, order, limit=1) == expected[:1]
    labels.put(shop, INTENT, expected[0], "high")
    assert labels.remaining(shop.cursor(), INTENT, order, skip=expected[2:3]) == [expected[1], expected[3]]


def test_random_order_is_another_one_for_each_set_and_the_same_each_time(shop: Workspace) -> None:
    with shop.transaction() as cursor:
        cursor.execute(
            """INSERT INTO catalogue (product_id, title, derived)
               SELECT 'Q-' || i, 'Thing', true FROM range(30) AS numbers(i)"""
        )
    first = labels.remaining(shop.cursor(), INTENT, "random")
    other = labels.remaining(shop.cursor(), LabelSet("gift", "items", ("a", "b")), "random")
    assert first == labels.remaining(shop.cursor(), INTENT, "random")
    assert sorted(first) == sorted(other) and first != other and first != sorted(first)


def test_customers_are_everyone_known_but_anonymous(shop: Workspace) -> None:
    assert labels.remaining(shop.cursor(), SATISFACTION) == ["c_b", "c_a", "c_z"]
    labels.put(shop, SATISFACTION, "c_z", "2")
    assert labels.progress(shop.cursor(), SATISFACTION) == (1, 3, 0)
    rows = shop.cursor().execute("SELECT product_id, customer_id, label, value, batch_id FROM labels").fetchall()
    assert rows == [(None, "c_z", "satisfaction", "2", 0)]


def test_judgement_is_kept_and_a_second_one_replaces_it(shop: Workspace) -> None:
    labels.put(shop, INTENT, "P-1", "high")
    labels.put(shop, INTENT, "N-1", "low")
    labels.put(shop, INTENT, "P-1", "medium")
    rows = (
        shop.cursor().execute("SELECT product_id, value, batch_id, file_row FROM labels ORDER BY file_row").fetchall()
    )
    assert rows == [("N-1", "low", 0, 2), ("P-1", "medium", 0, 3)]
    assert labels.progress(shop.cursor(), INTENT) == (2, 4, 0)
    assert values(shop) == {"P-1": "medium", "N-1": "low"}
    assert labels.judged(shop.cursor(), INTENT)["title"].tolist() == ["Fox mug", "Hare cup"]


def test_answer_that_is_none_of_the_set_is_refused(shop: Workspace) -> None:
    with pytest.raises(DebutError, match="none of the answers"):
        labels.put(shop, INTENT, "P-1", "huge")
    assert values(shop) == {}


def test_labels_of_what_is_not_in_the_shop_are_no_progress(shop: Workspace) -> None:
    imported(shop, ("P-1", "purchase intent", "high"), ("X-9", "purchase intent", "high"))
    assert labels.progress(shop.cursor(), INTENT) == (1, 4, 1)
    assert labels.counts(shop.cursor(), INTENT) == (2, 2)


def test_data_version_stays_so_that_no_forecast_is_made_anew(shop: Workspace) -> None:
    version = shop.version
    labels.put(shop, INTENT, "P-1", "high")
    labels.take_back(shop, INTENT)
    assert shop.version == version


def test_last_judgements_are_taken_back_one_by_one(shop: Workspace) -> None:
    for target in ("P-1", "P-2"):
        labels.put(shop, INTENT, target, "high")
    labels.put(shop, SATISFACTION, "c_a", "5")
    assert labels.take_back(shop, INTENT) == "P-2"
    assert labels.take_back(shop, INTENT) == "P-1"
    assert labels.take_back(shop, INTENT) is None
    assert values(shop, SATISFACTION) == {"c_a": "5"}


def test_imported_labels_stay_whatever_is_taken_back(shop: Workspace) -> None:
    imported(shop, ("P-1", "purchase intent", "high"))
    assert labels.take_back(shop, INTENT) is None
    assert values(shop) == {"P-1": "high"}


def test_hand_counts_more_than_a_file_and_a_later_file_more_than_an_earlier(shop: Workspace) -> None:
    imported(shop, ("P-1", "Purchase Intent", "LOW"), ("P-3", "purchase intent", " medium "), batch=5)
    imported(shop, ("P-3", "purchase intent", "low"), batch=6)
    labels.put(shop, INTENT, "P-1", "high")
    assert values(shop) == {"P-1": "high", "P-3": "low"}
    frame = labels.judged(shop.cursor(), INTENT)
    assert frame["source"].tolist() == ["by hand", "imported"]
    assert frame["imported"].tolist() == ["low", "low"]


def test_imported_labels_count_as_done_and_can_be_checked(shop: Workspace) -> None:
    imported(shop, ("P-1", "purchase intent", "high"), ("P-3", "purchase intent", "low"))
    assert labels.remaining(shop.cursor(), INTENT) == ["N-1", "P-2"]
    assert labels.remaining(shop.cursor(), INTENT, check=True) == ["P-3", "P-1"]
    labels.put(shop, INTENT, "P-3", "low")
    assert labels.remaining(shop.cursor(), INTENT, check=True) == ["P-1"]
    assert labels.progress(shop.cursor(), INTENT) == (2, 4, 1)


def test_spread_has_every_answer_in_order_and_then_what_files_say(shop: Workspace) -> None:
    imported(shop, ("P-1", "purchase intent", "High"), ("P-2", "purchase intent", "who knows"))
    labels.put(shop, INTENT, "P-3", "low")
    found = labels.spread(shop.cursor(), INTENT)
    assert found.values.tolist() == [["high", 1], ["medium", 0], ["low", 1], ["who knows", 1]]


@pytest.mark.parametrize(
    ("by_hand", "files", "both", "same", "kappa"),
    [
        ({}, {"P-1": "high"}, 0, 0, None),
        ({"P-1": "high"}, {"P-1": "HIGH"}, 1, 1, None),  # one answer alone: chance agrees as well
        ({"P-1": "high", "P-2": "low"}, {"P-1": "high", "P-2": "low"}, 2, 2, 1.0),
        ({"P-1": "high", "P-2": "low"}, {"P-1": "low", "P-2": "high"}, 2, 0, -1.0),
        # 3 of 4 the same; chance: 2/4 * 1/4 (high) + 2/4 * 3/4 (low) = 1/2
        (
            {"P-1": "high", "P-2": "high", "P-3": "low", "N-1": "low"},
            {"P-1": "high", "P-2": "low", "P-3": "low", "N-1": "low"},
            4,
            3,
            0.5,
        ),
    ],
)
def test_agreement_of_hand_and_files(
    shop: Workspace, by_hand: dict[str, str], files: dict[str, str], both: int, same: int, kappa: float | None
) -> None:
    imported(shop, *((target, "purchase intent", value) for target, value in files.items()))
    for target, value in by_hand.items():
        labels.put(shop, INTENT, target, value)
    found = labels.agreement(shop.cursor(), INTENT)
    assert (found.both, found.same) == (both, same)
    assert found.kappa == pytest.approx(kappa)


def test_threads_that_judge_at_once_get_numbers_of_their_own(shop: Workspace) -> None:
    targets = labels.remaining(shop.cursor(), INTENT)
    threads = [threading.Thread(target=labels.put, args=(shop, INTENT, target, "low")) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = shop.cursor().execute("SELECT file_row FROM labels ORDER BY 1").fetchall()
    assert numbers == [(1,), (2,), (3,), (4,)]


def test_frame_holds_what_counts_once(shop: Workspace) -> None:
    imported(shop, ("P-1", "purchase intent", "low"), ("P-2", "gift", "yes"))
    labels.put(shop, INTENT, "P-1", "high")
    labels.put(shop, SATISFACTION, "c_a", "4")
    frame = labels.frame(shop.cursor()).astype(object).where(lambda cells: cells.notna(), None)
    assert list(frame.columns) == ["product_id", "customer_id", "label", "value"]
    assert frame.values.tolist() == [
        ["P-2", None, "gift", "yes"],
        ["P-1", None, "purchase intent", "high"],
        [None, "c_a", "satisfaction", "4"],
    ]
    assert labels.frame(shop.cursor(), INTENT)["value"].tolist() == ["high"]


def test_export_loads_back(shop: Workspace, load: Load) -> None:
    for target, value in (("P-1", "high"), ("P-3", "low"), ("N-1", "medium")):
        labels.put(shop, INTENT, target, value)
    file = export.to_csv(labels.frame(shop.cursor()))
    for _ in range(3):
        labels.take_back(shop, INTENT)
    report = load(file, "labels")
    assert report.rows_loaded == 3
    assert values(shop) == {"P-1": "high", "P-3": "low", "N-1": "medium"}
    assert labels.judged(shop.cursor(), INTENT)["source"].unique().tolist() == ["imported"]


def test_file_leaves_judgements_by_hand_as_they_are(shop: Workspace, load: Load) -> None:
    labels.put(shop, INTENT, "P-1", "high")
    labels.put(shop, INTENT, "P-3", "low")
    load("product_id,label,value\nP-1,purchase intent,low\nP-3,purchase intent,low\n", "labels")
    assert values(shop) == {"P-1": "high", "P-3": "low"}
    found = labels.agreement(shop.cursor(), INTENT)
    assert (found.both, found.same) == (2, 1)


def test_card_of_a_product(shop: Workspace) -> None:
    card = cards.item(shop.cursor(), "P-1")
    assert (card.title, card.text, card.picture) == ("Fox mug", "A mug.", "")
    assert card.facts == {
        "Category": "Mugs",
        "Brand": "Alder",
        "Price": "9.50",
        "Sold so far": "4",
        "First sale": "6 Jan 2025",
        "Stars": "3.5 of 2 reviews",
    }
    assert card.quotes == ("Chipped", "Lovely")


def test_card_of_a_new_item_is_of_its_latest_sheet(shop: Workspace) -> None:
    card = cards.item(shop.cursor(), "N-1")
    assert (card.title, card.picture) == ("Hare cup", "https://shop.example/hare.png")
    assert card.facts["Planned price"] == "12.50" and card.facts["Earliest launch"] == "5 Jan 2026"


def test_card_of_a_customer(shop: Workspace) -> None:
    card = cards.customer(shop.cursor(), "c_a")
    assert card.text == "Bought most: Fox mug, Lantern"
    assert card.facts == {
        "Bought": "3 pieces on 2 days",
        "First and last": "6 Jan 2025 to 4 Feb 2025",
        "Stars given": "5.0 of 1 reviews",
    }
    assert card.quotes == ("Lovely",)


@pytest.mark.parametrize("make", [cards.item, cards.customer])
def test_card_of_what_is_not_in_the_shop_says_little(workspace: Workspace, make) -> None:
    card = make(workspace.cursor(), "X")
    assert "X" in card.title and not card.facts and not card.quotes and not card.text

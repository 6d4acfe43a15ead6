"""The trained scorer: probabilities that follow what customers did, know nothing of the future, and travel as files."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core import jobs, people, versions
from core.errors import NotReady
from core.history import History
from core.people import KINDS, PURCHASE, People
from core.preference import calibration, examples, memory, nearness, scorer, training
from core.preference.measures import Measures
from core.preference.memory import GROUPS, HABITS
from core.preference.panel import WEEKS as PANEL_WEEKS
from core.preference.panel import Panel
from core.preference.scorer import Scorer
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from models.preference import Recipe
from tests.conftest import CUSTOMERS, WEEKS, Files, Load, SmallShop, fill

FOX, PLAIN = "Red fox mug. mugs", "Red plain mug. mugs"
QUICK = Recipe(steps=60, customers=40)
ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds until a job that never ends fails the test


@pytest.fixture(scope="module")
def known(small_shop: SmallShop) -> People:
    found = people.read(small_shop.workspace.cursor(), small_shop.history)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def fitted(small_shop: SmallShop, known: People, vectors: np.ndarray) -> tuple[Scorer, Measures]:
    return scorer.fit(small_shop.history, known, vectors, np.zeros((0, 0), np.float32), WEEKS, QUICK)


@pytest.fixture(scope="module")
def panel(
    small_shop: SmallShop, known: People, fitted: tuple[Scorer, Measures], encoder: Encoder, vectors: np.ndarray
) -> Panel:
    return Panel(small_shop.history, known, fitted[0], encoder, vectors)


def told(customer: list[int], item: list[int], day: list[int], kind: list[str], **columns: object) -> People:
    """Three people who did these things."""
    frame = pd.DataFrame({"customer": customer, "item": item, "day": day})
    frame["kind"] = [KINDS.index(one) for one in kind]
    frame = frame.assign(value=np.nan, units=1.0, query="").assign(**columns).sort_values("day", kind="stable")
    return People(np.array(["a", "b", "c"]), frame.reset_index(drop=True), np.array(["", "", ""]))


def small_history(days: int = 400) -> History:
    items = pd.DataFrame(
        {
            "product_id": ["1", "2", "3"],
            "title": ["A", "B", "C"],
            "text": ["fox mug", "fox bowl", "plain jug"],
            "category": None,
            "price": [2.0, np.nan, 8.0],
            "launch": [0, 0, 120],
        }
    )
    return History(date(2024, 1, 1), items, np.zeros((3, days), np.float32))


def test_deeds_lie_in_their_groups_worked_by_hand() -> None:
    there = told([0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [100, 190, 150, 195, 150], ["purchase"] * 4 + ["view"])
    found = memory.remember(there, small_history(), 200)
    assert found.rows.tolist() == [0, 1]
    names = [GROUPS[at].name for at in found.deeds.group]
    assert list(zip(found.deeds.source, names, strict=True)) == [
        (0, "bought within 2 weeks"),  # the latest of two purchases counts
        (1, "bought within 4 months"),
        (2, "bought within 2 weeks"),
        (2, "looked at within a year"),
    ]
    assert found.deeds.first.tolist() == [0, 2, 4]
    assert found.latest[0, :3].tolist() == [0, 1, -1]
    assert found.ages[0, 0] == pytest.approx(np.log1p(10))


def test_habits_worked_by_hand() -> None:
    there = told([0, 0, 0, 1], [0, 1, 2, 0], [100, 150, 190, 190], ["purchase"] * 3 + ["view"])
    found = memory.remember(there, small_history(), 200)
    of = dict(zip(HABITS, found.habits[0], strict=True))
    assert of["items"] == of["lines"] == of["visits"] == pytest.approx(np.log(4))
    assert of["lines_lately"] == pytest.approx(np.log(3))
    assert (of["since"], of["tenure"]) == (pytest.approx(np.log(10)), pytest.approx(np.log(100)))
    assert of["overdue"] == pytest.approx(np.log(10 / 45))
    assert of["new_items"] == pytest.approx(0.0)  # the third item was launched 70 days before it was bought
    assert found.habits[1][HABITS.index("buyer")] == 0
    assert memory.remember(there, small_history(), 200, visitors=False).rows.tolist() == [0]


def test_reviews_are_praise_or_complaint_and_searches_have_words() -> None:
    there = told(
        [0, 0, 0], [0, 1, -1], [190, 191, 192], ["review", "review", "search"], value=[5.0, 1.0, np.nan],
        query=["", "", "fox"],
    )  # fmt: skip
    found = memory.remember(there, small_history(), 200)
    names = {int(at): GROUPS[group].name for at, group in zip(found.deeds.source, found.deeds.group, strict=True)}
    assert names == {0: "praised", 1: "complained of", 3: "searched for"}
    assert there.queries == ["fox"]


def test_an_unknown_price_is_neither_near_nor_far() -> None:
    source = nearness.sources(small_history(), np.eye(3, 4, dtype=np.float32), [], np.zeros((0, 4)), 400)
    assert source.price[1] == pytest.approx(np.log1p([2.0, 8.0]).mean())
    unpriced = small_history()
    unpriced.items["price"] = np.nan
    source = nearness.sources(unpriced, np.eye(3, 4, dtype=np.float32), [], np.zeros((0, 4)), 400)
    new = nearness.asked(source, np.ones((1, 4), np.float32) / 2, ["fox"], np.array(["9"]), np.array([5.0]))
    there = memory.remember(told([0], [0], [190], ["purchase"]), unpriced, 200)
    near = nearness.nearness(source, nearness.factors(source, there), new)
    assert not near[nearness.NEARNESS.index("price")].any()


def test_nothing_of_the_day_itself_is_known(known: People, small_shop: SmallShop) -> None:
    found = memory.remember(known, small_shop.history, 200)
    later = replace(known, events=known.events[known.events["day"] < 200])
    again = memory.remember(later, small_shop.history, 200)
    assert np.array_equal(found.habits, again.habits)
    assert np.array_equal(found.deeds.source, again.deeds.source)
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(
            found.habits, memory.remember(known, small_shop.history, 230).habits[: len(found.habits)]
        )


def test_what_is_sold_after_a_cut_changes_no_scorer(known: People, small_shop: SmallShop, vectors: np.ndarray) -> None:
    past = small_shop.history
    cut = past.date_of(300)
    mixed = known.events.copy()
    late = mixed["day"] >= 300
    mixed.loc[late, "customer"] = mixed.loc[late, "customer"].to_numpy()[::-1]
    rows = past.items["launch"].to_numpy() < 300
    nothing = np.zeros((0, 0), np.float32)
    found = [
        scorer.fit(past.as_of(cut), who.as_of(past, cut), vectors[rows], nothing, WEEKS, Recipe(8, 20))[0]
        for who in (known, replace(known, events=mixed))
    ]
    for name, weights in found[0].net.state_dict().items():
        assert np.array_equal(weights, found[1].net.state_dict()[name]), name


def test_who_bought_foxes_wants_foxes(panel: Panel) -> None:
    """Every other customer bought foxes and nothing else, the rest everything but foxes."""
    scores = panel.ask(np.array(["x", "y"]), [FOX, PLAIN], np.array([8.0, 8.0]))
    lovers = scores.customers["customer_id"].str[1:].astype(int).to_numpy() % 2 == 1
    assert scores.r.shape == (CUSTOMERS, 2)
    assert scores.r[lovers, 0].mean() > 1.5 * scores.r[~lovers, 0].mean()
    assert scores.r[~lovers, 1].mean() > 1.5 * scores.r[lovers, 1].mean()


def test_scores_add_up_to_the_buyers_of_past_launches(panel: Panel, known: People, small_shop: SmallShop) -> None:
    past = small_shop.history
    rows, launch = past.launches(WEEKS)[-20:], past.items["launch"].to_numpy()
    bought = sum(len(known.buyers(row, launch[row], launch[row] + 7 * WEEKS)) for row in rows)
    items = past.items.iloc[rows]
    scores = panel.ask(items["product_id"].to_numpy(), items["text"].tolist(), items["price"].to_numpy())
    assert 0.6 < scores.buyers.sum() / bought < 1.6


def test_it_is_judged_on_launches_it_has_not_learnt(fitted: tuple[Scorer, Measures]) -> None:
    found = fitted[1]
    assert found.items > 5
    assert found.auc > 0.7
    assert found.log_loss < found.base_loss
    assert found.ece < 0.1


def test_who_was_silent_gets_the_mean_of_the_segment(panel: Panel, known: People, small_shop: SmallShop) -> None:
    segment = np.array(["foxes" if int(name[1:]) % 2 else "rest" for name in known.ids], dtype=object)
    gone = known.events["customer"].isin([1, 2])
    events = known.events.assign(day=np.where(gone, known.events["day"] - 400, known.events["day"]))
    silent = People(known.ids, events.sort_values("day", kind="stable", ignore_index=True), segment)
    asked = Panel(small_shop.history, silent, panel.scorer, panel.encoder, panel.vectors)
    scores = asked.ask(np.array(["x"]), [FOX])
    of = scores.customers.assign(r=scores.r[:, 0]).set_index("customer_id")
    assert of["basis"].value_counts().to_dict() == {"history": CUSTOMERS - 2, "segment": 2}
    assert isinstance(panel.scorer, Scorer)
    means = of[of["basis"] == "history"].groupby("segment")["r"].mean() * panel.scorer.silent
    for name, one in of[of["basis"] == "segment"].iterrows():
        assert one["r"] == pytest.approx(means[one["segment"]], rel=1e-5), name


def test_the_best_of_each_are_those_of_the_whole_matrix(panel: Panel, known: People, small_shop: SmallShop) -> None:
    past = small_shop.history
    assert isinstance(panel.scorer, Scorer)
    source = nearness.sources(past, panel.vectors, [], np.zeros((0, 0)), past.days)
    there = memory.remember(known, past, past.days)
    items = past.items.iloc[:30]
    new = nearness.asked(
        source, panel.vectors[:30], items["text"].tolist(), items["product_id"].to_numpy(), items["price"].to_numpy()
    )
    levels = np.linspace(-5, -2, 30)
    best = panel.scorer.best(source, there, new, levels, of_item=7, of_customer=4)
    r = panel.scorer.score(source, there, nearness.factors(source, there), new, levels)
    assert np.allclose(best.buyers, r.sum(0), rtol=1e-3)
    assert np.allclose(best.of_item_score, -np.sort(-r, axis=0)[:7].T, rtol=1e-3)
    assert np.allclose(best.of_customer_score, -np.sort(-r, axis=1)[:, :4], rtol=1e-3)
    assert np.allclose(r[best.of_item[3], 3], best.of_item_score[3], rtol=1e-3)
    assert np.allclose(r[5, best.of_customer[5]], best.of_customer_score[5], rtol=1e-3)


def test_too_few_buyers_teach_nothing(known: People, small_shop: SmallShop, vectors: np.ndarray) -> None:
    few = replace(known, events=known.events.iloc[:150])
    with pytest.raises(NotReady, match="purchases of newly launched items"):
        scorer.fit(small_shop.history, few, vectors, np.zeros((0, 0)), WEEKS, QUICK)


def test_the_same_seed_gives_the_same_scorer(known: People, small_shop: SmallShop, vectors: np.ndarray) -> None:
    nothing = np.zeros((0, 0), np.float32)
    one, other = (scorer.fit(small_shop.history, known, vectors, nothing, WEEKS, Recipe(8, 20))[0] for _ in range(2))
    assert one.calibration == other.calibration


def test_launches_of_a_fortnight_are_described_before_all_of_them(
    known: People, small_shop: SmallShop, vectors: np.ndarray
) -> None:
    past = small_shop.history
    source = nearness.sources(past, vectors, [], np.zeros((0, 0)), past.days)
    made = examples.examples(past, known, source, WEEKS)
    launch = past.items["launch"].to_numpy()
    assert made
    for one in made:
        assert (launch[one.rows] >= one.day).all()
        assert one.moment.bought is not None
        at = int(one.rows[0])
        who = known.buyers(at, launch[at], launch[at] + 7 * WEEKS)
        assert one.moment.bought[:, 0].sum() == np.isin(who, one.memory.rows).sum()


def test_launches_that_only_visitors_bought_teach_nothing(
    known: People, small_shop: SmallShop, vectors: np.ndarray
) -> None:
    """Probabilities are calibrated on who bought before: there must be purchases of theirs."""
    source = nearness.sources(small_shop.history, vectors, [], np.zeros((0, 0)), small_shop.history.days)
    one = examples.examples(small_shop.history, known, source, WEEKS)[0]
    assert one.purchases > 0
    visitors = replace(one.memory, habits=np.zeros_like(one.memory.habits))
    assert replace(one, memory=visitors).purchases == 0


def test_where_everybody_buys_everything_the_calibration_stays() -> None:
    found = calibration.Calibration(0.5, 1.0, 1.0, 1.0)
    part = np.zeros((3, 2), np.float32)
    there = SimpleNamespace(memory=SimpleNamespace(buyers=np.ones(3, bool)))
    assert scorer._anchored(found, [(part, part, np.zeros(2), part == 0)], [there]) == found  # type: ignore[list-item]
    half = np.array([[True, False]] * 3)
    moved = scorer._anchored(found, [(part, part, np.zeros(2), half)], [there])  # type: ignore[list-item]
    assert moved.bias == pytest.approx(0, abs=1e-6)


def test_a_figure_that_cannot_be_told_is_left_out(fitted: tuple[Scorer, Measures]) -> None:
    few = replace(fitted[1], auc=float("nan"), recall=float("nan"))
    assert training._figures(few) == {"Calibration error": few.ece}


def test_customers_who_all_left_cannot_be_asked(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty,customer\n2022-01-03,A,1,C1\n2025-01-06,A,2,\n")
    with pytest.raises(NotReady, match="No customer who is named bought in the last year"):
        Panel.opened(workspace)


def test_a_job_trains_a_scorer_that_scores_the_same_in_another_process(small_files: Files, tmp_path: Path) -> None:
    with Workspace(tmp_path / "shop") as shop:
        fill(shop, small_files)
        assert not Panel.opened(shop).trained
        job = jobs.start(shop, "preference", {"effort": "quick", "seed": 0})
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE
        while (ended := jobs.latest(shop)) is not None and ended.ended is None and time.monotonic() < deadline:
            pause.wait(0.1)
        assert ended is not None
        assert ended.state == "done", ended.error
        assert jobs.curves(job)["loss"]
        assert jobs.finish(shop) == ["preference"]
        found = Panel.opened(shop)
        assert found.trained
        here = found.ask(np.array(["x", "y"]), [FOX, PLAIN]).buyers
        (made,) = versions.listed(shop, "preference")["summary"]
    asked = (
        "import sys, json, numpy as np; from pathlib import Path; from core.workspace import Workspace;"
        "from core.preference.panel import Panel; shop = Workspace(Path(sys.argv[1]));"
        "print(json.dumps(Panel.opened(shop).ask(np.array(['x', 'y']), sys.argv[2:]).buyers.tolist()))"
    )
    command = [sys.executable, "-c", asked, str(tmp_path / "shop"), FOX, PLAIN]
    there = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert np.allclose(json.loads(there), here, rtol=1e-4)
    assert set(made["figures"]) == {"AUC", "Buyers in the best tenth", "Calibration error"}


def test_a_damaged_version_says_what_to_do(small_files: Files, tmp_path: Path, panel: Panel) -> None:
    with Workspace(tmp_path / "shop") as shop:
        fill(shop, small_files)
        target = versions.folder(shop, "p1")
        assert isinstance(panel.scorer, Scorer)
        folders.save(panel.scorer.version(), target)
        versions.register(shop, "p1", {"figures": {}}, kind="preference")
        (target / "net.safetensors").write_bytes(b"nothing")
        with pytest.raises(NotReady, match="Train the scorer again"):
            Panel.opened(shop)


def test_a_scorer_of_another_debut_is_refused(panel: Panel) -> None:
    assert isinstance(panel.scorer, Scorer)
    version = panel.scorer.version()
    with pytest.raises(NotReady, match="another Debut"):
        Scorer.restored(replace(version, config=version.config | {"format": 99}))


def test_visits_and_reviews_are_read_with_the_sales(workspace: Workspace, small_files: Files) -> None:
    from tests.conftest import load_into

    fill(workspace, small_files)
    load_into(
        workspace,
        b"ts,customer_id,product_id,event,query\n2024-05-01 10:00,C01,P-001,view,\n"
        b"2024-05-01 10:01,C01,,search, Fox Mug\n2024-05-02 09:00,V9,P-002,view,\n"
        b"2024-05-02 09:00,anonymous,P-002,view,\n2024-05-02 09:05,C01,P-001,purchase,\n",
        "events",
        "events.csv",
    )
    load_into(workspace, b"date,product_id,rating,customer_id\n2024-05-09,P-001,5,C01\n", "reviews", "reviews.csv")
    from core import history

    past = history.read(workspace.cursor())
    found = people.read(workspace.cursor(), past)
    assert found is not None
    others = found.events[found.events["kind"] != PURCHASE]
    assert sorted(KINDS[kind] for kind in others["kind"]) == ["review", "search", "view", "view"]
    assert found.queries == ["fox mug"]
    assert "V9" in found.ids
    assert "anonymous" not in found.ids


def test_the_panel_asks_about_eight_weeks() -> None:
    assert PANEL_WEEKS == training.WEEKS

"""Trials and policy: what is better, what wins, when a schedule asks; who put what to use, and the way back."""

import contextlib
import json
import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from core import jobs, updates, versions
from core.errors import DebutError, NotReady
from core.trainers import ModelKind
from core.update import news, policy, work
from core.update.policy import Policy
from core.update.trial import FEWEST, Change, Trial, judged
from core.workspace import Workspace
from tests.conftest import Load

BLANK = Trial("v1", "error of a launch (WAPE)", "launches", "both were asked", automatic=False)
BETTER = replace(BLANK, cases=40, candidate=0.5, active=0.6, difference=-0.1, low=-0.15, high=-0.05)
TRUE = np.arange(20, 40, dtype=float)


def made(
    workspace: Workspace, name: str, kind: ModelKind = "demand", use: bool = False, trial: Trial | None = None
) -> str:
    """A version that holds nothing."""
    versions.folder(workspace, name).mkdir(parents=True)
    summary = {"data_to": "2025-06-30", "settings": {"weeks": 4}, "figures": {}}
    versions.register(workspace, name, summary, use=use, kind=kind, trial=trial and trial.to_dict())
    return name


@pytest.fixture
def shop(workspace: Workspace, load: Load) -> Iterator[Workspace]:
    """Sales of two items to 28 September 2025, one of them launched in August; a version in use, and a better one."""
    rows = [f"2025-{month:02}-{day:02},MUG-1,2,5.0" for month in range(1, 10) for day in (1, 28)]
    rows += ["2025-08-04,MUG-2,3,5.0", "2025-09-02,MUG-2,1,5.0"]
    load("\n".join(["date,product_id,units,unit_price", *rows]), "sales")
    made(workspace, "v1", use=True)
    made(workspace, "v2", trial=BETTER)
    yield workspace


def test_the_better_of_two_is_told_with_its_range() -> None:
    found = judged(BLANK, TRUE, TRUE + 1, TRUE + 3)
    assert found.cases == len(TRUE)
    assert found.difference == pytest.approx(-2 * len(TRUE) / TRUE.sum())
    assert found.high < 0 and found.verdict == "better"
    assert found.gain == pytest.approx(2 / 3)
    assert judged(BLANK, TRUE, TRUE + 3, TRUE + 1).verdict == "worse"
    again = judged(BLANK, TRUE, TRUE + 1, TRUE + 1)
    assert again.verdict == "alike"
    assert "answers as the one in use" in again.words


def test_rows_of_one_item_are_drawn_together_and_counted_once() -> None:
    found = judged(BLANK, TRUE, TRUE + 1, TRUE + 3, np.repeat([1, 2], 10))
    assert found.cases == 2 and found.verdict == "unknown"


@pytest.mark.parametrize("count", [0, FEWEST - 1])
def test_too_few_cases_tell_nothing(count: int) -> None:
    found = judged(BLANK, TRUE[:count], TRUE[:count], TRUE[:count] + 9)
    assert found.verdict == "unknown"
    assert "Too few launches" in found.words
    assert not found.wins(Policy(margin=0.0, sure=False))


@pytest.mark.parametrize(
    ("trial", "rules", "wins"),
    [
        (BETTER, Policy(margin=0.05), True),
        (BETTER, Policy(margin=0.2), False),  # a sixth less error is not a fifth
        (replace(BETTER, high=0.01), Policy(margin=0.05), False),
        (replace(BETTER, high=0.01), Policy(margin=0.05, sure=False), True),
        (replace(BETTER, coverage=0.5), Policy(margin=0.05), False),  # twenty of forty in a range of 8 in 10
        (replace(BETTER, coverage=0.75), Policy(margin=0.05), True),
        (replace(BETTER, difference=0.1, low=0.05, high=0.15), Policy(margin=0.0, sure=False), False),
    ],
)
def test_a_candidate_wins_by_the_margin_and_only_with_a_range_that_holds(
    trial: Trial, rules: Policy, wins: bool
) -> None:
    assert trial.wins(rules) is wins


def test_a_trial_reads_back_what_it_wrote() -> None:
    trial = replace(BLANK, changes=(Change("Launches", 10.0, math.nan, ",.0f"),))
    written = json.dumps(trial.to_dict(), allow_nan=False)
    found = Trial.from_dict(json.loads(written) | {"of another Debut": 1})
    assert found.changes[0].name == "Launches" and math.isnan(found.changes[0].after)
    assert math.isnan(found.candidate) and found.how == trial.how


@pytest.mark.parametrize(
    "wrong", [Policy(margin=1.0), Policy(margin=-0.1), Policy(margin=math.nan), Policy(launches=0), Policy("daily")]
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: Policy, workspace: Workspace) -> None:
    with pytest.raises(DebutError):
        policy.keep(workspace, wrong)
    assert policy.read(workspace.cursor()) == Policy()


def test_a_policy_of_another_debut_leaves_it_to_a_person(workspace: Workspace) -> None:
    with workspace.transaction(data=False) as cursor:
        told = json.dumps({"schedule": "hourly", "automatic": True, "moon": "full"})
        cursor.execute("INSERT INTO settings VALUES ('update_policy', ?)", [told])
    assert policy.read(workspace.cursor()) == Policy()


@pytest.mark.parametrize(
    ("schedule", "last", "launches", "due"),
    [
        ("never", None, 99, False),
        ("weekly", None, 0, True),
        ("weekly", date(2025, 9, 22), 0, False),
        ("weekly", date(2025, 9, 21), 0, True),
        ("monthly", date(2025, 9, 1), 0, False),
        ("monthly", date(2025, 8, 31), 0, True),
        ("launches", date(2025, 1, 1), 19, False),
        ("launches", date(2025, 1, 1), 20, True),
        ("launches", date(2025, 9, 28), 20, False),  # nothing new came since
    ],
)
def test_a_schedule_goes_by_the_dates_of_the_data(
    schedule: policy.Schedule, last: date | None, launches: int, due: bool
) -> None:
    assert policy.is_due(Policy(schedule, 20), last, date(2025, 9, 28), launches) is due


def test_due_is_what_is_in_use_and_was_not_tried_on_these_data(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(jobs, "start", lambda workspace, kind, settings, **options: asked.append(options))
    assert updates.due(shop) == []  # until a schedule is set
    updates.keep_policy(shop, Policy("weekly"))
    assert updates.due(shop) == ["demand"]
    assert updates.begin_due(shop) == ["Forecaster: the scheduled update has started."]
    assert [(one["model"], one["automatic"]) for one in asked] == [("demand", True)]
    assert updates.due(shop) == [] and updates.begin_due(shop) == []
    updates.keep_policy(shop, Policy("launches", 1))
    assert updates.due(shop) == []


def test_of_two_windows_one_starts_what_is_due_and_the_other_hears_nothing(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []
    both, due = threading.Barrier(2), updates.due

    def looked(workspace: Workspace) -> list[ModelKind]:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # without a lock both have looked before either has taken
        return due(workspace)

    monkeypatch.setattr(updates, "due", looked)
    monkeypatch.setattr(jobs, "start", lambda workspace, kind, settings, **options: asked.append(options))
    updates.keep_policy(shop, Policy("weekly"))
    with ThreadPoolExecutor(2) as windows:
        told = [one.result() for one in [windows.submit(updates.begin_due, shop) for _ in range(2)]]
    assert sorted(told) == [[], ["Forecaster: the scheduled update has started."]]
    assert len(asked) == 1


def test_what_was_begun_by_hand_meanwhile_is_no_error(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "take_due", lambda workspace: ["demand"])
    monkeypatch.setattr(updates, "under_way", lambda workspace: {"demand"})
    assert updates.begin_due(shop) == []


class Killed(BaseException):
    """In place of kill -9: nothing of Debut catches it."""


def test_an_update_killed_while_it_is_taken_in_ends_as_if_it_had_not_been(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each write to the database in turn; then it is taken in once more, as the next look at the queue does."""
    updates.keep_policy(shop, Policy(automatic=True, sure=False))
    write, died, steps = Workspace.transaction, True, 0
    while died:
        name, folder, counted = f"newer-{steps}", tmp_path / str(steps), iter(range(99))
        (folder / work.VERSION).mkdir(parents=True)
        trial = replace(BETTER, against=str(versions.active(shop)))
        result = {"model": "demand", "version": name, "summary": {"settings": {}}, "trial": trial.to_dict()}

        def dying(shop: Workspace, *, data: bool = True, counted=counted, step=steps) -> object:  # type: ignore[no-untyped-def]
            if next(counted) == step:
                raise Killed
            return write(shop, data=data)

        with monkeypatch.context() as patched:
            patched.setattr(Workspace, "transaction", dying)
            try:
                work.take_in(shop, folder, result)
                died = False
            except Killed:
                steps += 1
        work.take_in(shop, folder, result)
        assert versions.active(shop) == name
        known = versions.tried(shop, "demand").set_index("version")["trial"]
        assert known[name]["state"] == "used" and updates.heard(shop)
    assert steps >= 4


def test_launches_are_counted_when_their_window_has_closed(shop: Workspace) -> None:
    updates.keep_policy(shop, Policy("launches", 1))
    assert updates.due(shop) == ["demand"]  # the four weeks of the second from 4 August were over on 1 September
    updates.keep_policy(shop, Policy("launches", 2))
    assert updates.due(shop) == []


def test_what_cannot_be_updated_says_why(shop: Workspace) -> None:
    with pytest.raises(NotReady, match="follows the data"):
        updates.begin(shop, "prices")
    with pytest.raises(NotReady, match="Train one first"):
        updates.begin(shop, "preference")
    with pytest.raises(DebutError, match="train it anew"):
        updates.begin(shop, "sentiment")
    with pytest.raises(DebutError, match="cannot follow"):
        updates.follow(shop, "demand")


def test_a_proposal_is_accepted_once_and_one_click_goes_back(shop: Workspace) -> None:
    (one,) = updates.proposals(shop)
    assert (one.version, one.kind, one.trial.verdict) == ("v2", "demand", "better")
    updates.accept(shop, "v2", "Anna")
    assert versions.active(shop) == "v2" and updates.proposals(shop) == []
    with pytest.raises(DebutError, match="no proposal any more"):
        updates.accept(shop, "v2", "Ben")
    assert updates.back(shop, "demand", "Ben") == "v1"
    assert versions.active(shop) == "v1"
    told = updates.history(shop)
    assert told["made_by"].tolist() == ["Ben", "Anna", ""]
    assert told["reason"].tolist()[0] == "went back" and told["reason"].tolist()[1].startswith("accepted")
    assert told["version"].tolist() == ["v1", "v2", "v1"]
    assert versions.earlier(shop, "demand") == "v2"


def test_a_declined_proposal_stays_in_the_list_of_versions(shop: Workspace) -> None:
    updates.decline(shop, "v2", "Anna", "the range is off")
    assert updates.proposals(shop) == [] and versions.active(shop) == "v1"
    (trial,) = versions.tried(shop)["trial"]
    assert (trial["state"], trial["who"], trial["reason"]) == ("declined", "Anna", "the range is off")
    with pytest.raises(DebutError):
        updates.decline(shop, "v2")
    with pytest.raises(DebutError, match="no earlier"):
        updates.back(shop, "demand")


def taken(shop: Workspace, tmp_path: Path, trial: Trial, name: str = "v3") -> None:
    """Take in a job that has made a version."""
    (tmp_path / work.VERSION).mkdir()
    work.take_in(
        shop, tmp_path, {"model": "demand", "version": name, "summary": {"figures": {}}, "trial": trial.to_dict()}
    )


def test_a_job_only_proposes_unless_the_policy_says_more(shop: Workspace, tmp_path: Path) -> None:
    taken(shop, tmp_path, BETTER)
    assert versions.active(shop) == "v1"
    assert [one.version for one in updates.proposals(shop)] == ["v3"]  # the older one has made room
    assert "proposed" in updates.heard(shop)[0]
    assert updates.heard(shop) == []


def test_a_winner_is_used_by_itself_where_the_policy_says_so_and_it_is_told(shop: Workspace, tmp_path: Path) -> None:
    updates.keep_policy(shop, Policy(margin=0.1, automatic=True))
    taken(shop, tmp_path, BETTER)
    assert versions.active(shop) == "v3" and updates.proposals(shop) == []
    assert "v3 is in use" in updates.heard(shop)[0]
    last = updates.history(shop).iloc[0]
    assert last["made_by"] == work.AUTOMATIC and "won its trial" in last["reason"]
    assert updates.back(shop, "demand") == "v1"


@pytest.mark.parametrize("trial", [replace(BETTER, difference=-0.01, high=-0.001), replace(BETTER, against="another")])
def test_who_has_not_won_against_the_one_in_use_only_waits(shop: Workspace, tmp_path: Path, trial: Trial) -> None:
    updates.keep_policy(shop, Policy(margin=0.1, automatic=True))
    taken(shop, tmp_path, trial)
    assert versions.active(shop) == "v1" and len(updates.proposals(shop)) == 1


def test_what_a_killed_job_left_behind_is_not_registered(shop: Workspace, tmp_path: Path) -> None:
    work.take_in(shop, tmp_path, {"model": "demand", "version": "v9", "summary": {}, "trial": BETTER.to_dict()})
    assert "v9" not in set(versions.listed(shop)["version"])


def test_another_fit_of_prices_is_as_good_as_other_data(shop: Workspace) -> None:
    made(shop, "prices-1", "prices", use=True)
    before = shop.version
    made(shop, "prices-2", "prices")
    assert shop.version == before
    versions.activate(shop, "prices-2")
    assert shop.version == before + 1
    updates.follow(shop, "prices", "Anna")
    assert versions.active(shop, "prices") is None and versions.earlier(shop, "prices") == "prices-2"


def test_of_much_news_the_latest_stays(workspace: Workspace) -> None:
    for at in range(9):
        news.tell(workspace, f"word {at}")
    assert news.heard(workspace) == [f"word {at}" for at in range(4, 9)]


def test_verdicts_are_there_without_a_model_and_without_sales(workspace: Workspace) -> None:
    (one,) = updates.verdicts(workspace)
    assert one.severity == "act" and "none is in use" in one.words


def test_verdicts_go_by_what_came_since(shop: Workspace) -> None:
    made(shop, "ads-1", "ads", use=True)
    found = {one.kind: one for one in updates.verdicts(shop)}
    assert found["ads"].severity == "good" and "30 June 2025; 12 weeks" in found["ads"].words
    assert any("waits for a decision" in sign.words for sign in found["demand"].signs)


def test_a_plan_says_which_of_its_models_are_not_in_use_any_more(shop: Workspace) -> None:
    made(shop, "p1", "preference", use=True)
    rows = {one.name: one for one in updates.made_with(shop, {"demand": "v0", "preference": "p1", "data": 3})}
    assert rows["Forecaster"].moved and (rows["Forecaster"].then, rows["Forecaster"].now) == ("v0", "v1")
    assert not rows["Preference scorer"].moved
    assert not rows["Ads response"].moved and rows["Ads response"].then == ""

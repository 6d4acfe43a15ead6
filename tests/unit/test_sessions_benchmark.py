"""What the benchmark of two sessions counts: lost edits, conflicts in a log, and what does not count."""

from core import scenarios
from core.workspace import Workspace
from tests.benchmarks import sessions


def test_an_edit_that_is_not_in_the_database_is_lost(workspace: Workspace) -> None:
    scenarios.create(workspace, "Of 0, 3", scenarios.get(workspace.cursor()).wishes, "Anna")
    confirmed = [
        ("scenario", "Of 0, 3"),
        ("scenario", "Of 1, 4"),
        ("label", ("purchase intent", 1)),
        ("price", ("N", 2.0)),
    ]
    confirmed += [("decision", 501), ("limit", (0, 10_000))]
    assert sessions._lost(workspace, confirmed[:1]) == []
    assert len(sessions._lost(workspace, confirmed)) == 5


def test_the_last_limit_of_either_person_may_stand_there(workspace: Workspace) -> None:
    scenarios.keep_thresholds(workspace, scenarios.Thresholds(stock_money=20_001.0))
    told = [("limit", (0, 10_000)), ("limit", (1, 20_001)), ("limit", (0, 10_002))]
    assert sessions._lost(workspace, told) == []
    scenarios.keep_thresholds(workspace, scenarios.Thresholds(stock_money=10_000.0))  # which was overwritten since
    assert len(sessions._lost(workspace, told)) == 3


def test_conflicts_and_exceptions_are_found_in_a_log() -> None:
    log = "ready\nTransactionContext Error: Conflict on tuple deletion!\nTraceback (most recent call last):\nfine\n"
    assert len(sessions._faults(log)) == 2
    assert sessions._faults("Traceback (most recent call last):\ntornado.websocket.WebSocketClosedError\n") == []

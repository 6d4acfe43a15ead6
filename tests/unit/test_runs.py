"""Logs of runs: curves and TensorBoard files are written, other loggers only where set up, and none can do harm."""

import json
import struct
import sys
import types
from pathlib import Path

import pytest
from tensorboardX.proto.event_pb2 import Event

from core.runs import RunLog
from core.settings import Settings


@pytest.fixture(autouse=True)
def no_logger_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("WANDB_API_KEY", raising=False)


def events(folder: Path) -> list[Event]:
    """What TensorBoard would read: records of a length, its checksum, the event and its checksum."""
    (path,) = folder.glob("events.out.tfevents.*")
    content, at, found = path.read_bytes(), 0, []
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        found.append(Event.FromString(content[at + 12 : at + 12 + length]))
        at += 12 + length + 4
    return found


def scalars(folder: Path) -> list[tuple[str, int, float]]:
    return [
        (value.tag, event.step, round(value.simple_value, 4))
        for event in events(folder)
        for value in event.summary.value
        if value.HasField("simple_value")
    ]


def test_curves_and_figures_are_written(tmp_path: Path) -> None:
    with RunLog(tmp_path / "run", tmp_path / "curves.jsonl", "train", Settings()) as log:
        log("loss", 1, 0.5)
        log("loss", 2, 0.25)
        log.close({"summary": {"check": {"wape": 0.75, "true": [1.0]}, "seconds": 3.0, "data": "abc"}})
    lines = (tmp_path / "curves.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [["loss", 1, 0.5], ["loss", 2, 0.25]]
    points = [("loss", 1, 0.5), ("loss", 2, 0.25), ("result/check_wape", 0, 0.75), ("result/seconds", 0, 3.0)]
    assert scalars(tmp_path / "run") == points


def test_no_secret_and_no_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hush-hush")
    settings = Settings(encoder="/home/somebody/models/my-bert")
    with RunLog(tmp_path / "run", tmp_path / "curves.jsonl", "train", settings) as log:
        log("loss", 1, 0.5)
    (path,) = (tmp_path / "run").iterdir()
    content = path.read_bytes()
    assert b"my-bert" in content
    assert b"somebody" not in content
    assert b"hush-hush" not in content


class Broken(types.ModuleType):
    """A logger that is installed and whose server is away."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ConnectionError("no route to https://user:secret@tracking")


def test_a_logger_that_fails_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Broken("mlflow")
    broken.__spec__ = types.SimpleNamespace(name="mlflow")
    monkeypatch.setitem(sys.modules, "mlflow", broken)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with RunLog(tmp_path / "run", tmp_path / "curves.jsonl", "train", Settings()) as log:
        log("loss", 1, 0.5)
        log.close({"seconds": 1.0})
    assert scalars(tmp_path / "run") == [("loss", 1, 0.5), ("result/seconds", 0, 1.0)]
    said = capsys.readouterr().out
    assert "ConnectionError" in said
    assert "secret" not in said


def test_a_disk_that_cannot_be_written_stops_no_training(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    with RunLog(tmp_path / "run", tmp_path / "curves.jsonl", "train", Settings()) as log:
        log("loss", 1, 0.5)
    assert (tmp_path / "curves.jsonl").exists()
    with RunLog(tmp_path / "again", tmp_path / "run" / "curves.jsonl", "train", Settings()) as log:
        log("loss", 1, 0.5)
        log("loss", 2, 0.25)
    assert scalars(tmp_path / "again") == [("loss", 1, 0.5), ("loss", 2, 0.25)]

"""The terminal's verbs around the model: search for settings, train with them, and look after versions."""

import json
from pathlib import Path

import pytest

from core import versions
from core.__main__ import main
from core.workspace import Workspace, home
from tests.conftest import WEEKS, Files, fill

FROZEN = ("--horizon", str(WEEKS), "--adapter", "frozen")


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings take every core they see, and on a busy machine threads that wait for each other take minutes."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)


@pytest.fixture
def shop(small_files: Files) -> None:
    with Workspace(home()) as workspace:
        fill(workspace, small_files)


def test_settings_that_were_found_are_trained_and_the_version_goes_round(
    shop: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "found.json"
    assert main(["search", "--minutes", "0.001", "--out", str(found), *FROZEN]) == 0
    said = capsys.readouterr().out
    assert "adapter frozen" in said
    assert "best" in said
    assert json.loads(found.read_text())["settings"]["weeks"] == WEEKS

    assert main(["train", "--settings", str(found), "--seed", "3"]) == 0
    capsys.readouterr()
    with Workspace(home()) as workspace:
        name = versions.active(workspace)
        settings = versions.listed(workspace)["summary"][0]["settings"]
        (run,) = (workspace.artifacts / "runs").iterdir()
    assert name is not None
    assert (settings["weeks"], settings["adapter"], settings["schedule"]["seed"]) == (WEEKS, "frozen", 3)
    assert list(run.glob("events.out.tfevents.*"))

    file = tmp_path / "version.zip"
    assert main(["versions", "--export", name, str(file)]) == 0
    assert main(["versions", "--load", str(file)]) == 0
    said = capsys.readouterr().out
    assert f"{name}-2 is loaded" in said
    assert f"* {name} " in said
    assert main(["versions", "--activate", f"{name}-2", "--delete", name]) == 0
    assert capsys.readouterr().out.startswith(f"* {name}-2 ")


def test_what_cannot_be_done_is_said(shop: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (broken := tmp_path / "broken.json").write_text('{"weeks": ')
    for arguments, words in (
        (["versions", "--activate", "gone"], "There is no version gone"),
        (["versions", "--export", "gone", str(tmp_path / "a.zip")], "There is no version gone"),
        (["versions", "--load", str(tmp_path / "gone.zip")], "gone.zip is no version"),
        (["train", "--settings", str(broken)], "broken.json holds no settings"),
        (["train", "--epochs", "0"], "epochs is 0; it must be a whole number from 1 to 100"),
        (["search", "--minutes", "0", *FROZEN], "must be more than 0"),
        (["import", "--look", str(tmp_path)], str(tmp_path)),
    ):
        assert main(arguments) == 1
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [["train", "--adapter", "magic"], ["search", "--cut", "soon"], ["versions", "x"]])
def test_wrong_use_is_told_with_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2

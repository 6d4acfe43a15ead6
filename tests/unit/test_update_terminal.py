"""`python -m core update`: look, update, accept, go back, and what a schedule asks for at night."""

import shutil
from pathlib import Path

import pytest

from core import updates, versions
from core.__main__ import main
from core.prices import fitted
from core.update import pins
from core.updates import Policy
from core.workspace import Workspace
from tests.conftest import Files, fill, load_into

MORE = "\n".join(["date,product_id,units,unit_price", *(f"2025-01-{day:02},P-001,2,6.0" for day in range(1, 29))])


@pytest.fixture(scope="module")
def grown_shop(small_files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a price response that was kept, and four weeks of sales since; to be copied."""
    folder = tmp_path_factory.mktemp("grown_shop") / "shop"
    with Workspace(folder) as shop:
        fill(shop, small_files)
        fitted.responses(shop)
        assert pins.pin(shop) == ["prices"]
        load_into(shop, MORE, "sales")
    return folder


@pytest.fixture
def grown(debut_home: Path, grown_shop: Path) -> Path:
    """The same as one's own shop."""
    return Path(shutil.copytree(grown_shop, debut_home, dirs_exist_ok=True))


def test_a_newer_model_is_proposed_accepted_and_taken_back(grown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["update", "prices"]) == 0
    said = capsys.readouterr().out
    assert "Elasticity of the shop" in said and "is proposed" in said
    with Workspace(grown) as shop:
        before = versions.active(shop, "prices")
        (one,) = updates.proposals(shop)
    assert main(["update", "--accept", one.version]) == 0
    assert main(["update", "prices", "--back"]) == 0
    assert f"{before} is in use again" in capsys.readouterr().out
    assert main(["update", "--accept", one.version]) == 1
    assert "no proposal any more" in capsys.readouterr().err


def test_a_schedule_is_asked_once_for_a_state_of_the_data(grown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["update", "--due"]) == 0
    assert "Nothing is due" in capsys.readouterr().out
    with Workspace(grown) as shop:
        updates.keep_policy(shop, Policy("weekly"))
    assert main(["update", "--due"]) == 0
    assert "Price response" in capsys.readouterr().out
    assert main(["update", "--due"]) == 0
    assert "Nothing is due" in capsys.readouterr().out


def test_looking_needs_no_model(grown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["update", "--look"]) == 0
    said = capsys.readouterr().out
    assert "none is in use" in said and "Price response: still good" in said


def test_without_a_model_it_says_what_to_do(grown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["update"]) == 1
    assert "Train one first" in capsys.readouterr().err

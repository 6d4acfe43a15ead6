"""What the tests do on the Data page."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.ui.reading import ending, table, tick

__all__ = ["badges", "choose", "decide", "drop", "findings", "load", "loaded", "upload"]


def drop(at: AppTest, files: dict[str, str | bytes]) -> AppTest:
    """Drop files together into the uploader that is empty now."""
    uploader = next(one for one in at.file_uploader if one.key.startswith("data_"))
    for name, content in files.items():
        uploader.upload(name, content.encode() if isinstance(content, str) else content)
    at.run()
    assert not at.exception
    return at


def upload(at: AppTest, content: str | bytes, name: str = "orders.csv") -> AppTest:
    """Drop one file."""
    return drop(at, {name: content})


def load(at: AppTest) -> AppTest:
    """Click Load below the one file that is in review."""
    button = ending(at.button, "_load")
    assert not button.disabled
    button.click().run()
    assert not at.exception
    return at


def loaded(at: AppTest) -> int:
    """How many imports the page lists."""
    return sum(len(frame.value) for frame in at.dataframe if frame.proto.alt == "Imports")


def choose(at: AppTest, row: int) -> AppTest:
    """Tick a row of the list of imports."""
    return tick(at, "Imports", row)


def badges(at: AppTest) -> str:
    """What the files under review were recognised as."""
    return " ".join(one.value for one in at.markdown if "-badge[" in one.value).replace("\\", "")


def findings(at: AppTest) -> dict[str, Any]:
    """The switches of the quality report, by what they are about."""
    about = "What to do about: "
    return {one.label.removeprefix(about): one for one in at.segmented_control if one.label.startswith(about)}


def decide(at: AppTest, about: str, action: str) -> AppTest:
    """Turn a switch of the quality report."""
    findings(at)[about].set_value(action).run()
    assert not at.exception
    return at


def stored(at: AppTest, row: int, column: str) -> Any:
    """One cell of the list of imports."""
    return table(at, "Imports")[column][row]

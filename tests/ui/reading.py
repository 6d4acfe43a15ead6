"""What the tests ask of a page that AppTest has drawn."""

import re
import time
from collections.abc import Iterable
from typing import Any

from streamlit.testing.v1 import AppTest

from core.jobs.state import kept
from core.workspace import demo_folder, home

__all__ = ["caption", "download", "ending", "labelled", "links", "metrics", "said", "table", "tick", "until_ended"]


def metrics(at: AppTest) -> dict[str, str]:
    """Label to value of the page's figures; raw, as formats are applied in the browser."""
    return {metric.label: metric.value for metric in at.metric}


def table(at: AppTest, name: str) -> Any:
    """The frame behind the table that a screen reader calls so."""
    return next(frame for frame in at.dataframe if frame.proto.alt == name).value


def tick(at: AppTest, name: str, row: int) -> AppTest:
    """Tick a row of the table that a screen reader calls so."""
    frame = next(frame for frame in at.dataframe if frame.proto.alt == name)
    key = frame.proto.id.split("-", 2)[-1]  # the key that the page gave it ends its id
    at.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return at.run()


def caption(at: AppTest) -> str:
    """All small print of the page."""
    return " ".join(element.value for element in at.caption)


def links(at: AppTest) -> list[str]:
    """Labels of the links to other pages."""
    return [link.proto.label for link in at.get("page_link")]


def download(at: AppTest, key: str) -> Any:
    """The download button with this key."""
    return next(button for button in at.get("download_button") if button.key == key)


def labelled(elements: Iterable[Any], label: str) -> Any:
    """The one widget with this label."""
    return next(element for element in elements if element.label == label)


def ending(elements: Iterable[Any], key: str) -> Any:
    """The one widget whose key ends so."""
    return next(element for element in elements if (element.key or "").endswith(key))


def said(at: AppTest) -> str:
    """Every message of the page, whatever its colour, as a person reads it."""
    shown = " ".join(element.value for kind in (at.error, at.warning, at.info, at.success) for element in kind)
    return re.sub(r"\\(.)", r"\1", shown)


def until_ended(at: AppTest, seconds: float = 240) -> AppTest:
    """Look again and again, as the page itself does, until its job has ended; only one that hangs runs into the end.

    The page is drawn at most once in two seconds: a job shares its processor with whoever looks at it.
    """
    deadline = time.monotonic() + seconds
    while at.get("progress") and time.monotonic() < deadline:
        look = time.monotonic() + 2
        while at_work() and time.monotonic() < look:
            time.sleep(0.1)
        at.run()
    assert not at.exception
    assert not at.get("progress")
    return at


def at_work() -> bool:
    """Whether a job of either shop has not ended."""
    return any(
        job.state in ("waiting", "running")
        for shop in (home(), demo_folder())
        for job in kept(shop / "artifacts" / "jobs")
    )

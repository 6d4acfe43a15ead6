"""Errors made for a person: what is wrong, where, and what to do.

A page shows them with `st.error(error.message, title=error.title)`, the terminal prints them on one line.
Errors of libraries are turned into these at the edge, with `raise ... from error`.
"""

__all__ = ["BadFile", "DebutError", "NotReady", "WorkspaceBusy"]


class DebutError(Exception):
    """What a person can mend. `title` says what failed, `message` why and what to do."""

    title = "That did not work"

    def __init__(self, message: str, title: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.title = title or type(self).title


class BadFile(DebutError):
    """A file cannot be loaded as it is; names the file, the row, the column."""

    title = "This file could not be loaded"


class NotReady(DebutError):
    """Something has to be done first: data loaded, a model trained."""

    title = "Not ready yet"


class WorkspaceBusy(DebutError):
    """Another process holds the shop's file."""

    title = "The shop is open elsewhere"

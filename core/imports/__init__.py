"""Exports in: a file becomes rows of the workspace in one transaction.

for staged in stage(workspace, name, path_or_bytes):     read.py         unpack, decode, find the header
    reading = recognise(workspace, staged)               recognise.py    whose export, which column is which
    reviews = review(workspace, staged, reading)         review.py       what is odd in it, before anything is stored
    reports = load(workspace, staged, reading)           load.py         convert, mend, merge, commit
"""

from core.imports.batches import batches, bring_back, set_aside_rows, undo
from core.imports.load import check, load
from core.imports.quality import Action, Finding
from core.imports.read import Staged, preview, stage
from core.imports.recognise import Reading, recognise
from core.imports.review import Review, review
from core.imports.store import Report

__all__ = [
    "Action",
    "Finding",
    "Reading",
    "Report",
    "Review",
    "Staged",
    "batches",
    "bring_back",
    "check",
    "load",
    "preview",
    "recognise",
    "review",
    "set_aside_rows",
    "stage",
    "undo",
]

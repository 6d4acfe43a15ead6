"""Exports in: a CSV becomes rows of the workspace in one transaction.

staged = stage(workspace, name, path_or_bytes)     read.py      encoding, delimiter, header
mapping = propose(staged.headers)                  mapping.py   which header is which column
report = load(workspace, staged, mapping)          load.py      convert, check, set aside, commit
"""

from core.imports.load import Report, batches, load, set_aside_rows, undo
from core.imports.mapping import Mapping, propose
from core.imports.read import Staged, preview, stage

__all__ = [
    "Mapping",
    "Report",
    "Staged",
    "batches",
    "load",
    "preview",
    "propose",
    "set_aside_rows",
    "stage",
    "undo",
]

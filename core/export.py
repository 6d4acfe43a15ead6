"""Tables out: CSV that a spreadsheet opens without harm."""

import csv

import pandas as pd

__all__ = ["to_csv"]

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a cell that starts so is run as a formula


def to_csv(frame: pd.DataFrame, decimals: int = 2) -> bytes:
    """UTF-8 CSV with a byte order mark, so that spreadsheets read accents; text cells cannot be formulas."""
    safe = frame.copy()
    for name in safe.columns:
        column = safe[name]
        if pd.api.types.is_float_dtype(column):
            safe[name] = column.round(decimals if column.abs().max() >= 1 else 6)
        elif pd.api.types.is_datetime64_any_dtype(column):
            safe[name] = column.dt.strftime("%Y-%m-%d")
        elif not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            safe[name] = column.map(harmless, na_action="ignore")
    return safe.to_csv(index=False, quoting=csv.QUOTE_MINIMAL).encode("utf-8-sig")


def harmless(cell: object) -> object:
    """A text cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell

"""Tables out: CSV that a spreadsheet opens without harm."""

import re

import pandas as pd

__all__ = ["harmless", "to_csv"]

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a cell that starts so is run as a formula
NUMBER = re.compile(r"[+-]?\d[\d.,]*")


def to_csv(frame: pd.DataFrame, decimals: int = 2) -> bytes:
    """UTF-8 CSV with a byte order mark, so that spreadsheets read accents; text cells cannot be formulas."""
    columns = [_written(frame.iloc[:, at], decimals) for at in range(frame.shape[1])]
    safe = pd.concat(columns, axis=1) if columns else frame
    header = [harmless(str(name)) for name in frame.columns]
    return safe.to_csv(index=False, header=header).encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A text cell that no spreadsheet takes for a formula, on one row."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if cell.startswith(DANGEROUS) and not NUMBER.fullmatch(cell) else cell


def _written(column: pd.Series, decimals: int) -> pd.Series:
    if pd.api.types.is_float_dtype(column):
        return column.round(decimals if column.abs().max() >= 1 else 6)
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column
    return column.map(lambda cell: harmless(cell) if isinstance(cell, str) else cell, na_action="ignore")

"""What a file is, by its first bytes: its ending and its name prove nothing."""

import re

from core.errors import BadFile

__all__ = ["GZIP", "PARQUET", "TEXT", "WORKBOOK", "ZIP", "NoTable", "kind_of", "refuse_markup", "shown_name"]

TEXT, GZIP, ZIP, WORKBOOK, PARQUET = "text", "gzip", "zip", "workbook", "parquet"
READ = ((b"\x1f\x8b", GZIP), (b"PK\x03\x04", ZIP), (b"PK\x05\x06", ZIP), (b"PAR1", PARQUET))
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and an .xlsx with a password
AS_CSV = "In your spreadsheet or shop system, save or export it as CSV (UTF-8)."
REFUSED = (
    (rb"%PDF", "a PDF", "Ask for the same report as CSV or Excel; a PDF is a picture of a table, not a table."),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\x00{4}|RIFF.{4}WEBP", "a picture", AS_CSV),
    (rb"7z\xbc\xaf\x27\x1c|Rar!|BZh[1-9]1AY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd", "packed, neither as .zip nor as .gz",
     "Unpack it and choose the CSV inside."),
    (rb"SQLite format 3\x00", "a database", AS_CSV),
)  # fmt: skip
MARKUP = (
    (r"<(!doctype html|html|head|body)\b", "a web page", "Log in to the shop system, then download the CSV again."),
    (r"<\?xml|<[a-z]+[ >]", "XML", AS_CSV),
    (r'[\[{]\s*(["\[{]|$)', "JSON", "Export it as CSV; JSON is not read."),
)  # fmt: skip


class NoTable(BadFile):
    """A text without rows or columns: a note beside the tables of a workbook or a zip may be one."""


def kind_of(first: bytes, name: str) -> str:
    """TEXT, GZIP, ZIP, WORKBOOK or PARQUET. Raises BadFile where it is empty or a binary of another sort."""
    if not first.strip(b" \t\r\n\xef\xbb\xbf"):
        raise NoTable(f"{name} is empty. Export it again, with a header line and at least one row.")
    if first.startswith(OLD_EXCEL):
        return WORKBOOK
    for pattern, what, advice in REFUSED:
        if re.match(pattern, first, re.DOTALL):
            raise BadFile(f"{name} is not a CSV but {what}, a binary file. {advice}")
    return next((kind for magic, kind in READ if first.startswith(magic)), TEXT)


def refuse_markup(text: str, name: str) -> None:
    """Raises BadFile where a text is a web page, XML or JSON."""
    for pattern, what, advice in MARKUP:
        if re.match(pattern, text.lstrip(" \t\r\n﻿")[:200], re.IGNORECASE):
            raise BadFile(f"{name} does not look like a CSV but like {what}. {advice}")


def shown_name(name: str) -> str:
    """What is shown of the user's name for a file: its last part, without signs that hide or turn the rest."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200].strip() or "the file"

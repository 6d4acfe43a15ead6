"""Reading a file as text: encodings, delimiters, packing, quoting, and words for what is no CSV."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from core import imports
from core.errors import BadFile
from core.workspace import Workspace

HEADER = ("sku", "title", "price")
PLAIN = "sku,title,price\nA1,Café mug,2.50\nB2,Fox – lamp,3.00\n"


@pytest.fixture(autouse=True)
def fresh_csv_module() -> None:
    """The longest cell of Python's csv module is one setting of the whole process: start as the app does."""
    csv.field_size_limit(131_072)


def read(workspace: Workspace, content: bytes, name: str = "file.csv") -> pd.DataFrame:
    """The rows of a file as Debut reads them, all text."""
    return imports.preview(workspace, imports.stage(workspace, name, content), rows=1000)


def packed_sheet() -> bytes:
    """What a spreadsheet program saves when asked for its own format."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_encodings(workspace: Workspace, encoding: str, packed: bool) -> None:
    content = PLAIN.encode(encoding)
    frame = read(workspace, gzip.compress(content) if packed else content)
    assert tuple(frame.columns) == HEADER
    assert frame["title"].tolist() == ["Café mug", "Fox – lamp"]


def test_a_byte_that_is_no_utf8_far_into_the_file_is_read_as_western(workspace: Workspace) -> None:
    rows = "".join(f"A{i},plain mug,2.50\n" for i in range(20_000))
    frame = imports.preview(
        workspace, imports.stage(workspace, "a.csv", f"sku,title,price\n{rows}Z,Café,1\n".encode("cp1252")), 30_000
    )
    assert frame["title"].iloc[-1] == "Café"
    assert len(frame) == 20_001


def test_the_last_letter_of_a_western_file_is_kept(workspace: Workspace) -> None:
    assert read(workspace, "sku,title\nA1,Café".encode("cp1252"))["title"].tolist() == ["Café"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_delimiters_and_line_endings(workspace: Workspace, delimiter: str, ending: str) -> None:
    content = PLAIN.replace(",", delimiter).replace("\n", ending)
    staged = imports.stage(workspace, "file.csv", content.encode())
    assert staged.delimiter == delimiter
    assert imports.preview(workspace, staged).to_numpy().tolist() == [
        ["A1", "Café mug", "2.50"],
        ["B2", "Fox – lamp", "3.00"],
    ]


def test_a_decimal_comma_is_not_the_delimiter(workspace: Workspace) -> None:
    frame = read(workspace, b"sku;title;price\nA1;Mug, large;2,50\nB2;Lamp, small;3,00\n")
    assert frame["price"].tolist() == ["2,50", "3,00"]
    assert frame["title"].tolist() == ["Mug, large", "Lamp, small"]


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks(workspace: Workspace) -> None:
    frame = read(workspace, b'sku,title,price\nA1,"a ""big"", red\nmug",2\nB2,"two\r\nlines",3\n')
    assert frame["title"].tolist() == ['a "big", red\nmug', "two\r\nlines"]
    assert frame["price"].tolist() == ["2", "3"]


def test_a_hash_is_no_comment(workspace: Workspace) -> None:
    frame = read(workspace, b"#sku,title,price\n#1,#mug,1\nA2,lamp # 2,2\n#,#,#\n")
    assert tuple(frame.columns) == ("#sku", "title", "price")
    assert frame["title"].tolist() == ["#mug", "lamp # 2", "#"]


def test_codes_and_numbers_stay_text(workspace: Workspace) -> None:
    frame = read(workspace, b"sku,title,price\n00123,null,1e5\n1E10,NA,\n")
    assert frame.fillna("").to_numpy().tolist() == [["00123", "null", "1e5"], ["1E10", "NA", ""]]


def test_short_rows_are_filled_up(workspace: Workspace) -> None:
    frame = read(workspace, b"sku,title,price\nA1,mug\nB2,lamp,3\n")
    assert frame["price"].isna().tolist() == [True, False]


def test_a_row_with_too_many_cells_is_named(workspace: Workspace) -> None:
    rows = "".join(f"A{i},mug,1\n" for i in range(10))
    with pytest.raises(BadFile, match=r"file\.csv, row 12: the header has 3 columns but this row has 4"):
        read(workspace, f"sku,title,price\n{rows}B1,mug, large,1\n".encode())


@pytest.mark.parametrize(
    "row",
    [b'B2,"lamp,2', b'B2,lamp,"2', b'"B2,lamp,2', b'B2,"la"mp,2', b'B2,"lamp,2\nC3,"vase",3'],
    ids=["in the middle", "in the last cell", "in the first cell", "closed too early", "before another quote"],
)
def test_a_quote_that_is_never_closed_is_refused(workspace: Workspace, row: bytes) -> None:
    with pytest.raises(BadFile, match=r"file\.csv.*quote"):
        read(workspace, b"sku,title,price\nA1,mug,1\n" + row + b"\nD4,vase,3\nE5,cup,4\n")


def test_a_quote_inside_a_word_is_a_letter(workspace: Workspace) -> None:
    assert read(workspace, b'sku,title\nA1,frame 8" x 10"\nB2,lamp\n')["title"].tolist() == ['frame 8" x 10"', "lamp"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\n ", "is empty"),
        (b"\xef\xbb\xbf", "is empty|no columns"),
        ("\n\n".encode("utf-16"), "is empty|no columns"),
        (gzip.compress(b""), "is empty"),
        (b"sku,title\n", "a header but no rows"),
        (b"sku\nA1\nB2\n", "does not look like a CSV"),
        (b"<html><body>log in first</body></html>\n", "does not look like a CSV"),
        (json.dumps({"text": "x " * 100_000}).encode(), "does not look like a CSV|cannot be read as CSV"),
        (packed_sheet(), "binary file.*save it as CSV"),
        (gzip.compress(packed_sheet()), "binary file"),
        (b"%PDF-1.7\nsku,title\n", "binary file"),
        (b"sku,title\nA1,\x00\x00\n", "binary file"),
        (b"sku,title\n" + b"A1,mug\n" * 60_000 + b"A2,\x00\n", "binary data"),
        (gzip.compress(PLAIN.encode() * 1000)[:-200], "cut off or damaged"),
        (gzip.compress(PLAIN.encode())[:12], "cut off or damaged"),
        (b"\x1f\x8b\x08\x00 and then words", "cut off or damaged"),
        (b",".join(b"c%d" % i for i in range(3000)) + b"\n1,2\n", "3,000 columns"),
    ],
    ids=[
        *("nothing", "blank", "only a BOM", "blank UTF-16", "empty gz", "header only", "one column", "web page"),
        *("one long line of JSON", "xlsx", "xlsx in gz", "pdf", "NUL", "late NUL", "cut gz", "cut gz at the start"),
        *("damaged gz", "too many columns"),
    ],
)
def test_what_is_no_csv_is_refused_in_words(workspace: Workspace, content: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=rf"upload\.csv.*({words})"):
        imports.stage(workspace, "upload.csv", content)
    assert list(workspace.incoming.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "/etc/passwd", "..", "", "a'b\".csv", "x" * 500 + ".csv", "${HOME}", "COM1", "*.csv"],
)
def test_the_users_name_for_a_file_is_only_shown(workspace: Workspace, name: str) -> None:
    staged = imports.stage(workspace, name, PLAIN.encode())
    assert "/" not in staged.name
    assert staged.path.parent == workspace.incoming
    assert list(workspace.incoming.iterdir()) == [staged.path]
    staged.discard()
    assert list(workspace.incoming.iterdir()) == []


def test_a_path_is_read_like_its_content(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    by_path, by_content = (imports.stage(workspace, path.name, source) for source in (path, path.read_bytes()))
    assert by_path.sha256 == by_content.sha256
    assert by_path.path.read_bytes() == by_content.path.read_bytes()


def test_a_missing_file_and_a_folder_are_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no such file"):
        imports.stage(workspace, "gone.csv", tmp_path / "gone.csv")
    with pytest.raises(BadFile, match="is a folder"):
        imports.stage(workspace, "folder", tmp_path)

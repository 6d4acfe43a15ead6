"""Reading a file as text: encodings, delimiters, packing, quoting, and words for what is no CSV."""

import csv
import gzip
import hashlib
import io
import json
import random
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from core import imports
from core.errors import BadFile
from core.imports.files.scan import Scan
from core.imports.read import staged_rows
from core.workspace import Workspace
from tests.hostile import cells, parquet, workbook, zipped

SAMPLES = Path(__file__).parents[3] / "shared" / "exports" / "samples"
EXPECTED = json.loads((SAMPLES / "EXPECTED.json").read_text()) if (SAMPLES / "EXPECTED.json").exists() else {}
ENCODINGS = {"gb18030": "GB18030 (Chinese)", "cp1252": "Western European", "utf-16+BOM": "UTF-16"}

HEADER = ("sku", "title", "price")
PLAIN = "sku,title,price\nA1,Café mug,2.50\nB2,Fox – lamp,3.00\n"


@pytest.fixture(autouse=True)
def fresh_csv_module() -> None:
    """The longest cell of Python's csv module is one setting of the whole process: start as the app does."""
    csv.field_size_limit(131_072)


def read(workspace: Workspace, content: bytes, name: str = "file.csv") -> pd.DataFrame:
    """The rows of a file as Debut reads them, all text."""
    return imports.preview(workspace, imports.stage(workspace, name, content)[0], rows=1000)


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
        workspace, imports.stage(workspace, "a.csv", f"sku,title,price\n{rows}Z,Café,1\n".encode("cp1252"))[0], 30_000
    )
    assert frame["title"].iloc[-1] == "Café"
    assert len(frame) == 20_001


def test_the_last_letter_of_a_western_file_is_kept(workspace: Workspace) -> None:
    assert read(workspace, "sku,title\nA1,Café".encode("cp1252"))["title"].tolist() == ["Café"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_delimiters_and_line_endings(workspace: Workspace, delimiter: str, ending: str) -> None:
    content = PLAIN.replace(",", delimiter).replace("\n", ending)
    (staged,) = imports.stage(workspace, "file.csv", content.encode())
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
        (packed_sheet(), "holds no CSV; it holds sheet1.xml"),
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
        *(
            "one long line of JSON",
            "zip without a CSV",
            "xlsx in gz",
            "pdf",
            "NUL",
            "late NUL",
            "cut gz",
            "cut gz at the start",
        ),
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
    (staged,) = imports.stage(workspace, name, PLAIN.encode())
    assert "/" not in staged.name
    assert staged.path.parent == workspace.incoming
    assert list(workspace.incoming.iterdir()) == [staged.path]
    staged.discard()
    assert list(workspace.incoming.iterdir()) == []


def test_a_path_is_read_like_its_content(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    by_path, by_content = (imports.stage(workspace, path.name, source)[0] for source in (path, path.read_bytes()))
    assert by_path.sha256 == by_content.sha256
    assert by_path.path.read_bytes() == by_content.path.read_bytes()


def test_a_missing_file_and_a_folder_are_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no such file"):
        imports.stage(workspace, "gone.csv", tmp_path / "gone.csv")
    with pytest.raises(BadFile, match="is a folder"):
        imports.stage(workspace, "folder", tmp_path)


def count(workspace: Workspace, staged: imports.Staged) -> int:
    """Rows in which anything stands."""
    sql, parameters = staged_rows(staged)
    filled = ", ".join(f"c{at}" for at in range(len(staged.headers)))
    query = f"SELECT count(*) FROM {sql} WHERE coalesce({filled}) IS NOT NULL"
    return workspace.cursor().execute(query, parameters).fetchall()[0][0]


@pytest.mark.skipif(not EXPECTED, reason="the sample exports are no part of the repository")
@pytest.mark.parametrize("sample", EXPECTED)
def test_real_exports_are_read_as_they_are(workspace: Workspace, sample: str) -> None:
    expected, content = EXPECTED[sample], (SAMPLES / sample).read_bytes()
    (staged,) = imports.stage(workspace, sample, SAMPLES / sample)
    plain = "UTF-8" if content.isascii() else ENCODINGS.get(expected["encoding"], "UTF-8")
    assert staged.encoding == plain
    assert staged.delimiter == expected["delimiter"]
    assert staged.first_row == expected["header_record"] + 2
    assert len(staged.headers) == expected["columns"]
    assert count(workspace, staged) == expected["data_rows"] + expected["dropped_rows"]
    assert staged.original is not None
    assert staged.original.read_bytes() == content
    assert staged.sha256 == hashlib.sha256(content).hexdigest()


ADS = "Day,Campaign,Cost,Clicks\n2026-08-01,Mugs,12.5,7\n"


@pytest.mark.parametrize(
    ("above", "preamble"),
    [
        ('Campaign report\n"Aug 1, 2026 - Aug 2, 2026"\n', ("Campaign report", "Aug 1, 2026 - Aug 2, 2026")),
        ("Campaign report\nJuly 8, 2025 - July 31, 2025\n", ("Campaign report", "July 8, 2025 - July 31, 2025")),
        ("# ---\n# Start date: 20260801\n#\n", ("# ---", "# Start date: 20260801", "#")),
        ("\n\n", ()),
        ("sep=,\n", ("sep=,",)),
        (",,,\nReport,,,\n", ("Report,,,",)),
        ("版本\n统计日期 2026-09-06\n\n说明: a\n", ("版本", "统计日期 2026-09-06", "说明: a")),
    ],
    ids=["quoted period", "unquoted period", "remarks", "blank", "sep", "blank cells", "four lines"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_lines_above_the_header_are_kept_apart(
    workspace: Workspace, above: str, preamble: tuple[str, ...], encoding: str, ending: str
) -> None:
    content = (above + ADS).replace("\n", ending).encode(encoding)
    (staged,) = imports.stage(workspace, "ads.csv", content)
    assert staged.headers == ("Day", "Campaign", "Cost", "Clicks")
    assert staged.preamble == preamble
    assert staged.first_row == above.count("\n") + 2
    assert staged.path.read_bytes().removeprefix(b"\xef\xbb\xbf").startswith(b"Day,")
    assert imports.preview(workspace, staged)["Campaign"].tolist() == ["Mugs"]


def test_a_total_marked_beside_the_last_column_has_a_column(workspace: Workspace) -> None:
    content = b"Item name,Items viewed,Item revenue\n,500,12.0,Grand total\nMug,500,12.0\n"
    (staged,) = imports.stage(workspace, "ga4.csv", content)
    assert staged.headers == ("Item name", "Items viewed", "Item revenue", "column 4")
    assert imports.preview(workspace, staged)["column 4"].fillna("").tolist() == ["Grand total", ""]


def test_a_told_delimiter_is_obeyed(workspace: Workspace) -> None:
    (staged,) = imports.stage(workspace, "a.csv", b"sep=;\r\nx,y;z\r\n1,2;3\r\n")
    assert (staged.delimiter, staged.headers) == (";", ("x,y", "z"))


def test_of_keys_and_names_the_names_are_the_header(workspace: Workspace) -> None:
    content = "version 1.00\ntitle\tprice\tdescription\n宝贝标题\t价格\t描述\n马克杯\t12.50\t陶瓷\n".encode("utf-16")
    (staged,) = imports.stage(workspace, "items.csv", content)
    assert staged.headers == ("宝贝标题", "价格", "描述")
    assert staged.first_row == 4


def test_a_title_above_unknown_headers_is_no_header(workspace: Workspace) -> None:
    (staged,) = imports.stage(workspace, "a.csv", b"My list\n\nfoo,bar,baz\n1,2,3\n4,5,6\n")
    assert (staged.headers, staged.first_row) == (("foo", "bar", "baz"), 4)


def test_words_of_a_profile_find_its_header(workspace: Workspace) -> None:
    content = b"kassa,een\nartnr,stuks,dag\nA1,2,3\n"
    assert imports.stage(workspace, "a.csv", content)[0].headers[0] == "kassa"
    assert imports.stage(workspace, "a.csv", content, frozenset({"artnr", "stuks"}))[0].headers[0] == "artnr"


@pytest.mark.parametrize(
    ("row", "guarded"),
    [
        ("A1,plain = text,1", False),
        ("A1,it's mine,1", False),
        ("A1,'00123,1", True),
        ("'A1,x,1", True),
        ('A1,"=""00123""",1', True),
        ('A1,="00123",1', True),
        ("A1,x\t,1", True),
        ("A1,x,\t1", True),
        ("A1,two\twords,1", False),
    ],
)
def test_guards_against_spreadsheets_are_noticed(workspace: Workspace, row: str, guarded: bool) -> None:
    (staged,) = imports.stage(workspace, "a.csv", f"sku,title,price\nB0,y,2\n{row}\n".encode())
    assert staged.guarded is guarded


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_one_look_finds_what_a_slow_reader_finds(delimiter: str) -> None:
    dice = random.Random(0)
    for _ in range(400):
        content = bytes(
            dice.choices(b'ab,\t "\n\r', (8, 8, 4, 4, 2, dice.choice((0, 1, 3)), 2, dice.choice((0, 2))), k=300)
        )
        scan, at = Scan(delimiter, "a.csv"), 0
        while at < len(content):
            step = dice.choice((1, 3, 64, 100))
            scan.feed(content[at : at + step])
            at += step
        scan.finish()
        assert (scan.quotes, scan.loose, scan.wrapped, scan.mixed) == slow_look(content, delimiter)


def slow_look(content: bytes, delimiter: str) -> tuple[int, bool, bool, bool]:
    edge = {*delimiter.encode(), *b'"\r\n', *(b"" if delimiter == "\t" else b" ")}
    quotes, loose, wrapped, ends = 0, False, False, set()
    data = b"\n" + content + b"\n"
    for before, here, after in zip(data, data[1:], data[2:], strict=False):
        if here == ord('"'):
            loose |= (after if quotes % 2 else before) not in edge
            quotes += 1
        elif here in b"\r\n" and quotes % 2:
            wrapped = True
        elif here == ord("\n") or (here == ord("\r") and after != ord("\n")):
            ends.add((here, before == ord("\r")) if here == ord("\n") else "\r")
    return quotes, loose, wrapped, len(ends) > 1 or "\r" in ends


def test_a_mark_before_a_quoted_header_is_no_part_of_it(workspace: Workspace) -> None:
    (staged,) = imports.stage(workspace, "a.csv", b'\xef\xbb\xbf"sku, code","title"\n"A1","x"\n')
    assert (staged.headers, staged.wrapped) == (("sku, code", "title"), False)
    assert imports.preview(workspace, staged).to_numpy().tolist() == [["A1", "x"]]


def test_a_line_break_in_a_cell_is_noticed_and_kept(workspace: Workspace) -> None:
    plain, broken = b'sku,title\nA1,"x, y"\n', b'sku,title\nA1,"x\ny"\n'
    assert [imports.stage(workspace, "a.csv", content)[0].wrapped for content in (plain, broken)] == [False, True]


@pytest.mark.parametrize("quoted", [False, True])
def test_reading_in_parallel_keeps_rows_and_order(workspace: Workspace, quoted: bool) -> None:
    rows = "".join(f'{i},"mug, ""{i}"""\n' if quoted and i % 3 else f"{i}\n" for i in range(1_500_000))
    (staged,) = imports.stage(workspace, "a.csv", b"number,title,price\n" + rows.encode())
    assert not staged.wrapped
    sql, parameters = staged_rows(staged)
    kept = workspace.cursor().execute(
        f"""SELECT count(*), count(*) FILTER (c0::INT + 1 = number), count(*) FILTER (c1 = format('mug, "{{}}"', c0))
            FROM (SELECT row_number() OVER () AS number, * FROM {sql})""",
        parameters,
    )
    assert kept.fetchall() == [(1_500_000, 1_500_000, 1_000_000 if quoted else 0)]


def test_a_file_is_copied_and_never_written_to(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(PLAIN.encode())
    (staged,) = imports.stage(workspace, "file.csv", path)
    path.write_text("sku,title\nchanged,by another program\n")
    assert imports.preview(workspace, staged)["sku"].tolist() == ["A1", "B2"]
    staged.discard()
    assert path.exists()


def test_the_members_of_a_zip_are_tables_of_their_own(workspace: Workspace) -> None:
    content = zipped(
        ("a/x.csv", PLAIN.encode()), ("b/x.csv", PLAIN.encode("utf-16")), ("y.txt", PLAIN.encode("cp1252"))
    )
    staged = imports.stage(workspace, "all.zip", content)
    assert [one.name for one in staged] == ["all.zip › x.csv", "all.zip › x.csv", "all.zip › y.txt"]
    assert [one.encoding for one in staged] == ["UTF-8", "UTF-16", "Western European"]
    assert len({one.sha256 for one in staged}) == 3
    staged[0].discard()
    for one in staged[1:]:
        assert one.original is not None
        assert one.original.read_bytes() == content
        assert imports.preview(workspace, one)["title"].tolist() == ["Café mug", "Fox – lamp"]
        one.discard()
    assert list(workspace.incoming.iterdir()) == []


def test_the_sheets_of_a_workbook_are_tables_of_their_own(workspace: Workspace) -> None:
    dated = (
        cells(("sku", "units"))
        + '<row r="2"><c r="A2"><v>17850.0</v></c><c r="B2"><v>2.5</v></c><c r="D2" t="b"><v>1</v></c></row>'
    )
    content = workbook(cells(("a note",)), dated, cells(("sku", "title"), ("00123", "two\nlines, one cell"), first=3))
    numbers, texts = imports.stage(workspace, "book.xlsx", content)
    assert (numbers.name, texts.name, numbers.encoding) == ("book.xlsx › S2", "book.xlsx › S3", "Excel")
    assert numbers.headers == ("sku", "units", "column 3", "column 4")
    assert imports.preview(workspace, numbers).fillna("").to_numpy().tolist() == [["17850", "2.5", "", "TRUE"]]
    assert imports.preview(workspace, texts).to_numpy().tolist() == [["00123", "two\nlines, one cell"]]
    assert (numbers.first_row, texts.first_row) == (2, 4)


def test_a_parquet_file_is_read_as_text(workspace: Workspace) -> None:
    table = pa.table({"sku": ["1", None], "day": pa.array([0, 1], pa.date32()), 'it\'s "x"': [[1, 2], []]})
    (staged,) = imports.stage(workspace, "a.parquet", parquet(table))
    assert (staged.encoding, staged.path.suffix, count(workspace, staged)) == ("Parquet", ".parquet", 2)
    assert imports.preview(workspace, staged).fillna("").to_numpy().tolist() == [
        ["1", "1970-01-01", "[1, 2]"],
        ["", "1970-01-02", "[]"],
    ]

"""Files as nobody would wish them: damaged, disguised, enormous, or made to do harm. Each is built here.

What becomes of one is said beside it: the words by which reading refuses it, or the rows that it has.
"""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["GOOD", "HOSTILE", "Hostile"]

HEADER = "date,product_id,units,unit_price\n"
LINES = "2025-03-10,A1,2,9.50\n2025-03-11,B2,1,3.00\n"
GOOD = (HEADER + LINES).encode()
LARGE = 50 << 20
XLSX_TYPES = (
    b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml"'
    b' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


@dataclass(frozen=True)
class Hostile:
    """A file and what reading has to make of it."""

    about: str
    name: str
    build: Callable[[], bytes]
    refused: str | None = None
    """A pattern in the message, where it cannot be staged."""
    rows: int | None = None
    """Rows of data, where it can."""
    cell: str | None = None
    """A cell that one of the rows holds as it stands."""
    unparsed: str | None = None
    """A pattern in the message, where it can be staged and not be read to its end."""


def zipped(*members: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def locked_zip() -> bytes:
    """A zip whose flags say that its member is encrypted."""
    content = bytearray(zipped(("a.csv", GOOD)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def lying_zip() -> bytes:
    """A zip whose directory says that 80 MB of zeros are ten bytes."""
    content = bytearray(zipped(("a.csv", GOOD + b"0" * (80 << 20))))
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 10)
    return bytes(content)


def workbook(*sheets: str, more: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """An .xlsx of sheets given as the XML of their rows."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    names = "".join(f'<sheet name="S{i}" sheetId="{i}" r:id="r{i}"/>' for i in range(1, len(sheets) + 1))
    links = "".join(
        f'<Relationship Id="r{i}" Type="{relation}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    book = f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>{names}</sheets></workbook>'
    parts = [
        (f"xl/worksheets/sheet{i}.xml", f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode())
        for i, rows in enumerate(sheets, start=1)
    ]
    return zipped(
        ("[Content_Types].xml", XLSX_TYPES),
        ("_rels/.rels", relations(f'<Relationship Id="b" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>')),
        ("xl/workbook.xml", book.encode()),
        ("xl/_rels/workbook.xml.rels", relations(links)),
        *parts,
        *more,
    )


def relations(links: str) -> bytes:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{links}</Relationships>'.encode()


def cells(*rows: tuple[str, ...], first: int = 1) -> str:
    """XML of rows of text cells."""
    return "".join(
        f'<row r="{at}">'
        + "".join(
            f'<c r="{chr(65 + i)}{at}" t="inlineStr"><is><t>{cell}</t></is></c>' for i, cell in enumerate(row) if cell
        )
        + "</row>"
        for at, row in enumerate(rows, start=first)
    )


TABLE = (("date", "product_id", "units"), ("2025-03-10", "A1", "2"))


def open_bomb() -> bytes:
    """An .ods of a hundred million cells in one line."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<o:document-content xmlns:o="{space}:office:1.0" xmlns:t="{space}:table:1.0" xmlns:x="{space}:text:1.0">'
        '<o:body><o:spreadsheet><t:table t:name="T"><t:table-row t:number-rows-repeated="1000000">'
        '<t:table-cell t:number-columns-repeated="100" o:value-type="string"><x:p>x</x:p></t:table-cell>'
        "</t:table-row></t:table></o:spreadsheet></o:body></o:document-content>"
    )
    kind = ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
    return zipped(kind, ("content.xml", content.encode()), ("META-INF/manifest.xml", b"<manifest/>"))


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def nested() -> bytes:
    return parquet(pa.table({"product_id": ["A1"], "title": ["Mug"], "tags": [["a", "b"]], "size": [{"w": 1}]}))


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def sales(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Callable[[], bytes]:
    return text(header + "".join(f"{row}\n" for row in rows), encoding)


def items(*rows: str, header: str = "product_id,title,price\n", encoding: str = "utf-8") -> Callable[[], bytes]:
    return sales(*rows, header=header, encoding=encoding)


def wide(count: int) -> bytes:
    header = ",".join(f"column{i}" for i in range(count))
    return (header + "\n" + ",".join("1" for _ in range(count)) + "\n").encode()


OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHINESE = "商品编码,商品名称,价格\nA1,陶瓷狐狸马克杯,12.50\nB2,秋季薄外套,99.00\n"
QUIET_ROWS = tuple(f"2025-03-10,A{i},1,2.00" for i in range(40))

EMPTY = (
    Hostile("nothing", "nothing.csv", lambda: b"", "is empty"),
    Hostile("blank lines", "blank.csv", lambda: b"\r\n\n \n\t\n", "is empty"),
    Hostile("only a byte order mark", "mark.csv", lambda: b"\xef\xbb\xbf\r\n", "is empty"),
    Hostile("header only", "header.csv", text(HEADER), "header but no rows"),
    Hostile("only quotes", "quotes.csv", lambda: b'""""""""""\n""""\n', "does not look like a CSV"),
    Hostile("only tabs", "tabs.csv", lambda: b"\t\t\t\n\t\t\n", "is empty"),
    Hostile("only delimiters", "commas.csv", lambda: b",,,\n,,,\n", "does not look like a CSV"),
)
DISGUISED = (
    Hostile("a picture", "photo.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "picture"),
    Hostile("a PDF", "report.csv", lambda: b"%PDF-1.7\n1,2,3\n4,5,6\n", "a PDF"),
    Hostile("a program", "run.csv", lambda: b"\x7fELF" + bytes(200), "binary"),
    Hostile("a database", "shop.csv", lambda: b"SQLite format 3\x00" + bytes(100), "a database"),
    Hostile("a web page", "login.csv", lambda: b"<!DOCTYPE html>\n<html>a,b\n1,2</html>", "web page"),
    Hostile("JSON", "rows.csv", lambda: b'[{"date": "2025-03-10",\n "units": 2},\n {"units": 1}]', "JSON"),
    Hostile("XML", "feed.csv", lambda: b'<?xml version="1.0"?>\n<rss a="1", b="2">\n</rss>', "XML"),
    Hostile("another packer", "x.csv.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(90), "packed"),
    Hostile("NULs between the letters", "nul.csv", sales("2025-03-10,A\0,1,2"), "binary"),
    Hostile("a NUL far down", "late.csv", sales(*QUIET_ROWS * 9000, "2025-03-10,A\0,1,2"), "binary data"),
)
ENCODED = (
    Hostile("UTF-16 cut in a letter", "cut16.csv", lambda: GOOD.decode().encode("utf-16")[:-1], "cut off"),
    Hostile("UTF-16 without a mark", "bare16.csv", text(HEADER + LINES, "utf-16-le"), rows=2, cell="A1"),
    Hostile("UTF-16 big end first", "big16.csv", lambda: b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), rows=2),
    Hostile("Chinese", "中文.csv", text(CHINESE, "gb18030"), rows=2, cell="陶瓷狐狸马克杯"),
    Hostile("Western", "west.csv", items("A1,Café crème,1", encoding="cp1252"), rows=1, cell="Café crème"),
    Hostile(
        "UTF-8 with a Western line",
        "both.csv",
        lambda: items("A1,Café – crème,1")() + "B2,Thé,2\n".encode("cp1252"),
        rows=2,
        cell="Thé",
    ),
    Hostile("UTF-8 cut in a letter", "cut8.csv", lambda: items("A1,Mug,1", "B2,Café")()[:-2], rows=2, cell="A1"),
    Hostile(
        "an unknown encoding",
        "odd.csv",
        lambda: b"product_id,title\n" + b"".join(b"A%d,\x81a\x8da\x8fa\x90a\x9da\n" % i for i in range(50)),
        "encoding",
    ),
    Hostile("a mark in the middle", "joined.csv", lambda: GOOD + b"\xef\xbb\xbf" + GOOD, rows=5),
    Hostile("emoji", "🦊.csv", items("A1,🦊 mug 👩‍👩‍👧,1"), rows=1, cell="🦊 mug 👩‍👩‍👧"),
    Hostile("text that runs backwards", "rtl.csv", items("A1,\u202egum xof,1", "B2,كوب,2"), rows=2, cell="كوب"),
)
RAGGED = (
    Hostile("short rows", "short.csv", sales("2025-03-10,A1,2", "2025-03-11", "2025-03-12,B,1,2"), rows=3),
    Hostile("a long row", "long.csv", sales(*QUIET_ROWS, "2025-03-11,A1,1,2,3,4"), unparsed="row 42.*4 columns"),
    Hostile("a quote left open in the header", "open0.csv", text('date,"product_id,units\n' + LINES * 9), "quote"),
    Hostile("a quote left open in the first row", "open1.csv", sales('2025-03-10,"A1,2,9', *QUIET_ROWS), "quote"),
    Hostile("a quote left open in the last row", "open2.csv", sales(*QUIET_ROWS, '2025-03-10,"A1,2,9'), "quote"),
    Hostile("two quotes left open", "open3.csv", sales('2025-03-10,"A,2', *QUIET_ROWS, '2025-03-10,"B,2'), "quote"),
    Hostile("old Mac line ends", "mac.csv", lambda: GOOD.replace(b"\n", b"\r"), rows=2, cell="B2"),
    Hostile(
        "mixed line ends", "ends.csv", lambda: GOOD + b"2025-03-12,C3,1,2\r\n2025-03-13,D4,1,2\r", rows=4, cell="D4"
    ),
    Hostile(
        "blank lines and records inside",
        "gaps.csv",
        sales("", "2025-03-10,A1,1,2", ",,,", "", "2025-03-11,B2,1,2"),
        rows=2,
    ),
    Hostile("a row of a million delimiters", "commas.csv", sales("2025-03-10,A1,1,2", "," * 1_000_000), rows=1),
    Hostile("10,000 columns", "wide.csv", lambda: wide(10_000), "10,000 columns"),
    Hostile("2,000 columns", "wide.csv", lambda: wide(2000), rows=1),
    Hostile(
        "5,000 blank columns at the end",
        "blanks.csv",
        sales("1" + "," * 5003, header=HEADER[:-1] + "," * 5000 + "\n"),
        "5,000 of them without",
    ),
    Hostile("a cell of 50 MB", "cell.csv", lambda: GOOD + b"2025-03-12," + b"x" * LARGE + b",1,2\n", "16 MB"),
    Hostile(
        "a quoted cell of 50 MB",
        "cell.csv",
        lambda: GOOD + b'2025-03-12,"' + b"x,\n" * (LARGE // 3) + b'",1,2\n',
        unparsed="cell.csv",
    ),
    Hostile("one line of 50 MB", "line.csv", lambda: b"x" * LARGE, "does not look like a CSV"),
)
HEADERS = (
    Hostile("headers that repeat", "twice.csv", text("product_id,title,title,title (2)\nA1,a,b,c\n"), rows=1),
    Hostile("blank headers", "none.csv", text("product_id,,title,\nA1,x,Mug,y\n"), rows=1),
    Hostile(
        "SQL for a header", "sql.csv", text('product_id,title,"x\'); DROP TABLE sales; --",""""\nA1,Mug,1,2\n'), rows=1
    ),
    Hostile(
        "words of SQL for headers",
        "words.csv",
        text("select,from,product_id,title,table,c0,file_row\n1,2,A1,Mug,5,6,7\n"),
        rows=1,
    ),
    Hostile("headers in other scripts", "scripts.csv", text("код,имя,τιμή,価格\nA1,b,c,d\n"), rows=1),
    Hostile(
        "zero-width signs in headers",
        "zero.csv",
        items("A1,Mug,1", header="\u200bproduct_id\u200b,\ufefftitle,price\n"),
        rows=1,
    ),
    Hostile(
        "script for a header", "script.csv", text("product_id,title,<script>alert(1)</script>\nA1,Mug,1\n"), rows=1
    ),
    Hostile("the header twice", "again.csv", lambda: GOOD + GOOD, rows=5),
)
CELLS = (
    Hostile(
        "formulas",
        "formula.csv",
        items("A1,\"=cmd|' /C calc'!A0\",1", "B2,@SUM(A1),2", "C3,+1+1,3"),
        rows=3,
        cell="=cmd|' /C calc'!A0",
    ),
    Hostile(
        "script in a title",
        "html.csv",
        items("A1,<img src=x onerror=alert(1)>,1"),
        rows=1,
        cell="<img src=x onerror=alert(1)>",
    ),
    Hostile(
        "SQL in a cell",
        "sqlcell.csv",
        items("A1,'); DROP TABLE products; --,1"),
        rows=1,
        cell="'); DROP TABLE products; --",
    ),
    Hostile(
        "infinities",
        "inf.csv",
        sales("2025-03-10,A1,1,inf", "2025-03-10,B2,NaN,1", "2025-03-10,C3,1e999,1", "2025-03-10,D4,1,-0"),
        rows=4,
        cell="1e999",
    ),
    Hostile(
        "days that are none",
        "days.csv",
        sales("1899-12-31,A1,1,1", "2999-01-01,A2,1,1", "2025-02-30,A3,1,1", "0000-00-00,A4,1,1"),
        rows=4,
    ),
    Hostile(
        "days written in many ways",
        "mixed.csv",
        sales("2025-03-10,A1,1,1", "10/03/2025,A2,1,1", "Mar 10 2025,A3,1,1", "45726,A4,1,1"),
        rows=4,
    ),
    Hostile("lakh grouping", "lakh.csv", sales('2025-03-10,A1,1,"1,23,456.00"'), rows=1, cell="1,23,456.00"),
    Hostile(
        "codes that a spreadsheet ruined", "sci.csv", sales("2025-03-10,1.93068E+15,1,2"), rows=1, cell="1.93068E+15"
    ),
    Hostile(
        "guarded cells",
        "guard.csv",
        sales("2025-03-10,'00123,1,2", '2025-03-10,"=""00124""",1,2', "2025-03-10,\t00125\t,1,2"),
        rows=3,
    ),
    Hostile("zero-width signs in codes", "zw.csv", sales("2025-03-10,A\u200b1,1,2"), rows=1),
    Hostile(
        "inches in a TAB file",
        "inches.txt",
        text('sku\ttitle\tquantity\nA1\t12" mug\t1\nB2\t"Vintage" lamp\t2\nC3\t"open\t3\n'),
        rows=3,
        cell='"Vintage" lamp',
    ),
)
PACKED = (
    Hostile("a path up in a zip", "up.zip", lambda: zipped(("../../etc/passwd.csv", GOOD)), rows=2),
    Hostile("a path from the root in a zip", "root.zip", lambda: zipped(("/etc/cron.csv", GOOD)), rows=2),
    Hostile("a path of Windows in a zip", "win.zip", lambda: zipped(("c:\\x\\..\\c.csv", GOOD)), rows=2),
    Hostile(
        "clutter in a zip",
        "mac.zip",
        lambda: zipped(("__MACOSX/._a.csv", b"\0\1"), ("dir/", b""), ("dir/.DS_Store", b"x"), ("dir/a.csv", GOOD)),
        rows=2,
    ),
    Hostile(
        "a note beside the table",
        "note.zip",
        lambda: zipped(("readme.txt", b"made on Monday\n"), ("a.csv", GOOD)),
        rows=2,
    ),
    Hostile("a zip in a zip", "nest.zip", lambda: zipped(("in.zip", zipped(("a.csv", GOOD)))), "packed itself"),
    Hostile(
        "a zip in a zip under another name",
        "nest2.zip",
        lambda: zipped(("in.csv", zipped(("a.csv", GOOD)))),
        "packed twice",
    ),
    Hostile("a zip with a password", "locked.zip", locked_zip, "password"),
    Hostile(
        "a zip without a table",
        "pictures.zip",
        lambda: zipped(("a.png", b"\x89PNG"), ("b.docx", b"PK")),
        "holds no CSV",
    ),
    Hostile("an empty zip", "empty.zip", lambda: zipped(), "holds no CSV"),
    Hostile(
        "a zip bomb",
        "bomb.zip",
        lambda: zipped(("a.csv", GOOD + b"2025-03-10,A1,1,2\n" * (4 << 20))),
        "unpacks to more",
    ),
    Hostile("a zip that lies about its size", "lie.zip", lying_zip, "damaged|unpacks to more|16 MB"),
    Hostile("a damaged zip", "cut.zip", lambda: zipped(("a.csv", GOOD * 99))[:-40], "damaged"),
    Hostile(
        "a zip with one bad table",
        "half.zip",
        lambda: zipped(("a.csv", GOOD), ("b.csv", b"%PDF-1.7 x,y\n1,2\n")),
        "b.csv.*PDF",
    ),
    Hostile("a gz that is cut off", "cut.csv.gz", lambda: gzip.compress(GOOD * 999)[:-50], "cut off or damaged"),
    Hostile(
        "a gz bomb",
        "bomb.csv.gz",
        lambda: gzip.compress(GOOD + b"2025-03-10,A1,1,2\n" * (4 << 20), 6),
        "unpacks to more",
    ),
    Hostile("a gz in a gz", "twice.csv.gz", lambda: gzip.compress(gzip.compress(GOOD)), "packed twice"),
)
BOOKS = (
    Hostile("a workbook", "book.xlsx", lambda: workbook(cells(*TABLE)), rows=1, cell="A1"),
    Hostile(
        "a title above the table", "titled.xlsx", lambda: workbook(cells(("Report",), ("",), *TABLE, first=3)), rows=1
    ),
    Hostile("sheets without a table", "notes.xlsx", lambda: workbook(cells(("a note",)), "", cells(*TABLE)), rows=1),
    Hostile("an empty workbook", "bare.xlsx", lambda: workbook("", ""), "no cells"),
    Hostile(
        "a workbook of something else",
        "fake.xlsx",
        lambda: zipped(("word/document.xml", b"<w/>"), ("[Content_Types].xml", XLSX_TYPES)),
        "no workbook",
    ),
    Hostile("a damaged workbook", "cut.xlsx", lambda: workbook(cells(*TABLE))[:-60], "damaged"),
    Hostile("a sheet of broken XML", "xml.xlsx", lambda: workbook('<row r="1"><c r="A1"'), "damaged|no cells|sheet"),
    Hostile(
        "a workbook bomb",
        "bomb.xlsx",
        lambda: workbook(cells(*TABLE), more=(("xl/media/a.bin", bytes(80 << 20)),)),
        "unpacks to more",
    ),
    Hostile(
        "a cell at the far end",
        "far.xlsx",
        lambda: workbook(cells(*TABLE) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "1,048,576 rows",
    ),
    Hostile(
        "a far cell in another spelling",
        "far2.xlsx",
        lambda: workbook(cells(*TABLE) + "<row><c s='1' r = 'XFD1048576'><v>1</v></c></row>"),
        "1,048,576 rows",
    ),
    Hostile("a hundred million cells in a line", "far.ods", open_bomb, "1,000,000 rows"),
    Hostile("an .xls cut off", "old.xls", lambda: OLD_EXCEL + bytes(600), "no workbook"),
    Hostile("a damaged parquet", "cut.parquet", lambda: nested()[:-9], "Parquet"),
    Hostile("only the sign of a parquet", "sign.parquet", lambda: b"PAR1" + b"x" * 50 + b"PAR1", "Parquet"),
    Hostile("a parquet with lists", "nested.parquet", nested, rows=1, cell="[a, b]"),
    Hostile(
        "a parquet without rows", "none.parquet", lambda: parquet(pa.table({"a": pa.array([], "int64")})), "no rows"
    ),
)
HOSTILE = (*EMPTY, *DISGUISED, *ENCODED, *RAGGED, *HEADERS, *CELLS, *PACKED, *BOOKS)

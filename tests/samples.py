"""How each sample of a real export was read, judged against what stands beside the samples.

`EXPECTED.json` says of each sample what a right reading gives, `sample_cases.py` which of it is compared with what.

    right   recognised, and every comparable figure is right; or rightly refused, or rightly asked about, and right
            after the answer
    asked   not loaded although it could have been
    wrong   loaded with a figure off, or into the wrong table

    python -m tests.samples [part of a name ...]     prints the table
"""

import csv
import io
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import imports
from core.errors import BadFile
from core.imports.profile import Profile
from core.imports.recognise import Reading
from core.workspace import Workspace
from tests.sample_cases import CASES, SAMPLES, Case, Loaded, is_data

__all__ = ["CASES", "SAMPLES", "Case", "Judged", "expected", "judge", "table"]

ENCODINGS = {  # of EXPECTED.json: how Staged says it, and Python's name
    "utf-8": ("UTF-8", "utf-8"),
    "utf-8+BOM": ("UTF-8", "utf-8-sig"),
    "utf-16+BOM": ("UTF-16", "utf-16"),
    "gb18030": ("GB18030 (Chinese)", "gb18030"),
    "cp1252": ("Western European", "cp1252"),
}
CENT = 0.005


@dataclass(frozen=True)
class Judged:
    """One line of the table."""

    sample: str
    recognised_as: str
    verdict: str
    rows_in: int
    set_aside: int
    why: str
    not_compared: tuple[str, ...] = ()


def expected() -> dict[str, dict[str, Any]]:
    """What is known of each sample, by its path; empty where the samples are not there."""
    path = SAMPLES / "EXPECTED.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def judge(sample: str, known: Mapping[str, Any], folder: Path) -> Judged:
    """Stage, recognise and load a sample in a workspace of its own below `folder`, and compare."""
    case = CASES[sample]
    with Workspace(folder) as workspace:
        try:
            (staged,) = imports.stage(workspace, Path(sample).name, SAMPLES / sample)
            reading = imports.recognise(workspace, staged)
        except BadFile as error:
            return Judged(sample, "", "asked", 0, 0, error.message, case.not_compared)
        wrong = [*_shape(sample, staged, known), *_identity(reading, case)]
        name = _name(reading.profile)
        if not case.tables:
            return _refusal(workspace, sample, staged, reading, case, wrong)
        questions = reading.questions
        if (case.period or case.beside) and not questions:
            wrong.append("was not asked about what it lacks")
        try:
            reading = _answered(workspace, staged, reading, case)
            reports = imports.load(workspace, staged, reading, spread=True)
        except BadFile as error:
            return Judged(sample, name, "asked", 0, 0, error.message, case.not_compared)
        wrong += _rows(reports, known)
        wrong += _figures(Loaded(workspace, _raw(sample, known), case.tables), case, known)
        return Judged(
            sample,
            name,
            "wrong" if wrong else "right",
            reports[0].rows_in,
            sum(reports[0].set_aside.values()),
            "; ".join(wrong) or _asked_words(questions),
            case.not_compared,
        )


def _asked_words(questions: Sequence[str]) -> str:
    return f"asked: {questions[0]}" if questions else ""


def _name(profile: Profile | None) -> str:
    return profile.name if profile else "by the words of its header"


def _shape(sample: str, staged: imports.Staged, known: Mapping[str, Any]) -> Iterator[str]:
    plain = (SAMPLES / sample).read_bytes().isascii()  # then it is the same in all of them
    shown = "UTF-8" if plain else ENCODINGS[known["encoding"]][0]
    found = (
        ("encoding", staged.encoding, shown),
        ("delimiter", staged.delimiter, known["delimiter"]),
        ("header record", staged.first_row - 2, known["header_record"]),
        ("columns", len(staged.headers), known["columns"]),
    )
    yield from (f"{what} is {is_!r} and not {ought!r}" for what, is_, ought in found if is_ != ought)


def _identity(reading: Reading, case: Case) -> Iterator[str]:
    if _name(reading.profile) != case.profile:
        yield f"taken for {_name(reading.profile)}"
    if {feed.table for feed in reading.tables} != set(case.tables):
        yield f"read into {[feed.table for feed in reading.tables]}"
    if not reading.sure:
        yield f"sure by {reading.confidence} only"


def _refusal(
    workspace: Workspace, sample: str, staged: imports.Staged, reading: Reading, case: Case, wrong: list[str]
) -> Judged:
    name = _name(reading.profile)
    try:
        reports = imports.load(workspace, staged, reading, spread=True)
    except BadFile as error:
        if case.refused not in error.message:
            wrong.append("the refusal does not say what to export instead")
        words = "; ".join(wrong) or f"refused: {error.message}"
        return Judged(sample, name, "asked" if wrong else "right", 0, 0, words)
    return Judged(sample, name, "wrong", reports[0].rows_in, 0, f"loaded into {reports[0].table}")


def _answered(workspace: Workspace, staged: imports.Staged, reading: Reading, case: Case) -> Reading:
    """The reading with the period or the companion that was asked for."""
    if case.period is not None:
        return replace(reading, period=case.period)
    if case.beside is not None:
        others = imports.stage(workspace, *case.beside())
        return imports.recognise(workspace, staged, beside=others)
    return reading


def _rows(reports: Sequence[imports.Report], known: Mapping[str, Any]) -> Iterator[str]:
    """Rows of the file, in each report: data, and what is none (totals, footers, a second header)."""
    for report in reports:
        aside = sum(report.set_aside.values())
        if report.rows_in != report.rows_loaded + aside:
            yield f"{report.table}: {report.rows_loaded} loaded and {aside} set aside of {report.rows_in} rows"
        dropped = sum(count for reason, count in report.set_aside.items() if not is_data(reason))
        found, ought = (report.rows_in - dropped, dropped), (known["data_rows"], known["dropped_rows"])
        if found != ought:
            yield f"{report.table}: {found[0]} rows of data and {found[1]} others, not {ought[0]} and {ought[1]}"


def _figures(loaded: Loaded, case: Case, known: Mapping[str, Any]) -> Iterator[str]:
    for name, ought in known["figures"].items():
        if name not in case.figures:
            continue
        found = case.figures[name](loaded)
        if not _same(found, ought):
            yield (
                f"{name} is {found:.2f}, not {ought}" if isinstance(found, float) else f"{name} is {found}, not {ought}"
            )


def _same(found: Any, ought: Any) -> bool:
    if isinstance(ought, (int, float)) and isinstance(found, (int, float)):
        return abs(found - ought) < CENT
    return bool(found == ought)


def _raw(sample: str, known: Mapping[str, Any]) -> list[dict[str, str]]:
    """The records below the header by Python's csv, apart from the engine."""
    text = (SAMPLES / sample).read_text(ENCODINGS[known["encoding"]][1])
    quote = None if known["delimiter"] == "\t" else '"'
    quoting: Any = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    lines = io.StringIO(text, newline="")
    records = list(csv.reader(lines, delimiter=known["delimiter"], quotechar=quote, quoting=quoting))
    header = [name.strip() for name in records[known["header_record"]]]
    body = [record for record in records[known["header_record"] + 1 :] if any(cell.strip() for cell in record)]
    return [dict(zip(header, record, strict=False)) for record in body]


def table(wanted: Sequence[str] = ()) -> list[Judged]:
    """Every sample that is there, judged; only those whose name holds one of the words, if any are given."""
    judged = []
    for at, (sample, known) in enumerate(expected().items()):
        if not wanted or any(word in sample for word in wanted):
            with tempfile.TemporaryDirectory() as folder:
                judged.append(judge(sample, known, Path(folder) / f"shop-{at}"))
    return judged


if __name__ == "__main__":
    found = table(sys.argv[1:])
    for one in found:
        counted = f"{one.rows_in:5} {one.set_aside:4}"
        print(f"{one.verdict:6} {one.sample:55} {one.recognised_as:32} {counted}  {one.why[:200]}")
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in ("right", "asked", "wrong")}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))

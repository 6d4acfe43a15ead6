"""Where a column's values come from: a small language, kept as data in profiles, compiled to SQL here.

A source is what TOML or JSON can hold: a header, a list of headers (the first filled cell), or a table with
one of the operations below. Nothing in it is SQL: headers become the positions of columns, texts become
quoted literals.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from core.imports.convert import cell, number
from core.imports.headers import Headers
from core.schema import literal

__all__ = ["Source", "Texts", "cells_of", "headers_of", "problems"]

Source = str | list | dict[str, Any]


def cells_of(source: Source) -> Iterator[Source]:
    """Every cell that a source looks at: a header, or a column chosen by hand."""
    if isinstance(source, str) or (isinstance(source, dict) and source.keys() & {"column", "header"}):
        yield source
    elif isinstance(source, list):
        for one in source:
            yield from cells_of(one)
    else:
        for name, value in source.items():
            if not _is_literal(source, name):
                yield from cells_of(value)


def headers_of(source: Source) -> Iterator[str]:
    """Every header that a source names."""
    for one in cells_of(source):
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict) and "header" in one:
            yield one["header"]


def problems(source: object) -> Iterator[str]:
    """What is wrong with a source from a file, in words."""
    if isinstance(source, list):
        for one in source:
            yield from problems(one)
    elif isinstance(source, dict):
        if len([name for name in source if name in OPERATIONS]) != 1:
            yield f"{source}: exactly one of {', '.join(OPERATIONS)} is needed"
        for name, value in source.items():
            if name not in OPERATIONS and name not in OPTIONS:
                yield f"{source}: {name} is unknown"
            elif not _is_literal(source, name):
                yield from problems(value)
    elif not isinstance(source, str):
        yield f"{source!r} is neither a header, a list nor an operation"


@dataclass(frozen=True)
class Texts:
    """Compiles sources over one file into SQL over its cleaned cells `t0, t1, ...`, which `cells` gives."""

    headers: Headers
    guarded: bool
    """Whether cells may carry marks that keep a spreadsheet from changing them."""
    comma: bool
    """Whether the decimal sign is a comma."""
    padded: bool = True
    """Whether cells may have blanks around them."""
    large: bool = False
    """Whether the file is so large that only what is likely is looked for."""
    number: int = 0
    """Of a file with numbered groups of columns: the group, put for `{n}` in headers."""
    inline: bool = False
    """Whether cells are written out where they are used, for queries that have no projection of them."""
    used: set[int] = field(default_factory=set, compare=False)
    """Positions of the cells that were asked for."""

    def cell(self, at: int) -> str:
        """SQL of one cell."""
        if self.inline:
            return f"({cell(f'c{at}', self.guarded, self.padded, self.large)})"
        self.used.add(at)
        return f"t{at}"

    def cells(self) -> list[str]:
        """SQL that makes the cells that were asked for from the file's own, `c0, c1, ...`.

        They are a projection of their own: written out wherever they are used, the expressions would multiply.
        """
        return [f"{cell(f'c{at}', self.guarded, self.padded, self.large)} AS t{at}" for at in sorted(self.used)]

    def at(self, header: str) -> int | None:
        """Position of a header."""
        return self.headers.find(header.replace("{n}", str(self.number)))

    def text(self, source: Source) -> str | None:
        """SQL of the source as text, NULL where blank; None where the file has none of its headers."""
        if isinstance(source, str):
            at = self.at(source)
            return None if at is None else self.cell(at)
        if isinstance(source, list):
            return _coalesce([self.text(one) for one in source])
        operation = _operation(source)
        if operation in TEXT_OPERATIONS:
            return TEXT_OPERATIONS[operation](self, source)
        amount = self.amount(source)
        return None if amount is None else f"({amount})::VARCHAR"

    def amount(self, source: Source) -> str | None:
        """SQL of the source as a number, NULL where it is none."""
        if isinstance(source, list):
            return _coalesce([self.amount(one) for one in source])
        if isinstance(source, dict) and (operation := _operation(source)) in NUMBER_OPERATIONS:
            return NUMBER_OPERATIONS[operation](self, source)
        text = self.text(source)
        return None if text is None else number(text, self.comma)

    def written(self, source: Source) -> str | None:
        """SQL of what stands in the file, to tell a blank cell from one that cannot be read."""
        if isinstance(source, dict) and (operation := _operation(source)) in NUMBER_OPERATIONS:
            first = source[operation]
            return self.written(first[0] if operation != "allocate" else first)
        return self.text(source)


def _operation(source: dict[str, Any]) -> str:
    return next(name for name in source if name in OPERATIONS)


def _is_literal(source: dict[str, Any], name: str) -> bool:
    """Whether the value under `name` is a text of its own and not a source."""
    return name in ("column", "header", "value", "with", "at", "after", "period", "total") or (
        name == "by" and "part" in source
    )


def _coalesce(parts: list[str | None]) -> str | None:
    found = [part for part in parts if part is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _first(texts: Texts, source: dict[str, Any]) -> str | None:
    return next((sql for one in source["first"] if (sql := texts.text(one)) is not None), None)


def _column(texts: Texts, source: dict[str, Any]) -> str | None:
    """A column chosen by hand, which may share its header with another."""
    at = int(source["column"])
    return texts.cell(at) if 0 <= at < len(texts.headers.cells) else None


def _header(texts: Texts, source: dict[str, Any]) -> str | None:
    """A header to the letter, which others may be spelt alike, and in which no number is put."""
    at = texts.headers.exact(source["header"])
    return None if at is None else texts.cell(at)


def _value(texts: Texts, source: dict[str, Any]) -> str | None:
    return literal(source["value"])


def _join(texts: Texts, source: dict[str, Any]) -> str | None:
    parts = [part for one in source["join"] if (part := texts.text(one)) is not None]
    if not parts:
        return None
    filled = ", ".join(f"nullif({part}, 'Default Title')" for part in parts)
    return f"nullif(concat_ws({literal(source.get('with', ' '))}, {filled}), '')"


def _part(texts: Texts, source: dict[str, Any]) -> str | None:
    whole = texts.text(source["part"])
    piece = f"split_part({whole}, {literal(source.get('by', ' '))}, {int(source.get('at', 0)) + 1})"
    return None if whole is None else f"nullif(trim({piece}), '')"


def _leaf(texts: Texts, source: dict[str, Any]) -> str | None:
    whole = texts.text(source["leaf"])
    return None if whole is None else f"nullif(trim(split_part(split_part({whole}, ', ', 1), ' > ', -1)), '')"


def _after(texts: Texts, source: dict[str, Any]) -> str | None:
    whole, begin = texts.text(source["of"]), literal(source["after"])
    if whole is None:
        return None
    return f"CASE WHEN starts_with({whole}, {begin}) THEN substr({whole}, length({begin}) + 1) ELSE {whole} END"


def _period(texts: Texts, source: dict[str, Any]) -> str | None:
    """The first day that the row covers, a column that `rows` adds."""
    return "period_start::VARCHAR"


def _sum(sign: str, name: str) -> Callable[[Texts, dict[str, Any]], str | None]:
    """The first operand must be filled; what is blank of the others counts as nothing."""

    def compiled(texts: Texts, source: dict[str, Any]) -> str | None:
        first, *others = source[name]
        begin = texts.amount(first)
        if begin is None:
            return None
        terms = [begin]
        for one in others:
            if (amount := texts.amount(one)) is None:
                continue
            if isinstance(one, dict) and _operation(one) in NUMBER_OPERATIONS:
                terms.append(f"coalesce({amount}, 0)")
            else:  # blank is nothing, but what cannot be read is not nothing
                terms.append(f"CASE WHEN {texts.written(one)} IS NULL THEN 0 ELSE {amount} END")
        return f"round({f' {sign} '.join(terms)}, 6)"  # 0.1 + 0.2 - 0.3 is nothing, and not below it

    return compiled


def _times(texts: Texts, source: dict[str, Any]) -> str | None:
    factors = [texts.amount(one) for one in source["times"]]
    return None if None in factors else f"({' * '.join(filter(None, factors))})"


def _ratio(texts: Texts, source: dict[str, Any]) -> str | None:
    over, under = (texts.amount(one) for one in source["ratio"])
    return None if over is None or under is None else f"({over} / nullif({under}, 0))"


def _allocate(texts: Texts, source: dict[str, Any]) -> str | None:
    """An order's amount, shared over its rows by weight; equally where the weights say nothing."""
    amount, order, weight = texts.amount(source["allocate"]), texts.text(source["by"]), texts.amount(source["weight"])
    if amount is None or order is None or weight is None:
        return None
    over = f"OVER (PARTITION BY {order})"
    share = f"coalesce(coalesce({weight}, 0) / nullif(sum({weight}) {over}, 0), 1.0 / count(*) {over})"
    return f"({'sum' if source.get('total') else 'max'}({amount}) {over} * {share})"


Compiler = Callable[[Texts, dict[str, Any]], str | None]
TEXT_OPERATIONS: dict[str, Compiler] = {
    "column": _column,
    "header": _header,
    "first": _first,
    "value": _value,
    "join": _join,
    "part": _part,
    "leaf": _leaf,
    "after": _after,
    "period": _period,
}
NUMBER_OPERATIONS: dict[str, Compiler] = {
    "minus": _sum("-", "minus"),
    "plus": _sum("+", "plus"),
    "times": _times,
    "ratio": _ratio,
    "allocate": _allocate,
}
OPERATIONS = (*TEXT_OPERATIONS, *NUMBER_OPERATIONS)
OPTIONS = ("with", "by", "at", "of", "weight", "total")

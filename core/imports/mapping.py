"""Reading a file by the words of its header alone, where no profile knows it."""

from core.imports.headers import Headers, normalise
from core.imports.profile import Feed
from core.schema import Table
from core.tables import TABLES

__all__ = ["by_words"]

OWN_WORDS = {  # without one of these a file with a date and an item could be anything
    "sales": ("units",),
    "events": ("event",),
    "reviews": ("rating", "body"),
    "ads": ("spend",),
    "competitors": ("competitor",),
    "promotions": ("promotion",),
    "labels": ("label",),
    "new_items": ("price_min", "price_max", "earliest_launch", "latest_launch", "max_stock", "lead_time_days"),
}


def by_words(headers: Headers, table: str | None = None) -> tuple[Feed, float]:
    """The likeliest table for these headers, or the one given, and how sure that is (0 to 1)."""
    feeds = [_feed(TABLES[name], headers) for name in ([table] if table else TABLES)]
    # Sorting is stable: of two as likely, the catalogue stands before the sheet of new items.
    ranked = sorted(feeds, key=lambda feed: _score(feed, headers), reverse=True)
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    if best.missing:
        return best, 0.0
    if all(headers.find(name) is not None for name in best.columns) and len(best.columns) == len(headers.cells):
        return best, 0.98  # our own names, as in the templates
    explained = len(best.columns) / len(headers.cells)
    rival = second is not None and not second.missing and _score(second, headers)[1] == _score(best, headers)[1]
    return best, round(min(0.9, 0.5 + 0.5 * explained) * (0.7 if rival else 1.0), 2)


def _score(feed: Feed, headers: Headers) -> tuple[int, int]:
    """How little is missing, then how much is found: our own names count double, words of this table alone, too."""
    own = OWN_WORDS.get(feed.table, ())
    telling = sum(word in feed.columns for word in own)
    named = sum(headers.find(name) is not None for name in feed.columns)
    sheet = feed.table == "new_items"  # which may say no more than a code and a name, as a catalogue does
    bare = bool(own) and not telling and not sheet
    likely = 2 * telling if telling or not sheet or headers.find("item_id") is not None else -2
    return -len(feed.missing) - bare, len(feed.columns) + named + likely


def _feed(table: Table, headers: Headers) -> Feed:
    """Names before synonyms, so that a column called `title` is not taken by an earlier synonym."""
    taken: dict[str, int] = {}
    for named in (True, False):
        for column in table:
            for word in (column.name,) if named else column.synonyms:
                at = headers.find(word)
                if column.name not in taken and at is not None and at not in taken.values():
                    taken[column.name] = at
    _name_items(table, headers, taken)
    return Feed(table.name, {name: {"column": at} for name, at in taken.items()})


def _name_items(table: Table, headers: Headers, taken: dict[str, int]) -> None:
    """Many exports name an item by its description alone, and some have no code beside the name."""
    unnamed = "title" in table and table["title"].required and "title" not in taken
    if unnamed and "description" in taken and normalise(headers.cells[taken["description"]]) == "description":
        taken["title"] = taken.pop("description")
    code = "item_id" if table.name == "new_items" else "product_id"
    if code in table and code not in taken:
        free = (at for word in ("item", "product", "article") if (at := headers.find(word)) not in taken.values())
        at = next((at for at in free if at is not None), None)
        if at is not None and "title" in taken:
            taken[code] = at
    if table.name == "sales" and "product_id" not in taken and "title" in taken:
        taken["product_id"] = taken["title"]

"""What a staged file is: whose export, which tables it feeds, from which of its columns, and what must be asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.imports import profile as profiles
from core.imports.convert import DateOrder
from core.imports.headers import Headers
from core.imports.mapping import by_words
from core.imports.periods import Period, find
from core.imports.profile import Feed, Profile
from core.imports.read import Staged
from core.imports.sources import Source, Texts
from core.tables import TABLES
from core.workspace import Workspace

__all__ = ["Reading", "recognise", "taken", "texts", "uses_period"]

LARGE = 64 << 20  # bytes
UNSURE = 0.6  # below this a person looks before a file is loaded


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. What a person changes by hand makes another one."""

    headers: Headers
    """Of the file, then of the cells that come from its companion."""
    profile: Profile | None
    tables: tuple[Feed, ...]
    """Empty where the file is none of the tables."""
    confidence: float
    """0 to 1: how sure it is what the file holds."""
    period: Period | None = None
    """What the file says of the days that it covers, where its rows have no day."""
    companion: Staged | None = None
    """The export that holds what this one lacks."""
    date_order: DateOrder | None = None
    """As a person has decided it."""
    by_person: bool = False
    """Whether a person has changed which column is which."""

    @property
    def title(self) -> str:
        """Whose export it is, in words."""
        if self.profile is not None:
            return self.profile.title
        return " and ".join(TABLES[feed.table].title for feed in self.tables) + ", by the words of its header"

    @property
    def sure(self) -> bool:
        """Whether it may be loaded without a look."""
        return self.confidence >= UNSURE

    @property
    def needs_period(self) -> bool:
        """Whether the days of its rows come from the period of the file as a whole, which is not known."""
        asked = [feed for feed in self.tables if uses_period(feed, self.headers)]
        return self.period is None and any("preamble" in (feed.rows.period or {}) for feed in asked)

    @property
    def has_period(self) -> bool:
        """Whether its rows cover a period each, over which they can be spread."""
        return any(uses_period(feed, self.headers) for feed in self.tables)

    @property
    def needs_companion(self) -> str:
        """Name of the profile of the file that must be loaded beside this one, else nothing."""
        wanted = [feed.rows.companion["export"] for feed in self.tables if feed.rows.companion]
        return wanted[0] if wanted and self.companion is None else ""

    @property
    def questions(self) -> list[str]:
        """What has to be answered before it can be loaded."""
        asked = []
        if self.needs_companion:
            other = next(one.title for one in profiles.shipped() if one.name == self.needs_companion)
            asked.append(f"It lacks cells that stand in another export. Load the two together: {other}.")
        if self.needs_period:
            asked.append("Its rows have no day. Which period does the file cover?")
        if not asked:
            missing = [f"{TABLES[feed.table].title}: {name}" for feed in self.tables for name in feed.missing]
            asked += [f"Which column holds {name}?" for name in missing]
        return asked

    def place(self, cell: Source) -> int | None:
        """Position of a cell: of a column chosen by hand, of a header to the letter, or of one that says the same."""
        if isinstance(cell, dict) and "column" in cell:
            return int(cell["column"])
        if isinstance(cell, dict):
            return self.headers.exact(cell["header"]) if "header" in cell else None
        return self.headers.find(cell) if isinstance(cell, str) else None

    def own_place(self, source: Source | None, width: int) -> int | None:
        """Position in the file itself, which has `width` columns, of a source that is one cell of it."""
        at = None if source is None else self.place(source)
        return at if at is not None and at < width else None

    def by_hand(self, table: str, columns: dict[str, Source]) -> "Reading":
        """The same file with the columns of a table as a person chose them."""
        feeds = [replace(feed, columns=columns) if feed.table == table else feed for feed in self.tables]
        return replace(self, tables=tuple(feeds), confidence=1.0, by_person=True)


def recognise(workspace: Workspace, staged: Staged, table: str | None = None, beside: Sequence[Staged] = ()) -> Reading:
    """How the file is best read.

    table: what it must be, where that is known. beside: other files of the same upload, one of which may hold
    what this one lacks.
    """
    headers = Headers(staged.headers)
    known = (*profiles.own(workspace.cursor()), *profiles.shipped())
    profile = profiles.best(known, headers, staged.preamble)
    if profile is not None and table is not None and table not in [feed.table for feed in profile.feeds]:
        profile = None
    if profile is None:
        feed, confidence = by_words(headers, table)
        return Reading(headers, None, (feed,), 1.0 if table and not feed.missing else confidence)
    feeds = [feed for feed in profile.feeds if table in (None, feed.table)]
    companion = _companion(feeds, beside, known)
    if companion is not None:
        headers = Headers((*headers.cells, *taken(feeds)))
    feeds = [replace(feed, columns=_present(feed, headers)) for feed in feeds]
    period = find(staged.preamble, staged.name)
    return Reading(headers, profile, tuple(feeds), 0.95, period, companion)


def taken(feeds: Sequence[Feed]) -> tuple[str, ...]:
    """Headers of the cells that come from a companion."""
    return next((tuple(feed.rows.companion["take"]) for feed in feeds if feed.rows.companion), ())


def texts(feed: Feed, headers: Headers, staged: Staged | None = None, comma: bool = False) -> list[Texts]:
    """What compiles the sources of a feed: one, or one for each of the numbered groups of columns."""
    guarded, padded, large = (staged.guarded, staged.padded, staged.size > LARGE) if staged else (True, True, False)
    if feed.rows.repeat is None:
        return [Texts(headers, guarded, comma, padded, large)]
    pattern = feed.rows.repeat["columns"]
    groups: list[Texts] = []
    while (one := Texts(headers, guarded, comma, padded, large, len(groups) + 1)).at(pattern) is not None:
        groups.append(one)
    return groups


def uses_period(feed: Feed, headers: Headers) -> bool:
    """Whether the rows have no day of their own."""
    source = feed.columns.get("date", feed.columns.get("ts"))
    cells = Texts(headers, guarded=False, comma=False)
    for one in source if isinstance(source, list) else [source]:
        if one is not None and cells.text(one) is not None:
            return isinstance(one, dict) and "period" in one
    return False


def _present(feed: Feed, headers: Headers) -> dict[str, Source]:
    """The columns of a feed for which the file has a header."""
    first = next(iter(texts(feed, headers)), None)
    melted = {name for entry in feed.rows.melt for name in entry}
    return {
        name: source
        for name, source in feed.columns.items()
        if name not in melted and first is not None and first.text(source) is not None
    } | {name: _melted(feed, name) for name in melted}


def _melted(feed: Feed, name: str) -> Source:
    """What stands for a column that each entry of a melt reads anew."""
    return feed.rows.melt[0][name]


def _companion(feeds: Sequence[Feed], beside: Sequence[Staged], known: Sequence[Profile]) -> Staged | None:
    wanted = {feed.rows.companion["export"] for feed in feeds if feed.rows.companion}
    for other in beside:
        found = profiles.best(known, Headers(other.headers), other.preamble)
        if found is not None and found.name in wanted:
            return other
    return None

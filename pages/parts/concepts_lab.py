"""What the parts of the concept lab share: who judges, the item that is worded, and the wordings typed so far."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core import shell, versions
from core.concepts import brief as briefs
from core.concepts import variants
from core.concepts.brief import KINDS, Brief
from core.concepts.groups import EVERYBODY, Groups
from core.errors import DebutError, NotReady
from core.history import History
from core.workspace import Workspace
from pages.parts import audience_shop

if TYPE_CHECKING:  # brings torch along
    from core.audience.segments import Segments
    from core.concepts.judges import Judges
    from core.concepts.suggestions import Suggester
    from core.preference.panel import Panel

__all__ = ["TYPED", "add", "for_whom", "item", "judges", "suggester", "typed"]

TYPED, REFUSED = "concepts_typed", "concepts_refused"
NO_ITEM = ""
HELP = {
    "title": "One title a line. A description of its own may follow after a bar: Fox mug | Stoneware with a fox",
    "description": "One description a line. The title and the category stay those of the item.",
    "headline": "One headline a line. It is read in place of the title and without the description, as in an ad.",
}


def judges() -> "Judges":
    """Whoever can judge a wording; where nobody can, the page says what to do and stops."""
    shop = shell.workspace()
    version = versions.active(shop)
    panel, why = None, ""
    try:
        panel = shell.known_panel()
    except NotReady as error:
        why = error.message
    try:
        return _judges(shop.folder, shop.version, version, id(panel), why, shop, panel, shell.past())
    except NotReady as error:
        shell.fail(error)
        shell.page_link("model", "Fine-tune the forecaster", "model_training")
        st.stop()


def item() -> Brief:
    """What is worded: an item of the sheet, or one that is only thought of."""
    sheet = _sheet()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "What is varied",
            list(KINDS),
            key="concepts_kind",
            default="title",
            required=True,
            format_func=KINDS.__getitem__,
        )
        chosen = NO_ITEM
        if sheet:
            chosen = st.selectbox(
                "Item",
                [*sheet, NO_ITEM],
                key="concepts_item",
                format_func=lambda code: f"{sheet[code].title} ({code})" if code else "None: an idea of its own",
                width=380,
                help="Its category, description, price and earliest launch week are the same for all wordings.",
            )
        base = sheet[chosen] if chosen else _idea()
    return replace(base, kind=kind or "title")


def typed(brief: Brief) -> list[str]:
    """The wordings to compare; where there are none yet, the page offers an example and stops."""
    st.text_area(
        f"Wordings, one a line (up to {variants.MOST})",
        key=TYPED,
        height=160,
        placeholder=_example(brief),
        help=HELP[brief.kind],
        persist_state="session",
    )
    if refused := st.session_state.pop(REFUSED, None):
        st.warning(shell.plain(refused), icon=":material/warning:")
    if not st.session_state[TYPED].strip():
        st.info(
            "Type or paste wordings above, one a line: see who wants them, what they sell and which words carry it.",
            icon=":material/lightbulb:",
        )
        st.button("Start with an example", key="concepts_example", on_click=_begin, args=(_example(brief),))
        st.stop()
    try:
        return variants.read(st.session_state[TYPED])
    except DebutError as error:
        shell.fail(error)
        st.stop()


def for_whom(judges: "Judges", brief: Brief) -> tuple[Brief, "Segments | None"]:
    """The brief with the segment that is looked at, and the division that it comes from."""
    if judges.missing:
        st.info(shell.plain(judges.missing), icon=":material/info:")
    if judges.panel is None:
        return brief, None
    known = audience_shop.audience()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        division = audience_shop.division(known)
        groups = Groups.of(division, known.customers)
        place = "given" if division is known.given else "found"
        segment = st.selectbox(
            "Wanted by",
            groups.all_names,
            key=f"concepts_segment_{place}",
            width=320,
            help="Preference, its words and the suggestions are of this segment. Units are always of all customers.",
        )
    return replace(brief, groups=groups, segment=segment or EVERYBODY), division


def add(words: list[str]) -> None:
    """Put more wordings below those that are there; to be called before the page is drawn again."""
    lines = [*st.session_state[TYPED].splitlines(), *words]
    try:
        kept = variants.read("\n".join(lines))
    except DebutError as error:
        st.session_state[REFUSED] = f"{error.message} Remove some first."
        return
    st.session_state[TYPED] = "\n".join(kept)


def suggester(judges: "Judges") -> "Suggester":
    """Who knows the shop's words. Raises NotReady where its titles share too few."""
    shop = shell.workspace()
    return _suggester(shop.folder, shop.version, judges.encoder.key, shop, judges)


def _begin(example: str) -> None:
    st.session_state[TYPED] = example


def _sheet() -> dict[str, Brief]:
    shop, past = shell.workspace(), shell.past()
    return _briefs(shop.folder, shop.version, shop, past)


def _idea() -> Brief:
    """An item that is on no sheet."""
    past = shell.past()
    categories = sorted(past.items["category"].dropna().unique())
    category = st.selectbox("Category", ["", *categories], key="concepts_category", width=200) if categories else ""
    prices = past.items["price"].to_numpy(dtype=float)
    usual = round(float(np.nanmedian(prices)), 2) if np.isfinite(prices).any() else 1.0
    price = st.number_input("Price", 0.01, None, max(usual, 0.01), key="concepts_price", width=140)
    return briefs.of_idea(past, category or "", float(price))


def _example(brief: Brief) -> str:
    """A wording, the same with its halves swapped, and that of another item."""
    sheet = list(_sheet().values())
    if brief.kind == "description":
        own = _line(brief.description) or "A sturdy one for every day, and a welcome gift"
        others = [_line(one.description) for one in sheet if one.category == brief.category and one.description]
    else:
        own = _line(brief.title) or "Foldable bird table with a fox"
        others = [_line(one.title) for one in sheet if one.category == brief.category]
    other = next((text for text in others if text != own), "")
    return "\n".join([own, *variants.reworded(own), *([other] if other else [])])


def _line(text: str) -> str:
    """A text of the sheet as one wording, cut at a word where it is too long for one."""
    text = " ".join(text.split())
    return text if len(text) <= variants.LONGEST else text[: variants.LONGEST].rsplit(" ", 1)[0]


@st.cache_resource(show_spinner=False, max_entries=4)
def _briefs(folder: Path, data: int, _shop: Workspace, _past: History) -> dict[str, Brief]:
    return briefs.of_sheet(_shop.cursor(), _past)


@st.cache_resource(show_spinner="Opening the forecaster. This happens once and takes some seconds ...", max_entries=2)
def _judges(
    folder: Path,
    data: int,
    version: str | None,
    panel: int,  # tells it from one that was trained anew; the answer keeps it alive, so that no other has its number
    why: str,
    _shop: Workspace,
    _panel: "Panel | None",
    _past: History,
) -> "Judges":
    from core.concepts.judges import Judges

    return Judges.opened(_shop, _past, version, _panel, why)


@st.cache_resource(
    show_spinner="Learning the words of the shop. This happens once and takes some seconds ...", max_entries=2
)
def _suggester(folder: Path, data: int, encoder: str, _shop: Workspace, _judges: "Judges") -> "Suggester":
    from core.concepts import suggestions

    return suggestions.suggester(_judges.past, _judges.encoder, _shop.artifacts)

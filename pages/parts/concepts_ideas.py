"""Ideas for the concept lab: words to try in a wording, and drafts of a language model where one is named."""

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core import shell
from core.concepts import drafts
from core.concepts.brief import Brief
from core.concepts.drafts import Endpoint
from core.concepts.places import Place, places
from core.errors import DebutError
from pages.parts import concepts_lab as lab

if TYPE_CHECKING:  # brings torch along
    from core.audience.segments import Segments
    from core.concepts.judges import Judges

__all__ = ["draft", "suggest"]

COUNT = 10  # suggestions at once
PROPOSALS = "concepts_proposals"


@st.fragment
def suggest(judges: "Judges", brief: Brief, wording: str) -> None:
    """Words for a place of a wording; drawn again by itself."""
    from core.concepts.suggestions import judged  # brings torch along

    st.header("Words to try")
    varied, _ = brief.apart(wording)
    spots = places(varied)
    at = st.selectbox(
        "Where",
        range(len(spots)),
        key=f"concepts_place_{len(spots)}",
        format_func=lambda one: _named(spots[one]),
        width=320,
    )
    try:
        known = lab.suggester(judges)
        with st.spinner("Trying words ..."):
            found = judged(judges, known, wording, spots[at or 0], COUNT, brief)
    except DebutError as error:
        shell.fail(error)
        return
    chosen = _suggested(found, brief)
    st.caption(
        "Words of your own titles only. “Fits” is how well a word goes with the rest of the wording, “bought” how much "
        "more often it stands in what the segment buys than in what all buy (of all customers: than on offer). "
        "The effects are those of the whole wording with the word in it."
    )
    _adder("Add the ticked to the wordings", "concepts_add_words", found["text"].iloc[chosen].tolist())


def _suggested(found: pd.DataFrame, brief: Brief) -> list[int]:
    """The suggestions as a table; returns the rows that are ticked."""
    shown = found.assign(**{name: found[name] * 100 for name in ("fits", "preference_change", "units_change")})
    kept = [name for name in ("preference_change", "units_change") if shown[name].notna().any()]
    number, whom = st.column_config.NumberColumn, shell.plain(brief.segment)  # a help is Markdown
    table = st.dataframe(
        shown[["word", "fits", "lift", *kept, "text"]],
        hide_index=True,
        key=f"concepts_suggested_{_stamp(found['text'])}",  # ticks are of these words
        on_select="rerun",
        selection_mode="multi-row",
        alt="Words to try",
        column_config={
            "word": st.column_config.TextColumn("Word", width=130, pinned=True),
            "fits": number("Fits", format="%.1f %%"),
            "lift": number("Bought", format="%.2f ×", help=f"By {whom}"),
            "preference_change": number("Preference", format="%+.0f %%", help=f"Of {whom}"),
            "units_change": number("Units", format="%+.0f %%", help="Of the mean"),
            "text": st.column_config.TextColumn("Wording", width=340),
        },
    )
    return [row for row in table.selection.rows if row < len(found)]


def draft(brief: Brief, wording: str, division: "Segments | None") -> None:
    """Ask a language model for wordings. Nothing is sent before the button is pressed."""
    with st.expander("Drafts of a language model (off unless you name one)", icon=":material/edit_note:"):
        st.markdown(
            "An endpoint that speaks the OpenAI protocol, your own or a provider's, can draft wordings. They are "
            "**proposals**: add them to the wordings, and they are judged like any other."
        )
        endpoint = _endpoint()
        count = st.slider("How many", 1, drafts.MOST, 4, key="concepts_draft_count", width=200)
        told = None if division is None else drafts.profile(division, brief.segment)
        asked = drafts.question(told or "Customers of the shop.", brief.texts([wording])[0], brief.kind, count)
        st.markdown("This is sent, and nothing else: no customer, no id, no sale.")
        st.code(asked.shown, language=None, wrap_lines=True)
        if st.button("Send and draft", key="concepts_ask", disabled=endpoint is None, icon=":material/send:"):
            _ask(endpoint, asked, count)
        if endpoint is None:
            st.caption("Name an address and a model to switch this on.")
        _proposals()


def _endpoint() -> Endpoint | None:
    """Of the environment, or of the fields, which are kept in this session only."""
    known = drafts.from_environment()
    if known is not None:
        try:
            known.checked()  # before it is shown, as it may hold a key where none belongs
        except DebutError as error:
            shell.fail(error)
            return None
        st.caption(f"Endpoint of this server's settings: {shell.plain(known.url)}, model {shell.plain(known.model)}.")
        return known
    with st.container(horizontal=True):
        url = st.text_input(
            "Address",
            key="concepts_url",
            placeholder="http://localhost:11434/v1",
            width=300,
            help="For all visitors: DEBUT_LLM_URL, DEBUT_LLM_MODEL and DEBUT_LLM_KEY in the environment of Debut.",
        )
        model = st.text_input("Model", key="concepts_model", width=200)
        key = st.text_input(
            "Key",
            key="concepts_key",
            type="password",
            autocomplete="off",
            width=200,
            help="Kept in this session's memory only, and sent to this address only.",
        )
    return Endpoint(url.strip(), model.strip(), key.strip()) if url.strip() else None


def _ask(endpoint: Endpoint | None, asked: drafts.Question, count: int) -> None:
    if endpoint is None:
        return
    st.session_state.pop(PROPOSALS, None)
    try:
        with st.spinner("Waiting for drafts ..."):
            st.session_state[PROPOSALS] = drafts.ask(endpoint, asked, count)
    except DebutError as error:
        shell.fail(error)


def _proposals() -> None:
    found = st.session_state.get(PROPOSALS)
    if not found:
        return
    table = st.dataframe(
        pd.DataFrame({"proposal": found}),
        hide_index=True,
        key=f"concepts_proposed_{_stamp(found)}",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Proposals of the language model",
        column_config={"proposal": st.column_config.TextColumn("Proposal, not checked", width="large")},
    )
    chosen = [found[row] for row in table.selection.rows if row < len(found)]
    _adder("Add the ticked proposals to the wordings", "concepts_add_drafts", chosen)


def _adder(label: str, key: str, words: list[str]) -> None:
    """Adds to the wordings above, which are no part of a fragment: the whole page is drawn again."""
    if st.button(label, key=key, disabled=not words, on_click=lab.add, args=(words,), icon=":material/add:"):
        st.rerun()


def _stamp(words: Iterable[str]) -> int:
    """Another one for other words: a table that shows others must not keep the ticks."""
    return zlib.crc32("\n".join(words).encode())


def _named(place: Place) -> str:
    if place.replaced:
        return f"Instead of “{place.replaced}”"
    return f"Before “{place.before}”" if place.before else "At the end"

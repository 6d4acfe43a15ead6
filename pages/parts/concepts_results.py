"""Wordings side by side, and the words that carry the one that is looked at."""

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core import export, shell
from core.concepts import variants as lab
from core.concepts.brief import KINDS, Brief
from core.concepts.groups import EVERYBODY
from core.concepts.variants import Compared
from core.concepts.words import Carried, carried
from core.errors import DebutError
from pages.parts import concepts_charts as figures

if TYPE_CHECKING:  # brings torch along
    from core.concepts.judges import Judges

__all__ = ["side_by_side", "words"]


def side_by_side(judges: "Judges", brief: Brief, typed: list[str]) -> str:
    """The table and its pictures; returns the wording that is ticked, else the first."""
    try:
        with st.spinner("Asking about the wordings ..."):
            found = lab.compare(judges, typed, brief)
    except DebutError as error:
        shell.fail(error)
        st.stop()
    st.caption(_noise(found))
    chosen = _table(found, judges.weeks, brief)
    _verdicts(found)
    left, right = st.columns(2)
    if judges.panel is not None:
        left.plotly_chart(
            figures.preference(found.table, found.noise.preference),
            key="concepts_preference",
            alt=f"Probability that a customer buys, by wording: {brief.segment}",
        )
    if judges.forecaster is not None:
        side = left if judges.panel is None else right
        side.plotly_chart(
            figures.units(found.table), key="concepts_units", alt="Units forecast by wording, with the likely range"
        )
    _segments(found, typed)
    _download(found, brief)
    return typed[chosen]


@st.fragment
def words(judges: "Judges", brief: Brief, wording: str) -> None:
    """Which words carry a wording; drawn again by itself."""
    st.header("Words that carry it")
    st.text(wording)
    try:
        with st.spinner("Taking the wording apart ..."):
            found = carried(judges, wording, brief)
    except DebutError as error:
        shell.fail(error)
        return
    if judges.panel is not None:
        whom = "customers" if brief.segment == EVERYBODY else brief.segment
        st.markdown(f"**Preference** of {shell.plain(whom)}: {_from_to(found, 'preference', '{:.2%}')}")
        _chips(found, "preference")
    if judges.forecaster is not None:
        st.markdown(f"**Units**: {_from_to(found, 'units', '{:,.0f}')}")
        _chips(found, "units")
    st.caption(
        "What a word adds on average over all orders in which the words could have been put together; multiplied, the "
        f"words lead from the item without this {KINDS[brief.kind].lower()} to the item with it. "
        "A dashed word moves nothing that is sure."
    )


def _chips(found: Carried, name: str) -> None:
    names = found.table["word"].tolist()
    values, errors = found.table[name].to_numpy(), found.table[f"{name}_error"].to_numpy()
    st.html(figures.chips(names, values, errors, f"Words and what each adds to {name}"))


def _from_to(found: Carried, name: str, form: str) -> str:
    return f"{form.format(found.without[name])} without these words, {form.format(found.whole[name])} with them"


def _noise(found: Compared) -> str:
    """What a difference has to be, for it to mean something."""
    parts = [
        f"{what} by {np.expm1(lab.SURE * size):.0%}"
        for what, size in (("preference", found.noise.preference), ("units", found.noise.units))
        if size is not None
    ]
    if not parts:
        return "Tick a row to see its words below."
    return (
        f"The first wording is what the others are compared with. The same words in another order move "
        f"{' and '.join(parts)} at most in 19 of 20 cases: what differs by less is no news. "
        "Tick a row to see its words below."
    )


def _verdicts(found: Compared) -> None:
    """What each wording comes to against the first one, in words."""
    rows = list(zip(found.table["variant"], found.table["says"], strict=True))
    lines = [f"{number}. *{shell.plain(words)}*: {says}" for number, (words, says) in enumerate(rows, 1) if number > 1]
    if lines:
        st.markdown("\n".join(lines))


def _table(found: Compared, weeks: int, brief: Brief) -> int:
    """The wordings as a table; returns the row that is ticked, else 0."""
    shown = found.table.assign(
        preference=found.table["preference"] * 100,
        preference_change=found.table["preference_change"] * 100,
        units_change=found.table["units_change"] * 100,
    )
    shown.loc[0, ["preference_change", "units_change"]] = np.nan  # the first one differs from itself by nothing
    columns = ["variant", "preference", "preference_change", "buyers", "p50", "p10", "p90", "mean", "units_change"]
    kept = [name for name in columns if name == "variant" or found.table[name].notna().any()]
    column, number = st.column_config, st.column_config.NumberColumn
    whom = shell.plain(brief.segment)  # a help is Markdown
    table = st.dataframe(
        shown[kept],
        hide_index=True,
        key=f"concepts_table_{zlib.crc32(chr(10).join(found.table['variant']).encode())}",
        on_select="rerun",
        selection_mode="single-row",
        alt="Wordings side by side",
        column_config={
            "variant": column.TextColumn(KINDS[brief.kind], width=260, pinned=True),
            "preference": number("Wanted", format="%.2f %%", help=f"Mean probability that one of {whom} buys"),
            "preference_change": number("Against 1st", format="%+.0f %%", help="Ratio of the odds less 1"),
            "buyers": number("Buyers", format="%.0f", help=f"Expected, of {whom}"),
            "p50": number("Units", format="%.0f", help=f"The median forecast of the first {weeks} weeks"),
            "p10": number("Low", format="%.0f", help="P10: one launch in ten sells less"),
            "p90": number("High", format="%.0f", help="P90: one launch in ten sells more"),
            "mean": number("Mean", format="%.0f", help="The expected units, what profit is counted with"),
            "units_change": number("Mean against 1st", format="%+.0f %%"),
        },
    )
    return int(table.selection.rows[0]) if table.selection.rows else 0


def _segments(found: Compared, typed: list[str]) -> None:
    if found.by_segment.empty:
        return
    st.header("By segment")
    st.plotly_chart(
        figures.segments(found.by_segment, typed),
        key="concepts_segments",
        alt="Probability that a customer buys, by wording and segment",
    )
    st.caption(
        "Mean probability that a customer of the segment buys. Teal: a wording that the segment wants more than the "
        "others; orange: less."
    )
    with st.expander("Buyers and units by segment", icon=":material/table:"):
        st.dataframe(
            found.by_segment.assign(preference=found.by_segment["preference"] * 100),
            hide_index=True,
            key="concepts_by_segment",
            alt="Wordings by segment",
            column_config={
                "variant": "Wording",
                "segment": "Segment",
                "customers": st.column_config.NumberColumn("Customers", format="localized"),
                "preference": st.column_config.NumberColumn("Wanted", format="%.2f %%"),
                "buyers": st.column_config.NumberColumn("Buyers", format="%.0f"),
                "units": st.column_config.NumberColumn(
                    "Units", format="%.0f", help="The mean forecast, shared out by who is expected to buy"
                ),
            },
        )


def _download(found: Compared, brief: Brief) -> None:
    whole = found.table.rename(columns={name: f"units_{name}" for name in ("p10", "p50", "p90", "mean")})
    wide = pd.DataFrame()
    if not found.by_segment.empty:
        wide = found.by_segment.pivot(index="variant", columns="segment", values="preference").add_prefix("wanted: ")
    kept = whole.merge(wide, left_on="variant", right_index=True) if len(wide) else whole
    kept.insert(1, "segment", brief.segment)
    st.download_button(
        "Download the comparison",
        lambda: export.to_csv(kept, decimals=4),
        "wordings.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="concepts_download",
    )

"""The like items of one new item: which count and how much, and the base demand; tried at once, kept on a click."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core import like_choices, shell
from core.errors import DebutError
from core.like_choices import Choice
from core.outlook import Expected, Outlook
from pages.parts import plan_shop

__all__ = ["STAY", "draft", "editor", "launch_key"]

STAY = "stay_on_item"  # in the session: the item to show on, as the list may come in another order now
SHOWN = 8  # of the like items as found; those that were added or weighted come on top


def launch_key(item_id: str) -> str:
    """Of the launch-week slider, for which a base demand is typed."""
    return f"launch_week_{item_id}"


def draft(outlook: Outlook, item_id: str) -> Choice:
    """The choice as it stands on the page, kept or not.

    Read from the widgets' state before they are drawn, so that the forecast above them follows in the same run.
    Taking in the same edit twice changes nothing, as each says what a row is and not what was done to it.
    """
    kept = outlook.choices.get(item_id, Choice())
    choice: Choice = st.session_state.get(_name("draft", item_id), kept)
    edits = st.session_state.get(_key("like", item_id), {}).get("edited_rows", {})
    rows: list[str] = st.session_state.get(_name("like_rows", item_id), [])
    for at, values in edits.items():
        if int(at) < len(rows):
            choice = _edited(choice, rows[int(at)], values)
    choice = _based(choice, item_id)
    choice = replace(choice, note=(st.session_state.get(_key("note", item_id), choice.note) or "").strip())
    if choice.stamp == kept.stamp:  # nothing is tried: what another tab keeps is shown here, too
        st.session_state.pop(_name("draft", item_id), None)
    else:
        st.session_state[_name("draft", item_id)] = choice
    return choice


def editor(outlook: Outlook, item_id: str, choice: Choice, expected: Expected) -> None:
    """The table with its edits, the base demand, and what keeps them or takes them back."""
    kept = outlook.choices.get(item_id, Choice())
    st.subheader("Sells like")
    st.caption(
        "The forecast is made of what these earlier launches sold. Untick one that is nothing like it, or type how "
        "much one should count; the others share the rest. The forecast above follows at once."
    )
    table = _table(outlook, item_id, choice, expected)
    st.session_state[_name("like_rows", item_id)] = table["product_id"].tolist()
    st.data_editor(
        table,
        key=_key("like", item_id),
        hide_index=True,
        num_rows="fixed",
        alt="Like items",
        placeholder="–",
        disabled=["title", "units", "similarity", "weight", "product_id"],
        column_order=["use", "title", "units", "similarity", "weight", "share"],
        column_config=_columns(outlook.weeks),
    )
    others = 1 - table["weight"].sum() / 100
    if others > 0.005:
        st.caption(f"The other {others:.0%} of the weight is spread over launches that are not listed.")
    _adder(item_id, choice, table["product_id"].tolist(), outlook.weeks)
    _base(item_id, choice, expected)
    _keeping(item_id, choice, kept)


def _edited(choice: Choice, product_id: str, values: dict[str, object]) -> Choice:
    """The choice with what was changed in one row of the table."""
    share = values.get("share")
    if "share" in values:
        choice = choice.sharing(product_id, float(share) / 100 if isinstance(share, int | float) else None)
    if "use" in values:
        choice = choice.excluding(product_id, not values["use"])
    return choice


def _based(choice: Choice, item_id: str) -> Choice:
    """The choice with the base demand that stands in its box, for the launch week that is shown."""
    base = st.session_state.get(_key("base", item_id), choice.base)
    if base == choice.base:
        return choice
    week = st.session_state.get(launch_key(item_id))
    day = pd.Timestamp(week).date() if base is not None and week is not None else None
    return replace(choice, base=None if base is None else float(base), base_week=day)


def _table(outlook: Outlook, item_id: str, choice: Choice, expected: Expected) -> pd.DataFrame:
    """One row an item as found, then those that were added; the order never changes, as edits go by row."""
    found = outlook.found[outlook.found["item_id"] == item_id].head(SHOWN)
    like = expected.like.set_index("product_id", drop=False)
    more = dict.fromkeys([*choice.added, *sorted(choice.shares)])  # not by weight, which an edit changes
    listed = [code for code in more if code in like.index and code not in set(found["product_id"])]
    rows = pd.concat([found, like.loc[listed]], ignore_index=True)
    return pd.DataFrame(
        {
            "use": ~rows["product_id"].isin(choice.excluded),
            "title": rows["title"],
            "units": rows["units"],
            "similarity": rows["similarity"],
            "weight": (rows["product_id"].map(like["weight"]).fillna(0).to_numpy() * 100).round(1),
            "share": rows["product_id"].map(choice.shares).astype(float) * 100,
            "product_id": rows["product_id"],
        }
    )


def _columns(weeks: int) -> dict[str, Any]:
    return {
        "use": st.column_config.CheckboxColumn(
            "Use", width=70, help="Untick to leave it out; the others share its weight"
        ),
        "title": st.column_config.TextColumn("Earlier item", width=220),
        "units": st.column_config.NumberColumn(
            "Units then",
            format="%.0f",
            width=90,
            help=f"In its own first {weeks} weeks",
        ),
        "similarity": st.column_config.ProgressColumn(
            "Similarity", min_value=0, max_value=1, format="%.2f", help="Of the texts: 1 is the same"
        ),
        "weight": st.column_config.NumberColumn("Weight", format="%.0f %%", width=80, help="What it counts for now"),
        "share": st.column_config.NumberColumn(
            "Set weight",
            format="%d %%",
            min_value=0,
            max_value=100,
            step=1,
            width=100,
            help="In percent of all. Empty leaves it to Debut",
        ),
    }


def _adder(item_id: str, choice: Choice, listed: list[str], weeks: int) -> None:
    """Search among all past launches; the one that is picked is a row of the table from then on."""
    past = shell.past()
    launches = past.items.iloc[past.launches(weeks)[::-1]]  # the latest first
    titles = launches.set_index("product_id")["title"].drop(listed, errors="ignore").to_dict()
    key = f"{_key('add', item_id)}_{len(choice.added)}"

    def add() -> None:
        picked = st.session_state[key]
        if picked is not None:
            st.session_state[_name("draft", item_id)] = choice.adding(picked)

    st.selectbox(
        "Add an earlier item",
        list(titles),
        index=None,
        key=key,
        on_change=add,
        format_func=lambda product: f"{titles[product]} ({product})",
        placeholder="Type words of its title",
        help="Any launch whose first weeks are known. It counts as much as the first above until you set its weight.",
    )


def _base(item_id: str, choice: Choice, expected: Expected) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = f" Typed for a launch in the week of {choice.base_week:%d %b %Y}." if choice.base_week else ""
        st.number_input(
            "Base demand (units)",
            min_value=0.0,
            value=choice.base,
            step=1.0,
            format="%.0f",
            key=_key("base", item_id),
            placeholder="As forecast",
            help="Where you know better: the median of the whole launch window. The range and the other launch weeks "
            f"move along. Empty leaves it to the forecast.{typed}",
            width=200,
        )
        st.text_input(
            "Why (a note for later)",
            value=choice.note,
            max_chars=like_choices.LONGEST_NOTE,
            key=_key("note", item_id),
            placeholder="Same buyer, same shelf as the spring range",
        )


def _keeping(item_id: str, choice: Choice, kept: Choice) -> None:
    """Keep the choice for the plan, or go back; both draw the whole page again, as its list changes too."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        changed = choice.stamp != kept.stamp
        who = plan_shop.name_box(f"like_by_{item_id}") if changed else ""
        if st.button(
            "Keep for the plan", type="primary", icon=":material/check:", disabled=not changed, key=f"keep_{item_id}"
        ):
            _store(item_id, replace(choice, who=who))
        if st.button(
            "Back to what Debut found",
            icon=":material/undo:",
            disabled=not changed and kept == Choice(),
            key=f"found_{item_id}",
        ):
            _store(item_id, Choice())
        if changed:
            st.caption("Tried, not kept yet: the list and the launch plan still go by what was kept before.")
        elif kept != Choice():
            by = f" by {shell.plain(kept.who)}" if kept.who else ""
            st.caption(
                f"Kept{by}: the list and the launch plan go by your choice. The levers above stay a trial: "
                "the plan goes by the sheet's price, stock and launch weeks."
            )


def _store(item_id: str, choice: Choice) -> None:
    try:
        like_choices.keep(shell.workspace(), item_id, choice)
    except DebutError as error:
        shell.fail(error)
        return
    st.session_state.pop(_name("draft", item_id), None)
    # New keys: what the widgets hold belongs to what was before.
    st.session_state[_name("like_round", item_id)] = _round(item_id) + 1
    st.session_state[STAY] = item_id
    st.rerun()


def _key(name: str, item_id: str) -> str:
    """Of a widget, until the choice is stored."""
    return f"{name}_{item_id}_{_round(item_id)}"


def _round(item_id: str) -> int:
    return int(st.session_state.get(_name("like_round", item_id), 0))


def _name(name: str, item_id: str) -> str:
    """Of what is kept in the session, apart from the widgets and from shop to shop."""
    return f"{name}:{st.session_state.shop}:{item_id}"

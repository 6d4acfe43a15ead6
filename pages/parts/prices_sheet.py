"""The whole sheet priced at once: a table to edit, what it comes to, and keeping it for the plan."""

import zlib
from typing import Any

import pandas as pd
import streamlit as st

from core import export, shell
from core.errors import DebutError
from core.outlook import Outlook
from core.prices import cases, choices
from core.prices.choices import Choice, Wish
from core.prices.priced import Effect, Sheet
from pages.parts import prices_charts as charts
from pages.parts import prices_shop as shop

__all__ = ["drafts", "keep", "show", "signature", "store"]

SAME = 0.005
NAMED = 5  # items that are left out, by name
SHOWN = [
    *("title", "planned", "best", "good", "suggested", "rules_gain", "price", "locked", "gain", "likely", "notes"),
    *("category", "item_id"),
]
BY_HAND, BY_RULES = "typed on the Pricing page", "earns most under the rules"


@st.fragment
def show(outlook: Outlook, sheet: Sheet) -> None:
    """The table with its totals, drawn again by itself."""
    kept = shop.kept()
    prices, locks = drafts(sheet, kept)
    _taking(sheet, prices, locks)
    table = sheet.table(prices)
    _effect(sheet, prices)
    _picture(sheet, table)
    _editor(outlook, sheet, table, locks)
    _keeping(sheet, prices, locks, kept)
    _log(outlook)


def drafts(sheet: Sheet, kept: dict[str, Choice]) -> tuple[dict[str, float], dict[str, bool]]:
    """item_id to its price and to whether it is locked, as they stand on the page, kept or not."""
    prices, locks = dict(sheet.planned), dict.fromkeys(sheet.planned, False)
    for item, choice in kept.items():
        if item in prices:
            prices[item], locks[item] = choice.price, choice.locked
    _take_in_edits()
    for item, (price, lock) in st.session_state.get(_name("draft"), {}).items():
        if item in prices:
            prices[item] = prices[item] if price is None else price
            locks[item] = locks[item] if lock is None else lock
    return prices, locks


def keep(wishes: list[Wish]) -> bool:
    """Keep prices for the plan, as one act; where that cannot be, the page says why."""
    try:
        who, why = (str(st.session_state.get(name) or "") for name in ("price_by", "price_note"))
        choices.keep(shell.workspace(), wishes, who, why)
    except DebutError as error:
        shell.fail(error)
        return False
    return True


def store(item: str | None = None) -> None:
    """Forget the draft, or an item's alone, as it is kept now, and draw the page again."""
    if item is None:
        st.session_state.pop(_name("draft"), None)
    else:
        st.session_state.get(_name("draft"), {}).pop(item, None)
    _new_round()
    st.rerun()


def signature() -> None:
    """Who and why, kept with the prices."""
    st.text_input("Your name", key="price_by", max_chars=choices.LONGEST, width=180, placeholder="Optional")
    st.text_input("Why", key="price_note", max_chars=choices.LONGEST, width=280, placeholder="A note for later")


def _take_in_edits() -> None:
    """What was edited in the table goes into the draft: by item, as the table's rows come and go with its filter."""
    edits = st.session_state.get(st.session_state.get(_name("editor"), "prices_none"), {}).get("edited_rows", {})
    rows: list[str] = st.session_state.get(_name("rows"), [])
    draft = st.session_state.setdefault(_name("draft"), {})
    for at, values in edits.items():
        if int(at) < len(rows):
            price, lock = draft.get(rows[int(at)], (None, None))
            typed = values.get("price", price)
            draft[rows[int(at)]] = (typed if typed and typed > 0 else price, values.get("locked", lock))


def _taking(sheet: Sheet, prices: dict[str, float], locks: dict[str, bool]) -> None:
    """Set all prices at once, but those that are locked."""
    open_items = [item for item in prices if not locks[item]]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Take the prices under the rules",
            type="primary",
            icon=":material/auto_awesome:",
            key="take_suggested",
            disabled=all(abs(sheet.suggested[item] - prices[item]) < SAME for item in open_items),
            on_click=_take,
            args=({item: sheet.suggested[item] for item in open_items},),
            help="For all items that are not locked. The plan goes by them once they are kept.",
        )
        st.button(
            "Back to the sheet's prices",
            icon=":material/restart_alt:",
            key="take_planned",
            disabled=all(abs(sheet.planned[item] - prices[item]) < SAME for item in open_items),
            on_click=_take,
            args=({item: sheet.planned[item] for item in open_items},),
        )


def _take(prices: dict[str, float]) -> None:
    """Put prices into the draft; runs before the page is drawn, so that all of it goes by them."""
    _take_in_edits()
    draft = st.session_state.setdefault(_name("draft"), {})
    for item, price in prices.items():
        draft[item] = (price, draft.get(item, (None, None))[1])
    _new_round()


def _picture(sheet: Sheet, table: pd.DataFrame) -> None:
    """Gains of the prices on the page; before any differs from the sheet's, of those under the rules."""
    own = bool(((table["price"] - table["planned"]).abs() >= SAME).any())
    shown = table if own else sheet.table(sheet.suggested)
    shown = shown[(shown["price"] - shown["planned"]).abs() >= SAME]
    if shown.empty:
        return
    st.plotly_chart(charts.gains(shown), key="gains", alt="Profit gained by item, against the sheet's prices")
    whose = "Your prices" if own else "The prices under the rules"
    st.caption(
        f"{whose} against the sheet's, of the {len(shown):,} items where they differ. Lines: likely range (8 in 10). "
        "Hover over a bar to see which item it is."
    )


def _new_round() -> None:
    """Another table from now on: what was typed in this one belongs to what was before."""
    st.session_state[_name("round")] = st.session_state.get(_name("round"), 0) + 1
    st.session_state.pop(_name("editor"), None)


def _effect(sheet: Sheet, prices: dict[str, float]) -> None:
    """What the sheet comes to, and by how much that differs from the sheet's prices."""
    now, gain = sheet.effect(prices), sheet.effect(prices, sheet.planned)
    before = sheet.effect(sheet.planned)
    changed = sum(abs(prices[item] - sheet.planned[item]) >= SAME for item in prices)
    if not changed:
        best = sheet.effect(sheet.suggested, sheet.planned)
        st.markdown(
            f"At the sheet's prices. Under the rules the {len(prices):,} items would earn "
            f"**{best.profit[1]:+,.0f}** (8 in 10: {best.profit[0]:+,.0f} to {best.profit[2]:+,.0f})."
        )
    else:
        share = gain.profit[1] / before.profit[1] if before.profit[1] > 0 else 0.0
        st.markdown(
            f"{changed:,} of {len(prices):,} prices differ from the sheet's; together they earn "
            f"**{gain.profit[1]:+,.0f}** ({share:+.1%}; 8 in 10: {gain.profit[0]:+,.0f} to {gain.profit[2]:+,.0f})."
        )
    _metrics(now, gain)


def _metrics(now: Effect, gain: Effect) -> None:
    with st.container(horizontal=True):
        for label, name in (
            ("Expected units", "units"),
            ("Expected revenue", "revenue"),
            ("Expected profit", "profit"),
        ):
            low, mean, high = getattr(now, name)
            change = getattr(gain, name)[1]
            st.metric(
                label,
                f"{mean:,.0f}",
                f"{change:+,.0f}" if round(change) else None,
                border=True,
                height="stretch",
                help=f"8 in 10: {low:,.0f} to {high:,.0f}, as far as the answer to price is unknown, the same for all "
                "items. Below, in colour: against the sheet's prices.",
            )


def _editor(outlook: Outlook, sheet: Sheet, table: pd.DataFrame, locks: dict[str, bool]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Search", key="price_search", placeholder="Words in the title", width=220)
        categories = sorted(one for one in table["category"].unique() if one)
        chosen = st.multiselect("Category", categories, key="price_category", disabled=not categories, width=300)
        flagged = st.toggle("Only with notes", key="price_flagged")
    shown = table[table["title"].str.contains(search, case=False, regex=False)] if search else table
    shown = shown[shown["category"].isin(chosen)] if chosen else shown
    shown = (shown[shown["notes"] != ""] if flagged else shown).reset_index(drop=True)
    st.caption(f"{len(shown):,} of {len(table):,} items. Type a price, or lock one that must stay as it is.")
    rows = shown["item_id"].tolist()
    key = f"prices_{zlib.crc32(','.join(rows).encode())}_{st.session_state.get(_name('round'), 0)}"
    st.session_state[_name("rows")], st.session_state[_name("editor")] = rows, key
    rules = sheet.table(sheet.suggested).set_index("item_id")["gain"]
    frame = shown.assign(
        rules_gain=[rules[item] for item in rows],
        locked=pd.Series([locks[item] for item in rows], dtype=bool),
        good=[_range(low, high) for low, high in zip(shown["near_low"], shown["near_high"], strict=True)],
        likely=[
            f"{low:+,.0f} to {high:+,.0f}" for low, high in zip(shown["gain_low"], shown["gain_high"], strict=True)
        ],
    )
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        num_rows="fixed",
        alt="Prices of the new items",
        height=380,
        disabled=[str(name) for name in frame if name not in ("price", "locked")],
        column_order=SHOWN,
        column_config=_columns(),
        placeholder="–",
    )
    out = cases.left_out(outlook.at_sheet)
    if out:
        more = f" and {len(out) - NAMED:,} more" if len(out) > NAMED else ""
        st.caption(shell.plain(f"Not priced: {', '.join(sorted(out)[:NAMED])}{more}. {next(iter(out.values()))}"))
    st.download_button(
        "Download the prices",
        lambda: export.to_csv(table.assign(locked=[locks[item] for item in table["item_id"]])),
        "prices.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_prices",
        help="All items, whatever is filtered above.",
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "title": st.column_config.TextColumn("Item", width=180, pinned=True),
        "planned": number("Sheet", format="%.2f", width=70, help="The sheet's price, with which the forecast was made"),
        "best": number("Best", format="%.2f", width=70, help="Earns most, whatever the rules"),
        "suggested": number("Rules", format="%.2f", width=70, help="Earns most under the rules"),
        "rules_gain": number("Would gain", format="%.0f", width=80, help="Profit of that, against the sheet's price"),
        "price": number("Yours", format="%.2f", min_value=0.01, width=80, help="Type another price"),
        "locked": st.column_config.CheckboxColumn("Lock", width=60, help="Stays when all prices are taken at once"),
        "gain": number("Gain", format="%.0f", width=70, help="Expected profit against the sheet's price"),
        "likely": st.column_config.TextColumn("Likely gain", width=120, help="8 in 10, of the answer to price"),
        "good": st.column_config.TextColumn("As good", width=110, help="Prices within 2 % of the best profit"),
        "notes": st.column_config.TextColumn("Notes", width=240),
        "category": "Category",
        "item_id": st.column_config.TextColumn("Code"),
    }


def _keeping(sheet: Sheet, prices: dict[str, float], locks: dict[str, bool], kept: dict[str, Choice]) -> None:
    wishes = _wishes(sheet, prices, locks, kept)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        signature()
        if st.button(
            "Keep for the plan", type="primary", icon=":material/check:", disabled=not wishes, key="keep_prices"
        ) and keep(wishes):
            store()
        undoable = choices.last(shell.workspace().cursor())
        if st.button(
            "Undo",
            icon=":material/undo:",
            disabled=not undoable,
            key="undo_prices",
            help=undoable or "Nothing to undo.",
        ):
            choices.undo(shell.workspace())
            store()
    if wishes:
        st.caption(f"{len(wishes):,} changes are tried, not kept yet: the launch plan goes by what was kept before.")


def _wishes(sheet: Sheet, prices: dict[str, float], locks: dict[str, bool], kept: dict[str, Choice]) -> list[Wish]:
    """What differs from what is in force."""
    wishes = []
    for item, price in prices.items():
        own = abs(price - sheet.planned[item]) >= SAME or locks[item]
        wanted = (round(price, 4), locks[item]) if own else None
        choice = kept.get(item)
        before = (round(choice.price, 4), choice.locked) if choice else None
        if wanted != before:
            reason = BY_RULES if abs(price - sheet.suggested[item]) < SAME else BY_HAND
            wishes.append(Wish(item, price, reason, locks[item]) if own else Wish(item, None, "back to the sheet's"))
    return wishes


def _log(outlook: Outlook) -> None:
    log = choices.log(shell.workspace().cursor())
    if log.empty:
        return
    with st.expander("Prices kept so far", icon=":material/history:"):
        titles = outlook.items.set_index("item_id")["title"]
        log.insert(2, "title", log["item_id"].map(titles).fillna(""))
        st.dataframe(
            log.drop(columns="act"),
            hide_index=True,
            key="price_log",
            alt="Prices kept so far",
            placeholder="the sheet's",
            column_config={
                "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
                "title": st.column_config.TextColumn("Item", width=200),
                "made_by": "Who",
                "item_id": "Code",
                "price": st.column_config.NumberColumn("Price", format="%.2f"),
                "reason": "From",
                "note": "Why",
                "undone": "Undone",
            },
        )


def _range(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{low:,.2f} – {high:,.2f}"


def _name(name: str) -> str:
    """Of what is kept in the session, apart from the widgets and from shop to shop."""
    return f"price_{name}:{st.session_state.shop}"

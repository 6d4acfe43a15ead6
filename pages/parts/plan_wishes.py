"""The settings of the plan in a merchandiser's words: budgets, calendar, what the plan chooses, stock, single items."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import pandas as pd
import streamlit as st

from core import shell
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import Wishes
from core.plans.wishes import STOCK_RULES
from core.scenarios import Scenario
from pages.parts import plan_shop as shop

__all__ = ["show"]

RULES = {
    "best": "What earns most",
    "service": "A chance not to run out",
    "sell_through": "A share that is sold",
}
NOT_BOTH, TOGETHER = "not both", "together or none"
PLACES = ("first", "second", "third", "fourth")
AHEAD = 26  # weeks that can be limited one by one


def show(scenario: Scenario, outlook: Outlook) -> None:
    """An expander with a form; what is sent is tried at once, and kept when it is kept."""
    wishes = shop.tried(scenario)
    # Other inputs where the settings were set otherwise, so that they show them; what stands beside is no part of it.
    inside = replace(wishes, launches=None, objective="profit", blend=0.5)
    st.session_state.wish_mark = f"{scenario.scenario_id}_{hash(inside) % 10**9}"
    with st.expander("Budgets, calendar and other settings", icon=":material/tune:", key="plan_settings"):
        with st.form(_key("form"), border=False):
            sent = _form(wishes, outlook)
            if not st.form_submit_button("Plan again", type="primary", icon=":material/refresh:", key="plan_again"):
                return
        try:
            shop.try_out(scenario, **sent())
        except DebutError as error:
            shell.fail(error)
            return
        st.rerun()


def _key(name: str) -> str:
    return f"{name}:{st.session_state.wish_mark}"


def _form(wishes: Wishes, outlook: Outlook) -> Callable[[], dict[str, Any]]:
    """The inputs; gives a function that reads them, as a form has no values before it is sent."""
    left, middle, right = st.columns(3)
    with left:
        money = _money(wishes)
    with middle:
        stock = _stock(wishes)
    with right:
        free = _freedom(wishes)
    names = shop.labels(outlook)
    one, two = st.columns(2)
    with one:
        weeks = _weeks(wishes, outlook)
        items = _items(wishes, names)
    with two:
        categories = _categories(wishes, outlook)
        groups = _groups(wishes, names)
    return lambda: {**money, **stock, **free, **items, **_read_weeks(weeks), **_read_more(categories, groups, names)}


def _money(wishes: Wishes) -> dict[str, Any]:
    st.markdown("**Money and pace**")
    none: dict[str, Any] = {"min_value": 0.0, "step": 100.0, "format": "%.0f", "placeholder": "No limit"}
    stock = st.number_input(
        "Budget for opening stock", value=wishes.stock_budget, key=_key("wish_stock_budget"), **none
    )
    ads = st.number_input("Budget for ads", value=wishes.ads_budget, key=_key("wish_ads_budget"), **none)
    margin = st.number_input(
        "Margin at least (%)",
        0.0,
        100.0,
        None if wishes.min_margin is None else 100 * wishes.min_margin,
        1.0,
        format="%.0f",
        placeholder="Any",
        key=_key("wish_margin"),
        help="(Price less cost) as a share of the price.",
    )
    week = st.number_input(
        "Launches a week at most",
        0,
        1000,
        wishes.week_capacity,
        1,
        placeholder="No limit",
        key=_key("wish_week_capacity"),
    )
    least = st.number_input("Items at least", 0, 100_000, wishes.least, 1, key=_key("wish_least"))
    return {
        "stock_budget": stock,
        "ads_budget": ads,
        "min_margin": None if margin is None else margin / 100,
        "week_capacity": week,
        "least": int(least),
    }


def _stock(wishes: Wishes) -> dict[str, Any]:
    st.markdown("**Opening stock and caution**")
    rule = st.selectbox(
        "Buy",
        STOCK_RULES,
        STOCK_RULES.index(wishes.stock_rule),
        format_func=RULES.__getitem__,
        key=_key("wish_stock_rule"),
    )
    target = st.slider(
        "Target (%)",
        1,
        99,
        round(100 * wishes.target),
        key=_key("wish_target"),
        help="Of a chance not to run out, or of a share that is sold; what earns most needs none.",
    )
    left = st.slider(
        "What is left over is worth (% of its cost)", 0, 100, round(100 * wishes.leftover), 5, key=_key("wish_leftover")
    )
    risk = st.slider(
        "Caution (%)",
        0,
        100,
        round(100 * wishes.risk),
        5,
        key=_key("wish_risk"),
        help="0: the mean of all outcomes counts. 100: the mean of the worst fifth of them.",
    )
    return {"stock_rule": rule, "target": target / 100, "leftover": left / 100, "risk": risk / 100}


def _freedom(wishes: Wishes) -> dict[str, Any]:
    st.markdown("**What the plan may choose**")
    weeks = st.toggle(
        "The week of each launch",
        wishes.weeks == "choose",
        key=_key("wish_weeks"),
        help="Else: as early as each can be.",
    )
    prices = st.toggle(
        "Prices", wishes.prices == "choose", key=_key("wish_prices"), help="Else the sheet's, or those kept on Pricing."
    )
    ads = st.toggle(
        "Money for ads",
        wishes.ads == "choose",
        key=_key("wish_ads"),
        help="Else what the shop usually spends on a launch.",
    )
    lead = st.toggle(
        "Keep to lead times",
        wishes.lead_times,
        key=_key("wish_lead_times"),
        help="Nothing is launched before what is ordered now can be there.",
    )
    twins = st.toggle("Of near twins, one at most", wishes.twins, key=_key("wish_twins"))
    spacing = st.number_input(
        "Weeks between similar items", 0, 26, wishes.spacing, key=_key("wish_spacing"), help="0: as it comes."
    )
    until = st.date_input("Sales count until", wishes.until, key=_key("wish_until"), format="DD/MM/YYYY")
    return {
        "weeks": "choose" if weeks else "earliest",
        "prices": "choose" if prices else "keep",
        "ads": "choose" if ads else "usual",
        "lead_times": lead,
        "twins": twins,
        "spacing": int(spacing),
        "until": until if isinstance(until, date) else None,
    }


def _weeks(wishes: Wishes, outlook: Outlook) -> pd.DataFrame:
    """Weeks with a limit of their own; 0 is a week without launches."""
    known = sorted(
        {week.date() for week in outlook.totals["launch_week"]} | {*wishes.blackout, *dict(wishes.capacities)}
    )
    own: dict[date, int] = {**dict(wishes.capacities), **dict.fromkeys(wishes.blackout, 0)}
    frame = pd.DataFrame({"week": pd.to_datetime(known), "most": pd.array([own.get(one) for one in known], "Int64")})
    st.markdown("**Single weeks**")
    edited = st.data_editor(
        frame.head(max(AHEAD, len(own))),
        key=_key("wish_single_weeks"),
        hide_index=True,
        num_rows="fixed",
        height=220,
        disabled=["week"],
        alt="Launches at most in single weeks",
        placeholder="–",
        column_config={
            "week": st.column_config.DateColumn("Week of", format="D MMM YYYY", width=120),
            "most": st.column_config.NumberColumn(
                "Launches at most", min_value=0, step=1, help="Peaks and thin weeks; 0: nothing is launched then"
            ),
        },
    )
    return edited


def _read_weeks(edited: pd.DataFrame) -> dict[str, Any]:
    own = [
        (week.date(), int(most)) for week, most in zip(edited["week"], edited["most"], strict=True) if pd.notna(most)
    ]
    return {
        "capacities": tuple((week, most) for week, most in own if most > 0),
        "blackout": tuple(week for week, most in own if most == 0),
    }


def _items(wishes: Wishes, names: dict[str, str]) -> dict[str, Any]:
    st.markdown("**Single items**")
    kinds = (("must", "Must be launched", wishes.must), ("must_not", "Must not be launched", wishes.must_not))
    return {
        name: tuple(
            st.multiselect(
                label,
                list(names),
                [item for item in chosen if item in names],
                format_func=names.__getitem__,
                key=_key(f"wish_{name}"),
            )
        )
        for name, label, chosen in kinds
    }


def _categories(wishes: Wishes, outlook: Outlook) -> pd.DataFrame:
    """Items at least and at most, by category."""
    own = {name: (least, most) for name, least, most in wishes.categories}
    names = sorted({*outlook.items["category"].dropna(), *own})
    frame = pd.DataFrame(
        {
            "category": names,
            "least": pd.array([own.get(name, (None, None))[0] or None for name in names], "Int64"),
            "most": pd.array([own.get(name, (None, None))[1] for name in names], "Int64"),
        }
    )
    st.markdown("**Items by category**")
    return st.data_editor(
        frame,
        key=_key("wish_categories"),
        hide_index=True,
        num_rows="fixed",
        height=220,
        disabled=["category"],
        alt="Items at least and at most by category",
        placeholder="–",
        column_config={
            "category": st.column_config.TextColumn("Category", width=140),
            "least": st.column_config.NumberColumn("At least", min_value=0, step=1),
            "most": st.column_config.NumberColumn("At most", min_value=0, step=1),
        },
    )


def _groups(wishes: Wishes, names: dict[str, str]) -> pd.DataFrame:
    """Items that exclude each other, or go together."""
    known = [(NOT_BOTH, pair) for pair in wishes.not_both] + [(TOGETHER, bundle) for bundle in wishes.together]
    rows = [
        (rule, *(names[item] for item in items), *[None] * (len(PLACES) - len(items)))
        for rule, items in known
        if {*items} <= {*names} and len(items) <= len(PLACES)
    ]
    frame = pd.DataFrame(rows, columns=["rule", *PLACES], dtype=object)
    st.markdown("**Pairs and bundles**")
    options = list(names.values())
    return st.data_editor(
        frame,
        key=_key("wish_groups"),
        hide_index=True,
        num_rows="dynamic",
        height=220,
        alt="Items that exclude each other or go together",
        column_config={
            "rule": st.column_config.SelectboxColumn("Rule", options=[NOT_BOTH, TOGETHER], width=120, required=True),
            **{
                name: st.column_config.SelectboxColumn(f"{name.capitalize()} item", options=options, width=160)
                for name in PLACES
            },
        },
    )


def _read_more(categories: pd.DataFrame, groups: pd.DataFrame, names: dict[str, str]) -> dict[str, Any]:
    limits = [
        (str(name), _or(least, 0), None if pd.isna(most) else int(most))
        for name, least, most in categories[["category", "least", "most"]].itertuples(index=False)
        if pd.notna(least) or pd.notna(most)
    ]
    codes = {label: code for code, label in names.items()}
    apart: list[tuple[str, str]] = []
    bundles: list[tuple[str, ...]] = []
    for rule, *cells in groups[["rule", *PLACES]].itertuples(index=False):
        items = _codes(cells, codes)
        if rule == NOT_BOTH:
            apart += combinations(items, 2)
        elif rule == TOGETHER and len(items) > 1:
            bundles.append(items)
    return {"categories": tuple(limits), "not_both": tuple(dict.fromkeys(apart)), "together": tuple(bundles)}


def _codes(cells: Iterable[Any], codes: dict[str, str]) -> tuple[str, ...]:
    """The items that a row names, each once."""
    return tuple(dict.fromkeys(codes[str(cell)] for cell in cells if not pd.isna(cell) and str(cell) in codes))


def _or(value: float | None, default: int) -> int:
    return default if value is None or pd.isna(value) else int(value)

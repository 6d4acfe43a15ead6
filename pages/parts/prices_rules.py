"""The price rules: switched, set and ordered; families; and what is assumed where the sheet does not say."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core import shell
from core.errors import DebutError
from core.new_items import COST_ASSUMED
from core.outlook import Outlook
from core.prices import around, families, kept_rules, rules
from core.prices.families import Family
from core.prices.kept_rules import Policy
from core.prices.priced import Sheet
from core.prices.rules import ENDINGS, KINDS, STANDARD, Rule
from pages.parts import prices_shop as shop

__all__ = ["show"]

HINTS = {
    "margin": "(price - cost) / price is at least so much.",
    "bounds": "Columns price_min and price_max of the sheet.",
    "seen": "Beyond them, how demand answers is a guess.",
    "competitors": "Of the offers for the like of it; needs competitors' prices.",
    "cheaper": "0: the cheapest of all; 100: no limit. Needs competitors' prices.",
    "change": "Either way.",
    "family": "Each member at least so much dearer than the one before it. Families are set below.",
    "step": "Multiples of so much money.",
    "ending": "As here: how most of the shop's own prices end.",
}


def show(outlook: Outlook, sheet: Sheet | None) -> None:
    """The list, the families, what is assumed. sheet: None where it cannot be priced as the rules are."""
    policy = shop.policy()
    st.caption(
        "The first rule is the strongest. Each moves a price only if it has to; one that those above leave no room for "
        "is not kept, and the item says so."
    )
    changed = _counts(sheet)
    for at, rule in enumerate(policy.rules):
        _rule(policy, rule, at, changed.get(rule.kind, ""))
    if st.button("Standard rules", icon=":material/restart_alt:", disabled=policy.rules == STANDARD, key="rules_reset"):
        _keep(replace(policy, rules=STANDARD))
    _families(policy, outlook)
    _assumed(policy, outlook)


def _counts(sheet: Sheet | None) -> dict[str, str]:
    """Kind to what its rule did to the sheet, in words."""
    if sheet is None:
        return {}
    steps = [step for decision in sheet.decisions.values() for step in decision.steps]
    words = {}
    for kind in KINDS:
        mine = [step for step in steps if step.kind == kind]
        moved, failed = sum(step.kept for step in mine), sum(not step.kept for step in mine)
        parts = [f"changed {moved:,}"] * bool(moved) + [f"not kept for {failed:,}"] * bool(failed)
        words[kind] = ", ".join(parts)
    return words


def _rule(policy: Policy, rule: Rule, at: int, did: str) -> None:
    """One line: on or off, its number, up and down."""
    kind = KINDS[rule.kind]
    label = kind.label
    with st.container(horizontal=True, vertical_alignment="center", key=f"rule_{rule.kind}", border=True):
        st.text(f"{at + 1}", width=20)
        on = st.toggle(label, rule.on, key=f"on_{rule.kind}_{_round()}", help=HINTS[rule.kind], width=290)
        value, ending = rule.value, rule.ending
        if rule.kind == "ending":
            ending = st.selectbox(
                "Ending", list(ENDINGS), list(ENDINGS).index(rule.ending), key=f"ending_{_round()}", width=200
            )
        elif kind.unit:
            typed = st.number_input(
                kind.unit[0].upper() + kind.unit[1:],
                float(kind.lowest),
                float(kind.highest),
                float(rule.value),
                step=0.5 if rule.kind == "step" else 1.0,
                format="%g",
                key=f"value_{rule.kind}_{_round()}",
                width=200,
            )
            value = rule.value if typed is None else float(typed)
        for name, places, icon in (("up", -1, "arrow_upward"), ("down", 1, "arrow_downward")):
            end = at == (0 if places < 0 else len(policy.rules) - 1)
            if st.button(
                name.capitalize(),
                icon=f":material/{icon}:",
                key=f"{name}_{rule.kind}",
                disabled=end,
                type="tertiary",
                help=f"{label}: one place {name}",
            ):
                _keep(replace(policy, rules=rules.moved(policy.rules, rule.kind, places)))
        st.caption(did if rule.on else "")
    wanted = Rule(rule.kind, on, value, ending)
    if wanted != rule:
        _keep(policy.setting(wanted))


def _families(policy: Policy, outlook: Outlook) -> None:
    st.header("Families")
    st.caption(
        "Items that buyers compare, from the least to the most: small, medium, large; good, better, best. A row an "
        "item: the family's name, the item's code (of the sheet, or of an item on sale, whose price stands), its place."
    )
    rows = [(one.name, member, place) for one in policy.families for place, member in enumerate(one.members, 1)]
    frame = pd.DataFrame(rows, columns=["family", "item", "place"]).astype({"place": "Int64"})
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        key=f"families_{_round()}",
        alt="Price families",
        width=640,
        column_config={
            "family": st.column_config.TextColumn("Family", max_chars=100, required=True, width=220),
            "item": st.column_config.TextColumn("Code", max_chars=100, required=True, width=180),
            "place": st.column_config.NumberColumn("Place", min_value=1, step=1, required=True, width=80),
        },
    )
    with st.container(horizontal=True):
        if st.button("Keep the families", icon=":material/check:", key="keep_families", disabled=edited.equals(frame)):
            _keep(replace(policy, families=_read(edited)))
        more = families.added(policy.families, families.found(outlook.items))
        if st.button(
            f"Add those found in the titles ({len(more)})",
            icon=":material/search:",
            key="find_families",
            disabled=not more,
            help="Items whose titles differ in a size or a grade only, and that are in no family yet.",
        ):
            _keep(replace(policy, families=policy.families + more))
    known = {*outlook.items["item_id"], *shop.surroundings(outlook, policy).on_sale}
    strange = families.strange(policy.families, known)
    if strange:
        st.caption(shell.plain(f"Passed over, as nothing has such a code: {', '.join(strange[:10])}."))


def _read(edited: pd.DataFrame) -> tuple[Family, ...]:
    """The families of the table; rows that are not filled in are passed over."""
    whole = edited.dropna(subset=["family", "item"])
    whole = whole.assign(family=whole["family"].str.strip(), item=whole["item"].str.strip())
    whole = whole[(whole["family"] != "") & (whole["item"] != "")]
    ranked = whole.sort_values("place", kind="stable", na_position="last")
    return tuple(Family(str(name), tuple(group["item"])) for name, group in ranked.groupby("family", sort=True))


def _assumed(policy: Policy, outlook: Outlook) -> None:
    st.header("What is assumed")
    share, told = around.cost_share(shell.workspace().cursor())
    missing = int(outlook.items["assumed"].str.contains(COST_ASSUMED, regex=False).sum())
    usual = f"the shop's items cost {share:.0%} of their price" if told else f"nothing is known of costs: {share:.0%}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.number_input(
            "Cost in % of the price",
            1.0,
            99.0,
            None if policy.cost_share is None else 100 * policy.cost_share,
            step=1.0,
            format="%g",
            placeholder=f"{100 * share:.0f}",
            key=f"cost_share_{_round()}",
            width=220,
            help="Where the sheet names no cost. The plan goes by it too. Empty: as usual in this shop.",
        )
        count = st.toggle(
            "Count what is taken from other items",
            policy.count_loss,
            key=f"count_loss_{_round()}",
            help="A unit of a new item may replace one of an item on sale; its margin is subtracted.",
        )
    st.caption(f"{missing:,} of {len(outlook.items):,} new items name no cost; {usual}.")
    wanted = replace(policy, cost_share=None if typed is None else typed / 100, count_loss=count)
    if wanted != policy:
        _keep(wanted)


def _keep(policy: Policy) -> None:
    try:
        kept_rules.keep(shell.workspace(), policy)
    except DebutError as error:
        shell.fail(error)
        return
    # New keys: what the widgets hold belongs to the order before.
    st.session_state["rules_round"] = _round() + 1
    st.rerun()


def _round() -> int:
    return int(st.session_state.get("rules_round", 0))

"""Plan ads for a new item, a category or the shop: sliders that everything follows, the best split, and keeping it."""

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.ads import scene as scenes
from core.ads import whatif, words
from core.ads.borrowed import Borrowed
from core.ads.panel import Panel
from core.ads.response import Response
from core.ads.scene import Scene
from core.ads.whatif import Outcome
from core.errors import DebutError
from core.outlook import Outlook
from core.workspace import Workspace
from pages.parts import ads_best, ads_draft, ads_keep, ads_shop
from pages.parts import ads_charts as charts
from pages.parts.ads_draft import Draft

__all__ = ["show"]

ITEM, CATEGORY, SHOP = "A new item", "A category", "The whole shop"
WEEKS = (4, 8, 12, 26)
MOST_LEAD = 4


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """Choose what to plan for, then plan."""
    kinds = [ITEM, CATEGORY, SHOP] if response.groups != [""] else [ITEM, SHOP]
    kind = st.segmented_control(
        "Plan for",
        kinds,
        default=ITEM if shell.has_new_items() else kinds[1],
        required=True,
        key="ads_for",
        bind="query-params",
        wrap=True,
    )
    try:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            target, scene, source = _of_item(response) if kind == ITEM else _of_groups(response, kind == SHOP)
    except DebutError as error:
        shell.fail(error)
        return
    if source is not None:
        _source(source)
    # A plan for an item goes along with its launch; money for four weeks is no plan for eight.
    key = ":".join(target) if kind == ITEM else f"{':'.join(target)}:{len(scene.weeks)}"
    board(key, target, scene)
    ads_best.show(key, scene)


@st.fragment
def board(key: str, target: tuple[str, str], scene: Scene) -> None:
    """The sliders and what follows them, drawn again by itself."""
    figures = st.container()
    left, right = st.columns([1, 2])
    with left:
        ads_draft.flight(key)
        ads_draft.sliders(key, scene)
    plan = ads_draft.draft(key, target, scene)
    now, present, none = (whatif.outcome(scene, spend) for spend in (plan.spend, scene.usual, 0 * scene.usual))
    with figures:
        _figures(now, present, none)
    with right:
        st.plotly_chart(
            charts.weeks(now, present, none),
            key="ads_weeks_chart",
            alt="By week: units with the plan, with the present plan and without ads, what the plan brings, its money",
        )
    _words(plan, now, none)
    with st.expander("Week by week", icon=":material/calendar_view_week:"):
        ads_draft.editor(plan)
    ads_keep.show(plan)


def _of_item(response: Response) -> tuple[tuple[str, str], Scene, Borrowed]:
    """A new item around its launch."""
    outlook = shell.the_outlook()
    titles = dict(zip(outlook.items["item_id"], outlook.items["title"], strict=True))
    item_id = st.selectbox(
        "Item", _best_first(outlook), format_func=lambda one: f"{titles[one]} ({one})", key="ads_item", width=340
    )
    weeks = outlook.of(item_id).weeks
    launch = st.selectbox(
        "Launch in the week of",
        range(len(weeks)),
        format_func=lambda at: f"{weeks[at]:%-d %b %Y}",
        key=f"ads_launch:{item_id}",
        width=180,
    )
    sheet = outlook.items.set_index("item_id")["max_stock"][item_id]
    stock = st.number_input(
        "Opening stock",
        min_value=0,
        value=None if pd.isna(sheet) else int(sheet),
        key=f"ads_stock:{item_id}",
        placeholder="No limit",
        width=150,
        help="Units that can be sold, the sheet's to begin with. What ads bring beyond is worth nothing.",
    )
    ahead = max(0, scenes.ahead(response, np.datetime64(weeks[launch].date())))
    lead = st.number_input(
        "Weeks of ads before it",
        0,
        min(MOST_LEAD, ahead),
        0,
        key=f"ads_lead:{item_id}:{min(MOST_LEAD, ahead)}",
        disabled=not ahead,
        width=180,
        help="What is shown before the launch sells nothing yet, but part of it is remembered.",
    )
    source = ads_shop.borrow(outlook, item_id, launch)
    scene = ads_shop.item_scene(outlook, item_id, launch, None if stock is None else float(stock), int(lead))
    return ("item", item_id), scene, source


def _of_groups(response: Response, whole: bool) -> tuple[tuple[str, str], Scene, None]:
    """A category, or all of them, over the next weeks."""
    names = {name: name or "The shop" for name in response.groups}
    if whole:
        groups, title = tuple(response.groups), "The shop"
    else:
        chosen = st.selectbox("Category", list(names), format_func=names.__getitem__, key="ads_category", width=260)
        groups, title = (chosen,), names[chosen]
    weeks = st.selectbox("Over the next", WEEKS, 1, format_func=lambda one: f"{one} weeks", key="ads_over", width=140)
    scene = ads_shop.group_scene(groups, title, weeks)
    return ("shop", "") if whole else ("category", title), scene, None


def _best_first(outlook: Outlook) -> list[str]:
    """Item ids by the profit that is expected of them."""
    items = outlook.items.set_index("item_id")
    worth = outlook.totals.groupby("item_id")["mean"].max() * (items["price"] - items["cost"])
    return [str(item) for item in worth.sort_values(ascending=False, kind="stable").index]


def _source(source: Borrowed) -> None:
    """Where the response of a new item comes from."""
    low, mean, high = source.answer
    st.caption(
        shell.plain(
            f"A new item has no ads of its own: its response is {source.words}. It answers ads {mean:.2f} times as "
            f"strongly as its category does (8 in 10: {low:.2f} to {high:.2f}), at its share of the category's sales. "
            "The present plan is its share of what the category usually gets; its forecast holds these ads already."
        )
    )


def _figures(now: Outcome, present: Outcome, none: Outcome) -> None:
    """What the plan comes to, against the present one."""
    with st.container(horizontal=True):
        spent = float(now.spend.sum())
        _metric("Money on ads", (spent,) * 3, spent - float(present.spend.sum()), "Over the window.", "off")
        for label, measure in (("Units", "units"), ("Revenue", "revenue"), ("Profit after ads", "profit")):
            _metric(
                label,
                whatif.band(now.total(measure)),
                float(now.against(present, measure).mean()),
                "Expected, with what the ads still bring after the window.",
            )
        gain = whatif.band(now.against(none))
        st.metric(
            "The ads earn",
            f"{gain[1]:+z,.0f}",
            f"8 in 10: {gain[0]:+z,.0f} to {gain[2]:+z,.0f}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Profit after their cost, against no ads from now on.",
        )


def _metric(label: str, values: whatif.Band, change: float, about: str, colour: str = "normal") -> None:
    low, mean, high = values
    band = f" 8 in 10: {low:,.0f} to {high:,.0f}." if low != high else ""
    st.metric(
        label,
        f"{mean:,.0f}",
        f"{change:+z,.0f}" if round(change) else None,
        delta_color=colour,  # type: ignore[arg-type]
        border=True,
        height="stretch",
        help=f"{about}{band} Below: against the present plan.",
    )


def _words(plan: Draft, now: Outcome, none: Outcome) -> None:
    """What to make of it, in sentences, and channel by channel."""
    scene = plan.scene
    money = words.round_money(max(plan.total, float(scene.usual.sum())) / 20)
    total = plan.spend.sum(1, keepdims=True)
    even = np.full(plan.spend.shape, 1 / plan.spend.shape[1])
    shape = np.divide(plan.spend, total, out=even, where=total > 0)
    gains = whatif.next_money(scene, plan.spend, money, shape)
    units, paid = float(now.against(none, "units").mean()), plan.total
    parts = [words.next_steps([shell.plain(name) for name in scene.channels], gains, money)]
    if paid > 0:
        later = float((now.units - none.units)[:, len(scene.weeks) :].sum(1).mean())
        parts.insert(0, f"The plan brings **{units:,.0f} units**, {later:,.0f} of them in the weeks after the window.")
    st.markdown(" ".join(parts))
    for line in words.limits(now):
        st.warning(shell.plain(line), icon=":material/warning:")
    st.dataframe(
        words.by_channel(now, gains),
        hide_index=True,
        key="ads_by_channel",
        alt="What each channel brings under the plan",
        placeholder="–",
        column_config={
            "channel": st.column_config.TextColumn("Channel", pinned=True, width=110),
            "money": st.column_config.NumberColumn("Money", format="localized", width=70),
            "units": st.column_config.NumberColumn("Units brought", format="localized", width=100),
            "roi": st.column_config.NumberColumn(
                "ROI of the plan", format="%.2f", width=110, help="Revenue that this plan brings for each 1 spent on it"
            ),
            "roi_likely": st.column_config.TextColumn("8 in 10", width=110),
            "next": st.column_config.NumberColumn(
                f"Next {words.step(money)} earn", format="localized", width=110, help="Profit before their own cost"
            ),
            "next_likely": st.column_config.TextColumn("8 in 10", width=120),
        },
    )

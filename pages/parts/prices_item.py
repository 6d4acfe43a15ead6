"""One new item: what it earns at each price, what others ask, and a slider that everything follows."""

import pandas as pd
import streamlit as st

from core import market, shell
from core.outlook import Outlook
from core.prices import profit
from core.prices.choices import Wish
from core.prices.priced import Sheet
from core.prices.profit import Point, Profile
from pages.parts import prices_charts as charts
from pages.parts import prices_sheet
from pages.parts import prices_shop as shop
from pages.parts.prices_charts import Marks

__all__ = ["show"]

STEPS = 200  # of the slider, between the ends of the grid
SMALL = 0.1  # of money: cheaper items move by less than a cent
LIKE_SHOWN = 10
TAKEN_SHOWN = 6


@st.fragment
def show(outlook: Outlook, sheet: Sheet) -> None:
    """All of one item, drawn again by itself, so that its slider answers at once."""
    titles = {item: one.case.title for item, one in sheet.profiles.items()}
    rows = sorted(titles, key=lambda item: -(sheet.profiles[item].most))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        item_id = st.selectbox(
            "Item", rows, format_func=lambda one: f"{titles[one]} ({one})", key="price_item", width=420
        )
        of = sheet.profiles[item_id]
        price = _slider(of)
    now = profit.point(of, price)
    _figures(of, now, outlook.weeks)
    _words(sheet, of, now)
    offers, like = shop.offers(item_id), _like(outlook, item_id)
    plain = shop.plain_price(outlook, of.case.mean)
    marks = Marks(
        price,
        of.case.planned,
        of.best,
        sheet.suggested[item_id],
        of.floor(shop.policy().rule("margin").value / 100),
        of.break_even(),
        of.near,
        plain,
    )
    st.plotly_chart(
        charts.prices(shop.curves(sheet, item_id, shop.sheet_key(outlook)), marks, offers, like),
        key="price_curves",
        alt="Profit, revenue and units against price, with likely ranges, and what competitors and like items ask",
    )
    _keeping(item_id, price, sheet)
    left, right = st.columns(2)
    with left:
        _rules(sheet, item_id)
        _taken(outlook, of)
    with right:
        _answer(of)
        _asked(price, offers, like)
        if plain is not None:
            st.caption(f"The plain rule, a line through past launches, asks {plain:,.2f}; see How demand answers.")


def _slider(of: Profile) -> float:
    """The price that is tried; to begin with the one in force."""
    case = of.case
    kept = shop.kept().get(case.item_id)
    low, high, planned = float(of.prices[0]), float(of.prices[-1]), case.planned
    digits = 2 if planned >= SMALL else 4
    step = max(0.1**digits, round((high - low) / STEPS, digits))
    least = round(planned - step * int((planned - low) / step), digits)
    most = round(planned + step * max(1, int((high - planned) / step)), digits)
    return st.slider(
        "Price",
        least,
        most,
        round(min(max(kept.price if kept else planned, least), most), digits),
        step,
        key=f"tried_{case.item_id}_{st.session_state.get(_drops(case.item_id), 0)}",
        format=f"%.{digits}f",
        width=380,
        help="Everything below follows. Nothing is kept until you say so.",
    )


def _drops(item_id: str) -> str:
    """Where the session counts how often its price was given back."""
    return f"drops_{item_id}"


def _figures(of: Profile, now: Point, weeks: int) -> None:
    """What the item comes to at the price tried."""
    before = profit.point(of, of.case.planned)
    with st.container(horizontal=True):
        for label, name in ((f"Units in {weeks} weeks", "units"), ("Revenue", "revenue"), ("Profit", "profit")):
            low, mean, high = getattr(now, name)
            change = mean - getattr(before, name)[1]
            st.metric(
                label,
                f"{mean:,.0f}",
                f"{change:+,.0f}" if round(change) else None,
                border=True,
                height="stretch",
                help=f"Expected. 8 in 10: {low:,.0f} to {high:,.0f}. Below, in colour: against the sheet's price.",
            )
        st.metric("Profit, 8 in 10", f"{now.profit[0]:,.0f} – {now.profit[2]:,.0f}", border=True, height="stretch")
        st.metric(
            "Chance of a gain",
            f"{now.chance:.0%}" if abs(now.price / of.case.planned - 1) > 1e-6 else "–",
            border=True,
            height="stretch",
            help=f"That it earns more than {of.case.planned:,.2f} does. The gain is {now.gain[1]:+,.0f}, 8 in 10: "
            f"{now.gain[0]:+,.0f} to {now.gain[2]:+,.0f}.",
        )


def _words(sheet: Sheet, of: Profile, now: Point) -> None:
    """What to make of it, in sentences."""
    case, words = of.case, []
    if of.near:
        low, high = of.near
        words.append(
            f"**Any price between {low:,.2f} and {high:,.2f} is within 2 % of the best profit**; "
            f"{of.best:,.2f} earns most."
        )
        if of.extrapolated:
            seen = f"{of.seen[0]:,.2f} to {of.seen[1]:,.2f}"
            words.append(f"That lies beyond the prices that were seen for items like it ({seen}), so it is a guess.")
        if of.at_edge:
            words.append("Profit still changes where the prices looked at end.")
    else:
        words.append("**No price that was looked at earns money.**")
    suggested = sheet.suggested[case.item_id]
    words.append(f"Under the rules: {suggested:,.2f}.")
    counted = ", with what it takes from other items" if case.lost else ""
    margin = shop.policy().rule("margin").value
    floor = f"a margin of {margin:g} % needs {of.floor(margin / 100):,.2f}"
    words.append(f"It breaks even at {of.break_even():,.2f}{counted}; {floor}.")
    if case.cost_assumed:
        words.append(
            f"The sheet names no cost; {case.cost:,.2f} ({case.cost / case.planned:.0%} of its price) is assumed, "
            "which can be changed under Rules."
        )
    st.markdown(" ".join(words))
    if now.beyond:
        st.warning(
            f"No price like {now.price:,.2f} has been seen for items like this one (seen: {of.seen[0]:,.2f} to "
            f"{of.seen[1]:,.2f}). What it would do is extrapolated.",
            icon=":material/warning:",
        )


def _keeping(item_id: str, price: float, sheet: Sheet) -> None:
    kept = shop.kept().get(item_id)
    in_force = kept.price if kept else sheet.planned[item_id]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        prices_sheet.signature()
        same = abs(price - in_force) < prices_sheet.SAME
        if st.button(
            f"Keep {price:,.2f} for the plan",
            type="primary",
            icon=":material/check:",
            disabled=same,
            key="keep_price",
        ) and prices_sheet.keep([Wish(item_id, price, "chosen with the slider")]):
            prices_sheet.store(item_id)
        if st.button(
            "Back to the sheet's price", icon=":material/undo:", disabled=kept is None, key="drop_price"
        ) and prices_sheet.keep([Wish(item_id, None, "back to the sheet's")]):
            # Another slider: the browser would leave the one there is where it was moved to.
            st.session_state[_drops(item_id)] = st.session_state.get(_drops(item_id), 0) + 1
            prices_sheet.store(item_id)
    if kept:
        who = f" by {kept.made_by}" if kept.made_by else ""
        note = f": {kept.note}" if kept.note else ""
        st.caption(
            shell.plain(
                f"The plan goes by {kept.price:,.2f}, kept{who} on {kept.made_at:%d %b %Y} ({kept.reason}){note}."
            )
        )


def _rules(sheet: Sheet, item_id: str) -> None:
    st.header("How the price came about")
    decision, of = sheet.decisions[item_id], sheet.profiles[item_id]
    start = (
        f"{of.best:,.2f} earns most" if of.most > 0 else f"Nothing earns money, so the sheet's {of.case.planned:,.2f}"
    )
    lines = [start, *(step.words for step in decision.steps), f"So {decision.price:,.2f} under the rules"]
    st.markdown("\n".join(f"{at}. {shell.plain(line)}." for at, line in enumerate(lines, 1)))


def _answer(of: Profile) -> None:
    """How demand answers price: the pooled and the own part."""
    answer = of.case.response
    st.header("How demand answers price")
    st.markdown(
        f"1 % dearer sells **{-answer.elasticity:.1f} % less** (8 in 10: {-answer.high:.1f} to {-answer.low:.1f} %)."
    )
    st.caption(
        shell.plain(
            f"{answer.source[0].upper()}{answer.source[1:]}. Own prices count for {answer.own_share:.0%}, those of "
            f"{answer.items:,} other items for the rest. Prices from {of.seen[0]:,.2f} to {of.seen[1]:,.2f} are within "
            "what has been seen."
        )
    )


def _asked(price: float, offers: pd.DataFrame, like: pd.DataFrame) -> None:
    st.header("What others ask")
    place = market.position(price, offers)
    if place is None:
        st.caption(
            "No competitor's offer for the like of it is known. Load competitors' prices on the Data page to see them "
            "here and to let rules go by them."
        )
    else:
        st.markdown(
            f"At {price:,.2f} it is **number {place.rank} of {place.of} from the cheapest**; competitors ask "
            f"{place.cheapest:,.2f} to {place.dearest:,.2f}, in the middle {place.median:,.2f}."
        )
    listed = pd.concat(
        [
            offers.assign(who=offers["competitor"])[["who", "title", "price"]],
            like.assign(who="Here")[["who", "title", "price"]],
        ],
        ignore_index=True,
    )
    if len(listed):
        st.dataframe(
            listed.sort_values("price", ignore_index=True),
            hide_index=True,
            key="asked",
            alt="What competitors and like items ask",
            height=260,
            column_config={
                "who": st.column_config.TextColumn("Who", width=110),
                "title": st.column_config.TextColumn("Item", width=220),
                "price": st.column_config.NumberColumn("Price", format="%.2f"),
            },
        )


def _taken(outlook: Outlook, of: Profile) -> None:
    """What it takes from items on sale, and what that costs."""
    st.header("What it takes from other items")
    found = shop.taken(outlook).get(of.case.item_id)
    if found is None:
        st.caption("Nothing: no item on sale is close to it, or none of them sells.")
        return
    counted = (
        "subtracted from the profit above" if any(of.case.loss) else "not counted above: it is switched off in Rules"
    )
    lost = profit.expected_loss(found.loss)
    st.markdown(
        f"**{found.of.share:.0%} of its units** (8 in 10: {found.of.low:.0%} to {found.of.high:.0%}) would have been "
        f"sold here anyway, as other items. That costs {lost:,.2f} for each unit, {counted}."
    )
    st.dataframe(
        found.of.taken.head(TAKEN_SHOWN).assign(share=lambda frame: 100 * frame["share"]),
        hide_index=True,
        key="taken",
        alt="Items on sale that lose units to it",
        column_config={
            "product_id": None,
            "title": st.column_config.TextColumn("Item", width=230),
            "share": st.column_config.NumberColumn("Of what is taken", format="%.0f %%"),
            "units": st.column_config.NumberColumn("Units", format="%.3f", help="Fewer, for each unit of the new item"),
        },
    )


def _like(outlook: Outlook, item_id: str) -> pd.DataFrame:
    """title, price of the like items on sale."""
    like = outlook.at_sheet.like
    mine = like[like["item_id"] == item_id].head(LIKE_SHOWN)
    on_sale = shop.surroundings(outlook, shop.policy()).on_sale
    known = [on_sale[code] for code in mine["product_id"] if code in on_sale]
    return pd.DataFrame(known, columns=["title", "price"])

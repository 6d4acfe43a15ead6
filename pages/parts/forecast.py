"""One new item: its forecast, the levers that move it, and the like items behind it."""

from typing import Any

import pandas as pd
import streamlit as st

from core import levers, like_items, shell
from core.ads.answer import AdsAnswer
from core.errors import DebutError
from core.levers import Levers, Units
from core.like_choices import Choice
from core.outlook import Expected, Outlook
from core.pricing import Response
from pages.parts import ads_shop, charts, prices_shop
from pages.parts import like_items as likes

__all__ = ["show"]

LIKE_CURVES = 3
PRICE_STEPS = 100  # of the price slider in the planned price
DEAREST, CHEAPEST = 1.6, 0.6  # of the planned price: further out the price response is a guess


@st.fragment
def show(outlook: Outlook, item: pd.Series, threshold: float) -> None:
    """All of one item, drawn again by itself, so that it answers at once.

    item: a row of the completed sheet. threshold: units for the chance to sell at least so many.
    """
    item_id = str(item["item_id"])
    outlook = outlook.at_sheet  # the forecast as it was made; the price in force is a lever like any other
    choice = likes.draft(outlook, item_id)
    known = outlook.of(item_id)
    expected = _expected(outlook, item_id, choice, known)
    answer = prices_shop.answer(outlook, item_id)
    sheet = float(outlook.items.set_index("item_id")["price"][item_id])
    at, tried, ads = _levers(outlook, item, expected, sheet, answer)
    usual = shell.usual_ads(outlook.weeks)
    in_force = Levers(price=float(item["price"]), stock=_stock(item))
    planned = levers.moved(known.units.row(0), in_force, sheet, answer, usual)
    now = levers.moved(expected.units.row(at), tried, sheet, answer, usual, ads)
    _figures(item, planned, now, tried, threshold, outlook.weeks)
    _sources(item, tried, now, answer, ads)
    _picture(outlook, expected, planned, now)
    likes.editor(outlook, item_id, choice, expected)


def _expected(outlook: Outlook, item_id: str, choice: Choice, known: Expected) -> Expected:
    """The forecast under the choice on the page; where that cannot be, the page says why and shows the one before."""
    try:
        return shell.expected(outlook, item_id, choice)
    except DebutError as error:
        shell.fail(error)
        return known


def _levers(
    outlook: Outlook, item: pd.Series, expected: Expected, sheet: float, answer: Response
) -> tuple[int, Levers, AdsAnswer | None]:
    """What is tried: which launch week (its place), the other levers, and how the item answers ads in that week.

    sheet: the sheet's price.
    """
    item_id, weeks = str(item["item_id"]), expected.weeks
    keys = {name: f"{name}_{item_id}" for name in ("price", "ads", "stock")} | {"week": likes.launch_key(item_id)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="levers"):
        launch = weeks[0]
        if len(weeks) > 1:
            launch = st.select_slider(
                f"Launch week, {weeks[0]:%d %b} to {weeks[-1]:%d %b %Y}",
                weeks,
                key=keys["week"],
                format_func=lambda week: f"{week:%d %b %Y}",
                width=250,
            )
        price = _price(item, keys["price"], sheet, answer)
        at = weeks.index(launch)
        known = ads_shop.answer(outlook, item_id, at)
        ads = _ads(outlook.weeks, keys["ads"], known)
        stock = st.number_input(
            "Stock (units)",
            min_value=0,
            value=None if _stock(item) is None else int(_stock(item) or 0),
            key=keys["stock"],
            placeholder="No limit",
            help="No more can be sold in the launch window. From the sheet where it says so.",
            width=120,
        )
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            key="reset_levers",
            on_click=_reset,
            args=(list(keys.values()),),
            help="Back to the earliest week, the planned price, the sheet's stock and no extra ads. "
            "Levers are tried here only: the plan goes by the sheet, and by prices kept on the Pricing page.",
        )
    return at, Levers(price, ads, None if stock is None else float(stock)), known


def _price(item: pd.Series, key: str, sheet: float, answer: Response) -> float | None:
    planned = float(item["price"])
    step = max(0.01, round(planned / PRICE_STEPS, 2))
    lowest = min(_or(item["price_min"], planned), planned * CHEAPEST, sheet)
    highest = max(_or(item["price_max"], planned), planned * DEAREST, sheet)
    down, up = int((planned - lowest) / step), int((highest - planned) / step)
    return st.slider(
        "Price",
        round(max(planned - down * step, 0.0), 2),
        round(planned + max(up, 1) * step, 2),
        round(planned, 2),
        step,
        key=key,
        format="%.2f",
        disabled=planned <= 0,
        width=170,
        help=f"1 % more sells {-answer.elasticity:.1f} % less (8 in 10: {-answer.high:.1f} to {-answer.low:.1f} "
        f"%), {answer.source}. The Pricing page shows which price earns most.",
    )


def _ads(weeks: int, key: str, answer: AdsAnswer | None) -> float:
    usual = answer.usual if answer else shell.usual_ads(weeks)
    known = "No ads are loaded, so what is usual is unknown. Load an export of your ads on the Data page."
    if usual:
        known = (
            f"Spent on this item in its first {weeks} weeks, beyond the {usual:,.0f} that is usual here for one item. "
        )
        known += f"Counted {_ads_source(answer)}"
    step = max(1.0, float(round((usual or 0) / 2)))
    spend = st.number_input(
        "Extra ads",
        min_value=0.0,
        value=0.0,
        step=step,
        format="%.0f",
        key=key,
        disabled=not usual,
        help=known,
        width=120,
    )
    return float(spend or 0)


def _ads_source(answer: AdsAnswer | None) -> str:
    """What the lever for ads goes by."""
    if answer:
        return f"by what your own ads bring, {shell.plain(answer.source)}; shared by the channels as usual."
    twice = 2**levers.ADS_ELASTICITY - 1
    return (
        f"by the mean of published studies (twice the spend sells {twice:.0%} more), not by your own ads: open the Ads "
        "page once, and it goes by what they bring."
    )


def _figures(item: pd.Series, planned: Units, now: Units, tried: Levers, threshold: float, weeks: int) -> None:
    """What the item comes to, and by how much that differs from the plan."""
    price = float(item["price"]) if tried.price is None else tried.price
    p10, p50, p90 = now.quantiles[0, -1]
    mean, before = float(now.mean[0, -1]), float(planned.mean[0, -1])
    profit = mean * (price - item["cost"]) - tried.ads
    with st.container(horizontal=True):
        st.metric(
            f"Units in {weeks} weeks",
            f"{p50:,.0f}",
            **_banded(p50 - planned.quantiles[0, -1, 1], p10, p90),
            border=True,
            height="stretch",
            help="The median forecast; 8 in 10 launches come to what lies between the two below. In colour: against "
            "the plan.",
        )
        st.metric(
            f"Chance to sell {threshold:,.0f}",
            f"{now.chance(threshold)[0]:.0%}",
            border=True,
            height="stretch",
            help="Or more, in the whole launch window. Change the number above the list.",
        )
        st.metric(
            "Expected revenue",
            f"{mean * price:,.0f}",
            **_banded(mean * price - before * item["price"], p10 * price, p90 * price),
            border=True,
            height="stretch",
            help="The mean forecast times the price; 8 in 10 launches come to what lies between the two below.",
        )
        st.metric(
            "Expected profit",
            f"{profit:,.0f}",
            **_banded(
                profit - before * (item["price"] - item["cost"]), *_profits(p10, p90, price - item["cost"], tried)
            ),
            border=True,
            height="stretch",
            help="The mean forecast times price less cost, less the extra ads; 8 in 10 launches come to what lies "
            "between the two below.",
        )


def _sources(item: pd.Series, tried: Levers, now: Units, answer: Response, ads: AdsAnswer | None) -> None:
    """What the levers go by and do, where one is set."""
    words = []
    if tried.price is not None and abs(tried.price - float(item["price"])) > 0.005:
        words.append(shell.plain(f"Price: 1 % more sells {-answer.elasticity:.1f} % less, {answer.source}."))
    if tried.ads:
        words.append(f"Ads: {_ads_source(ads)}")
        if ads and (beyond := ads.beyond(tried.ads)):
            words.append(shell.plain(f"More than was ever spent in a week on {', '.join(beyond)}: a guess there."))
    if tried.stock and now.quantiles[0, -1, 1] >= tried.stock:
        last = max((week for week, units in enumerate(now.quantiles[0, :-1, 1], 1) if units > 0), default=1)
        words.append(f"Stock: more likely than not it is sold out in week {last}.")
    if words:
        st.caption(" ".join(words))


def _picture(outlook: Outlook, expected: Expected, planned: Units, now: Units) -> None:
    """The weeks with their likely range, the plan's where it differs, and how like items went."""
    like = expected.like
    seen = like[like["units"].notna()]["product_id"].head(LIKE_CURVES).tolist()
    figure = charts.curve(_weeks(now), like_items.curves(shell.past(), seen, outlook.weeks))
    if differs := not _same(planned, now):
        before = _weeks(planned)
        dashed = {"color": charts.MUTED, "width": 2, "dash": "dash"}
        figure.add_scatter(x=before["week"], y=before["p50"], mode="lines", line=dashed, name="As planned")
    st.plotly_chart(figure, key="curve", alt="Forecast units by week, with its likely range")
    dashed_words = " Dashed: the median as planned, before your changes." if differs else ""
    st.caption(f"Dotted: how the like items that count most went.{dashed_words}")


def _weeks(units: Units) -> pd.DataFrame:
    """week, p10, p50, p90 of one launch."""
    frame = pd.DataFrame(units.quantiles[0, :-1], columns=["p10", "p50", "p90"])
    frame.insert(0, "week", range(1, len(frame) + 1))
    return frame


def _same(one: Units, other: Units) -> bool:
    return bool((abs(one.quantiles - other.quantiles) < 0.005).all())


def _profits(p10: float, p90: float, margin: float, tried: Levers) -> list[float]:
    """Between which 8 in 10 lie: the fewest units are the best of what is sold below its cost."""
    return sorted((p10 * margin - tried.ads, p90 * margin - tried.ads))


def _banded(change: float, low: float, high: float) -> dict[str, Any]:
    """What stands below a figure: its band, and before it a change worth showing."""
    words, difference = f"8 in 10: {low:,.0f} to {high:,.0f}", _difference(change)
    if difference is None:
        return {"delta": words, "delta_color": "off", "delta_arrow": "off"}
    return {"delta": difference, "delta_description": words}


def _difference(change: float) -> str | None:
    """A change worth showing, with its sign first, as Streamlit colours by it."""
    return f"{change:+,.0f}" if round(change) else None


def _reset(keys: list[str]) -> None:
    for key in keys:
        st.session_state.pop(key, None)


def _stock(item: pd.Series) -> float | None:
    return None if pd.isna(item["max_stock"]) else float(item["max_stock"])


def _or(value: float, other: float) -> float:
    return other if pd.isna(value) else float(value)

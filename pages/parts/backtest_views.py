"""What the backtest page shows of a result: peers, misses, coverage, weeks, and the classifier."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core import export, shell
from core.accuracy import findings
from core.accuracy.results import DEBUT, Backtest
from pages.parts import backtest_charts as charts

__all__ = ["classifier", "errors", "misses", "peers", "summary"]

WORST = 20
TINT = "background-color: rgba(15, 143, 134, 0.18)"
PEERS = {
    "method": st.column_config.TextColumn("Method", width=220, pinned=True),
    "wape": st.column_config.NumberColumn(
        "Error (WAPE)", help="Sum of the absolute errors over the units sold; less is better"
    ),
    "spearman": st.column_config.NumberColumn(
        "Order", help="Spearman rank correlation: 1 is the perfect order, 0 is chance"
    ),
    "top20": st.column_config.NumberColumn(
        "Top 20 % found", help="Of the best-selling fifth, the share in the forecast's best fifth"
    ),
    "bias": st.column_config.NumberColumn("Bias of the median", help="Sum of the medians over the true sum, less 1"),
    "coverage80": st.column_config.NumberColumn(
        "Inside the range", help="Launches between P10 and P90; 80 % is asked for"
    ),
    "pinball": st.column_config.NumberColumn(
        "Pinball loss", help="Error of P10, median and P90 together, in units; less is better"
    ),
    "mae_log": st.column_config.NumberColumn(
        "Log error", help="Mean error on a scale on which twice as much and half as much are equally wrong"
    ),
    "seconds": st.column_config.NumberColumn("Seconds"),
}
WRITTEN: dict[Any, str | Callable[[object], str] | None] = {
    **dict.fromkeys(("wape", "top20", "coverage80"), "{:.1%}"),
    **dict.fromkeys(("spearman", "mae_log"), "{:.2f}"),
    **dict.fromkeys(("pinball", "seconds"), "{:,.1f}"),
    "bias": "{:+.1%}",
}
MISSES = {
    "title": st.column_config.TextColumn("Item", width=200, pinned=True),
    "units": st.column_config.NumberColumn("Sold", format="%.0f", width=60),
    "p50": st.column_config.NumberColumn("Forecast", format="%.0f", width=70, help="The median"),
    "range": st.column_config.TextColumn("Likely range", width=100, help="P10 to P90"),
    "why": st.column_config.TextColumn("Why", width=430),
    "like_items": st.column_config.TextColumn(
        "Like items (units)",
        width=300,
        help="What they sold in their own first weeks.",
    ),
    "launch": st.column_config.DateColumn("Launched", format="D MMM YYYY"),
    "price": st.column_config.NumberColumn("Price", format="%.2f"),
    "category": st.column_config.TextColumn("Category"),
}
LIKE = {
    "title": st.column_config.TextColumn("Like item", width=260),
    "units": st.column_config.NumberColumn("Units", format="%.0f", width=70, help=MISSES["like_items"]["help"]),
    "similarity": st.column_config.NumberColumn("Similarity", format="%.2f", width=90),
    "weight": st.column_config.NumberColumn(
        "Weight", format="percent", width=90, help="In the forecast; the rest is shared by items further off"
    ),
}


def summary(result: Backtest) -> None:
    """The verdict in a sentence, and the figures that count."""
    st.markdown(f"**{shell.plain(findings.verdict(result))}**")
    table = result.table.set_index("method")
    figures = table.to_dict("index")
    ours, theirs = figures[DEBUT], figures[result.best_peer]
    with st.container(horizontal=True):
        st.metric(
            "Error of a single item",
            f"{ours['wape']:.1%}",
            f"{(ours['wape'] - theirs['wape']) * 100:+.1f} points",
            delta_color="inverse",
            border=True,
            help="WAPE: absolute errors over units sold. The small figure compares with the best other method.",
        )
        st.metric("Order of the items", _number(ours["spearman"]), border=True, help=PEERS["spearman"]["help"])
        st.metric("Inside their range", f"{ours['coverage80']:.0%}", border=True, help=PEERS["coverage80"]["help"])
        st.metric(
            "Expected over sold",
            f"{result.bias_mean:.0%}",
            border=True,
            help="Sum of the expected units, with which money is counted, over what was sold. 100 % is right.",
        )


def peers(result: Backtest) -> None:
    """Every method on the same launches."""
    st.subheader("Compared with other methods")
    st.dataframe(
        result.table[list(PEERS)].style.format(WRITTEN, na_rep="–").apply(_tinted, axis=1),
        hide_index=True,
        key="peers",
        alt="Accuracy of Debut and its peers",
        column_config=PEERS,
    )
    st.caption(
        "All methods learn from the same past and forecast the same launches. The last line is no forecast: it has "
        "seen the first week, and marks what could be reached."
    )


def errors(result: Backtest) -> None:
    """Predicted against actual, coverage by group, error by week."""
    st.subheader("Forecast against sold")
    _scatter(result)
    name, groups = findings.by_group(result.items)
    st.subheader(f"Inside the range, by {name}")
    if groups.empty:
        st.info("No group has ten launches or more.", icon=":material/info:")
    else:
        st.plotly_chart(charts.coverage(groups), key="coverage", alt=f"Share inside the likely range by {name}")
        none = " The shop has no categories to speak of." if name != "category" else ""
        st.caption(f"8 in 10 should lie inside. A dot within its bar may be chance.{none}")
    st.subheader("Error by week since launch")
    st.plotly_chart(charts.error_by_week(findings.by_week(result.weeks)), key="by_week", alt="Error by week of launch")
    st.caption("Single weeks are harder than their sum: the order of the days and one large order count for more.")


@st.fragment
def _scatter(result: Backtest) -> None:
    ranges = st.toggle("Show each item's likely range", key="ranges")
    st.plotly_chart(
        charts.scatter(result.items, ranges), key="scatter", alt="Units forecast against units sold of each launch"
    )


def misses(result: Backtest) -> None:
    """The items that the forecast got most wrong, why, and one of them week by week."""
    st.subheader("Most wrong")
    items = result.items
    order = (items["units"] - items["p50"]).abs().sort_values(ascending=False, kind="stable").index[:WORST]
    worst = items.loc[order].reset_index(drop=True)
    spans = [f"{low:,.0f} to {high:,.0f}" for low, high in zip(worst["p10"], worst["p90"], strict=True)]
    st.dataframe(
        worst.assign(range=spans)[list(MISSES)],
        hide_index=True,
        key="misses",
        alt="The items that the forecast got most wrong",
        column_config=MISSES,
        height=390,
    )
    st.download_button(
        "Download all items",
        lambda: export.to_csv(items.drop(columns="weeks")),
        f"backtest_{result.cut}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_items",
        help="Every launch that was forecast: sold, P10, median, P90, expected, chance, like items and why.",
    )
    _one(result, worst)


@st.fragment
def _one(result: Backtest, worst: pd.DataFrame) -> None:
    titles = dict(zip(worst["product_id"], worst["title"], strict=True))
    code = st.selectbox("Look at one of them", list(titles), format_func=titles.__getitem__, key="missed")
    row = worst[worst["product_id"] == code].iloc[0]
    st.markdown(shell.plain(row["why"]))
    st.plotly_chart(
        charts.item_weeks(result.weeks[result.weeks["product_id"] == code]),
        key="item_weeks",
        alt=f"Units by week of {titles[code]}: forecast and sold",
    )
    st.dataframe(
        result.like.loc[result.like["product_id"] == code, list(LIKE)],
        hide_index=True,
        key="missed_like",
        alt=f"Like items of {titles[code]}",
        column_config=LIKE,
    )


@st.fragment
def classifier(result: Backtest) -> None:
    """Will it sell: the same forecast as a yes or no at a number of units that the user gives."""
    st.subheader("Will it sell?")
    st.markdown(
        "The forecast gives each item a chance to reach a number of units. From a chance of 50 % on it counts as a yes."
    )
    usual = max(1, math.ceil(result.typical))
    most = max(usual, int(result.items["units"].max()), 1)
    threshold = st.number_input(
        "Counts as sold from (units)",
        1,
        most,
        usual,
        key=f"threshold_{result.made.isoformat()}",
        help=f"In its first {result.settings['weeks']} weeks. Half of the earlier launches sold {usual:,} or more.",
        width=260,
    )
    judged = result.classified(threshold)
    found = judged.measures
    count = len(result.items)
    st.markdown(
        f"**{round(found['share'] * count)} of {count} launches** sold {threshold:,} units or more. Debut was right in "
        f"**{found['accuracy']:.0%}**; always giving the more common answer is right in {found['usual']:.0%}."
    )
    with st.container(horizontal=True):
        for label, name, words in MEASURES:
            st.metric(label, _share(found[name]) if name != "auc" else _number(found[name]), border=True, help=words)
    st.plotly_chart(charts.calibration(judged.bins), key="calibration", alt="Chance forecast against share seen")


MEASURES = (
    ("Accuracy", "accuracy", "Share of right answers"),
    ("Precision", "precision", "Of the items that Debut gave a yes, the share that did sell so many"),
    ("Recall", "recall", "Of the items that sold so many, the share that Debut gave a yes"),
    ("F1", "f1", "Harmonic mean of precision and recall"),
    ("AUC", "auc", "Probability that an item which sold has a higher chance than one which did not; 0.5 is guessing"),
)


def _tinted(row: pd.Series) -> list[str]:
    return [TINT if row["method"] == DEBUT else ""] * len(row)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0%}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"

"""How demand answers price in this shop: by category and item, and the plain rule as a reference."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core import export, shell
from core.errors import NotReady
from core.outlook import Outlook
from core.prices import plain
from core.prices.plain import Judged
from core.pricing import Response, Responses
from core.workspace import Workspace
from pages.parts import prices_charts as charts
from pages.parts import prices_shop as shop

__all__ = ["show"]


def show(outlook: Outlook) -> None:
    """Elasticities with their bands, and the plain rule."""
    known = shop.responses()
    _categories(known)
    _items(known)
    _plain(outlook, known)


def _categories(known: Responses) -> None:
    st.header("By category")
    st.markdown(
        f"In this shop 1 % dearer sells **{-known.shop.elasticity:.1f} % less** (8 in 10: {-known.shop.high:.1f} to "
        f"{-known.shop.low:.1f} %), {shell.plain(known.shop.source)}."
    )
    rows = [("The whole shop", known.shop), *known.categories.items()]
    st.plotly_chart(
        charts.elasticities(_table(rows)), key="elasticities", alt="Elasticity of demand by category, with its band"
    )
    st.caption("Lines: 8 in 10. Right of the dotted line (-1) a dearer item brings more revenue, left of it less.")


def _items(known: Responses) -> None:
    st.header("By item")
    table = known.items
    titles = shell.past().items.set_index("product_id")["title"]
    shown = table.assign(title=table["product_id"].map(titles).fillna(""), own_share=100 * table["own_share"])
    st.dataframe(
        shown,
        hide_index=True,
        key="item_answers",
        alt="Elasticity of the items on sale",
        height=300,
        placeholder="–",
        column_order=["title", "elasticity", "low", "high", "own", "own_share", "pooled", "weeks", "product_id"],
        column_config={
            "title": st.column_config.TextColumn("Item", width=240, pinned=True),
            "elasticity": st.column_config.NumberColumn("Elasticity", format="%.2f"),
            "low": st.column_config.NumberColumn("Low", format="%.2f", help="8 in 10 lie between low and high"),
            "high": st.column_config.NumberColumn("High", format="%.2f"),
            "own": st.column_config.NumberColumn("Own prices say", format="%.2f"),
            "own_share": st.column_config.NumberColumn("Own counts", format="%.0f %%"),
            "pooled": st.column_config.NumberColumn("Like items say", format="%.2f"),
            "weeks": st.column_config.NumberColumn("Weeks", format="%d"),
            "product_id": "Code",
        },
    )
    st.caption(
        "Items whose own price has hardly moved go by items like them. A new item has no prices of its own yet: its "
        "like items speak for it, and its band is wider."
    )
    st.download_button(
        "Download the elasticities",
        lambda: export.to_csv(shown.assign(own_share=table["own_share"])),
        "elasticities.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_answers",
    )


def _plain(outlook: Outlook, known: Responses) -> None:
    """The rule of thumb that knows neither cost nor how demand answers, and what it would cost."""
    st.header("The plain rule, as a reference")
    try:
        past = shop.launches(outlook)
        rule = plain.fit(past)
        workspace = shell.workspace()
        share = shop.policy().cost_share
        found = _judged(workspace.folder, workspace.version, share, outlook.weeks, workspace, past, known)
    except NotReady as error:
        shell.fail(error)
        return
    units = outlook.at_sheet.totals.groupby("item_id")["mean"].first()
    new = outlook.at_sheet.items[["item_id", "title", "price"]]
    new = new.assign(units=new["item_id"].map(units).astype(float))
    st.markdown(
        f"Price = {rule.gamma:+.4f} × expected units {rule.delta:+,.2f}: the line through {rule.launches:,} past "
        f"launches, which explains {rule.explained:.0%} of their prices. On the latest {found.launches:,} of them it "
        f"would have given away **{found.lost:.1%}** of the best profit; our prices **{found.lost_by_ours:.1%}**, the "
        f"prices paid {found.lost_as_paid:.1%}."
    )
    st.plotly_chart(charts.line(past, rule, new), key="plain_rule", alt="Price against units, and the plain rule")
    assumed = f" Of {found.costs_assumed:,} the cost is assumed." if found.costs_assumed else ""
    st.caption(
        "Simulated, as no launch was sold at two prices. The line goes through the launches that were over by then, "
        "and is told how much would sell; our price goes by the answer of its category, learnt before all of them. "
        "Profit is what the launch has sold, moved by its answer to price as it is known now, times price less cost. "
        "Best is the price of someone who knows that answer exactly: nobody does, so even good prices lose something. "
        f"No price goes further than 30 % below or 40 % above the price paid.{assumed}"
    )


@st.cache_resource(show_spinner="Pricing past launches with what was known then ...", max_entries=2)
def _judged(
    folder: Path,
    data: int,
    share: float | None,
    weeks: int,
    _workspace: Workspace,
    _past: pd.DataFrame,
    _responses: Responses,
) -> Judged:
    from core.prices import fitted

    return plain.judged(_past, fitted.before(_workspace, plain.middle(_past)), _responses)


def _table(rows: list[tuple[str, Response]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(name, one.elasticity, one.low, one.high) for name, one in rows], columns=["name", "elasticity", "low", "high"]
    )

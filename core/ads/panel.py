"""The weekly panel that ads are learnt from: sales, spend and what else moves sales, by category.

A category is a group where the ads say which category (or item) they are for; else the shop is one group. Spend
that names no category is shared by the groups' revenue over the whole history: shares of the same week would make
spend follow sales. There are no groups by region: sales may name one, but the exports of ads do not, and money that is
shared over regions by their sales tells nothing apart.
"""

from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from core.ads import calendar
from core.errors import NotReady

__all__ = ["FEWEST_WEEKS", "Panel", "read"]

FEWEST_WEEKS = 20  # fewer leave nothing to learn from beside level and trend
MOST_GROUPS = 12  # the largest categories; the others are one group
OTHER = "Other"
NAMED = 0.5  # of the spend must name a category for categories to be groups
ASSUMED_MARGIN = 0.5  # of the price, where no cost is known
KNOWN = 0.5  # of the revenue must have a cost for the margin to count as known


@dataclass(frozen=True)
class Panel:
    """T weeks of G groups and C channels."""

    weeks: np.ndarray
    """(T,) datetime64[D], Mondays."""
    groups: list[str]
    """Categories; one group "" where ads or sales name none."""
    channels: list[str]
    units: np.ndarray
    """(G, T) net of returns."""
    revenue: np.ndarray
    """(G, T) money."""
    spend: np.ndarray
    """(C, G, T) money."""
    impressions: np.ndarray
    """(C, G, T); 0 where they are not exported."""
    clicks: np.ndarray
    """(C, G, T)."""
    price: np.ndarray
    """(G, T) prices of the items sold against their usual ones; 1 is usual."""
    promoted: np.ndarray
    """(G, T) share of the items' usual units that were promoted, 0 to 1."""
    assortment: np.ndarray
    """(G, T) items on sale."""
    controls: np.ndarray
    """(K, T) events of the calendar: share of the week, or a number."""
    control_names: list[str]
    margin: np.ndarray
    """(G,) money a unit after cost of goods."""
    claimed: np.ndarray
    """(C,) revenue that the platforms claim; NaN where they claim none."""
    order_size: float = 1.0
    """Units an order."""
    assumed: list[str] = field(default_factory=list)
    """What is not in the data, in words for the user."""

    @property
    def unit_price(self) -> np.ndarray:
        """(G, T) money a unit: of the quarter around each week, so that a promotion does not move it."""
        kernel = np.ones(13)
        sold = np.array([np.convolve(row, kernel, "same") for row in np.maximum(self.units, 0)])
        money = np.array([np.convolve(row, kernel, "same") for row in np.maximum(self.revenue, 0)])
        whole = np.maximum(self.revenue, 0).sum(1, keepdims=True) / np.maximum(self.units.sum(1, keepdims=True), 1e-9)
        return np.divide(money, sold, out=np.broadcast_to(whole, sold.shape).copy(), where=sold > 0)

    @property
    def size(self) -> np.ndarray:
        """(G,) share of the units."""
        total = np.maximum(self.units.sum(1), 0)
        return total / total.sum() if total.sum() > 0 else np.full(len(total), 1 / len(total))

    def until(self, week: int) -> "Panel":
        """The same shop as it was known before a week (a number from the first)."""
        names = ("units", "revenue", "spend", "impressions", "clicks", "price", "promoted", "assortment", "controls")
        cut = {name: getattr(self, name)[..., :week] for name in names}
        return Panel(**{**self.__dict__, **cut, "weeks": self.weeks[:week]})


def read(cursor: duckdb.DuckDBPyConnection, before: date | None = None) -> Panel:
    """The panel of what is dated before a day, or of all. Raises NotReady, saying what to load."""
    before = before or date.max
    weeks = _weeks(cursor, before)
    cursor.execute(SPENT, [before])
    try:
        groups = _groups(cursor, weeks, before)
        sold = _sold(cursor, weeks, groups, before)
        unpriced = _unpriced(sold)
        shown = _shown(cursor, weeks, groups, sold)
        if not shown["spend"].any():
            raise _elsewhere(cursor, weeks)
        claimed = cursor.execute("SELECT channel, sum(claimed) FROM ad_lines GROUP BY ALL ORDER BY 1").fetchall()
    finally:
        cursor.execute("DROP TABLE ad_lines")
    margin, assumed = _margins(cursor, groups, sold)
    assumed += unpriced
    controls, names = _controls(cursor, weeks)
    size = cursor.execute(ORDER_SIZE, [before]).fetchone()
    order_size = float(size[0]) if size and size[0] and size[0] > 0 else 1.0
    if size is None or not size[0]:
        assumed.append("Sales name no orders: a unit counts as an order.")
    channels = [name for name, _ in claimed]
    told = np.array([np.nan if money is None else float(money) for _, money in claimed])
    return Panel(
        weeks, groups, channels, sold["units"], sold["revenue"], shown["spend"], shown["impressions"], shown["clicks"],
        sold["price"], sold["promoted"], sold["assortment"], controls, names, margin, told, order_size, assumed,
    )  # fmt: skip


SPENT = """
CREATE OR REPLACE TEMP TABLE ad_lines AS
SELECT date_trunc('week', ads.date)::DATE AS week, trim(ads.channel) AS channel,
       nullif(trim(coalesce(ads.category, catalogue.category)), '') AS category, spend, impressions, clicks,
       ads.revenue AS claimed
FROM ads LEFT JOIN catalogue USING (product_id) WHERE ads.date < ?"""

ORDER_SIZE = """
SELECT sum(units)::DOUBLE / nullif(count(DISTINCT order_id), 0) FROM sales
WHERE order_id IS NOT NULL AND units > 0 AND date < ?"""

# Prices against the item's own usual one, weighted by its usual units: who weighs by the week's sees demand in them.
SOLD = """
WITH lines AS (
    SELECT product_id, date_trunc('week', date)::DATE AS week, units,
           coalesce(sales.revenue, units * unit_price, units * list_price) AS money,
           coalesce(unit_price, sales.revenue / nullif(units, 0)) AS price, coalesce(discount, 0) > 0 AS cut,
           coalesce(nullif(trim(catalogue.category), ''), '') AS category
    FROM sales LEFT JOIN catalogue USING (product_id) WHERE date < $before),
weeks AS (
    SELECT product_id, category, week, sum(units)::DOUBLE AS units, sum(money)::DOUBLE AS money,
           median(price) FILTER (units > 0 AND price > 0) AS price, bool_or(cut) AS cut
    FROM lines GROUP BY ALL),
promoted AS (
    SELECT DISTINCT product_id, unnest(generate_series(date_trunc('week', date)::DATE,
           coalesce(until, date + 6)::DATE, INTERVAL 7 DAY))::DATE AS week, true AS shown
    FROM promotions WHERE date < $before AND coalesce(until, date + 6) < date + 1000),
usual AS (
    SELECT product_id, median(price) AS usual, greatest(sum(units), 0) / count(*) AS weight FROM weeks GROUP BY ALL)
SELECT category, week, sum(units) AS units, sum(money) AS revenue,
       sum(price / usual * weight) FILTER (price IS NOT NULL AND usual > 0)
           / nullif(sum(weight) FILTER (price IS NOT NULL AND usual > 0), 0) AS price,
       sum(weight) FILTER (cut OR coalesce(shown, false)) / nullif(sum(weight), 0) AS promoted
FROM weeks JOIN usual USING (product_id) LEFT JOIN promoted USING (product_id, week) GROUP BY ALL"""

ON_SALE = """
SELECT coalesce(nullif(trim(catalogue.category), ''), '') AS category, date_trunc('week', min(date))::DATE AS first,
       date_trunc('week', max(date))::DATE AS last
FROM sales LEFT JOIN catalogue USING (product_id) WHERE date < ? GROUP BY product_id, catalogue.category"""

MARGINS = """
SELECT category, sum(units * cost)::DOUBLE AS cost, sum(units) FILTER (cost IS NOT NULL)::DOUBLE AS costed,
       sum(units)::DOUBLE AS units
FROM (SELECT units, coalesce(sales.cost, catalogue.cost) AS cost,
             coalesce(nullif(trim(catalogue.category), ''), '') AS category
      FROM sales LEFT JOIN catalogue USING (product_id)) GROUP BY ALL"""


def _weeks(cursor: duckdb.DuckDBPyConnection, before: date) -> np.ndarray:
    """The whole weeks of the sales; raises NotReady where there are no sales, no ads or too few weeks."""
    row = cursor.execute(
        "SELECT min(date), max(date), count(DISTINCT isodow(date)) FROM sales WHERE date < ?", [before]
    ).fetchone()
    if row is None or row[0] is None:
        raise NotReady("There are no sales yet. Load an export of orders or sales on the Data page.")
    spent = cursor.execute("SELECT count(*) FROM ads WHERE date < ? AND spend > 0", [before]).fetchone()
    if spent is None or not spent[0]:
        raise NotReady("There are no ads yet. Load an export of what advertising cost by day on the Data page.")
    first, last = np.datetime64(row[0], "D"), np.datetime64(row[1], "D")
    monday, end = _monday(first), _monday(last)
    if row[2] > 1:  # sales by day: a week that the export cuts off is no week
        monday = monday if first == monday else monday + 7
        end = end if last == end + 6 else end - 7
    weeks = np.arange(monday, end + 1, 7, dtype="datetime64[D]")
    if len(weeks) < FEWEST_WEEKS:
        raise NotReady(
            f"Sales cover {len(weeks)} whole weeks. What ads do can be told from {FEWEST_WEEKS} on: load older sales."
        )
    return weeks


def _elsewhere(cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray) -> NotReady:
    """What to say where no money was spent in any of the sales' weeks."""
    row = cursor.execute("SELECT min(week), max(week) FROM ad_lines WHERE spend > 0").fetchone()
    first, last = row if row else (None, None)
    return NotReady(
        f"The ads are of the weeks from {first} to {last}, the sales of those from {weeks[0]} to {weeks[-1]}: no whole "
        "week has both. Load sales and ads of the same time on the Data page."
    )


def _monday(day: np.datetime64) -> np.datetime64:
    return day - (day.astype("datetime64[D]").astype(int) + 3) % 7


def _groups(cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray, before: date) -> list[str]:
    """Categories that both sales and ads name, by units; the rest is OTHER."""
    named = cursor.execute("SELECT category, sum(spend) FROM ad_lines GROUP BY ALL").fetchall()
    total = sum(float(money or 0) for _, money in named)
    spent = {_plain(name): float(money or 0) for name, money in named if name}
    sold = cursor.execute(
        """SELECT coalesce(nullif(trim(catalogue.category), ''), '') AS name, sum(units) AS units
           FROM sales LEFT JOIN catalogue USING (product_id) WHERE date < ? GROUP BY ALL ORDER BY units DESC, name""",
        [before],
    ).fetchall()
    both = [name for name, units in sold if name and units > 0 and spent.get(_plain(name), 0) > 0]
    if len(both) < 2 or sum(spent[_plain(name)] for name in both) < NAMED * total:
        return [""]
    kept = both[:MOST_GROUPS]
    return [*kept, OTHER] if len(kept) < len([name for name, units in sold if units > 0]) else kept


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _places(names: pd.Series, groups: list[str]) -> np.ndarray:
    """Number of each category's group; -1 where it is none and there is no group for the rest."""
    if groups == [""]:
        return np.zeros(len(names), dtype=int)
    at = {_plain(name): number for number, name in enumerate(groups)}
    rest = at.get(_plain(OTHER), -1)
    return np.array([at.get(_plain(name), rest) for name in names.fillna("")], dtype=int)


def _filled(table: pd.DataFrame, value: str, weeks: np.ndarray, groups: list[str]) -> np.ndarray:
    """(G, T) sums of a column of a table with `group` and `week`."""
    out = np.zeros((len(groups), len(weeks)))
    week = ((table["week"].to_numpy().astype("datetime64[D]") - weeks[0]).astype(int)) // 7
    inside = (week >= 0) & (week < len(weeks)) & (table["group"] >= 0).to_numpy()
    amounts = np.nan_to_num(table[value].to_numpy(float))
    np.add.at(out, (table["group"].to_numpy()[inside], week[inside]), amounts[inside])
    return out


def _sold(
    cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray, groups: list[str], before: date
) -> dict[str, np.ndarray]:
    """units, revenue, price, promoted, assortment: (G, T)."""
    table = cursor.execute(SOLD, {"before": before}).df()
    table["group"] = _places(table["category"], groups)
    out = {name: _filled(table, name, weeks, groups) for name in ("units", "revenue")}
    pieces = table["units"].clip(lower=0)
    for name, usual in (("price", 1.0), ("promoted", 0.0)):
        known = table.assign(weight=pieces.where(table[name].notna(), 0.0), value=pieces * table[name].fillna(0.0))
        weight, value = (_filled(known, column, weeks, groups) for column in ("weight", "value"))
        out[name] = np.divide(value, weight, out=np.full(value.shape, usual), where=weight > 0)
    out["assortment"] = _assortment(cursor, weeks, groups, before)
    return out


def _unpriced(sold: dict[str, np.ndarray]) -> list[str]:
    """Where sales have no money at all units stand for it; says so."""
    if (sold["revenue"] > 0).any():
        return []
    sold["revenue"] = sold["units"].copy()
    return ["Sales have neither revenue nor prices: a unit counts as 1 of revenue."]


def _assortment(cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray, groups: list[str], before: date) -> np.ndarray:
    """(G, T) items between their first and their last sale."""
    spans = cursor.execute(ON_SALE, [before]).df()
    spans["group"] = _places(spans["category"], groups)
    steps = [
        spans.assign(week=spans["first"], step=1.0),
        spans.assign(week=spans["last"] + pd.Timedelta(days=7), step=-1.0),
    ]
    early = pd.concat(steps)
    early["week"] = np.maximum(early["week"].to_numpy().astype("datetime64[D]"), weeks[0]).astype("datetime64[s]")
    return np.cumsum(_filled(early, "step", weeks, groups), axis=1)


def _shown(
    cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray, groups: list[str], sold: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """spend, impressions, clicks: (C, G, T); what names no group is shared by revenue."""
    table = cursor.execute(
        """SELECT channel, category, week, sum(spend) AS spend, sum(impressions) AS impressions, sum(clicks) AS clicks
           FROM ad_lines GROUP BY ALL ORDER BY channel"""
    ).df()
    table["group"] = np.where(table["category"].isna(), -1, _places(table["category"], groups))
    money = np.maximum(sold["revenue"].sum(1), 0)
    share = money / money.sum() if money.sum() > 0 else np.full(len(groups), 1 / len(groups))
    out: dict[str, list[np.ndarray]] = {name: [] for name in ("spend", "impressions", "clicks")}
    for _, rows in table.groupby("channel"):
        general = rows[rows["group"] < 0].assign(group=0)
        for name, parts in out.items():
            parts.append(
                _filled(rows, name, weeks, groups)
                + share[:, None] * _filled(general, name, weeks, groups).sum(0, keepdims=True)
            )
    return {name: np.maximum(np.array(parts), 0) for name, parts in out.items()}


def _margins(
    cursor: duckdb.DuckDBPyConnection, groups: list[str], sold: dict[str, np.ndarray]
) -> tuple[np.ndarray, list[str]]:
    """(G,) money a unit after cost of goods, and what was assumed."""
    table = cursor.execute(MARGINS).df()
    table["group"] = _places(table["category"], groups)
    table = table[table["group"] >= 0].groupby("group")[["cost", "costed", "units"]].sum()
    table = table.reindex(range(len(groups))).fillna(0.0)
    price = sold["revenue"].sum(1) / np.maximum(sold["units"].sum(1), 1e-9)
    costed = table["costed"].to_numpy()
    known = costed >= KNOWN * np.maximum(table["units"].to_numpy(), 1e-9)
    cost = np.divide(table["cost"].to_numpy(), costed, out=np.zeros(len(groups)), where=costed > 0)
    margin = np.where(known, price - cost, ASSUMED_MARGIN * price)
    if known.all():
        return margin, []
    return margin, [f"Cost is unknown for most sales: margin is taken as {ASSUMED_MARGIN:.0%} of price."]


def _controls(cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """(K, T) and names of what the shop's calendar says of these weeks."""
    names, values = calendar.weeks(cursor, weeks)
    return values, names

"""Tracking: what became of the launches of approved plans, and what to do about them now.

    tracked = opened(workspace, past)        what sells against what was promised, with alerts
    tracked.launches                         a row a launch: status, units and money against plan, retrended
    attach(workspace, "N-7", "KIT-204", who) the new item N-7 is sold as KIT-204
    ordered(workspace, "N-7", 80, due, who)  stock that is on its way
    received(workspace, "N-7", 120, on, who) stock that came after the opening stock
    dismiss(workspace, key, reason, who)     be quiet about an alert; recall(workspace, key, who) brings it back
    undo(workspace, who)                     take back the last of these that a person told
    take_back(workspace, act, who)           take back any of them

Sales, reviews, visits and ads attach to an item by its code as they are loaded. "Today" is the day after the data end.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from core.errors import DebutError
from core.history import History
from core.levers import outcomes
from core.scenario import approvals
from core.scenario.approvals import Approved
from core.track import acts, actuals, alerts, attached, bulk, launches, matches, orders, paces, progress
from core.track import promise as promises
from core.track.acts import Told
from core.track.attached import Back, launched
from core.track.pace import Pace
from core.track.progress import STATUSES, Course
from core.track.promise import Promise
from core.workspace import Workspace

__all__ = [
    "STATUSES",
    "Totals",
    "Tracking",
    "attach",
    "detach",
    "dismiss",
    "last",
    "launched",
    "log",
    "opened",
    "ordered",
    "recall",
    "received",
    "stamp",
    "take_back",
    "undo",
]

LONGEST = 200  # characters of a reason or a name
MOST_UNITS = 10**7  # pieces; beyond it a stock is a typing error


@dataclass(frozen=True)
class Totals:
    """All tracked launches together."""

    launches: int
    on_sale: int
    """With a first sale, their window not over."""
    sold: float
    so_far: tuple[float, float, float]
    """P10, P50, P90 of what was to be expected of them by now."""
    profit_plan: float
    profit_now: float
    profit_low: float
    """P10 and P90: what is still to be sold is not known."""
    profit_high: float


@dataclass(frozen=True)
class Tracking:
    """Everything of the launches of approved plans."""

    today: date
    """The day after the data end."""
    launches: pd.DataFrame
    """A row an item that an approved plan launches: act, scenario_id, item_id, product_id ('' for none yet), how (it
    was attached: "code", "confirmed", ''), title, category, status (see STATUSES), why (words), launch_week (planned),
    launched_on (first sale; NaT), window, weeks_seen, sold, p10_so_far, p50_so_far, p90_so_far, level, level_low,
    level_high, retrend_p10, retrend_p50, retrend_p90, retrend_mean (of the window), plan_p10, plan_p50, plan_p90,
    plan_mean, price, price_now, price_paid, cost, loss, leftover, revenue, ad_spend, ads_spent, ads_counted, of_ads
    (what to say of them, see `launches.counted_ads`), opening_stock, received, on_order, due (of the first order; NaT),
    stock_left and lead_time_days (NaN: unknown), reviews, rating, views, withdrawn (whether the approval of its plan
    was taken back), profit_plan, profit_now."""
    weeks: pd.DataFrame
    """A row a launch and week: see `launches.weeks`."""
    alerts: pd.DataFrame
    """key, item_id, title, kind (see `alerts.KINDS`), words, worth (expected money; NaN unknown), dismissed, away_by,
    away_at, away_why; what is worth most first."""
    by_category: pd.DataFrame
    """See `launches.by_category`."""
    unmatched: pd.DataFrame
    """Products that an item may have become, to be confirmed: see `matches.matches`."""
    unplanned: pd.DataFrame
    """Products first sold after the first approved plan that no launch of a plan has taken: product_id, title,
    category, brand, price, launched_on, sold, revenue, refused (a plan listed it and said no)."""
    totals: Totals
    approved: dict[int, Approved] = field(default_factory=dict)
    """The approvals that were not undone, by their act."""
    promises: dict[int, Promise] = field(default_factory=dict)
    """What each expected, by its act."""
    courses: dict[str, Course] = field(default_factory=dict)
    """By item_id, of what is on sale or was."""
    pace: Pace = Pace()  # noqa: RUF009  (frozen)
    """How launches of this shop move about their forecast."""
    withdrawn: dict[int, Back] = field(default_factory=dict)
    """Those approvals that were taken back, with who did and why: only what had sold is followed up."""
    ordered: pd.DataFrame = field(default_factory=lambda: orders.NONE)
    """What is on order: see `orders.NONE`."""

    @property
    def standing(self) -> dict[int, Approved]:
        """The approvals that promise something: not taken back."""
        return {act: one for act, one in self.approved.items() if act not in self.withdrawn}


def opened(workspace: Workspace, past: History, report: Callable[[str], None] = lambda note: None) -> Tracking:
    """The launches of approved plans as the data loaded show them; no rows where no plan was approved."""
    cursor = workspace.cursor()
    today = past.end + timedelta(days=1)
    approved = {one.act: one for one in approvals.in_force(cursor)}
    told, gone = acts.told(cursor), attached.withdrawn(cursor)
    placed = attached.attached(cursor, told)
    told = _there(told, placed)
    mine = placed[placed["launch"]].reset_index(drop=True)
    if mine.empty:
        return _nothing(today, approved, gone)
    kept = {act: _promise(one) for act, one in approved.items()}
    on_sale = mine[mine["launched_on"].notna()]
    pace = Pace()
    if len(on_sale):
        report("learning how launches move about their forecast")
        pace = paces.kept(workspace, past, max(one.window for one in kept.values()))
    report("comparing sales with the plan")
    windows = {item: kept[act].window for item, act in zip(mine["item_id"], mine["act"], strict=True)}
    weekly = bulk.with_evidence(cursor, on_sale, actuals.actuals(cursor, on_sale, windows, today), pace)
    courses = _courses(on_sale, kept, weekly, told, today, pace)
    scenarios = {act: one.scenario_id for act, one in approved.items()}
    rows = launches.launches(mine, kept, scenarios, weekly, courses, told, today, pace)
    unmatched, unplanned = _newcomers(cursor, rows, placed, told, today)
    report("looking for what to do")
    able = alerts.able(workspace, rows, courses)
    return Tracking(
        today, rows, launches.weeks(kept, mine, weekly, courses),
        alerts.alerts(rows, courses, able, unmatched, told.dismissed), launches.by_category(rows, courses),
        unmatched, unplanned, _totals(rows, courses), approved, kept, courses, pace, gone, told.ordered,
    )  # fmt: skip


def attach(workspace: Workspace, item_id: str, product_id: str, who: str = "") -> None:
    """Say as which product an item is sold. Raises DebutError where that cannot be."""
    cursor = workspace.cursor()
    _must_be_launched(cursor, item_id)
    row = cursor.execute("SELECT first_sale FROM catalogue WHERE product_id = ?", [product_id]).fetchone()
    if row is None or row[0] is None:
        raise DebutError(f"Nothing was sold as {product_id} so far. Choose a product with sales.")
    for other, product in launched(cursor).items():
        if product == product_id and other != item_id:
            raise DebutError(f"{product_id} is matched with {other} already. Undo that first.")
    if row[0] <= min(one.until for one in attached.listed(cursor)[item_id]):
        raise DebutError(f"{product_id} was on sale before the plan was made, so it is none of its launches.")
    acts.keep(workspace, "attach", item_id, {"product_id": product_id}, "", who[:LONGEST])


def detach(workspace: Workspace, item_id: str, product_id: str, who: str = "") -> None:
    """Say that an item is not this product. Raises DebutError where no plan lists the item."""
    _must_be_launched(workspace.cursor(), item_id)
    acts.keep(workspace, "detach", item_id, {"product_id": product_id}, "", who[:LONGEST])


def received(
    workspace: Workspace, item_id: str, units: float, on: date, who: str = "", order: int | None = None
) -> None:
    """Note stock that arrived after the opening stock; below 0 corrects it. Raises DebutError on what cannot be.

    order: act of the order that it is of; the one that is due first where it is not said.
    """
    _must_be_launched(workspace.cursor(), item_id)
    if not (math.isfinite(units) and 0 < abs(units) <= MOST_UNITS):
        raise DebutError("Give the units that arrived: a number other than 0, below 0 for a correction.")
    content = {"units": float(units), "on": on.isoformat(), "order": order}
    acts.keep(workspace, "received", item_id, content, "", who[:LONGEST])


def ordered(workspace: Workspace, item_id: str, units: float, due: date, who: str = "") -> None:
    """Note stock that is ordered and will be there on a day; `received` takes it off. Raises DebutError as that.

    Of an item that is not on sale yet it is the opening stock, in place of what the plan has.
    """
    _must_be_launched(workspace.cursor(), item_id)
    if not (math.isfinite(units) and 0 < units <= MOST_UNITS):
        raise DebutError("Give the units that are ordered: a number above 0.")
    opening = item_id not in launched(workspace.cursor())
    content = {"units": float(units), "due": due.isoformat(), "opening": opening}
    acts.keep(workspace, "ordered", item_id, content, "", who[:LONGEST])


def dismiss(workspace: Workspace, key: str, reason: str, who: str = "", worth: float = math.nan) -> None:
    """Put an alert away; it comes back where it is worth more than twice as much. Raises DebutError without a reason.

    key, worth: of `Tracking.alerts`.
    """
    parts = key.split(":", 2)
    if len(parts) < 3:
        raise DebutError("There is no such alert (any more).")
    if not reason.strip():
        raise DebutError("Say why, so that others know.")
    content = {"key": key, "worth": None if math.isnan(worth) else float(worth)}
    acts.keep(workspace, "dismiss", parts[2], content, reason[:LONGEST], who[:LONGEST])


def recall(workspace: Workspace, key: str, who: str = "") -> None:
    """Bring back an alert that was put away. Raises DebutError where nobody did, or somebody was quicker."""
    if key not in acts.told(workspace.cursor()).dismissed:
        raise DebutError("That alert is back already.")
    acts.keep(workspace, "recall", key.split(":", 2)[2], {"key": key}, "", who[:LONGEST])


def undo(workspace: Workspace, who: str | None = None) -> str:
    """Take back what a person has told last ('': who gave no name; None: anybody), in words; '' where nothing."""
    return acts.undo(workspace, who)


def take_back(workspace: Workspace, act: int, who: str = "") -> str:
    """Take back one act of `log`, in words, whoever made it. Raises DebutError where it was taken back already."""
    return acts.take_back(workspace, int(act), who[:LONGEST])


def last(cursor: duckdb.DuckDBPyConnection, who: str | None = None) -> str:
    """What `undo` would take back, in words; '' where there is nothing."""
    return acts.last(cursor, who)


def log(cursor: duckdb.DuckDBPyConnection, item_id: str = "") -> pd.DataFrame:
    """Who told what of launches, or of one, the latest first: see `track.acts.log`."""
    return acts.log(cursor, item_id)


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as approvals and what was told of launches are the same: for the keys of caches."""
    row = cursor.execute(
        """SELECT (SELECT count(*) FROM approved_plans), coalesce(max(act), 0), coalesce(sum(undone::INT), 0), count(*)
           FROM scenario_acts WHERE kind = 'state' OR act IN (SELECT act FROM approved_plans)"""
    ).fetchone()
    return f"{row}|{acts.stamp(cursor)}"


def _must_be_launched(cursor: duckdb.DuckDBPyConnection, item_id: str) -> None:
    placed = attached.attached(cursor)
    if not placed.loc[placed["launch"], "item_id"].eq(item_id).any():
        raise DebutError(f"No approved plan launches {item_id}.")


def _promise(one: Approved) -> Promise:
    return one.promise or promises.of_table(one.table, one.wishes.leftover)


def _there(told: Told, placed: pd.DataFrame) -> Told:
    """Without opening orders of what is on sale: its opening stock is there."""
    on_sale = placed.loc[placed["launched_on"].notna(), "item_id"]
    came = told.ordered["opening"].astype(bool) & told.ordered["item_id"].isin(on_sale)
    return replace(told, ordered=told.ordered[~came])


def _courses(
    on_sale: pd.DataFrame, kept: dict[int, Promise], weekly: pd.DataFrame, told: Told, today: date, pace: Pace
) -> dict[str, Course]:
    found = {}
    for row in on_sale.to_dict("records"):
        item, promise = row["item_id"], kept[row["act"]]
        planned = promise.items.loc[promise.items["item_id"] == item, "opening_stock"].iloc[0]
        stock = told.opening.get(item, float(planned))
        came = told.received[told.received["item_id"] == item]
        mine = weekly[weekly["item_id"] == item]
        first, coming = row["launched_on"].date(), orders.coming(told.ordered, item, today)
        found[item] = progress.course(promise, item, mine, stock, came, today, first, pace, coming)
    return found


def _newcomers(
    cursor: duckdb.DuckDBPyConnection, rows: pd.DataFrame, placed: pd.DataFrame, told: Told, today: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates for launches without a product, and products that are none of them."""
    taken = rows.loc[rows["product_id"] != "", "product_id"].tolist()
    fresh = matches.newcomers(cursor, pd.Timestamp(placed["until"].min()), taken)
    until = dict(zip(placed["item_id"], placed["until"], strict=True))
    waiting = rows[rows["launched_on"].isna()]
    brands = cursor.execute("SELECT item_id, max_by(brand, batch_id) FROM new_items GROUP BY item_id").fetchall()
    waiting = waiting.assign(
        until=waiting["item_id"].map(until),
        brand=waiting["item_id"].map(dict(brands)),
        due=waiting["launch_week"] < pd.Timestamp(today),
    )
    refused = placed.loc[~placed["launch"] & placed["launched_on"].notna(), "product_id"]
    others = fresh[~fresh["product_id"].isin(refused)]
    found = matches.matches(waiting, others.reset_index(drop=True), told.detached)
    return found, fresh.assign(refused=fresh["product_id"].isin(refused))


def _totals(rows: pd.DataFrame, courses: dict[str, Course]) -> Totals:
    so_far = progress.together([one.expected for one in courses.values()])
    now = float(rows["profit_now"].sum())
    margins = (rows["price_now"] - rows["loss"] - rows["leftover"] * rows["cost"]).clip(lower=0)
    wanted = outcomes(np.sort(rows[["retrend_p10", "retrend_p50", "retrend_p90"]].to_numpy(float), axis=1))
    sold = np.minimum(wanted, rows["stock_left"].fillna(np.inf).to_numpy()[:, None])  # of what is not on sale yet
    swings = [
        margin * (courses[item].remaining if item in courses else sold[at])
        for at, (item, margin) in enumerate(zip(rows["item_id"], margins, strict=True))
    ]
    low, _, high = progress.together(swings) - sum(float(one.mean()) for one in swings)
    running = rows["launched_on"].notna() & (rows["status"] != "closed")
    low_now, middle, high_now = map(float, so_far)
    return Totals(
        len(rows), int(running.sum()), float(rows["sold"].sum()), (low_now, middle, high_now),
        float(rows["profit_plan"].sum()), now, now + min(float(low), 0.0), now + max(float(high), 0.0),
    )  # fmt: skip


def _nothing(today: date, approved: dict[int, Approved], gone: dict[int, Back]) -> Tracking:
    """Of a shop without a launch that could be tracked."""
    none = pd.DataFrame({"item_id": []})
    totals = Totals(0, 0, 0.0, (0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0)
    return Tracking(today, none, none, alerts.NONE, none, none, none, totals, approved, withdrawn=gone)

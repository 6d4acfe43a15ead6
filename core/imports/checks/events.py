"""Quality checks of visits and events: events that fired twice, bots, outages of the tracking."""

from core.imports.checks.check import Check, Look, Search, copies, gaps, quality_days, whole_ids
from core.tables import ANONYMOUS

__all__ = ["CHECKS", "SEARCHES"]

BOT_DAY = 1_500  # events of one visitor on a day
BOT_EVENTS = 300  # without cart and purchase, before the rhythm is looked at
BOT_MINUTE, BOT_MINUTES = 30, 3  # events in a minute, and such minutes: no person reads that fast for long
REGULAR = (
    0.1  # spread of the middle half of the pauses, against their median; a person's pauses differ by more than them
)

CHECKS = (
    Check(
        "fired_twice",
        "Events that fired twice",
        "The same visitor, item and event in the same second; the copies are set aside.",
        "set aside",
        shows=("ts", "customer_id", "product_id", "event"),
        reason="the same event in the same second",
    ),
    Check(
        "bot",
        "Visitors who are machines",
        "More events on a day than a person makes, or hundreds at the pace of a clock without ever filling a cart; all "
        "of theirs are set aside, or they would count as interest.",
        "set aside",
        shows=("ts", "customer_id", "product_id", "event"),
        reason="a visitor that is a machine",
    ),
    Check(
        "events_gap",
        "Days without any event",
        "Visitors usually come on these days: the tracking was off, or a part of the export is missing.",
        actions=("keep",),
        unit="days",
    ),
    Check(
        "events_unknown",
        "Events of items that the shop does not have",
        "The codes are neither in the products nor in the sales; kept, in case those files come later.",
        shows=("product_id", "event"),
        reason="an item that the shop does not have",
    ),
    Check(
        "bought_never_sold",
        "Bought in the events, never in the sales",
        "These items have purchases here and no line in the sales: sales are missing, or the codes differ; kept.",
        actions=("keep",),
        shows=("product_id", "event"),
        unit="items",
        counted="product_id",
    ),
)


def _clock(look: Look) -> bool:
    """Whether the file tells seconds; equal times mean nothing where it does not."""
    return look.one("SELECT count(*) FROM (SELECT 1 FROM live WHERE second(ts) <> 0 LIMIT 1)")[0] > 0


def _fired_twice(look: Look) -> str | None:
    if not _clock(look):
        return None
    columns = ["date_trunc('second', ts)" if name == "ts" else f'"{name}"' for name in look.columns]
    found = copies(look, columns, f"customer_id <> '{ANONYMOUS}' AND {whole_ids(look)}")
    return f"SELECT 'fired_twice', rid, 'ts', NULL FROM {found}" if found else None


def _bots(look: Look) -> str | None:
    busy = look.make(
        "busy",
        f"""SELECT customer_id, count(*) FILTER (event IN ('cart', 'purchase')) AS bought FROM live
            WHERE customer_id <> '{ANONYMOUS}' GROUP BY customer_id HAVING count(*) >= {BOT_EVENTS}""",
    )
    if not look.one(f"SELECT count(*) FROM {busy}")[0]:
        return None
    look.make("steps", f"SELECT customer_id, ts FROM live SEMI JOIN {busy} USING (customer_id)")
    parts = [f"SELECT customer_id FROM steps GROUP BY customer_id, CAST(ts AS DATE) HAVING count(*) >= {BOT_DAY}"]
    if _clock(look):
        parts += [
            f"SELECT customer_id FROM ({part}) JOIN {busy} USING (customer_id) WHERE bought = 0" for part in RHYTHMS
        ]
    return f"SELECT 'bot', rid, 'customer_id', NULL FROM live WHERE customer_id IN ({' UNION ALL '.join(parts)})"


RHYTHMS = (
    f"""SELECT customer_id FROM (SELECT customer_id FROM steps GROUP BY customer_id, date_trunc('minute', ts)
                                 HAVING count(*) > {BOT_MINUTE})
        GROUP BY customer_id HAVING count(*) >= {BOT_MINUTES}""",
    f"""SELECT customer_id FROM (
            SELECT customer_id, date_diff('millisecond', lag(ts) OVER ordered, ts) AS pause
            FROM steps WINDOW ordered AS (PARTITION BY customer_id ORDER BY ts))
        WHERE pause > 0 GROUP BY customer_id
        HAVING count(*) >= {BOT_EVENTS} / 2
           AND quantile_cont(pause, 0.75) - quantile_cont(pause, 0.25) <= {REGULAR} * median(pause)""",
)


def _gaps(look: Look) -> str:
    days = quality_days(look, "ts")
    missing = gaps(f"SELECT day, amount FROM {days} WHERE NOT far AND NOT near AND day <= current_date + 1")
    return f"SELECT 'events_gap', NULL, 'ts', CAST(day AS VARCHAR) FROM ({missing})"


def _unknown(look: Look) -> str | None:
    if not look.known("catalogue"):
        return None
    return """SELECT 'events_unknown', rid, 'product_id', NULL FROM live
              WHERE product_id NOT IN (SELECT product_id FROM catalogue)"""


def _never_sold(look: Look) -> str | None:
    if not look.known("sales"):
        return None
    return """SELECT 'bought_never_sold', min(rid), 'product_id', NULL FROM live
              WHERE event = 'purchase' AND product_id IN (SELECT product_id FROM catalogue WHERE first_sale IS NULL)
              GROUP BY product_id"""


SEARCHES = tuple(
    Search(("events",), needs, find)
    for needs, find in (
        (("ts", "customer_id"), _fired_twice),
        (("ts", "customer_id", "event"), _bots),
        (("ts",), _gaps),
        (("product_id",), _unknown),
        (("product_id", "event"), _never_sold),
    )
)

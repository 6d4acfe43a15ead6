"""Quality checks of ads, competitor prices, promotions and labels."""

from core.imports.checks.check import Check, Look, Search, copies

__all__ = ["CHECKS", "SEARCHES"]

SPIKE = 15.0  # times the median daily spend of a channel
DAYS_FOR_SPIKE = 20
PAUSE = 3  # days without a row of a channel that has one on nearly every day
OFF = 8.0  # times the median of what is asked for one item
SEEN = 4  # prices of an item for their median to mean something

RESULTS = ("impressions", "clicks", "conversions", "revenue")

CHECKS = (
    Check(
        "same_line",
        "The same line twice",
        "All columns are those of an earlier line; the copies are set aside.",
        "set aside",
        shows=("date", "channel", "campaign", "spend", "clicks", "competitor", "title", "product_id", "price", "label"),
        reason="the same line again",
    ),
    Check(
        "like_line",
        "Lines that look the same",
        "Equal spend on one day without impressions or clicks to tell them apart: two small campaigns, or one line "
        "twice; kept.",
        shows=("date", "channel", "campaign", "spend"),
        reason="the same line again",
    ),
    Check(
        "clicks_above",
        "More clicks than impressions",
        "An ad cannot be clicked more often than it is shown, so one of the two is wrong; kept, since the spend may be "
        "right.",
        shows=("date", "channel", "impressions", "clicks"),
        reason="more clicks than impressions",
    ),
    Check(
        "conversions_above",
        "More conversions than clicks",
        "Platforms also count who has only seen the ad, so this may be right; kept.",
        shows=("date", "channel", "clicks", "conversions"),
        reason="more conversions than clicks",
    ),
    Check(
        "spend_unseen",
        "Spend without impressions",
        "Money was spent and nothing shown: a fee, or a part of the report is missing; kept.",
        shows=("date", "channel", "spend", "impressions"),
        reason="spend without impressions",
    ),
    Check(
        "spend_spike",
        "Days with far more spend than usual",
        "Fifteen times the channel's median and more: a big day, or a slip of the pen; kept.",
        shows=("date", "channel", "spend"),
        reason="far more spend than usual",
    ),
    Check(
        "ads_gap",
        "Days on which a channel is missing",
        "The channel has a line on nearly every day but not on these: a pause, or a part of the report is missing.",
        actions=("keep",),
        unit="days",
    ),
    Check(
        "rival_slip",
        "Competitor prices with the decimal point in the wrong place",
        "Moving the decimal point gives what is usually asked for the item; the fix does that.",
        "fix",
        ("fix", "keep", "set aside"),
        shows=("date", "competitor", "title", "product_id", "price"),
        reason="a price with the decimal point in the wrong place",
    ),
    Check(
        "rival_far",
        "Competitor prices that cannot be the item's",
        "Eight times what is usually asked for the item and more, or an eighth and less: another item or another pack; "
        "set aside.",
        "set aside",
        shows=("date", "competitor", "title", "product_id", "price"),
        reason="a price that cannot be the item's",
    ),
    Check(
        "rival_zero",
        "Competitor prices of 0",
        "Nothing was asked, so nothing was seen; the rows are set aside.",
        "set aside",
        shows=("date", "competitor", "title", "product_id", "price"),
        reason="a price of 0",
    ),
)


def _same_line(look: Look) -> str | None:
    found = copies(look, [f'"{name}"' for name in look.columns])
    return f"SELECT 'same_line', rid, '{look.columns[0]}', NULL FROM {found}" if found else None


def _same_ads(look: Look) -> str | None:
    """Equal results are no chance; equal round budgets are."""
    found = copies(look, list(look.columns))
    if found is None:
        return None
    told = " OR ".join(f"{name} <> 0" for name in look.only(*RESULTS)) or "false"
    return f"""
        SELECT CASE WHEN sure THEN 'same_line' ELSE 'like_line' END, rid, 'spend', NULL
        FROM (SELECT rid, spend, apart OR coalesce({told}, false) AS sure FROM {found} JOIN live USING (rid))
        WHERE sure OR spend <> 0"""


def _above(check: str, much: str, little: str) -> str:
    return f"SELECT '{check}', rid, '{much}', NULL FROM live WHERE {much} > {little}"


def _spikes(look: Look) -> str:
    return f"""
        WITH days AS (
            SELECT channel, date, sum(spend) AS spend FROM live WHERE spend > 0 GROUP BY channel, date
        ), usual AS (
            SELECT channel, median(spend) AS usual FROM days GROUP BY channel HAVING count(*) >= {DAYS_FOR_SPIKE}
        )
        SELECT 'spend_spike', live.rid, 'spend', NULL
        FROM live JOIN days USING (channel, date) JOIN usual ON usual.channel = live.channel
        WHERE days.spend >= {SPIKE} * usual AND live.spend > usual"""


def _gaps(look: Look) -> str:
    """A channel that reports daily: a line on four days in five of its time."""
    return f"""
        WITH days AS (
            SELECT DISTINCT channel, date FROM live WHERE channel IS NOT NULL AND date IS NOT NULL
        ), steps AS (
            SELECT channel, date, lead(date) OVER (PARTITION BY channel ORDER BY date) - date - 1 AS missing FROM days
        ), daily AS (
            SELECT channel FROM days GROUP BY channel
            HAVING count(*) >= {DAYS_FOR_SPIKE} AND count(*) >= 0.8 * (date_diff('day', min(date), max(date)) + 1)
        ), gone AS (
            SELECT channel, date + CAST(unnest(range(1, missing + 1)) AS INTEGER) AS day
            FROM steps SEMI JOIN daily USING (channel) WHERE missing >= {PAUSE}
        )
        SELECT 'ads_gap', NULL, 'date', day || ' ' || channel FROM gone"""


def _rivals(look: Look) -> str | None:
    names = look.only("product_id", "title")
    zero = "SELECT 'rival_zero', rid, 'price', NULL FROM live WHERE price = 0"
    if not names:
        return zero
    item = f"coalesce({', '.join(names)})"
    return f"""
        WITH prices AS (SELECT rid, {item} AS item, price FROM live WHERE price > 0 AND {item} IS NOT NULL
        ), usual AS (SELECT item, median(price) AS usual FROM prices GROUP BY item HAVING count(*) >= {SEEN}
        ), off AS (
            SELECT rid, price, usual, list_filter([price / 100, price / 10, price * 10, price * 100],
                                                  lambda moved: abs(moved - usual) <= 0.25 * usual) AS moved
            FROM prices JOIN usual USING (item) WHERE price >= {OFF} * usual OR usual >= {OFF} * price
        )
        SELECT CASE WHEN len(moved) > 0 THEN 'rival_slip' ELSE 'rival_far' END, rid, 'price',
               CAST(round(moved[1], 4) AS VARCHAR)
        FROM off UNION ALL {zero}"""


SEARCHES = (
    Search(("competitors", "promotions", "labels"), (), _same_line),
    Search(("ads",), ("date", "channel", "spend"), _same_ads),
    Search(("ads",), ("impressions", "clicks"), lambda _: _above("clicks_above", "clicks", "impressions")),
    Search(("ads",), ("clicks", "conversions"), lambda _: _above("conversions_above", "conversions", "clicks")),
    Search(
        ("ads",),
        ("spend", "impressions"),
        lambda _: "SELECT 'spend_unseen', rid, 'spend', NULL FROM live WHERE spend > 0 AND impressions = 0",
    ),
    Search(("ads",), ("channel", "date", "spend"), _spikes),
    Search(("ads",), ("channel", "date"), _gaps),
    Search(("competitors",), ("price",), _rivals),
)

"""Quality checks of reviews: copied texts, bursts, authors who write too much, ratings on another scale.

Where ratings are all alike, the question is whether chance would do it: the share of that rating among the item's
other reviews, drawn to the shop's, to the power of the number of reviews.
"""

from core.imports.checks.check import Check, Look, Search

__all__ = ["CHECKS", "SEARCHES"]

LONG = 25  # characters of letters and digits: shorter praise is alike by chance
DEFAULT_TIMES, DEFAULT_SHARE = 100, 0.05  # a text this frequent is the platform's own ("left no review")
BURST, BURST_TIMES = 8, 6.0  # reviews of an item on a day, and times its usual daily rate
A_DAY, ALIKE = 15, 10  # reviews of one author on a day; reviews of one author with one extreme rating
OTHERS = 5.0  # times what nearly all (95 %) authors have
DRAWN = 5.0  # reviews at the shop's rate that are added to an item's own
CHANCE_BURST, CHANCE_AUTHOR = 1e-4, 1e-6  # below it, equal ratings are no chance; a shop has many days and more authors

NOBODY = ("anonymous", "guest", "customer", "amazon customer", "kindle customer", "a customer", "匿名用户")

CHECKS = (
    Check(
        "copied_text",
        "Copied texts",
        "The same sentences stand under different names or items; all but the first are set aside.",
        "set aside",
        shows=("product_id", "customer_id", "rating", "body"),
        reason="the text of another review",
    ),
    Check(
        "burst_alike",
        "Bursts of equal ratings",
        "An item got far more reviews on one day than it usually does, with one extreme rating that chance would not "
        "give; these are set aside.",
        "set aside",
        shows=("date", "product_id", "rating"),
        reason="one of a burst of equal ratings",
    ),
    Check(
        "burst",
        "Bursts of reviews",
        "An item got far more reviews on one day than it usually does, with mixed ratings; kept.",
        shows=("date", "product_id", "rating"),
        reason="one of a burst of reviews",
    ),
    Check(
        "author",
        "Authors who write too much",
        "One author has more reviews on a day than a person writes, or the same extreme rating for item after item; "
        "all of them are set aside.",
        "set aside",
        shows=("date", "customer_id", "product_id", "rating"),
        reason="an author who writes too much",
    ),
    Check(
        "rating_scale",
        "Ratings on another scale",
        "Ratings go up to 10 or 100; the fix brings them to stars from 1 to 5.",
        "fix",
        ("fix", "set aside"),
        shows=("product_id", "rating"),
        reason="a rating outside 1 to 5",
    ),
    Check(
        "rating_bounds",
        "Ratings outside 1 to 5",
        "There is no such number of stars; the rows are set aside.",
        "set aside",
        ("set aside",),
        shows=("product_id", "rating"),
        reason="a rating outside 1 to 5",
    ),
    Check(
        "empty_review",
        "Reviews without rating and text",
        "They say nothing; the rows are set aside.",
        "set aside",
        reason="neither rating nor text",
    ),
    Check(
        "reviews_unknown",
        "Reviews of items that the shop does not have",
        "The codes are neither in the products nor in the sales; kept, in case those files come later.",
        shows=("product_id", "rating"),
        reason="an item that the shop does not have",
    ),
)


def _ratings(look: Look) -> str | None:
    if look.fact("min rating") >= 1 and look.fact("max rating") <= 5:
        return None
    rated, above, top = look.one("SELECT count(rating), count(*) FILTER (rating > 5), max(rating) FROM live")
    if top is not None and 5 < top <= 10 and above >= 0.2 * rated:
        return _scale(2)
    if top is not None and 10 < top <= 100 and above >= 0.5 * rated:
        return _scale(20)
    return "SELECT 'rating_bounds', rid, 'rating', NULL FROM live WHERE rating NOT BETWEEN 1 AND 5"


def _scale(divisor: int) -> str:
    value = f"CAST(greatest(1, rating / {divisor}) AS VARCHAR)"
    return f"SELECT 'rating_scale', rid, 'rating', {value} FROM live WHERE rating IS NOT NULL"


def _empty(look: Look) -> str | None:
    said = look.only("rating", "body")
    if not said or max(look.fact(f"filled {name}") for name in said) == look.fact("rows"):
        return None
    blank = " AND ".join(f"{name} IS NULL" for name in said)
    return f"SELECT 'empty_review', rid, '{said[0]}', NULL FROM live WHERE {blank}"


def _copied_texts(look: Look) -> str | None:
    words = look.make(
        "words",
        f"""SELECT rid, hash(plain) AS text
            FROM (SELECT rid, lower(regexp_replace(body, '[\\pP\\s]+', '', 'g')) AS plain
                  FROM live WHERE length(body) >= {LONG})
            WHERE length(plain) >= {LONG}""",
    )
    return f"""
        SELECT 'copied_text', rid, 'body', NULL
        FROM {words} JOIN (SELECT text, count(*) AS times, min(rid) AS first_rid FROM {words}
                           GROUP BY text HAVING count(*) > 1) USING (text)
        WHERE rid > first_rid AND times < greatest({DEFAULT_TIMES}, {DEFAULT_SHARE} * {look.fact("rows")})"""


def _bursts(look: Look) -> str:
    """A day on which all items got many reviews, as after a move to another platform, makes none of them odd."""
    rating = "rating" if look.has("rating") else "NULL::DOUBLE"
    return f"""
        WITH days AS (
            SELECT product_id, date, count(*) AS n, count(*) FILTER ({rating} = 5) AS best,
                   count(*) FILTER ({rating} = 1) AS worst
            FROM live WHERE date IS NOT NULL GROUP BY product_id, date
        ), items AS (
            SELECT product_id, sum(n) AS n, sum(best) AS best, sum(worst) AS worst,
                   date_diff('day', min(date), max(date)) + 1 AS days FROM days GROUP BY product_id
        ), shop AS (
            SELECT sum(n) AS n, sum(best) / sum(n) AS best, sum(worst) / sum(n) AS worst,
                   date_diff('day', min(date), max(date)) + 1 AS days FROM days
        ), dates AS (SELECT date, sum(n) AS n FROM days GROUP BY date
        ), busy AS (
            SELECT days.product_id, days.date, days.n, days.best, days.worst,
                   (items.n - days.n) / items.days * greatest(1, (dates.n - days.n) / (shop.n / shop.days)) AS usual,
                   (items.best - days.best + {DRAWN} * shop.best) / (items.n - days.n + {DRAWN}) AS best_rate,
                   (items.worst - days.worst + {DRAWN} * shop.worst) / (items.n - days.n + {DRAWN}) AS worst_rate
            FROM days JOIN items USING (product_id) JOIN dates USING (date), shop WHERE days.n >= {BURST}
        ), bursts AS (
            SELECT *, CASE WHEN best >= 0.9 * n AND pow(best_rate, best) < {CHANCE_BURST} THEN 5
                           WHEN worst >= 0.9 * n AND pow(worst_rate, worst) < {CHANCE_BURST} THEN 1 END AS alike
            FROM busy WHERE n >= {BURST_TIMES} * usual
        )
        SELECT CASE WHEN alike IS NULL THEN 'burst' ELSE 'burst_alike' END, rid, 'rating', NULL
        FROM live JOIN bursts USING (product_id, date) WHERE alike IS NULL OR {rating} = alike"""


def _authors(look: Look) -> str | None:
    """Names that stand for many people (`Anonymous`, `t***1`) are no authors."""
    named = f"NOT contains(customer_id, '**') AND lower(customer_id) NOT IN {NOBODY}"
    look.make("authors", f"SELECT customer_id, count(*) AS n FROM live WHERE {named} GROUP BY customer_id")
    usual, top = look.one("SELECT coalesce(quantile_disc(n, 0.95), 0), coalesce(max(n), 0) FROM authors")
    most = max(ALIKE, OTHERS * usual)
    if top < ALIKE:
        return None
    parts = []
    if look.has("date"):
        parts.append(f"""SELECT customer_id FROM live SEMI JOIN (FROM authors WHERE n >= {A_DAY}) USING (customer_id)
                         WHERE date IS NOT NULL GROUP BY customer_id, date
                         HAVING count(*) >= {max(A_DAY, OTHERS * _usual_day(look))}""")
    if look.has("rating"):
        parts.append(f"""
            SELECT customer_id
            FROM live SEMI JOIN (FROM authors WHERE n >= {most}) USING (customer_id),
                 (SELECT avg(CAST(rating = 5 AS INTEGER)) AS best, avg(CAST(rating = 1 AS INTEGER)) AS worst FROM live)
            GROUP BY customer_id, best, worst
            HAVING count(DISTINCT product_id) >= {ALIKE / 2}
               AND ((count(*) = count(*) FILTER (rating = 5) AND pow(best, count(*)) < {CHANCE_AUTHOR})
                 OR (count(*) = count(*) FILTER (rating = 1) AND pow(worst, count(*)) < {CHANCE_AUTHOR}))""")
    if not parts:
        return None
    return f"SELECT 'author', rid, 'customer_id', NULL FROM live WHERE customer_id IN ({' UNION ALL '.join(parts)})"


def _usual_day(look: Look) -> float:
    """What nearly all authors write on their busiest day."""
    (usual,) = look.one(
        """WITH days AS (
               SELECT customer_id, count(*) AS n FROM live SEMI JOIN authors USING (customer_id)
               GROUP BY customer_id, date
           ), busiest AS (SELECT max(n) AS n FROM days GROUP BY customer_id)
           SELECT coalesce(quantile_disc(n, 0.95), 0) FROM busiest"""
    )
    return float(usual)


def _unknown(look: Look) -> str | None:
    if not look.known("catalogue"):
        return None
    return """SELECT 'reviews_unknown', rid, 'product_id', NULL FROM live
              WHERE product_id NOT IN (SELECT product_id FROM catalogue)"""


SEARCHES = tuple(
    Search(("reviews",), needs, find)
    for needs, find in (
        (("rating",), _ratings),
        ((), _empty),
        (("body",), _copied_texts),
        (("product_id", "date"), _bursts),
        (("customer_id", "product_id"), _authors),
        (("product_id",), _unknown),
    )
)

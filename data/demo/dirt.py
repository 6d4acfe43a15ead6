"""What goes wrong in a shop's exports, planted on purpose and listed, so that the checks can be checked.

Each function below takes a clean table and gives it back with two more columns: `check`, the name of
what is wrong with a row ("" where nothing is), and `detail`, the right value or what happened. Rows that
are added keep the table's order, as an export would. Slips of units are left out: they would only be
flagged, and so would stay in the history and spoil the demo shop's forecasts.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from data.demo import opinions
from data.demo.customers import REGIONS

__all__ = ["plant"]

Rng = np.random.Generator
Cells = str | float | list | np.ndarray | pd.Series | pd.Timestamp  # of a column, or the same for all rows
SECOND, DAY = pd.Timedelta(seconds=1), pd.Timedelta(days=1)
ADDED = -1  # the index of an added row, so that the others can be found by theirs

BLOCK, PRICE_SLIPS, DATE_SLIPS = 150, 24, 12  # of sales
CONTRADICTIONS, GARBLED, MARKED_UP = 3, 3, 2  # of products; the last two are one of each form
COPIES, BURST, ONE_AUTHOR, BAD_RATINGS, ORPHAN_REVIEWS = 60, 25, 40, 10, 20
BOTS, BOT_EVENTS, DOUBLES, OUTAGE_DAYS, ORPHAN_EVENTS = 2, 3_000, 200, 5, 50
LATE = 0.1  # share of the double events that come a second after the first
CLICKS, MARKET_SLIPS, MARKET_COPIES, TWICE = 15, 20, 10, 15

SPAM = (
    "Great item!!! I earn 900 a day from home, look at my profile to learn how, limited places only.",
    "Super nice quality super fast super cheap, get your coupon code on my page before midnight tonight.",
    "I am a top tester and all products here are five star products, follow my channel for more tests.",
    "Best seller best price best service, buy followers and likes from our agency, write us any time.",
)


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with nothing wrong yet."""
    return frame.assign(check="", detail="")


def choose(frame: pd.DataFrame, count: int, rng: Rng, where: np.ndarray | None = None) -> np.ndarray:
    """Positions of rows that are still right, and for which `where` holds."""
    right = (frame["check"] == "").to_numpy()
    return np.sort(rng.choice(np.flatnonzero(right if where is None else right & where), count, replace=False))


def spoil(frame: pd.DataFrame, rows: np.ndarray, column: str, values: Cells, check: str) -> None:
    """Put wrong values into a column; the detail says what it was."""
    right = frame[column].iloc[rows].astype(str).to_list()
    told: dict[str, Cells] = {column: values, "check": check, "detail": [f"{column} was {value}" for value in right]}
    for name, value in told.items():
        frame[name] = replaced(frame[name], rows, value)


def replaced(column: pd.Series, rows: np.ndarray, values: Cells) -> pd.Series:
    """The column with other values at some positions."""
    column = column.copy()
    column.iloc[rows] = values
    return column


def copies(frame: pd.DataFrame, rows: np.ndarray, check: str, **changes: Cells) -> pd.DataFrame:
    """Rows that are in the table already, with some columns changed."""
    told: dict[str, Cells] = {"detail": "repeats another row"} | changes
    return frame.iloc[rows].assign(check=check, **told).set_axis([ADDED] * len(rows))


def merged(frame: pd.DataFrame, *added: pd.DataFrame, by: str) -> pd.DataFrame:
    """The table with the added rows in their places."""
    return pd.concat([frame, *added]).sort_values(by, kind="stable")


def before(frame: pd.DataFrame, rows: np.ndarray, added: pd.DataFrame) -> pd.DataFrame:
    """The table with each added row right before the row at its position."""
    places = np.concatenate([np.arange(len(frame)), rows - 0.5])
    return pd.concat([frame, added]).iloc[np.argsort(places)]


def mistyped(date: pd.Timestamp, swap: bool) -> pd.Timestamp:
    """2024 typed as 2042 or as 2204."""
    year = str(date.year)
    return date.replace(year=int(year[:2] + year[3] + year[2] if swap else year[0] + year[2] + year[1] + year[3]))


def dirty_sales(sales: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """A block exported twice, prices out by a factor of 100, and years mistyped."""
    frame, count = tidy(sales), len(sales)
    first = int(rng.integers(count // 2, count - 2 * BLOCK))
    block = np.arange(first, first + BLOCK)
    usable = ((frame["units"] > 0) & (frame["unit_price"] >= 5)).to_numpy() & ~np.isin(np.arange(count), block)
    rows = choose(frame, PRICE_SLIPS, rng, usable)
    factor = rng.permutation(np.resize([100, 0.01], PRICE_SLIPS))
    spoil(frame, rows, "unit_price", (frame["unit_price"].iloc[rows] * factor).round(2).to_numpy(), "price_slip")
    rows = choose(frame, DATE_SLIPS, rng, usable & (frame["date"].dt.day < 29).to_numpy())
    swaps = rng.permutation(np.resize([True, False], DATE_SLIPS))
    wrong = [mistyped(date, swap) for date, swap in zip(frame["date"].iloc[rows], swaps, strict=True)]
    spoil(frame, rows, "date", np.array(wrong, dtype="M8[us]"), "date_range")
    return pd.concat([frame, copies(frame, block, "duplicate")])


def dirty_products(products: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Items listed at an old price, too, titles in the wrong encoding, and markup in titles."""
    frame = tidy(products)
    listed = choose(frame, CONTRADICTIONS, rng)
    price = frame["list_price"].iloc[listed]
    told = [f"list_price was {value}" for value in price]
    again = copies(frame, listed, "contradiction", list_price=price * 1.2 // 1 + 0.99, detail=told)
    left = ~np.isin(np.arange(len(frame)), listed)
    rows = choose(frame, GARBLED, rng, left)
    forms = ("{brand}’s {title}", "{title} – {brand}", "{title}, édition {brand}")
    right = [form.format(**frame.iloc[row]) for form, row in zip(forms, rows, strict=True)]
    frame["title"] = replaced(frame["title"], rows, right)
    spoil(frame, rows, "title", [title.encode().decode("cp1252") for title in right], "garbled")
    rows = choose(frame, MARKED_UP, rng, left)
    bold, broken = frame["title"].iloc[rows]
    spoil(frame, rows, "title", [f"<b>{bold}</b>", f"{broken}<br />&nbsp;"], "markup")
    return before(frame, listed, again)


def invented(frame: pd.DataFrame, level: int, count: int, rng: Rng, check: str, **columns: Cells) -> pd.DataFrame:
    """Reviews that nobody felt: short texts of one level, each once, of items and days drawn from the table."""
    ways = [f"{one} {other}" for one in opinions.OPENING[level] for other in opinions.ENDING[level]]
    bodies = rng.choice(ways, count, replace=False)
    rows = rng.choice(len(frame), count, replace=False)
    told: dict[str, Cells] = {"body": bodies, "title": "", "detail": "invented"}
    told |= columns
    return frame.iloc[rows].assign(check=check, **told).set_axis([ADDED] * count)


def dirty_reviews(reviews: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Copied texts, a burst, an author with a grudge, ratings off the scale, and items nobody knows."""
    frame = tidy(reviews)
    guests = "G" + pd.Series(20_000 + rng.permutation(COPIES + BURST)).astype(str).to_numpy()
    texts = rng.permutation(np.resize(SPAM, COPIES))
    item, day = frame.iloc[int(rng.integers(len(frame)))][["product_id", "date"]]
    author = f"G{rng.integers(10_000, 20_000)}"
    added = (
        invented(frame, 2, COPIES, rng, "copied", body=texts, rating=5, customer_id=guests[:COPIES]),
        invented(frame, 2, BURST, rng, "burst", product_id=item, date=day, rating=5, customer_id=guests[COPIES:]),
        invented(frame, -2, ONE_AUTHOR, rng, "one_author", rating=1, customer_id=author),
    )
    spoil(frame, choose(frame, BAD_RATINGS, rng), "rating", rng.choice([0, 11], BAD_RATINGS), "range")
    spoil(frame, choose(frame, ORPHAN_REVIEWS, rng), "product_id", unknown(ORPHAN_REVIEWS, rng), "orphan")
    return merged(frame, *added, by="date")


def unknown(count: int, rng: Rng) -> list[str]:
    """Ids that no item has."""
    return [f"OLD-{number}" for number in rng.integers(10_000, 99_999, count)]


def bot(frame: pd.DataFrame, number: int, pace: int, items: np.ndarray, rng: Rng) -> pd.DataFrame:
    """A visitor that walks through the catalogue at an even pace, `pace` seconds a look, and takes nothing."""
    days = frame["ts"].dt.normalize()
    start = days.iloc[int(rng.integers(len(frame) // 4, len(frame)))] - 2 * DAY
    looks = {
        "ts": start + np.arange(BOT_EVENTS) * pace * SECOND,
        "customer_id": f"V9{rng.integers(100) + 100 * number:04d}",
        "product_id": np.resize(items, BOT_EVENTS),
        "event": "view",
        "query": "",
        "dwell_seconds": float(pace - 1),
        "check": "bot",
        "detail": f"every {pace} seconds",
    }
    return pd.DataFrame(looks, index=[ADDED] * BOT_EVENTS)


def dirty_events(events: pd.DataFrame, items: np.ndarray, rng: Rng) -> pd.DataFrame:
    """Bots, events that fired twice, and items nobody knows, in an export without the days of the outage."""
    frame = tidy(events)
    day = frame["ts"].dt.normalize()
    quiet = day.iloc[len(frame) // 8 + int(rng.integers(len(frame) // 16))]  # before any bot comes
    frame = frame[~day.between(quiet, quiet + (OUTAGE_DAYS - 1) * DAY)].copy()
    about_one = (frame["product_id"] != "").to_numpy()
    rows = choose(frame, ORPHAN_EVENTS, rng, about_one)
    spoil(frame, rows, "product_id", unknown(ORPHAN_EVENTS, rng), "orphan")
    rows = choose(frame, DOUBLES, rng, about_one)
    late = frame["ts"].iloc[rows] + rng.binomial(1, LATE, DOUBLES) * SECOND
    again = copies(frame, rows, "double", ts=late)
    bots = [bot(frame, number, pace, items, rng) for number, pace in zip(range(BOTS), (11, 30), strict=True)]
    return merged(frame, again, *bots, by="ts")


def dirty_ads(ads: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """More clicks than impressions, and a day that was exported twice."""
    frame = tidy(ads)
    date = frame["date"].iloc[int(rng.integers(len(frame)))]
    twice = (frame["date"] == date).to_numpy()
    rows = choose(frame, CLICKS, rng, ~twice)
    spoil(frame, rows, "clicks", frame["impressions"].iloc[rows].to_numpy() + rng.integers(1, 90, CLICKS), "clicks")
    return merged(frame, copies(frame, np.flatnonzero(twice), "duplicate"), by="date")


def dirty_competitors(competitors: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Prices out by a factor of ten, and rows that were noted twice."""
    frame = tidy(competitors)
    rows = choose(frame, MARKET_SLIPS, rng)
    spoil(frame, rows, "price", (frame["price"].iloc[rows] * 10).round(2).to_numpy(), "price_slip")
    return merged(frame, copies(frame, choose(frame, MARKET_COPIES, rng), "duplicate"), by="date")


def dirty_customers(customers: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Customers who are listed twice, first with the region that they have left."""
    frame = tidy(customers)
    rows = choose(frame, TWICE, rng)
    regions = list(REGIONS)
    now = frame["region"].iloc[rows]
    left = [regions[(regions.index(name) + 1) % len(regions)] for name in now]
    again = copies(frame, rows, "twice", region=left, detail=[f"region was {name}" for name in now])
    return before(frame, rows, again)


def outage(clean: pd.DataFrame, dirty: pd.DataFrame) -> pd.DataFrame:
    """The days of which the events are missing, listed without a row."""
    before, after = (np.unique(frame["ts"].to_numpy().astype("M8[D]")) for frame in (clean, dirty))
    gone = np.setdiff1d(before, after).astype(str)
    return pd.DataFrame({"table": "events", "file_row": pd.NA, "check": "gap", "detail": gone})


def plant(tables: dict[str, pd.DataFrame], rng: Rng) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Spoil a shop's tables: as they would be handed over, and the list of what is wrong with them.

    The list has table, file_row (row in the CSV, of which the header is row 1; missing where rows are),
    check and detail. Rows that were there keep their index, added ones have -1.
    """
    items = tables["products"]["product_id"].to_numpy()
    spoilers: dict[str, Callable[[pd.DataFrame, Rng], pd.DataFrame]] = {
        "products": dirty_products,
        "sales": dirty_sales,
        "events": lambda frame, rng: dirty_events(frame, items, rng),
        "reviews": dirty_reviews,
        "ads": dirty_ads,
        "competitors": dirty_competitors,
        "customers": dirty_customers,
    }
    dirty, listed = dict(tables), []
    for (name, spoiler), own in zip(spoilers.items(), rng.spawn(len(spoilers)), strict=True):
        frame = spoiler(tables[name], own)
        wrong = np.flatnonzero(frame["check"] != "")
        told = frame[["check", "detail"]].iloc[wrong]
        listed.append(told.assign(table=name, file_row=wrong + 2)[["table", "file_row", "check", "detail"]])
        dirty[name] = frame.drop(columns=["check", "detail"])
    listed.append(outage(tables["events"], dirty["events"]))
    return dirty, pd.concat(listed, ignore_index=True).astype({"file_row": "Int64"})

"""What buyers wrote: a rating and a text, from a sentiment that is known.

An item has a quality that buyers feel and that has nothing to do with how well it sells. A review's
sentiment (-1 to 1) comes from that and from the buyer's own mood; its text says it about one aspect or
two, of which the second may contradict the first. The rating follows the sentiment, but not exactly:
people who sound pleased give three stars, too.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo import opinions
from data.demo.words import CONCEPTS

__all__ = ["Reviews", "draw_reviews"]

REVIEWS = 8_000
ASPECT_SHARES = {"quality": 0.3, "look": 0.25, "size": 0.15, "price": 0.15, "delivery": 0.15}
MOOD, QUALITY_PULL, MOOD_SPREAD = 0.6, 0.5, 0.75  # of the sentiment before it is squeezed into -1..1
SECOND, CONTRARY = 0.45, 0.3  # reviews with a second aspect, and how many of those contradict the first
FIRST_WEIGHT = 0.65  # of the first aspect in the sentiment of two
CUTS = (-0.6, -0.2, 0.2, 0.6)  # between the five levels of the texts
STARS, STARS_EACH, STARS_SPREAD = 3.2, 2.0, 0.6  # rating = STARS + STARS_EACH * sentiment, with a spread
OPENED, PURPOSED, ENDED, TITLED = 0.75, 0.35, 0.6, 0.85  # shares of reviews that have these parts
PERSONAL = 15  # reviews with an e-mail address, as many with a phone number, as many with a first name
LONGEST_WAIT = 45  # days from the purchase to the review

NAMES = ("Martha", "Oskar", "Priya", "Callum", "Ingrid", "Tomasz", "Leila", "Gwen", "Hugo", "Noor", "Fergus", "Alina")
SURNAMES = ("thistlewood", "okafor", "lindqvist", "marchetti", "barrowby", "vasquez", "pemberley", "nakata")
GIVEAWAYS = {
    "email": ("Write to me at {it} if you want pictures.", "Please answer me at {it}.", "My address is {it}."),
    "phone": ("Call me on {it}.", "You can reach me at {it} after six.", "My number is {it}."),
    "name": ("Kind regards, {it}", "Greetings from {it}.", "Yours, {it}"),
}


@dataclass(frozen=True)
class Reviews:
    """reviews.csv and what is known of it, rows in the same order."""

    table: pd.DataFrame
    """date, product_id, rating, title, body, customer_id; in the order of their days."""
    truth: pd.DataFrame
    """sentiment, aspect, aspect_sentiment, aspect2 and aspect2_sentiment (blank where there is one only)."""
    personal: pd.DataFrame
    """row (in the table), kind (email, phone, name) and the text that gives a person away."""
    quality: pd.DataFrame
    """product_id, quality (standard normal)."""


def draw_purchases(sales: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """date (of the review), product_id and customer_id of REVIEWS different purchases."""
    bought = sales.loc[sales["units"] > 0, ["date", "product_id", "customer_id"]]
    bought = bought.drop_duplicates(["product_id", "customer_id"])
    some = bought.iloc[rng.choice(len(bought), REVIEWS + REVIEWS // 4, replace=False)]
    wait = pd.to_timedelta(3 + rng.integers(0, LONGEST_WAIT - 2, len(some)), unit="D")
    some = some.assign(date=some["date"] + wait)
    return some[some["date"] <= sales["date"].max()].head(REVIEWS).sort_values("date", ignore_index=True)


def draw_sentiments(quality: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """What each review feels, on the whole and about its aspects; `quality` is that of its item."""
    count = len(quality)
    mood = MOOD + QUALITY_PULL * quality + MOOD_SPREAD * rng.normal(size=count)
    second, turned = rng.random(count) < SECOND, rng.random(count) < CONTRARY
    first = np.tanh(mood + rng.normal(0, 0.15, count))
    other = np.tanh(np.where(turned, -mood, mood) + rng.normal(0, 0.25, count))
    aspects = np.array([rng.permutation(len(ASPECT_SHARES))[:2] for _ in range(count)])
    aspects[:, 0] = rng.choice(len(ASPECT_SHARES), count, p=list(ASPECT_SHARES.values()))
    aspects[:, 1] += aspects[:, 0] == aspects[:, 1]  # the next one, so that the two differ
    names = np.array(list(ASPECT_SHARES))[aspects % len(ASPECT_SHARES)]
    return pd.DataFrame(
        {
            "sentiment": np.where(second, FIRST_WEIGHT * first + (1 - FIRST_WEIGHT) * other, first).round(4),
            "aspect": names[:, 0],
            "aspect_sentiment": first.round(4),
            "aspect2": np.where(second, names[:, 1], ""),
            "aspect2_sentiment": np.where(second, other, np.nan).round(4),
        }
    )


def write_body(feels: dict, thing: str, rng: np.random.Generator) -> str:
    """The text of a review; `feels` is a row of the sentiments, with a level beside each."""
    opened, purposed, ended = (rng.random(3) < (OPENED, PURPOSED, ENDED)).tolist()
    said = [
        opinions.opening(feels["level"], rng) if opened else "",
        opinions.clause(feels["aspect"], feels["level1"], thing, rng, first=True, contrary=False),
        opinions.purpose(rng) if purposed else "",
    ]
    if feels["aspect2"]:
        contrary = feels["level1"] * feels["level2"] < 0
        said.append(opinions.clause(feels["aspect2"], feels["level2"], thing, rng, first=False, contrary=contrary))
    said.append(opinions.ending(feels["level"], rng) if ended else "")
    return " ".join(filter(None, said))


def write_texts(truth: pd.DataFrame, objects: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """title and body of each review; a body that was taken is written again."""
    levels = {"level": "sentiment", "level1": "aspect_sentiment", "level2": "aspect2_sentiment"}
    told = truth.assign(**{name: np.digitize(truth[of].fillna(0), CUTS) - 2 for name, of in levels.items()})
    taken: dict[str, str] = {}
    for feels, name in zip(told.to_dict("records"), objects, strict=True):
        thing = CONCEPTS[name].words[int(rng.integers(len(CONCEPTS[name].words)))]
        while (body := write_body(feels, thing, rng)) in taken:
            pass
        taken[body] = opinions.headline(feels["aspect"], feels["level"], rng) if rng.random() < TITLED else ""
    return pd.DataFrame({"title": list(taken.values()), "body": list(taken)})


def giveaway(kind: str, rng: np.random.Generator) -> str:
    """An invented address, number or name of a person."""
    name = str(rng.choice(NAMES))
    if kind == "email":
        return f"{name.lower()}.{rng.choice(SURNAMES)}@example.com"
    return f"555-{rng.integers(100, 200):04d}" if kind == "phone" else name


def give_away(body: pd.Series, rng: np.random.Generator) -> tuple[pd.Series, pd.DataFrame]:
    """Let some reviewers say who they are: the bodies, and what was added to which."""
    rows = np.sort(rng.choice(len(body), PERSONAL * len(GIVEAWAYS), replace=False))
    kinds = rng.permutation(np.repeat(list(GIVEAWAYS), PERSONAL))
    added = [giveaway(kind, rng) for kind in kinds]
    closing = [str(rng.choice(GIVEAWAYS[kind])).format(it=it) for kind, it in zip(kinds, added, strict=True)]
    body = body.copy()
    body.iloc[rows] = body.iloc[rows] + " " + pd.Series(closing, index=body.index[rows])
    return body, pd.DataFrame({"row": rows, "kind": kinds, "text": added})


def draw_reviews(items: pd.DataFrame, sales: pd.DataFrame, rng: np.random.Generator) -> Reviews:
    """Reviews of what was sold. `items` are the products, with their concepts."""
    quality = pd.Series(rng.normal(size=len(items)), index=items["item_id"])
    bought = draw_purchases(sales, rng)
    truth = draw_sentiments(quality.loc[bought["product_id"]].to_numpy(), rng)
    stars = STARS + STARS_EACH * truth["sentiment"] + rng.normal(0, STARS_SPREAD, len(truth))
    objects = items.set_index("item_id").loc[bought["product_id"], "object"].to_numpy()
    texts = write_texts(truth, objects, rng)
    body, personal = give_away(texts["body"], rng)
    table = bought.assign(rating=stars.round().clip(1, 5).astype(int), title=texts["title"], body=body)
    table = table[["date", "product_id", "rating", "title", "body", "customer_id"]]
    return Reviews(table, truth, personal, quality.rename_axis("product_id").rename("quality").reset_index())

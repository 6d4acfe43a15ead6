"""What the demo shop advertises, and what that truly brings.

A campaign is a channel for a category. Its spend lifts the units of all items of its category:

    stock_t = (1 - decay) spend_t + decay stock_t-1            carry-over, by week, none before the history
    lift_t  = lift stock_t^slope / (stock_t^slope + half^slope)    saturation (a Hill curve)
    units_t = units without ads_t (1 + sum of the channels' lifts_t)

Stock and half-saturation are money a week. A channel's half-saturation is that of the whole shop; a
campaign's is its category's share of it, so that categories of any size answer alike. An item's units
without ads are set so that the usual lift of its category, the mean over the history, gives the level
that `demand` says: forecasts of launches assume that usual pressure.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.demo.catalogue import START, WEEKS, monday
from data.demo.seasons import SHOP_SEASON, YEAR, calendar
from data.demo.words import CATEGORIES

__all__ = ["CHANNELS", "Advertising", "ad_table", "ad_truth", "draw_advertising", "saturation", "stock"]

DAYS = 7 * WEEKS
UNITS_AN_ORDER = 1.5  # of what a platform counts as a conversion


class Channel(NamedTuple):
    """What a channel does, what the shop spends on it, and what its platform says of it."""

    decay: float
    """Share of the stock that is left a week later."""
    half_saturation: float
    """Stock at which half of the lift is reached, for the whole shop."""
    slope: float
    """How steeply the Hill curve rises there."""
    lift: float
    """Units added at full saturation, as a share of the units without ads."""
    budget: float
    """Usual spend of a week in which it runs, for the whole shop."""
    season: float
    """How much of the shop's season (in logs) its budget follows."""
    on: float
    """Weeks that it runs at a time, on average."""
    off: float
    """Weeks that it pauses, on average."""
    claim: float
    """Revenue that the platform claims for each 1 that it brings."""
    per_mille: float
    """Price of a thousand impressions."""
    click_rate: float
    """Clicks an impression."""


CHANNELS = {
    "search": Channel(0.1, 650, 1.3, 0.085, 850, 1.8, 9, 2, 2.2, 14.0, 0.04),
    "social": Channel(0.45, 420, 1.7, 0.07, 800, 1.2, 5, 3, 1.8, 7.0, 0.012),
    "display": Channel(0.6, 480, 1.2, 0.035, 950, 0.8, 4, 3, 2.8, 2.5, 0.003),
    "email": Channel(0.25, 60, 1.1, 0.05, 120, 1.2, 2, 1.5, 1.5, 4.0, 0.03),
    "marketplace": Channel(0.15, 230, 1.4, 0.05, 300, 1.5, 5, 3, 1.6, 9.0, 0.02),
}
LEVELS, LEVEL_SHARES = (0.0, 0.5, 1.0, 2.0), (0.2, 0.25, 0.35, 0.2)  # of a campaign against its usual budget
LEVEL_WEEKS = 3.5  # for which a campaign keeps its level
WEEKDAYS = np.array([0.14, 0.14, 0.14, 0.15, 0.15, 0.14, 0.14])  # of the spend, Monday first
MAILING_DAYS = np.array([0, 0.5, 0, 0.5, 0, 0, 0])  # Tuesdays and Thursdays


@dataclass(frozen=True)
class Advertising:
    """Spend and true lift of every campaign; channels and categories in the order of their tables."""

    sizes: np.ndarray
    """(categories,), share of the shop's units."""
    spend: np.ndarray
    """(channels, categories, days), money."""
    stock: np.ndarray
    """(channels, categories, weeks), money a week."""
    lift: np.ndarray
    """(channels, categories, weeks), share of the units without ads."""

    @property
    def usual(self) -> np.ndarray:
        """Units with the usual ads for each unit without, by category; shape (categories,)."""
        return 1 + self.lift.sum(axis=0).mean(axis=1)

    @property
    def pressure(self) -> np.ndarray:
        """Units for each unit under usual ads, shape (categories, weeks)."""
        return (1 + self.lift.sum(axis=0)) / self.usual[:, None]


def column(name: str) -> np.ndarray:
    """One figure of all channels, shape (channels, 1, 1)."""
    return np.array([getattr(channel, name) for channel in CHANNELS.values()])[:, None, None]


def runs(lengths: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    """For each week the number of its run; run k lasts `lengths[k % n]` weeks on average, at least one."""
    mean = np.resize(lengths, WEEKS)
    return np.repeat(np.arange(WEEKS), 1 + rng.poisson(mean - 1))[:WEEKS]


def draw_spend(sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Spend of each campaign and day, shape (channels, categories, days). `sizes` are shares of the units.

    Channels come in flights with pauses and follow the season in part; each campaign has a level of its
    own that steps up and down, sometimes to nothing, as no effect can be told from a constant.
    """
    season = calendar(SHOP_SEASON)[np.arange(WEEKS) % YEAR]
    running = np.array([runs((c.on, c.off), rng) % 2 == 0 for c in CHANNELS.values()])[:, None]
    shape = (len(CHANNELS), len(sizes))
    drawn = rng.choice(LEVELS, (*shape, WEEKS), p=LEVEL_SHARES)
    level = np.array([[row[runs((LEVEL_WEEKS,), rng)] for row in rows] for rows in drawn])
    noise = np.exp(rng.normal(0, 0.15, (*shape, WEEKS)))
    week = column("budget") * sizes[:, None] * np.exp(column("season") * season) * running * level * noise
    days = np.array([MAILING_DAYS if name == "email" else WEEKDAYS for name in CHANNELS])
    daily = np.exp(rng.normal(0, 0.2, (*shape, WEEKS, 7))) * days[:, None, None, :]
    return np.round(week[..., None] * daily, 2).reshape(*shape, DAYS)


def stock(spend: np.ndarray, decay: np.ndarray) -> np.ndarray:
    """What is left of the spend of this and earlier weeks; shape of `spend`, whose last axis is weeks."""
    left = np.zeros_like(spend)
    for week in range(spend.shape[-1]):
        left[..., week] = (1 - decay) * spend[..., week] + decay * left[..., week - 1] * (week > 0)
    return left


def saturation(stock: np.ndarray, half: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Share of the full lift that a stock reaches, 0-1 (a Hill curve)."""
    return stock**slope / (stock**slope + half**slope)


def draw_advertising(sizes: np.ndarray, rng: np.random.Generator) -> Advertising:
    """Draw the spend of all campaigns, and what it does. `sizes` are the categories' shares of the units."""
    spend = draw_spend(sizes, rng)
    held = stock(weekly(spend), column("decay")[..., 0])
    half = column("half_saturation") * sizes[:, None]
    return Advertising(sizes, spend, held, column("lift") * saturation(held, half, column("slope")))


def weekly(days: np.ndarray) -> np.ndarray:
    """Sums by week; the last axis goes from days to weeks."""
    return days.reshape(*days.shape[:-1], WEEKS, 7).sum(axis=-1)


def ad_table(ads: Advertising, revenue: np.ndarray, price: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """ads.csv: a row for each campaign and day with spend, before `creatives` are told apart.

    `revenue` is what ads truly brought, (channels, categories, weeks); platforms claim more of it, on
    the days they were paid for. `price` is the mean price of a unit in each category.
    """
    channel, category, day = np.nonzero(ads.spend)
    spend, week = ads.spend[channel, category, day], day // 7
    per_mille, rate, claim = (column(name).ravel()[channel] for name in ("per_mille", "click_rate", "claim"))
    shown = rng.poisson(spend / per_mille * 1000 * np.exp(rng.normal(0, 0.15, len(day))))
    clicks = rng.binomial(shown, np.clip(rate * np.exp(rng.normal(0, 0.2, len(day))), 0, 0.5))
    claimed = claim * revenue[channel, category, week] * spend / weekly(ads.spend)[channel, category, week]
    order = UNITS_AN_ORDER * price[category]
    orders = np.minimum(rng.poisson(claimed / order), clicks)
    names, shelves = np.array(list(CHANNELS)), np.array(list(CATEGORIES))
    table = pd.DataFrame(
        {
            "date": START + pd.to_timedelta(day, unit="D"),
            "channel": names[channel],
            "campaign": pd.Series(shelves[category]) + " " + pd.Series(names[channel]),
            "category": shelves[category],
            "spend": spend,
            "impressions": shown,
            "clicks": clicks,
            "conversions": orders,
            "revenue": (orders * order * np.exp(rng.normal(0, 0.15, len(day)))).round(2),
        }
    )
    return table.sort_values("date", kind="stable", ignore_index=True)


def ad_truth(ads: Advertising, units: np.ndarray, revenue: np.ndarray, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """ad_channels (coefficients, and what each brought over the history), ad_sizes (of the categories, which
    scale the half-saturations) and ad_weeks (by campaign and week).

    `units` and `revenue` are what ads truly brought, (channels, categories, weeks). ROI is revenue
    brought for each 1 spent; claimed_roi is what the clean table's platforms say.
    """
    spend = weekly(ads.spend)
    channels = pd.DataFrame.from_dict(CHANNELS, orient="index", columns=list(Channel._fields))
    channels = channels[["decay", "half_saturation", "slope", "lift"]].rename_axis("channel").reset_index()
    sums = {name: part.sum(axis=(1, 2)) for name, part in {"spend": spend, "units": units, "revenue": revenue}.items()}
    claimed = table.groupby("channel")["revenue"].sum().reindex(channels["channel"]).to_numpy()
    sums |= {"roi": sums["revenue"] / sums["spend"], "claimed_roi": claimed / sums["spend"]}
    grid = pd.MultiIndex.from_product(
        [list(CHANNELS), list(CATEGORIES), monday(np.arange(WEEKS))], names=["channel", "category", "week"]
    )
    parts = {"spend": spend, "stock": ads.stock, "lift": ads.lift, "units": units, "revenue": revenue}
    weeks = pd.DataFrame({name: part.ravel() for name, part in parts.items()}, index=grid).reset_index()
    sizes = pd.DataFrame({"category": list(CATEGORIES), "size": ads.sizes})
    return {"ad_channels": channels.assign(**sums), "ad_sizes": sizes, "ad_weeks": weeks}

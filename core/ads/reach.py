"""How many people ads reach and how often each of them sees one, from impressions.

Exports count times shown, and some people are shown far more than others. Times seen are taken as negative binomial
over the people that a channel can reach: Poisson for each, with a Gamma spread between them (used for page views by
Danaher 2007, "Modeling page views across multiple websites", Marketing Science 26). How uneven the spread is, exports
do not tell, so every figure comes with the range that usual unevenness leaves.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from scipy import stats

from core.ads import steady
from core.ads.figures import band
from core.ads.panel import Panel
from core.ads.response import Response
from core.errors import DebutError
from core.workspace import Workspace

__all__ = [
    "RECENT",
    "SPREADS",
    "Audience",
    "audience",
    "by_money",
    "keep_people",
    "known_people",
    "recent",
    "returns",
    "seen",
    "stops",
    "usual_money",
]

SPREADS = (0.4, 1.0, 3.0)
"""Shape of the Gamma spread: a few see most of it, as is usual, rather even."""
RECENT = 8  # weeks with spend that say what is usual at present
SETTING = "ad_people"
MOST_PEOPLE = 10**10


def seen(impressions: float | np.ndarray, people: float, spread: float, times: int = 0) -> np.ndarray:
    """Share of the people who see an ad more than `times` times, 0 to 1."""
    each = np.asarray(impressions, float) / max(people, 1e-9)
    return np.asarray(stats.nbinom.sf(times, spread, spread / (spread + each)))


def recent(panel: Panel, people: Mapping[str, float], weeks: int = RECENT) -> pd.DataFrame:
    """What each channel reaches in a usual week: the mean of its last weeks with impressions.

    A row a channel: channel, people (given, else as many as it had impressions in its busiest week), assumed (whether
    that is so), spend and impressions a week, per_mille (money for 1000 impressions), reach (people a week),
    frequency (times each of them sees it), both with `_low` and `_high`. NaN where no impressions are exported.
    """
    rows = []
    for channel, name in enumerate(panel.channels):
        shown, spend = panel.impressions[channel].sum(0), panel.spend[channel].sum(0)
        last = np.flatnonzero(shown > 0)[-weeks:]
        count = float(shown[last].mean()) if len(last) else np.nan
        known = float(people.get(name, np.nan))
        size = float(shown.max(initial=0.0)) if np.isnan(known) else known
        paid = float(spend[last].mean()) if len(last) else np.nan
        row = {"channel": name, "people": size, "assumed": np.isnan(known), "spend": paid, "impressions": count}
        rows.append(row | {"per_mille": 1000 * paid / count} | _reached(count, size))
    return pd.DataFrame(rows)


def _reached(impressions: float, people: float) -> dict[str, float]:
    """reach and frequency with the range that unevenness leaves."""
    reach = [people * float(seen(impressions, people, spread)) for spread in SPREADS]
    often = [impressions / one if one > 0 else np.nan for one in reach]
    return {
        **dict(zip(("reach_low", "reach", "reach_high"), reach, strict=True)),
        **dict(zip(("frequency_high", "frequency", "frequency_low"), often, strict=True)),
    }


def returns(response: Response, per_mille: float, channel: int, people: float) -> pd.DataFrame:
    """What showing ads more often still brings: impressions (for each of the people, a week), frequency (of those who
    see any), spend (a week), next_low, next, next_high (revenue of the next 1), within (whether it was seen so far).

    per_mille: money for 1000 impressions, above 0.
    """
    money = steady.amounts(response, channel)[1:]
    shown = 1000 * money / per_mille
    reach = people * seen(shown, people, SPREADS[1])
    low, middle, high = band(steady.slope(response, channel, money))
    most = float(response.past_spend[channel].sum(0).max(initial=0.0))
    return pd.DataFrame(
        {
            "impressions": shown / people, "frequency": shown / np.maximum(reach, 1e-9), "spend": money,
            "next_low": low, "next": middle, "next_high": high, "within": money <= most * (1 + 1e-9),
        }
    )  # fmt: skip


def stops(table: pd.DataFrame, pays: float) -> int | None:
    """Row of `returns` from which on the next 1 brings less than `pays`, the revenue that earns it back.

    0 where it never brings as much; None where it always does, as far as has been seen.
    """
    following = table.loc[table["within"], "next"].to_numpy()
    if not len(following):
        return None
    top = int(following.argmax())  # an S-shaped curve pays little at first
    if following[top] < pays:
        return 0
    short = np.flatnonzero(following[top:] < pays)
    return top + int(short[0]) if len(short) else None


@dataclass(frozen=True)
class Audience:
    """The people to whom an item is to be shown, as the preference scorer sees them."""

    customers: int
    buyers: float
    """Who are expected to buy among them, whether they see an ad or not."""


def audience(shown: pd.DataFrame, whom: Audience, money: float, found: float) -> pd.DataFrame:
    """What an amount of money on each channel reaches of an audience, spent on nobody else.

    shown: of `recent`. found: share of the audience that the channels find again, 0 to 1. A row a channel: channel,
    impressions, reached (customers), frequency, buyers (those reached who are expected to buy), each with `_low` and
    `_high` but the impressions, and per_buyer (money for each of them). Channels without impressions are left out.
    """
    rows = []
    for name, price in zip(shown["channel"], shown["per_mille"], strict=True):
        if not (np.isfinite(price) and price > 0):
            continue
        count, people = 1000 * money / price, found * whom.customers
        row = {"channel": name, "impressions": count} | _reached(count, people)
        each = whom.buyers / max(whom.customers, 1)
        row |= {f"buyers{end}": row[f"reach{end}"] * each for end in ("_low", "", "_high")}
        rows.append(row | {"per_buyer": money / row["buyers"] if row["buyers"] > 0 else np.inf})
    columns = [f"{name}{end}" for name in ("reach", "frequency", "buyers") for end in ("_low", "", "_high")]
    table = pd.DataFrame(rows, columns=["channel", "impressions", *columns, "per_buyer"])
    return table.sort_values("per_buyer", kind="stable", ignore_index=True)


def by_money(shown: pd.DataFrame, whom: Audience, money: np.ndarray, found: float) -> pd.DataFrame:
    """Buyers reached on each channel by the money spent there: channel, money, buyers."""
    parts = [audience(shown, whom, float(one), found).assign(money=float(one)) for one in money]
    return pd.concat(parts, ignore_index=True)[["channel", "money", "buyers"]]


def usual_money(shown: pd.DataFrame, whom: Audience, found: float, times: float = 3.0) -> float:
    """Money that shows an audience an ad so many times on a channel of usual price."""
    price = float(np.nanmedian(shown["per_mille"])) if shown["per_mille"].notna().any() else 10.0
    return max(0.01, times * found * whom.customers * price / 1000)


def known_people(cursor: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Channel to the people that it can reach, as the user typed them."""
    row = cursor.execute("SELECT value FROM settings WHERE name = ?", [SETTING]).fetchone()
    return {} if row is None else {str(name): float(count) for name, count in json.loads(row[0]).items()}


def keep_people(workspace: Workspace, people: Mapping[str, float]) -> None:
    """Keep these in place of what was kept. Raises DebutError where a number makes no sense."""
    for name, count in people.items():
        if not (math.isfinite(count) and 1 <= count <= MOST_PEOPLE):
            raise DebutError(f"{name}: give the number of people that it can reach, from 1 on.")
    with workspace.transaction(data=False) as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", [SETTING, json.dumps(dict(people))]
        )

"""What matters most about the market, in a sentence each: prices, the ladder, trends."""

import numpy as np
import pandas as pd

from core.market import index
from core.market.demand import Demand
from core.market.index import Pairs
from core.market.terms import WORD
from core.market.trends import FADING, RISING, Trends

__all__ = ["moving", "percent", "positions", "prices"]

LEVEL = 1.0  # index points within which two price levels are one
MOST = 0.5  # share of its pairs from which on a competitor is said to undercut us
TOLD = 2  # terms of either direction


def prices(pairs: Pairs) -> str:
    """How competitors' prices lie beside ours and who undercuts most. The text holds names from files."""
    now = pairs.now[~np.isnan(pairs.now)]
    if not len(now):
        return "No matched item has a price on both sides in the last weeks, so prices cannot be compared."
    whole = index.level(now)
    gap = whole.value - 100
    where = "as much as you" if abs(gap) < LEVEL else f"{abs(gap):.1f} % {'more' if gap > 0 else 'less'} than you"
    count = f"{len(now):,} matched listing{'' if len(now) == 1 else 's'}"
    first = f"On {count}, competitors ask {where}"
    band = "" if np.isnan(whole.low) else f" (likely {whole.low - 100:+.1f} to {whole.high - 100:+.1f} %)"
    first = f"{first}{band}."
    who = index.undercutting(pairs)
    worst = who[(who["share"] >= MOST) & (who["pairs"] > 1)]
    if worst.empty:
        return f"{first} Nobody undercuts you on most of what you share."
    one = worst.iloc[int(np.argmax(worst["share"] * worst["pairs"]))]  # on most items: two of two are no headline
    follows = "" if pd.isna(one["lag"]) else _follows(int(one["lag"]))
    below = (
        f"{one['competitor']} undercuts you on {100 * one['share']:.0f} % of its {one['pairs']:,}, by about "
        f"{100 * one['by']:.0f} %"
    )
    return f"{first} {below}{follows}."


def positions(found: pd.DataFrame) -> str:
    """Where the new items of `standing.positions` stand: how many are the dearest or cheapest of their kind."""
    some = found[found["rank"].notna()]
    if some.empty:
        return "No new item has both a price and an offer like it."
    dearest, cheapest = int((some["percentile"] == 100).sum()), int((some["rank"] == 1).sum())
    gap = float(some["index"].median()) - 100
    where = "level with" if abs(gap) < LEVEL else f"{abs(gap):.0f} % {'above' if gap > 0 else 'below'}"
    count = f"{len(some):,} new item{'' if len(some) == 1 else 's'}"
    return (
        f"Of {count} with like offers {dearest:,} would be the dearest and {cheapest:,} the cheapest. Their prices "
        f"are typically {where} what others ask for like things."
    )


def moving(demand: Demand) -> str:
    """What rises and fades most surely, source by source."""
    told = [f"{source}: {_told(found)}." for source, found in demand.sources.items() if len(found.moving)]
    if not told:
        return "Nothing rises or fades by more than chance explains."
    return " ".join(told)


def percent(share: float) -> str:
    """A change as it is read: +12 %, -3 %."""
    return f"{100 * share:+.0f} %".replace("-", "−")


def _follows(lag: int) -> str:
    return (
        ", and changes its prices with yours"
        if lag == 0
        else f", and follows your prices after {lag} week{'' if lag == 1 else 's'}"
    )


def _told(found: Trends) -> str:
    parts = []
    for way in (RISING, FADING):
        some = _different(found.table[found.table["trend"] == way])
        if some:
            parts.append(f"{way} " + ", ".join(f"“{term}” ({percent(change)})" for term, change in some))
    return "; ".join(parts)


def _different(table: pd.DataFrame) -> list[tuple[str, float]]:
    """The surest terms with their change, no two of which share a word."""
    kept: list[tuple[str, float]] = []
    told: set[str] = set()
    first = table.sort_values("kind", key=lambda kind: kind == WORD, kind="stable")  # a theme says more than its words
    for term, change in zip(first["term"], first["change"], strict=True):
        words = set(str(term).lower().replace(",", "").split())
        if not words & told and len(kept) < TOLD:
            kept.append((str(term), float(change)))
            told |= words
    return kept

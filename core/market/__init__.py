"""The market: what competitors ask for the same things and like ones, and what is rising or fading in demand.

Prices. listings: what they sell. likeness: how like a listing and an item are. matches: which is which. decisions:
what people said of it. review: the matches as a person goes through them. market: all of it, put together. index:
prices beside ours over time. standing: the offers around one item. ladder: the prices of a category, and gaps.

Trends. terms, themes: what items and texts are about. growth: how each item's sales have grown. trends: what rises and
fades. riding: what that means for new items. demand: all of it, put together.

headline says what matters most of either in a sentence; kept holds on disk what takes seconds.
"""

from core.market.market import Market, opened
from core.market.standing import Position, offers, position

__all__ = ["Market", "Position", "offers", "opened", "position"]

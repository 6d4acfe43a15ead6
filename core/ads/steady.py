"""What a channel brings week after week at a spend that stays the same, all groups together.

A steady spend is its own carried-over exposure, as the weights of the weeks sum to 1; so this is the channel's curve.
"""

import numpy as np

from core.ads.response import Response
from models.adstock import hill

__all__ = ["amounts", "margin", "pays", "revenue", "slope"]

POINTS = 60
BEYOND = 1.5  # times the largest week that was seen, where a curve ends
STEP = 0.01


def amounts(response: Response, channel: int, points: int = POINTS) -> np.ndarray:
    """(K,) money a week from 0 to somewhat beyond the largest week that was seen."""
    most = float(response.past_spend[channel].sum(0).max(initial=0.0))
    return np.linspace(0.0, BEYOND * (most or float(response.scale[channel].sum())), points)


def revenue(response: Response, channel: int, money: np.ndarray) -> np.ndarray:
    """(S, K) revenue a week in an average season at present prices. money: (K,) a week."""
    exposure = np.asarray(money, float) / response.scale[channel].sum()
    answer = hill(exposure, response.half[:, channel, None], response.slope[:, channel, None])
    worth = response.group_effect[:, channel] @ (response.level * response.price)  # (S,)
    return response.effect[:, channel, None] * worth[:, None] * answer


def slope(response: Response, channel: int, money: np.ndarray) -> np.ndarray:
    """(S, K) revenue that the next 1 a week brings."""
    step = STEP * response.scale[channel].sum()
    after = revenue(response, channel, np.asarray(money, float) + step)
    return (after - revenue(response, channel, money)) / step


def margin(response: Response) -> float:
    """Of each 1 of revenue, what is left after the cost of goods; over the groups as they sell."""
    money = response.level * response.price
    return float((response.level * response.margin).sum() / max(money.sum(), 1e-9))


def pays(response: Response) -> float:
    """Revenue for each 1 spent from which on it pays for the goods and for the ad; inf where goods cost as much."""
    left = margin(response)
    return 1 / left if left > 0 else float("inf")

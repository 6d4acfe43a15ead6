"""The figures of every channel with their bands: the one place where they are computed, so that they agree everywhere.

Point estimates are medians of the draws. Beside them stand what the platforms claim, and the literature's plain
model R = alpha C + beta y by least squares.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.ads.panel import Panel
from core.ads.response import Response

__all__ = ["BAND", "Plain", "band", "half_life", "plain", "saturation", "table"]

BAND = 0.8
"""Share of the draws that a band holds, unless said otherwise."""
FULL = 0.8  # of the full effect: there a channel counts as saturated
BEFORE = 4  # weeks that say what was to be expected


def band(draws: np.ndarray, width: float = BAND) -> np.ndarray:
    """(3, ...) low, median, high of draws (S, ...); NaN where there are none."""
    lost = np.isnan(draws).any(0)
    found = np.quantile(np.where(np.isnan(draws), 0.0, draws), [(1 - width) / 2, 0.5, (1 + width) / 2], axis=0)
    return np.where(lost, np.nan, found)


def half_life(response: Response) -> np.ndarray:
    """(S, C) weeks after its peak in which the effect of a week's spend falls to a half."""
    decay = np.clip(response.decay, 1e-6, 1 - 1e-6)
    weeks = np.log(0.5) / np.log(decay)
    return np.where(response.delay > 0, response.delay + np.sqrt(weeks), weeks)


def saturation(response: Response, share: float = FULL) -> np.ndarray:
    """(S, C) money a week, in all groups, at which a channel has this share of its full effect."""
    exposure = response.half * (share / (1 - share)) ** (1 / response.slope)
    return exposure * response.scale.sum(1)


def table(response: Response, panel: Panel, width: float = BAND) -> pd.DataFrame:
    """A row a channel, in the order of the response. Money; shares 0-1; weeks. `_low` and `_high` bound the band.

    spend, contribution (revenue brought over the history), share (of the revenue), roi (revenue for each 1 spent),
    marginal (revenue of the next 1), claimed_roi (by the platform), order_cost (spend for an extra order), next_order
    (for the next one), half_life (weeks), saturation (money a week at 80 % of the full effect), now (money a week,
    mean of the last weeks), largest (week seen), idle (chance that it does nothing).
    """
    sold = float(np.maximum(panel.revenue, 0).sum())
    contribution, marginal = response.contribution, response.marginal
    orders = response.brought().sum((2, 3)) / response.order_size
    value = np.divide(contribution, orders, out=np.zeros_like(orders), where=orders > 0)  # money an order
    spent = response.spent
    parts = {
        "contribution": contribution,
        "share": contribution / max(sold, 1e-9),
        "roi": response.roi,
        "marginal": marginal,
        "order_cost": _ratio(spent, orders),
        "next_order": _ratio(value, marginal),
        "half_life": half_life(response),
        "saturation": saturation(response),
    }
    out = pd.DataFrame({"channel": response.channels, "spend": spent})
    for name, draws in parts.items():
        low, middle, high = _bounded(draws, width)
        out[name], out[f"{name}_low"], out[f"{name}_high"] = middle, low, high
    claimed = np.asarray(panel.claimed, float)
    out["claimed_roi"] = np.divide(claimed, spent, out=np.full(len(spent), np.nan), where=spent > 0)
    out["now"] = response.history.sum(1).mean(-1)
    out["largest"] = response.past_spend.sum(1).max(-1)
    out["idle"] = (response.effect == 0).mean(0)
    return out


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Cost of one more of what may be none: infinite then."""
    above = np.broadcast_to(above, below.shape)
    return np.divide(above, below, out=np.full(below.shape, np.inf), where=below > 0)


def _bounded(draws: np.ndarray, width: float) -> np.ndarray:
    """(3, C): as `band`, but draws may be infinite: then a bound is one of the draws."""
    if not np.isinf(draws).any():
        return band(draws, width)
    levels = [(1 - width) / 2, 0.5, (1 + width) / 2]
    return np.quantile(draws, levels, axis=0, method="inverted_cdf")


@dataclass(frozen=True)
class Plain:
    """R = alpha C + beta y: the revenue of a week and group from what was spent and what was to be expected."""

    alpha: float
    """Revenue for each 1 spent."""
    alpha_error: float
    """Standard error."""
    beta: float
    """Revenue for each unit that was to be expected: the mean of the weeks before."""
    beta_error: float
    explained: float
    """Share of the variance of R, 0-1."""
    weeks: int
    """Weeks and groups that it stands on."""


def plain(panel: Panel) -> Plain:
    """The literature's model of what ads do, by least squares; neither carry-over, saturation nor season."""
    money = panel.spend.sum(0)[:, BEFORE:].ravel()
    past = np.cumsum(np.pad(panel.units, ((0, 0), (1, 0))), axis=1)
    usual = ((past[:, BEFORE:-1] - past[:, : -BEFORE - 1]) / BEFORE).ravel()
    revenue = panel.revenue[:, BEFORE:].ravel()
    design = np.column_stack([money, usual])
    coefficients, *_ = np.linalg.lstsq(design, revenue, rcond=None)
    rest = revenue - design @ coefficients
    noise = rest @ rest / max(len(rest) - 2, 1)
    error = np.sqrt(np.maximum(np.diag(noise * np.linalg.pinv(design.T @ design)), 0))
    spread = np.square(revenue - revenue.mean()).sum()
    explained = max(0.0, 1 - float(rest @ rest / spread)) if spread > 0 else 0.0
    alpha, beta = coefficients
    return Plain(float(alpha), float(error[0]), float(beta), float(error[1]), explained, len(revenue))

"""What a plan of ads comes to, in sentences."""

import numpy as np
import pandas as pd

from core.ads.whatif import Outcome, band

__all__ = ["amount", "by_channel", "limits", "next_steps", "round_money", "shown", "step"]

IDLE = 0.1  # of the money put in; a channel that brings less back is at its limit
NAMED = 3  # channels in a sentence
LEAST_MONEY = 0.01
WHOLE = 100


def next_steps(channels: list[str], gains: np.ndarray, money: float) -> str:
    """What `money` more on each channel brings, in Markdown. channels: their names, safe there.

    gains: (S, C) money after the cost of the units and before the ads'.
    """
    mean = gains.mean(0)
    order = np.argsort(-mean)
    paying = [at for at in order if mean[at] > money]
    idle = [at for at in order if mean[at] < IDLE * money]
    short = [at for at in order if IDLE * money <= mean[at] <= money]
    parts = []
    if paying:
        best = paying[0]
        low, _, high = band(gains[:, best])
        parts.append(
            f"The next {step(money)} on **{channels[best]}** bring {mean[best]:,.0f} of profit before their "
            f"cost (8 in 10: {low:z,.0f} to {high:z,.0f})"
        )
        parts += [f"on {channels[at]} {mean[at]:,.0f}" for at in paying[1:NAMED]]
    else:
        parts.append(f"No channel earns back the next {step(money)}")
    if short:
        parts.append(f"less than it costs on {_listed([channels[at] for at in short])}")
    if idle:
        verb = "is at its limit" if len(idle) == 1 else "are at their limit"
        parts.append(f"{_listed([channels[at] for at in idle])} {verb}")
    return "; ".join(parts) + "."


def limits(outcome: Outcome) -> list[str]:
    """What to beware of in a plan: stock that runs out, spend that has not been seen."""
    scene, words = outcome.scene, []
    lost = float(outcome.lost.mean())
    if scene.stock is not None and lost >= 0.5:
        chance = float((outcome.lost > 0.5).mean())
        words.append(
            f"In {chance:.0%} of cases the stock of {scene.stock:,.0f} runs out; over all cases {lost:,.0f} units on "
            "average are wanted and not there. What ads bring beyond the stock is worth nothing: what they sell "
            "sooner is missing later."
        )
    beyond = scene.beyond(outcome.spend)
    if beyond:
        words.append(
            f"More in a week on {_listed(beyond)} than has ever been spent there: what that brings is extrapolated "
            "and less sure than its range says."
        )
    return words


def by_channel(outcome: Outcome, gains: np.ndarray) -> pd.DataFrame:
    """channel, money, units and roi (revenue for each 1) that the plan brings, next: what `next_money` earns."""
    rows = []
    for at, (name, paid) in enumerate(zip(outcome.scene.channels, outcome.spend.sum(1), strict=True)):
        low, mean, high = band(outcome.earned[:, at] / paid) if paid > 0 else (np.nan,) * 3
        least, more, most = band(gains[:, at])
        rows.append(
            {
                "channel": name,
                "money": shown(paid),
                "units": shown(outcome.brought[:, at].mean()),
                "roi": mean,
                "roi_likely": f"{low:,.2f} to {high:,.2f}" if paid > 0 else "",
                "next": shown(more),
                "next_likely": f"{amount(least)} to {amount(most)}",
            }
        )
    return pd.DataFrame(rows)


def shown(number: float) -> float:
    """A number for a table: whole from 100 on, with one decimal below."""
    return round(float(number), 0 if abs(number) >= WHOLE else 1) + 0.0  # no -0


def amount(number: float) -> str:
    """A number in a sentence, as `shown`: with commas, and without a decimal that is 0."""
    rounded = shown(number)
    return f"{rounded:,.0f}" if rounded == round(rounded) else f"{rounded:,.1f}"


def round_money(money: float) -> float:
    """1, 2 or 5 times a power of ten, not above; at least a hundredth."""
    if not np.isfinite(money) or money <= LEAST_MONEY:
        return LEAST_MONEY
    power = 10.0 ** np.floor(np.log10(money))
    return float(next(digit for digit in (5, 2, 1) if digit * power <= money * (1 + 1e-9)) * power)


def step(money: float) -> str:
    """What `round_money` gives, which may be less than 1."""
    return f"{money:,.0f}" if money >= 1 else f"{money:g}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

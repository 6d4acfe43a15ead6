"""Which listing is which of our items, with a probability.

A conditional logit with an outside option (McFadden 1974): a listing is one of its candidates or none of them, so
it never matches two. The weights are drawn towards `PRIOR` and learnt from the matches that are known: those of the
files and those that a person decided. Of a known match the model also sees what the listing would look like if we
did not have the item, for few files say what is *not* ours. How many listings are none of ours is then estimated
from all of them (Saerens, Latinne & Decaestecker 2002, https://doi.org/10.1162/089976602753284446).

With few answers the probabilities err on the careful side, as the prior does: `tests.benchmarks.market` measures how
far they are off. Each answer brings them nearer to what they say.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from core.market.likeness import NUMBERS

__all__ = ["LIKELY", "PRIOR", "UNKNOWN", "Judge", "assigned", "learn"]

PRIOR = np.array([-15.1, 12.5, 0.5, 4.5, 1.5, 6.0, -6.0, 8.0])
"""Intercept, then NUMBERS: fitted on simulated shops, but for price and moving together, which were set to about a
third: the simulated competitors price by a rule to the penny, and others do not."""
SPREAD = np.array([3.0, 5.0, 3.0, 4.0, 2.0, 3.0, 8.0, 6.0])
"""How far a shop may lie from the prior: standard deviations, our judgement."""
SIGNS = [(None, None), *[(0, None)] * 5, (None, 0), (0, None)]
"""A likelier text or a nearer price never makes a match less likely."""
NONE = 0.3  # share of the listings that are none of ours, before any is looked at
LEAST_NONE, MOST_NONE = 0.03, 0.95
ROUNDS = 50
UNKNOWN, NOT_OURS = -2, -1
LIKELY = 0.5  # from which on a match counts: more likely than not


@dataclass(frozen=True)
class Judge:
    """Weights of the numbers, and what they were learnt from."""

    weights: np.ndarray
    """(1 + len(NUMBERS),) intercept first."""
    known: int
    """Listings with a known answer that it has learnt from."""
    none: float = NONE
    """Share of the listings that are estimated to be none of ours."""
    seen: float = NONE
    """The same share among those that the weights were fitted to."""

    @property
    def source(self) -> str:
        """Where the probabilities come from, in words."""
        if not self.known:
            return "from weights measured on simulated shops, as no match of this shop is known yet"
        return f"learnt from {self.known:,} known match{'' if self.known == 1 else 'es'} of this shop"

    def probabilities(self, pairs: pd.DataFrame, barred: np.ndarray) -> np.ndarray:
        """(pairs,) that a listing is this item. barred: (pairs,) bool, what it is known not to be."""
        scores = self.weights[0] + pairs[list(NUMBERS)].to_numpy(dtype=float) @ self.weights[1:]
        scores = np.where(barred, -np.inf, scores + np.log((1 - self.none) / self.none * self.seen / (1 - self.seen)))
        listing = pairs["listing"].to_numpy()
        whole = np.zeros(int(listing.max(initial=-1)) + 1)  # log of 1: none of them
        np.logaddexp.at(whole, listing, scores)
        return np.exp(scores - whole[listing])


def learn(pairs: pd.DataFrame, answers: np.ndarray) -> Judge:
    """A judge of the pairs of `likeness.candidates`, after what is known.

    answers: (listings,) row of the item that each is, NOT_OURS, or UNKNOWN.
    """
    told = answers[pairs["listing"].to_numpy()]
    some = pairs[told != UNKNOWN]
    truth = (some["item"].to_numpy() == told[told != UNKNOWN]).astype(bool)
    known = int((answers != UNKNOWN).sum())
    if some.empty:
        return _with_share(Judge(PRIOR, known), pairs)
    matched = truth.sum() / some["listing"].nunique()
    seen = float(np.clip(1 - matched * (1 - NONE), LEAST_NONE, MOST_NONE))  # see `_fitted`
    return _with_share(Judge(_fitted(some, truth), known, seen, seen), pairs[told == UNKNOWN])


def assigned(pairs: pd.DataFrame, competitor: np.ndarray, settled: dict[int, int]) -> pd.DataFrame:
    """listing, item, confidence: the best free item of every listing, surest first; a listing without any is absent.

    pairs: listing, item, confidence. competitor: (listings,) whose each is: a shop lists a thing once, so what one of
    its listings has taken is not given to another. settled: listing to item (-1 for none) as people decided.
    """
    taken = {(competitor[listing], item) for listing, item in settled.items() if item >= 0}
    rest = pairs[~pairs["listing"].isin(settled) & (pairs["confidence"] > 0)]
    rest = rest.sort_values("confidence", ascending=False, kind="stable")
    chosen: dict[int, tuple[int, float]] = {listing: (item, 1.0) for listing, item in settled.items() if item >= 0}
    for listing, item, confidence in rest[["listing", "item", "confidence"]].itertuples(index=False):
        if listing not in chosen and (competitor[listing], item) not in taken:
            chosen[listing] = (item, confidence)
            taken.add((competitor[listing], item))
    frame = pd.DataFrame(
        [(listing, *one) for listing, one in chosen.items()], columns=["listing", "item", "confidence"]
    ).astype({"listing": int, "item": int, "confidence": float})  # also where there is none
    return frame.sort_values("confidence", ascending=False, kind="stable", ignore_index=True)


def _fitted(pairs: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    """Maximum a posteriori weights. truth: (pairs,) bool."""
    x = np.column_stack([np.ones(len(pairs)), pairs[list(NUMBERS)].to_numpy(dtype=float)])
    listing = pd.factorize(pairs["listing"])[0]
    count = int(listing.max()) + 1
    matched = np.bincount(listing, truth, minlength=count) > 0
    # Each match counts as what it is, and with weight NONE as what it would be without the item: none of ours.
    rounds = ((np.zeros(len(x), dtype=bool), np.where(matched, 1 - NONE, 1.0)), (truth, np.where(matched, NONE, 0.0)))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores, total, slope = x @ weights, 0.0, (weights - PRIOR) / SPREAD**2
        for barred, weight in rounds:
            shown = np.where(barred, -np.inf, scores)
            whole = np.zeros(count)
            np.logaddexp.at(whole, listing, shown)
            is_it = truth & ~barred
            total += float(weight @ whole - (weight[listing] * scores)[is_it].sum())
            slope = slope + x.T @ (weight[listing] * (np.exp(shown - whole[listing]) - is_it))
        return total + float((((weights - PRIOR) / SPREAD) ** 2).sum() / 2), slope

    return np.asarray(minimize(loss, PRIOR, jac=True, bounds=SIGNS, method="L-BFGS-B").x)


def _with_share(judge: Judge, pairs: pd.DataFrame) -> Judge:
    """The judge with the share of listings that are none of ours, by expectation and maximisation."""
    listing = pd.factorize(pairs["listing"])[0]
    if not len(listing):
        return judge
    shown = pairs.assign(listing=listing)
    barred, count = np.zeros(len(shown), dtype=bool), int(listing.max()) + 1
    for _ in range(ROUNDS):
        ours = np.bincount(listing, judge.probabilities(shown, barred), minlength=count)
        # One listing's worth of the first guess keeps a handful of listings from saying that all or none are ours.
        share = (float((1 - ours).sum()) + NONE) / (count + 1)
        judge = replace(judge, none=float(np.clip(share, LEAST_NONE, MOST_NONE)))
    return judge

"""What is rising and what is fading: in sales, in searches, in reviews.

Every category, attribute and word of a source is tested, and a few hundred tests find something in pure chance. So
what is called rising or fading is controlled over all tests of its source: at most SHARE of it is expected to be
chance (Benjamini & Hochberg 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x).

Sales are compared item by item (`growth`). Searches and reviews are counted: the share of all of them in which a
term occurs, in the later time against the earlier. Its variance is that of clusters, searches of one person or
reviews of one item, which come and go together (linearised ratios; Cochran 1977, Sampling Techniques, chapter 6).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, stats

from core.market.growth import Growth, Span
from core.market.terms import Terms

__all__ = ["FADING", "FEWEST", "RISING", "SHARE", "Trends", "Voices", "counted", "false_discovery", "from_growth"]

SHARE = 0.05
RISING, FADING = "rising", "fading"
SURE = 1.2816  # standard errors: 8 in 10
FEWEST = 5  # items, reviewed items or people behind a term
FEWEST_TEXTS = 10  # searches or reviews that name a term
PRIOR_ITEMS = 20  # as many items the common variance counts for beside a term's own (Smyth 2004, moderated t)


@dataclass(frozen=True)
class Trends:
    """The terms of one source, the surest first."""

    table: pd.DataFrame
    """kind, term, change (of a share or of sales beside the rest of the shop: 0.2 is a fifth more), low, high (8 in
    10), p, q (share of chance among the terms that are at least so sure), trend (RISING, FADING or ''), behind (items,
    or people)."""
    span: Span

    @property
    def moving(self) -> pd.DataFrame:
        """The terms that are rising or fading."""
        return self.table[self.table["trend"] != ""].reset_index(drop=True)


@dataclass(frozen=True)
class Voices:
    """n searches or reviews: when, and whose or of what."""

    late: np.ndarray
    """(n,) bool: of the later time, else of the earlier."""
    cluster: np.ndarray
    """(n,) who searched, or what was reviewed."""
    week: np.ndarray
    """(n,) in which week: what was talked of for a week or two is no trend."""


def from_growth(growth: Growth, terms: Terms) -> Trends:
    """Trends over items: the weighted mean growth of those that have a term, less that of the others."""
    known = np.flatnonzero(~np.isnan(growth.log))
    has = terms.has[known].astype(float)
    count = np.asarray(has.sum(0)).ravel()
    fit = (count >= FEWEST) & (len(known) - count >= FEWEST)
    w, r = 1 / growth.variance[known], growth.log[known]
    sums = np.column_stack([np.ones(len(known)), w, w * r, w**2, w**2 * r, w**2 * r**2])
    inside = has.T @ sums  # (t, 6)
    mean, error = _mean(inside[fit])
    others, other_error = _mean((sums.sum(0) - inside)[fit])
    spread = np.sqrt(error**2 + other_error**2)
    table = terms.table[fit].assign(behind=count[fit].astype(int))
    return _tested(table, mean - others, spread, count[fit] - 1 + PRIOR_ITEMS, growth.span)


def counted(texts: Voices, terms: Terms, when: Span) -> Trends:
    """Trends over texts: the log ratio of the shares of texts that have a term, later to earlier."""
    has = terms.has.astype(float)
    named = [np.asarray(has[period].sum(0)).ravel() for period in (texts.late, ~texts.late)]
    size = [int(texts.late.sum()), int((~texts.late).sum())]
    behind, weeks = (np.asarray((_grouped(has, one) > 0).sum(0)).ravel() for one in (texts.cluster, texts.week))
    fit = (behind >= FEWEST) & (named[0] + named[1] >= FEWEST_TEXTS) & (min(size) > 0)
    table = terms.table[fit].assign(behind=behind[fit].astype(int))
    if table.empty:
        return _tested(table, np.zeros(0), np.zeros(0), np.zeros(0), when)
    after, before = (part[fit] + 0.5 for part in named)
    change = np.log(after / size[0]) - np.log(before / size[1])
    square = [
        _spread(has[:, np.flatnonzero(fit)], texts.late, groups, after, before)
        for groups in (texts.cluster, texts.week)
    ]
    freedom = np.minimum(behind, weeks)[fit] - 1
    least = 1 / after + 1 / before  # clusters that hold one each cannot be surer than counts
    return _tested(table, change, np.sqrt(np.maximum.reduce([*square, least])), freedom, when)


def _spread(
    has: sparse.csc_matrix, late: np.ndarray, groups: np.ndarray, after: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """(t,) variance of the log ratios: what each group adds to them, squared and summed.

    What its terms add is sparse, what its size adds is not: so the square is multiplied out.
    """
    sign = np.where(late, 1 / late.sum(), -1 / (~late).sum())
    late_part, early_part = (sparse.diags(part.astype(float)) @ has for part in (late, ~late))
    own = _grouped(late_part @ sparse.diags(1 / after) - early_part @ sparse.diags(1 / before), groups)
    size = np.bincount(pd.factorize(groups)[0], sign)
    return np.asarray(own.multiply(own).sum(0)).ravel() - 2 * (own.T @ size) + float((size**2).sum())


def _grouped(values: sparse.spmatrix, groups: np.ndarray) -> sparse.csc_matrix:
    """(groups, t) sums of (n, t) over the texts of each group."""
    code = pd.factorize(groups)[0]
    into = sparse.csr_matrix(
        (np.ones(len(code)), (code, np.arange(len(code)))), (int(code.max(initial=-1)) + 1, len(code))
    )
    return (into @ values).tocsc()


def false_discovery(p: np.ndarray) -> np.ndarray:
    """(n,) q-values: the share of chance among the tests that are at least so sure (Benjamini & Hochberg)."""
    if not len(p):
        return np.zeros(0)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    out = np.empty(len(p))
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return out


def _mean(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means and standard errors from sums of 1, w, wr, w2, w2r, w2r2 a row.

    What a handful of items show of their own spread is drawn to what the weights say of all items.
    """
    n, w, wr, w2, w2r, w2r2 = sums.T
    mean = wr / w
    shown = np.maximum(w2r2 - 2 * mean * w2r + mean**2 * w2, 0) / w**2 * n / np.maximum(n - 1, 1)
    return mean, np.sqrt(((n - 1) * shown + PRIOR_ITEMS / w) / (n - 1 + PRIOR_ITEMS))


def _tested(table: pd.DataFrame, change: np.ndarray, error: np.ndarray, freedom: np.ndarray, when: Span) -> Trends:
    p = 2 * stats.t.sf(np.abs(change) / np.maximum(error, 1e-12), np.maximum(freedom, 1))
    q = false_discovery(p)
    found = table.assign(
        change=np.expm1(change),
        low=np.expm1(change - SURE * error),
        high=np.expm1(change + SURE * error),
        p=p,
        q=q,
        trend=np.where(q > SHARE, "", np.where(change > 0, RISING, FADING)),
    )
    names = ["kind", "term", "change", "low", "high", "p", "q", "trend", "behind"]
    return Trends(found[names].sort_values("p", kind="stable", ignore_index=True), when)

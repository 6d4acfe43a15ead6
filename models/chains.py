"""Whether chains of draws agree, and how many independent draws they are worth.

Both as in Gelman et al., "Bayesian Data Analysis" (3rd ed.), 11.4-11.5: the chains are split in halves.
"""

import numpy as np

__all__ = ["effective", "rhat"]


def rhat(draws: np.ndarray) -> np.ndarray:
    """(...) how much wider all chains (M, S, ...) are together than each by itself; 1 where they agree."""
    chains = _halves(draws)
    within, whole = _variances(chains)
    return np.sqrt(np.divide(whole, within, out=np.ones_like(whole), where=within > 0))


def effective(draws: np.ndarray) -> np.ndarray:
    """(...) independent draws that M chains of S draws (M, S, ...) are worth."""
    chains = _halves(draws)
    count, length = chains.shape[:2]
    within, whole = _variances(chains)
    rows = chains.reshape(count, length, -1)
    out = np.full(rows.shape[-1], float(count * length))
    for at, (mean, total) in enumerate(zip(within.ravel(), whole.ravel(), strict=True)):
        if total > 0:
            out[at] = count * length / _time(rows[..., at], float(mean), float(total))
    return np.minimum(out, count * length).reshape(chains.shape[2:])


def _halves(draws: np.ndarray) -> np.ndarray:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _variances(chains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean variance within chains, and the variance that their spread apart points to."""
    length = chains.shape[1]
    within = chains.var(1, ddof=1).mean(0)
    between = chains.mean(1).var(0, ddof=1)
    return within, within * (length - 1) / length + between


def _time(chains: np.ndarray, within: float, whole: float) -> float:
    """Draws that an independent one takes: autocorrelations summed until a pair of them is negative (Geyer 1992)."""
    count, length = chains.shape
    centred = chains - chains.mean(1, keepdims=True)
    waves = np.fft.rfft(centred, 2 * length, axis=1)
    covariance = np.fft.irfft(np.abs(waves) ** 2, axis=1)[:, :length].mean(0) / length
    related = 1 - (within - covariance) / whole
    pairs = related[0 : 2 * (length // 2) : 2] + related[1 : 2 * (length // 2) : 2]
    last = int(np.argmax(pairs < 0)) if (pairs < 0).any() else len(pairs)
    return max(float(-1 + 2 * pairs[:last].sum()), 1.0 / count)

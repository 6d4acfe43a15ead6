"""Fit PyMC-Marketing's media mix: parquet in, parquet out. Runs in its own environment, see `ads_peers`.

Its defaults but for priors on spend shares, as its own example advises; NUTS by numpyro, two chains on two cores.
"""

import sys
import time

import numpy as np
import pandas as pd


def main(given: str, got: str) -> None:
    """Read date, y, promoted and a column a channel; write channel, contribution, low, high, seconds."""
    from pymc_extras.prior import Prior
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    table = pd.read_parquet(given)
    channels = [name for name in table if name not in ("date", "y", "promoted")]
    table["t"] = np.arange(len(table)) / len(table)
    spend = table[channels].sum().to_numpy()
    share = len(channels) * spend / spend.sum()
    model = MMM(
        date_column="date",
        target_column="y",
        channel_columns=channels,
        control_columns=["promoted", "t"],
        adstock=GeometricAdstock(l_max=13),
        saturation=LogisticSaturation(priors={"beta": Prior("HalfNormal", sigma=share, dims="channel")}),
        yearly_seasonality=6,
    )
    start = time.perf_counter()
    model.fit(
        X=table.drop(columns="y"), y=table["y"], draws=500, tune=500, chains=2, cores=2, random_seed=0,
        progressbar=False, target_accept=0.9, nuts_sampler="numpyro",
    )  # fmt: skip
    seconds = time.perf_counter() - start
    brought = model.idata.posterior["channel_contribution"]
    scale = float(table["y"].abs().max())
    total = brought.sum("date").stack(sample=("chain", "draw")).transpose("sample", "channel").to_numpy() * scale
    low, high = np.quantile(total, [0.05, 0.95], axis=0)
    out = pd.DataFrame({"channel": channels, "contribution": np.median(total, axis=0), "low": low, "high": high})
    out.assign(seconds=seconds).to_parquet(got)


if __name__ == "__main__":
    main(*sys.argv[1:])

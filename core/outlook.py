"""What is expected of every new item in every week in which it could be launched.

Joins the forecast, the like items and the preference of the shop's customers into plain tables. Computed
once for a model version and a state of the data, and kept as parquet, so that a page only reads it. What the
user chose for an item (`like_choices`) lies over it, item by item, and is kept beside it in the same way.
"""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import levers, like_choices, versions
from core.errors import DebutError, NotReady
from core.levers import Units
from core.like_choices import Choice
from core.workspace import Workspace

if TYPE_CHECKING:  # brings torch along, which a page that finds its outlook on disk does not need
    from core.desk import Desk
    from core.pricing import Response

__all__ = ["Expected", "Outlook", "at_prices", "outlook"]

NUMBERS = ["p10", "p50", "p90", "mean"]
KEPT = 6  # outlooks on disk: the latest few states of the data
FORMAT = 3  # of the frames on disk; another one is computed anew


@dataclass(frozen=True)
class Expected:
    """One item in each week in which it could be launched."""

    weeks: list[pd.Timestamp]
    """Mondays, rising."""
    units: Units
    """A row a launch week."""
    like: pd.DataFrame
    """place (1 counts most), product_id, title, similarity, weight, units (in its own first weeks)."""


@dataclass(frozen=True)
class Outlook:
    """Expectations of the new items."""

    key: str
    """Of the model version, the state of the data and the choices that it was computed from."""
    weeks: int
    """Length of the launch window in weeks."""
    items: pd.DataFrame
    """The completed sheet, see `new_items.Sheet`."""
    forecast: pd.DataFrame
    """item_id, launch_week, week (1..weeks; 0 is their sum), p10, p50, p90, mean: units."""
    like: pd.DataFrame
    """item_id, place (1 counts most), product_id, title, similarity, weight, units (in its own first weeks)."""
    appeal: pd.DataFrame
    """item_id, preference (mean probability that an active customer buys), buyers (expected), audience (the fewest
    customers among whom half of these buyers are); NaN where unknown."""
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    """item_id, launch_week, and equally likely sums in rising order, a column each."""
    found: pd.DataFrame = field(default_factory=pd.DataFrame)
    """`like` as Debut found it, before the user's choices."""
    as_found: pd.DataFrame = field(default_factory=pd.DataFrame)
    """`forecast` as it was before the user's choices; empty where nothing was chosen."""
    typical: float = 1.0
    """Median units of the shop's past launches."""
    choices: dict[str, Choice] = field(default_factory=dict)
    """item_id to what the user chose for it."""
    sheet: "Outlook | None" = None
    """The same at the sheet's prices, where other prices were chosen; `items` then says which: `priced`."""

    @property
    def at_sheet(self) -> "Outlook":
        """The forecasts as they were made: at the sheet's prices."""
        return self.sheet or self

    @property
    def totals(self) -> pd.DataFrame:
        """The forecast of the whole window: item_id, launch_week, p10, p50, p90, mean."""
        return self.forecast[self.forecast["week"] == 0].drop(columns="week")

    def like_titles(self, count: int) -> pd.Series:
        """item_id to the titles of its first like items, joined by ' and '."""
        near = self.like[self.like["place"] <= count]
        return near.groupby("item_id")["title"].agg(" and ".join)

    def chance(self, units: float) -> pd.Series:
        """item_id to the probability that it sells at least so many units, launched as early as it can be."""
        items, sums = self.earliest
        return pd.Series((sums >= units).mean(1), items)

    @cached_property
    def earliest(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) item_ids and (n, S) equally likely sums of each, launched as early as it can be."""
        first = self.outcomes.sort_values("launch_week", kind="stable").groupby("item_id").head(1)
        return first["item_id"].to_numpy(), _sums(first)

    def of(self, item_id: str) -> Expected:
        """What is expected of one item."""
        mine = self.forecast[self.forecast["item_id"] == item_id]
        values = mine[NUMBERS].to_numpy().reshape(-1, self.weeks + 1, 4)
        sums = _sums(self.outcomes[self.outcomes["item_id"] == item_id])
        weeks = [pd.Timestamp(week) for week in mine["launch_week"].drop_duplicates()]
        like = self.like[self.like["item_id"] == item_id].drop(columns="item_id").reset_index(drop=True)
        return Expected(weeks, Units(values[..., :3], values[..., 3], sums), like)


def outlook(
    workspace: Workspace,
    version: str,
    report: Callable[[str], None] = lambda note: None,
    desk: Callable[[], "Desk"] | None = None,
) -> Outlook:
    """The outlook of the loaded sheet by a model version, from disk where it was computed before.

    desk: gives the desk of this version and data where one is open already. Raises NotReady where there are no
    sales, no new items or no such version.
    """

    @cache
    def at_desk() -> "Desk":
        from core.desk import Desk

        return desk() if desk else Desk.opened(workspace, version, report)

    scorer = versions.stamp(workspace, "preference")
    folder = workspace.artifacts / "outlooks" / _key(f"{FORMAT}:{version}:{scorer}:{workspace.version}")
    if not folder.exists():
        report("forecasting the new items")
        _keep(_compute(workspace, at_desk(), report), folder)
        _tidy(folder.parent)
    return _chosen(_read(folder), folder, like_choices.kept(workspace.cursor()), at_desk)


def at_prices(known: Outlook, prices: Mapping[str, float], answers: Mapping[str, "Response"]) -> Outlook:
    """The outlook with some items at other prices than the sheet's, and in `items` a column `priced`: in words.

    prices, answers: item_id to its price and to how demand for it answers price. Items that the sheet does not hold,
    and those that it gives no price above 0, are passed over.
    """
    known = known.at_sheet
    planned = {
        str(item): float(price) for item, price in zip(known.items["item_id"], known.items["price"], strict=True)
    }
    prices = {item: price for item, price in prices.items() if planned.get(item, 0.0) > 0}
    if not prices:
        return known
    forecast, outcomes, fewer = _moved(known, prices, planned, answers)
    key = _key(":".join([known.key, *(f"{item}={price!r}" for item, price in prices.items())]))
    return replace(
        known,
        key=key,
        items=_repriced(known.items, prices),
        forecast=forecast,
        outcomes=outcomes,
        appeal=_reasked(known.appeal, fewer),
        sheet=known,
    )


def _moved(
    known: Outlook, prices: Mapping[str, float], planned: Mapping[str, float], answers: Mapping[str, "Response"]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """The forecast and the outcomes at other prices, and item_id to its expected units there in those before."""
    numbers, sums = known.forecast[NUMBERS].to_numpy(copy=True), _sums(known.outcomes).copy()
    weekly, summed = (frame.groupby("item_id", sort=False).indices for frame in (known.forecast, known.outcomes))
    fewer: dict[str, float] = {}
    for item, price in prices.items():
        values = numbers[weekly[item]].reshape(-1, known.weeks + 1, len(NUMBERS))
        units = Units(values[..., :3], values[..., 3], sums[summed[item]])
        moved = levers.priced(units, price, planned[item], answers[item])
        together = np.concatenate([moved.quantiles, moved.mean[..., None]], axis=-1)
        numbers[weekly[item]] = together.reshape(-1, len(NUMBERS))
        sums[summed[item]] = moved.totals
        before = units.mean[0, -1]
        fewer[item] = float(moved.mean[0, -1] / before) if before > 0 else 1.0
    forecast, outcomes = known.forecast.copy(), known.outcomes.copy()
    forecast[NUMBERS] = numbers
    outcomes[outcomes.columns.drop(["item_id", "launch_week"])] = sums
    return forecast, outcomes, fewer


def _repriced(items: pd.DataFrame, prices: Mapping[str, float]) -> pd.DataFrame:
    """The sheet with other prices, and in words which."""
    words = [
        f"priced at {prices[item]:,.2f} instead of {price:,.2f}" if item in prices else ""
        for item, price in zip(items["item_id"], items["price"], strict=True)
    ]
    chosen = items["item_id"].map(dict(prices)).astype(float)
    return items.assign(price=chosen.fillna(items["price"].astype(float)), priced=words)


def _reasked(appeal: pd.DataFrame, fewer: Mapping[str, float]) -> pd.DataFrame:
    """Who would buy, moved as the units are: customers were asked at the sheet's price."""
    share = appeal["item_id"].map(dict(fewer)).astype(float).fillna(1.0)
    return appeal.assign(preference=(appeal["preference"] * share).clip(upper=1.0), buyers=appeal["buyers"] * share)


def _compute(workspace: Workspace, desk: "Desk", report: Callable[[str], None]) -> dict[str, pd.DataFrame]:
    """The frames of an outlook by name."""
    report("forecasting each launch week")
    units, like = desk.whole()
    ids = desk.sheet.items["item_id"].to_numpy()
    weeks = pd.to_datetime(desk.weeks["launch_week"]).to_numpy()
    report("asking who would buy")
    return {
        "items": desk.sheet.items,
        **_frames(ids[desk.weeks["item"]], weeks, units),
        "like": like,
        "appeal": _appeal(workspace, desk),
        "facts": pd.DataFrame({"typical": [desk.forecaster.typical]}),
    }


def _chosen(base: Outlook, folder: Path, choices: dict[str, Choice], desk: Callable[[], "Desk"]) -> Outlook:
    """The outlook with the items that the user chose for forecast as chosen."""
    known = set(base.items["item_id"])
    choices = {item: choice for item, choice in choices.items() if item in known}
    parts: dict[str, dict[str, pd.DataFrame]] = {}
    for item, choice in choices.items():
        part = folder / "chosen" / f"{_key(item)}-{choice.stamp}"
        if not part.exists():
            try:
                _keep(_again(item, desk().item(item, choice)), part)
            except NotReady:
                raise
            except DebutError:  # none of what was chosen is in the data any more: as found
                continue
        parts[item] = _loaded(part)
    if not parts:
        return base
    key = _key(":".join([base.key, *(f"{item}={choices[item].stamp}" for item in parts)]))
    forecast, outcomes, like = (_laid_over(base, parts, name) for name in ("forecast", "outcomes", "like"))
    used = {item: choices[item] for item in parts}
    return replace(base, key=key, forecast=forecast, outcomes=outcomes, like=like, choices=used, as_found=base.forecast)


def _laid_over(base: Outlook, parts: dict[str, dict[str, pd.DataFrame]], name: str) -> pd.DataFrame:
    """One of the frames with the items of `parts` in place of their own, in the sheet's order."""
    frame: pd.DataFrame = getattr(base, name)
    others = frame[~frame["item_id"].isin(list(parts))]
    joined = pd.concat([others, *(part[name] for part in parts.values())], ignore_index=True)
    place = pd.Index(base.items["item_id"]).get_indexer(joined["item_id"])
    return joined.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def _again(item: str, expected: Expected) -> dict[str, pd.DataFrame]:
    """The frames of one item."""
    weeks, like = pd.to_datetime(pd.Series(expected.weeks)).to_numpy(), expected.like.copy()
    like.insert(0, "item_id", item)
    return {**_frames(np.repeat(item, len(weeks)).astype(object), weeks, expected.units), "like": like}


def _frames(items: np.ndarray, weeks: np.ndarray, units: Units) -> dict[str, pd.DataFrame]:
    """The long forecast and the outcomes of a row an item and launch week."""
    count, columns = units.mean.shape
    forecast = pd.DataFrame(
        {
            "item_id": np.repeat(items, columns),
            "launch_week": np.repeat(weeks, columns),
            "week": np.tile(np.append(np.arange(1, columns), 0), count),
            **{name: units.quantiles[..., at].ravel() for at, name in enumerate(("p10", "p50", "p90"))},
            "mean": units.mean.ravel(),
        }
    )
    names = [f"sum_{i:03}" for i in range(units.totals.shape[1])]
    outcomes = pd.DataFrame(units.totals.astype(np.float32), columns=names)
    outcomes.insert(0, "launch_week", weeks)
    outcomes.insert(0, "item_id", items)
    return {"forecast": forecast, "outcomes": outcomes}


def _appeal(workspace: Workspace, desk: "Desk") -> pd.DataFrame:
    """What customers think of the new items; unknown where the shop has no customers or too few launches."""
    from core.preference.panel import Panel

    items = desk.sheet.items
    unknown = pd.DataFrame({"item_id": items["item_id"], "preference": np.nan, "buyers": np.nan, "audience": np.nan})
    try:
        panel = Panel.opened(workspace)
    except NotReady:
        return unknown
    found = panel.ask(items["item_id"].to_numpy(), items["text"].tolist(), items["price"].to_numpy(dtype=float))
    return unknown.assign(preference=found.r.mean(0), buyers=found.buyers, audience=_audience(found.r))


def _audience(r: np.ndarray) -> np.ndarray:
    """(items,) the fewest customers among whom half of the expected buyers are. r: (customers, items)."""
    reached = np.cumsum(-np.sort(-r, axis=0), axis=0)
    return np.asarray((reached < reached[-1:] / 2).sum(0) + 1, dtype=float)


def _sums(outcomes: pd.DataFrame) -> np.ndarray:
    """(n, S) equally likely sums, rising."""
    return outcomes.drop(columns=["item_id", "launch_week"]).to_numpy()


def _read(folder: Path) -> Outlook:
    part = _loaded(folder)
    forecast, like = part["forecast"], part["like"]
    return Outlook(
        key=folder.name,
        weeks=int(forecast["week"].max()),
        items=part["items"],
        forecast=forecast,
        like=like,
        appeal=part["appeal"],
        outcomes=part["outcomes"],
        found=like,
        typical=float(part["facts"]["typical"].iloc[0]),
    )


def _loaded(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _keep(frames: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write beside, then rename: a killed write leaves nothing that looks complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    for name, frame in frames.items():
        frame.to_parquet(part / f"{name}.parquet", index=False)
    with contextlib.suppress(OSError):  # another tab computed the same meanwhile
        part.rename(folder)


def _tidy(folder: Path) -> None:
    """Remove all but the latest outlooks."""
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)

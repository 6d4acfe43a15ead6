"""What is expected of every new item in every week in which it could be launched.

Joins the forecast, the like items and the preference of the shop's customers into plain tables. Computed
once for a model version and a state of the data, and kept as parquet, so that a page only reads it.
"""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core import audience, history, like_items, new_items
from core.errors import NotReady
from core.history import History
from core.like_items import LikeItems, Query
from core.new_items import Sheet
from core.workspace import Workspace
from models.errors import ModelError

__all__ = ["Outlook", "outlook"]

SHOWN_LIKE_ITEMS = 8
KEPT = 6  # outlooks on disk: the latest few states of the data


@dataclass(frozen=True)
class Outlook:
    """Expectations of the new items."""

    key: str
    """Of the model version and the state of the data that it was computed from."""
    weeks: int
    """Length of the launch window in weeks."""
    items: pd.DataFrame
    """The completed sheet, see `new_items.Sheet`."""
    forecast: pd.DataFrame
    """item_id, launch_week, week (1..weeks; 0 is their sum), p10, p50, p90, mean: units."""
    like: pd.DataFrame
    """item_id, place (1 is the nearest), product_id, title, similarity, weight, units (in its own first weeks)."""
    appeal: pd.DataFrame
    """item_id, preference (mean probability that an active customer buys), buyers (expected); NaN where unknown."""

    @property
    def totals(self) -> pd.DataFrame:
        """The forecast of the whole window: item_id, launch_week, p10, p50, p90, mean."""
        return self.forecast[self.forecast["week"] == 0].drop(columns="week")

    def like_titles(self, count: int) -> pd.Series:
        """item_id to the titles of its nearest like items, joined by ' and '."""
        near = self.like[self.like["place"] <= count]
        return near.groupby("item_id")["title"].agg(" and ".join)


def outlook(workspace: Workspace, version: str, report: Callable[[str], None] = lambda note: None) -> Outlook:
    """The outlook of the loaded sheet by a model version, from disk where it was computed before.

    Raises NotReady where there are no sales, no new items or no such version.
    """
    folder = workspace.artifacts / "outlooks" / _key(workspace, version)
    if not folder.exists():
        report("forecasting the new items")
        try:
            _keep(_compute(workspace, version, report), folder)
        except ModelError as error:
            raise NotReady(f"{error}. Fine-tune again, or activate another version on the Model page.") from error
    frames = {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}
    return Outlook(key=folder.name, weeks=int(frames["forecast"]["week"].max()), **frames)


def _compute(workspace: Workspace, version: str, report: Callable[[str], None]) -> dict[str, pd.DataFrame]:
    """The frames of an outlook by name."""
    from core import versions  # brings torch along, which a page that finds its outlook on disk does not need
    from models.encoder import Encoder

    cursor = workspace.cursor()
    past = history.read(cursor)
    sheet = new_items.read(cursor, past)
    forecaster = versions.load(workspace, version)
    encoder = Encoder(forecaster.settings.encoder, workspace.artifacts / "embeddings")
    report("reading the items' texts")
    vectors = encoder.embed(past.items["text"].tolist())
    new = encoder.embed(sheet.items["text"].tolist())
    rows = new_items.candidates(sheet, past)
    at = rows["item"].to_numpy()
    price, day = sheet.items["price"].to_numpy(dtype=float), rows["day"].to_numpy()
    query = like_items.new_query(past, new[at], price[at], day)
    report("forecasting each launch week")
    like = like_items.find(past, vectors, query)
    result = forecaster.forecast_like(past, encoder, sheet.items["text"].iloc[at].tolist(), query, like)
    report("asking who would buy")
    weeks = forecaster.settings.weeks
    forecast = _long(sheet, rows, result.quantiles, result.mean)
    first = rows.groupby("item").head(1).index.to_numpy()
    earliest = like_items.new_query(past, new, price, day[first])
    return {
        "items": sheet.items,
        "forecast": forecast,
        "like": _like_frame(sheet, past, LikeItems(like.rows[first], like.similarity[first]), weeks),
        "appeal": _appeal(workspace, past, sheet, vectors, earliest, weeks),
    }


def _long(sheet: Sheet, rows: pd.DataFrame, quantiles: np.ndarray, mean: np.ndarray) -> pd.DataFrame:
    count, columns = mean.shape
    week = np.append(np.arange(1, columns), 0)
    return pd.DataFrame(
        {
            "item_id": np.repeat(sheet.items["item_id"].to_numpy()[rows["item"]], columns),
            "launch_week": np.repeat(pd.to_datetime(rows["launch_week"]).to_numpy(), columns),
            "week": np.tile(week, count),
            "p10": quantiles[..., 0].ravel(),
            "p50": quantiles[..., 1].ravel(),
            "p90": quantiles[..., 2].ravel(),
            "mean": mean.ravel(),
        }
    )


def _like_frame(sheet: Sheet, past: History, like: LikeItems, weeks: int) -> pd.DataFrame:
    count = min(SHOWN_LIKE_ITEMS, like.rows.shape[1])
    rows = like.rows[:, :count].ravel()
    sold = past.curves(rows, weeks).sum(1)
    closed = past.items["launch"].to_numpy()[rows] >= history.WARM_UP_DAYS
    frame = pd.DataFrame(
        {
            "item_id": np.repeat(sheet.items["item_id"].to_numpy(), count),
            "place": np.tile(np.arange(1, count + 1), len(like.rows)),
            "product_id": past.items["product_id"].to_numpy()[rows],
            "title": past.items["title"].to_numpy()[rows],
            "similarity": like.similarity[:, :count].ravel(),
            "weight": like.weight[:, :count].ravel(),
            "units": np.where(closed, sold, np.nan),
        }
    )
    return frame[frame["similarity"] > 0].reset_index(drop=True)


def _appeal(
    workspace: Workspace, past: History, sheet: Sheet, vectors: np.ndarray, query: Query, weeks: int
) -> pd.DataFrame:
    """What customers think of the new items; unknown where the shop has no customers or too few launches."""
    customers = audience.read(workspace.cursor(), past)
    scorer = customers and audience.fit(past, customers, vectors, weeks)
    unknown = pd.DataFrame({"item_id": sheet.items["item_id"], "preference": np.nan, "buyers": np.nan})
    if not customers or not scorer:
        return unknown
    scores = scorer.score(past, customers, vectors, query)
    return unknown.assign(preference=scores.mean(0), buyers=scores.sum(0))


def _key(workspace: Workspace, version: str) -> str:
    return hashlib.sha256(f"{version}:{workspace.version}".encode()).hexdigest()[:20]


def _keep(frames: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write beside, then rename: a killed write leaves nothing that looks complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    for name, frame in frames.items():
        frame.to_parquet(part / f"{name}.parquet", index=False)
    with contextlib.suppress(OSError):  # another tab computed the same meanwhile
        part.rename(folder)
    older = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]
    for path in older:
        shutil.rmtree(path, ignore_errors=True)

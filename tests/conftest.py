"""What the tests share: throw-away workspaces, a small shop whose sales follow its words, and the encoder.

The small shop is made once a run: 40 items from the first day and 80 launches, whose sales depend on a word
in the title and on the price. It is enough for a model to learn from and quick to learn.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a second thread spins and starves whatever else runs
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test asks a model hub for anything

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from core import history, imports, privacy
from core.history import History
from core.imports import Report
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.accuracy.results import Backtest
    from core.demand import Forecaster
    from core.settings import Settings
    from models.encoder import Encoder

START = date(2024, 1, 1)  # a Monday
WEEKS = 4  # of the launch window in these tests
DAYS = 364
OLD_ITEMS, LAUNCHES = 40, 80
CUSTOMERS = 60
THINGS = ("mug", "lantern", "cushion", "notebook", "basket")
LOOKS = {"fox": 5.0, "plain": 1.0, "striped": 2.0, "grey": 0.5}  # how much a word in the title sells
COLOURS = ("red", "blue", "green", "white", "black", "amber")

Load = Callable[..., Report]
RETAIL = Path(__file__).parents[1].parent / "shared" / "data" / "online_retail" / "online_retail_to_2011-07.csv.gz"


@dataclass(frozen=True)
class Files:
    """The exports of the small shop."""

    products: bytes
    sales: bytes
    new_items: bytes


@dataclass(frozen=True)
class SmallShop:
    """The small shop, loaded. Tests only read it; who writes loads `files` into a workspace of its own."""

    workspace: Workspace
    history: History
    files: Files


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file that makes the demo shop, those that train, the others with the demo shop, then with the small shop.

    So one worker makes the demo shop while the other trains instead of waiting for it, and what is short comes last,
    so that both end together.
    """
    needs: dict[Path, set[str]] = {}
    for item in items:
        needs.setdefault(item.path, set()).update(getattr(item, "fixturenames", ()))
    first = next((path for path in needs if "made" in needs[path]), None)

    def place(path: Path) -> int:
        if path == first:
            return 0
        if "made" in needs[path]:
            return 2
        return 1 if "encoder" in needs[path] else 3 if "small_files" in needs[path] else 4

    items.sort(key=lambda item: place(item.path))


@pytest.fixture(autouse=True)
def debut_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test ever touches the shop of the person who runs it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DEBUT_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def empty_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a shop as it is made. To copy it takes a fraction of what it takes to make its tables."""
    with Workspace(tmp_path_factory.mktemp("empty_shop")) as made:
        folder = made.folder
    return folder / "shop.duckdb"


@pytest.fixture
def workspace(empty_shop: Path, tmp_path: Path) -> Iterator[Workspace]:
    """An empty shop of this test alone."""
    folder = tmp_path / "shop"
    folder.mkdir()
    shutil.copy(empty_shop, folder)
    with Workspace(folder) as fresh:
        yield fresh


@pytest.fixture
def load(workspace: Workspace) -> Load:
    """Load text or bytes into `workspace`, as a user would: stage, recognise, load."""

    def from_content(
        content: str | bytes, table: str | None = None, name: str = "export.csv", **options: bool
    ) -> Report:
        return load_into(workspace, content, table, name, **options)

    return from_content


def load_into(
    workspace: Workspace, content: str | bytes, table: str | None = None, name: str = "export.csv", **options: bool
) -> Report:
    (staged,) = imports.stage(workspace, name, content.encode() if isinstance(content, str) else content)
    try:
        (report,) = imports.load(workspace, staged, imports.recognise(workspace, staged, table), **options)
    finally:
        staged.discard()
    return report


@pytest.fixture(scope="session")
def small_files() -> Files:
    return make_files()


@pytest.fixture(scope="session")
def small_shop(small_files: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallShop]:
    with Workspace(tmp_path_factory.mktemp("small_shop")) as shop:
        fill(shop, small_files)
        yield SmallShop(shop, history.read(shop.cursor()), small_files)


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> "Encoder":
    """The default encoder, which keeps what it has read for the whole run."""
    import torch

    from models.encoder import Encoder

    torch.set_num_threads(1)
    return Encoder(cache=tmp_path_factory.mktemp("embeddings"))


@pytest.fixture(scope="session")
def vectors(small_shop: SmallShop, encoder: "Encoder") -> np.ndarray:
    """(items, d) embeddings of the small shop."""
    return encoder.embed(small_shop.history.items["text"].tolist())


@pytest.fixture(scope="session")
def quick() -> "Settings":
    """Settings that train in seconds: one epoch, small adapters."""
    from core.settings import Settings
    from models.settings import Schedule

    return Settings(weeks=WEEKS, rank=2, schedule=Schedule(epochs=1))


@pytest.fixture(scope="session")
def forecaster(small_shop: SmallShop, encoder: "Encoder", quick: "Settings") -> "Forecaster":
    """A forecaster of the small shop, trained once a run."""
    from core import demand

    return demand.fit(small_shop.history, encoder, quick)


@pytest.fixture(scope="session")
def tested(small_shop: SmallShop, encoder: "Encoder", quick: "Settings") -> "Backtest":
    """A backtest of the small shop, run once."""
    from core import backtest

    return backtest.run(small_shop.history, encoder, quick, date(2024, 9, 9))


@pytest.fixture(scope="session")
def retail() -> Path:
    """Two years of invoices of a real gift shop (UCI Online Retail II, CC BY 4.0)."""
    if not RETAIL.exists():
        pytest.skip(f"{RETAIL.name} is not here; it is no part of the repository")
    return RETAIL


def fill(workspace: Workspace, files: Files) -> None:
    """Load the small shop into an empty workspace; nobody is behind its ids, and tests go by them."""
    privacy.switch(workspace, on=False)
    for table in ("products", "sales", "new_items"):
        load_into(workspace, getattr(files, table), table, f"{table}.csv")


def make_files(launches: int = LAUNCHES, seed: int = 0) -> Files:
    """The exports of the small shop, the same for the same seed."""
    random = np.random.default_rng(seed)
    items = _items(random, OLD_ITEMS + launches)
    first = np.zeros(len(items), dtype=int)
    first[OLD_ITEMS:] = np.sort(random.integers(91, DAYS - 7 * WEEKS - 7, launches))
    sheet = _items(random, 12, "NEW").rename(columns={"product_id": "item_id", "list_price": "price"})
    sheet["cost"] = (sheet["price"] * 0.4).round(2)
    sheet.loc[3, "cost"] = sheet.loc[3, "price"] + 1  # loses money on every piece
    return Files(*(_csv(frame) for frame in (items, _sales(random, items, first), sheet)))


def _items(random: np.random.Generator, count: int, code: str = "P") -> pd.DataFrame:
    thing, look, colour = (random.choice(words, count) for words in (THINGS, list(LOOKS), COLOURS))
    return pd.DataFrame(
        {
            "product_id": [f"{code}-{i:03}" for i in range(count)],
            "title": [" ".join(words).capitalize() for words in zip(colour, look, thing, strict=True)],
            "category": [f"{word}s" for word in thing],
            "list_price": random.uniform(2, 20, count).round(2),
        }
    )


def _sales(random: np.random.Generator, items: pd.DataFrame, first: np.ndarray) -> pd.DataFrame:
    """One order line a customer, item and week; every other customer buys foxes only."""
    appeal = items["title"].map(lambda title: LOOKS[title.split()[1]]).to_numpy()
    rate = 3 * appeal * (items["list_price"].to_numpy() / 8) ** -0.7  # pieces a week
    lines = []
    for row, begin in enumerate(first):
        days = np.arange(begin, DAYS, 7)
        units = np.maximum(random.poisson(rate[row], len(days)), np.arange(len(days)) == 0)  # sold on the first day
        for day, pieces in zip(days[units > 0], units[units > 0], strict=True):
            buyers = min(int(pieces), 4)
            who = random.choice(CUSTOMERS // 2, buyers, replace=False) * 2 + (LOOKS["fox"] == appeal[row])
            shares = np.bincount(np.arange(pieces) % buyers)
            lines += [(row, int(day), int(share), int(one)) for share, one in zip(shares, who, strict=True)]
    frame = pd.DataFrame(lines, columns=["row", "day", "units", "who"]).sort_values("day", kind="stable")
    return pd.DataFrame(
        {
            "date": [START + timedelta(days=int(day)) for day in frame["day"]],
            "product_id": items["product_id"].to_numpy()[frame["row"]],
            "units": frame["units"],
            "unit_price": items["list_price"].to_numpy()[frame["row"]],
            "order_id": [f"O{i:05}" for i in range(len(frame))],
            "customer_id": [f"C{who:02}" for who in frame["who"]],
        }
    )


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()

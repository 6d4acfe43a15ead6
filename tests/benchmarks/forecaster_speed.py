"""How fast the forecaster is, against what a textbook would do, on the same items in one run.

    fine-tuning   items a second and loss on held-out items, against AdamW on the whole model, every text padded to
                  128 tokens, 16 at a time, at the same number of epochs
    scoring       texts a second, against SentenceTransformer.encode with the same weights in float32, and by how
                  much the WAPE of a forecast moves with the faster vectors
    again         seconds to forecast a sheet of 1,000 items whose texts were read before
    stream        memory of forecasting 100,000 items that were never seen, in a process of its own

    python -m tests.benchmarks.forecaster_speed stream FOLDER COUNT     the last of these: what this module starts

Everything runs on THREADS threads, as in the app. Ours pays for whatever it needs: the frozen embedding, the probe
and the lower layers' states count as time of the fine-tuning, and nothing is read from a cache but in `again`.
"""

import argparse
import copy
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core import demand, like_items
from core.accuracy import cuts
from core.accuracy.metrics import wape
from core.demand import Forecast, Forecaster
from core.history import History
from core.settings import EFFORTS
from models import versions
from models.base_demand import fit_reader
from models.encoder import Encoder, mean_pool
from models.settings import Schedule

__all__ = ["BARS", "figures"]

ROOT = Path(__file__).parents[2]
THREADS = 1
RATE_DAYS, FEWEST_DAYS = 56, 28
PADDED, TEXTBOOK_BATCH, TEXTBOOK_RATE = 128, 16, 5e-5
CHUNK = 1_000  # items that are forecast at once

BARS = {"finetune_speedup": 8, "score_speedup": 3, "rescore_1000_s": 0.5, "stream_100k_peak_mb": 3000}
"""What is asked for: the first two are floors, the others ceilings."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    learnt: int
    held: int
    epochs: int
    rounds: int
    scored: int
    again: int
    streamed: int


FULL = Sizes(learnt=1_000, held=500, epochs=4, rounds=5, scored=5_000, again=1_000, streamed=100_000)
QUICK = Sizes(learnt=32, held=16, epochs=1, rounds=1, scored=64, again=100, streamed=300)


def figures(quick: bool, data: History) -> Figures:
    """Print and return all figures of a shop; quick goes through all of it with sizes that say nothing."""
    sizes = QUICK if quick else FULL
    with _threads(THREADS), tempfile.TemporaryDirectory() as folder:
        got = fine_tuning(data, sizes) | scoring(data, sizes) | forecasting(data, sizes, Path(folder))
        got |= kept_wape(data, Path(folder))
    for name, value in got.items():
        print(f"{name:28s} {value:12.4f}   {f'asked for: {BARS[name]}' if name in BARS else ''}")
    return got


def fine_tuning(history: History, sizes: Sizes) -> Figures:
    """Ours and the textbook's loop on the same items, to the same target, judged on the same held-out items."""
    items = _Learning.of(history, sizes)
    schedule = replace(EFFORTS["standard"].schedule, epochs=sizes.epochs)
    ours, our_seconds = _timed(lambda: _ours(items, schedule))
    textbook, their_seconds = _timed(lambda: _textbook(items, schedule))
    seen = sizes.epochs * len(items.learnt)
    return {
        "finetune_speedup": their_seconds / our_seconds,
        "finetune_items_s_ours": seen / our_seconds,
        "finetune_items_s_textbook": seen / their_seconds,
        "finetune_val_loss_ours": ours,
        "finetune_val_loss_textbook": textbook,
    }


def scoring(history: History, sizes: Sizes) -> Figures:
    """Reading every distinct text of the shop once, turn and turn about; the median of the rounds."""
    texts = sorted(set(history.items["text"]))[: sizes.scored]
    fast, exact = Encoder(), Encoder(precision="float32")
    reference = _sentence_transformer(fast)
    ours, theirs = fast.computed(texts), reference.encode(texts, show_progress_bar=False)  # warm
    cosine = float((ours * exact.computed(texts)).sum(1).min())
    assert np.allclose(exact.computed(texts[:50]), theirs[:50], atol=1e-5), "not the same weights"
    seconds = [
        (
            _timed(lambda: reference.encode(texts, show_progress_bar=False))[1],
            _timed(lambda: exact.computed(texts))[1],
            _timed(lambda: fast.computed(texts))[1],
        )
        for _ in range(sizes.rounds)
    ]
    return {
        "score_speedup": statistics.median(theirs / ours for theirs, _, ours in seconds),
        "score_speedup_float32": statistics.median(theirs / ours for theirs, ours, _ in seconds),
        "score_texts_s_ours": len(texts) / statistics.median(ours for *_, ours in seconds),
        "score_texts_s_textbook": len(texts) / statistics.median(theirs for theirs, *_ in seconds),
        "score_cosine_min": cosine,
    }


def kept_wape(history: History, folder: Path) -> Figures:
    """What fast reading costs: one forecaster, fitted on exact texts, asked with fast and with exact ones.

    The launches forecast are those after the usual cut of a backtest; nothing where a shop has too few.
    """
    _, when, _ = cuts.usual(history, EFFORTS["standard"].weeks)
    cut = cuts.Cut(when, EFFORTS["standard"].weeks)
    if not cut.enough(history):
        return {}
    rows, past = cut.tested(history), history.as_of(when)
    exact = Encoder(cache=folder / "exact", precision="float32")
    fitted = demand.fit(past, exact, replace(EFFORTS["standard"], adapter="frozen"))
    items, true = history.items.iloc[rows], history.curves(rows, fitted.settings.weeks).sum(1)
    texts, price = items["text"].tolist(), items["price"].to_numpy(dtype=float)
    found = []
    for encoder in (exact, Encoder(cache=folder / "fast")):
        codes, launch = items["product_id"].to_numpy(), items["launch"].to_numpy()
        query = like_items.new_query(past, encoder.embed(texts), price, launch, codes)
        apart = replace(fitted, base=replace(fitted.base, _read={}))  # or the second would find what the first read
        found.append(wape(true, apart.forecast(past, encoder, texts, query).quantiles[:, -1, 1]))
    return {"score_wape_change": found[1] - found[0]}


def forecasting(history: History, sizes: Sizes, folder: Path) -> Figures:
    """A sheet of known texts again, and a stream of unknown ones, by a forecaster that was fine-tuned on the shop."""
    encoder = Encoder(cache=folder / "embeddings")
    trained = demand.fit(history, encoder, EFFORTS["quick"])
    history.save(folder / "history")
    versions.save(trained.version(), folder / "version")
    size = sum(path.stat().st_size for path in (folder / "version").iterdir())
    texts = _texts(history, sizes.again)
    _forecast(trained, history, encoder, texts)
    again = [_timed(lambda: _forecast(trained, history, encoder, texts))[1] for _ in range(sizes.rounds)]
    command = [sys.executable, "-m", "tests.benchmarks.forecaster_speed", "stream", str(folder), str(sizes.streamed)]
    streamed = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return {
        "rescore_1000_s": statistics.median(again) * 1_000 / sizes.again,
        "stream_100k_peak_mb": streamed["peak_mb"],
        "version_mb": size / 1e6,
        "stream_items_s": streamed["items"] / streamed["seconds"],
    }


def stream(folder: Path, count: int) -> dict[str, Any]:
    """Forecast `count` items of texts that nobody has read before, some at a time; what it took of this process."""
    history = History.load(folder / "history")
    forecaster, encoder = Forecaster.restored(versions.load(folder / "version")), Encoder(cache=folder / "streamed")
    start, done = time.perf_counter(), 0
    for first in range(0, count, CHUNK):
        texts = _texts(history, min(CHUNK, count - first), first)
        done += len(_forecast(forecaster, history, encoder, texts).mean)
    seconds = time.perf_counter() - start
    return {"items": done, "seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


@dataclass(frozen=True)
class _Learning:
    """Items with a rate of sales that is to be told from their text and price."""

    texts: list[str]
    price: np.ndarray
    """(n,) standardised log price."""
    target: np.ndarray
    """(n,) standardised log rate."""
    learnt: np.ndarray
    held: np.ndarray

    @classmethod
    def of(cls, history: History, sizes: Sizes) -> "_Learning":
        first = np.maximum(history.items["launch"].to_numpy(), 0)
        days = history.days - first
        sold = history.window(first, np.full(len(first), history.days))
        rate = np.log1p(np.maximum(sold, 0) / np.maximum(days, 1) * RATE_DAYS)
        known = np.random.default_rng(0).permutation(np.flatnonzero(days >= FEWEST_DAYS))
        price = np.log1p(history.items["price"].to_numpy(dtype=float))
        price = np.nan_to_num((price - np.nanmean(price)) / (np.nanstd(price) or 1))
        target = (rate - rate[known].mean()) / rate[known].std()
        held, rest = known[: sizes.held], known[sizes.held :]
        return cls(history.items["text"].tolist(), price, target, np.sort(rest[: sizes.learnt]), np.sort(held))

    def some(self, rows: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Texts, prices, targets."""
        return [self.texts[row] for row in rows], self.price[rows], self.target[rows]


def _ours(items: _Learning, schedule: Schedule) -> float:
    """Held-out loss of what Debut does: frozen states once, probe, adapters on the top, batches of like length."""
    encoder, settings = Encoder(), EFFORTS["standard"]
    texts, price, target = items.some(items.learnt)
    vectors, states = encoder.embed(texts), encoder.states(texts, schedule.layers)
    reader = fit_reader(encoder, vectors, states, price, target, settings.adapter, settings.rank, schedule)
    texts, price, target = items.some(items.held)
    answer = reader.predict(encoder.embed(texts), encoder.states(texts, schedule.layers), price)
    return float(((answer - target) ** 2).mean())


class _Textbook(nn.Module):
    """The whole model with a linear head on the mean of its tokens and the price."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.head = nn.Linear(int(model.config.hidden_size) + 1, 1)

    def forward(self, ids: Tensor, mask: Tensor, price: Tensor) -> Tensor:
        text = mean_pool(self.model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
        return self.head(torch.cat([text, price[:, None]], dim=1))[:, 0]


def _textbook(items: _Learning, schedule: Schedule) -> float:
    """Held-out loss of the loop that a tutorial shows: everything padded, everything trained."""
    torch.manual_seed(schedule.seed)
    encoder, order = Encoder(), np.random.default_rng(schedule.seed)
    net = _Textbook(copy.deepcopy(encoder.model))  # whose weights all encoders share
    optimiser = torch.optim.AdamW(net.parameters(), lr=TEXTBOOK_RATE, weight_decay=0.01)
    steps = schedule.epochs * -(-len(items.learnt) // TEXTBOOK_BATCH)
    rate = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
    net.train()
    for _ in range(schedule.epochs):
        shuffled = order.permutation(items.learnt)
        for first in range(0, len(shuffled), TEXTBOOK_BATCH):
            inputs, target = _padded(encoder, items, shuffled[first : first + TEXTBOOK_BATCH])
            optimiser.zero_grad()
            nn.functional.mse_loss(net(*inputs), target).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            rate.step()
    net.eval()
    errors = []
    with torch.inference_mode():
        for first in range(0, len(items.held), TEXTBOOK_BATCH):
            inputs, target = _padded(encoder, items, items.held[first : first + TEXTBOOK_BATCH])
            errors.append((net(*inputs) - target) ** 2)
    return float(torch.cat(errors).mean())


def _padded(encoder: Encoder, items: _Learning, rows: np.ndarray) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    texts, price, target = items.some(rows)
    read = encoder.tokenizer(texts, padding="max_length", max_length=PADDED, truncation=True, return_tensors="pt")
    return (read["input_ids"], read["attention_mask"], torch.tensor(price).float()), torch.tensor(target).float()


def _sentence_transformer(encoder: Encoder) -> Any:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    width = int(encoder.model.config.hidden_size)
    return SentenceTransformer(modules=[Transformer(encoder.folder), Pooling(width), Normalize()], device="cpu")


def _texts(history: History, count: int, first: int = 0) -> list[str]:
    """Texts like the shop's, no two alike."""
    own = history.items["text"].tolist()
    return [f"{own[nth % len(own)]} {nth}" for nth in range(first, first + count)]


def _forecast(forecaster: Forecaster, history: History, encoder: Encoder, texts: list[str]) -> Forecast:
    price = np.resize(history.items["price"].to_numpy(dtype=float), len(texts))
    launch = history.days + np.arange(len(texts)) % 84
    query = like_items.new_query(history, encoder.embed(texts), price, launch)
    return forecaster.forecast(history, encoder, texts, query)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    got = work()
    return got, time.perf_counter() - start


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["stream"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    print(json.dumps(stream(options.folder, options.count)))

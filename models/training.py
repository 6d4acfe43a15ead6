"""One fine-tuning loop: batches of texts of like length, warm-up and decay, early stop, progress, cancel.

Batches of like length leave next to nothing to pad, gradients of several batches can be added up before a step, and
where items are held out the weights that did best on them are kept (Prechelt 1998,
https://doi.org/10.1007/3-540-49430-8_3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.encoder import States
from models.errors import Diverged
from models.settings import Schedule

__all__ = ["Log", "Progress", "Stepped", "fine_tune", "predict"]

Progress = Callable[[float, str], None]
"""Called with the share that is done (0 to 1) and a note; raises to cancel."""

Log = Callable[[str, int, float], None]
"""Called with the name of a curve ("loss", "validation"), the number of the step (from 1), and the value."""

Stepped = Callable[[int, int], None]
"""Called after each step with its number (from 1) and how many there can be, while the gradients are still there."""

LOG_EVERY = 10  # steps: a curve of some hundred points
HELD_OUT = 0.1  # share of the items that early stopping is judged by where the caller names none


@dataclass(frozen=True)
class _Items:
    """What is learnt from: texts, what goes along with them, and the answers."""

    texts: States
    inputs: list[Tensor]
    targets: Tensor
    loss: Callable[[Tensor, Tensor], Tensor]

    def error(self, net: nn.Module, rows: np.ndarray) -> Tensor:
        """Mean loss of some rows, with its gradient."""
        states, mask = self.texts.batch(rows)
        return self.loss(net(states, mask, *(x[rows] for x in self.inputs)), self.targets[rows])

    @torch.inference_mode()
    def judged(self, net: nn.Module, rows: np.ndarray, batch: int) -> float:
        """Mean loss of rows that are not learnt from, without dropout."""
        net.eval()
        ordered = rows[np.argsort(self.texts.lengths[rows], kind="stable")]
        parts = [ordered[i : i + batch] for i in range(0, len(ordered), batch)]
        total = sum(self.error(net, part).item() * len(part) for part in parts)
        net.train()
        return total / len(rows)


class _Best:
    """The weights that did best on the held-out items, and for how many epochs nothing was better."""

    def __init__(self, net: nn.Module, patience: int) -> None:
        self._learning = {name: weight for name, weight in net.named_parameters() if weight.requires_grad}
        self._kept: dict[str, Tensor] = {}
        self._patience, self._least, self._waited = patience, float("inf"), 0

    def ends(self, value: float) -> bool:
        """Whether training should stop after an epoch with this loss."""
        if not self._patience:
            return False
        self._waited = 0 if value < self._least else self._waited + 1
        if not self._waited:
            self._least = value
            self._kept = {name: weight.detach().clone() for name, weight in self._learning.items()}
        return self._waited >= self._patience

    @torch.no_grad()
    def restore(self) -> None:
        """Put the best weights back; nothing where nothing was held out."""
        for name, weight in self._kept.items():
            self._learning[name].copy_(weight)


class _Curve:
    """Mean loss over the steps since it was last told."""

    def __init__(self, log: Log) -> None:
        self._log, self._sum, self._items = log, 0.0, 0

    def add(self, value: float, items: int) -> None:
        self._sum, self._items = self._sum + value * items, self._items + items

    def tell(self, step: int) -> None:
        if self._items:
            self._log("loss", step, self._sum / self._items)
        self._sum, self._items = 0.0, 0


class _Loop:
    """The optimiser on its way through the epochs."""

    def __init__(
        self,
        net: nn.Module,
        items: _Items,
        learnt: np.ndarray,
        schedule: Schedule,
        report: Progress,
        log: Log,
        stepped: Stepped,
    ) -> None:
        self.losses: list[float] = []
        self.step = 0
        self._net, self._items, self._learnt, self._schedule = net, items, learnt, schedule
        self._report, self._curve, self._stepped = report, _Curve(log), stepped
        batches = -(-len(learnt) // schedule.batch)
        self._steps = -(-batches // schedule.accumulate) * schedule.epochs
        self._order = np.random.default_rng(schedule.seed)
        self._optimiser = torch.optim.AdamW(_groups(net, schedule), weight_decay=schedule.weight_decay)
        self._rate = torch.optim.lr_scheduler.LambdaLR(self._optimiser, _ramp(schedule.warm_up, self._steps))

    def epoch(self) -> None:
        """Go through all items once, in batches of like length."""
        batches = _shuffled(self._items.texts.lengths, self._learnt, self._schedule.batch, self._order)
        seen = 0.0
        for first in range(0, len(batches), self._schedule.accumulate):
            self._report(self.step / self._steps, self._note())
            seen += self._take(batches[first : first + self._schedule.accumulate])
        self._curve.tell(self.step)
        self.losses.append(seen / len(self._learnt))
        if not np.isfinite(seen):
            raise Diverged(
                f"The training went astray in epoch {len(self.losses)}: its loss grew beyond every number. "
                "Choose lower learning rates."
            )

    def _take(self, group: list[np.ndarray]) -> float:
        """One step on the gradients of a few batches, each weighted by its items; returns the sum of their losses."""
        self._optimiser.zero_grad()
        count, total = sum(len(rows) for rows in group), 0.0
        for rows in group:
            value = self._items.error(self._net, rows)
            (value * (len(rows) / count)).backward()
            total += value.item() * len(rows)
        nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self._rate.step()
        self.step += 1
        self._stepped(self.step, self._steps)
        self._curve.add(total / count, count)
        if self.step % LOG_EVERY == 0:
            self._curve.tell(self.step)
        return total

    def _note(self) -> str:
        loss = f", loss {self.losses[-1]:.3f}" if self.losses else ""
        return f"epoch {len(self.losses) + 1} of {self._schedule.epochs}{loss}"


def fine_tune(
    net: nn.Module,
    texts: States,
    inputs: Sequence[np.ndarray],
    targets: np.ndarray,
    loss: Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
    validation: np.ndarray | None = None,
    stepped: Stepped = lambda step, steps: None,
) -> list[float]:
    """Train `net(states, mask, *inputs)` on targets; returns the mean loss of each epoch that was run.

    inputs: arrays of n rows that go along with the text. targets: (n, ...). validation: rows that are not learnt
    from and whose loss goes to `log` after each epoch; None holds out a share of its own where `schedule.patience`
    asks for early stopping, and nothing otherwise. Stopping early or not, with patience the best weights stay.
    Raises Diverged where the loss is no number any more, and what `report` and `log` raise.
    """
    items = _Items(texts, [_float(values) for values in inputs], _float(targets), loss)
    learnt, held = _split(len(targets), schedule, validation)
    loop, best = _Loop(net, items, learnt, schedule, report, log, stepped), _Best(net, schedule.patience)
    net.train()
    for _ in range(schedule.epochs):
        loop.epoch()
        if len(held):
            judged = items.judged(net, held, schedule.batch)
            log("validation", loop.step, judged)
            if best.ends(judged):
                break
    best.restore()
    net.eval()
    return loop.losses


@torch.inference_mode()
def predict(net: nn.Module, texts: States, inputs: Sequence[np.ndarray], batch: int = 64) -> np.ndarray:
    """(n, ...) outputs of the net, computed in batches of like length."""
    net.eval()
    xs = [_float(values) for values in inputs]
    order = np.argsort(texts.lengths, kind="stable")
    batches = [order[first : first + batch] for first in range(0, len(order), batch)]
    out = np.concatenate([net(*texts.batch(rows), *(x[rows] for x in xs)).numpy() for rows in batches])
    return out[np.argsort(order)]


def _split(count: int, schedule: Schedule, validation: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to judge by; a generator of its own leaves the batches as they are without it."""
    if validation is None and schedule.patience:
        some = np.random.default_rng((schedule.seed, 1)).permutation(count)
        validation = some[: int(np.ceil(count * HELD_OUT))] if count > 1 else some[:0]
    held = np.array([], dtype=np.int64) if validation is None else np.sort(np.asarray(validation))
    return np.setdiff1d(np.arange(count), held), held


def _float(values: np.ndarray) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _groups(net: nn.Module, schedule: Schedule) -> list[dict[str, object]]:
    learning = [(name, weight) for name, weight in net.named_parameters() if weight.requires_grad]
    encoder = [weight for name, weight in learning if name.startswith("encoder.")]
    head = [weight for name, weight in learning if not name.startswith("encoder.")]
    return [{"params": head, "lr": schedule.learning_rate}, {"params": encoder, "lr": schedule.encoder_rate}]


def _ramp(warm_up: float, steps: int) -> Callable[[int], float]:
    first = max(1, int(warm_up * steps))
    return lambda step: min((step + 1) / first, max(0.0, (steps - step) / max(1, steps - first)))


def _shuffled(tokens: np.ndarray, rows: np.ndarray, size: int, order: np.random.Generator) -> list[np.ndarray]:
    """Batches of like length in random order; ties in length fall differently each epoch."""
    sorted_rows = rows[np.argsort(tokens[rows] + order.uniform(-2, 2, len(rows)))]
    batches = [sorted_rows[i : i + size] for i in range(0, len(rows), size)]
    return [batches[i] for i in order.permutation(len(batches))]

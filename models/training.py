"""One fine-tuning loop: batches of texts of like length, warm-up and decay, progress, cancel."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models.encoder import States
from models.settings import Schedule

__all__ = ["Progress", "fine_tune", "predict"]

Progress = Callable[[float, str], None]
"""Called with the share that is done (0 to 1) and a note; raises to cancel."""


def fine_tune(
    net: nn.Module,
    texts: States,
    inputs: Sequence[np.ndarray],
    targets: np.ndarray,
    loss: Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    report: Progress = lambda done, note: None,
) -> list[float]:
    """Train `net(states, mask, *inputs)` on targets; returns the mean loss of each epoch.

    inputs: arrays of n rows that go along with the text. targets: (n, ...). Raises what `report` raises.
    """
    order = np.random.default_rng(schedule.seed)
    steps_an_epoch = -(-len(targets) // schedule.batch)
    optimiser = torch.optim.AdamW(_groups(net, schedule), weight_decay=schedule.weight_decay)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, _ramp(schedule.warm_up, steps_an_epoch * schedule.epochs))
    xs, y = [_float(values) for values in inputs], _float(targets)
    losses: list[float] = []
    net.train()
    for epoch in range(schedule.epochs):
        seen = 0.0
        for step, rows in enumerate(_shuffled(texts, schedule.batch, order)):
            report(
                (epoch * steps_an_epoch + step) / (steps_an_epoch * schedule.epochs),
                _note(epoch, schedule, losses),
            )
            states, mask = texts.batch(rows)
            value = loss(net(states, mask, *(x[rows] for x in xs)), y[rows])
            optimiser.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            rate.step()
            seen += value.item() * len(rows)
        losses.append(seen / len(targets))
    net.eval()
    return losses


@torch.inference_mode()
def predict(net: nn.Module, texts: States, inputs: Sequence[np.ndarray], batch: int = 64) -> np.ndarray:
    """(n, ...) outputs of the net, computed in batches of like length."""
    net.eval()
    xs = [_float(values) for values in inputs]
    order = np.argsort(texts.lengths, kind="stable")
    batches = [order[first : first + batch] for first in range(0, len(order), batch)]
    out = np.concatenate([net(*texts.batch(rows), *(x[rows] for x in xs)).numpy() for rows in batches])
    return out[np.argsort(order)]


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


def _shuffled(texts: States, size: int, order: np.random.Generator) -> list[np.ndarray]:
    """Batches of like length in random order; ties in length fall differently each epoch."""
    lengths = texts.lengths + order.uniform(-2, 2, len(texts.tokens))
    rows = np.argsort(lengths)
    batches = [rows[i : i + size] for i in range(0, len(rows), size)]
    return [batches[i] for i in order.permutation(len(batches))]


def _note(epoch: int, schedule: Schedule, losses: list[float]) -> str:
    loss = f", loss {losses[-1]:.3f}" if losses else ""
    return f"epoch {epoch + 1} of {schedule.epochs}{loss}"

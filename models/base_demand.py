"""What an item's text says of how much it sells: a BERT fine-tuned on every item of the shop.

A linear probe on the frozen encoder comes first; the network starts at the probe and fine-tunes the top of the
encoder and the head together from there (Kumar et al. 2022, https://arxiv.org/abs/2202.10054). With a few
hundred to a few thousand items a network that starts from nothing memorises them; this one starts where the
probe ends. The layers below those that learn read each text once and for all.

    rate = text part + weight x price: the text is read once, whatever the price
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models import training
from models.adapters import Adapted, learnt
from models.encoder import Encoder, States, mean_pool
from models.settings import Adapter, Schedule
from models.training import Log, Progress

__all__ = ["BaseDemandNet", "Reader", "fit_reader"]

STRETCH = 5.0  # unit vectors are small next to the standardised price: the probe's penalty treats both alike
PENALTIES = np.logspace(0, 3, 7)


class BaseDemandNet(nn.Module):
    """Lower states and price of an item to its standardised log sales rate."""

    def __init__(self, layers: Adapted, weight: np.ndarray, bias: float) -> None:
        """layers: the topmost of a BERT. weight: (d + 1,) of the probe, price last."""
        super().__init__()
        self.encoder = layers
        self.out = nn.Linear(len(weight), 1)
        with torch.no_grad():
            self.out.weight.copy_(torch.tensor(weight)[None])
            self.out.bias.fill_(bias)

    def forward(self, states: Tensor, mask: Tensor, price: Tensor) -> Tensor:
        """(B, T, d) states, (B, T) mask, (B,) standardised price -> (B,) standardised log rate."""
        text = nn.functional.normalize(mean_pool(self.encoder(states, mask), mask), dim=1) * STRETCH  # (B, d)
        return self.out(torch.cat([text, price[:, None]], dim=1))[:, 0]


@dataclass(frozen=True)
class Reader:
    """A probe, and the network that was fine-tuned from it."""

    weight: np.ndarray
    """(d + 1,) of the probe."""
    bias: float
    net: BaseDemandNet | None
    """None where the encoder stays frozen: then the probe answers."""
    losses: list[float]
    """Mean squared error of each epoch, in variances of the target."""

    @property
    def price_weight(self) -> float:
        """By how much the standardised rate moves with the standardised price."""
        return float(self.weight[-1] if self.net is None else self.net.out.weight.detach()[0, -1])

    def text_part(self, vectors: np.ndarray, states: States | None) -> np.ndarray:
        """(n,) standardised log rates at the usual price, of (n, d) unit vectors or their lower states."""
        if self.net is None or states is None:
            return vectors @ self.weight[:-1] * STRETCH + self.bias
        return training.predict(self.net, states, [np.zeros(len(states.lengths))])

    def predict(self, vectors: np.ndarray, states: States | None, price: np.ndarray) -> np.ndarray:
        """(n,) standardised log rates at (n,) standardised prices."""
        return self.text_part(vectors, states) + self.price_weight * price


def fit_reader(
    encoder: Encoder,
    vectors: np.ndarray,
    states: States | None,
    price: np.ndarray,
    target: np.ndarray,
    adapter: Adapter,
    rank: int,
    schedule: Schedule,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
    start: Reader | None = None,
) -> Reader:
    """Fit the probe and, where there are lower states, fine-tune from it.

    vectors: (n, d) unit vectors. states: below the layers that are fine-tuned; None leaves the encoder frozen.
    price, target: (n,) standardised. start: a reader of the same shape whose weights to go on from instead of the
    probe's; its scales must be those of price and target. Raises what `report` and `log` raise.
    """
    from sklearn.linear_model import RidgeCV

    probe = RidgeCV(PENALTIES).fit(np.column_stack([vectors * STRETCH, price]), target)
    weight, bias = probe.coef_, float(probe.intercept_)
    if states is None:
        return Reader(weight, bias, None, [])
    torch.manual_seed(schedule.seed)
    layers = Adapted(encoder, schedule.layers, adapter, rank)
    net = BaseDemandNet(layers, weight, bias)
    if start is not None and start.net is not None:
        net.load_state_dict(learnt(start.net), strict=False)
    losses = training.fine_tune(
        net, states, [price], target, nn.functional.mse_loss, schedule, report, log, stepped=layers.stepped
    )
    return Reader(weight, bias, net, losses)

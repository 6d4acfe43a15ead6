"""What an item's text says of how much it sells: a BERT fine-tuned on every item of the shop.

A linear probe on the frozen encoder comes first; the network starts at the probe and fine-tunes the top of the
encoder and the head together from there (Kumar et al. 2022, https://arxiv.org/abs/2202.10054). With a few
hundred to a few thousand items a network that starts from nothing memorises them; this one starts where the
probe ends. Only low-rank adapters of the topmost layers learn (Hu et al. 2021, https://arxiv.org/abs/2106.09685),
so the layers below read each text once and for all.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models import training
from models.encoder import Encoder, States, mean_pool
from models.settings import Schedule
from models.training import Progress

__all__ = ["BaseDemandNet", "Reader", "adapted", "fit_reader"]

STRETCH = 5.0  # unit vectors are small next to the standardised price: the probe's penalty treats both alike
PENALTIES = np.logspace(0, 3, 7)


class BaseDemandNet(nn.Module):
    """Lower states and price of an item to its standardised log sales rate."""

    def __init__(self, layers: nn.Module, weight: np.ndarray, bias: float) -> None:
        """layers: the topmost of a BERT, see `adapted`. weight: (d + 1,) of the probe, price last."""
        super().__init__()
        self.encoder = layers
        self.out = nn.Linear(len(weight), 1)
        with torch.no_grad():
            self.out.weight.copy_(torch.tensor(weight)[None])
            self.out.bias.fill_(bias)

    def forward(self, states: Tensor, mask: Tensor, price: Tensor) -> Tensor:
        """(B, T, d) states, (B, T) mask, (B,) standardised price -> (B,) standardised log rate."""
        for layer in self.encoder:  # type: ignore[attr-defined]
            states = layer(states, attention_mask=mask[:, None, None, :])  # (B, T, d)
        text = nn.functional.normalize(mean_pool(states, mask), dim=1) * STRETCH  # (B, d)
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

    def predict(self, vectors: np.ndarray, states: States | None, price: np.ndarray) -> np.ndarray:
        """(n,) standardised log rates of (n, d) unit vectors or their lower states, and (n,) standardised prices."""
        if self.net is None or states is None:
            return _features(vectors, price) @ self.weight + self.bias
        return training.predict(self.net, states, [price])


def fit_reader(
    encoder: Encoder,
    vectors: np.ndarray,
    states: States | None,
    price: np.ndarray,
    target: np.ndarray,
    rank: int,
    schedule: Schedule,
    report: Progress = lambda done, note: None,
) -> Reader:
    """Fit the probe and, where there are lower states, fine-tune from it.

    vectors: (n, d) unit vectors. states: below the layers that are fine-tuned; None leaves the encoder frozen.
    price, target: (n,) standardised. Raises what `report` raises.
    """
    from sklearn.linear_model import RidgeCV

    probe = RidgeCV(PENALTIES).fit(_features(vectors, price), target)
    weight, bias = probe.coef_, float(probe.intercept_)
    if states is None:
        return Reader(weight, bias, None, [])
    torch.manual_seed(schedule.seed)
    net = BaseDemandNet(adapted(encoder, schedule.layers, rank), weight, bias)
    losses = training.fine_tune(net, states, [price], target, nn.functional.mse_loss, schedule, report)
    return Reader(weight, bias, net, losses)


def adapted(encoder: Encoder, layers: int, rank: int) -> nn.Module:
    """The topmost layers of the encoder with low-rank adapters on their attention; only these learn."""
    from peft import LoraConfig, inject_adapter_in_model

    top = encoder.top_layers(layers).requires_grad_(False)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=["query", "value"])
    return inject_adapter_in_model(config, top)


def _features(vectors: np.ndarray, price: np.ndarray) -> np.ndarray:
    return np.column_stack([vectors * STRETCH, price])

"""Settings of the networks; readable without loading torch."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["DEFAULT_ENCODER", "Adapter", "Schedule"]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"

Adapter = Literal["lora", "adalora", "full", "frozen"]
"""What of the encoder's top layers learns: low-rank adapters (Hu et al. 2021, https://arxiv.org/abs/2106.09685),
adapters whose ranks are shared out where they help (Zhang et al. 2023, https://arxiv.org/abs/2303.10512), every
weight, or nothing."""


@dataclass(frozen=True)
class Schedule:
    """How much of the encoder is trained, how long and how fast."""

    layers: int = 2
    """Topmost layers that are fine-tuned: on the demo shop of 600 items as good as all six, at a third of the time.
    0 leaves the encoder as it came."""
    epochs: int = 4
    """Enough from the probe's start; more memorises the items."""
    batch: int = 32
    """Items in a batch, which share one pass through the network."""
    accumulate: int = 1
    """Batches whose gradients are added up before a step: the effect of a larger batch without its memory."""
    learning_rate: float = 1e-3
    """Of the head."""
    encoder_rate: float = 2e-3
    """Of the encoder's adapters, which start from nothing; whole layers ("full") want a hundredth of it."""
    weight_decay: float = 0.01
    """Pull of the weights towards zero, share of the rate."""
    warm_up: float = 0.1
    """Share of the steps in which the rate rises; afterwards it falls to zero."""
    patience: int = 0
    """Epochs without a better loss on held-out items before training stops; 0 never stops early and holds
    nothing out."""
    seed: int = 0
    """Of every random choice: the same seed, data and machine give the same forecaster."""

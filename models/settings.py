"""Settings of the networks; readable without loading torch."""

from dataclasses import dataclass

__all__ = ["DEFAULT_ENCODER", "Schedule"]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Schedule:
    """How much of the encoder is trained, how long and how fast."""

    layers: int = 2
    """Topmost layers that are fine-tuned: on the demo shop of 600 items as good as all six, at a third of the time.
    0 leaves the encoder as it came."""
    epochs: int = 4
    """Enough from the probe's start; more memorises the items."""
    batch: int = 32
    learning_rate: float = 1e-3
    """Of the head."""
    encoder_rate: float = 2e-3
    """Of the encoder's adapters, which start from nothing."""
    weight_decay: float = 0.01
    warm_up: float = 0.1
    """Share of the steps in which the rate rises; afterwards it falls to zero."""
    seed: int = 0

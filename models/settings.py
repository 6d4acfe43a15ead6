"""Settings of the networks; readable without loading torch."""

from dataclasses import dataclass

__all__ = ["DEFAULT_ENCODER", "Schedule"]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train."""

    epochs: int = 4
    """Enough for a few hundred launches; more memorises them."""
    batch: int = 32
    learning_rate: float = 1e-3
    """Of the head, which starts from nothing."""
    encoder_rate: float = 3e-4
    """Of the encoder's adapters, which start from a good encoder."""
    weight_decay: float = 0.01
    warm_up: float = 0.1
    """Share of the steps in which the rate rises; afterwards it falls to zero."""
    seed: int = 0

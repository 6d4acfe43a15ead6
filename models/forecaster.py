"""The launch network: a BERT that reads an item's text, and a head that joins it with what its like items did.

Output: log1p units at the 10th, 50th and 90th percentile, for each week and for the sum of all weeks. The
sum is forecast on its own since quantiles do not add up. Loss: pinball (Koenker & Bassett 1978,
https://doi.org/10.2307/1913643).
"""

import torch
from torch import Tensor, nn

from models.encoder import Encoder, mean_pool

__all__ = ["QUANTILES", "LaunchNet", "lora", "pinball"]

QUANTILES = (0.1, 0.5, 0.9)


class LaunchNet(nn.Module):
    """Text and numbers of an item to quantiles of its launch curve.

    It corrects a base forecast instead of starting from nothing: a few hundred launches are too few for a
    network to learn the level of a shop as well as trees do, and enough to learn what the words add.
    """

    def __init__(self, bert: nn.Module, numbers: int, weeks: int, hidden: int = 64, dropout: float = 0.3) -> None:
        super().__init__()
        self.bert = bert
        self.weeks = weeks
        self.text = nn.Sequential(nn.Linear(_width(bert), hidden), nn.GELU(), nn.Dropout(dropout))
        self.numbers = nn.Sequential(nn.Linear(numbers, hidden), nn.GELU(), nn.Dropout(dropout))
        self.joined = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.GELU(), nn.Dropout(dropout))
        self.out = nn.Linear(hidden, (weeks + 1) * len(QUANTILES))
        nn.init.zeros_(self.out.weight)  # the first correction is that of the training launches, see `start_at`

    @torch.no_grad()
    def start_at(self, corrections: Tensor) -> None:
        """corrections: (weeks + 1, 3) quantiles of log1p units less the base, over the training launches."""
        middle = corrections[:, 1]
        below = _unsoftplus(middle - corrections[:, 0])
        above = _unsoftplus(corrections[:, 2] - middle)
        self.out.bias.copy_(torch.stack([below, middle, above], dim=1).flatten())

    def read(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, T) ids and mask -> (B, d): what the text says."""
        return mean_pool(self.bert(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    def judge(self, text: Tensor, numbers: Tensor, base: Tensor) -> Tensor:
        """(B, d) text, (B, F) standardised numbers, (B,) base in log1p units of all weeks

        -> (B, weeks + 1, 3) log1p units at QUANTILES, the sum of the weeks last.
        """
        joined = self.joined(torch.cat([self.text(text), self.numbers(numbers)], dim=1))
        below, middle, above = self.out(joined).view(-1, self.weeks + 1, len(QUANTILES)).unbind(-1)
        middle = middle + base.unsqueeze(-1)
        # Spread by softplus: the three can never cross.
        return torch.stack([middle - nn.functional.softplus(below), middle, middle + nn.functional.softplus(above)], -1)

    def forward(self, ids: Tensor, mask: Tensor, numbers: Tensor, base: Tensor) -> Tensor:
        """`judge` what was `read`."""
        return self.judge(self.read(ids, mask), numbers, base)


def lora(encoder: Encoder, rank: int = 8) -> nn.Module:
    """The pretrained BERT with low-rank adapters on attention (Hu et al. 2021, https://arxiv.org/abs/2106.09685).

    Only the adapters learn. rank 0 leaves the encoder frozen.
    """
    bert = encoder.new_model()
    bert.requires_grad_(False)
    if rank == 0:
        return bert
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=["query", "value"])
    return inject_adapter_in_model(config, bert)


def pinball(predicted: Tensor, true: Tensor) -> Tensor:
    """Pinball loss of (B, W + 1, 3) quantiles against (B, W + 1) values: half for the weeks, half for their sum."""
    quantiles = torch.tensor(QUANTILES, dtype=predicted.dtype)
    error = true.unsqueeze(-1) - predicted
    loss = torch.maximum(quantiles * error, (quantiles - 1) * error)
    return (loss[:, :-1].mean() + loss[:, -1].mean()) / 2


def _width(bert: nn.Module) -> int:
    return int(bert.config.hidden_size)  # type: ignore[union-attr,arg-type]


def _unsoftplus(value: Tensor) -> Tensor:
    return torch.log(torch.expm1(value.clamp(min=1e-2)))

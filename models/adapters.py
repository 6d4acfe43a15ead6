"""What of a BERT's topmost layers learns: low-rank adapters, adapters that share out their ranks, or every weight.

Adapters sit on the attention's queries and values (Hu et al. 2021, https://arxiv.org/abs/2106.09685); AdaLoRA takes
ranks from where they help least while it trains (Zhang et al. 2023, https://arxiv.org/abs/2303.10512; without its
penalty on factors that are not orthogonal).
"""

from typing import Any

from torch import Tensor, nn

from models.encoder import Encoder
from models.settings import Adapter
from models.training import Stepped

__all__ = ["Adapted", "learnt"]

TARGETS = ["query", "value"]
DROPOUT = 0.05


class Adapted(nn.Module):
    """The topmost layers of an encoder with something that learns in them."""

    def __init__(self, encoder: Encoder, layers: int, kind: Adapter, rank: int) -> None:
        super().__init__()
        self.layers = encoder.top_layers(layers).requires_grad_(kind == "full")
        self._allocator: Any = None
        if kind == "lora":
            self._add_lora(rank)
        elif kind == "adalora":
            self._add_adalora(rank)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, d) states from below and (B, T) mask -> (B, T, d)."""
        for layer in self.layers:
            states = layer(states, attention_mask=mask[:, None, None, :])
        return states

    @property
    def stepped(self) -> Stepped:
        """What the training calls after each step: AdaLoRA moves its ranks there."""
        return self._allocate if self._allocator is not None else lambda step, steps: None

    def _add_lora(self, rank: int) -> None:
        from peft import LoraConfig, inject_adapter_in_model

        config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=DROPOUT, target_modules=TARGETS)
        inject_adapter_in_model(config, self.layers)

    def _add_adalora(self, rank: int) -> None:
        from peft import AdaLoraConfig, AdaLoraModel

        config = AdaLoraConfig(
            init_r=rank + rank // 2,
            target_r=rank,
            total_step=10,  # the training tells how many there are at its first step
            lora_alpha=2 * rank,
            lora_dropout=DROPOUT,
            target_modules=TARGETS,
        )
        # Not an attribute of the module: it holds the layers again, which would be saved twice.
        self.__dict__["_allocator"] = AdaLoraModel(self.layers, config, "default")

    def _allocate(self, step: int, steps: int) -> None:
        config = self._allocator.peft_config["default"]
        config.total_step, config.tinit, config.tfinal, config.deltaT = steps, steps // 5, steps // 4, 1
        self._allocator.update_and_allocate(step)


def learnt(net: nn.Module) -> dict[str, Tensor]:
    """The weights of a net that were learnt: not those that any machine has with the encoder."""
    return {name: weight.detach() for name, weight in net.named_parameters() if weight.requires_grad}

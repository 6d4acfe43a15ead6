"""A BERT that reads quickly: bfloat16 where the processor multiplies it, and attention made for texts of ten tokens.

The fused attention of torch is made for long texts; on short ones most of its time goes into the softmax of rows
that are shorter than a vector register. Written out over the whole batch it takes half as long.
"""

import copy
import logging
from typing import Any, Literal

import torch
from torch import Tensor, nn

__all__ = ["Precision", "fastest", "quickened"]

log = logging.getLogger(__name__)

Precision = Literal["float32", "bfloat16"]
SHORT = "debut_short"  # name of the attention in transformers' register


def fastest() -> Precision:
    """bfloat16 where the processor multiplies it in hardware (AMX, AVX-512 BF16), else float32."""
    can = torch.cpu.get_capabilities()
    return "bfloat16" if can.get("amx_bf16") or can.get("avx512_bf16") else "float32"


def quickened(network: Any, precision: Precision, name: str) -> Any:  # noqa: ANN401  (transformers has no types)
    """A copy of a BERT for reading alone; in float32 as it came where it cannot be made quicker."""
    if precision == "float32":
        return network
    try:
        quick = copy.deepcopy(network).to(torch.bfloat16)
        _register()
        quick.set_attn_implementation(SHORT)
        _try(quick)
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        log.warning("%s is read in float32; it cannot be in %s (%s)", name, precision, error)
        return network
    return quick


@torch.inference_mode()
def _try(network: Any) -> None:  # noqa: ANN401
    ids = torch.zeros((2, 3), dtype=torch.long)
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    if not torch.isfinite(network(input_ids=ids, attention_mask=mask).last_hidden_state).all():
        raise ValueError("what it answers is not finite")


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(SHORT, _attention)
    AttentionMaskInterface.register(SHORT, eager_mask)


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **options: object,
) -> tuple[Tensor, None]:
    """(B, heads, T, d) query, key, value and an additive (B, 1, T, T) mask -> (B, T, heads, d)."""
    scores = (query * (scaling or query.shape[-1] ** -0.5)) @ key.transpose(2, 3)  # (B, heads, T, T)
    if attention_mask is not None:
        scores = scores + attention_mask[..., : key.shape[2]]
    weight = (scores - scores.amax(-1, keepdim=True)).exp_()
    mixed = (weight @ value) / weight.sum(-1, keepdim=True)
    return mixed.transpose(1, 2).contiguous(), None

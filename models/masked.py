"""Words that fit a gap: a masked-language head on the frozen encoder that knows one vocabulary only.

As in BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) a word of a text is masked and read off the state
in its place through a dense layer, GELU, a norm and a decoder tied to the encoder's own word vectors. Two things
differ, as the words to choose from are few: a gap is one mask however many pieces its word has, and a word of
several pieces is decoded by the mean of their vectors. So whole words compete with whole words, and nothing but the
vocabulary can be answered. Sentence encoders come without such a head; this one is learnt in seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.encoder import MOST_TOKENS, Encoder
from models.errors import VersionError
from models.versions import Version

__all__ = ["Gap", "Masked", "fit", "restored"]

Gap = tuple[str, str]
"""The text before and after a gap."""

BESIDE = 12  # words on each side of a gap that are read: with more the mask itself might be cut off
READ = 1024  # texts whose states are in memory at once
BATCH, EPOCHS, RATE, DECAY, DROPOUT = 128, 8, 4e-3, 0.01, 0.1
LEAST_SPREAD = 1e-3  # of a state's dimension; one that never moves says nothing


class _Head(nn.Module):
    """(B, d) states of masks to (B, V) log-odds of the vocabulary."""

    def __init__(self, decoder: Tensor) -> None:
        """decoder: (V, d) vectors of the words."""
        super().__init__()
        words, width = decoder.shape
        self.dense, self.norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.drop = nn.Dropout(DROPOUT)
        self.scale = nn.Parameter(torch.ones(()))
        self.bias = nn.Parameter(torch.zeros(words))
        self.decoder, self.centre, self.spread = (
            nn.Buffer(x) for x in (decoder, torch.zeros(width), torch.ones(width))
        )
        nn.init.eye_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)

    def forward(self, states: Tensor) -> Tensor:
        """(B, d) -> (B, V)."""
        seen = self.drop((states - self.centre) / self.spread)
        said = self.norm(nn.functional.gelu(self.dense(seen)))
        return self.drop(said) @ self.decoder.T * self.scale + self.bias


@dataclass(frozen=True)
class Masked:
    """A fitted head and its words."""

    words: list[str]
    """(V,)"""
    head: nn.Module
    losses: list[float]
    """Mean cross-entropy of each epoch, in nats."""

    @torch.inference_mode()
    def log_probabilities(self, encoder: Encoder, gaps: list[Gap]) -> np.ndarray:
        """(n, V) log of the probability of each word in each gap."""
        return torch.log_softmax(self.head(_states(encoder, gaps)), dim=1).double().numpy()

    def parts(self) -> Version:
        """What JSON and safetensors can hold of it."""
        tensors = {name: part.detach() for name, part in self.head.state_dict().items()}
        return Version({"words": self.words, "losses": self.losses}, tensors)


def fit(
    encoder: Encoder,
    gaps: list[Gap],
    answers: np.ndarray,
    words: list[str],
    seed: int = 0,
    report: Callable[[float], None] = lambda done: None,
) -> Masked:
    """Learn which of the words (V,) stood in which gap. answers: (n,) places in `words`; the same for the same seed."""
    states, truth = _states(encoder, gaps), torch.as_tensor(answers, dtype=torch.long)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = _Head(_decoder(encoder, words))
        _at_start(head, states, truth)
        losses = _learn(head, states, truth, report)
    return Masked(words, head.eval(), losses)


def restored(version: Version) -> Masked:
    """What `parts` gave. Raises VersionError where the parts do not belong together."""
    try:
        words, losses = list(version.config["words"]), list(version.config["losses"])
        head = _Head(torch.zeros_like(version.tensors["decoder"]))
        head.load_state_dict(version.tensors)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise VersionError(f"The words of the shop cannot be read ({error})") from error
    if len(words) != len(head.bias):
        raise VersionError("The words of the shop do not fit their weights")
    return Masked(words, head.eval(), losses)


def _at_start(head: _Head, states: Tensor, truth: Tensor) -> None:
    """Before it has learnt anything the head answers how common a word is."""
    with torch.no_grad():
        count = torch.bincount(truth, minlength=len(head.bias)) + 0.1
        head.bias.copy_(torch.log(count / count.sum()))
        head.centre.copy_(states.mean(0))
        head.spread.copy_(states.std(0, correction=0).clamp(min=LEAST_SPREAD))


def _learn(head: _Head, states: Tensor, truth: Tensor, report: Callable[[float], None]) -> list[float]:
    steps = EPOCHS * -(-len(truth) // BATCH)
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    losses = []
    for epoch in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(truth)).split(BATCH):
            loss = nn.functional.cross_entropy(head(states[rows]), truth[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rates.step()
            total += loss.item() * len(rows)
        losses.append(total / len(truth))
        report((epoch + 1) / EPOCHS)
    return losses


def _decoder(encoder: Encoder, words: list[str]) -> Tensor:
    """(V, d) unit vectors: the mean of the word vectors of a word's pieces."""
    table = encoder.model.embeddings.word_embeddings.weight.detach()
    pieces = encoder.tokenizer(words, add_special_tokens=False)["input_ids"]
    means = [table[ids].mean(0) if ids else torch.zeros(table.shape[1]) for ids in pieces]
    return nn.functional.normalize(torch.stack(means), dim=1)


def _states(encoder: Encoder, gaps: list[Gap]) -> Tensor:
    """(n, d) states of the encoder's last layer in the place of each gap."""
    mask = encoder.tokenizer.mask_token
    texts = [_around(before, after, mask) for before, after in gaps]
    parts = []
    for first in range(0, len(texts), READ):
        some = texts[first : first + READ]
        ids = encoder.tokenizer(some, truncation=True, max_length=MOST_TOKENS)["input_ids"]
        states = encoder.states(some, below=0).tokens
        # Where a mask was cut off, the text's first token stands in.
        at = [
            row.index(encoder.tokenizer.mask_token_id) if encoder.tokenizer.mask_token_id in row else 0 for row in ids
        ]
        parts.append(torch.stack([one[place] for one, place in zip(states, at, strict=True)]))
    return torch.cat(parts) if parts else torch.zeros((0, int(encoder.model.config.hidden_size)))


def _around(before: str, after: str, mask: str) -> str:
    """The words beside a gap, with the mask in it; a mask that somebody typed is none."""
    left, right = (text.replace(mask, " ") for text in (before, after))
    near, far = " ".join(left.split()[-BESIDE:]), " ".join(right.split()[:BESIDE])
    joint = "" if right[:1] in ",.;:!?)'’" else " "  # a comma stays at its word
    return f"{near} {mask}{joint}{far}".strip()

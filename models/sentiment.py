"""What a review says of how pleased its writer was: a BERT fine-tuned on ratings and recommendations, and a bag of
words beside it.

    text -> BERT -> P(more than 1, 2, 3, 4 stars), P(recommended)      stars = 1 + the sum of the four
                    log odds of recommended: the mean of BERT's and the bag's

Stars are ordered, so each threshold has its own answer (Frank & Hall 2001, https://doi.org/10.1007/3-540-44795-4_13).
Labels that a review lacks are masked. Titles and single sentences are learnt from, too, so that short reviews are
understood; they count for less, as a piece need not say what the whole says.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models import adapters, bag_of_words, snippets, training
from models.bag_of_words import BagOfWords
from models.encoder import Encoder, States, mean_pool
from models.errors import VersionError
from models.settings import Schedule
from models.stars import THRESHOLDS, Labels
from models.training import Log, Progress
from models.versions import Version

__all__ = ["SCHEDULE", "Opinions", "Reader", "SentimentNet", "fit"]

LONGEST = 128  # tokens of a review; reviews of 110 words have about 130
COARSE = 16  # tokens: the length of a batch is a multiple of it
PIECE = 0.5  # what a piece of a review counts for
BERT_SHARE = 0.7  # of the log odds; on items and goods that were not learnt from .5 to .8 do about equally well
DROPOUT = 0.1  # before the answers; inside the BERT it would take a third of the time, and few passes do not overfit
SCHEDULE = Schedule(layers=3, epochs=1, batch=32, learning_rate=1e-3, encoder_rate=1e-4)


@dataclass(frozen=True)
class Opinions:
    """What was read out of texts."""

    stars: np.ndarray
    """(n,) expected stars, 1 to 5."""
    recommended: np.ndarray
    """(n,) probability that the writer recommends it."""


class SentimentNet(nn.Module):
    """Token ids of a text to five log odds: more than 1, 2, 3, 4 stars, recommended."""

    def __init__(self, encoder: Encoder, layers: int) -> None:
        """layers: the topmost of the BERT that learn, the others stay as they are."""
        super().__init__()
        self.encoder: Any = copy.deepcopy(encoder.model)
        self.encoder.pooler = None
        self.encoder.requires_grad_(False)
        for layer in list(self.encoder.encoder.layer)[-layers:] if layers else []:
            layer.requires_grad_(True)
        # In bfloat16 attention written out is twice as quick as the fused one, also backwards.
        self._quick = encoder.precision == "bfloat16"
        self.encoder.set_attn_implementation("eager" if self._quick else "sdpa")
        self.drop = nn.Dropout(DROPOUT)
        self.out = nn.Linear(3 * int(self.encoder.config.hidden_size), len(THRESHOLDS) + 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def train(self, mode: bool = True) -> "SentimentNet":
        """Training mode, without the BERT's own dropout."""
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, T) ids and mask -> (B, 5) log odds."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._quick):
            hidden = self.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        hidden = hidden.float()  # (B, T, d)
        loudest = hidden.masked_fill(~mask.bool().unsqueeze(-1), -1e4).amax(1)
        return self.out(self.drop(torch.cat([hidden[:, 0], mean_pool(hidden, mask), loudest], dim=1)))


@dataclass(frozen=True)
class Reader:
    """A fitted reader of reviews."""

    net: SentimentNet
    bag: BagOfWords
    layers: int
    losses: list[float]

    def read(
        self, encoder: Encoder, texts: Sequence[str], report: Progress = lambda done, note: None, at_once: int = 2048
    ) -> Opinions:
        """What texts say. encoder: its tokenizer is used. Raises what `report` raises."""
        texts, parts = list(texts), []
        for first in range(0, len(texts), at_once):
            report(first / len(texts), f"reading {first:,} of {len(texts):,} texts")
            parts.append(training.predict(self.net, _words(encoder, texts[first : first + at_once]), []))
        odds = np.concatenate(parts) if parts else np.zeros((0, len(THRESHOLDS) + 1))
        told = BERT_SHARE * odds[:, -1] + (1 - BERT_SHARE) * self.bag.logit(texts) if texts else np.zeros(0)
        return Opinions(1 + _sigmoid(odds[:, :-1]).sum(1), _sigmoid(told))

    def version(self) -> Version:
        """Its parts: of the BERT only what was learnt, in half precision."""
        tensors = {f"net.{name}": weight.half() for name, weight in adapters.learnt(self.net).items()}
        tensors |= {"bag.weight": torch.tensor(self.bag.weight), "bag.rarity": torch.tensor(self.bag.rarity)}
        return Version({"layers": self.layers, "bias": self.bag.bias, "losses": self.losses}, tensors)

    @classmethod
    def restored(cls, version: Version, encoder: Encoder) -> "Reader":
        """The reader of a version. Raises VersionError where its parts are not those of a reader of this encoder."""
        config, tensors = version.config, version.tensors
        try:
            net = SentimentNet(encoder, int(config["layers"]))
            weights = {name[4:]: weight.float() for name, weight in tensors.items() if name.startswith("net.")}
            missing = set(adapters.learnt(net)) ^ set(weights)
            if missing:
                raise VersionError(f"it has not the weights of this encoder ({min(missing)})")
            net.load_state_dict(weights, strict=False)
            bag = BagOfWords(tensors["bag.weight"].numpy(), tensors["bag.rarity"].numpy(), float(config["bias"]))
            layers, losses = int(config["layers"]), list(config["losses"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise VersionError(f"the parts are not those of a reader of reviews ({error})") from error
        return cls(net.eval(), bag, layers, losses)


def fit(
    encoder: Encoder,
    titles: list[str],
    bodies: list[str],
    labels: Labels,
    schedule: Schedule = SCHEDULE,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
) -> Reader:
    """Fine-tune on reviews: n titles and bodies, '' for none.

    Both answers to "recommended" must occur. Raises Diverged, and what `report` and `log` raise.
    """
    torch.manual_seed(schedule.seed)
    short, rows = snippets.pieces(titles, bodies, np.random.default_rng(schedule.seed))
    whole = [snippets.joined(*both) for both in zip(titles, bodies, strict=True)]
    every = [*whole, *short]
    known = labels.of(np.concatenate([np.arange(len(whole)), rows]))
    counts = np.repeat([1.0, PIECE], [len(whole), len(short)])
    told = ~np.isnan(known.positive)
    report(0.0, "learning words")
    some = [text for text, one in zip(every, told, strict=True) if one]
    bag = bag_of_words.fit(some, known.positive[told], counts[told])
    net = SentimentNet(encoder, schedule.layers)
    targets = np.column_stack([known.targets, counts])
    losses = training.fine_tune(net, _words(encoder, every), [], targets, _loss, schedule, report, log)
    return Reader(net, bag, schedule.layers, losses)


def _loss(odds: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of what is known. targets: (B, 6), the last what the row counts for."""
    answers, share = targets[:, :-1], targets[:, -1:]
    known = ~torch.isnan(answers)
    each = nn.functional.binary_cross_entropy_with_logits(odds, answers.nan_to_num(), reduction="none")
    return (each * known * share).sum() / known.sum().clamp(min=1)


@dataclass(frozen=True)
class _Words(States):
    """Token ids of each text, as the training loop takes states; padded with 0, which is BERT's [PAD]."""

    def batch(self, rows: Iterable[int]) -> tuple[Tensor, Tensor]:
        """(B, T) ids and mask, T rounded up: memory that was used once fits again, and half of it is enough."""
        ids, mask = super().batch(rows)
        lacking = -ids.shape[1] % COARSE
        return nn.functional.pad(ids, (0, lacking)), nn.functional.pad(mask, (0, lacking))


def _words(encoder: Encoder, texts: list[str]) -> _Words:
    rows = encoder.tokenizer(texts, truncation=True, max_length=LONGEST)["input_ids"] if texts else []
    return _Words([torch.tensor(row) for row in rows])


def _sigmoid(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))

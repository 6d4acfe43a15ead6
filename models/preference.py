"""The preference network: how much each customer is drawn to a new item, beside all other customers.

    logit_ij = theta log S_ij + u_i . P x_j + a_i
    S_ij     = sum over what i did of alpha(group) exp(beta cos(A e, A x_j) + sum over m of gamma_m nearness_m(e, x_j))

S is the memory: everything a customer did in a year speaks for an item as loudly as it is near to it, by the text
(in a metric A that is learnt as a low-rank change of the encoder's vectors), by code, price, words and by who buys
both; groups of events count as much as they have proved to. With alpha 1, beta 8 and no more than the text it is the
untrained rule; training starts close to that, with a little of the other nearness. u and a come from a Transformer
over the latest events in their order (kind, age, item or query) and the customer's habits.

Trained on past launches against all other customers: the loss is the softmax over customers of one item
(InfoNCE; van den Oord et al. 2018, https://arxiv.org/abs/1807.03748), so that how well an item sells does not
enter; that is added by the calibration.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn

from models.training import Log, Progress

__all__ = ["Deeds", "Moment", "PreferenceNet", "Recipe", "Shape", "encoded", "fit", "relative", "taste"]

FLOOR = 1e-4  # of the memory: who did nothing is drawn to nothing
MASKED = -1e9
BLOCK = 4096  # customers at once
STARTS = (0.4, 0.4, 0.9, 1.3, 1.0, 0.5)  # of gamma, in the order of core.preference.nearness.NEARNESS
SHARPNESS = 7.0


@dataclass(frozen=True)
class Deeds:
    """What each customer did: rows of different lengths, one after the other."""

    first: np.ndarray
    """(n + 1,) where the deeds of each customer begin; the last is where they end."""
    source: np.ndarray
    """(e,) int64: an item, or what was searched for."""
    group: np.ndarray
    """(e,) int64: deeds of a group count alike."""

    def of(self, rows: np.ndarray) -> "Deeds":
        """The deeds of some customers."""
        lengths = np.diff(self.first)[rows]
        first = np.concatenate([[0], np.cumsum(lengths)])
        at = np.arange(first[-1]) + np.repeat(self.first[rows] - first[:-1], lengths)
        return Deeds(first, self.source[at], self.group[at])

    def matrix(self, counts: np.ndarray, sources: int) -> sparse.csr_matrix:
        """(n, sources) float32 in which each deed is what its group counts."""
        shape = (len(self.first) - 1, sources)
        return sparse.csr_matrix((counts[self.group].astype(np.float32), self.source, self.first), shape)


@dataclass(frozen=True)
class Moment:
    """Customers on a day, and items to be judged by them. n customers, s sources, m items."""

    deeds: Deeds
    latest: np.ndarray
    """(n, L) source of the latest events; -1 for none."""
    kinds: np.ndarray
    """(n, L) what kind of event."""
    ages: np.ndarray
    """(n, L) log1p days ago."""
    habits: np.ndarray
    """(n, h)."""
    sources: np.ndarray
    """(s, d) unit vectors."""
    items: np.ndarray
    """(m, d) unit vectors."""
    own: np.ndarray
    """(m,) the source that is the item itself and must not speak for it; -1 for none."""
    nearness: np.ndarray
    """(k, s, m)."""
    bought: sparse.csr_matrix | None = None
    """(n, m) 1 where a customer bought; None where that is asked for."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    groups: int
    kinds: int
    habits: int
    nearness: int
    vectors: int
    rank: int = 8
    """Of the change of the metric: more memorises the items."""
    width: int = 32
    heads: int = 4
    layers: int = 1
    dropout: float = 0.2


@dataclass(frozen=True)
class Recipe:
    """How it is trained."""

    steps: int = 270
    """Each on one moment, of which all have their turn."""
    customers: int = 768
    """Of a moment in one step: half of them bought one of its items."""
    rate: float = 2e-3
    scalar_rate: float = 0.06
    """Of the few numbers that say how much a group or a nearness counts."""
    deep_rate: float = 5e-4
    """Of the Transformer, which memorises sooner than the rest."""
    decay: float = 0.05
    seed: int = 0


class PreferenceNet(nn.Module):
    """See the module."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.down = nn.Linear(shape.vectors, shape.rank, bias=False)
        self.up = nn.Linear(shape.rank, shape.vectors, bias=False)
        nn.init.zeros_(self.up.weight)
        self.log_beta = nn.Parameter(torch.tensor(math.log(SHARPNESS)))
        start = torch.tensor([STARTS[at] if at < len(STARTS) else 0.5 for at in range(shape.nearness)])
        self.gamma = nn.Parameter(_softplus_inverse(start))
        self.alpha = nn.Parameter(_softplus_inverse(torch.ones(shape.groups)))
        self.theta = nn.Parameter(torch.tensor(1.0))
        self.centre = nn.Buffer(torch.zeros(shape.habits))
        self.scale = nn.Buffer(torch.ones(shape.habits))
        last = nn.Linear(32, 1)
        nn.init.zeros_(last.weight)
        self.custom = nn.Sequential(nn.Linear(shape.habits, 32), nn.GELU(), last)
        self.deep = _Deep(shape)

    def metric(self, vectors: Tensor) -> Tensor:
        """(k, d) unit vectors to where near means bought by the same people."""
        return nn.functional.normalize(vectors + self.up(self.down(vectors)), dim=1)

    def kernel(self, sources: Tensor, items: Tensor, nearness: Tensor, own: Tensor) -> Tensor:
        """(s, m) how loudly a source speaks for an item."""
        cosine = self.metric(sources) @ self.metric(items).T
        other = torch.einsum("k,ksm->sm", nn.functional.softplus(self.gamma), nearness)
        loud = torch.exp(self.log_beta.exp() * (cosine - 1) + other)
        mine = torch.nonzero(own >= 0)[:, 0]
        if not len(mine):
            return loud
        silent = torch.ones_like(loud)
        silent[own[mine], mine] = 0
        return loud * silent

    def habit(self, habits: Tensor) -> Tensor:
        """(B, h) standardised."""
        return ((habits - self.centre) / self.scale).clamp(-4, 4)

    def wide(self, heard: Tensor, habits: Tensor) -> Tensor:
        """(B, m) sums of the memory and (B, h) standardised habits -> (B, m)."""
        return self.theta * torch.log(heard + FLOOR) + self.custom(habits)

    def counts(self) -> Tensor:
        """(groups,) how much an event of each counts."""
        return nn.functional.softplus(self.alpha)


class _Deep(nn.Module):
    """The latest events of a customer, in their order, to a taste."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.read = nn.Linear(shape.vectors, width, bias=False)
        self.kind = nn.Embedding(shape.kinds, width)
        self.age = nn.Linear(1, width)
        self.habits = nn.Linear(shape.habits, width)
        layer = nn.TransformerEncoderLayer(
            width, shape.heads, 2 * width, shape.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.events = nn.TransformerEncoder(layer, shape.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(shape.dropout)
        self.taste = nn.Linear(width, width)
        self.item = nn.Linear(shape.vectors, width, bias=False)
        self.ready = nn.Linear(width, 1)
        for last in (self.taste, self.ready):  # at the start it says nothing
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(
        self, read: Tensor, latest: Tensor, kinds: Tensor, ages: Tensor, habits: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(s, width) sources as `read` gives them, (B, L) events, (B, h) habits -> (B, width) taste, (B, 1) readiness.

        The habits stand before the events as a first token, so that nobody's sequence is empty.
        """
        events = read[latest.clamp(min=0)] + self.kind(kinds) + self.age(ages[..., None])
        tokens = torch.cat([self.habits(habits)[:, None], events], dim=1)
        nothing = torch.cat([torch.zeros(len(latest), 1, dtype=torch.bool), latest < 0], dim=1)
        state = self.norm(self.events(self.drop(tokens), src_key_padding_mask=nothing)[:, 0])
        return self.taste(state), self.ready(state)


def fit(
    moments: list[Moment],
    shape: Shape,
    recipe: Recipe,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
) -> PreferenceNet:
    """Train on moments whose purchases are known. Raises what `report` raises."""
    torch.manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    net = PreferenceNet(shape)
    habits = np.concatenate([moment.habits for moment in moments])
    net.centre.copy_(torch.tensor(habits.mean(0)))
    net.scale.copy_(torch.tensor(habits.std(0) + 1e-3))
    optimiser = torch.optim.AdamW(_rates(net, recipe), weight_decay=recipe.decay)
    rates = [group["lr"] for group in optimiser.param_groups]
    ramp = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=recipe.steps + 1, pct_start=0.15)
    net.train()
    for step in range(recipe.steps):
        if step % len(moments) == 0:
            order = random.permutation(len(moments))
        report(step / recipe.steps, f"step {step + 1} of {recipe.steps}")
        loss = _loss(net, moments[order[step % len(moments)]], recipe.customers, random)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        ramp.step()
        log("loss", step + 1, loss.item())
    return net.eval()


def _rates(net: PreferenceNet, recipe: Recipe) -> list[dict[str, object]]:
    scalars = [net.log_beta, net.gamma, net.alpha, net.theta]
    deep = list(net.deep.parameters())
    apart = {id(weight) for weight in (*scalars, *deep)}
    rest = [weight for weight in net.parameters() if id(weight) not in apart]
    return [
        {"params": rest, "lr": recipe.rate},
        {"params": deep, "lr": recipe.deep_rate},
        {"params": scalars, "lr": recipe.scalar_rate, "weight_decay": 0.0},
    ]


def _loss(net: PreferenceNet, moment: Moment, customers: int, random: np.random.Generator) -> Tensor:
    """Minus the mean log probability of the buyers among the customers that were drawn."""
    assert moment.bought is not None
    rows, weight = _drawn(moment, customers, random)
    bought = torch.tensor(moment.bought[rows].toarray(), dtype=torch.float32)
    sources, items = torch.tensor(moment.sources), torch.tensor(moment.items)
    kernel = net.kernel(sources, items, torch.tensor(moment.nearness), torch.tensor(moment.own))
    deeds = moment.deeds.of(rows)
    heard = nn.functional.embedding_bag(
        torch.tensor(deeds.source),
        kernel,
        torch.tensor(deeds.first[:-1]),
        mode="sum",
        per_sample_weights=net.counts()[torch.tensor(deeds.group)],
    )
    habits = net.habit(torch.tensor(moment.habits[rows]))
    taste, ready = net.deep(net.deep.read(sources), *_events(moment, rows), habits)
    logit = net.wide(heard, habits) + taste @ net.deep.item(items).T + ready
    told = logit - torch.logsumexp(logit + torch.tensor(np.log(weight), dtype=torch.float32)[:, None], dim=0)
    return -(told * bought).sum() / bought.sum().clamp(min=1)


def _drawn(moment: Moment, customers: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(k,) rows, half of them buyers of some item, and (k,) how many customers each stands for."""
    assert moment.bought is not None
    buyer = np.asarray(moment.bought.sum(1)).ravel() > 0
    rows, weights = [], []
    for some in (np.flatnonzero(buyer), np.flatnonzero(~buyer)):
        drawn = random.choice(some, min(len(some), customers // 2), replace=False)
        rows.append(drawn)
        weights.append(np.full(len(drawn), len(some) / max(len(drawn), 1)))
    return np.concatenate(rows), np.concatenate(weights)


def _events(moment: Moment, rows: np.ndarray | slice) -> tuple[Tensor, Tensor, Tensor]:
    latest, kinds = (torch.tensor(values[rows].astype(np.int64)) for values in (moment.latest, moment.kinds))
    return latest, kinds, torch.tensor(moment.ages[rows])


@torch.inference_mode()
def taste(net: PreferenceNet, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """The customers as the net sees them, whatever they are asked: (n, width + 1) taste, whose last column is their
    readiness, and (n,) what their habits say."""
    read = net.deep.read(torch.tensor(moment.sources))
    tastes, habits = [], []
    for block in _blocks(len(moment.habits)):
        habit = net.habit(torch.tensor(moment.habits[block]))
        told, ready = net.deep(read, *_events(moment, block), habit)
        tastes.append(torch.cat([told, ready], dim=1).numpy())
        habits.append(net.custom(habit)[:, 0].numpy())
    return np.concatenate(tastes), np.concatenate(habits)


@torch.inference_mode()
def encoded(net: PreferenceNet, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """The items as the net sees them: (s, m) kernel and (width + 1, m), whose last row is 1."""
    sources, items = torch.tensor(moment.sources), torch.tensor(moment.items)
    kernel = net.kernel(sources, items, torch.tensor(moment.nearness), torch.tensor(moment.own)).numpy()
    deep = net.deep.item(items).T.numpy()
    return kernel, np.concatenate([deep, np.ones((1, deep.shape[1]), np.float32)])


def relative(net: PreferenceNet, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) float32 of the memory and habits, and of the Transformer; each has a constant of its own for an item."""
    tastes, habits = taste(net, moment)
    kernel, deep = encoded(net, moment)
    counts = net.counts().detach().numpy()
    heard = np.asarray(moment.deeds.matrix(counts, len(moment.sources)) @ kernel)
    return net.theta.item() * np.log(heard + FLOOR) + habits[:, None], tastes @ deep


def _blocks(count: int) -> Iterator[slice]:
    return (slice(first, first + BLOCK) for first in range(0, count, BLOCK))


def _softplus_inverse(values: Tensor) -> Tensor:
    return torch.log(torch.expm1(values))

"""The fine-tuning loop: it learns, adds up gradients, stops in time, keeps the best, tells its curves, cancels."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import training
from models.encoder import States
from models.errors import Diverged
from models.settings import Schedule

ITEMS, WIDTH = 96, 4
LOSS = nn.functional.mse_loss
QUICK = Schedule(epochs=3, batch=16, learning_rate=0.05, encoder_rate=0.05)


class Net(nn.Module):
    """The mean of the states and a number beside them, to a number."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Linear(WIDTH, WIDTH)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Linear(WIDTH + 1, 1)

    def forward(self, states: Tensor, mask: Tensor, number: Tensor) -> Tensor:
        weight = mask[..., None].float()
        mean = self.drop((self.encoder(states) * weight).sum(1) / weight.sum(1))
        return self.out(torch.cat([mean, number[:, None]], dim=1))[:, 0]


@pytest.fixture(scope="module")
def texts() -> States:
    random = np.random.default_rng(0)
    return States([torch.tensor(random.normal(size=(random.integers(2, 9), WIDTH))).float() for _ in range(ITEMS)])


@pytest.fixture(scope="module")
def number() -> np.ndarray:
    return np.random.default_rng(1).normal(size=ITEMS)


@pytest.fixture(scope="module")
def target(texts: States, number: np.ndarray) -> np.ndarray:
    means = np.array([float(states.mean(0)[0]) for states in texts.tokens])
    return means + 0.5 * number


def weights(net: nn.Module) -> np.ndarray:
    return torch.cat([weight.detach().ravel() for weight in net.parameters()]).numpy()


def trained(texts: States, number: np.ndarray, target: np.ndarray, schedule: Schedule = QUICK, **options) -> Net:
    net = Net()
    training.fine_tune(net, texts, [number], target, LOSS, schedule, **options)
    return net


def test_it_learns_what_can_be_learnt(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    net = Net()
    losses = training.fine_tune(net, texts, [number], target, LOSS, replace(QUICK, epochs=20))
    assert len(losses) == 20
    assert losses[-1] < 0.05 * losses[0]
    got = training.predict(net, texts, [number])
    assert np.corrcoef(got, target)[0, 1] > 0.95
    assert not net.training


def test_the_same_seed_gives_the_same_weights(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    first, again = trained(texts, number, target), trained(texts, number, target)
    other = trained(texts, number, target, replace(QUICK, seed=1))
    np.testing.assert_array_equal(weights(first), weights(again))
    assert np.abs(weights(first) - weights(other)).max() > 1e-6


def test_gradients_of_small_batches_add_up_to_those_of_a_large_one(
    texts: States, number: np.ndarray, target: np.ndarray
) -> None:
    steps: list[tuple[int, int]] = []
    large = trained(texts, number, target, replace(QUICK, epochs=2, batch=ITEMS))
    small = replace(QUICK, epochs=2, batch=20, accumulate=5)  # the last batch is a smaller one
    added = trained(texts, number, target, small, stepped=lambda step, of: steps.append((step, of)))
    np.testing.assert_allclose(weights(added), weights(large), atol=1e-5)
    assert steps == [(1, 2), (2, 2)]


def test_held_out_items_are_judged_and_not_learnt_from(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    held = np.arange(0, ITEMS, 4)
    spoilt = target.copy()
    spoilt[held] = 1e3
    curves: list[tuple[str, int, float]] = []
    told = trained(texts, number, target, validation=held, log=lambda *point: curves.append(point))
    np.testing.assert_array_equal(weights(told), weights(trained(texts, number, spoilt, validation=held)))
    judged = [value for name, _, value in curves if name == "validation"]
    assert len(judged) == QUICK.epochs
    got = training.predict(told, texts.of(held), [number[held]])
    assert judged[-1] == pytest.approx(((got - target[held]) ** 2).mean(), rel=1e-4)


def test_it_stops_early_and_keeps_the_best_weights(texts: States, number: np.ndarray) -> None:
    noise = np.random.default_rng(2).normal(size=ITEMS)  # nothing can be learnt, so that it only gets worse
    held, curves = np.arange(0, ITEMS, 3), []
    patient = replace(QUICK, epochs=60, patience=3, learning_rate=0.3, encoder_rate=0.3)
    net = trained(texts, number, noise, patient, validation=held, log=lambda *point: curves.append(point))
    judged = [value for name, _, value in curves if name == "validation"]
    assert len(judged) < 60
    assert len(judged) == int(np.argmin(judged)) + 1 + 3
    got = training.predict(net, texts.of(held), [number[held]])
    assert ((got - noise[held]) ** 2).mean() == pytest.approx(min(judged), rel=1e-4)


def test_patience_alone_holds_a_tenth_out(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    seen: list[int] = []

    def loss(answer: Tensor, right: Tensor) -> Tensor:
        seen.append(len(right) if answer.requires_grad else 0)
        return LOSS(answer, right)

    training.fine_tune(Net(), texts, [number], target, loss, replace(QUICK, epochs=1, patience=2))
    assert sum(seen) == ITEMS - 10
    seen.clear()
    training.fine_tune(Net(), texts, [number], target, loss, replace(QUICK, epochs=1))
    assert sum(seen) == ITEMS


def test_the_curve_of_losses_is_told_as_it_goes(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    points: list[tuple[str, int, float]] = []
    net = Net()
    schedule = replace(QUICK, epochs=2, batch=4)
    losses = training.fine_tune(net, texts, [number], target, LOSS, schedule, log=lambda *point: points.append(point))
    assert [(name, step) for name, step, _ in points] == [("loss", step) for step in (10, 20, 24, 30, 40, 48)]
    whole = [np.average([value for *_, value in points[at : at + 3]], weights=[10, 10, 4]) for at in (0, 3)]
    assert whole[0] == pytest.approx(losses[0], rel=1e-5)
    assert points[-1][2] < points[0][2]


@pytest.mark.parametrize("through", ["report", "log"])
def test_whoever_is_told_can_cancel(texts: States, number: np.ndarray, target: np.ndarray, through: str) -> None:
    class Cancelled(Exception):
        pass

    def cancel(*arguments: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        trained(texts, number, target, **{through: cancel})


def test_a_loss_that_is_no_number_ends_it_in_words(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    with pytest.raises(Diverged, match="in epoch 1: its loss grew beyond every number"):
        trained(texts, number, np.where(np.arange(ITEMS) == 3, np.inf, target))


def test_progress_rises_and_names_the_epoch(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    told: list[tuple[float, str]] = []
    trained(texts, number, target, report=lambda done, note: told.append((done, note)))
    shares = [done for done, _ in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
    assert (told[0][1][:12], told[-1][1][:12]) == ("epoch 1 of 3", "epoch 3 of 3")
    assert "loss" in told[-1][1]


def test_gradients_are_there_when_a_step_is_told(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    net, there = Net(), []
    training.fine_tune(net, texts, [number], target, LOSS, QUICK, stepped=lambda *_: there.append(net.out.weight.grad))
    assert len(there) == 18
    assert all(gradient is not None for gradient in there)


def test_frozen_weights_stay(texts: States, number: np.ndarray, target: np.ndarray) -> None:
    net = Net()
    net.encoder.requires_grad_(False)
    before = net.encoder.weight.clone()
    training.fine_tune(net, texts, [number], target, LOSS, replace(QUICK, patience=1))
    assert torch.equal(net.encoder.weight, before)


def test_predictions_come_in_the_order_of_the_texts(texts: States, number: np.ndarray) -> None:
    net = Net(dropout=0.5)
    together = training.predict(net, texts, [number], batch=7)
    alone = [training.predict(net, texts.of([row]), [number[[row]]])[0] for row in range(ITEMS)]
    np.testing.assert_allclose(together, alone, atol=1e-6)

"""Settings: what makes sense, what an older Debut has written, and how they are told."""

from dataclasses import asdict, fields, replace

import pytest

from core.errors import DebutError
from core.settings import EFFORTS, LIMITS, WORDS, Settings, flat, same_recipe, told, usual_rate
from models.settings import Schedule


def test_they_survive_json() -> None:
    for chosen in EFFORTS.values():
        assert Settings.from_dict(asdict(chosen)) == chosen


def test_what_an_older_debut_has_written_has_defaults() -> None:
    old = {"weeks": 6, "encoder": "a", "rank": 4, "threads": 1, "schedule": {"layers": 3, "epochs": 2, "seed": 7}}
    got = Settings.from_dict(old)
    assert (got.weeks, got.adapter, got.schedule.layers, got.schedule.accumulate, got.schedule.patience) == (
        *(6, "lora", 3),
        *(1, 0),
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"weeks": 27}, "weeks is 27; it must be a whole number from 1 to 26"),
        ({"weeks": 8.0}, "weeks is 8.0"),
        ({"rank": 0}, "rank is 0"),
        ({"rank": True}, "rank is True"),
        ({"encoder": " "}, "encoder is empty"),
        ({"adapter": "qlora"}, "adapter is 'qlora'; allowed are lora, adalora, full, frozen"),
        ({"schedule": {"epochs": 0}}, "epochs is 0; it must be a whole number from 1 to 100"),
        ({"schedule": {"learning_rate": float("nan")}}, "learning_rate is nan; it must be a number from"),
        ({"schedule": {"learning_rate": "fast"}}, "learning_rate is 'fast'"),
        ({"schedule": {"warm_up": -0.1}}, "warm_up is -0.1"),
        ({"schedule": {"seed": 2**31}}, "seed is 2147483648"),
        ({"depth": 3}, "depth, which this Debut does not know"),
        ({"schedule": {"depth": 3}}, "depth, which this Debut does not know"),
        ({"schedule": 3}, "no names with values"),
        ([], "no names with values"),
    ],
)
def test_nonsense_is_refused_with_what_is_allowed(values: dict, words: str) -> None:
    with pytest.raises(DebutError, match=words):
        Settings.from_dict(values)


def test_every_number_has_limits_and_words() -> None:
    numbers = {one.name for kind in (Settings, Schedule) for one in fields(kind) if one.type in (int, float)}
    assert numbers == set(LIMITS)
    assert flat(asdict(Settings())).keys() - {"threads"} == set(WORDS)


def test_a_frozen_encoder_has_no_layers_that_learn() -> None:
    assert Settings(adapter="frozen", schedule=Schedule(layers=2)).schedule.layers == 0


def test_threads_do_not_make_another_recipe() -> None:
    assert Settings(threads=2).recipe == Settings(threads=1).recipe
    assert Settings(rank=2).recipe != Settings(rank=4).recipe
    assert same_recipe(asdict(Settings(threads=2)), {})
    assert not same_recipe({"rank": 2}, {})
    assert not same_recipe({"depth": 3}, {"depth": 3})  # of another Debut: nobody knows what it did


def test_they_are_told_by_what_is_unusual() -> None:
    assert told(asdict(Settings())) == "standard"
    unusual = replace(Settings(), rank=4, schedule=Schedule(epochs=7, encoder_rate=0.00012345))
    assert told(asdict(unusual)) == "rank 4, epochs 7, encoder rate 0.00012"


def test_whole_layers_begin_with_smaller_steps() -> None:
    assert usual_rate("full") < usual_rate("lora") == usual_rate("adalora")

"""Words that set a group apart: clear ones first, none where it is like the rest, titles of any kind."""

import numpy as np
import pytest

from core.audience.words import vocabulary

TITLES = ["Red fox mug", "Red fox lantern", "Blue boat mug", "Blue boats ahoy", "Red plain mug"]


def test_words_of_what_a_group_buys_come_first() -> None:
    found = vocabulary(TITLES).distinctive(np.array([90, 80, 2, 1, 5.0]), np.array([100, 100, 100, 100, 100.0]), 3)
    assert found[0] == "fox"
    assert not {"boat", "ahoy", "blue"} & set(found)


def test_a_group_like_the_rest_has_none() -> None:
    everybody = np.array([100, 100, 100, 100, 100.0])
    assert vocabulary(TITLES).distinctive(everybody / 2, everybody, 5) == []


def test_a_word_and_its_plural_are_one() -> None:
    found = vocabulary(TITLES).distinctive(np.array([0, 0, 90, 90, 0.0]), np.full(5, 100.0), 5)
    assert sum(word.startswith("boat") for word in found) == 1


@pytest.mark.parametrize("titles", [["123", "4 x 5"], ["the and", "of"], [""]])
def test_titles_without_a_word_have_none(titles: list[str]) -> None:
    found = vocabulary(titles)
    assert found.distinctive(np.ones(len(titles)), np.ones(len(titles)), 3) == []


def test_words_of_other_scripts_are_words() -> None:
    found = vocabulary(["Édition limitée", "红色 狐狸杯 manga", "plain"])
    assert {"édition", "limitée", "狐狸杯"} <= set(found.words)

"""Themes: what sentences are about, which words stand out, which quotes are shown."""

import numpy as np
import pandas as pd
import pytest

from core.reviews import aspects, themes, words
from core.reviews.aspects import OTHER
from data.demo import opinions
from models.encoder import Encoder

MEANT = {
    "quality": {"Quality", "Material and comfort", "Use"},
    "look": {"Look"},
    "size": {"Size and fit"},
    "price": {"Price"},
    "delivery": {"Delivery and packing", "Service"},
}


def said(rows: list[tuple[str, float, str]]) -> pd.DataFrame:
    """Sentences with sentiment and aspect, each of a review of its own."""
    frame = pd.DataFrame(rows, columns=["sentence", "sentiment", "aspect"])
    return frame.assign(review=[f"1-{row}" for row in range(len(frame))], product_id="P-1")


def test_sentences_find_their_aspect_in_a_shop_that_was_not_asked(encoder: Encoder) -> None:
    """The demo shop's clauses are none of the examples; what each is about is known."""
    clauses = [(aspect, one) for aspect, some in opinions.ASPECTS.items() for part in some.values() for one in part]
    texts = [opinions.upper(one.format(thing="mug")) + "." for _, one in clauses]
    found = aspects.of(encoder, texts)
    right = [one in MEANT[aspect] for one, (aspect, _) in zip(found, clauses, strict=True)]
    assert np.mean(right) > 0.75
    general = [one for table in (opinions.OPENING, opinions.ENDING) for part in table.values() for one in part]
    assert (aspects.of(encoder, general) == OTHER).mean() > 0.7


def test_no_sentence_has_no_aspect(encoder: Encoder) -> None:
    assert len(aspects.of(encoder, [])) == 0


def test_words_stand_out_by_more_than_chance() -> None:
    good = ["The print is lovely and bright"] * 12 + ["The handle is sturdy"] * 8
    bad = ["The handle broke off"] * 9 + ["The print is faint"] * 9 + ["Zebra"]
    first, second = words.typical(good + bad, np.repeat([True, False], [len(good), len(bad)]))
    assert {"sturdy", "lovely"} <= set(" ".join(first).split())
    assert {"broke", "faint"} <= set(" ".join(second).split())
    assert not {"print", "handle"} & {*first, *second}  # both sides use them alike
    assert "zebra" not in second  # one text proves nothing


@pytest.mark.parametrize(
    ("texts", "of"),
    [
        (["good", "good"], [True, True]),
        (["the and of", "it is"], [True, False]),
        (["", ""], [True, False]),
        (["fox", "fox"], [True, False]),
        ([], []),
    ],
)
def test_words_of_next_to_nothing_are_none(texts: list[str], of: list[bool]) -> None:
    assert words.typical(texts, np.array(of, dtype=bool)) == ([], [])


def test_a_theme_counts_praise_and_complaints_and_quotes_both() -> None:
    found = themes.themes(
        said(
            [
                ("The print is lovely and bright", 0.9, "Look"),
                ("Such a lovely print", 0.8, "Look"),
                ("The colours are wrong, not as shown", -0.9, "Look"),
                ("The print is as shown in the picture", 0.0, "Look"),
                ("It came late and the box was torn", -0.7, "Delivery and packing"),
                ("I love it", 1.0, OTHER),
                ("I love it so much", 1.0, OTHER),
                ("Love it", 1.0, OTHER),
            ]
        )
    )
    assert [one.aspect for one in found] == ["Look", "Delivery and packing", OTHER]  # what is general comes last
    look = found[0]
    assert (look.praised, look.complained, look.mixed, look.mentions) == (2, 1, 1, 4)
    assert look.good_quotes["sentence"].iloc[0] == "The print is lovely and bright"
    assert look.bad_quotes["sentence"].tolist() == ["The colours are wrong, not as shown"]
    assert look.low < look.balance < look.high
    assert found[1].balance > -1  # one complaint is drawn to what is usual
    table = themes.table(found)
    assert table["praised"].tolist() == [2, 0, 3] and len(table) == 3


def test_quotes_are_one_a_review_and_none_twice() -> None:
    part = said(
        [
            ("It was wrapped in nothing at all", -1.0, "Look"),
            ("Besides, it was wrapped in nothing at all", -0.99, "Look"),
            ("Bad", -1.0, "Look"),
            ("The lid does not close any more", -0.8, "Look"),
            ("The lid came off on the second day", -0.7, "Look"),
        ]
    )
    part.loc[4, "review"] = part.loc[3, "review"]
    assert themes.quotes(part)["sentence"].tolist() == [
        "It was wrapped in nothing at all",
        "The lid does not close any more",
    ]
    assert themes.quotes(part.iloc[[2]])["sentence"].tolist() == ["Bad"]  # better a short one than none


def test_nothing_said_has_no_themes() -> None:
    assert themes.themes(said([])) == []

"""Suggested words: only the shop's own, those that fit the gap, those that the segment buys."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.audience import customers as described
from core.audience.segments import Segments
from core.concepts import suggestions
from core.concepts.brief import Brief, Launch
from core.concepts.groups import EVERYBODY, Groups
from core.concepts.judges import Judges
from core.concepts.places import Place, places
from core.concepts.suggestions import Suggester
from core.concepts.vocabulary import company, split, vocabulary
from core.errors import NotReady
from core.history import History
from core.preference.panel import Panel
from models import masked, versions
from models.encoder import Encoder
from models.errors import VersionError
from models.masked import Masked
from tests.benchmarks.concepts import recalls
from tests.conftest import COLOURS, LOOKS, THINGS, SmallShop

TITLE = "Red fox mug"


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(scope="module")
def known(small_shop: SmallShop, encoder: Encoder, artifacts: Path) -> Suggester:
    from unittest.mock import patch

    with patch.object(suggestions, "FEWEST_WORDS", 10):  # the small shop has 15
        return suggestions.suggester(small_shop.history, encoder, artifacts)


@pytest.fixture(scope="module")
def panel(small_shop: SmallShop) -> Panel:
    return Panel.opened(small_shop.workspace)


@pytest.fixture(scope="module")
def groups(small_shop: SmallShop, panel: Panel) -> Groups:
    """Who buys foxes only, and the rest."""
    told = described.describe(small_shop.history, panel.people, panel.vectors)
    odd = np.array([int(name[1:]) % 2 for name in told.ids])
    return Groups.of(Segments(odd, pd.DataFrame({"name": ["rest", "fox lovers"]})), told)


# Words and places


def test_words_keep_their_hyphens_and_apostrophes() -> None:
    text = "Hand-painted “Miner’s” mug, 12 oz (50% off)"
    assert [word.text for word in split(text)] == ["Hand-painted", "Miner’s", "mug", "12", "oz", "50", "off"]
    assert all(text[word.first : word.last] == word.text for word in split(text))


def test_vocabulary_holds_what_stands_in_some_titles() -> None:
    found = vocabulary(["Fox mug", "fox Mug with tea", "Fox jug with tea", "", "tea with fox FOX"])
    assert found.words == ["fox", "tea", "with"]
    assert found.titles.toarray().sum(0).tolist() == [4, 3, 3]
    assert not found.telling.any()  # each stands in more than a seventh of the titles
    assert vocabulary([]).words == []


def test_company_counts_neighbours_on_both_sides() -> None:
    seen = company(["red fox mug"] * 3 + ["blue owl mug"] * 3, ["fox", "mug", "owl"])
    best = seen.log_probabilities("red", "mug")
    assert best.argmax() == 0
    assert seen.log_probabilities("fox", "").argmax() == 1
    np.testing.assert_allclose(seen.log_probabilities("?", "?"), np.log(seen.usual), atol=1e-9)  # p p / p


@pytest.mark.parametrize(
    ("at", "word", "text"),
    [
        (0, "blue", "Blue fox mug"),
        (1, "owl", "Red owl mug"),
        (3, "big", "big Red fox mug"),
        (4, "big", "Red big fox mug"),
        (6, "set", "Red fox mug set"),
    ],
)
def test_a_word_is_put_in_its_place(at: int, word: str, text: str) -> None:
    assert places(TITLE)[at].filled(TITLE, word) == text


def test_a_word_follows_the_capitals_of_a_title() -> None:
    assert places("Red Fox Mug")[-1].filled("Red Fox Mug", "set") == "Red Fox Mug Set"
    assert places("") == [Place(0, 0)]
    assert places("")[0].filled("", "mug") == "Mug"
    assert Place(4, 7, "fox").neighbours(TITLE) == ("red", "mug")


# The head


def test_what_fits_a_gap_is_of_its_kind(known: Suggester) -> None:
    """In every title of the small shop a colour comes first, then a look, then a thing."""
    words = np.array(known.vocabulary.words)
    assert set(words) == {*COLOURS, *LOOKS, *THINGS}
    for at, kind in enumerate((COLOURS, list(LOOKS), THINGS)):
        fit = known.fit(TITLE, places(TITLE)[at])
        assert np.exp(fit).sum() == pytest.approx(1)
        assert set(words[np.argsort(-fit)[: len(kind)]]) == set(kind)


def test_the_head_alone_beats_the_commonest_word(small_shop: SmallShop, encoder: Encoder) -> None:
    found = recalls(
        small_shop.history.items["title"].tolist(), small_shop.history.items["text"].tolist(), encoder, top=3
    )
    assert found["masked"] > found["commonest"]
    assert found["both"] >= found["beside"] - 0.05


def test_a_typed_mask_is_not_the_gap(known: Suggester, encoder: Encoder) -> None:
    typed = known.masked.log_probabilities(encoder, [("Red [MASK] [MASK]", "mug")])
    plain = known.masked.log_probabilities(encoder, [("Red", "mug")])
    np.testing.assert_allclose(typed, plain, atol=1e-6)


def test_long_texts_keep_their_gap(known: Suggester, encoder: Encoder) -> None:
    long = "antidisestablishmentarianism " * 200
    found = known.masked.log_probabilities(encoder, [(long, long), ("", "")])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.exp(found).sum(1), 1, atol=1e-5)


def test_the_fit_is_the_same_for_the_same_seed(small_shop: SmallShop, encoder: Encoder, known: Suggester) -> None:
    titles = small_shop.history.items["title"].tolist()
    words = known.vocabulary.words
    gaps, answers = suggestions.examples(titles[:40], titles[:40], words)
    one, two = (masked.fit(encoder, gaps, answers, words) for _ in range(2))
    assert one.losses == two.losses
    assert one.losses[-1] < one.losses[0]


def test_what_was_learnt_is_taken_up_again(
    small_shop: SmallShop, encoder: Encoder, known: Suggester, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "FEWEST_WORDS", 10)
    monkeypatch.setattr(masked, "fit", lambda *_, **__: pytest.fail("it was learnt anew"))
    again = suggestions.suggester(small_shop.history, encoder, artifacts)
    assert np.array_equal(again.fit(TITLE, places(TITLE)[1]), known.fit(TITLE, places(TITLE)[1]))


def test_damaged_weights_are_learnt_anew(
    small_shop: SmallShop, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: Suggester
) -> None:
    monkeypatch.setattr(suggestions, "FEWEST_WORDS", 10)
    learnt: list[int] = []

    def fit(*_: object, **__: object) -> Masked:
        learnt.append(1)
        return known.masked

    monkeypatch.setattr(masked, "fit", fit)
    suggestions.suggester(small_shop.history, encoder, tmp_path)
    (weights,) = tmp_path.rglob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-9])
    suggestions.suggester(small_shop.history, encoder, tmp_path)
    suggestions.suggester(small_shop.history, encoder, tmp_path)
    assert len(learnt) == 2


def test_parts_that_do_not_belong_together_are_refused(known: Suggester, tmp_path: Path) -> None:
    versions.save(known.masked.parts(), tmp_path / "head")
    kept = versions.load(tmp_path / "head")
    assert masked.restored(kept).words == known.vocabulary.words
    with pytest.raises(VersionError, match="do not fit"):
        masked.restored(replace(kept, config={**kept.config, "words": ["fox"]}))
    with pytest.raises(VersionError, match="cannot be read"):
        masked.restored(replace(kept, tensors={"decoder": kept.tensors["decoder"]}))


def test_titles_without_common_words_teach_nothing(small_shop: SmallShop, encoder: Encoder, tmp_path: Path) -> None:
    past = small_shop.history
    bare = History(past.start, past.items.assign(title=past.items["product_id"], text=""), past.units)
    with pytest.raises(NotReady, match="share too few words"):
        suggestions.suggester(bare, encoder, tmp_path)


# What is suggested


def test_a_segment_is_offered_what_it_buys(known: Suggester, groups: Groups, monkeypatch: pytest.MonkeyPatch) -> None:
    at = known.vocabulary.place
    lovers, rest = known.lift(groups, "fox lovers"), known.lift(groups, "rest")
    assert lovers[at["fox"]] > 1.2 > 1 > rest[at["fox"]]
    assert lovers[at["plain"]] < 1 < rest[at["plain"]]
    monkeypatch.setattr("core.concepts.vocabulary.COMMONEST", 1.0)  # three kinds of words fill every title
    place = places("Red plain mug")[1]
    assert known.ranked("Red plain mug", place, 3, groups, "fox lovers")["word"][0] == "fox"
    assert "plain" not in known.ranked("Red plain mug", place, 15, groups, EVERYBODY)["word"].tolist()


def test_suggestions_come_with_their_effect(
    small_shop: SmallShop, known: Suggester, groups: Groups, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.concepts.vocabulary.COMMONEST", 1.0)
    judges = Judges(small_shop.history, panel.encoder, panel, None)
    brief = Brief("title", Launch(9.0, small_shop.history.days), category="mugs", groups=groups, segment="fox lovers")
    found = suggestions.judged(judges, known, "Red plain mug | Stoneware", places("Red plain mug")[1], 3, brief)
    best = found.set_index("word").loc["fox"]
    assert best["text"] == "Red fox mug | Stoneware"
    assert best["preference_change"] > 0
    assert found["units_change"].isna().all()  # there is no forecaster

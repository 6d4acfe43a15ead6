"""The reader of reviews: what it learns from, what it answers, and that it comes back from disk as it was."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models import adapters, sentiment, versions
from models.encoder import Encoder
from models.errors import VersionError
from models.sentiment import Reader
from models.settings import Schedule
from models.snippets import joined, pieces, sentences
from models.stars import Labels
from tests import review_samples

SCHEDULE = Schedule(layers=1, epochs=1, batch=16, encoder_rate=2e-4, learning_rate=5e-3)
UNSEEN = ["Broken and useless, what a waste.", "Lovely, I love how well made it is.", "Damaged, very disappointed."]


@pytest.fixture(scope="module")
def reader(encoder: Encoder) -> Reader:
    some = review_samples.frame(160)
    labels = Labels(some["rating"].to_numpy(dtype=float), np.full(len(some), np.nan))
    return sentiment.fit(encoder, some["title"].tolist(), some["body"].tolist(), labels, SCHEDULE)


def test_it_tells_praise_from_complaint_in_texts_it_never_met(reader: Reader, encoder: Encoder) -> None:
    opinions = reader.read(encoder, UNSEEN)
    assert opinions.recommended.argmax() == 1
    assert opinions.stars.argmax() == 1
    assert (opinions.stars >= 1).all() and (opinions.stars <= 5).all()


def test_no_text_is_no_opinion(reader: Reader, encoder: Encoder) -> None:
    assert len(reader.read(encoder, []).stars) == 0


def test_an_answer_does_not_depend_on_how_many_are_read_at_once(reader: Reader, encoder: Encoder) -> None:
    texts = review_samples.frame(30, seed=3)["body"].tolist()
    whole, apart = reader.read(encoder, texts), reader.read(encoder, texts, at_once=7)
    np.testing.assert_allclose(whole.recommended, apart.recommended, atol=0.02)  # bfloat16 sums up by shape


def test_it_comes_back_from_disk_as_it_was(reader: Reader, encoder: Encoder, tmp_path: Path) -> None:
    versions.save(reader.version(), tmp_path / "s1")
    again = Reader.restored(versions.load(tmp_path / "s1"), encoder)
    np.testing.assert_allclose(
        again.read(encoder, UNSEEN).recommended, reader.read(encoder, UNSEEN).recommended, atol=0.01
    )
    assert again.losses == reader.losses


def test_a_version_of_something_else_is_refused(reader: Reader, encoder: Encoder) -> None:
    version = reader.version()
    lacking = {name: one for name, one in version.tensors.items() if "out.bias" not in name}
    with pytest.raises(VersionError, match="weights"):
        Reader.restored(versions.Version(version.config, lacking), encoder)
    with pytest.raises(VersionError, match="reader of reviews"):
        Reader.restored(versions.Version({"weeks": 8}, {}), encoder)
    nameless = {name: one for name, one in version.config.items() if name != "losses"}
    with pytest.raises(VersionError, match="reader of reviews"):
        Reader.restored(versions.Version(nameless, version.tensors), encoder)


def test_a_training_can_be_cancelled(encoder: Encoder) -> None:
    some = review_samples.frame(60)

    def stop(done: float, note: str) -> None:
        if note.startswith("epoch"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        labels = Labels(some["rating"].to_numpy(dtype=float), np.full(len(some), np.nan))
        sentiment.fit(encoder, some["title"].tolist(), some["body"].tolist(), labels, SCHEDULE, stop)


def test_who_was_not_asked_recommends_by_the_stars() -> None:
    labels = Labels(np.array([5, 4, 3, 2, 1, np.nan, 5]), np.array([np.nan, np.nan, np.nan, np.nan, np.nan, 1, 0]))
    np.testing.assert_array_equal(labels.positive, [1, 1, np.nan, 0, 0, 1, 0])
    np.testing.assert_array_equal(labels.targets[1], [1, 1, 1, 0, 1])
    assert np.isnan(labels.targets[5, :4]).all()


def test_what_is_not_known_teaches_nothing() -> None:
    odds = torch.zeros((2, 5), requires_grad=True)
    targets = torch.tensor([[1.0, 1, 0, 0, float("nan"), 1], [float("nan")] * 5 + [1]])
    sentiment._loss(odds, targets).backward()
    assert odds.grad is not None
    assert (odds.grad[1] == 0).all() and odds.grad[0, 4] == 0
    assert (odds.grad[0, :4] != 0).all()


def test_a_piece_counts_for_less() -> None:
    odds = torch.zeros((2, 5), requires_grad=True)
    targets = torch.tensor([[1.0] * 5 + [1.0], [1.0] * 5 + [sentiment.PIECE]])
    sentiment._loss(odds, targets).backward()
    assert odds.grad is not None
    torch.testing.assert_close(odds.grad[1], sentiment.PIECE * odds.grad[0])


def test_only_the_chosen_layers_learn(encoder: Encoder) -> None:
    net = sentiment.SentimentNet(encoder, 2)
    layers = {name.split(".")[3] for name in adapters.learnt(net) if name.startswith("encoder.encoder.layer")}
    assert layers == {"4", "5"}
    assert all(name.startswith(("encoder.encoder.layer", "out.")) for name in adapters.learnt(net))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nice mug. It broke!", ["Nice mug.", "It broke!"]),
        ("one line\nanother line", ["one line", "another line"]),
        ('He said "no." Then yes', ['He said "no.', "Then yes"]),
        ("很好。质量不错！", ["很好。", "质量不错！"]),
        ("3.5 inches wide", ["3.5 inches wide"]),
        ("Nice:\n- sturdy  and\tbig \n - pretty", ["Nice:", "sturdy and big", "pretty"]),
        ("", []),
    ],
)
def test_texts_are_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_sentence_that_turns_is_cut_where_asked() -> None:
    text = "The print is lovely, but it fell apart after a week."
    assert sentences(text) == [text]
    assert sentences(text, turns=True) == ["The print is lovely", "but it fell apart after a week."]
    assert sentences("Good but small.", turns=True) == ["Good but small."]


def test_a_desert_of_spaces_is_crossed_at_once() -> None:
    """A pattern that looks back at every space would take minutes."""
    assert sentences("a" + " " * 100_000 + "b, but" + " " * 100_000 + "c", turns=True) == ["a b, but c"]


def test_pieces_are_parts_of_their_review() -> None:
    titles, bodies = ["Great", "", "Only a title"], ["One two three. Four five six. Seven eight.", "word " * 30, ""]
    texts, rows = pieces(titles, bodies, np.random.default_rng(0))
    assert set(rows.tolist()) == {0, 1}  # what is a title alone is learnt from as it is
    assert all(text in f"{titles[row]} {bodies[row]}" for text, row in zip(texts, rows, strict=True))
    assert "Great" in texts


def test_title_and_body_are_joined_by_a_stop() -> None:
    assert joined("Great", "Loved it.") == "Great. Loved it."
    assert joined("Great!", "Loved it.") == "Great! Loved it."
    assert (joined("", "Loved it."), joined("Great", ""), joined("", "")) == ("Loved it.", "Great", "")

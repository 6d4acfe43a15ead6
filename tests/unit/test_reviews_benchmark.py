"""The benchmark of the reader: every figure it promises, on made-up reviews and on the real ones where they are."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import like_items
from core.history import History
from core.reviews import training
from tests import review_samples
from tests.benchmarks import reviews, reviews_feature


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Reviews in the columns of the women's clothing reviews."""
    some = review_samples.frame(220)
    path = tmp_path / "reviews.csv"
    pd.DataFrame(
        {
            "Clothing ID": np.arange(len(some)) % 40,
            "Title": some["title"].replace("", np.nan).fillna(some["body"].str.split(".").str[0]),
            "Review Text": some["body"],
            "Rating": some["rating"],
            "Recommended IND": (some["rating"] > 3).astype(int),
        }
    ).to_csv(path, index=False)
    return path


def test_it_tells_all_its_figures(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(training.EFFORTS, "quick", (1, 1, 120))
    other = tmp_path / "other.csv.gz"
    texts = ["I love it", "It broke at once", "Very well made", "Sent it back"]
    pd.DataFrame({"text": texts, "positive": [1, 0, 1, 0]}).to_csv(other, index=False)
    out = tmp_path / "figures.json"
    arguments = ["--data", str(made), "--effort", "quick", "--quick", "--json", str(out), "--reviews", str(other)]
    figures = reviews.main(arguments)
    assert json.loads(out.read_text()) == figures
    named = {"auc_recommend", "auc_tfidf", "auc_titles", "auc_first_sentence", "auc_reviews_file"}
    assert named < set(figures)
    assert all(0.8 < figures[name] <= 1 for name in named)
    assert figures["reviews"] + figures["held_out"] == 220
    assert "The file" in capsys.readouterr().out


def test_held_out_items_are_left_alone_while_choosing(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[pd.DataFrame] = []

    class Stop(Exception):
        pass

    def fitted(learnt: pd.DataFrame, effort: str, seed: int) -> None:
        seen.append(learnt)
        raise Stop

    monkeypatch.setattr(reviews, "fitted", fitted)
    for arguments in (["--validate"], []):
        with pytest.raises(Stop):
            reviews.main(["--data", str(made), *arguments])
    assert set(seen[0]["product_id"] % 5) == {2, 3, 4}
    assert set(seen[1]["product_id"] % 5) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\ngood,1\n", "needs the columns"),
        ("text,positive\ngood,1\nfine,1\n", "two values"),
        ("", "cannot be"),
    ],
)
def test_a_file_that_cannot_be_judged_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(content)
    with pytest.raises(SystemExit, match=words):
        reviews.own(path)


def test_without_the_real_reviews_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no part of the repository"):
        reviews.clothing(tmp_path / "none.csv.gz")


@pytest.mark.shared
def test_the_real_reviews_are_read_whole() -> None:
    if not reviews.CLOTHING.exists():
        pytest.skip(f"{reviews.CLOTHING.name} is not here; it is no part of the repository")
    frame = reviews.clothing()
    assert len(frame) > 19_000
    assert frame["rating"].between(1, 5).all() and set(frame["recommended"]) == {0.0, 1.0}
    held = frame[frame["product_id"] % 5 == 0]
    assert (reviews.titles(held).texts[0] != "") and len(reviews.first_sentences(held).texts) < len(held) + 1


def test_sentiment_of_like_items_is_told_up_to_the_day_and_no_further():
    units = np.ones((3, 400), np.float32)
    items = {"product_id": ["A", "B", "C"], "title": ["mug"] * 3, "text": ["mug"] * 3, "price": [1.0] * 3}
    past = History(date(2024, 1, 1), pd.DataFrame(items | {"launch": [0, 0, 200]}), units)
    day = [pd.Timestamp(past.date_of(at)) for at in (100, 150, 300)]
    scores = pd.DataFrame({"product_id": ["A", "B", "A"], "date": day, "sentiment": [1.0, np.nan, -1.0]})
    vectors = np.eye(3, dtype=np.float32) + np.float32(0.5)
    said = reviews_feature.Said.of(past, scores)
    before, after = (
        said.numbers(past, vectors, like_items.launch_query(past, vectors, np.array([2]), np.array([known])))[0]
        for known in (100, 200)
    )
    assert not before.any()
    assert 0 < after[0] < 0.2 and after[1] > 0
    assert said.numbers(past, vectors, like_items.new_query(past, vectors[:1], np.ones(1), np.array([410])))[0, 0] == 0

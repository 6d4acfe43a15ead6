"""Reviews as a shop has them: read, left out, judged with and without a reader, and its training from end to end."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import versions
from core.errors import NotReady
from core.reviews import excluded, reading, readings, training
from core.reviews.aspects import OTHER
from core.workspace import Workspace
from models.encoder import Encoder
from tests import review_samples

Load = Callable[..., object]


@pytest.fixture
def shop(workspace: Workspace, load: Load) -> Workspace:
    load(review_samples.csv(review_samples.frame(40)), "reviews", "reviews.csv")
    return workspace


@pytest.fixture(scope="module")
def trained(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict]]:
    """A version's folder and what `train` returned, trained once."""
    folder, target = tmp_path_factory.mktemp("job"), tmp_path_factory.mktemp("versions") / "version"
    review_samples.known(review_samples.frame(300, items=100)).to_parquet(folder / training.FILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(training.EFFORTS, "quick", (1, 1, 120))
        yield target, training.train(folder, encoder, "quick", 0, target, lambda done, note: None)


def test_reviews_are_read_with_their_items(shop: Workspace, load: Load) -> None:
    load("product_id,title,category,list_price\nP-000,Fox mug,Kitchen,9\n", "products", "products.csv")
    reviews = reading.read(shop.cursor())
    assert tuple(reviews.columns) == reading.COLUMNS
    assert len(reviews) == 40 and reviews["review"].is_unique
    own = reviews[reviews["product_id"] == "P-000"]
    assert set(own["item"]) == {"Fox mug"} and set(own["category"]) == {"Kitchen"}
    other = reviews[reviews["product_id"] != "P-000"]
    assert (other["item"] == other["product_id"]).all() and set(other["category"]) == {""}
    assert reviews["date"].is_monotonic_increasing
    assert reviews["text"].str.startswith("Good. ").sum() == (reviews["title"] == "Good").sum() > 0


def test_whether_the_buyer_recommends_is_read_in_words_and_numbers(workspace: Workspace, load: Load) -> None:
    said = ["1", "0", "Yes", "no", "Nein", "perhaps", ""]
    rows = "".join(f"P-{at},{5 - at % 5},{word}\n" for at, word in enumerate(said))
    load("product_id,rating,would recommend\n" + rows, "reviews", "asked.csv")
    told = reading.read(workspace.cursor()).sort_values("product_id")["recommended"].tolist()
    assert told == pytest.approx([1, 0, 1, 0, 0, np.nan, np.nan], nan_ok=True)


def test_without_reviews_there_is_a_word_on_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match="Load an export"):
        reading.read(workspace.cursor())


def test_what_an_import_set_aside_is_told(workspace: Workspace, load: Load) -> None:
    assert reading.set_aside(workspace.cursor()) == []
    some = review_samples.frame(30)
    some.loc[3, "rating"] = 11
    load(review_samples.csv(some), "reviews", "reviews.csv", set_aside_bad=True)
    assert reading.set_aside(workspace.cursor()) == [("a rating outside 1 to 5", 1)]


def test_a_review_is_left_out_and_counted_again(shop: Workspace) -> None:
    before, first = excluded.stamp(shop.cursor()), reading.read(shop.cursor())["review"].iloc[0]
    version = shop.version
    excluded.keep(shop, {first, "99-1"}, out=True)
    assert reading.read(shop.cursor()).set_index("review")["excluded"].sum() == 1
    assert excluded.stamp(shop.cursor()) != before
    assert shop.version == version  # forecasts do not hang on it
    excluded.keep(shop, {first, "99-1"}, out=False)
    assert not reading.read(shop.cursor())["excluded"].any()
    assert excluded.kept(shop.cursor()) == set()


def test_without_a_reader_the_ratings_speak(shop: Workspace) -> None:
    reviews = reading.read(shop.cursor())
    reviews.loc[0, "rating"] = np.nan
    scores = readings.scored(shop, reviews, None)
    np.testing.assert_allclose(scores["sentiment"].iloc[1:], (reviews["rating"].iloc[1:] - 3) / 2)
    assert np.isnan(scores["sentiment"].iloc[0]) and np.isnan(scores["recommend"].iloc[0])
    assert scores["by"].tolist() == ["", *["rating"] * 39]


def test_sentences_are_known_by_their_aspect_and_read_once(
    shop: Workspace, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = readings.scored(shop, reading.read(shop.cursor()).head(6), None)
    said = readings.said(shop, scores, None)
    assert set(said["review"]) == set(scores["review"])
    assert set(said.loc[said["sentence"] == "Far too small.", "aspect"]) <= {"Size and fit"}
    assert set(said.loc[said["sentence"] == "I love it.", "aspect"]) <= {OTHER}
    felt = said.merge(scores, on="review")
    np.testing.assert_array_equal(felt["sentiment_x"], felt["sentiment_y"])
    monkeypatch.setattr(readings, "made", None)  # to read again would fail
    pd.testing.assert_frame_equal(readings.said(shop, scores, None), said)


def test_a_damaged_file_of_readings_is_made_anew(shop: Workspace) -> None:
    scores = readings.scored(shop, reading.read(shop.cursor()).head(2), None)
    said = readings.said(shop, scores, None)
    (path,) = (shop.artifacts / "reviews").glob("*.parquet")
    path.write_bytes(b"no parquet")
    pd.testing.assert_frame_equal(readings.said(shop, scores, None), said)


def test_what_two_visitors_read_at_once_is_kept_whole(shop: Workspace) -> None:
    def frame(key: int) -> pd.DataFrame:
        told = {"stars": [np.nan], "recommended": [np.nan], "aspect": ["Look"]}
        return pd.DataFrame(told, index=pd.Index([key], dtype="uint64", name="key"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: readings._keep(shop, None, frame(key)), range(40)))
    assert sorted(readings._kept(shop, None).index) == list(range(40))


def test_a_sentence_that_was_kept_twice_counts_once(shop: Workspace) -> None:
    scores = readings.scored(shop, reading.read(shop.cursor()).head(2), None)
    said = readings.said(shop, scores, None)
    kept = readings._kept(shop, None)
    readings._keep(shop, None, kept.assign(aspect="Look"))  # as another precision might see it
    pd.testing.assert_frame_equal(readings.said(shop, scores, None), said)


def test_a_training_tells_how_good_it_is_and_has_read_everything(trained: tuple[Path, dict]) -> None:
    target, result = trained
    summary = result["summary"]
    assert result["version"].startswith("s") and summary["settings"] == {"effort": "quick", "seed": 0}
    assert summary["trained_on"].startswith("120 reviews to ") and summary["reviews"] == 300
    assert summary["figures"]["AUC"] > 0.9  # its reviews are made of twelve phrases
    assert {"AUC of TF-IDF", "Accuracy", "Off by (stars)"} < set(summary["figures"])
    assert len(pd.read_parquet(target / readings.FILE)) > 300  # its sentences, too


def test_a_trained_reader_judges_by_text(shop: Workspace, trained: tuple[Path, dict], load: Load) -> None:
    target, result = trained
    versions.folder(shop, "s1").parent.mkdir(parents=True, exist_ok=True)
    versions.folder(shop, "s1").symlink_to(target)
    load("date,product_id,body\n2025-09-01,P-001,I love how well made it is.\n", "reviews", "more.csv")
    scores = readings.scored(shop, reading.read(shop.cursor()), "s1")
    assert set(scores["by"]) == {"text"}
    rated = scores.dropna(subset="rating")
    assert np.corrcoef(rated["sentiment"], rated["rating"])[0, 1] > 0.5
    assert scores["recommend"].iloc[-1] > scores["recommend"].median() - 0.2
    said = readings.said(shop, scores, "s1")
    mean = said.groupby("sentence")["sentiment"].mean()
    assert mean["Very well made."] > mean["A waste of money."]
    assert result["summary"]["seconds"] > 0


def test_a_reader_that_is_gone_is_told(shop: Workspace) -> None:
    with pytest.raises(NotReady, match="Train again"):
        readings.scored(shop, reading.read(shop.cursor()), "s-gone")


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (review_samples.frame(150), "at least 200"),
        (review_samples.frame(300).assign(rating=5), "Only 0 reviews are of 2 stars or less"),
        (review_samples.frame(300).assign(rating=1), "Only 0 reviews are of 4 stars or more"),
        (review_samples.frame(300).assign(body="", title=""), "0 are loaded"),
    ],
)
def test_too_little_to_learn_from_is_told(
    workspace: Workspace, load: Load, tmp_path: Path, some: pd.DataFrame, words: str
) -> None:
    load(review_samples.csv(some), "reviews", "reviews.csv")
    with pytest.raises(NotReady, match=words):
        training.snapshot(workspace.cursor(), tmp_path / "job")
    assert not (tmp_path / "job").exists()


def test_a_snapshot_leaves_out_what_the_user_left_out(workspace: Workspace, load: Load, tmp_path: Path) -> None:
    load(review_samples.csv(review_samples.frame(260)), "reviews", "reviews.csv")
    gone = set(reading.read(workspace.cursor())["review"].iloc[:10])
    excluded.keep(workspace, gone, out=True)
    training.snapshot(workspace.cursor(), tmp_path / "job")
    kept = pd.read_parquet(tmp_path / "job" / training.FILE)
    assert len(kept) == 250 and not gone & set(kept["review"])


def test_items_are_held_out_whole() -> None:
    items = pd.Series([f"P-{number}" for number in range(500)] * 2)
    held = training.held_out(items)
    np.testing.assert_array_equal(held[:500], held[500:])
    assert 0.05 < held.mean() < 0.2
    reviews = review_samples.known(review_samples.frame(240))
    learnt, judged = training._split(reviews, 10_000, 0)
    assert not set(reviews["product_id"].iloc[learnt]) & set(reviews["product_id"].iloc[judged])


def test_where_next_to_nothing_would_be_held_out_all_is_learnt_from() -> None:
    reviews = review_samples.known(review_samples.frame(240)).assign(product_id="P-1")
    learnt, judged = training._split(reviews, 10_000, 0)
    assert len(learnt) == 240 and len(judged) == 0


def test_what_is_held_out_leaves_enough_to_learn_from() -> None:
    only = next(f"P-{number}" for number in range(100) if training.held_out(pd.Series([f"P-{number}"]))[0])
    reviews = review_samples.known(review_samples.frame(240)).assign(product_id=only)
    learnt, judged = training._split(reviews, 10_000, 0)
    assert len(learnt) == 240 and len(judged) == 0
    reviews.loc[reviews["rating"] > 3, "product_id"] = "P-1"
    assert not training.held_out(pd.Series(["P-1"]))[0]
    assert len(training._split(reviews, 10_000, 0)[1]) == 0  # those who complain would all be held out


@pytest.mark.parametrize(
    ("texts", "positive"),
    [
        (["I love it", "I love it so"], [1, 1]),
        (["这个杯子很好看我很喜欢", "质量太差了不要买", "还可以吧"], [1, 0, 1]),
    ],
)
def test_a_training_does_not_fail_where_the_bag_of_words_does(texts: list[str], positive: list[int]) -> None:
    assert training._peer_where_it_can(texts, np.array(positive)) is None

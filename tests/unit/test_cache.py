"""Vectors that were read before: read once, found by others, whole after a kill, bounded."""

from pathlib import Path

import numpy as np
import pytest

from models.cache import MOST_PARTS, Vectors


class Reader:
    """Makes a vector of a text and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[len(text), sum(text.encode())] for text in texts], dtype=np.float32)


@pytest.fixture
def reader() -> Reader:
    return Reader()


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def test_a_text_is_read_once(reader: Reader) -> None:
    vectors = Vectors(None)
    got = vectors.of(["fox", "mug", "fox"], reader)
    assert reader.asked == ["fox", "mug"]
    np.testing.assert_array_equal(got[0], got[2])
    np.testing.assert_array_equal(vectors.of(["mug", "fox"], reader), got[[1, 0]])
    assert reader.asked == ["fox", "mug"]


def test_another_process_finds_what_was_read(tmp_path: Path, reader: Reader) -> None:
    here, there = Vectors(tmp_path / "new"), Vectors(tmp_path / "new")
    there.of(["cup"], reader)
    wanted = here.of(["fox", "mug"], reader)
    reader.asked.clear()
    np.testing.assert_array_equal(there.of(["fox", "mug"], reader), wanted)  # was open before they were written
    np.testing.assert_array_equal(Vectors(tmp_path / "new").of(["mug", "cup"], reader)[0], wanted[1])
    assert reader.asked == []


def test_what_is_added_leaves_what_is_there(tmp_path: Path, reader: Reader) -> None:
    vectors = Vectors(tmp_path)
    vectors.of(["fox"], reader)
    (first,) = parts(tmp_path)
    before = (first.stat().st_mtime_ns, first.read_bytes())
    vectors.of(["fox", "mug"], reader)
    assert (first.stat().st_mtime_ns, first.read_bytes()) == before
    assert len(parts(tmp_path)) == 2


@pytest.mark.parametrize("damaged", [b"", b"nonsense" * 20, None], ids=["empty", "nonsense", "cut off"])
def test_a_damaged_part_is_no_part(tmp_path: Path, reader: Reader, damaged: bytes | None) -> None:
    vectors = Vectors(tmp_path)
    vectors.of(["fox"], reader)
    vectors.of(["mug"], reader)
    first, _ = parts(tmp_path)
    whole = first.read_bytes()
    first.write_bytes(whole[:-5] if damaged is None else damaged)
    reader.asked.clear()
    np.testing.assert_array_equal(Vectors(tmp_path).of(["fox", "mug"], reader), Reader()(["fox", "mug"]))
    assert reader.asked == ["fox"]


def test_a_killed_write_leaves_nothing_to_read(tmp_path: Path, reader: Reader) -> None:
    Vectors(tmp_path).of(["fox"], reader)
    (tmp_path / "9-1.half").write_bytes(b"half a part")
    assert len(Vectors(tmp_path).of(["fox"], reader)) == 1
    assert reader.asked == ["fox"]


def test_many_parts_are_joined_and_nothing_is_lost(tmp_path: Path, reader: Reader) -> None:
    texts = [f"item {n}" for n in range(3 * MOST_PARTS)]
    vectors = Vectors(tmp_path)
    for text in texts:
        vectors.of([text], reader)
    assert len(parts(tmp_path)) <= MOST_PARTS
    reader.asked.clear()
    np.testing.assert_array_equal(Vectors(tmp_path).of(texts, reader), Reader()(texts))
    assert reader.asked == []


def test_parts_that_another_process_has_joined_are_not_missed(tmp_path: Path, reader: Reader) -> None:
    slow, quick = Vectors(tmp_path), Vectors(tmp_path)
    for n in range(MOST_PARTS + 1):
        quick.of([f"item {n}"], reader)
    slow.of(["mug"], reader)
    reader.asked.clear()
    slow.of([f"item {n}" for n in range(MOST_PARTS + 1)], reader)
    assert reader.asked == []


def test_only_so_many_are_kept_and_the_oldest_go(tmp_path: Path, reader: Reader) -> None:
    vectors = Vectors(tmp_path, most=10)
    texts = [f"item {n}" for n in range(25)]
    np.testing.assert_array_equal(vectors.of(texts, reader), Reader()(texts))
    assert len(vectors) == 10
    reader.asked.clear()
    again = Vectors(tmp_path, most=10)
    again.of(texts[-10:], reader)
    assert (reader.asked, len(again)) == ([], 10)


def test_nothing_asked_is_nothing(reader: Reader) -> None:
    assert len(Vectors(None).of([], reader)) == 0
    assert reader.asked == []

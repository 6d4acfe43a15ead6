"""Versions: used, rolled back, deleted, tested, taken along as a file and loaded elsewhere, whatever is in the file."""

import contextlib
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core import like_items, parcels, training, versions
from core.errors import BadFile, DebutError, NotReady
from core.settings import Settings
from core.workspace import Workspace
from models.encoder import Encoder
from tests.conftest import SmallShop

TITLES = ["Blue fox mug", "Plain grey lantern", "Striped basket"]
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def shop(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, str]]:
    """A workspace with one trained version, and its name."""
    with Workspace(tmp_path_factory.mktemp("made")) as workspace:
        folder = workspace.artifacts / "made"
        made = training.train(small_shop.history, encoder, quick, folder, lambda done, note: None)
        name = made["version"]
        versions.folder(workspace, name).parent.mkdir(parents=True)
        folder.rename(versions.folder(workspace, name))
        versions.register(workspace, name, made["summary"])
        yield workspace, name


@pytest.fixture(scope="module")
def packed(shop: tuple[Workspace, str]) -> bytes:
    return parcels.pack(*shop)


def parts(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {one.filename: file.read(one) for one in file.infolist()}


def zipped(content: Parts, tmp_path: Path, *, rehash: bool = True, compress: int = zipfile.ZIP_STORED) -> Path:
    """A file of these parts; with hashes that fit, as somebody who means harm would write them."""
    with contextlib.suppress(ValueError, KeyError):  # where there is no manifest, or it is the one that is broken
        about = json.loads(content["manifest.json"] if rehash else "")
        about["parts"] = {name: hashlib.sha256(part).hexdigest() for name, part in content.items()}
        about["parts"].pop("manifest.json")
        content = content | {"manifest.json": json.dumps(about).encode()}
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w", compress) as file:
        for name, part in content.items():
            file.writestr(name, part)
    return path


def left(workspace: Workspace) -> list[str]:
    folder = workspace.artifacts / "versions"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_version_says_all_of_itself(shop: tuple[Workspace, str], quick: Settings, small_shop: SmallShop) -> None:
    workspace, name = shop
    folder = versions.folder(workspace, name)
    summary = json.loads((folder / "summary.json").read_text())
    assert Settings.from_dict(summary["settings"]) == quick
    assert summary["data"] == training.data_hash(small_shop.history)
    assert summary["code"] == training.code_hash()
    assert 0 <= summary["unknown_share"] < 0.1
    assert {path.suffix for path in folder.iterdir()} <= set(parcels.KINDS)


def test_on_another_machine_it_forecasts_the_same(
    shop: tuple[Workspace, str], packed: bytes, workspace: Workspace, small_shop: SmallShop, encoder: Encoder
) -> None:
    (path := workspace.folder / "taken.zip").write_bytes(packed)
    versions.register(workspace, shop[1], {"launches": 1})  # another version that happens to be called the same
    name = parcels.load(workspace, path)
    assert name == f"{shop[1]}-2"
    assert versions.active(workspace) == shop[1]  # loaded is not used
    past = small_shop.history
    day = np.full(len(TITLES), past.days)
    query = like_items.new_query(past, encoder.embed(TITLES), np.array([5.0, 9.0, np.nan]), day)
    here, there = (versions.load(*one).forecast(past, encoder, TITLES, query) for one in (shop, (workspace, name)))
    np.testing.assert_allclose(there.quantiles, here.quantiles, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(there.mean, here.mean, rtol=1e-5, atol=1e-5)
    versions.activate(workspace, name)
    versions.remove(workspace, shop[1])
    assert versions.listed(workspace)["version"].tolist() == left(workspace) == [name]


def other_format(content: Parts) -> Parts:
    about = json.loads(content["manifest.json"]) | {"format": 99, "debut": "9.0"}
    return content | {"manifest.json": json.dumps(about).encode()}


def named(name: object) -> Callable[[Parts], Parts]:
    def change(content: Parts) -> Parts:
        about = json.loads(content["manifest.json"]) | {"version": name}
        return content | {"manifest.json": json.dumps(about).encode()}

    return change


def told(**changes: object) -> Callable[[Parts], Parts]:
    def change(content: Parts) -> Parts:
        return content | {"summary.json": json.dumps(json.loads(content["summary.json"]) | changes).encode()}

    return change


def configured(**changes: object) -> Callable[[Parts], Parts]:
    def change(content: Parts) -> Parts:
        written = json.loads(content["config.json"])
        written["config"] |= changes
        return content | {"config.json": json.dumps(written).encode()}

    return change


def cut_tree(content: Parts) -> Parts:
    """Half of the weights, with a hash that fits."""
    name = "net.safetensors"
    part = content[name][: len(content[name]) // 2]
    written = json.loads(content["config.json"])
    written["parts"][name] = hashlib.sha256(part).hexdigest()
    return content | {name: part, "config.json": json.dumps(written).encode()}


def from_outside(content: Parts) -> Parts:
    """Weights that lie somewhere else, and never end."""
    written = json.loads(content["config.json"]) | {"parts": {"/dev/zero": "0", "../net.safetensors": "0"}}
    return content | {"config.json": json.dumps(written).encode()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: {}, "no manifest"),
        (lambda content: {"a.csv": b"a,b"}, "no manifest"),
        (lambda content: content | {"manifest.json": b"[1, 2"}, "no manifest"),
        (other_format, "of another Debut"),
        (named("../../evil"), "makes no sense"),
        (named(7), "no manifest"),
        (lambda content: content | {"../evil.txt": b"x"}, "holds what no version has: ../evil.txt"),
        (lambda content: content | {"/tmp/evil.txt": b"x"}, "holds what no version has"),
        (lambda content: content | {"net.pkl": b"x"}, "holds what no version has: net.pkl"),
        (lambda content: content | {"run.py": b"x"}, "holds what no version has: run.py"),
        (lambda content: content | {f"a{i}.txt": b"x" for i in range(50)}, "holds what no version has"),
        (lambda content: {name: part for name, part in content.items() if name != "summary.json"}, "summary"),
        (lambda content: content | {"summary.json": b"{}"}, "summary of this version cannot be read"),
        (told(launches="many"), "a figure is no number"),
        (told(data_to="<b>soon</b>"), "summary of this version cannot be read"),
        (told(settings={"weeks": 99}), "weeks is 99"),
        (lambda content: content | {"backtest.json": b"[]"}, "summary of this version cannot be read"),
        (lambda content: content | {"backtest.json": b'{"table": [1]}'}, "summary of this version cannot be read"),
        (told(settings=[]), "settings are no names with values"),
        (told(unknown_share="much"), "a figure is no number"),
        (told(data=7), "a name is no text"),
        (told(data_to="2024-12-29T10:00"), "summary of this version cannot be read"),
        (told(created_at="2024-12-29T10:00+02:00"), "its time has a zone"),
        (told(check={"launches": 1, "wape": 1, "wape_median": 1, "spearman": 1, "true": [1], "predicted": []}), "zip"),
        (lambda content: {name: part for name, part in content.items() if name != "config.json"}, "no configuration"),
    ],
)
def test_what_is_no_version_is_refused_in_words(
    packed: bytes, workspace: Workspace, tmp_path: Path, change: Callable[[Parts], Parts], words: str
) -> None:
    path = zipped(change(parts(packed)), tmp_path)
    with pytest.raises(BadFile, match=words):
        parcels.load(workspace, path)
    assert left(workspace) == []
    assert versions.listed(workspace).empty


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (cut_tree, "cannot be used here"),
        (configured(settings=None), "no configuration that can be read"),
        (told(echo=[9.0, 9.0, 9.0]), "its encoder is not the one on this machine"),
        (told(echo=[float("nan")] * 3), "its encoder is not the one on this machine"),
        (told(echo=7), "parts do not fit together"),
        (from_outside, "is no complete version"),
        (configured(learnt=["A"]), "do not fit the launches"),
    ],
)
def test_what_does_not_answer_is_refused_and_nothing_else_stops(
    packed: bytes, workspace: Workspace, tmp_path: Path, change: Callable[[Parts], Parts], words: str
) -> None:
    with pytest.raises(BadFile, match=words):
        parcels.load(workspace, zipped(change(parts(packed)), tmp_path))
    assert left(workspace) == []


def test_a_part_that_was_changed_on_the_way_is_noticed(packed: bytes, workspace: Workspace, tmp_path: Path) -> None:
    content = parts(packed)
    content["summary.json"] = content["summary.json"].replace(b"launches", b"launched")
    with pytest.raises(BadFile, match=r"summary.json is not what was saved"):
        parcels.load(workspace, zipped(content, tmp_path, rehash=False))


def test_a_file_that_unpacks_to_too_much_is_refused(
    packed: bytes, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "MOST_BYTES", 10_000_000)
    content = parts(packed) | {"big.safetensors": bytes(20_000_000)}
    with pytest.raises(BadFile, match="larger than"):
        parcels.load(workspace, zipped(content, tmp_path, compress=zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 half a zip"])
def test_what_is_no_zip_is_refused(workspace: Workspace, tmp_path: Path, content: bytes) -> None:
    (path := tmp_path / "given.zip").write_bytes(content)
    with pytest.raises(BadFile, match=r"given.zip is no version that Debut has written"):
        parcels.load(workspace, path)


def test_a_text_that_is_too_large_to_be_read_is_refused(
    packed: bytes, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "MOST_JSON", 100_000)
    path = zipped(told(padding="x" * 200_000)(parts(packed)), tmp_path, compress=zipfile.ZIP_DEFLATED)
    with pytest.raises(BadFile, match=r"summary.json is larger than a version may be"):
        parcels.load(workspace, path)


def test_a_zip_that_is_packed_otherwise_is_refused(packed: bytes, workspace: Workspace, tmp_path: Path) -> None:
    """The decoder of LZMA takes as much memory as the file asks for."""
    with pytest.raises(BadFile, match="packed in a way that Debut does not write"):
        parcels.load(workspace, zipped(parts(packed), tmp_path, compress=zipfile.ZIP_LZMA))


def test_a_zip_that_was_damaged_on_the_way_is_refused(packed: bytes, workspace: Workspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        # In the middle of each file: what stands before it is not all looked at, and harmless.
        middles = [one.header_offset + 30 + len(one.filename) + one.compress_size // 2 for one in file.infolist()]
    assert len(middles) > 2
    for at in middles:
        (path := tmp_path / "given.zip").write_bytes(packed[:at] + b"\xff" * 20 + packed[at + 20 :])
        with pytest.raises(BadFile):
            parcels.load(workspace, path)
    assert left(workspace) == []


def test_a_version_of_another_debut_is_no_use_and_says_so(packed: bytes, workspace: Workspace, tmp_path: Path) -> None:
    path = zipped(configured(numbers=["price"])(parts(packed)), tmp_path)
    with pytest.raises(BadFile, match="This model version is from another Debut"):
        parcels.load(workspace, path)


def test_parts_that_were_lost_are_told_in_words(shop: tuple[Workspace, str], workspace: Workspace) -> None:
    folder = versions.folder(workspace, "lost")
    shutil.copytree(versions.folder(*shop), folder)
    (folder / "net.safetensors").write_bytes(b"half")
    with pytest.raises(NotReady, match=r"is damaged: net.safetensors is not what was saved. Fine-tune again"):
        versions.load(workspace, "lost")
    shutil.rmtree(folder)
    with pytest.raises(NotReady, match="is no complete version"):
        versions.load(workspace, "lost")


def test_an_encoder_that_is_not_here_is_asked_for_and_not_fetched(
    packed: bytes, workspace: Workspace, tmp_path: Path, quick: Settings
) -> None:
    elsewhere = asdict(quick) | {"encoder": "somebody/some-bert"}
    content = configured(settings=elsewhere)(told(settings=elsewhere)(parts(packed)))
    path = zipped(content, tmp_path)
    with pytest.raises(BadFile, match="somebody/some-bert, is no folder on this machine"):
        parcels.load(workspace, path)
    name = parcels.load(workspace, path, Encoder().folder)  # the same weights, by their folder
    assert versions.load(workspace, name).settings.encoder == Encoder().folder
    assert versions.listed(workspace)["summary"][0]["settings"]["encoder"] == Encoder().folder


def test_a_backtest_is_kept_with_every_version_of_its_settings(shop: tuple[Workspace, str], quick: Settings) -> None:
    workspace, name = shop
    result = {"cut": "2024-09-09", "table": [{"method": "Debut", "wape": 0.5}]}
    assert versions.backtest(workspace, name) is None
    assert versions.keep_backtest(workspace, asdict(quick) | {"rank": 5}, result) == []
    assert versions.keep_backtest(workspace, asdict(quick) | {"threads": 2}, result) == [name]
    assert versions.backtest(workspace, name) == result
    assert "backtest.json" in parts(parcels.pack(workspace, name))


def test_what_is_gone_cannot_be_packed_used_or_deleted(shop: tuple[Workspace, str]) -> None:
    workspace, _ = shop
    for what in (parcels.pack, versions.activate, versions.remove):
        with pytest.raises(DebutError, match="There is no version gone"):
            what(workspace, "gone")


def test_a_loaded_version_leaves_the_one_in_use_in_use(workspace: Workspace) -> None:
    versions.register(workspace, "first", {"launches": 1})
    versions.register(workspace, "second", {"launches": 2}, use=False)
    assert versions.active(workspace) == "first"
    versions.activate(workspace, "second")
    versions.activate(workspace, "first")  # back again
    assert versions.active(workspace) == "first"

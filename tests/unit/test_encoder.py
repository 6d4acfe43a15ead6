"""The encoder: what it answers whatever it is asked with, in which precision, and any BERT by its folder."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.encoder import MOST_TOKENS, Encoder
from models.errors import EncoderError
from models.quick import fastest, quickened

SHORT = ["Red fox mug", "Blue plain lantern", "Basket", "Set of 6 striped cushions in a box", "Grey mug", ""]
LONG = [" and ".join(SHORT[: n + 1] * 3) for n in range(5)]
TEXTS = [*SHORT, *LONG, "word " * 500]


@pytest.fixture(scope="module")
def exact() -> Encoder:
    return Encoder(precision="float32")


@pytest.fixture(scope="module")
def quick() -> Encoder:
    """In bfloat16 whatever the processor: slow where it cannot multiply it, and just as right."""
    return Encoder(precision="bfloat16")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a BERT of one's own: random weights, a vocabulary of a few words."""
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "fox", "mug", "blue"]
    (folder / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words), **shape)).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_embeddings_are_the_mean_of_the_last_states(exact: Encoder) -> None:
    got = exact.embed(TEXTS)
    read = exact.tokenizer(TEXTS, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
    with torch.inference_mode():
        hidden, mask = exact.model(**read).last_hidden_state, read["attention_mask"][..., None]
    mean = (hidden * mask).sum(1) / mask.sum(1)
    np.testing.assert_allclose(got, nn.functional.normalize(mean, dim=1).numpy(), atol=1e-5)


def test_the_quick_way_reads_nearly_the_same(exact: Encoder, quick: Encoder) -> None:
    assert (exact.embed(TEXTS) * quick.embed(TEXTS)).sum(1).min() > 0.999


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_text_reads_the_same_whatever_it_is_read_with(exact: Encoder, quick: Encoder, precision: str) -> None:
    encoder = exact if precision == "float32" else quick
    together = encoder.computed(TEXTS)
    alone = np.concatenate([encoder.computed([text]) for text in TEXTS])
    crowded = encoder.computed([*[f"{text} red" for text in SHORT] * 30, *reversed(TEXTS)])[: -len(TEXTS) - 1 : -1]
    np.testing.assert_allclose(alone, together, atol=1e-6)
    np.testing.assert_allclose(crowded, together, atol=1e-6)


@pytest.mark.parametrize("below", [1, 2, 6])
def test_states_are_those_below_the_top_layers(exact: Encoder, below: int) -> None:
    states = exact.states(SHORT, below)
    for text, got in zip(SHORT, states.tokens, strict=True):
        with torch.inference_mode():
            whole = exact.model(**exact.tokenizer([text], return_tensors="pt"), output_hidden_states=True)
        np.testing.assert_allclose(got.numpy(), whole.hidden_states[6 - below][0].numpy(), atol=1e-5)
    assert states.lengths.tolist() == [len(exact.tokenizer(text)["input_ids"]) for text in SHORT]


def test_more_layers_than_there_are_are_all_of_them(exact: Encoder) -> None:
    for got, wanted in zip(exact.states(SHORT, 8).tokens, exact.states(SHORT, 6).tokens, strict=True):
        assert torch.equal(got, wanted)
    assert len(exact.top_layers(8)) == 6


def test_reading_leaves_the_model_as_it_came(quick: Encoder) -> None:
    quick.states(SHORT, 2)
    assert len(quick.model.encoder.layer) == 6
    assert {weight.dtype for weight in quick.model.parameters()} == {torch.float32}
    assert {weight.dtype for weight in quick.top_layers(2).parameters()} == {torch.float32}


def test_encoders_of_the_same_weights_share_them_and_what_is_fine_tuned_is_a_copy(exact: Encoder) -> None:
    other = Encoder()
    assert other.model is exact.model
    before = exact.computed(SHORT)
    with torch.no_grad():
        for weight in other.top_layers(6).parameters():
            weight.zero_()
    np.testing.assert_array_equal(Encoder(precision="float32").computed(SHORT), before)


def test_weights_that_were_first_read_for_an_embedding_can_be_trained_on(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, folder := tmp_path / "bert")
    with torch.inference_mode():
        states = Encoder(str(folder)).model(input_ids=torch.tensor([[5, 6]])).last_hidden_state
    hidden = Encoder(str(folder)).model(input_ids=torch.tensor([[5, 6]])).last_hidden_state
    hidden.sum().backward()
    assert torch.allclose(hidden.detach(), states.clone())


def test_weights_that_were_written_anew_are_read_anew(tiny: Path, tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    shutil.copytree(tiny, folder := tmp_path / "bert")
    before = Encoder(str(folder)).embed(["red fox"])
    torch.manual_seed(1)
    BertModel(BertConfig.from_pretrained(folder)).save_pretrained(folder)
    assert np.abs(Encoder(str(folder)).embed(["red fox"]) - before).max() > 0.01


def test_nothing_read_is_nothing(exact: Encoder) -> None:
    assert exact.embed([]).shape[0] == 0
    assert exact.states([], 2).tokens == []


def test_a_stream_is_embedded_some_at_a_time(exact: Encoder) -> None:
    asked: list[str] = []

    def texts():
        for text in TEXTS:
            asked.append(text)
            yield text

    parts = []
    for part in exact.stream(texts(), size=5):
        parts.append(part)
        assert len(asked) <= 5 * len(parts)
    assert [len(part) for part in parts] == [5, 5, 2]
    np.testing.assert_array_equal(np.concatenate(parts), exact.embed(TEXTS))


def test_what_was_read_is_kept_for_the_next_process(exact: Encoder, tmp_path: Path) -> None:
    first = Encoder(cache=tmp_path, precision="float32")
    vectors = first.embed(SHORT)
    again = Encoder(cache=tmp_path, precision="float32")
    np.testing.assert_array_equal(again.embed(SHORT[::-1]), vectors[::-1])
    assert "model" not in again.__dict__  # nothing had to be loaded


def test_other_precisions_and_other_weights_share_nothing(tmp_path: Path, tiny: Path) -> None:
    keys = [Encoder(precision="float32").key, Encoder(precision="bfloat16").key, Encoder(str(tiny)).key]
    assert len(set(keys)) == 3


def test_unknown_tokens_tell_a_foreign_script(exact: Encoder) -> None:
    assert exact.unknown_share(SHORT) == 0
    assert exact.unknown_share(["บะหมี่กึ่งสำเร็จรูป", "ሰማያዊ ኩባያ"]) > 0.3
    assert exact.unknown_share(["🦊 mug"]) == pytest.approx(1 / 2)
    assert exact.unknown_share([]) == 0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_any_bert_is_read_by_its_folder(tiny: Path, precision: str) -> None:
    encoder = Encoder(str(tiny), precision=precision)
    vectors = encoder.embed(["red fox", "blue mug", "red fox"])
    assert vectors.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert encoder.unknown_share(["red thing"]) == 0.5


def test_a_network_that_cannot_be_quicker_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    network = nn.Linear(2, 2)
    with caplog.at_level(logging.WARNING):
        assert quickened(network, "bfloat16", "my-bert") is network
    assert "my-bert is read in float32" in caplog.text


def test_the_quickest_way_is_one_of_two() -> None:
    assert Encoder().precision == fastest() in {"float32", "bfloat16"}


def test_a_missing_encoder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="Name a folder with a BERT"):
        Encoder(str(tmp_path / "gone")).embed(["red fox"])


def test_damaged_weights_are_refused_in_words(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "bert")
    (tmp_path / "bert" / "model.safetensors").write_bytes(b"half")
    with pytest.raises(EncoderError, match="Name a folder with a BERT"):
        Encoder(str(tmp_path / "bert")).embed(["red fox"])


def test_code_that_a_folder_brings_along_is_not_run(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, folder := tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    named = {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config | named))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(EncoderError, match="Name a folder with a BERT"):
        Encoder(str(folder)).embed(["red fox"])
    assert not (tmp_path / "ran").exists()

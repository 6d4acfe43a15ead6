"""The preference benchmark goes through all of it and prints every figure; sizes here say nothing of how good it is."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import preference, preference_scale
from tests.conftest import Files

FIGURES = {
    "auc_debut", "recall10_debut", "auc_peer", "recall10_peer", "ece", "logloss_debut", "logloss_peer",
    "logloss_base", "logloss_rule", "ndcg10_debut", "accuracy", "precision", "recall_best", "f1",
    "auc_gain_low", "auc_gain_high", "recall_gain_low",
}  # fmt: skip


def test_every_figure_of_accuracy_is_taken(small_files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sales = tmp_path / "sales.csv"
    sales.write_bytes(small_files.sales)
    options = ["--only", "accuracy", "--quick", "--data", str(sales), "--cut", "2024-09-02", "--last", "2024-11-15"]
    figures = preference.main([*options, "--json", str(tmp_path / "figures.json")])
    assert figures.keys() >= FIGURES
    assert json.loads((tmp_path / "figures.json").read_text()).keys() == figures.keys()
    assert 0.5 < figures["auc_debut"] <= 1
    assert "LightGBM ranker" in capsys.readouterr().out


def test_every_figure_of_scale_is_taken():
    found = preference_scale.figures(quick=True)
    assert found.keys() == {"full_100k_x_1k_s", "full_peak_mb", "stream_1m_x_10k_s", "stream_peak_mb"}
    assert np.isfinite(list(found.values())).all()

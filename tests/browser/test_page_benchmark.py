"""The page benchmark runs and reports every figure. How large they are is for people to judge, not for a test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import demo_shop

pytestmark = pytest.mark.browser
FIGURES = {
    *(f"{name}_{share}_ms" for name in ("slider", "price", "filter", "switch", "trivial") for share in ("p50", "p95")),
    *(f"{name}_page_{share}" for name in ("first", "next") for share in ("s", "p95_s")),
}


def test_benchmark_reports_every_figure(made: Path, tmp_path: Path):
    file = tmp_path / "pages.json"
    command = [sys.executable, "-m", "tests.benchmarks.pages", "--quick", "--json", str(file), "--home", str(made)]
    ran = subprocess.run(command, cwd=demo_shop.ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(file.read_text())
    assert figures.keys() >= FIGURES
    assert all(figures[name] > 0 for name in FIGURES)
    assert all(word in ran.stdout for word in ("slider", "price", "filter", "switch", "trivial", "first page", "bar"))

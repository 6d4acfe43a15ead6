# make run   open Debut in the browser        make test   everything that must pass
# make check style and types only             make bench  how good and how quick it all is
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench screenshots clean

run: $(VENV)/.run
	$(BIN)/python -m core demo
	$(BIN)/streamlit run app.py

test: $(VENV)/.test check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.pages
	$(BIN)/python -m tests.benchmarks.imports
	$(BIN)/python -m tests.benchmarks.forecaster
	$(BIN)/python -m tests.benchmarks.preference
	$(BIN)/python -m tests.benchmarks.reviews
	$(BIN)/python -m tests.benchmarks.reviews_feature
	$(BIN)/python -m tests.benchmarks.concepts
	$(BIN)/python -m tests.benchmarks.ads
	$(BIN)/python -m tests.benchmarks.pricing
	$(BIN)/python -m tests.benchmarks.market
	$(BIN)/python -m tests.benchmarks.plan
	$(BIN)/python -m tests.benchmarks.feedback
	$(BIN)/python -m tests.benchmarks.second_buy
	$(BIN)/python -m tests.benchmarks.job_kills

screenshots: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.screenshots docs

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Debut needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.run tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

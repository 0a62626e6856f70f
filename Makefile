# notesyncd: `make help` lists what there is.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(STAMP) ## read the sample pages into a demo vault and print the notes
	$(BIN)/notesyncd demo demo-vault

test: $(STAMP) ## run all tests this machine can run; says what it skips
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(STAMP) ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(STAMP) ## measure speed and memory against the bare reader
	$(BIN)/python -m benchmarks

clean: ## throw away what the other targets made
	rm -rf $(VENV) build dist demo-vault .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "notesyncd needs Python 3.11 or newer; set PYTHON=/path/to/python3.11 and run make again"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.PHONY: help demo test check bench clean

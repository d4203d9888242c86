# Everything runs in .venv, from versions fixed with hashes in requirements.lock.
# Needs only make, git and Python >= 3.11. `make` alone lists the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test check peers format lock clean

# The caller's Python settings must not reach into .venv.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX UV_PROJECT_ENVIRONMENT
unexport PYTHONOPTIMIZE PYTHONWARNINGS PYTEST_ADDOPTS MYPYPATH NUMBA_DISABLE_JIT
export PYTHONNOUSERSITE := 1

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# A .venv that cannot run counts as not there: its scripts name the folder they were
# made in, which the stamp records, and its Python may be gone.
ifneq ($(shell $(BIN)/python -c 'print(open("$(READY)").read().strip())' 2>/dev/null),$(CURDIR))
$(shell rm -f $(READY))
endif

help:
	@echo "make setup   build .venv from requirements.lock"
	@echo "make demo    run the built-in scenario (no key, no network)"
	@echo "make test    every check: format, lint, types, layers, tests"
	@echo "make check   make test, then the slow tests, those that need Ray and make peers"
	@echo "make peers   make environments of other simulators, and send orders through them and us"
	@echo "make format  put the code in the project's format"
	@echo "make lock    choose versions anew and write requirements.lock"
	@echo "make clean   remove .venv, caches and build leftovers"

setup: $(READY)
	@echo "setup: .venv is ready"

# The stamp goes before anything is installed: an interrupted install is rebuilt whole.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || \
		{ echo "setup: needs Python 3.11 to 3.14, found $$($(PYTHON) --version 2>&1 | head -n 1); try make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "setup: this Python lacks venv; install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@test -e $@ || rm -rf .venv
	@rm -f $@
	@echo "setup: make .venv with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setup: fetch the installer named in requirements.lock"
	@sed -n '/^uv==/,/^ *# via/p' requirements.lock > .venv/installer.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/installer.lock
	@echo "setup: install the locked packages, hashes checked (1.5 GB on disk)"
	@$(BIN)/uv pip sync --system-certs --quiet --python $(BIN)/python --require-hashes requirements.lock || \
		{ echo "setup: that failed; once more with pip, which follows pip's own index settings"; \
		  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; }
	@echo "setup: install steelyard itself, editable"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --editable .
	@echo "setup: compile the kernels, once for this machine (a minute)"
	@$(BIN)/steelyard run megacaps --to 2000-05-31 --runs-dir .venv/first-run >.venv/first-run.txt 2>&1 || \
		{ cat .venv/first-run.txt >&2; exit 1; }
	@echo "$(CURDIR)" > $@

demo: setup
	@echo "demo: run scenarios/megacaps.yaml"
	@$(BIN)/steelyard run scenarios/megacaps.yaml

test: setup
	@echo "test: is everything in the project's format?"
	@$(BIN)/ruff format --check --quiet
	@echo "test: does the linter find nothing?"
	@$(BIN)/ruff check --quiet
	@echo "test: do the types agree?"
	@$(BIN)/mypy
	@echo "test: do imports follow the drawn layers?"
	@$(BIN)/lint-imports --no-logo
	@echo "test: do the tests pass?"
	@$(BIN)/pytest

check:
	@.ci/run

peers: setup
	@$(BIN)/python bench/peers/environments.py
	@$(BIN)/pytest -m peers

format: setup
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format --quiet

lock: setup
	@$(BIN)/uv pip compile --system-certs --quiet --upgrade --generate-hashes --universal --group dev \
		--no-emit-index-url --no-header --output-file requirements.lock pyproject.toml
	@echo "lock: requirements.lock is written; make setup installs it"

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage build dist *.egg-info
	@echo "clean: done"

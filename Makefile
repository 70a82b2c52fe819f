# Two commands need nothing but python3 (3.11 or newer), make and git: `make demo` and `make test`.
# Each makes its own virtual environment; as root they also install what the system lacks (Debian).

PYTHON ?= python3
APP := .venv
DEV := .venv-dev
RUN := $(DEV)/bin/python

.PHONY: help demo test check bench screenshots format lint types floors clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(APP)/ready  ## open the app on the embedded demo server
	@$(APP)/bin/tuimail demo

test: $(DEV)/ready  ## every test, against a real Dovecot
	@.ci/need dovecot gpg
	$(RUN) -m pytest -n auto

check: lint types floors test  ## what CI runs: format, lint, types, import floors, tests

bench: $(DEV)/ready  ## the table of medians and ratios (some minutes; QUICK=1 for a short one)
	@.ci/need dovecot readers
	$(RUN) -m tests.bench $(if $(QUICK),--quick)

screenshots: $(DEV)/ready  ## draw screenshots/*.png anew
	@.ci/need fonts
	$(RUN) -m tests.pictures

format: $(DEV)/ready  ## put the code in its form
	$(DEV)/bin/ruff format .
	$(DEV)/bin/ruff check --fix .

lint: $(DEV)/ready
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/ruff check .

types: $(DEV)/ready
	$(RUN) -m mypy

floors: $(DEV)/ready
	$(DEV)/bin/lint-imports

clean:  ## remove the virtual environments and caches
	rm -rf $(APP) $(DEV) .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(APP)/ready: requirements.lock pyproject.toml
	@PYTHON=$(PYTHON) .ci/venv $(APP) requirements.lock

$(DEV)/ready: requirements-dev.lock pyproject.toml
	@PYTHON=$(PYTHON) .ci/venv $(DEV) requirements-dev.lock

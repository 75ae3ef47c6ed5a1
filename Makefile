# Needs nothing but make and Python 3.11 or newer; what else there is goes into .venv and var.
# Another Python: make run PYTHON=python3.12. Another port: make run PORT=8001.

PYTHON ?= python3
PY := .venv/bin/python
# Two workers; who is through with its half takes of the other's.
PYTEST := $(PY) -m pytest -n 2 --dist worksteal
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help install run develop test test-browser pictures faults year check types style lock bench clean

# `make check` looks at the settings that production has; these values open nothing.
PRODUCTION := ENTENTE_MODE=production DATABASE_URL=sqlite://:memory: \
	SITE_URL=https://entente.example ALLOWED_HOSTS=entente.example \
	SECRET_KEY=only-for-make-check-0123456789-0123456789-0123456789 \
	LEDGER_KEY=0000000000000000000000000000000000000000000000000000000000000001
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade) pyproject.toml

help:  ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install  ## start Entente on http://127.0.0.1:8000 (PORT=8001 for another port); Ctrl-C stops it
	@exec $(PY) -m runtime.supervisor

install:  ## make .venv with the packages that running needs; quick when it is there
	@$(PYTHON) runtime/bootstrap.py requirements.lock

develop:  ## make .venv with the packages for development too
	@$(PYTHON) runtime/bootstrap.py requirements-dev.lock

test: develop  ## run all tests but the browser's, on SQLite and then on PostgreSQL (ARGS="-k word")
	$(PYTEST) -m "not browser" --once $(ARGS)
	# tests/runtime brings its own servers, whatever the database is: once is enough.
	$(PYTEST) -m "not browser" --once --database postgresql --ignore tests/runtime $(ARGS)

test-browser: develop  ## run the tests that look at the pages in Chromium
	$(PYTEST) -m browser tests/browser $(ARGS)

pictures: develop  ## make pictures of every page in var/pictures (ARGS="--only register,desk --to folder")
	$(PY) -m tests.pictures $(ARGS)

faults: develop  ## kill and starve delivery again and again, and count the mails (ARGS="--database sqlite")
	$(PY) -m tests.faults $(ARGS)

year: develop  ## live through a whole year of a commission (the tests stop after a quarter)
	$(PY) -m pytest tests/e2e/test_year.py --whole-year -q $(ARGS)

check: develop  ## look for mistakes without running tests: style, types, imports, migrations, settings
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target types style

types:
	$(PRODUCTION) $(PY) -m mypy config accounts coordination runtime

style:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m djlint templates --lint --quiet
	$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

lock: develop  ## write both lock files anew from pyproject.toml (UPGRADE=1: the newest versions)
	@$(PY) -m pip install --quiet uv || $(PYTHON) -m pip --python $(PY) install --quiet uv
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --output-file requirements-dev.lock --group dev --constraint requirements.lock

bench: develop  ## measure what benchmarks/ measures
	@set -e; for file in benchmarks/[a-z]*.py; do \
		if [ -e "$$file" ]; then $(PY) -m "benchmarks.$$(basename "$$file" .py)"; \
		else echo "There is nothing to measure in benchmarks/."; fi; \
	done

clean:  ## remove .venv and nothing else: var holds your data and stays
	rm -rf .venv

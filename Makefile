# Everything a newcomer or CI needs; each target does the set-up it needs by itself.
PYTHON ?= python3
VENV := .venv/bin
.PHONY: setup demo test check

setup: .venv/.ready
	$(VENV)/python -m provider.embedded.front_end
.venv/.ready: requirements.lock
	$(PYTHON) -m venv .venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

demo: setup
	$(VENV)/python manage.py translations --compile
	$(VENV)/python manage.py demo

check: setup
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	DATABASE_URL=postgresql://none@/none REDIS_URL=redis://none $(VENV)/mypy .
	$(VENV)/lint-imports
	$(VENV)/python manage.py translations --check
	$(VENV)/python manage.py makemigrations --check --dry-run

test: check
	$(VENV)/python -m pytest

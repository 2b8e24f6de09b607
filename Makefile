# Everything a newcomer or CI needs; each target does the set-up it needs by itself.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv/bin
PACKAGES := provider plans invoices crm_tenant prepaid_cards resellers
.PHONY: setup demo format check pictures properties test test-tools

setup:
	@$(PYTHON) provider/embedded/bootstrap.py
	@$(VENV)/python -m provider.embedded.front_end

demo: setup
	@$(VENV)/python manage.py demo --port $(PORT)

format: setup
	$(VENV)/ruff check --fix-only --quiet .
	$(VENV)/ruff format .
	$(VENV)/djhtml --tabwidth 2 $(PACKAGES)

check: setup
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	DATABASE_URL=postgresql://none@/none REDIS_URL=redis://none $(VENV)/mypy .
	$(VENV)/lint-imports
	$(VENV)/djhtml --check --tabwidth 2 $(PACKAGES)
	$(VENV)/djlint --lint --quiet $(PACKAGES)
	$(VENV)/python manage.py translations --check
	$(VENV)/python manage.py makemigrations --check --dry-run

pictures: test-tools
	rm -rf pictures
	$(VENV)/python -m pytest tests/pages --pictures -n auto --maxprocesses 4

# What the tests need beside the packages: a Chromium, Pango, and the fonts of documents.
test-tools: setup
	@$(VENV)/python -m provider.embedded.chromium
	@$(VENV)/python -m provider.embedded.pango
	@$(VENV)/python -m provider.embedded.fonts

# Each property of the rules with many examples, years of real tables with a hundredth of them; docs/performance.md says
# how long it takes and with which seeds it ran.
EXAMPLES ?= 10000
SEED ?= 20261122
PROPERTIES ?= tests/plans tests/invoices tests/workshop/test_oracle.py tests/workshop/test_cadences.py tests/kernel/test_money.py tests/prepaid_cards/test_any_order.py
properties: setup
	PERENNIAL_EXAMPLES=$(EXAMPLES) $(VENV)/python -m pytest -m hypothesis --hypothesis-seed=$(SEED) --durations=0 $(PROPERTIES)

# One more than cores: while one waits for the database, another works.
WORKERS ?= $(shell cores=$$(nproc); echo $$((cores < 4 ? cores + 1 : 4)))
test: setup
	@$(MAKE) --no-print-directory -j2 check test-tools
	$(VENV)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=40

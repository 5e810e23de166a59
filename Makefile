# The few commands people type. `make help` lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test losses check fix reference lock upgrade bench-changelog bench-requests bench-cold-start

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

venv: $(VENV)/.installed ## create .venv with locked, hash-checked dependencies

check: venv ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: venv ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: venv ## release, promote and roll back REPO=path (this repository by default) on an embedded twin; REHEARSE=1 rehearses, KEEP=1 stays
	$(BIN)/shipway demo --repo "$(or $(REPO),.)" $(if $(REHEARSE),--rehearse) $(if $(KEEP),--keep)

test: venv ## every test; those of npm programs and containers are skipped where these are missing, and say so
	@if command -v npm >/dev/null; then scripts/npm-ci; fi
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

losses: venv ## lose each job of a whole journey at each step, and two of them, and go on in each way (`make test` takes a sample)
	SHIPWAY_ALL_LOSSES=1 $(BIN)/pytest -n auto --dist worksteal --timeout 3600 tests/integration/deploy/test_whole_journey.py $(ARGS)

bench-changelog: venv ## measure changelogs against other tools, on REPO=path or 100,000 made-up commits
	$(BIN)/python bench/changelog.py $(REPO)

bench-requests: venv ## count GitHub API requests of a release, ours and release-please's
	scripts/npm-ci
	$(BIN)/python -m bench.requests $(ARGS)

bench-cold-start: venv ## measure how long commands take to begin, as ratios to bare Python
	$(BIN)/python bench/cold_start.py $(REPO)

reference: venv ## write the generated pages of docs/reference
	$(BIN)/python scripts/reference.py

lock: ## resolve requirements/*.txt from pyproject.toml, with hashes, keeping versions
	scripts/lock

upgrade: ## the same, taking the newest versions
	scripts/lock --upgrade

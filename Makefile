# Every command a person needs. `make help` lists them.

SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
DATA ?= .clearway
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 4
ELSEWHERE := $(patsubst %,tests/api/test_%.py,a_day attachments cases_walk hazards_photos health photo_reading photo_upload \
	public_pages sessions tus tus_extensions tus_photos)

.DEFAULT_GOAL := help
.PHONY: help demo vision test check prove elsewhere bench bundle format lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(VENV)/.runtime ## serve a demo world on 127.0.0.1; PORT=8000 DATA=.clearway
	@exec $(BIN)/clearway demo --parent $$PPID --port "$(PORT)" --data "$(DATA)"

vision: $(VENV)/.vision ## install what finds faces, plates and texts in pictures (optional; 400 MB)

test: $(VENV)/.development tests/clients/node_modules/.installed ## run every test, long proofs at a tenth
	@exec $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

prove: $(VENV)/.development tests/clients/node_modules/.installed ## run the long proofs in full
	@CLEARWAY_PROVE=1 exec $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m prove

# All but what takes longest; `python -m tests.elsewhere` takes all of tests/api.
elsewhere: $(VENV)/.development tests/clients/node_modules/.installed ## the API's tests on Debian's PostgreSQL 15 and Ceph, by address
	@exec $(BIN)/python -m tests.elsewhere -- -n $(JOBS) --dist worksteal $(ELSEWHERE)

check: $(VENV)/.development ## lint, types, import contracts, lock without addresses
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@! grep -nE '^ *(--(extra-)?index-url|--find-links|-i |-f )|"resolved"' requirements.txt requirements-dev.txt requirements-vision.txt tests/clients/package-lock.json

bench: $(VENV)/.development ## measure beside the physical limit; BENCH_JSON=file for the figures as JSON
	@exec $(BIN)/python -m tests.bench

bundle: $(BIN)/python ## everything a server without internet needs: dist/clearway-VERSION-linux-amd64.tar.gz
	@exec $(BIN)/python -m deploy.bundle

format: $(VENV)/.development ## put the code into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(VENV)/.development ## resolve the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --group build pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --no-deps --group pyproject.toml:vision -c requirements.txt -o requirements-vision.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove the environment; the demo's data stays
	rm -rf $(VENV) tests/clients/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Clearway needs Python 3.11 or later"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 lacks venv: apt-get install python3-venv"; exit 1; }

# The marks are made last, so that an installation that was interrupted is done again.
$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing the locked packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.vision: requirements-vision.txt $(VENV)/.runtime
	@echo "installing the locked vision packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-vision.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime $(VENV)/.vision
	@echo "installing the locked development packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

# The client that phones' browsers use, run by the Node.js of a locked wheel.
tests/clients/node_modules/.installed: tests/clients/package-lock.json $(VENV)/.development
	@$(BIN)/python -m tests.node_clients
	@touch $@

# The commands of this project; `make up` needs python3 (3.11 or newer) and nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := up
.PHONY: up down grpc test test-services lint bench bench-ingestion bench-prompts bench-numbers requirements

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps

up: .venv/.runs
	@exec $(BIN)/python -m langfuse_site.up

down: .venv/.runs
	@exec $(BIN)/python -m langfuse_site.up down

# OTLP over gRPC, from the next `make up` on.
grpc: .venv/.runs
	$(PIP) -r requirements-grpc.txt

test: .venv/.develops
	$(BIN)/pytest -n 2 --dist loadfile -m "not services"

test-services: .venv/.develops
	.ci/services $(BIN)/pytest -n 2 --dist loadfile

lint: .venv/.develops
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	NEXTAUTH_SECRET=lint-lint-lint-lint SALT=lint DATABASE_URL=postgresql:///none \
		$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@! grep -nE '^ *-|://|^ *--(index|extra|find|trusted)' requirements*.txt | grep -v -- '--hash=' \
		|| { echo 'requirements name an index or a host'; exit 1; }

bench: bench-ingestion bench-prompts bench-numbers

bench-ingestion: .venv/.develops
	$(BIN)/python -m benchmarks.ingestion

bench-prompts: .venv/.develops
	$(BIN)/python -m benchmarks.prompts

bench-numbers: .venv/.develops
	$(BIN)/python -m benchmarks.numbers

# The newest versions that fit; PIP_INDEX_URL and the like stay in the environment, never in the files.
requirements: .venv/.develops
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.txt
	echo grpcio | $(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate -c requirements.txt - -o requirements-grpc.txt
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --extra grpc --extra dev -c requirements.txt -c requirements-grpc.txt \
		pyproject.toml \
		-o requirements-dev.txt

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "error: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); try make PYTHON=python3.12" >&2; exit 1; }
	@echo "making the Python environment in .venv"
	@$(PYTHON) langfuse_site/up/environment.py .venv
	@touch $@

.venv/.runs: .venv/.made requirements.txt
	@echo "installing the packages (once; a minute or two)"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.develops: .venv/.runs requirements-dev.txt
	@echo "installing the packages for development"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Needs Python 3.11 or newer, make and a package index; everything else comes from the lock.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest
SIDE_BY_SIDE := --dist loadfile --no-loadscope-reorder --numprocesses
FIGURES := bench
DEMO_FOLDER := .openitems-demo
PINNED_UV = $(shell sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements.lock)

# Where the environment forbids Python to keep what it compiled, every process compiles our own modules anew, and every
# process of the tests the tests.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo test integration smoke kafka soak load mutate check bench schemas promise requirements up down lock

help: ## what can be made here
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-13s %s\n' "$$name" "$$text"; done

install: $(INSTALLED) ## the environment in .venv, exactly as locked

$(INSTALLED): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check "$(PINNED_UV)"
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

demo: install ## a library of 2,000 parties, from its postings to an audit; anew each time, in .openitems-demo
	$(BIN)/openitems demo --anew --folder $(DEMO_FOLDER)

test: install ## the tests, but for the gates (check), faults that go on for long (integration), and what smoke runs
	$(PYTEST) $(SIDE_BY_SIDE) 3 -m "not long and not smoke" --ignore=tests/gates --ignore=tests/bench

integration: install ## the tests that take a broker, or Apache Kafka itself, on Kafka; BROKER=host:port for another
	OPENITEMS_TEST_BROKER=$(or $(BROKER),kafka) $(PYTEST) $(if $(BROKER),,$(SIDE_BY_SIDE) 2) \
		-m "(broker or kafka) and not smoke" --ignore=tests/gates --ignore=tests/bench

smoke: install ## every other target once, at its smallest size
	$(PYTEST) --numprocesses 2 --maxschedchunk 1 -m smoke tests/test_make.py

kafka: install ## Apache Kafka in the foreground, on 127.0.0.1; NODES=3 for three
	$(BIN)/python -m tests.brokers $(or $(NODES),1)

soak: install ## random work under faults for MINUTES, from SEED; prints what it takes to do it again
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED))

load: install ## RATE commands a second for SECONDS over the embedded stack, then at which rate it takes too long; SCALE
	$(BIN)/python -m tests.load --rate $(or $(RATE),200) --seconds $(or $(SECONDS),60) \
		--scale $(or $(SCALE),full) --folder $(FIGURES)

mutate: install ## changes of PACKAGE's code that no test notices: MUTANTS of them, drawn by SEED, for MINUTES
	$(BIN)/python -m tests.mutation $(or $(PACKAGE),services/$(or $(SERVICE),matching)/domain) \
		--mutants $(or $(MUTANTS),30) --seed $(or $(SEED),1) --minutes $(or $(MINUTES),30)

check: install ## every gate: format, lint, types, imports, dependencies, SQL, schemas, style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(PYTEST) $(SIDE_BY_SIDE) 2 tests/gates

bench: install ## ratios to the raw floor, as a table and as JSON; BENCH=name for one, SCALE=smoke or 0.1 for less
	$(BIN)/python -m tests.bench $(BENCH) --scale $(or $(SCALE),full) --folder $(FIGURES)

schemas: install ## what is generated: JSON Schemas, AsyncAPI, the services' tables, who may do what
	$(BIN)/python -m contracts.generate
	$(BIN)/python -m tests.gates.schema
	$(BIN)/python -m tests.gates.permissions

promise: install ## promise the contracts as they are now; refused where one broke
	$(BIN)/python -m tests.contracts.promise

requirements: install ## which requirements are done, and which tests show them
	$(BIN)/python -m tests.gates.requirements

up: install ## the embedded stack: PostgreSQL, broker, four services
	$(BIN)/openitems up

down: install ## stops what `make up` started
	$(BIN)/openitems down

lock: install ## resolves pyproject.toml again into requirements.lock
	$(UV) pip compile --quiet --python $(BIN)/python --universal --all-extras --generate-hashes --upgrade \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

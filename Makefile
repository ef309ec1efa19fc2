# Everything that is done with BakeTrace is done from here. Needs Python 3.11 with pip; brings the rest itself.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
HISTORIES ?= 2000
SIZE ?= M
FLAGS ?=
bin := .venv/bin

.PHONY: help
help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r target what; do \
	    printf '  make %-9s %s\n' "$$target" "$$what"; \
	done

.PHONY: install
install: .venv/.installed ## Make .venv with everything in it; does nothing when it is up to date

# Each mark is made last, so an interrupted step is done again; the first step from scratch, so that nothing half
# written and nothing of an older lock file stays behind.
.venv/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("BakeTrace needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	@echo "Making .venv from requirements.lock (about a minute)"
	@$(PYTHON) -m venv --clear .venv
	@$(bin)/pip install --disable-pip-version-check --no-input --require-hashes --requirement requirements.lock \
	    | while read -r step package _; do case $$step in \
	        Collecting) printf '  %s\n' "$$package" ;; \
	        Installing) echo "  … all here; installing them" ;; \
	    esac; done
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(bin)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: explorer
explorer: install ## Build the explorer's pages; does nothing when they are up to date
	@$(bin)/python -m explorer.build

.PHONY: demo
demo: install ## Serve a demo bakery on 127.0.0.1:8000; PORT= changes it
	@$(bin)/python -m explorer.build || echo "The demo goes on without the explorer; the API is whole."
	@exec $(bin)/baketrace demo --port $(PORT)

.PHONY: wheel
wheel: explorer ## Make dist/baketrace-….whl, with the explorer's pages in it
	@$(bin)/pip wheel --disable-pip-version-check --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

.PHONY: test
test: lint ## Run every check and test, on SQLite and PostgreSQL
	$(bin)/pytest --numprocesses auto --dist worksteal

.PHONY: lint
lint: install ## Check style, types and import directions
	$(bin)/ruff check --quiet
	$(bin)/ruff format --check --quiet
	$(bin)/mypy
	$(bin)/lint-imports --no-logo

.PHONY: clients
clients: install ## Run the clients of others and graphql-http's audit against the served API; brings Node by itself
	$(bin)/pytest tests/clients --numprocesses 0 --timeout 1200

.PHONY: oracle
oracle: install ## Compare with an independent implementation; HISTORIES= and SEED= as wanted
	@seed=$${SEED:-$$RANDOM$$RANDOM}; echo "seed $$seed"; \
	$(bin)/pytest tests/oracle --numprocesses auto --histories $(HISTORIES) --history-seed $$seed

.PHONY: replay
replay: install ## Run a real bakery's five months through the API, on both databases
	$(bin)/python -m tests.real.replay --engine both

.PHONY: race
race: install ## Let many clients contend for the same stock, on both databases, and judge what they left
	$(bin)/python -m tests.race.race

.PHONY: load
load: install ## Let 64 clients read and write for two minutes, on both databases; prints rates and memory
	$(bin)/python -m tests.load.load

.PHONY: crash
crash: install ## Kill servers and databases under load, on both databases, and judge what is left
	$(bin)/python -m tests.crash.crash $(FLAGS)

.PHONY: tamper
tamper: install ## Tamper with the audit log a thousand times on each database, and see each time told
	TAMPERINGS=1000 $(bin)/pytest tests/store/test_tampering.py -k every_change --numprocesses 2 --timeout 1800

.PHONY: mutants
mutants: install ## Change the engine a little, a thousand times, and see each time a test fail
	$(bin)/python -m tests.mutation.mutants

.PHONY: attack
attack: install ## Attack a server in all the ways of the table, and judge what each cost it; FLAGS= names some
	@$(bin)/python -m tests.attack.attack $(FLAGS)

.PHONY: fuzz
fuzz: install ## Send 2,000 documents drawn from the schema, on both databases; FLAGS="--cases 100 --seed 1" as wanted
	$(bin)/python -m tests.fuzz.fuzz $(FLAGS)

.PHONY: browser
browser: install ## Use the explorer in headless Chromium, on the demo; leaves pictures in var/browser
	@[[ -x /usr/bin/chromium && -x /usr/bin/chromedriver ]] || \
	    { echo "This needs Debian's browser: apt-get install chromium chromium-driver"; exit 1; }
	@$(bin)/python -m explorer.build --checked
	$(bin)/pytest tests/browser/explorer.py tests/browser/picture.py --timeout 300 --capture no $(FLAGS)

.PHONY: squawk
squawk: install ## Lint the SQL of migrations after the first release
	$(bin)/python -m tests.migrating.squawk

.PHONY: stall
stall: install ## Apply a typical migration under load on PostgreSQL, and judge how long requests waited
	$(bin)/python -m tests.migrating.stall

.PHONY: tenancy
tenancy: install ## Let each bakery try all that others have, at every place of the schema; FLAGS=--tries=0 for all of it
	$(bin)/python -m tests.tenancy.tenancy --seed $(SEED) $(FLAGS)

SEED ?= $(shell date +%s)
EXAMPLES ?= 10000
.PHONY: equality
equality: install ## Compare compiled and plain execution on 20,000 generated documents; SEED= repeats a run
	@echo "SEED=$(SEED)"
	EQUALITY_EXAMPLES=$(EXAMPLES) $(bin)/pytest tests/api/test_equality.py --numprocesses 2 --timeout 7200 --hypothesis-seed $(SEED)

.PHONY: bench
bench: install ## Measure beside a limit and peers, on 100,000 lots; SIZE=L adds a million
	$(bin)/python -m benchmarks --size $(SIZE) $(FLAGS)

.PHONY: schema
schema: install ## Print the schema to graphql_api/schema.graphql
	@sdl=$$($(bin)/baketrace sdl); printf '%s\n' "$$sdl" > graphql_api/schema.graphql

.PHONY: lock
lock: ## Write requirements.lock anew; FLAGS=--upgrade for newer versions
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(PYTHON) -m venv "$$tools"; \
	"$$tools/bin/pip" install --disable-pip-version-check --quiet uv; \
	"$$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	    --no-emit-index-url --no-header $(FLAGS) --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## Remove all that was made here, the demo's database too
	@rm -rf .venv build dist var benchmarks/peers/node_modules tests/clients/node_modules explorer/node_modules graphql_api/explorer/built *.egg-info .grimp_cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Bijli Setu: everything a newcomer, a maintainer and CI do starts here. `make` alone lists it.

PYTHON ?= python3
PY := .venv/bin/python
MAKEFLAGS += --no-print-directory
# a Python named by the caller is insisted on; otherwise a .venv of any fitting Python is kept
EXACTLY := $(if $(filter command environment,$(firstword $(origin PYTHON))),--exactly-this-python)
BOOTSTRAP = @command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: Python 3.11 or newer is needed."; exit 1; }; \
	$(PYTHON) deploy/local/bootstrap.py $(EXACTLY)

# who looks after it means the demo on this machine where that runs, else the containers of `make up`
CONTAINERS := $(if $(wildcard .local/demo.json)$(KAFKA_BOOTSTRAP),,$(wildcard deploy/.env))
LOOK = $(if $(CONTAINERS),$(PYTHON) -m deploy.compose kit,$(PY) -m deploy.local run $(PY) -m)
LOOK_FIRST = $(if $(CONTAINERS),@,$(BOOTSTRAP) local)

.DEFAULT_GOAL := help
.PHONY: help demo stack test understand test-faults test-containers test-compose bench check lint format types up down parked replay backup restore erase held lift clean-local docs screenshots lock

help:
	@echo "make TARGET [ARGS='…'] [PYTHON=python3.12]"
	@awk -F':.*## |: ' '/^[a-z-]+:.*## /{if(!($$2 in seen)){seen[$$2]=1;order[++n]=$$2} text[$$2]=text[$$2] sprintf("  %-15s %s\n",$$1,$$3)} \
		END{for(i=1;i<=n;i++)printf "\n%s\n%s",order[i],text[order[i]]}' $(firstword $(MAKEFILE_LIST))

demo: ## Try it: everything on this machine, without Docker; Ctrl-C stops all of it
	$(BOOTSTRAP) local
	@exec $(PY) -m deploy.local demo

clean-local: ## Try it: drop the demo's data (.local); refuses while the demo runs
	@$(if $(wildcard $(PY)),$(PY),$(PYTHON)) -m deploy.local clean

up: ## Try it: the same in Docker containers, in the background (PROFILE=demo,per-discom,cluster)
	@$(PYTHON) -m deploy.compose up

down: ## Try it: stop the containers; data stays, unless ERASE=yes
	@$(PYTHON) -m deploy.compose down $(if $(filter yes,$(ERASE)),--erase)

stack: ## Work on it: Kafka and PostgreSQL alone, on this machine
	$(BOOTSTRAP) local
	@exec $(PY) -m deploy.local stack

test: ## Work on it: all tests but the long ones (ARGS for pytest)
	$(BOOTSTRAP) dev
	@$(PY) -m pytest tests $(ARGS)

understand: ## Work on it: learn the example sentences and report how well texts are understood
	$(BOOTSTRAP) dev
	@$(PY) -m libs.language.report

test-faults: ## Work on it: kill processes, Kafka and PostgreSQL, and count what is lost or doubled
	$(BOOTSTRAP) dev
	@$(PY) -m pytest tests/faults -m long -s $(ARGS)

test-containers: ## Work on it: what needs Kafka and PostgreSQL, with both in containers
	$(BOOTSTRAP) dev
	@TEST_STACK=containers $(PY) -m pytest tests/containers tests/integration tests/system tests/conversations tests/faults $(ARGS)

test-compose: ## Work on it: everything in containers, restarted, scaled and replaced under traffic
	$(BOOTSTRAP) dev
	@$(PY) -m pytest tests/compose -m long -s $(ARGS)

lint:
	$(BOOTSTRAP) dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports

types:
	$(BOOTSTRAP) dev
	@$(PY) -m mypy .

check: lint types test ## Work on it: what CI runs (ruff, mypy, import-linter, all tests)

format: ## Work on it: put the code into shape
	$(BOOTSTRAP) dev
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: ## Work on it: measure throughput and delay here (QUICK=yes, SCENARIO=…; ARGS=--help)
	$(BOOTSTRAP) dev
	@exec $(PY) -m bench $(ARGS)

parked: ## Look after it: list the messages that could not be handled
	$(LOOK_FIRST)
	@$(LOOK) libs.kit parked

replay: ## Look after it: hand a parked message in again, ID=…
	$(LOOK_FIRST)
	@test -n "$(ID)" || { echo "Which one? make replay ID=…; \`make parked\` lists them."; exit 1; }
	@$(LOOK) libs.kit replay --id "$(ID)"

held: ## Look after it: list the numbers and templates that nothing is sent from for now, and why
	$(LOOK_FIRST)
	@$(LOOK) services.gateway held

lift: ## Look after it: send again, DISCOM=mvvnl for its number, TEMPLATE=… for one template
	$(LOOK_FIRST)
	@test -n "$(DISCOM)" || { echo "Whose? make lift DISCOM=mvvnl [TEMPLATE=…]; \`make held\` lists them."; exit 1; }
	@$(LOOK) services.gateway lift --discom "$(DISCOM)" $(if $(TEMPLATE),--template "$(TEMPLATE)")

erase: ## Look after it: erase one person everywhere, PHONE=…
	$(LOOK_FIRST)
	@test -n "$(PHONE)" || { echo "Whom? make erase PHONE=919876543210"; exit 1; }
	@$(LOOK) libs.kit erase --phone "$(PHONE)"

backup: ## Look after it: dump every database of the containers (TO=folder)
	@$(PYTHON) -m deploy.compose backup

restore: ## Look after it: put them back, FROM=folder (ONLY=mvvnl_billing,… REPLAY=yes)
	@$(PYTHON) -m deploy.compose restore

docs: ## Look after it: write docs/events.md, docs/all-texts.md and the JSON Schemas anew
	$(BOOTSTRAP) dev
	@$(PY) -m libs.schemas docs
	@$(PY) -m libs.kit.texts_page > docs/all-texts.md

screenshots: ## Look after it: take the pictures of the phone page anew
	$(BOOTSTRAP) dev
	@$(PY) -m pytest tests/e2e $(ARGS)

lock: ## Look after it: choose the versions in requirements*.lock and of Kafka's jars anew (ARGS=--upgrade)
	$(BOOTSTRAP) dev
	@$(PYTHON) deploy/local/relock.py $(ARGS)
	@$(PY) -m deploy.local.jars lock

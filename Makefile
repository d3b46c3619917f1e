# Everything is run from here; `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help up demo test test-fast lint format kafka chaos bench clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.venv/ready: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

up: .venv/ready ## set everything up and run the whole system; http://127.0.0.1:8000
	$(BIN)/python -m tongban up

demo: .venv/ready ## play a month of city life, then go on in real time
	$(BIN)/python -m tongban demo

test: .venv/ready ## set up, and run all tests, those of two files at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: .venv/ready ## unit and contract tests: no sockets, under a minute
	$(BIN)/python -m pytest tests/unit tests/contract

lint: .venv/ready ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready ## write the code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

kafka: .venv/ready ## run Apache Kafka on port 9092, for TONGBAN_KAFKA=127.0.0.1:9092
	$(BIN)/python deploy/kafka/kafka.py start --data var/kafka --port 9092
	@echo 'stop it with: $(BIN)/python deploy/kafka/kafka.py stop --data var/kafka'

chaos: .venv/ready ## kill and stop everything at random while people work, then check (10 minutes; Java)
	$(BIN)/python -m bench.faults.simulation --seeds 2000
	$(BIN)/python -m bench.faults.storm
	$(BIN)/python -m bench.faults.storm --embedded --cases 500 --faults 16 --over 90

bench: .venv/ready ## whole cases a second, and what each part of the city costs (12 minutes; Java)
	$(BIN)/python -m bench.speed

clean: ## remove the environment and what tools have left; data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

PYTHON ?= python3
BIN := .venv/bin
DOIT := $(BIN)/doit

.PHONY: all test quick lint status test-all coverage demo dev generate-docs security-scan clean

all: .venv/installed
	$(DOIT)

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test: .venv/installed
	$(BIN)/pytest -n auto --cov --cov-report=term

quick: .venv/installed
	$(BIN)/pytest -n auto -m "not slow"

lint status test-all coverage demo dev generate-docs security-scan: .venv/installed
	$(DOIT) $@

clean:
	rm -rf build

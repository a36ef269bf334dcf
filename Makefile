# Two commands from a fresh clone: `make demo` and `make test`. They need Python 3.11 and build the rest in .venv.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PANGO  := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-scale cluster cluster-down browser-tools pdf-tools docs lock clean

help:
	@echo "make demo    bill an invented month for three practices on this machine"
	@echo "make test    lint, then every test"
	@echo "make lint    ruff and mypy"
	@echo "make bench   time documents, engine by engine, and each stage of a month of 200 patients"
	@echo "make cluster run Prefect's server on PostgreSQL, an S3 and two workers on loopback, and bill twenty invented practices"
	@echo "make cluster-down    end what make cluster started"
	@echo "make bench-scale     time a month of 1, 10 and 50 practices on one worker and on two"
	@echo "make browser-tools   fetch axe-core, so that the page's accessibility is tested too"
	@echo "make pdf-tools       fetch a PDF/UA checker, so that the documents are tested by it too"
	@echo "make docs    write the pages that are generated from the rulebook"
	@echo "make lock    resolve requirements.in into requirements.txt again"
	@echo "make clean   remove .venv, out and caches"

demo: $(VENV)/.ready
	$(BIN)/ccm demo

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What the tests of the page in a browser need besides Chromium, which comes with the system (apt-get install chromium).
browser-tools:
	npm install --silent --no-save --no-package-lock --prefix .browser axe-core@4.14.1

# A PDF/UA checker for the tests. Without its own requirements, one of which is under a licence we do not want in the lock.
pdf-tools: $(VENV)/.ready
	$(BIN)/pip install -q --no-deps outloud==0.2.1

bench: $(VENV)/.ready
	$(BIN)/python -m tests.bench

# An hour and more on two cores; `--practices 1 10` is a quarter of it.
bench-scale: $(VENV)/.ready
	$(BIN)/python -m tests.bench.scale

# PostgreSQL comes with the system (apt-get install postgresql). As root it runs as its own user, who must reach this folder.
cluster: PRACTICES ?= 20
cluster: WORKERS ?= 2
cluster: $(VENV)/.ready
	$(BIN)/python -m infra.cluster_month up $(PRACTICES) $(WORKERS)

cluster-down: $(VENV)/.ready
	$(BIN)/python -m infra.cluster_month down

docs: $(VENV)/.ready
	$(BIN)/python -m flows.rulebook.table --write

# The tool that resolves is not a requirement of the product, so it gets an environment of its own. It resolves for every Python
# that the package takes, not for the one at hand: 3.11.2, Debian's own, needs a package that 3.11.3 does not.
lock: $(VENV)/.ready
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install -q uv
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-build-options -o requirements.txt requirements.in
	@# pip holds a name with an extra and the bare name apart, and takes the newest for the one that is not pinned
	sed -n '/^sqlalchemy==/,/[^\\]$$/p' requirements.txt | sed 's/^sqlalchemy==/sqlalchemy[asyncio]==/' > $(VENV)/extras
	cat $(VENV)/extras >> requirements.txt

clean:
	rm -rf $(VENV) out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Stamps, so that a second call installs nothing: Pango for WeasyPrint, then the pinned packages, then this one.
$(VENV)/.ready: $(VENV)/.packages pyproject.toml
	$(BIN)/pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.packages: requirements.txt $(VENV)/.pango
	@echo "installing the pinned packages into $(VENV), a minute or two"
	@$(BIN)/pip install -qq --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.pango: $(BIN)/python
	@$(BIN)/python infra/pango.py || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing Pango ($(PANGO))"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(PANGO) >/dev/null; \
	  fi; \
	  $(BIN)/python infra/pango.py || { echo "Pango is missing: as root, apt-get install $(PANGO) (macOS: brew install pango), then run make again"; exit 1; }; }
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, or run make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

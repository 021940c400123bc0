# Two commands do everything on a machine with Python 3.11 to 3.13: `make run` and `make test`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= outputs
# The folder with development data; what needs it says so where it is absent.
DATA ?= ../shared/data
EVALS ?= ../shared/evals
MODEL ?= fast
export NEWSKIT_DATA = $(abspath $(DATA))

.DEFAULT_GOAL := help
.PHONY: help run test test-browser lab docs eval models bench trust clean

help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo
	@echo "make run ARTICLES=path     your own articles (a file or a folder) instead of the sample"
	@echo "make run ARGS='--jobs 2'   further options of the command (newskit run --help lists them)"

run: $(VENV)/.run  ## Set up, then execute the notebooks: figures, tables and report.html in outputs/
	$(BIN)/newskit run $(if $(ARTICLES),"$(ARTICLES)") --out "$(OUT)" $(ARGS)

test: $(VENV)/.dev  ## Set up, then check style, types and structure, and pass the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist worksteal

test-browser: $(VENV)/.dev  ## Use the notebooks and the report in a real browser (needs chromium; says so where there is none)
	$(BIN)/python -m pytest -m browser -rs tests/browser

lab: $(VENV)/.run  ## Set up, then open the notebooks in JupyterLab
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --LabApp.default_url=/lab/tree/notebooks

docs: $(VENV)/.dev  ## Draw the README's figures anew
	$(BIN)/python docs/figures.py

eval: $(VENV)/.dev  ## Score the kit on development data (MODEL=accurate: the accurate model)
	$(BIN)/python "$(EVALS)/speed.py" --articles "$(DATA)/news_articles/news_articles.csv.gz" --what tokens --at-least 0.8
	$(BIN)/python "$(EVALS)/entities.py" --conll "$(DATA)/conll2003/dev.txt" --model $(MODEL)
	$(BIN)/python "$(EVALS)/entities.py" --conll "$(DATA)/conll2003/dev.txt" --cased --model $(MODEL)
	$(BIN)/python "$(EVALS)/sentences.py" --articles "$(DATA)/news_articles/news_articles.csv.gz" --last --model $(MODEL)
	$(BIN)/python -m newskit.training.annotations --data "$(DATA)" --out build/annotated
	for folder in reuters mixed; do for what in entities sentences; do \
		$(BIN)/python "$(EVALS)/annotated.py" build/annotated/$$folder $$what --model $(MODEL) || exit 1; done; done
	$(BIN)/python "$(EVALS)/attributions.py" --polnear "$(DATA)/polnear/dev.jsonl.gz" --model $(MODEL)
	$(BIN)/python "$(EVALS)/stance.py" --newsmtsc "$(DATA)/newsmtsc/dev.jsonl" --model $(MODEL)
	$(BIN)/python -m newskit.training.coded --data "$(DATA)" --model $(MODEL)
	$(BIN)/python "$(EVALS)/tuples.py" build/annotated/tuples --model $(MODEL)
	$(BIN)/python "$(EVALS)/topics.py" --csv "$(DATA)/ag_news/ag_news.csv.gz"
	$(BIN)/python -m newskit.training.topics --data "$(DATA)"
	$(BIN)/python "$(EVALS)/speed.py" --articles "$(DATA)/news_articles/news_articles.csv.gz" --what entities --model $(MODEL)

models: $(VENV)/.dev  ## Train the models anew from the development data (about seven hours on two cores)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train]"
	mkdir -p build
	$(BIN)/python -m newskit.training.casing --data "$(DATA)"
	$(BIN)/python -m newskit.training.vectors --data "$(DATA)" --out build/vectors.npz
	$(BIN)/python -m newskit.training.teacher --data "$(DATA)" --out build/silver.parquet
	$(BIN)/python -m newskit.training.entities --data "$(DATA)" --vectors build/vectors.npz --silver build/silver.parquet
	$(BIN)/python -m newskit.training.sentences --data "$(DATA)" --vectors build/vectors.npz
	$(BIN)/python -m newskit.training.attribution_teacher --data "$(DATA)" --out build/attributions.parquet
	$(BIN)/python -m newskit.training.attributions --data "$(DATA)" --vectors build/vectors.npz --silver build/attributions.parquet
	$(BIN)/python -m newskit.training.stance_teacher --data "$(DATA)" --out build/stances.parquet
	$(BIN)/python -m newskit.training.stance --data "$(DATA)" --vectors build/vectors.npz --silver build/stances.parquet
	$(BIN)/python -m newskit.training.topic_words --data "$(DATA)" --out build/passages.npz
	$(BIN)/python -m newskit.training.accurate --data "$(DATA)" --stances build/stances.parquet
	$(BIN)/python -m newskit.training.relabel --data "$(DATA)" --out build/relabelled.parquet
	$(BIN)/python -m newskit.training.entities --data "$(DATA)" --vectors build/vectors.npz --silver build/relabelled.parquet

bench: $(VENV)/.dev  ## Measure speed and memory beside what else could be used, and write benchmarks.md (LARGE=--large: hours)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[bench]"
	for what in peers accurate scale topics; do $(BIN)/python -m tests.bench_$$what --page benchmarks.md $(LARGE) || exit 1; done

trust: $(VENV)/.dev  ## Kill, fuzz, mutate, misuse, cover and audit (hours; atheris needs Linux)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[trust]"
	$(BIN)/python -m tests.audit
	$(BIN)/python -m tests.kills --sessions 200 --runs 200
	$(BIN)/python -m tests.trust.uses
	for what in readers cleaning; do $(BIN)/python -m tests.fuzz $$what --runs 1500000 || exit 1; done
	for what in html parquet tokens; do $(BIN)/python -m tests.fuzz $$what --runs 50000 || exit 1; done
	$(BIN)/python -m tests.mutants
	$(BIN)/python -m pytest -n auto --dist worksteal --cov=newskit --cov-report=term --cov-report=html:build/coverage

clean:  ## Remove the environment and everything that was made
	rm -rf $(VENV) outputs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "newskit needs Python 3.11, 3.12 or 3.13 with venv. Install one, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up $(VENV), once: this takes a minute or more."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable ".[sample,accurate]"
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up $(VENV), once: this takes a minute or more."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable ".[sample,accurate,scale,dev]"
	@touch $@ $(VENV)/.run

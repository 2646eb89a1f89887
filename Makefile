# make setup | run | test | demo | bench : see README.md
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
SOURCES := $(shell find static/src static/build.mjs templates -type f 2>/dev/null)
FRONT_RULES := $(shell find static/tests -type f) tsconfig.json eslint.config.mjs stylelint.config.mjs .prettierrc.json .djlint_rules.yaml
TEST_WORKERS ?= 2

.PHONY: setup consumers run test lint lint-types lint-python check demo bench bench-fewshot bench-api bench-api-fuzz clean
.DELETE_ON_ERROR:

setup: $(STAMPS)/python static/dist/.built $(STAMPS)/locale
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py collectstatic --no-input --verbosity 0

$(STAMPS)/python: pyproject.toml clients/python/pyproject.toml
	@echo "==> Python packages into $(VENV) (the first time takes a few minutes: PyTorch is large)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --disable-pip-version-check --progress-bar on -e '.[engine,s3,dev]' -e 'clients/python[supervision]' | grep --line-buffered -E '^(Collecting|Downloading|Installing|Successfully|ERROR)' | cut -c1-160
	@mkdir -p $(STAMPS) && touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@echo "==> Front-end packages"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

static/dist/.built: node_modules/.package-lock.json $(SOURCES)
	@echo "==> Front end"
	@npm run --silent build
	@touch $@

$(STAMPS)/locale: $(STAMPS)/python $(wildcard locale/*/LC_MESSAGES/*.po)
	@for domain in django djangojs; do $(VENV)/bin/pybabel --quiet compile --use-fuzzy --domain $$domain --directory locale 2>/dev/null || true; done
	@touch $@

# Other people's label tools, in an environment of their own: the tests ask them whether our files are what they should be.
consumers: $(STAMPS)/consumers

$(STAMPS)/consumers: tests/annotations/formats/consumers.txt
	@echo "==> Label tools that the tests ask into $(VENV)/consumers"
	@test -x $(VENV)/consumers/bin/python || $(PYTHON) -m venv $(VENV)/consumers
	@$(VENV)/consumers/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@mkdir -p $(STAMPS) && touch $@

run: setup
	@exec $(PY) manage.py serve

# What the front end's linters say of a file depends on the others' types: they read all again, but only where something changed.
$(STAMPS)/front-lint: node_modules/.package-lock.json $(STAMPS)/python $(SOURCES) $(FRONT_RULES)
	@npm run --silent typecheck
	@npm run --silent lint
	@$(VENV)/bin/djlint --lint --quiet templates
	@touch $@

# mypy takes about as long as all the others together.
lint: setup
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-types lint-python $(STAMPS)/front-lint

lint-types:
	@$(VENV)/bin/mypy

lint-python:
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(PY) manage.py makemigrations --check --dry-run --verbosity 0

test: lint consumers
	@npm test --silent
	@$(PY) -m tests.run

demo: setup
	@$(PY) manage.py demo

bench: setup bench-fewshot
	@$(PY) bench/engine/ablation.py --report docs/bench/ablation.md
	@$(PY) bench/engine/sources.py --report docs/bench/sources.md
	@$(PY) bench/engine/classes.py
	@$(PY) bench/engine/reviews.py
	@$(PY) bench/web/web_memory.py
	@$(PY) bench/web/idle_memory.py
	@$(PY) bench/web/team_load.py
	@$(PY) bench/web/large_project.py
	@$(PY) bench/web/uploads.py
	@$(PY) bench/web/copies.py
	@$(PY) bench/web/first_labels.py

# LabelHub beside Label Studio, which comes into an environment of its own; takes a quarter of an hour.
bench-api: setup $(STAMPS)/label-studio
	@$(PY) -m bench.web.beside --report docs/bench/api.md

$(STAMPS)/label-studio: bench/web/beside/label_studio.txt
	@echo "==> Label Studio into $(VENV)/label-studio"
	@test -x $(VENV)/label-studio/bin/python || $(PYTHON) -m venv $(VENV)/label-studio
	@$(VENV)/label-studio/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@mkdir -p $(STAMPS) && touch $@

# Random requests to every operation of the API for 20 minutes; a short form of it is among the tests.
bench-api-fuzz: setup
	@LABELHUB_FUZZ_MINUTES=20 LABELHUB_FUZZ_REPORT=docs/bench/api_fuzz.txt $(PY) -m pytest tests/fuzz -q

bench-fewshot: setup
	@$(PY) bench/engine/fewshot.py --report docs/bench

clean:
	rm -rf $(VENV) node_modules static/dist

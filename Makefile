# `make help` lists the commands. Needs a Python from 3.11 to 3.13 and nothing else.

ifeq ($(OS),Windows_NT)
    BIN := .venv/Scripts
else
    BIN := .venv/bin
endif
RUN := $(BIN)/python
CHOOSE := for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
    "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && break; \
    python=; done; \
    test -n "$$python" || { echo "No Python from 3.11 to 3.13 was found; install one, or name it: make $@ PYTHON=/path/to/python3.12" >&2; exit 1; }
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help site preview numbers export test test-site test-quarto test-slow lint format bench lock quarto clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

$(READY): requirements.txt
	@$(CHOOSE); echo "Making the environment in .venv (about a minute, once) ..."; \
	"$$python" -m venv --clear .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --only-binary :all: -r requirements.txt
	@$(RUN) -m compileall -qq -j 0 -x '[\\/]tests?[\\/]' .venv || true  # on all cores; packages hold tests, and examples for other Pythons
	@$(RUN) -c "from render.html import fonts; fonts.build()"
	@touch $(READY)

site: $(READY) ## Render the book: website and PDF, in _site/
	@$(RUN) -m render

preview: $(READY) ## Serve the site and render again on every change
	@$(RUN) -m render preview

numbers: $(READY) ## Write the book's numbers and tables as text into report/numbers/
	@$(RUN) -m render numbers

export: $(READY) ## Write the study's models and tables into _export/
	@$(RUN) -m analysis export

test: $(READY) ## Run the tests (what needs Chromium or poppler is skipped, loudly, where they are missing)
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not site and not slow"

test-site: $(READY) ## Test what `make site` rendered
	@$(RUN) -m pytest -n auto --dist worksteal -m site tests/report

test-quarto: $(READY) ## Render the book with Quarto, and test what it makes
	@$(RUN) -m pytest -m quarto

test-slow: $(READY) ## Run the tests that take minutes: simulations, changed sources, more tables
	@$(RUN) -m pytest -n auto -m slow

lint: $(READY) ## Check format, style and types of code and chapters, and the workflows
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(BIN)/panache format --check .
	@$(BIN)/panache lint --no-cache .
	@$(BIN)/zizmor --offline --quiet .github

format: $(READY) ## Format code and chapters
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .
	@$(BIN)/panache format .

bench: $(READY) ## Measure speed and memory
	@$(RUN) -m benchmarks

lock: $(READY) ## Lock the newest allowed versions into requirements.txt
	@$(RUN) -m uv pip compile pyproject.toml --extra book --extra dev --universal --python-version 3.11 \
	    --fork-strategy fewest --upgrade --generate-hashes --no-annotate --quiet \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.txt

quarto: $(READY) ## Put Quarto into the environment (the standard way to render)
	@mkdir -p .cache
	@$(RUN) -m pip install --disable-pip-version-check --no-deps "quarto-cli>=1.9" >.cache/quarto.log 2>&1 \
	    && $(BIN)/quarto --version >>.cache/quarto.log 2>&1 \
	    || { echo "Quarto could not be had from PyPI here (see .cache/quarto.log); make site works without it, and https://quarto.org/docs/download/ has installers." >&2; exit 1; }
	@echo "Quarto is in the environment; make site takes it."

clean: ## Remove what the commands made, but not the environment
	@rm -rf _site _export _freeze .cache .quarto .pytest_cache .mypy_cache .ruff_cache .hypothesis

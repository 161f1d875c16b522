# Each target sets up .venv (make bench: .venv-bench) by itself when it is missing or older than the project's metadata.
# PYTHON=python3.12 picks the interpreter for a new .venv; ARGS="..." is passed on.
PYTHON ?= python3
python := .venv/bin/python
side_by_side := -n auto --dist loadfile

# Where this is set, each of the hundreds of processes of the tests would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help train bench records test consumers test-all cover boundscheck aarch64 lint docs warmup clean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

train: .venv/run.stamp ## learn the bundled digits (ARGS="--hidden 100 --epochs 3": see fastnet train --help)
	@.venv/bin/fastnet train $(ARGS)

bench: .venv-bench/stamp ## measure against other libraries (QUICK=1 for a short look, ARGS="PART ...")
	@QUICK=$(QUICK) .venv-bench/bin/python -m bench $(ARGS)

records: .venv/dev.stamp ## train the table of records, over several sittings (ARGS="lecun-300 ...", ARGS="--list")
	@QUICK=$(QUICK) $(python) -m bench.records $(ARGS)

test: .venv/dev.stamp ## run the tests, compiled (ARGS="-k datasets" picks some)
	@$(python) -m pytest $(side_by_side) -m 'not heavy' $(ARGS)

consumers: ## install what some tests of test-all need, as root (Debian or Ubuntu): compilers, Node.js, a simulated Arduino
	@tools/consumers.sh

test-all: .venv/all.stamp ## run the tests that take long, too (ARGS="-m heavy": them alone)
	@$(python) -m pytest $(side_by_side) $(ARGS)

cover: .venv/dev.stamp ## run the tests with the kernels as plain Python, and report their coverage
	@NUMBA_DISABLE_JIT=1 $(python) -m pytest $(side_by_side) --cov --cov-report= -m 'not heavy' $(ARGS)
	@$(python) -m coverage report --include='fastnet/kernels/*'

boundscheck: .venv/dev.stamp ## run the tests with every array index checked
	@NUMBA_BOUNDSCHECK=1 $(python) -m pytest $(side_by_side) -m 'not compiled and not heavy' $(ARGS)

aarch64: .venv/dev.stamp .venv/aarch64/python ## run the golden runs on an emulated 64-bit Arm (Debian or Ubuntu; as root it installs what it misses)
	@FASTNET_AARCH64=.venv/aarch64/python $(python) -m pytest -n 2 tests/kernels/test_aarch64.py $(ARGS)

lint: .venv/dev.stamp ## check style (ruff) and types (mypy)
	@$(python) -m ruff check .
	@$(python) -m mypy

docs: .venv/docs.stamp ## build the site of the documentation in build/docs (warnings are errors)
	@$(python) -m sphinx -q -W --keep-going -b html docs build/docs $(ARGS)
	@echo 'open build/docs/index.html'

warmup: .venv/run.stamp ## compile the kernels now, so that the first training need not
	@.venv/bin/fastnet warmup

clean: ## remove .venv, .venv-bench, compiled kernels and all other generated files
	@rm -rf .venv .venv-bench .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist docs/generated *.egg-info
	@find fastnet bench tests -name __pycache__ -exec rm -rf {} +

# run.stamp: what fastnet needs to run. dev.stamp: that, and the tools for tests and lint. docs.stamp:
# that, and the tools for the site. all.stamp: that, and the libraries of the heavy tests.
.venv/dev.stamp: extras := [dev]
.venv/docs.stamp: extras := [dev,docs]
.venv/all.stamp: extras := [dev,consumers]
.venv/run.stamp .venv/dev.stamp .venv/docs.stamp .venv/all.stamp: setup.cfg pyproject.toml
	@echo 'setting up .venv (fastnet$(extras)) ...'
	@$(python) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(python) -m pip uninstall -q -y fastnet 2>/dev/null; rm -rf fastnet.egg-info  # the name up to 0.1.0
	@$(python) -m pip install -q --disable-pip-version-check -e '.$(extras)'
	@touch .venv/run.stamp $@

# A Python for 64-bit Arm.
.venv/aarch64/python: .venv/dev.stamp
	@echo 'setting up .venv/aarch64 ...'
	@tools/aarch64.sh $(@D)

# What the bench compares with: what cannot be installed here is left out, and the bench says so.
peers = $(shell sed -n '/^bench =/,/^[a-z]* =$$/s/^    //p' setup.cfg)
.venv-bench/stamp: setup.cfg pyproject.toml
	@echo 'setting up .venv-bench (fastnet, and $(peers)) ...'
	@$(@D)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -q --disable-pip-version-check -e .
	@for peer in $(peers); do \
	    $(@D)/bin/python -m pip install -q --disable-pip-version-check $$peer \
	        || echo "$$peer cannot be installed: the bench goes on without it"; \
	done
	@touch $@

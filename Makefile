# Two commands: make sweep, make test. Each sets up .venv from requirements.lock first.
PYTHON ?= python3
BIN := .venv/bin
# Without it every process would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE
# Runs are single-threaded, one a core; so are the tests, two at a time.
export OMP_NUM_THREADS ?= 1

.PHONY: sweep check lint test test-slurm timm-tests docs site notebooks lab lock clean

sweep: .venv/installed  ## the main job: every step, three seeds, Figure 2
	$(BIN)/python -m roadmap.sweep +step=all seeds=3

check: lint  ## before every commit: lint, types and the quick tests, under a minute
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

lint: .venv/installed  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint  ## lint, types, all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
		--durations 10

test-slurm: .venv/installed  ## with a real Slurm; needs root, slurm-wlm and munge
	timeout -s KILL 600 unshare -n -p -f --kill-child --mount-proc \
		tests/launchers/with_slurm.sh \
		$(BIN)/python -m pytest tests/launchers -k slurm -n 2 -rs --durations 10

timm-tests: .venv/installed  ## timm's own tests over our names: TIMM=PATH of a checkout
	$(BIN)/python tests/network/timm_tests.py $(TIMM) $(NAMES)

docs: .venv/installed  ## docs/reference.md, from conf/
	$(BIN)/python -m roadmap.reference

site: .venv/installed  ## the documentation as a static site, in build/site
	$(BIN)/python -m roadmap.site

notebooks: .venv/installed  ## analysis/*.ipynb with fresh outputs; some minutes
	$(BIN)/python analysis/refresh.py

lab: .venv/installed  ## opens the course in JupyterLab
	$(BIN)/pip install --quiet jupyterlab
	$(BIN)/jupyter lab analysis/course.ipynb

# The stamp comes last, so that an installation that was cut off is done again.
# Byte-compiling all of torch's packages would take as long as unpacking them, which
# keeps one core busy: so two of pip, half the list each.
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	grep -v '^#' requirements.lock \
		| xargs -P 2 -n 82 $(BIN)/pip install --quiet --no-compile --no-deps
	$(BIN)/pip install --quiet --no-compile --no-deps --no-build-isolation -e .
	touch $@

lock:  ## resolve pyproject.toml anew, in a fresh environment
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet .[dev] hatchling editables
	build/lock/bin/pip freeze --exclude roadmap | grep -E '^[A-Za-z0-9_.-]+==' \
		| sed '1i # Exact versions of everything that make installs. Made anew by: make lock' \
		> requirements.lock
	rm -rf build/lock

clean:  ## what can be made again; never outputs
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

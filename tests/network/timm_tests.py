"""timm's own tests of models, with our registered names instead of timm's.

    python tests/network/timm_tests.py PATH [NAME ...]

PATH is a checkout of timm. NAMES may have wildcards; all of ours if there are none.
"""

import sys
from pathlib import Path

import pytest
import timm

import roadmap.models  # noqa: F401, which registers


def run(path, *names):
    """Run the tests and return pytest's exit status."""
    found = [n for name in names or ["roadmap_*"] for n in timm.list_models(name)]

    def list_models(filter="", pretrained=False, **filters):
        return [] if filter or pretrained else found  # none to download

    timm.list_models, timm.list_pretrained = list_models, lambda *filters: []
    tests = Path(path) / "tests" / "test_models.py"
    only = " or ".join(found)
    return pytest.main([str(tests), f"--rootdir={path}", "-k", only, "-W", "ignore"])


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))

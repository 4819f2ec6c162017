import os
import sys
import tempfile

import pytest

LONG = ["test_faults.py", "test_resume.py", "test_notebooks.py", "test_ray.py"]
LONG += ["test_browser.py", "test_price.py"]
"""Files of few tests that take minutes: first, so that none is left over at the end."""


def pytest_configure():
    """Keep what is counted once out of the user's own cache; all workers share it."""
    shared = os.path.join(tempfile.gettempdir(), "roadmap-tests-cache")
    os.environ["ROADMAP_CACHE"] = shared


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def one_thread():
    """Runs are single-threaded; so are the tests, two at a time."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)

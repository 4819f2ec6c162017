import os
import sys
import tempfile

import pytest

SLOW = ["test_faults.py", "test_resume.py", "test_notebooks.py", "test_ray.py"]
SLOW += ["test_browser_questions.py", "test_question_data.py", "test_space.py"]
SLOW += ["test_browser.py", "test_slurm.py", "test_docs.py", "test_light.py"]
SLOW += ["test_price.py", "test_status.py", "test_adopt.py", "test_project.py"]
SLOW += ["test_trackers.py", "test_command.py", "test_explain.py", "test_page.py"]
SLOW += ["test_costs.py", "test_in_memory.py", "test_streamed.py", "test_compose.py"]
SLOW += ["test_weights.py", "test_parts.py", "test_compare.py", "test_bad_input.py"]
SLOW += ["test_named.py", "test_complexity.py", "test_throughput.py"]
SLOW += ["test_questions.py", "test_timm.py", "test_evaluate.py", "test_models.py"]
"""Files of real processes, or of many networks: not for ``make check``, and first in
``make test``, so that none is left over at the end."""


def pytest_configure():
    """Keep what is counted once out of the user's own cache; all workers share it."""
    shared = os.path.join(tempfile.gettempdir(), "roadmap-tests-cache")
    os.environ["ROADMAP_CACHE"] = shared


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.name in SLOW:
            item.add_marker("slow")
    items.sort(key=lambda item: item.path.name not in SLOW)


@pytest.fixture(autouse=True)
def one_thread():
    """Runs are single-threaded; so are the tests, two at a time."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)

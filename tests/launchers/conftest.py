import os
import shutil

import pytest
from sweeps import ask, ended, start, train_on_two


@pytest.fixture(scope="session")
def slurm():
    """A Slurm to submit to, or a reason why not."""
    if not shutil.which("sbatch"):
        pytest.skip("no Slurm here")
    if "SLURM_CONF" not in os.environ:
        pytest.skip("no Slurm runs: tests/launchers/with_slurm.sh starts one")


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """The same sweep by ``launcher=serial``."""
    root = tmp_path_factory.mktemp("serial")
    ended(start(root, "launcher=serial"))
    return root


@pytest.fixture(scope="session")
def answer(tmp_path_factory):
    """The sweep of a question by ``launcher=serial``."""
    root = tmp_path_factory.mktemp("answer")
    ended(ask(root, "launcher=serial"))
    return root


@pytest.fixture(scope="session")
def by_two(tmp_path_factory):
    """The results of a run that two processes train together, by ``serial``."""
    return train_on_two(tmp_path_factory.mktemp("two"), "launcher=serial")

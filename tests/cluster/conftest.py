import os
import shutil

import pytest
from sweeps import ended, start


@pytest.fixture(scope="session")
def slurm():
    """A Slurm to submit to, or a reason why not."""
    if not shutil.which("sbatch"):
        pytest.skip("no Slurm here")
    if "SLURM_CONF" not in os.environ:
        pytest.skip("no Slurm runs: tests/cluster/with_slurm.sh starts one")


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """The same sweep by ``launcher=serial``."""
    root = tmp_path_factory.mktemp("serial")
    ended(start(root, "launcher=serial"))
    return root

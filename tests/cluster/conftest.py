import json
import os
import shutil

import pytest
from sweeps import ended, records, start


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


@pytest.fixture(scope="session")
def two_devices(tmp_path_factory):
    """A function that has two processes train one run, and compares it with serial's.

    It takes the folder and the words that choose the launcher.
    """
    alone = tmp_path_factory.mktemp("two")
    words = ["launcher.devices=2", "seeds=1", "recipe.epochs=1"]

    def train(root, *launcher):
        ended(start(root, *launcher, *words, steps="+step=gelu"))
        [record] = root.glob("runs/*/record.json")
        read = json.loads(record.read_bytes())
        assert (read["status"], read["machine"]["devices"]) == ("finished", 2)

    def compare(root, *launcher):
        train(root, *launcher)
        assert records(root) == records(alone)

    train(alone, "launcher=serial")
    return compare

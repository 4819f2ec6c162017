"""Two processes train one run together, whoever starts them."""

import json

import pytest
from sweeps import ended, records, start

TWO = ["launcher.devices=2", "seeds=1", "recipe.epochs=1"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The run by ``launcher=serial``."""
    root = tmp_path_factory.mktemp("two")
    ended(start(root, "launcher=serial", *TWO, steps="+step=gelu"))
    return root


@pytest.mark.parametrize("name", ["ray", "slurm"])
def test_two_devices(tmp_path, name, request):
    if name == "slurm":
        request.getfixturevalue("slurm")
    alone = request.getfixturevalue("alone")
    ended(start(tmp_path, f"launcher={name}", *TWO, steps="+step=gelu"))
    assert records(tmp_path) == records(alone)
    for root in (tmp_path, alone):
        [record] = root.glob("runs/*/record.json")
        read = json.loads(record.read_bytes())
        assert (read["status"], read["machine"]["devices"]) == ("finished", 2)

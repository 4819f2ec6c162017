"""Small sweeps, started in processes of their own, and what they leave."""

import contextlib
import json
import re
import time

from commands import Command

SMALL = [
    "seeds=2",
    "study=s",
    "recipe.epochs=3",
    "data.train_size=512",
    "data.test_size=128",
    "device=cpu",
    "figures=[]",
]
EPOCH = re.compile(r" epoch 1 ")
STEPS = "+step=[resnet,gelu]"
FACTORIAL = "+question=factorial"
OF_THREE = [  # eight combinations
    "changes=[depthwise_conv,gelu,layer_norm]",
    "seeds=1",
    "recipe.epochs=1",
    "data.train_size=128",
]


def start(root, *words, steps=STEPS):
    return Command("roadmap.sweep", steps, *SMALL, f"root={root}", *words)


def ask(root, *words):
    """Start a sweep that asks what each of three changes is worth."""
    return start(root, *OF_THREE, *words, steps=FACTORIAL)


def ended(process, status=0):
    """Return what the sweep printed, once it has ended with that exit status."""
    found, out = process.finish()
    assert found == status, out
    return out


def train_on_two(root, *words):
    """Have two processes train one run together; return its record's results."""
    words = ["launcher.devices=2", "seeds=1", "recipe.epochs=1", *words]
    ended(start(root, *words, steps="+step=gelu"))
    [record] = root.glob("runs/*/record.json")
    read = json.loads(record.read_bytes())
    assert (read["status"], read["machine"]["devices"]) == ("finished", 2)
    return records(root)


def records(root):
    """Return what must be the same wherever and whenever a run is trained."""
    read = [json.loads(p.read_bytes()) for p in root.glob("runs/*/record.json")]
    names = "status", "metrics", "curve", "seed", "eval_images"
    found = {record["run"]: [record.get(name) for name in names] for record in read}
    for path in root.glob("runs/*/correct.npy"):
        found.get(path.parent.name, []).append(path.read_bytes())
    return found


def assert_same(root, reference, table="table.csv"):
    assert (root / "s" / table).read_bytes() == (reference / "s" / table).read_bytes()
    assert records(root) == records(reference)


def wait_until(condition, process, seconds=200):
    """Return the first true value, while the sweep goes on."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert process.running, process.finish()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return value


def leases(root):
    """Return the process that holds each run which one holds, by the run's folder."""
    held = {}
    for path in root.glob("runs/*/lease.*"):
        with contextlib.suppress(
            OSError, ValueError, KeyError
        ):  # just written, or left
            held[path.parent] = json.loads(path.read_bytes())["pid"]
    return held


def trainer(root):
    """Return a run of which an epoch is done and its process, or None."""
    for folder, pid in leases(root).items():
        log = folder / "train.log"
        if log.exists() and EPOCH.search(log.read_text()):
            return folder, pid
    return None

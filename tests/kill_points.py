"""python tests/kill_points.py 100: kill a sweep at random points, and print the tally.

Every time a whole sweep, workers and all, is killed with -9 and called again, until so
many kills have fallen on it; then it is left to end, and compared with one that nothing
happened to.
"""

import json
import random
import sys
import tempfile
import time
from pathlib import Path

from commands import Command, run

WORDS = [
    "+step=[resnet,gelu]",
    "seeds=3",
    "study=s",
    "recipe.epochs=2",
    "recipe.batch_size=32",
    "data.train_size=256",
    "data.test_size=64",
    "checkpoint_seconds=0",
    "launcher=serial",
]


def tally(kills, folder, seed):
    """Return what became of a study that was killed so many times."""
    chance = random.Random(seed)
    whole = folder / "whole"
    status, out = run("roadmap.sweep", *WORDS, f"root={whole}")
    assert status == 0, out
    began = time.monotonic()
    status, out = run("roadmap.sweep", *WORDS, f"root={folder / 'again'}")
    longest, roots = time.monotonic() - began, [folder / "root_0"]
    changed, killed, running, kept = [], 0, 0, {}
    while killed < kills:
        root = roots[-1]
        process = Command("roadmap.sweep", *WORDS, f"root={root}")
        time.sleep(chance.uniform(0, longest))
        if not process.running:  # it has ended: kill the next one
            assert process.finish()[0] == 0
            roots.append(folder / f"root_{len(roots)}")
            changed.append(_changed(root, kept))
            kept = {}
            continue
        running += bool(list(root.glob("runs/*/lease.*")))
        process.kill()
        killed += 1
        changed.append(_changed(root, kept))
        kept = _finished(root)
    status, out = run("roadmap.sweep", *WORDS, f"root={roots[-1]}")
    assert status == 0, out
    changed.append(_changed(roots[-1], kept))
    lost, again = map(sum, zip(*changed, strict=True))
    return {
        "seed": seed,
        "kills": killed,
        "of them while a run was training": running,
        "studies": len(roots),
        "finished runs lost or changed": lost,
        "finished runs trained again": again,
        "tables that differ": sum(_differs(root, whole) for root in roots),
    }


def _finished(root):
    """Return the record and the log of every run that has finished."""
    found = {p: p.read_bytes() for p in root.glob("runs/*/record.json")}
    return {
        p.parent: (content, (p.parent / "train.log").read_bytes())
        for p, content in found.items()
        if json.loads(content)["status"] == "finished"
    }


def _changed(root, kept):
    """Return how many finished runs are gone or changed, and how many begun again."""
    now = _finished(root)
    pairs = [(now.get(folder, (b"", b"")), was) for folder, was in kept.items()]
    return (
        sum(record != was for (record, _), (was, _) in pairs),
        sum(log != was for (_, log), (_, was) in pairs),
    )


def _differs(root, whole):
    table = Path("s", "table.csv")
    return (root / table).read_bytes() != (whole / table).read_bytes()


def main():
    kills, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as folder:
        for name, count in tally(kills, Path(folder), seed).items():
            print(f"{name}: {count}")


if __name__ == "__main__":
    main()

"""Small studies that ask about three changes; their order decides one change's sign."""

import json

import numpy as np
import pandas as pd

from roadmap.network.changes import label_of
from roadmap.studies.questions import Question, asked

FEW = ("depthwise_conv", "kernel_7", "gelu")
BEST, SECOND = "resnet+depthwise_conv+kernel_7+gelu", "resnet+depthwise_conv+kernel_7"


def top1(changes):
    """`kernel_7` hurts by itself and helps with `depthwise_conv`."""
    depthwise, kernel, gelu = (change in changes for change in FEW)
    return 80 + 3 * depthwise - 4 * kernel + gelu + 9 * depthwise * kernel


def write_question(root, name, finished=None, **words):
    """Write a study of three seeds; only the first ``finished`` runs have a result."""
    about = asked(Question(question=name, changes=FEW, **words))
    draw, rows = np.random.default_rng(0), []
    for step, changes in about["combinations"].items():
        for seed in range(3):
            done = finished is None or len(rows) < finished
            accuracy = top1(changes) + draw.normal(0, 0.1)
            rows.append(
                {
                    "study": name,
                    "regime": "proxy",
                    "step": step,
                    "label": label_of(changes),
                    "section": "combination",
                    "adopted": "combination",
                    "parent": "",
                    "seed": seed,
                    "run": f"{name}{len(rows)}",
                    "status": "finished" if done else "pending",
                    "top1": accuracy if done else None,
                    "params": 40_000 + 1_000 * len(changes),
                    "gflops": 0.004 + 0.001 * len(changes),
                    "train_seconds": 60.0 + seed if done else None,
                }
            )
    folder = root / name
    folder.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "results.csv", index=False)
    study = {"words": [], "question": about, "runs": []}
    (folder / "study.json").write_text(json.dumps(study))
    return folder

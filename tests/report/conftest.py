import importlib.util
from pathlib import Path

import pandas as pd
import pytest

ANALYSIS = Path(__file__).parents[2] / "analysis"

STEPS = {
    "resnet": ("", "start", "start"),
    "stage_ratio": ("resnet", "macro design", "yes"),
    "move_up_depthwise": ("stage_ratio", "large kernel", "yes"),
    "kernel_9": ("move_up_depthwise", "large kernel", "no"),
    "kernel_7": ("move_up_depthwise", "large kernel", "yes"),
}


def run(step, seed, top1, status="finished", study="mine", regime="proxy"):
    parent, section, adopted = STEPS[step]
    finished = status == "finished"
    return {
        "study": study,
        "regime": regime,
        "step": step,
        "label": step.replace("_", " "),
        "section": section,
        "adopted": adopted,
        "seed": seed,
        "run": "12e4",
        "status": status,
        "top1": top1 if finished else None,
        "params": 1_250_000 if finished else None,
        "gflops": 0.0312 if finished else None,
        "train_seconds": 1.5,
        "parent": parent,
    }


@pytest.fixture(scope="module")
def script(request):
    """The script of ``analysis/`` that a module of tests names as its ``SCRIPT``."""
    name = request.module.SCRIPT
    spec = importlib.util.spec_from_file_location(name, ANALYSIS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def results():
    """Three seeds a step, seed by seed; the last step has not begun."""
    top1 = {
        "resnet": [70.0, 71.0, 72.0],
        "stage_ratio": [71.0, 73.0, 72.0],
        "move_up_depthwise": [70.0, 70.0, 70.0],
        "kernel_9": [71.0, 71.0, 71.0],
        "kernel_7": [None, None, None],
    }
    return pd.DataFrame(
        [
            run(step, seed, of[seed], "finished" if of[seed] else "pending")
            for seed in range(3)
            for step, of in top1.items()
        ]
    )


@pytest.fixture
def study(results, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    results.to_csv(folder / "results.csv", index=False)
    return folder

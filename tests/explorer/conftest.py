"""A small study with records, hostile in every text that a user can choose."""

import json
import shutil

import pandas as pd
import pytest
from asking import write_question
from selenium import webdriver

from roadmap.base import config
from roadmap.explorer.__main__ import explorer

HOSTILE = "<script>window.broken=1</script><img src=x onerror=window.broken=1>"
NAME = "mine <script>window.broken=1"
STEPS = {
    "kernel_7": ("kernel size → 7", "large kernel", "yes", "", [70.0, 71.0, 72.0]),
    "kernel_9": ("kernel size → 9", "large kernel", "no", "", [71.0, None, 73.0]),
    "gelu": (f"GELU {HOSTILE}", "micro design", "yes", "kernel_7", [74.5, 75.0, 75.5]),
    "layer_norm": ("BN → LN", "micro design", "yes", "gelu", [None, None, None]),
}


def _run(step, seed):
    label, section, adopted, parent, top1 = STEPS[step]
    finished = top1[seed] is not None
    return {
        "study": NAME,
        "regime": "proxy",
        "step": step,
        "label": label,
        "section": section,
        "adopted": adopted,
        "parent": parent,
        "seed": seed,
        "run": f"{step}{seed}",
        "status": "finished" if finished else "failed",
        "top1": top1[seed],
        "top5": 99.0 if finished else None,
        "loss": 0.5 if finished else None,
        "epochs": 3,
        "params": 130_654 if finished else None,
        "gflops": 0.00193 if finished else None,
        "train_seconds": 12.5,
        "device": "cpu",
        "error": "" if finished else f"boom {HOSTILE}",
    }


def _write_record(root, run):
    folder = root / "runs" / run["run"]
    folder.mkdir(parents=True)
    curve = [
        {"epoch": e, "train_loss": 2 / e, "loss": 1 / e, "top1": run["top1"] - 3 + e}
        for e in (1, 2, 3)
    ]
    record = {"run": run["run"], "status": "finished", "curve": curve}
    (folder / "record.json").write_text(json.dumps(record))


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The folder of the study; the records of `gelu` and `kernel_7` lie beside it."""
    root = tmp_path_factory.mktemp("root")
    runs = [_run(step, seed) for step in STEPS for seed in range(3)]
    folder = root / "mine"
    folder.mkdir()
    pd.DataFrame(runs).to_csv(folder / "results.csv", index=False)
    for run in runs:
        if run["step"] in ("gelu", "kernel_7"):
            _write_record(root, run)
    return folder


@pytest.fixture(scope="session")
def page(study):
    """The explorer of the study, as the command writes it."""
    words = ["study=mine", f"root={study.parent}"]
    assert explorer(config.compose("explorer", words), words) == 0
    return study / "explorer.html"


@pytest.fixture(scope="session")
def questions(tmp_path_factory):
    """The folders of three small studies that ask about the same changes."""
    root = tmp_path_factory.mktemp("questions")
    names = ("factorial", "add_one_in", "leave_one_out")
    return [write_question(root, name) for name in names]


@pytest.fixture(scope="module")
def chromium():
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        pytest.skip("no chromium and chromedriver are installed")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(word)
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    service = webdriver.ChromeService(executable_path=driver)
    browser = webdriver.Chrome(options, service)
    yield browser
    browser.quit()

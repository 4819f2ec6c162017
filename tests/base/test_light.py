"""A command loads what it needs and no more: held by what is imported, not by time."""

import subprocess
import sys

import pytest

from roadmap.runs import store
from roadmap.studies.plan import plan_sweep
from roadmap.studies.results import write_study

HEAVY = ["torch", "torchvision", "timm", "sklearn", "matplotlib", "scipy", "pandas"]
DRAWING = ["matplotlib", "scipy"]
TRAINING = ["torch", "torchvision", "timm", "sklearn"]
DOORS = ["sweep", "train", "status", "report", "explain", "complexity", "explorer"]
DOORS += ["data", "adopt", "compare", "evaluate"]
DOORS += ["throughput", "weights"]
DRIVER = """
import runpy, sys
module, *words = sys.argv[1:]
sys.argv = [module, *words]
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except SystemExit as end:
    print("exit", end.code)
print("loaded", *sys.modules)
"""


def loaded(module, *words):
    """Return the exit status of a command, and the modules that it has loaded."""
    command = [sys.executable, "-c", DRIVER, module, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    *_, status, modules = done.stdout.splitlines()
    return int(status.split()[1]), set(modules.split()) - {"loaded"}


@pytest.mark.parametrize("door", DOORS)
def test_help_loads_nothing_heavy(door):
    status, modules = loaded(f"roadmap.{door}", "--help")
    assert status == 0
    assert not modules & set(HEAVY)


@pytest.mark.parametrize(
    "words",
    [
        ["roadmap.sweep", "+step=nosuch"],
        ["roadmap.sweep", "+step=all", "seeds=0"],
        ["roadmap.train", "step=gelu", "recipe.epochs=0"],
        ["roadmap.report", "figures=[gif]"],
        ["roadmap.compare", "new=nosuch"],
        ["roadmap.explain", "step=nosuch"],
        ["roadmap.complexity", "models=[nosuch]"],
        ["roadmap.throughput", "models=[nosuch]"],
    ],
    ids=" ".join,
)
def test_a_wrong_word_loads_nothing_heavy(words):
    status, modules = loaded(*words)
    assert status == 2
    assert not modules & set(HEAVY)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A study all of whose runs are recorded."""
    root = tmp_path_factory.mktemp("recorded")
    planned = plan_sweep(["+step=[resnet,gelu]"], 2)
    write_study(root / "s", planned, [])
    for number, one in enumerate(planned):
        metrics = {"top1": 50.0 + number, "top5": 90.0, "loss": 1.0}
        curve = [{"epoch": 1, "train_loss": 2.0, **metrics}]
        record = {"status": "finished", "metrics": metrics, "curve": curve}
        store.write_record(root, {"run": one.run.id, **record})
    return root


def test_status_loads_nothing_heavy(recorded):
    status, modules = loaded("roadmap.status", "study=s", f"root={recorded}")
    assert status == 0
    assert not modules & set(HEAVY)


def test_a_sweep_with_nothing_to_do_trains_and_draws_nothing(recorded):
    words = ["+step=[resnet,gelu]", "seeds=2", "study=s", f"root={recorded}"]
    status, modules = loaded("roadmap.sweep", *words)  # draws what is not there yet
    assert status == 0
    assert not modules & set(TRAINING)
    status, modules = loaded("roadmap.sweep", *words)
    assert status == 0
    assert not modules & {*TRAINING, *DRAWING}


def test_importing_the_package_changes_no_other_library():
    code = "import yaml; before = yaml.SafeLoader; import roadmap.studies.plan; "
    code += "import sys; sys.exit(yaml.SafeLoader is not before)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

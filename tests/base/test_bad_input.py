"""Bad input: exit status 2, one line with the valid words, nothing written."""

import subprocess
import sys

import pytest

from roadmap import adopt, compare, explain, sweep, train
from roadmap.base import cli
from roadmap.report import __main__ as report

# One of each place that refuses; what each setting takes is tested where it is defined.
SWEEP = [
    (["+step=nosuch"], ["step=nosuch", "kernel_7"]),
    (["+step=gleu"], ["step=gleu", "did you mean gelu?"]),
    (["+step=[resnet,gleu]"], ["step=gleu", "did you mean gelu?"]),
    (["+step=resnet,gelu"], ["+step=[resnet,gelu]"]),
    (["+step=all", "data=cifar1"], ["data=cifar1", "did you mean cifar10?"]),
    (["+step=all", "recipe.epoch=1"], ["did you mean recipe.epochs?"]),
    (["+step=all", "epochs=1"], ["did you mean recipe.epochs?"]),
    (["+step=all", "netwrk.kernel_size=9"], ["did you mean network.kernel_size?"]),
    (["+step=gelu", "recipe.optimizer=adam"], ["did you mean adamw?"]),
    (["+step=all", "--config-dir=/nosuch"], ["--config-dir=/nosuch", "a folder"]),
    (["+step=[resnet,nosuch]"], ["nosuch", "kernel_7"]),
    (["+step=all", "recipe=x"], ["recipe=x", "enhanced, finetune"]),
    (["+step=all", "seeds=[0,0]"], ["seeds=[0,0]", "seeds=[0,5]"]),
    (["+step=all", "seed=1"], ["seed", "seeds"]),
    (["+step=gelu", "launcher.devices=0"], ["launcher.devices=0", ">= 1"]),
    (["+step=gelu", "budget_hours=x"], ["budget_hours=x", "a number >= 0"]),
    (["+step=[resnet,gelu]", "baseline=swin"], ["baseline=swin", "resnet, gelu"]),
    (["+step=gelu", "network.kernel_size=4"], ["network.kernel_size=4", "odd"]),
    (["+step=swin", "network.kernel_size=7"], ["kernel_size", "heads"]),
    (["+step=gelu", "recipe.lr=abc"], ["recipe.lr=abc", "a number"]),
    (["+step=gelu", "recipe=finetune"], ["recipe.weights=required", "a file"]),
    (["+step=gelu", "data.train_size=0"], ["data.train_size=0", "from 1"]),
    (["+step=gelu", "data=folder", "data.root=/nosuch"], ["/nosuch: no such folder"]),
    (["+step=gelu", "data=folder"], ["data.root is missing"]),
    (["+step=gelu", "device=tpu"], ["device=tpu", "auto, cpu, cuda"]),
    (["+step=gelu", "tracker=x"], ["tracker=x", "csv, none, tensorboard, wandb"]),
    (["+step=gelu", "threads=0"], ["threads=0", ">= 1"]),
    (["+step=gelu", "study=../x"], ["study=../x", "a plain name"]),
    (["+step=gelu", "study=slurm"], ["study=slurm", "a plain name"]),
    (["+step=gelu", "study=report"], ["study=report", "a plain name"]),
    (["+step=gelu", "+step=resnet"], ["step=resnet", "given twice"]),
    (["gelu"], ["gelu", "did you mean step=gelu?", "SETTING=VALUE"]),
    (["+step=all", "--seeds", "3"], ["--seeds", "SETTING=VALUE without dashes"]),
    (["+step=all", "--help", "lancher"], ["did you mean launcher?", "recipe"]),
    ([], ["+step=all", "kernel_7"]),
]
TRAIN = [
    (["step=all"], ["step=all", "kernel_7"]),
    (["step=[resnet,gelu]"], ["step=[resnet,gelu]", "one step"]),
    (["step=gelu", "seeds=3"], ["seeds", "seed"]),
    ([], ["step", "kernel_7"]),
]
REPORT = [
    (["study=[paper,nosuch]"], ["nosuch", "paper"]),
    (["study=papr"], ["study=papr", "did you mean paper?"]),
    (["study=paper", "baseline=gelo"], ["baseline=gelo", "did you mean gelu?"]),
    (["html=true"], ["html", "figures", "roadmap.explorer"]),
]
EXPLAIN = [([], ["no step: say step=", "kernel_7"])]
ADOPT = [([], ["root=", "no such folder"])]
COMPARE = [
    ([], ["new=", "base=resnet new=gelu"]),
    (["new=nosuch"], ["new=nosuch", "kernel_7", "proxy_cluttered_digits"]),
    (["new=gleu"], ["new=gleu", "did you mean gelu?"]),
    (["new=gelu", "first=1"], ["first=1", ">= 2"]),
    (["new=gelu", "seeds=2"], ["first=3", "seeds=2"]),
    (["new='recipe.mixp=0.8'"], ["recipe.mixp", "did you mean recipe.mixup?"]),
    (["new=gelu", "resolution=0"], ["resolution=0", "above 0"]),
    (["new=gelu", "nosuch=1"], ["nosuch", "resolution"]),
]
MAINS = {"sweep": sweep.sweep, "train": train.train, "report": report.report}
MAINS |= {"compare": compare.compare, "explain": explain.explain, "adopt": adopt.adopt}
CASES = [
    *(("sweep", *case) for case in SWEEP),
    *(("train", *case) for case in TRAIN),
    *(("report", *case) for case in REPORT),
    *(("compare", *case) for case in COMPARE),
    *(("explain", *case) for case in EXPLAIN),
    *(("adopt", *case) for case in ADOPT),
]


@pytest.mark.parametrize(
    ("name", "words", "expected"), CASES, ids=lambda value: str(value)[:60]
)
def test_is_one_line_and_nothing_is_written(
    name, words, expected, tmp_path, monkeypatch, capsys
):
    root = tmp_path / "root"
    monkeypatch.setattr(sys, "argv", [f"roadmap.{name}", *words, f"root={root}"])
    with pytest.raises(SystemExit) as stop:
        cli.run(name, MAINS[name])
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert captured.err.count("\n") == 1, captured.err
    for word in expected:
        assert word in captured.err
    assert captured.out == ""
    assert not root.exists()


def test_from_the_shell(tmp_path):
    command = [sys.executable, "-m", "roadmap.sweep", "+step=all", "seeds=0"]
    done = subprocess.run(
        [*command, f"root={tmp_path / 'root'}"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: seeds=0")
    assert done.stderr.count("\n") == 1

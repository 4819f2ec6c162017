"""Bad input: exit status 2, one line with the valid words, nothing written."""

import subprocess
import sys

import pytest

from roadmap import sweep, train
from roadmap.base import cli
from roadmap.report import __main__ as report

SWEEP = [
    (["+step=nosuch"], ["step=nosuch", "kernel_7"]),
    (["+step=[resnet,nosuch]"], ["nosuch", "kernel_7"]),
    (["+step=all", "regime=x"], ["regime=x", "proxy, resnet200, resnet50"]),
    (["+step=all", "data=x"], ["data=x", "cluttered_digits, fashion_mnist, folder"]),
    (["+step=all", "recipe=x"], ["recipe=x", "enhanced, finetune"]),
    (["+step=all", "launcher=x"], ["launcher=x", "local, ray, serial, slurm"]),
    (["+step=gelu", "launcher.devices=0"], ["launcher.devices=0", ">= 1"]),
    (["+step=gelu", "launcher.timeout_min=0"], ["launcher.timeout_min=0", "> 0"]),
    (["+step=gelu", "budget_hours=x"], ["budget_hours=x", "a number >= 0"]),
    (["+step=all", "seeds=0"], ["seeds=0", "seeds=3"]),
    (["+step=all", "seeds=-1"], ["seeds=-1", "seeds=3"]),
    (["+step=all", "seeds=[0,0]"], ["seeds=[0,0]", "seeds=[0,5]"]),
    (["+step=all", "seeds=[]"], ["seeds=[]", "seeds=[0,5]"]),
    (["+step=all", "seeds=abc"], ["seeds=abc", "seeds=[0,5]"]),
    (["+step=all", "seed=1"], ["seed", "seeds"]),
    (["+step=gelu", "network.kernel_size=4"], ["network.kernel_size=4", "odd"]),
    (["+step=gelu", "network.kernal_size=7"], ["kernal_size", "network.kernel_size"]),
    (["+step=swin", "network.kernel_size=7"], ["kernel_size", "network.heads"]),
    (["+step=gelu", "network.stem=x"], ["network.stem=x", "resnet, patchify"]),
    (["+step=gelu", "network.norm=3"], ["network.norm=3", "layer_norm"]),
    (["+step=gelu", "recipe.epochs=0"], ["recipe.epochs=0", ">= 1"]),
    (["+step=gelu", "recipe.lr=abc"], ["recipe.lr=abc", "a number"]),
    (["+step=gelu", "recipe.betas=[1]"], ["recipe.betas", "two numbers"]),
    (["+step=gelu", "data.train_size=0"], ["data.train_size=0", "from 1"]),
    (["+step=gelu", "data.evaluate_on=x"], ["evaluate_on=x", "validation"]),
    (["+step=gelu", "device=tpu"], ["device=tpu", "auto, cpu, cuda"]),
    (["+step=gelu", "tracker=x"], ["tracker=x", "csv, none, tensorboard, wandb"]),
    (["+step=gelu", "threads=0"], ["threads=0", ">= 1"]),
    (["+step=gelu", "num_workers=-1"], ["num_workers=-1", "null or"]),
    (["+step=gelu", "device_batch=0"], ["device_batch=0", "null or"]),
    (["+step=gelu", "compile=maybe"], ["compile=maybe", "true, false"]),
    (["+step=gelu", "checkpoint_seconds=-1"], ["checkpoint_seconds=-1", ">= 0"]),
    (["+step=gelu", "recipe.precision=fp8"], ["precision=fp8", "bfloat16"]),
    (["+step=gelu", "recipe.ema=2"], ["recipe.ema=2", "from 0 to 1"]),
    (["+step=gelu", "recipe.randaugment=x"], ["randaugment=x", "rand-m9"]),
    (["+step=gelu", "recipe.random_resized_crop=[2,3]"], ["[low, high]"]),
    (["+step=gelu", "recipe=finetune"], ["recipe.weights=required", "a file"]),
    (["+step=gelu", "recipe.weights=/nosuch"], ["recipe.weights=/nosuch"]),
    (["+step=gelu", "data=folder", "data.root=/nosuch"], ["/nosuch: no such folder"]),
    (["+step=gelu", "data=folder"], ["data.root is missing"]),
    (["+step=gelu", "data=timm", "data.num_classes=2"], ["dataset"]),
    (["+step=gelu", "launcher.workers=0"], ["launcher.workers=0", ">= 1"]),
    (["+step=gelu", "study=../x"], ["study=../x", "a plain name"]),
    ([], ["+step=all", "kernel_7"]),
]
TRAIN = [
    (["step=all"], ["step=all", "kernel_7"]),
    (["step=[resnet,gelu]"], ["step=[resnet,gelu]", "one step"]),
    (["step=gelu", "data=imagenet"], ["data.root is missing", "imagenet"]),
    (["step=gelu", "seed=-1"], ["seed=-1", ">= 0"]),
    (["step=gelu", "seeds=3"], ["seeds", "seed"]),
    ([], ["step", "kernel_7"]),
]
REPORT = [
    (["study=nosuch"], ["nosuch", "paper"]),
    (["study=[paper,nosuch]"], ["nosuch", "paper"]),
]
MAINS = {"sweep": sweep.sweep, "train": train.train, "report": report.report}
CASES = [
    *(("sweep", *case) for case in SWEEP),
    *(("train", *case) for case in TRAIN),
    *(("report", *case) for case in REPORT),
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

"""Throughput: what is measured, how ratios come about, and the command."""

import csv

import pytest
import torch
from commands import run

from roadmap.network.named import build_model, find_models
from roadmap.throughput import measure as timing
from roadmap.throughput.__main__ import _rows
from roadmap.throughput.measure import Setup, Timing, make_step, measure

SETUP = Setup("cpu", 2, "float32", True, False, 1, 3)
MODELS = find_models(["gelu", "swin"], "proxy", 32)


def test_models_take_turns_in_each_repeat(monkeypatch):
    calls = []

    def record(model, mode, setup):
        return lambda: calls.append(model.name)

    monkeypatch.setattr(timing, "make_step", record)
    monkeypatch.setattr(timing, "_SECONDS", 0)
    monkeypatch.setattr(timing, "ceil", lambda steps: 1)
    found = measure(MODELS, "inference", SETUP)
    warm = ["gelu"] * 2 + ["swin"] * 2  # one step to warm up, one to count by
    assert calls == [*warm, "gelu", "swin", "swin", "gelu", "gelu", "swin"]
    assert [len(one.seconds) for one in found] == [3, 3]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_training_step_trains_and_an_inference_step_does_not(monkeypatch, precision):
    networks = []

    def build(model):
        networks.append(build_model(model))
        return networks[-1]

    monkeypatch.setattr(timing, "build_model", build)
    for mode, changes in (("inference", False), ("training", True)):
        setup = Setup("cpu", 2, precision, True, False, 1, 2)
        step = make_step(MODELS[0], mode, setup)
        before = networks[-1].head.weight.clone()
        step()
        assert torch.equal(before, networks[-1].head.weight) != changes
        assert networks[-1].training == changes


def test_ratios_are_of_the_same_repeats_and_the_papers_stand_beside():
    first, second = find_models(["swin_tiny", "convnext_tiny"])
    seconds = (1.0, 2.0, 4.0)  # the machine slows down, and the ratio stays
    rows = _rows(
        [
            Timing(first, "inference", 8, seconds, None),
            Timing(second, "inference", 8, tuple(s / 2 for s in seconds), 10**9),
        ]
    )
    assert [row["images_per_s"] for row in rows] == [4, 8]
    assert (rows[0]["images_per_s_low"], rows[0]["images_per_s_high"]) == (3, 6)
    assert [rows[1][f"ratio{end}"] for end in ("", "_low", "_high")] == [2, 2, 2]
    assert round(rows[1]["ratio_a100"], 2) == 1.47  # the paper's +47 %
    assert round(rows[1]["ratio_v100"], 2) == 1.02
    assert [row["peak_memory_gb"] for row in rows] == [None, 1]


def test_training_has_no_figure_in_the_paper():
    models = find_models(["swin_tiny", "convnext_tiny"])
    rows = _rows([Timing(one, "training", 8, (1.0, 1.0), None) for one in models])
    assert {(row["ratio_v100"], row["ratio_a100"]) for row in rows} == {(None, None)}


def test_the_command_prints_a_table_and_writes_it(tmp_path):
    words = ["regime=proxy", "models=[gelu,swin,timm/test_convnext@64]", "threads=1"]
    words += ["image_size=32", "batch_size=2", "repeats=2", f"csv={tmp_path}/s.csv"]
    status, out = run("roadmap.throughput", *words, "device=cpu")
    assert status == 0, out
    assert "2 repeats" in out
    assert "torch counts none on a CPU" in out
    rows = list(csv.DictReader((tmp_path / "s.csv").open()))
    names = ["gelu@32", "swin@32", "timm/test_convnext@64"]
    assert [row["model"] for row in rows] == names * 2
    assert [row["mode"] for row in rows] == ["inference"] * 3 + ["training"] * 3
    assert all(float(row["images_per_s"]) > 0 for row in rows)
    assert [row["ratio"] for row in rows if row["model"] == "gelu@32"] == ["1", "1"]
    assert {(row["threads"], row["precision"]) for row in rows} == {("1", "float32")}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["models=[gleu]"], "models=gleu: did you mean gelu?"),
        (["models=[]"], "models=[]: valid: a list of names"),
        (["modes=[train]"], "a list of inference, training"),
        (["precision=int8"], "precision=int8: valid: float32, tf32"),
        (["precision=tf32", "device=cpu"], "precision=tf32: valid: float32, bfloat16"),
        (["repeats=1"], "repeats=1: valid: an integer >= 2"),
        (["models=[timm/nosuch]"], "timm says: Unknown model (nosuch)"),
        (["batchsize=1"], "did you mean batch_size?"),
    ],
    ids=str,
)
def test_a_wrong_word_is_one_line(words, line):
    status, out = run("roadmap.throughput", *words)
    assert status == 2
    assert line in out
    assert len(out.splitlines()) == 1

"""The benchmark's parts work; what they print is no test's business."""

from importlib import import_module

import pytest

from roadmap.base import config
from roadmap.benchmark import input_side, records, start, steady
from roadmap.benchmark.__main__ import PARTS, benchmark
from roadmap.benchmark.compare import ratio
from roadmap.benchmark.ready import rate, ready, train_batches, train_one_batch
from roadmap.benchmark.sides import write_digits
from roadmap.runs import store
from roadmap.studies.plan import plan_run
from roadmap.studies.results import write_results, write_study

SMALL = ["step=resnet", "data.train_size=128", "data.test_size=32"]
SMALL += ["recipe.batch_size=32"]


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("parts=[nosuch]", "parts=nosuch: valid: train, sweep"),
        ("parts=[train]", "timm=null: valid: a checkout, with train.py in it"),
        ("old=/nowhere", "old=/nowhere: valid: a checkout, with roadmap/sweep.py"),
    ],
)
def test_a_wrong_word_is_one_line(word, line):
    words = ["parts=[start]", word]
    with pytest.raises(ValueError, match="valid") as error:
        benchmark(config.compose("benchmark", words), words)
    assert str(error.value).startswith(line)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_measures(part):
    assert callable(import_module(f"roadmap.benchmark.{part}").measure)


def test_the_ratio_is_of_figures_taken_in_turn():
    assert ratio([2, 30, 400], [1, 10, 100]) == 3


def test_a_run_is_ready_to_train(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ready(SMALL) as training:
        assert train_batches(training, 2) == 64
        assert rate(training, lambda: train_one_batch(training, 1), warm_up=0) > 0


def test_a_fixed_batch_is_trained_by_the_checkout_that_is_named(tmp_path):
    here = config.PACKAGE.parent
    assert steady._fixed_rate(here, SMALL, tmp_path) > 0
    with pytest.raises(RuntimeError, match="step=nosuch"):
        steady._fixed_rate(here, ["step=nosuch"], tmp_path)


@pytest.mark.parametrize("step", ["gelu", "swin"])
def test_an_older_checkout_is_given_our_sizes(step):
    ours = plan_run([f"step={step}"]).run
    words = [f"step={step}", *steady._sizes(step)]
    assert plan_run(words).run.id == ours.id
    said = {word.partition("=")[0] for word in words}
    assert {"regime.stem_stride", "data.image_size", "recipe.batch_size"} <= said


def test_timm_is_given_the_same_images(tmp_path):
    cfg = config.compose("benchmark", ["train_size=20"])
    root = write_digits(cfg, tmp_path)
    assert len(list(root.glob("train/*/*.png"))) == 20
    assert len(list(root.glob("validation/*/*.png"))) == 1000


def test_our_input_is_measured(tmp_path):
    input_side.make_jpegs(tmp_path, 50)
    assert input_side.measure("ours", tmp_path, None) > 0


def test_records_that_nobody_trained_make_a_finished_study(tmp_path):
    planned = records.plan(20)
    records.write_records(tmp_path, 20)
    states = store.read_states(tmp_path, [one.run.id for one in planned])
    assert list(states.values()) == ["finished"] * 20
    write_study(tmp_path / "s", planned, [])
    assert list(write_results(tmp_path / "s", tmp_path).status) == ["finished"] * 20


def test_a_command_that_ends_otherwise_than_it_should_is_not_measured(tmp_path):
    side = start.Side(tmp_path, tmp_path)
    script = ["-c", "raise SystemExit('no such word')"]
    assert start._run(side, script, status=1) > 0
    with pytest.raises(RuntimeError, match="no such word"):
        start._run(side, script)

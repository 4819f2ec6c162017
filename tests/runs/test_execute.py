"""One run in this process: what its record says of the code that trained it."""

import signal

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from roadmap.runs import correct, execute, store
from roadmap.runs.assemble import build_model, open_source
from roadmap.runs.place import Place
from roadmap.studies.plan import plan_run
from roadmap.training.recipe import Recipe
from roadmap.training.setup import Setup

SMALL = [
    "step=resnet",
    "recipe.epochs=1",
    "recipe.batch_size=32",
    "data.train_size=256",
    "data.test_size=32",
]


@pytest.fixture(scope="module")
def small():
    return plan_run(SMALL).run


def train(run, root, monkeypatch, code, stop_at=None):
    """Train with code of that hash, until the run is asked to stop; return a record."""
    monkeypatch.setattr(execute, "code", lambda: code)

    def on_update(done, total, loss):
        if done == stop_at:
            signal.raise_signal(signal.SIGTERM)

    place = Place(root=str(root), setup=Setup(checkpoint_seconds=0))
    return execute.execute(run, place, on_update)


def test_a_record_names_all_code_that_trained_it(small, tmp_path, monkeypatch):
    for code, stop_at in (("first", 1), ("first", 3), ("second", 5)):
        record = train(small, tmp_path, monkeypatch, code, stop_at)
        assert record["status"] == "interrupted"
    record = train(small, tmp_path, monkeypatch, "third")
    assert record["status"] == "finished"
    assert record["machine"]["code"] == "first+second+third"
    log = (tmp_path / "runs" / small.id / "train.log").read_text()
    assert "resumed at update 4 by other code: first+second\n" in log
    assert log.count("by other code") == 2


def test_a_run_that_one_code_trained_names_it_alone(small, tmp_path, monkeypatch):
    train(small, tmp_path, monkeypatch, "only", stop_at=2)
    record = train(small, tmp_path, monkeypatch, "only")
    assert record["machine"]["code"] == "only"


def test_its_bits_are_the_images_that_its_weights_classify_correctly(
    tmp_path, monkeypatch
):
    words = [*SMALL[:-1], "data.test_size=300"]  # more than is evaluated at once
    run = plan_run(words).run
    record = train(run, tmp_path, monkeypatch, "only")
    folder, recipe = store.run_folder(tmp_path, run.id), Recipe(**run.recipe)
    bits = correct.read_run(folder, record)
    assert len(bits) == 300
    assert record["metrics"]["top1"] == 100 * bits.sum() / 300
    model = build_model(run, recipe).eval()
    model.load_state_dict(load_file(folder / "weights.safetensors"))
    source = open_source(run, recipe, Setup(), Place(root=str(tmp_path)).cache)
    batches = [(images, labels) for images, labels in source.eval_batches()]
    with torch.inference_mode():
        found = [model(images).argmax(1) == labels for images, labels in batches]
    np.testing.assert_array_equal(bits, torch.cat(found).numpy())


def test_no_record_is_written_before_its_bits(small, tmp_path, monkeypatch):
    def killed(root, record):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_record", killed)
    with pytest.raises(KeyboardInterrupt):
        train(small, tmp_path, monkeypatch, "only")
    assert (store.run_folder(tmp_path, small.id) / correct.OF_RUN).exists()

"""Old records are found again under the ids that the same runs have now."""

import json
from dataclasses import replace

import numpy as np
import pytest

from roadmap.runs import correct, store
from roadmap.runs.adopt import adopt, run_of
from roadmap.runs.run import Run
from roadmap.studies.plan import plan_run


@pytest.fixture(scope="module", params=["step=gelu", "step=swin"])
def now(request):
    return plan_run([request.param, "recipe.mixup=0.8"]).run


def as_typed(run):
    """Return the run as an earlier version had it: typed words, and no family."""
    network = {k: v for k, v in run.network.items() if k != "family"}
    recipe = {**run.recipe, "weight_decay": 0, "random_erasing": 0}
    return replace(run, network=network, recipe=recipe)


def expected(run):
    return replace(run, recipe={**run.recipe, "weight_decay": 0.0})


def record_of(run, status="finished", **more):
    about = {"network": run.network, "recipe": run.recipe, "data": run.data}
    return {"run": run.id, "status": status, **about, "seed": run.seed, **more}


def write(root, record):
    store.write_record(root, record)
    folder = store.run_folder(root, record["run"])
    (folder / "weights.safetensors").write_bytes(b"weights")
    return folder


def test_a_record_moves_with_its_weights_and_its_study(now, tmp_path):
    old, new = as_typed(now), expected(now)
    folder = write(tmp_path, record_of(old, metrics={"top1": 50.0}))
    study = tmp_path / "study" / "study.json"
    study.parent.mkdir()
    study.write_text(json.dumps({"runs": [{"run": old.id}]}))
    bits = {"another": np.ones(3, bool), old.id: np.zeros(9, bool)}
    correct.write_study(study.parent, bits)
    assert adopt(tmp_path) == {old.id: new.id}
    assert list(correct.read_study(study.parent)) == ["another", new.id]
    record = store.read_record(tmp_path, new.id)
    assert record["metrics"] == {"top1": 50.0}
    assert Run(*(record[k] for k in ("network", "recipe", "data", "seed"))) == new
    assert (store.run_folder(tmp_path, new.id) / "weights.safetensors").exists()
    assert not folder.exists()
    assert json.loads(study.read_text())["runs"] == [{"run": new.id}]
    assert adopt(tmp_path) == {}


def test_what_is_there_is_never_replaced(now, tmp_path):
    old, new = as_typed(now), expected(now)
    folder = write(tmp_path, record_of(old))
    write(tmp_path, record_of(new, trained="anew"))
    assert adopt(tmp_path) == {}
    assert (folder / "record.json").exists()
    assert store.read_record(tmp_path, new.id)["trained"] == "anew"


def test_stopped_half_way_it_goes_on(now, tmp_path):
    old, new = as_typed(now), expected(now)
    folder = write(tmp_path, record_of(old))
    there = store.run_folder(tmp_path, new.id)
    there.mkdir()
    (folder / "weights.safetensors").rename(there / "weights.safetensors")
    store.write_record(tmp_path, record_of(new))  # and only then the old one goes
    assert adopt(tmp_path) == {old.id: new.id}
    assert not folder.exists()
    assert (there / "weights.safetensors").exists()


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_runs_that_did_not_end_are_trained_anew(status, now, tmp_path):
    write(tmp_path, record_of(as_typed(now), status))
    assert adopt(tmp_path) == {}


def test_a_folder_gets_the_fingerprint_that_its_record_has(now):
    data = {"name": "imagenet", "evaluate_on": "test", "train_size": None}
    data |= {"test_size": None, "image_size": 224, "in_chans": 3, "num_classes": 1000}
    data |= {"horizontal_flip": True, "crop_pct": 0.9, "on_unreadable": "error"}
    record = record_of(replace(now, data=data), data_fingerprint="0123456789abcdef")
    assert run_of(record).data == {**data, "fingerprint": "0123456789abcdef"}


def test_settings_that_are_not_valid_any_more_are_one_line(now, tmp_path):
    wrong = replace(now, recipe={**now.recipe, "epochs": 0})
    write(tmp_path, record_of(wrong))
    line = rf"^run {wrong.id}: recipe.epochs=0: valid: an integer >= 1$"
    with pytest.raises(ValueError, match=line):
        adopt(tmp_path)

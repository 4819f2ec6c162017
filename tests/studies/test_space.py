"""Questions about designs: sampled within a band of GFLOPs, and the best to keep."""

import commands
import numpy as np
import orjson
import pandas as pd
import pytest

from roadmap.base import config
from roadmap.network.changes import edits, name_of, read_combination
from roadmap.studies.plan import plan_sweep
from roadmap.studies.space import Space, asked

SMALL = ["recipe.epochs=1", "data.train_size=32", "data.test_size=32", "figures=[]"]
REGIME = config.compose("sweep", []).regime


def count(names):
    return [one.gflops for one in plan_sweep([], 1, names)]


@pytest.mark.parametrize("band", [None, (0.003, 0.0035)])
def test_sampled_designs_are_within_the_band_and_always_the_same(band):
    question = Space(samples=6, band=band)
    about = asked(question, REGIME, count)
    low, high = band or np.array([0.5, 1]) * count(["convnext"])[0]
    gflops = count(list(about["combinations"]))
    assert len(gflops) == 6
    assert all(low <= cost <= high for cost in gflops)
    assert asked(question, REGIME, count) == about


def test_a_design_has_the_switches_and_the_sizes_that_its_name_says():
    about = asked(Space(samples=40), REGIME, lambda names: [1.0] * len(names))
    for name, switches in about["combinations"].items():
        design = read_combination(name)
        sizes = about["sizes"][name]
        values = {k: v for change in design for k, v in edits(change).items()}
        assert set(switches) == set(design) & set(about["changes"])
        assert values["width"] == sizes["width"]
        assert sum(values["depths"]) == sizes["depth"]
        assert values.get("kernel_size", 3) == sizes["kernel_size"]
    drawn = pd.DataFrame(about["sizes"]).T
    assert set(drawn["kernel_size"]) == {3, 5, 7, 9, 11}
    assert set(drawn["width"]) <= {4, 8, 12, 16, 20, 24}
    assert drawn["depth"].nunique() > 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["+question=space", "band=[1000,2000]"],
            "here 0 designs for samples=100, those drawn",
        ),
        (["+question=space", "band=[2,1]"], "band=[2.0,1.0]: valid: [least,most]"),
        (["+question=space", "band=[1]"], "band=[1]: valid: null or [low,high]"),
        (["+question=space", "samples=0"], "samples=0: valid: an integer >= 1"),
        (["+question=space", "width=[5,7]"], "width=[5,7]: valid: [low,high] with a"),
        (
            ["+question=space", "changes=[kernel_7]"],
            "=kernel_7: valid: patchify",
        ),
        (["+question=keep"], "valid: a study in"),
        (["+question=keep", "budget=3"], "valid: budget.gflops=N, budget.seconds=N"),
        (
            ["+question=keep", "budget.gflops=0"],
            "gflops=0: valid: null or a num",
        ),
        (["+step=resnet+width_8+width_9"], "both set network.width"),
        (["+step=resnet+width_8+increase_width"], "both set network.width"),
        (["+step=resnet+width_x"], "change=width_x"),
    ],
)
def test_a_wrong_word_is_refused_in_one_line(words, said, tmp_path):
    commands.assert_refused(words, said, tmp_path / "new")


def test_a_size_is_a_change_with_a_canonical_name():
    assert name_of(["width_12", "gelu", "depths_1_2_1"]) == name_of(
        ["depths_1_2_1", "width_12", "gelu"]
    )
    (one,) = plan_sweep([], 1, ["resnet+gelu+width_12+depths_1_2_1"])
    assert (one.run.network["width"], one.run.network["depths"]) == (12, [1, 2, 1])
    assert one.step == "resnet+gelu+depths_1_2_1+width_12"


@pytest.mark.slow
def test_designs_are_trained_and_their_errors_shown(tmp_path):
    words = ["+question=space", "samples=3", f"root={tmp_path}", "study=mine", *SMALL]
    status, out = commands.run("roadmap.sweep", *words)
    assert (status, "depthwise conv" in out) == (0, True), out
    table = pd.read_csv(tmp_path / "mine/space.csv")
    assert (table["n"] + table["n_other"]).eq(3).all()
    assert (tmp_path / "mine/edf.csv").exists()


@pytest.mark.slow
def test_the_best_of_a_factorial_are_trained_on_fresh_seeds(tmp_path):
    few = ["changes=[depthwise_conv,kernel_7,gelu]", f"root={tmp_path}"]
    words = ["+question=factorial", *few, "study=all", "seeds=2", *SMALL]
    status, out = commands.run("roadmap.sweep", *words)
    assert status == 0, out
    words = ["+question=keep", "of=all", f"root={tmp_path}", "study=best", *SMALL]
    status, out = commands.run("roadmap.sweep", *words, "seeds=2")
    assert (status, "seeds that no run of of= used" in out) == (2, True)
    status, out = commands.run("roadmap.sweep", *words, "budget.gflops=1e-9")
    assert (status, "valid: at least 0.00" in out) == (2, True)
    status, out = commands.run("roadmap.sweep", *words, "budget.seconds=1e-9")
    assert (status, "the quickest combination's" in out) == (2, True)
    status, out = commands.run("roadmap.sweep", *words, "best=2", "budget.gflops=1")
    assert status == 0, out
    about = orjson.loads((tmp_path / "best/study.json").read_bytes())["question"]
    table = pd.read_csv(tmp_path / "best/kept.csv")
    assert table["step"].tolist() == list(about["combinations"])
    assert table["n"].tolist() == [3, 3, 3]
    assert table["predicted"].iloc[0] > table["predicted"].iloc[1]
    assert len(about["combinations"][table["step"].iloc[-1]]) == 3
    runs = pd.read_csv(tmp_path / "best/results.csv")
    assert set(runs["seed"]) == {100, 101, 102}

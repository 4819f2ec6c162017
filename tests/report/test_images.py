"""Intervals over images: by the closed form, paired, seeded, empty where unknown."""

import numpy as np
import pandas as pd
import pytest

from roadmap.report import tabulate, to_markdown
from roadmap.report.numbers.images import COLUMNS, over_images


@pytest.fixture
def named(results):
    """The runs of ``results``, each with an id of its own."""
    ids = results["step"] + results["seed"].astype(str)
    return results.assign(run=ids)


def bits_for(runs, images=2000, seed=0):
    """Return bits by run: images that are hard for one run are hard for all."""
    random = np.random.default_rng(seed)
    ease = random.normal(1, 1, images)
    return {run: ease + random.normal(0, 1, images) > 0 for run in runs}


def by_step(results, bits):
    return over_images(tabulate(results), results, bits).set_index("step")


def half(row, name):
    return (row[f"{name}_images_high"] - row[f"{name}_images_low"]) / 2


def test_of_one_seed_it_is_mcnemars_interval(named):
    one = named[named["seed"] == 0]
    bits = bits_for(one["run"])
    row = by_step(one, bits).loc["stage_ratio"]
    parent, child = bits["resnet0"], bits["stage_ratio0"]
    won, lost = (child & ~parent).mean(), (parent & ~child).mean()
    sd = 100 * np.sqrt((won + lost - (won - lost) ** 2) / 2000)
    assert half(row, "delta") == pytest.approx(1.96 * sd, rel=0.06)
    assert row[COLUMNS[2:]].mean() == pytest.approx(100 * (won - lost), abs=0.1)
    share = child.mean()
    level = 100 * np.sqrt(share * (1 - share) / 2000)
    assert half(row, "top1") == pytest.approx(1.96 * level, rel=0.06)


def test_of_several_seeds_each_image_counts_with_its_mean(named):
    bits = bits_for(named["run"])
    row = by_step(named, bits).loc["stage_ratio"]
    mean = {
        step: np.mean([bits[f"{step}{seed}"] for seed in range(3)], axis=0)
        for step in ("resnet", "stage_ratio")
    }
    sd = 100 * (mean["stage_ratio"] - mean["resnet"]).std() / np.sqrt(2000)
    assert half(row, "delta") == pytest.approx(1.96 * sd, rel=0.06)


def test_steps_that_are_right_on_the_same_images_have_a_change_of_zero(named):
    bits = dict.fromkeys(named["run"], bits_for(["any"])["any"])
    row = by_step(named, bits).loc["stage_ratio"]
    assert row[COLUMNS[2:]].tolist() == [0, 0]
    assert half(row, "top1") > 1


def test_it_is_seeded(named):
    steps = [
        named[named["step"] == "resnet"].assign(step=f"s{n}", run=f"s{n}")
        for n in range(18)
    ]
    runs = pd.concat(steps, ignore_index=True)
    bits, table = bits_for(runs["run"].unique()), tabulate(runs)
    first = over_images(table, runs, bits)
    pd.testing.assert_frame_equal(over_images(table, runs, bits), first)


def test_other_steps_change_no_interval(named):
    bits = bits_for(named["run"])
    whole = by_step(named, bits)
    part = by_step(named[named["step"].isin(["resnet", "stage_ratio"])], bits)
    pd.testing.assert_frame_equal(
        part[COLUMNS], whole.loc[["resnet", "stage_ratio"], COLUMNS]
    )


@pytest.mark.parametrize("harm", ["gone", "shorter"])
def test_a_run_without_its_bits_leaves_its_step_and_its_changes_empty(named, harm):
    bits = bits_for(named["run"])
    if harm == "gone":
        del bits["stage_ratio1"]
    else:
        bits["stage_ratio1"] = bits["stage_ratio1"][:9]
    known = by_step(named, bits)[COLUMNS].notna()
    assert known.loc["resnet"].tolist() == [True, True, False, False]
    assert not known.loc["stage_ratio"].any()
    assert known.loc["move_up_depthwise"].tolist() == [True, True, False, False]
    assert known.loc["kernel_9"].all()
    assert not known.loc["kernel_7"].any()  # its runs are pending


@pytest.mark.parametrize("size", [2000, 1000])
def test_steps_on_different_data_have_no_change_over_images(named, size):
    runs = named.assign(data=np.where(named["step"] == "kernel_9", "b", "a"))
    bits = bits_for(runs["run"])
    bits |= {run: own[:size] for run, own in bits.items() if run[:8] == "kernel_9"}
    known = by_step(runs, bits)[COLUMNS].notna()
    assert known.loc["kernel_9"].tolist() == [True, True, False, False]
    assert known.loc["stage_ratio"].all()


def test_the_table_says_how_far_another_test_set_would_move(named):
    table = over_images(tabulate(named), named, bits_for(named["run"]))
    assert "Another test set of this size" in to_markdown(table)
    assert over_images(tabulate(named), named, {}).equals(tabulate(named))
    assert "Another test set" not in to_markdown(tabulate(named))

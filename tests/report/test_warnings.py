"""Warnings: each said where its rule holds, and not beside it."""

import pandas as pd
import pytest

from roadmap.report.numbers.studies import Study
from roadmap.report.numbers.tables import tabulate
from roadmap.report.numbers.warnings import binomial_sd, warnings

NO_CURVES = pd.DataFrame()


def said(runs, curves=NO_CURVES, data="cluttered_digits"):
    study = Study(tabulate(runs), runs)
    return " ".join(warnings(study, curves, {"data.name": data}))


def of(results, top1, majority=40.0, images=400):
    """Return the runs of resnet and stage_ratio with these accuracies."""
    runs = results[results["step"].isin(["resnet", "stage_ratio"])]
    runs = runs.sort_values(["step", "seed"], kind="stable")
    return runs.assign(top1=top1, majority=majority, eval_images=images)


def test_a_good_study_is_not_warned_of(results):
    assert said(of(results, [80.0, 81, 82, 90, 91, 92], images=10_000)) == ""


def test_chance_is_the_share_of_the_largest_class(results):
    low, high = [41.0, 40, 42], [80.0, 81, 82]
    assert "All steps: at or near chance (40.0 %" in said(of(results, low + low))
    one = said(of(results, low + high))
    assert "resnet: at or near chance" in one
    assert "stage_ratio" not in one.split(":")[0]
    assert "chance" not in said(of(results, low + high, majority=10.0))
    assert "chance" not in said(of(results, low + high, majority=None))


def curves(*top1):
    rows = [
        {"regime": "proxy", "step": "resnet", "epoch": epoch, "top1_mean": value}
        for epoch, value in enumerate(top1, 1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("top1", "words"),
    [
        ((50.0, 60.0), "1 of 1 steps still rise by more than 1 point (resnet: +10.0)"),
        ((10.0, 50, 60, 69, 70.5), "still rise"),
        ((10.0, 50, 60, 70, 70.5), ""),
        ((50.0,), "nothing shows whether it has converged"),
    ],
)
def test_a_curve_that_still_rises(results, top1, words):
    good = of(results, [80.0, 81, 82, 90, 91, 92], images=10_000)
    line = said(good, curves(*top1))
    assert (words in line) if words else (line == "")


def test_a_test_set_is_small_for_the_change_in_question(results):
    runs = of(results, [80.0, 80.1, 80.2, 82.0, 82.1, 82.2], images=100)
    assert "with 100 images an accuracy of 81 % has a binomial SD of 3.92" in said(runs)
    assert "test set is small" not in said(runs.assign(eval_images=10_000))
    assert binomial_sd(50.0, 100) == pytest.approx(5)


def test_seeds_that_disagree_in_kind(results):
    runs = of(results, [80.0, 81, 40.5, 90, 91, 92])
    assert "resnet: 1 of 3 seeds stayed at chance." in said(runs)
    runs = of(results, [80.0, 81, 82, 90, 91, 92])
    runs.loc[runs.index[0], "status"] = "diverged"
    assert "resnet: 1 of 3 seeds diverged." in said(runs)


def test_the_paper_is_left_out_of_ones_own_data(results):
    runs = of(results, [80.0, 81, 82, 90, 91, 92], images=10_000)
    assert "The paper's numbers are left out" in said(runs, data="folder")
    assert said(runs, data="cifar10") == ""

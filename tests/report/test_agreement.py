import cProfile
import pstats

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from roadmap.report import agreement, paper_table, tabulate
from roadmap.report.numbers.agreement import agreements, to_frame, yardstick
from roadmap.report.numbers.bootstrap import kendall, spearman
from roadmap.report.numbers.studies import Study
from roadmap.report.pictures.fidelity import draw, fidelity

PAPER = paper_table()
TABLE_10 = PAPER[PAPER["regime"] == "resnet50"]


def study(noise=0.05, seeds=3, flip=1.0, n_steps=None):
    """Return runs whose means are Table 10's, mirrored by flip=-1, with noise."""
    random = np.random.default_rng(1)
    rows = TABLE_10.head(n_steps) if n_steps else TABLE_10
    return pd.DataFrame(
        {
            "study": "mine",
            "regime": "proxy",
            "step": row.step,
            "label": row.label,
            "section": row.section,
            "adopted": row.adopted,
            "parent": row.parent,
            "seed": seed,
            "run": f"{row.step}{seed}",
            "status": "finished",
            "top1": 80 + flip * (row.top1_mean - 80) + noise * random.normal(),
            "gflops": 0.5,
            "params": 1e6,
            "train_seconds": 2.0,
            "images_per_second": 1000.0,
        }
        for row in rows.itertuples()
        for seed in range(seeds)
    )


def agree(runs, regime="resnet50"):
    return agreement(tabulate(runs), runs, regime)


def test_rank_correlations_are_scipys_row_by_row():
    random = np.random.default_rng(0)
    x, y = random.integers(0, 6, (2, 20, 9)).astype(float)
    for one, other, tau, rho in zip(x, y, kendall(x, y), spearman(x, y), strict=True):
        assert tau == pytest.approx(stats.kendalltau(one, other).statistic)
        assert rho == pytest.approx(stats.spearmanr(one, other).statistic)


def test_a_study_that_repeats_the_paper_agrees_and_its_mirror_does_not():
    same, mirror = agree(study(noise=1e-7)), agree(study(noise=1e-7, flip=-1.0))
    assert (same.changes, same.levels) == (14, 15)
    assert same.signs.value == 14
    assert mirror.signs.value == 0
    for name in ("tau", "rho", "level_tau", "level_rho"):
        assert getattr(same, name).value == pytest.approx(1, abs=0.03)
        assert getattr(mirror, name).value == pytest.approx(-1, abs=0.03)


def test_only_the_path_counts():
    runs = study()
    off = runs["step"].isin(["kernel_9", "kernel_11", "swin"])
    moved = runs.assign(top1=runs["top1"].where(~off, 10.0))
    assert agree(moved) == agree(runs)


def test_the_yardstick_by_hand():
    # Of Table 11's 14 changes only GELU (-0.11; Table 10: +0.05) has the other sign.
    own = yardstick()
    assert (own.signs.value, own.changes) == (13, 14)
    tables = [
        PAPER[PAPER["regime"] == r].set_index("step") for r in ("resnet50", "resnet200")
    ]
    path = tables[0].index[tables[0]["adopted"].isin(["yes", "waypoint"])]
    deltas = [table.loc[path, "delta"].round(2) for table in tables]
    assert own.tau.value == pytest.approx(stats.kendalltau(*deltas).statistic)
    assert own.rho.value == pytest.approx(stats.spearmanr(*deltas).statistic)
    assert own.tau.low < own.tau.value < own.tau.high


def test_levels_flatter_where_changes_do_not():
    own = yardstick()
    assert own.level_tau.value > own.tau.value + 0.2


def test_intervals_widen_with_noise_and_narrow_with_seeds():
    def width(runs):
        tau = agree(runs).tau
        return tau.high - tau.low

    assert width(study(noise=1.0)) > 1.5 * width(study(noise=0.1))
    assert width(study(noise=1.0, seeds=100)) < 0.7 * width(study(noise=1.0))


def test_one_seed_has_no_interval():
    found = agree(study(seeds=1))
    assert np.isfinite(found.tau.value)
    assert np.isnan([found.tau.low, found.signs.high]).all()
    assert "[" not in str(found)


def test_a_study_of_two_steps_agrees_as_far_as_it_goes():
    found = agree(study(n_steps=2))
    assert (found.changes, found.signs.value) == (1, 1)
    assert np.isnan(found.tau.value)
    assert "unknown" in str(found)


def test_a_study_with_nothing_finished_has_no_agreement():
    runs = study().assign(status="pending")
    assert agree(runs).changes == 0
    assert to_frame([agree(runs)])["n"].eq(0).all()


def test_the_same_study_has_the_same_intervals():
    assert agree(study()) == agree(study())


def test_wrong_words_are_named():
    with pytest.raises(ValueError, match="valid: resnet50, resnet200"):
        agreement(TABLE_10, None, "resnet101")
    with pytest.raises(ValueError, match="one at a time"):
        agreement(PAPER, None, "resnet50")


def test_cost_is_in_multiply_adds_whatever_the_machine():
    slow = study().assign(study="slow", train_seconds=20.0, images_per_second=100.0)
    studies = [Study(tabulate(runs), runs) for runs in (study(), slow)]
    table = fidelity(studies, [agreements(*one) for one in studies])
    # 0.5 GFLOPs x 2000 images = 1e12.
    assert table["cost"].tolist() == pytest.approx([1.0, 1.0])
    assert table["seconds"].tolist() == [2.0, 20.0]
    axes = draw(table).axes[0]
    assert sum("14 signs" in text.get_text() for text in axes.texts) == 2


def test_work_per_run_stays_out_of_python():
    """Ten times the seeds must not mean more Python calls: numpy does the runs."""

    def calls(seeds):
        runs = study(seeds=seeds)
        profile = cProfile.Profile()
        profile.runcall(agree, runs)
        return pstats.Stats(profile).total_calls

    calls(3)  # what is cached is cached now
    assert calls(200) < 1.2 * calls(20)

"""Each change and its noise, as the table has them."""

import numpy as np
import pandas as pd
import pytest

from roadmap.report import seeds_needed, tabulate, to_latex, to_markdown
from roadmap.report.formats import noise_mark
from roadmap.report.numbers.moderated import MOST_DF


def by_step(results):
    return tabulate(results).set_index("step")


def path(top1):
    """Return the runs of a path, accuracies (steps, seeds), each a step of the last."""
    return pd.DataFrame(
        [
            {
                "study": "mine",
                "regime": "proxy",
                "step": f"step_{i}",
                "label": f"step {i}",
                "section": "micro design",
                "adopted": "yes" if i else "start",
                "parent": f"step_{i - 1}" if i else "",
                "seed": seed,
                "status": "finished",
                "top1": value,
                "params": 1000,
                "gflops": 0.1,
            }
            for i, seeds in enumerate(top1)
            for seed, value in enumerate(seeds)
        ]
    )


def drawn(shared=0.0, steps=16, seeds=3):
    random = np.random.default_rng(0)
    own = random.standard_normal((steps, seeds))
    return 70 + own + shared * random.standard_normal((1, seeds))


def test_a_change_is_tested_with_the_noise_of_all_steps():
    """Two steps whose seeds agree by chance: the change is no more certain for it."""
    top1 = drawn()
    top1[5:7] = top1[5:7].mean(1, keepdims=True) + np.array([-0.1, 0, 0.1])
    table = by_step(path(top1))
    assert table["test"].tolist() == ["", *["moderated"] * 15]
    assert table["df"].dropna().max() <= MOST_DF + 2
    width = table["delta_high"] - table["delta_low"]
    assert width["step_6"] > width.median() / 3
    # Interval, p and what can be resolved are of one model.
    excludes = (table["delta_low"] > 0) | (table["delta_high"] < 0)
    assert ((table["p"] < 0.05) == excludes)[1:].all()


def test_seeds_that_agree_to_the_last_digit_have_the_studys_noise():
    top1 = drawn()
    top1[5] = top1[6] = 70.0
    assert by_step(path(top1)).at["step_6", "p"] > 0.99


def test_seeds_are_paired_where_the_study_shows_that_they_correlate():
    alone, paired = by_step(path(drawn())), by_step(path(drawn(shared=3.0)))
    assert set(paired["test"]) == {"", "moderated, paired"}
    # What the seeds share is no noise of a change, but of a mean it is.
    assert paired["resolvable"].mean() < 1.5 * alone["resolvable"].mean()
    mean = paired["top1_high"] - paired["top1_low"]
    assert (mean > 1.5 * (paired["delta_high"] - paired["delta_low"]))[1:].mean() > 0.5
    pd.testing.assert_series_equal(
        paired["delta"], alone["delta"], check_exact=False, rtol=1e-6
    )


def test_pairing_makes_up_for_a_missing_seed():
    runs = path(drawn(shared=30.0, seeds=5))
    lost = runs[~((runs["step"] == "step_4") & (runs["seed"] == 3))]
    whole, part = by_step(runs).loc["step_4"], by_step(lost).loc["step_4"]
    assert (part["n"], part["test"]) == (4, "moderated, paired")
    assert abs(part["delta"] - whole["delta"]) < 1
    # The plain difference of means is off by more.
    mean = by_step(lost)["top1_mean"]
    assert abs(mean["step_4"] - mean["step_3"] - whole["delta"]) > 2


def test_few_steps_are_tested_by_welch(results):
    """Two steps show noise. Means 71 and 72, both with sd 1: se sqrt(2 / 3), df 4."""
    table = by_step(results)
    row = table.loc["stage_ratio"]
    assert (row["delta"], row["test"]) == (1.0, "Welch")
    assert row["df"] == pytest.approx(4)
    reach = 2.776445 * (2 / 3) ** 0.5  # t(0.975, df 4)
    assert row["delta_high"] == pytest.approx(1 + reach, abs=1e-5)
    # The others' seeds agree to the last digit: no noise to test by.
    assert table["within_noise"].tolist() == ["", "yes", "", "", ""]
    assert table["test"].tolist() == ["", "Welch", "", "", ""]


def test_holm_counts_the_changes_of_a_regime():
    top1 = drawn()
    top1[8:] += 9
    table = by_step(path(top1))
    assert table.at["step_8", "p_holm"] == pytest.approx(15 * table["p"].min())
    twice = pd.concat([path(top1), path(top1).assign(regime="other")])
    assert tabulate(twice)["p_holm"][:16].tolist()[1:] == table["p_holm"].tolist()[1:]


def test_a_large_change_is_told_from_noise(results):
    moved = results["step"] == "stage_ratio"
    results.loc[moved, "top1"] = [90.0, 91.1, 92.2]
    assert by_step(results).at["stage_ratio", "within_noise"] == "no"


def test_an_interval_that_excludes_0_is_not_called_noise_without_a_reason():
    top1 = drawn()
    before = tabulate(path(top1)).iloc[3]
    half = before["delta_high"] - before["delta"]
    top1[3:] += 1.2 * half - before["delta"]
    table = tabulate(path(top1))
    row = table.iloc[3]
    assert row["within_noise"] == "yes"
    assert row["delta_low"] > 0
    assert noise_mark(row) == "(≈)"
    text = to_markdown(table)
    assert "(≈): the interval excludes 0, but not after Holm's correction" in text
    assert "(≈)" not in to_markdown(tabulate(path(drawn())))


def test_one_seed_claims_nothing_of_noise(results):
    table = by_step(results[results["seed"] == 0])
    assert table.at["stage_ratio", "delta"] == 1.0
    unknown = ["delta_low", "p", "p_holm", "resolvable", "top1_low"]
    assert table[unknown].isna().all(axis=None)
    assert set(table["within_noise"]) == {""}


def test_noise_is_marked_in_every_text(results):
    table = tabulate(results)
    assert "+1.00 ± 2.27 ≈" in to_markdown(table)
    assert "≈: within noise (Welch's t test" in to_markdown(table)
    assert r"+1.00 $\pm$ 2.27 $\approx$" in to_latex(table)


def test_seeds_needed_name_the_steps_whose_noise_is_known(results):
    needed = seeds_needed(tabulate(results), 1.0).set_index("step")
    # Both sds are 1: R's power.t.test(delta = 1, sd = 1, power = 0.8) has 16.71.
    assert needed["seeds"].to_dict() == {"stage_ratio": 17}


def test_what_the_seeds_resolve_takes_so_many_seeds():
    table = tabulate(path(drawn(seeds=5)))
    for row in table[1:].to_dict("records"):
        needed = seeds_needed(table, row["resolvable"] * 1.000001).set_index("step")
        assert needed.at[row["step"], "seeds"] == 5

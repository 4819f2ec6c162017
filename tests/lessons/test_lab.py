from pathlib import Path

import pandas as pd
import pytest

from roadmap.lessons.lab import check, compare_seeds
from roadmap.report import find_study, load_results, tabulate


@pytest.mark.parametrize(
    ("answer", "truth", "tolerance", "expected"),
    [
        (None, 3, 0, "no answer yet"),
        (3, 3, 0, "right: 3"),
        (3, 4, 0, "not yet: look"),
        (0.5, 0.48, 0.05, "right: 0.48"),
        (0.5, 0.3, 0.05, "not yet: look"),
        ("gelu", "gelu", 0, "right: gelu"),
        ("gelu", 3, 0, "not yet: look"),
        ({"gelu"}, {"gelu"}, 0, "right: {'gelu'}"),
        (set(), {"gelu"}, 0, "not yet: look"),
    ],
)
def test_an_answer_is_checked(answer, truth, tolerance, expected):
    assert check(answer, truth, "look", tolerance).startswith(expected)


def test_seeds_are_compared_as_the_tables_do():
    results = load_results(find_study("proxy_cluttered_digits", Path("outputs")))
    table = tabulate(results).set_index("step")
    for step in ("gelu", "fewer_norms", "kernel_9"):
        found = compare_seeds(results, step, table.parent[step])
        assert found["n"] == table.n[step] == 3
        assert found["delta"] == pytest.approx(table.delta[step])
        assert found["sd"] == pytest.approx(table.delta_std[step])


def test_only_seeds_in_common_that_finished_count():
    runs = pd.DataFrame(
        {
            "step": ["a"] * 4 + ["b"] * 4,
            "seed": [0, 1, 2, 3] * 2,
            "status": ["finished"] * 3 + ["failed"] + ["finished"] * 4,
            "top1": [1.0, 2.0, 3.0, None, 2.0, 5.0, 5.0, 9.0],
        }
    )
    found = compare_seeds(runs, "b", "a")
    assert (found["n"], found["delta"]) == (3, 2.0)
    # Differences 1, 3, 2: t = 2 / (1 / √3) = 3.46 on two degrees of freedom.
    assert found["p"] == pytest.approx(0.0742, abs=1e-4)
    assert pd.isna(compare_seeds(runs[runs.seed == 0], "b", "a")["p"])

"""What each change is worth: exact without noise, honest intervals with it."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from roadmap.report.numbers.effects import all_effects, effects, of_path
from roadmap.report.numbers.interactions import interactions, together
from roadmap.report.numbers.levels import Levels, levels_of, model_matrix
from roadmap.report.numbers.studies import Study, paper_table
from roadmap.studies.questions import Question, asked

QUESTIONS = [
    Question(question="leave_one_out"),
    Question(question="add_one_in"),
    Question(question="factorial", runs=32),
    Question(question="factorial", runs=128),
    Question(question="orders", orders=4),
]
DRAW = np.random.default_rng(3)
OWN = DRAW.normal(0.5, 1.5, 12)
BOTH = np.triu(DRAW.normal(0, 0.7, (12, 12)), 1)
BOTH += BOTH.T
WORTH = {
    "leave_one_out": OWN + BOTH.sum(1),
    "add_one_in": OWN,
    "factorial": OWN + BOTH.sum(1) / 2,
    "orders": OWN + BOTH.sum(1) / 2,
}
"""Of a response with effects of single changes and of two: main effects are Shapley's.
"""
each_question = pytest.mark.parametrize(
    "question", QUESTIONS, ids=lambda q: f"{q.question}-{q.runs}"
)


def simulated(question, noise=0.0, seeds=1, draw=None):
    about = asked(question)
    sets = about["combinations"].values()
    has = np.array([[c in chosen for c in about["changes"]] for chosen in sets])
    x = has.astype(float)
    true = 80 + x @ OWN + (x @ BOTH * x).sum(1) / 2
    shape = (len(x), seeds)
    rest = noise * draw.normal(size=shape) if draw else np.zeros(shape)
    return about, Levels(has, true[:, None] + rest, x @ np.arange(12.0))


@each_question
def test_without_noise_the_worths_are_the_true_ones(question):
    found = effects("s", *simulated(question))
    np.testing.assert_allclose(found["worth"], WORTH[question.question], atol=1e-8)
    np.testing.assert_allclose(found["gflops"], np.arange(12.0), atol=1e-8)


@each_question
def test_intervals_hold_the_truth(question):
    draw, hits = np.random.default_rng(0), []
    for _ in range(60):
        about, levels = simulated(question, 0.6, seeds=3, draw=draw)
        found = effects("s", about, levels)
        worth = WORTH[question.question]
        hits.append((found["low"] <= worth) & (worth <= found["high"]))
    assert 0.92 < np.mean(hits) < 0.995
    assert found["low"].lt(found["worth"]).all()


def test_128_runs_tell_every_two_changes_apart():
    about, levels = simulated(Question(question="factorial", runs=128))
    found = interactions("s", about, levels)
    assert len(found) == 66
    for (one, other), row in zip(
        combinations(range(12), 2), found.to_dict("records"), strict=True
    ):
        assert (row["change"], row["other"]) == (
            about["changes"][one],
            about["changes"][other],
        )
        assert row["worth"] == pytest.approx(BOTH[one, other], abs=1e-8)


def test_32_runs_name_no_pair_that_they_mix_up():
    about, levels = simulated(Question(question="factorial", runs=32))
    assert interactions("s", about, levels).empty


def test_the_runs_of_several_plans_tell_pairs_apart_together():
    hits, draw = [], np.random.default_rng(4)
    for _ in range(20):
        plans = Question(question="factorial", runs=64), QUESTIONS[-1]
        studies = [simulated(question, 0.6, 1, draw) for question in plans]
        parts = zip(*(levels for _, levels in studies), strict=True)
        levels = Levels(*map(np.concatenate, parts))
        found = together("s", studies[0][0], levels)
        truth = BOTH[np.triu_indices(12, 1)]
        assert len(found) == 66
        hits.append((found["low"] <= truth) & (truth <= found["high"]))
    assert np.mean(hits) > 0.9
    assert np.corrcoef(found["worth"], truth)[0, 1] > 0.8


def test_shapley_values_sum_to_the_end_less_the_start():
    about, levels = simulated(QUESTIONS[-1], 1.0, 2, np.random.default_rng(1))
    ends = levels.mean[levels.has.all(1)] - levels.mean[~levels.has.any(1)]
    assert effects("s", about, levels)["worth"].sum() == pytest.approx(ends[0])


def test_one_seed_shows_no_noise_where_changes_come_one_by_one():
    found = effects("s", *simulated(QUESTIONS[0]))
    assert found["low"].isna().all()


@pytest.mark.parametrize("runs", [32, 64, 128])
def test_one_seed_knows_the_noise_as_well_as_the_model_leaves_runs_over(runs):
    question = Question(question="factorial", runs=runs)
    about, levels = simulated(question, 0.5, 1, np.random.default_rng(2))
    left = runs - np.linalg.matrix_rank(model_matrix(levels.has)[0])
    assert (effects("s", about, levels)["df"] == left).all()


def test_a_missing_run_leaves_what_needs_it_unknown():
    about, levels = simulated(QUESTIONS[1], 0.5, 3, np.random.default_rng(2))
    levels.top1[3] = np.nan
    found = effects("s", about, levels)
    assert found["worth"].isna().tolist() == [at == 2 for at in range(12)]


@pytest.mark.parametrize("runs", [32, 128])
@pytest.mark.parametrize("finished", [0, 5])
def test_a_factorial_says_only_what_its_finished_runs_tell(runs, finished):
    about, levels = simulated(Question(question="factorial", runs=runs))
    levels.top1[finished:] = np.nan
    found = effects("s", about, levels)
    assert found["worth"].isna().all()
    assert interactions("s", about, levels).empty


@pytest.mark.parametrize("runs", [32, 128])
def test_a_factorial_has_a_run_to_spare(runs):
    about, levels = simulated(Question(question="factorial", runs=runs))
    levels.top1[7] = np.nan
    found = effects("s", about, levels)
    np.testing.assert_allclose(found["worth"], WORTH["factorial"], atol=1e-8)


def test_on_the_path_a_worth_is_the_papers_change():
    table = paper_table()
    table = table[table["regime"] == "resnet50"]
    changes = asked(QUESTIONS[0])["changes"]
    found = of_path(table, changes).set_index("change")
    rows = table.set_index("step")
    assert list(found.index) == list(changes)
    for change in changes:
        before = rows.top1_mean[rows.parent[change]]
        assert found.worth[change] == pytest.approx(rows.top1_mean[change] - before)


def measured(question, noise, seeds=3):
    """A study of the question as a report reads it, and what study.json has of it."""
    about, levels = simulated(question, noise, seeds, np.random.default_rng(5))
    rows = [
        (name, seed, f"{name}-{seed}", "finished", top1, 1.0, "digits")
        for name, by_seed in zip(about["combinations"], levels.top1, strict=True)
        for seed, top1 in enumerate(by_seed)
    ]
    names = ["step", "seed", "run", "status", "top1", "gflops", "data"]
    results = pd.DataFrame(rows, columns=names)
    np.testing.assert_array_equal(levels_of(about, results).top1, levels.top1)
    return Study(pd.DataFrame({"study": [question.question]}), results), about


def test_studies_stand_side_by_side_and_the_order_may_decide():
    both = [measured(question, 0.1) for question in QUESTIONS[:2]]
    studies, questions = zip(*both, strict=True)
    table, pairs = all_effects(studies, questions)
    assert set(table["method"]) == {"left out", "put in"}
    assert pairs.empty
    decided = set(table.loc[table["order"] == "decides", "change"])
    turned = np.sign(WORTH["leave_one_out"]) != np.sign(WORTH["add_one_in"])
    changes = questions[0]["changes"]
    assert decided <= {c for c, t in zip(changes, turned, strict=True) if t}
    assert decided


@pytest.mark.parametrize("column", ["regime", "recipe", "data", "changes"])
def test_pairs_are_not_taken_of_studies_that_do_not_compare(column):
    (first, about), (second, other) = (
        measured(question, 0.1, seeds=1) for question in (QUESTIONS[2], QUESTIONS[4])
    )
    _, pairs = all_effects([first, second], [about, other])
    assert len(pairs) == 66
    if column == "changes":
        other = {**other, "changes": other["changes"][::-1]}
    else:
        first = first._replace(results=first.results.assign(**{column: "own"}))
        second = second._replace(results=second.results.assign(**{column: "other"}))
    table, pairs = all_effects([first, second], [about, other])
    assert set(table["method"]) == {"factorial", "orders"}
    assert pairs.empty


def test_the_path_stands_beside_a_study_that_has_not_begun():
    study, about = measured(QUESTIONS[0], 0.1)
    waiting = study.results.assign(status="pending", top1=np.nan)
    path = Study(paper_table().query("regime == 'resnet50'"), None)
    table, pairs = all_effects([path, study._replace(results=waiting)], [None, about])
    assert set(table["method"]) == {"path"}
    assert pairs.empty

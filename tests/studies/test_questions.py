"""Questions beyond the path: which combinations they train, and what is refused."""

from itertools import combinations as choose

import commands
import numpy as np
import orjson
import pytest

from roadmap.network.changes import path_changes
from roadmap.studies.plans import sizes, two_level
from roadmap.studies.questions import Question, asked, combinations, orders_of

FEW = ("depthwise_conv", "kernel_7", "gelu")
SMALL = ["recipe.epochs=1", "data.train_size=32", "data.test_size=32", "figures=[]"]


@pytest.mark.parametrize("changes", range(2, 13))
def test_plans_are_balanced_and_have_the_start(changes):
    assert sizes(changes)
    for runs in sizes(changes):
        rows = np.array(two_level(changes, runs))
        assert rows.shape == (runs, changes)
        assert not rows[0].any()
        # Three columns at a time: no effect is mixed up with an interaction of two.
        strength = 4 if runs == 128 and changes > 7 else min(3, changes)
        for columns in choose(range(changes), strength):
            _, counts = np.unique(rows[:, columns], axis=0, return_counts=True)
            assert counts.tolist() == [runs / 2**strength] * 2**strength


@pytest.mark.parametrize("name", ["leave_one_out", "add_one_in"])
def test_one_change_at_a_time_takes_thirteen_combinations(name):
    found = combinations(Question(question=name))
    base = set(found[0])
    assert len(found) == 13
    assert {frozenset(base ^ set(one)) for one in found[1:]} == {
        frozenset({change}) for change in path_changes()
    }
    assert base == (set(path_changes()) if name == "leave_one_out" else set())


def test_orders_come_in_pairs_and_share_combinations():
    question = Question(question="orders", orders=6, changes=FEW)
    orders = orders_of(question)
    assert [tuple(reversed(order)) for order in orders[::2]] == orders[1::2]
    assert orders == orders_of(question)
    found = combinations(question)
    assert len(found) == len(set(found)) <= 2 ** len(FEW)
    for order in orders:
        prefixes = [set(order[:n]) for n in range(len(FEW) + 1)]
        assert all(one in map(set, found) for one in prefixes)


def test_a_name_stands_for_each_combination():
    about = asked(Question(question="factorial", runs=32))
    assert len(about["combinations"]) == 32
    assert about["combinations"]["resnet"] == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+question=facts"], "valid: add_one_in, factorial, keep, leave_one_out, ord"),
        (["+question=factorial", "runs=20"], "runs=20: valid: 32, 64, 128"),
        (["+question=orders", "orders=0"], "orders=0: valid: null or an even number"),
        (["+question=orders", "orders=7"], "orders=7: valid: an even number"),
        (["+question=add_one_in", "changes=[gelu,kernel_8]"], "did you mean kernel_9"),
        (["+question=add_one_in", "changes=[gelu]"], "two or more changes"),
        (["+question=add_one_in", "+step=gelu"], "either +step= or +question="),
        (["+question=add_one_in", "runs=32"], "runs: no such setting"),
    ],
)
def test_a_wrong_question_is_refused_in_one_line(words, said, tmp_path):
    commands.assert_refused(words, said, tmp_path / "new")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "figure"),
    [
        (["+step=resnet"], "figure_2"),
        (["+question=add_one_in", "changes=[gelu,layer_norm]"], "effects"),
    ],
)
def test_the_tracker_gets_the_first_figure(words, figure, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    words = [*words, *SMALL, "figures=[png]", "seeds=1", f"root={tmp_path}", "study=s"]
    words += ["launcher=serial", "tracker=tensorboard"]
    status, out = commands.run("roadmap.sweep", *words)
    assert status == 0, out
    read = EventAccumulator(str(tmp_path / "s" / "tensorboard"))
    read.Reload()
    assert read.Tags()["images"] == [figure]


@pytest.mark.slow
def test_a_factorial_is_trained_and_gives_the_same_effects_again(tmp_path):
    words = ["+question=factorial", f"changes=[{','.join(FEW)}]", f"root={tmp_path}"]
    words += [*SMALL, "study=mine", "seeds=2"]
    status, out = commands.run("roadmap.sweep", *words, "launcher=serial")
    assert status == 0, out
    folder = tmp_path / "mine"
    about = orjson.loads((folder / "study.json").read_bytes())["question"]
    assert len(about["combinations"]) == 8
    effects = (folder / "effects.csv").read_bytes()
    again, out = commands.run("roadmap.sweep", *words, "launcher=local")
    assert (again, "0 of them to train" in out) == (0, True)
    assert (folder / "effects.csv").read_bytes() == effects
    assert (folder / "interactions.csv").exists()

"""A combination as a lesson: its changes, and the network beside start and end."""

import pytest

from roadmap.lessons import combination_lesson, lesson
from roadmap.network.changes import name_of, path_changes, read_combination
from roadmap.network.costs import cost_of
from roadmap.network.steps import load_design
from roadmap.studies.plan import plan_run

SETS = [("gelu", "kernel_7"), path_changes()[1:], ("kernel_9", "layer_norm")]


@pytest.mark.parametrize("changes", SETS)
def test_it_tells_of_each_change_and_of_the_network(changes):
    one = lesson("+".join(["resnet", *changes]))
    assert one.step == name_of(changes)
    found = one.combination
    names = [change.name for change in found.changes]
    assert names == list(read_combination(one.step))
    assert set(found.left_out) == set(path_changes()) - set(changes)
    for change in found.changes:
        step = lesson(change.name)
        assert (change.title, change.reason) == (step.title, step.reason)
    views = list(one.views.values())
    for view, step in zip(views, ("resnet", one.step, "convnext"), strict=True):
        counted = cost_of(load_design(step), 10, 3, 48)
        assert (view.params, view.gflops) == (counted.params, counted.gflops)
    run = plan_run(one.command.split()[3:])
    assert (run.step, run.params) == (one.step, one.after.params)


def test_a_size_is_a_change_without_a_step():
    one = lesson("resnet+gelu+width_24")
    assert one.combination.changes[-1].title == "width → 24"
    assert ("width", "8", "24", "12") in one.combination.switches


def test_its_switches_are_those_in_which_the_three_differ():
    switches = {row[0]: row[1:] for row in lesson("resnet+gelu").combination.switches}
    assert switches["activation"] == ("relu", "gelu", "gelu")
    assert switches["kernel_size"] == ("3", "3", "7")
    assert "family" not in switches
    designs = [vars(load_design(step)) for step in ("resnet", "convnext")]
    assert set(switches) == {k for k, v in designs[0].items() if designs[1][k] != v}


def test_a_switch_set_otherwise_shows_and_trains():
    one = lesson("resnet+gelu", kernel_size=9)
    assert ("kernel_size", "3", "9", "7") in one.combination.switches
    run = plan_run(one.command.split()[3:]).run
    assert run.network["kernel_size"] == 9
    assert run.network["activation"] == "gelu"


def test_only_what_the_network_before_lacks_is_stressed():
    start, own, end = lesson("resnet+gelu").panels
    assert start.stressed == frozenset()
    assert {own.rows[i].name for i in own.stressed} == {"GELU"}
    near = lesson("convnext-fewer_norms").panels[-1]
    assert len(near.stressed) < len(end.stressed)


@pytest.mark.parametrize("step", ["resnet", "kernel_7", "separate_downsampling"])
def test_a_step_of_the_path_can_be_seen_as_a_combination(step):
    one, own = combination_lesson(step), lesson(step)
    assert one.after.params == own.after.params
    assert [c.name for c in one.combination.changes] == list(read_combination(step))

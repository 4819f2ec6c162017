"""Changes and combinations: their names, their order, what cannot be combined."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.network.changes import (
    all_changes,
    changes_of,
    edits,
    label_of,
    name_of,
    path_changes,
    read_combination,
)
from roadmap.network.path import step_names
from roadmap.network.steps import load_design
from roadmap.studies.plan import plan_sweep

SETS = st.sets(st.sampled_from(path_changes()))


def planned(step):
    (one,) = plan_sweep([f"+step={step}"], 1)
    return one


def test_twelve_changes_span_the_space():
    assert len(path_changes()) == 12
    assert path_changes() == tuple(s for s in step_names() if s in path_changes())
    assert set(all_changes()) - set(path_changes()) >= {"kernel_5", "kernel_9"}


@given(SETS, st.randoms())
def test_a_set_has_one_name_whatever_the_order(chosen, random):
    written = sorted(chosen)
    random.shuffle(written)
    name = name_of(written)
    assert set(read_combination(name)) == chosen
    assert name_of(read_combination("+".join(["resnet", *written]))) == name


@given(SETS)
def test_what_is_left_out_of_the_end_is_the_rest(chosen):
    left = [c for c in path_changes() if c not in chosen]
    assert set(read_combination("-".join(["convnext", *left]))) == chosen


@pytest.mark.parametrize("step", [s for s in step_names() if changes_of(s)])
def test_the_changes_up_to_a_step_are_that_step(step):
    assert name_of(changes_of(step)) == step
    combined = planned("+".join(["resnet", *reversed(changes_of(step))]))
    assert combined == planned(step)


@pytest.mark.parametrize("change", path_changes())
def test_a_change_by_itself_sets_its_switches_on_the_start(change):
    start, one = planned("resnet"), planned(f"resnet+{change}")
    design = asdict(load_design(change))
    for switch, value in one.run.network.items():
        expected = design if switch in edits(change) else start.run.network
        wanted = expected[switch]
        assert value == (list(wanted) if isinstance(wanted, tuple) else wanted)
    assert one.run.recipe == start.run.recipe


def test_a_combination_is_planned_under_its_canonical_name():
    one = planned("resnet+kernel_7+gelu")
    assert (one.step, one.parent) == ("resnet+kernel_7+gelu", "")
    assert planned("resnet+gelu+kernel_7") == one
    assert one.label == label_of(["gelu", "kernel_7"]) == "ResNet + kernel 7 + gelu"
    assert planned("convnext").step == "separate_downsampling"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("resnet+gelo", "did you mean gelu"),
        ("resnet-gelu", "gelu is not in it"),
        ("convnext+gelu", "gelu is already in it"),
        ("resnet+kernel_5+kernel_7", "both set network.kernel_size"),
        ("gelo", "did you mean gelu"),
    ],
)
def test_what_is_no_combination_is_refused_in_one_line(word, said):
    with pytest.raises(ValueError, match=said) as error:
        planned(word)
    assert "\n" not in str(error.value)

"""What base= and new= may name, and what they become."""

import re
from pathlib import Path

import pytest

from roadmap.compare import quoted
from roadmap.studies.compose import parsed
from roadmap.studies.sides import Asked, read_sides, study_name


def sides(new, base=None, *words, root="nowhere", seeds=(0, 1)):
    asked = Asked(base=base, new=new, resolution=1.0, first=2)
    return read_sides(asked, list(words), list(seeds), Path(root))


@pytest.mark.parametrize(
    ("new", "base", "names"),
    [
        ("gelu", "resnet", ["resnet", "gelu"]),
        ("gelu", None, ["kernel_7", "gelu"]),
        (
            "recipe.mixup=0.8",
            None,
            ["separate_downsampling", "separate_downsampling recipe.mixup=0.8"],
        ),
        ("recipe.mixup=0.8", "gelu", ["gelu", "gelu recipe.mixup=0.8"]),
        ("gelu network.kernel_size=9", None, ["gelu", "gelu network.kernel_size=9"]),
    ],
)
def test_steps_words_and_what_is_left_out(new, base, names):
    found = sides(new, base)
    assert [side.name for side in found] == names
    assert [one.seed for one in found[1].planned] == [0, 1]
    assert {one.parent for one in found[1].planned} == {names[0]}
    assert len({one.run.id for side in found for one in side.planned}) == 4


def test_words_of_the_command_hold_for_both_and_a_sides_own_go_first():
    base, new = sides("gelu recipe.epochs=3", "gelu", "recipe.epochs=1", "recipe.lr=1")
    recipes = [side.planned[0].run.recipe for side in (base, new)]
    assert [recipe["epochs"] for recipe in recipes] == [1, 3]
    assert [recipe["lr"] for recipe in recipes] == [1, 1]


@pytest.mark.parametrize(
    ("new", "base", "words", "said"),
    [
        ("gelus", "resnet", [], ["new=gelus", "kernel_7", "proxy_cluttered_digits"]),
        ("gelu", "gelu", [], ["both are the same"]),
        ("resnet_original", None, [], ["no base="]),
        ("proxy_cluttered_digits", None, [], ["no base="]),
        ("gelu data.train_size=9", None, [], ["data.train_size=9", "network."]),
        ("gelu 9", None, [], ["new: 9"]),
        ("gelu", "paper", [], ["base=paper", "with runs"]),
        ("gelu", "resnet", ["+step=all"], ["+step=all", "base= and new="]),
        (" ", "resnet", [], ["new= "]),
        ("gelu network.kernel_size=4", None, [], ["network.kernel_size=4", "odd"]),
    ],
)
def test_wrong_sides_are_refused_in_one_line(new, base, words, said):
    with pytest.raises(ValueError, match=re.escape(said[0])) as refused:
        sides(new, base, *words)
    line = str(refused.value)
    assert "\n" not in line
    assert all(word in line for word in said), line


@pytest.mark.parametrize(
    "value", ["gelu", "recipe.lr=1e-3", "gelu recipe.random_resized_crop=[0.5,1]"]
)
def test_the_shell_needs_no_second_quotes(value):
    assert str(parsed(quoted(f"new={value}")).value()) in (value, f"'{value}'", value)
    assert quoted(quoted(f"new={value}")) == quoted(f"new={value}")
    assert quoted("data.root=a b") == "data.root=a b"


def test_a_study_is_named_by_what_it_compares():
    base, new = sides("gelu network.kernel_size=9")
    assert study_name(base, new, "pets") == "gelu_network.kernel_size_9_vs_gelu_pets"

"""Typed settings: what passes is canonical, what does not is one line."""

import pickle
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.base.settings import (
    AtLeast1,
    NotNegative,
    Share,
    checked_by,
    settings,
    word,
)


@settings("recipe")
class Example:
    epochs: AtLeast1
    ema: Share | None = None
    optimizer: Literal["adamw", "sgd"] = "adamw"
    kernel: Annotated[int, checked_by(lambda v: v % 2 == 1), "odd integers"] = 3
    betas: tuple[Share, Share] = (0.9, 0.99)
    depths: tuple[AtLeast1, ...] = (1,)
    compiled: bool = False
    mixup: NotNegative = 0.0
    other: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.epochs == 7:
            raise ValueError("recipe.epochs=7 and the rest are at odds")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"epochs": 0}, "recipe.epochs=0: valid: an integer >= 1"),
        ({"epochs": True}, "recipe.epochs=true: valid: an integer >= 1"),
        ({"epochs": 1.0}, "recipe.epochs=1.0: valid: an integer >= 1"),
        ({"ema": 2}, "recipe.ema=2: valid: null or a number from 0 to 1"),
        ({"optimizer": "x"}, "recipe.optimizer=x: valid: adamw, sgd"),
        ({"kernel": 4}, "recipe.kernel=4: valid: odd integers"),
        ({"betas": [1]}, "recipe.betas=[1]: valid: [low,high], each a number from"),
        ({"depths": [0]}, "recipe.depths=[0]: valid: a list, each an integer >= 1"),
        ({"compiled": 1}, "recipe.compiled=1: valid: true, false"),
        ({"mixup": float("nan")}, "recipe.mixup=nan: valid: a number >= 0"),
        ({"mixup": True}, "recipe.mixup=true: valid: a number >= 0"),
        ({"other": 3}, "recipe.other=3: valid: null or a dictionary"),
        ({"mixupp": 1}, "recipe.mixupp: no such setting; did you mean mixup? valid: "),
        ({"epochs": 7}, "recipe.epochs=7 and the rest are at odds"),
    ],
)
def test_what_is_wrong_is_one_line(values, line):
    with pytest.raises(ValueError, match="recipe") as wrong:
        Example(**{"epochs": 1, **values})
    assert str(wrong.value).startswith(line)
    assert "\n" not in str(wrong.value)


def test_what_is_missing_is_one_line():
    with pytest.raises(ValueError, match=r"recipe.epochs is missing: valid: an int"):
        Example()


@given(st.integers(0, 10**6))
def test_equal_numbers_are_the_same_settings(number):
    whole, real = (Example(epochs=1, mixup=n) for n in (number, float(number)))
    assert repr(asdict(whole)) == repr(asdict(real))


def test_it_is_plain_frozen_data():
    made = Example(epochs=2, betas=[0, 1], depths=[1, 2])
    assert (made.betas, made.depths) == ((0.0, 1.0), (1, 2))
    assert pickle.loads(pickle.dumps(made)) == made
    assert replace(made, epochs=3).epochs == 3
    with pytest.raises(ValueError, match="epochs=0"):
        replace(made, epochs=0)
    with pytest.raises(AttributeError):
        made.epochs = 4


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "null"), (True, "true"), ([3, [None]], "[3,[null]]"), ("x", "x")],
)
def test_a_value_is_shown_as_a_command_line_has_it(value, said):
    assert word(value) == said

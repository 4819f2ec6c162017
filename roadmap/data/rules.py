"""What the values of a data config may be, and the one line said when they are not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class DataError(RuntimeError):
    """The data cannot be had; the message says what to install or to set."""


class Rule(NamedTuple):
    """A test of one value, and the words for what passes it."""

    expected: str
    holds: Callable[[Any], bool]


def require(data: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Raise ValueError of one line for the first key that breaks its rule."""
    for key, rule in rules.items():
        if key not in data:
            raise ValueError(f"data.{key} is missing: expected {rule.expected}")
        if not rule.holds(data[key]):
            raise ValueError(f"data.{key}={_word(data[key])}: expected {rule.expected}")


def one_of(*values: Any) -> Rule:
    """Return the rule that a value is one of these."""
    words = " or ".join(map(_word, values))
    return Rule(words, lambda value: value in values)


def whole(low: int, high: int) -> Rule:
    """Return the rule of a whole number, ends included."""
    return Rule(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and number(low, high).holds(value),
    )


def number(low: float, high: float) -> Rule:
    """Return the rule of a number, ends included; true and false are none."""
    return Rule(
        f"a number from {low} to {high}",
        lambda value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and low <= value <= high
        ),
    )


def pair(low: float, high: float) -> Rule:
    """Return the rule of two numbers in rising order, [low, high]."""
    return Rule(
        f"two numbers from {low} to {high}, the lower first",
        lambda value: (
            isinstance(value, Sequence)
            and len(value) == 2
            and all(number(low, high).holds(item) for item in value)
            and value[0] <= value[1]
        ),
    )


def or_null(rule: Rule) -> Rule:
    """Return the rule that also lets null pass."""
    return Rule(
        f"null or {rule.expected}",
        lambda value: value is None or rule.holds(value),
    )


def _word(value: Any) -> str:
    """Return the value as a config spells it, in one line."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)

"""What a data config may say, by the name of the data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roadmap.data import cluttered_digits
from roadmap.data.rules import Rule, number, one_of, or_null, pair, require, whole

TIMM_PREFIXES = ("hfds", "hfids", "tfds", "wds", "torch")


def validate(data: Mapping[str, Any]) -> None:
    """Raise ValueError, one line naming the wrong word and what is valid, if any.

    Loads nothing; sizes are checked against the published size of the data set.
    """
    require(data, {"name": one_of(*_RULES)})
    require(data, {"evaluate_on": one_of("test", "validation")})
    held_out = data["evaluate_on"] == "validation"
    require(data, _RULES[data["name"]](held_out))


def _cluttered_digits_rules(held_out: bool) -> dict[str, Rule]:
    return {
        "version": one_of(cluttered_digits.VERSION),
        "seed": whole(0, 2**31 - 1),
        "train_size": whole(1, 10**7),
        "test_size": whole(1, 10**7),
        "image_size": whole(8, 256),
        "in_chans": one_of(3),
        "num_classes": one_of(cluttered_digits.NUM_CLASSES),
        "horizontal_flip": one_of(True, False),
        "digit_size": pair(4, 256),
        "rotation": number(0, 180),
        "shear": number(0, 2),
        "contrast": pair(0, 1),
        "hue": number(0, 1),
        "clutter": whole(0, 100),
        "fragment_size": number(0, 1),
        "texture": number(0, 1),
        "noise": number(0, 1),
    }


def _fashion_mnist_rules(held_out: bool) -> dict[str, Rule]:
    return {
        "train_size": or_null(whole(1, 54_000 if held_out else 60_000)),
        "test_size": or_null(whole(1, 6_000 if held_out else 10_000)),
        "image_size": whole(28, 256),
        "in_chans": one_of(1),
        "num_classes": one_of(10),
        "horizontal_flip": one_of(True, False),
    }


def _cifar_rules(classes: int) -> Callable[[bool], dict[str, Rule]]:
    def rules(held_out: bool) -> dict[str, Rule]:
        return {
            "train_size": or_null(whole(1, 45_000 if held_out else 50_000)),
            "test_size": or_null(whole(1, 5_000 if held_out else 10_000)),
            "image_size": one_of(32),
            "in_chans": one_of(3),
            "num_classes": one_of(classes),
            "horizontal_flip": one_of(True, False),
        }

    return rules


def _streamed_rules(held_out: bool) -> dict[str, Rule]:
    return {
        "image_size": whole(8, 2048),
        "in_chans": one_of(3),
        "num_classes": whole(2, 10**6),
        "horizontal_flip": one_of(True, False),
        "crop_pct": or_null(number(0.01, 1)),
        "on_unreadable": one_of("error", "skip"),
    }


def _folder_rules(held_out: bool) -> dict[str, Rule]:
    sizes = ("train_size", "test_size")
    return {
        **_streamed_rules(held_out),
        **dict.fromkeys(sizes, or_null(whole(1, 10**9))),
    }


def _any_folder_rules(held_out: bool) -> dict[str, Rule]:
    return {
        **_folder_rules(held_out),
        "num_classes": or_null(whole(2, 10**6)),
        "held_out": number(0.01, 0.9),
    }


def _timm_rules(held_out: bool) -> dict[str, Rule]:
    word = Rule("a word", lambda value: isinstance(value, str) and bool(value))
    return {
        **_streamed_rules(held_out),
        "evaluate_on": one_of("test"),
        "dataset": Rule(
            " or ".join(f"{prefix}/NAME" for prefix in TIMM_PREFIXES),
            lambda value: str(value).split("/")[0] in TIMM_PREFIXES,
        ),
        **dict.fromkeys(("train_split", "eval_split"), word),
        **dict.fromkeys(("train_size", "test_size"), or_null(whole(1, 10**9))),
    }


_RULES: dict[str, Callable[[bool], dict[str, Rule]]] = {
    "cluttered_digits": _cluttered_digits_rules,
    "fashion_mnist": _fashion_mnist_rules,
    "cifar10": _cifar_rules(10),
    "cifar100": _cifar_rules(100),
    "imagenet": _folder_rules,
    "imagenette": _folder_rules,
    "folder": _any_folder_rules,
    "timm": _timm_rules,
}

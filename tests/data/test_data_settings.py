"""What a data config may say, and the one line for what it may not."""

from dataclasses import asdict

import pytest
from image_folders import CONF, words_of

from roadmap.data.resolve import resolve
from roadmap.data.settings import read_settings

NAMES = [path.stem for path in CONF.glob("*.yaml")]
TIMM = {"dataset": "hfds/x", "num_classes": 3}


@pytest.mark.parametrize("name", NAMES)
def test_the_configs_in_the_repository_are_valid(name):
    words = words_of(name, **(TIMM if name == "timm" else {}))
    assert read_settings(words).name == name
    if name != "timm":
        held_out = read_settings(words | {"evaluate_on": "validation"})
        assert held_out.evaluate_on == "validation"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"rotation": 15}, {"rotation": 15.0}),
        ({"digit_size": [18, 26]}, {"digit_size": (18.0, 26.0)}),
    ],
)
def test_numbers_that_are_equal_are_one_identity(one, other):
    words = words_of("cluttered_digits")
    first, second = (resolve(read_settings(words | part)) for part in (one, other))
    assert repr(first) == repr(second)


@pytest.mark.parametrize("name", ["cluttered_digits", "fashion_mnist", "cifar10"])
def test_an_identity_is_all_settings_but_the_path(name):
    settings = read_settings(words_of(name))
    identity = resolve(settings)
    assert identity | {"root": None} == asdict(settings) | {"root": None}
    assert "root" not in identity
    assert read_settings(identity) == settings


@pytest.mark.parametrize(
    ("name", "changes", "line"),
    [
        (
            "cluttered_digits",
            {"name": "imagenett"},
            "data.name=imagenett: did you mean imagenette? valid: cluttered_digits, "
            "fashion_mnist, cifar10, cifar100, imagenet, imagenette, folder, timm",
        ),
        (
            "cluttered_digits",
            {"evaluate_on": "train"},
            "data.evaluate_on=train: valid: test, validation",
        ),
        (
            "cluttered_digits",
            {"train_size": 0},
            "data.train_size=0: valid: an integer from 1 to 10000000",
        ),
        ("cluttered_digits", {"train_size": "a"}, "data.train_size=a: valid: an int"),
        ("cluttered_digits", {"train_size": True}, "data.train_size=true: valid: an"),
        ("cluttered_digits", {"test_size": 2.5}, "data.test_size=2.5: valid: an int"),
        ("cluttered_digits", {"version": 99}, "data.version=99: valid: 2"),
        ("cluttered_digits", {"in_chans": 1}, "data.in_chans=1: valid: 3"),
        ("cluttered_digits", {"horizontal_flip": "no"}, "=no: valid: true, false"),
        (
            "cluttered_digits",
            {"contrast": [0.5, 0.2]},
            "data.contrast=[0.5,0.2]: valid: [low,high], numbers from 0 to 1",
        ),
        ("cluttered_digits", {"contrast": 0.5}, "data.contrast=0.5: valid: [low,"),
        ("cluttered_digits", {"noise": float("nan")}, "data.noise=nan: valid: a num"),
        ("cluttered_digits", {"root": "x"}, "data.root: no such setting; valid: name"),
        (
            "fashion_mnist",
            {"train_size": 60_001},
            "data.train_size=60001: valid: null or an integer from 1 to 60000",
        ),
        ("fashion_mnist", {"test_size": 0}, "an integer from 1 to 10000"),
        ("fashion_mnist", {"image_size": 27}, "an integer from 28 to 256"),
        (
            "fashion_mnist",
            {"train_size": 0, "evaluate_on": "validation"},
            "data.train_size=0: valid: null or an integer from 1 to 54000",
        ),
        (
            "cifar10",
            {"test_size": 5_001, "evaluate_on": "validation"},
            "data.test_size=5001: valid: null or an integer from 1 to 5000",
        ),
        ("cifar100", {"num_classes": 10}, "data.num_classes=10: valid: 100"),
        ("folder", {"crop_pct": 2}, "data.crop_pct=2: valid: null or a number from"),
        ("imagenet", {"on_unreadable": "x"}, "on_unreadable=x: valid: error, skip"),
        ("imagenet", {"root": 3}, "data.root=3: valid: null or a path"),
        ("timm", TIMM | {"dataset": "nosuch/x"}, "=nosuch/x: valid: hfds/NAME, hf"),
        ("timm", TIMM | {"evaluate_on": "validation"}, "=validation: valid: test"),
    ],
)
def test_a_wrong_word_is_named_in_one_line(name, changes, line):
    with pytest.raises(ValueError, match="data") as caught:
        read_settings(words_of(name) | changes)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named():
    words = words_of("cluttered_digits")
    del words["clutter"]
    with pytest.raises(ValueError, match=r"^data\.clutter is missing: valid: an int"):
        read_settings(words)

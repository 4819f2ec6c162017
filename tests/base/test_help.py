"""The list of commands and --help: for people, from the comments in conf/."""

import subprocess
import sys

import pytest

from roadmap.base import config
from roadmap.base.help import commands, help_text, overview

CONFIGS = [one.config for one in commands()]


def test_every_command_has_a_line():
    text = overview()
    for path in config.PACKAGE.glob("*.py"):
        if "cli.run(" in path.read_text():
            assert f"python -m roadmap.{path.stem}  " in text
    for path in config.PACKAGE.glob("*/__main__.py"):
        assert f"python -m roadmap.{path.parent.name}  " in text


@pytest.mark.parametrize("name", CONFIGS)
def test_help_has_a_purpose_examples_and_every_setting(name):
    command = next(one for one in commands() if one.config == name)
    text = help_text(name)
    assert text.startswith(command.said.header.split()[0])
    assert "Examples:\n  python -m roadmap." in text
    for row in command.said.rows:
        assert f"{row.key}=" in text


def test_help_on_a_group_has_its_settings_and_those_that_it_inherits():
    text = help_text("train", ["recipe", "data=folder"])
    assert "recipe.epochs=2 " in text
    assert "recipe.weight_decay=0.05" in text
    assert "data.held_out=0.2 " in text
    assert "data.crop_pct=null " in text


def test_help_on_steps_lists_them_in_the_order_of_the_roadmap():
    text = help_text("sweep", ["step"])
    assert text.index("  stage_ratio ") < text.index("  depthwise_conv ")
    assert text.index("  swin ") < text.index("  separate_without_norms ")


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        ([], 0, "python -m roadmap.sweep  "),
        (["swep"], 2, "error: swep: no such command; did you mean sweep?"),
        (["sweep", "+step=all"], 2, "error: sweep: valid: python -m roadmap.sweep"),
    ],
)
def test_the_package_itself_lists_its_commands(words, status, line):
    code = "import runpy, sys; sys.argv[1:] = sys.argv[2:]; "
    code += "from roadmap.__main__ import main; status = main(); "
    code += "assert not {'torch', 'hydra', 'omegaconf'} & set(sys.modules); "
    code += "sys.exit(status)"
    done = subprocess.run(
        [sys.executable, "-c", code, "roadmap", *words], capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    assert line in done.stdout + done.stderr


def test_a_reader_that_has_seen_enough_is_no_error():
    command = [sys.executable, "-m", "roadmap"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()  # as head does
        assert b"Traceback" not in process.stderr.read()

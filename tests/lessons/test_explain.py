import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from roadmap import explain
from roadmap.lessons import lesson
from roadmap.lessons.changes import composed
from roadmap.lessons.view import _read
from roadmap.network.path import step_names

HEAVY = {"torch", "timm", "torchvision", "scipy", "pandas", "matplotlib"}


@pytest.fixture
def say(monkeypatch, capsys):
    """Run the command in this process; return its exit status and what it said."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["roadmap.explain", *words])
        with pytest.raises(SystemExit) as stop:
            explain.main()
        return stop.value.code, capsys.readouterr()

    return run


def test_the_course_prints(say):
    status, said = say("step=all")
    assert status == 0
    for step in step_names():
        title = composed(step, "proxy").step.title
        assert f" {step}: {title} " in said.out
        assert f"python -m roadmap.train step={step}\n" in said.out


def test_a_lesson_prints_its_parts_and_saves_the_diagram(say, tmp_path):
    path = tmp_path / "new" / "gelu.svg"
    status, said = say("+step=gelu", "regime=resnet50", f"svg={path}")
    assert status == 0
    for words in (
        "network.activation: relu → gelu",
        "│ 7×7 depthwise conv, 96",
        "│*GELU",
        "4,146",
        "+0.05",
        "step=gelu regime=resnet50 data=imagenet data.root=PATH recipe=enhanced\n",
    ):
        assert words in said.out
    svg = path.read_bytes()
    assert ET.fromstring(svg).tag.endswith("svg")
    say("step=gelu", "regime=resnet50", f"svg={path}")
    assert path.read_bytes() == svg


def test_a_combination_prints_its_changes_and_three_networks(say, tmp_path):
    path = tmp_path / "new.svg"
    status, said = say("+step=resnet+gelu+kernel_7", f"svg={path}")
    assert status == 0
    for words in (
        " resnet+kernel_7+gelu: ResNet + kernel 7 + gelu ",
        "kernel_7: kernel size → 7",
        "gelu: ReLU → GELU",
        "│*7×7 conv, 16",
        "the start",
        "the end",
        "python -m roadmap.train step=resnet+kernel_7+gelu\n",
    ):
        assert words in said.out
    assert re.search(r"activation +relu +gelu +gelu", said.out)
    assert ET.fromstring(path.read_bytes()).tag.endswith("svg")


def test_a_combination_takes_a_switch_even_with_the_starts_value(say):
    words = ["network.activation=relu", "network.kernel_size=9"]
    status, said = say("step=resnet+gelu", *words)
    assert status == 0
    assert re.search(r"activation +relu +relu +gelu", said.out)
    assert re.search(r"kernel_size +3 +9 +7", said.out)


def test_other_depths_than_the_parents_are_compared(say):
    status, said = say("step=gelu", "network.depths=[2]")
    assert status == 0
    assert "network.depths: [1,3,1] → [2]" in said.out
    assert "stage 3" in said.out


def test_networks_counted_before_take_no_torch(tmp_path, monkeypatch, say):
    monkeypatch.setenv("ROADMAP_CACHE", str(tmp_path))
    _read.cache_clear()
    lesson("gelu")
    program = (
        "import sys; from roadmap import explain; sys.argv[1:] = ['step=gelu']\n"
        "try: explain.main()\n"
        "finally: print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ
    )
    *lines, modules = done.stdout.splitlines()
    assert not HEAVY & set(re.findall(r"\w+", modules))
    assert "\n".join(lines).rstrip() == say("step=gelu")[1].out.rstrip()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["step=nosuch"], ["step=nosuch", "kernel_7"]),
        (["step=resnet+gelo"], ["step=resnet+gelo", "did you mean gelu"]),
        (["step=[resnet+gelu,gelu]"], ["step=", "resnet+gelu"]),
        (["step=gelu", "regime=x"], ["regime=x", "proxy, resnet200, resnet50"]),
        (["step=gelu", "image_size=0"], ["image_size=0", ">= 1"]),
        (["step=gelu", "root=null"], ["root=null", "a folder"]),
        (["step=separate_downsampling", "image_size=4"], ["8 pixels"]),
        (["step=gelu", "network.kernel_size=4"], ["network.kernel_size=4", "odd"]),
        (["step=gelu", "colour=red"], ["colour", "image_size, svg"]),
        (["step=gelu", "svg=/dev/null/x.svg"], ["svg=/dev/null/x.svg"]),
        (["step=all", "svg=x.svg"], ["svg=x.svg", "one step"]),
        ([], ["step", "kernel_7"]),
    ],
)
def test_a_wrong_request_is_one_line(words, expected, say):
    status, said = say(*words)
    assert status == 2
    assert said.err.count("\n") == 1
    for word in expected:
        assert word in said.err

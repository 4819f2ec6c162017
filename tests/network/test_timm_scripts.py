"""The door to timm's scripts, and the examples of the page on timm."""

import re
import sys
from pathlib import Path

import pytest

from roadmap import timm as door

PAGE = Path(__file__).parents[2] / "docs" / "elsewhere.md"
SECTION = PAGE.read_text().split("\n## In timm\n")[1].split("\n## ")[0]


def test_a_script_knows_our_names_and_gets_its_words(tmp_path, monkeypatch, capsys):
    (tmp_path / "beside.py").write_text("NAME = 'roadmap_resnet50_gelu'\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, timm, beside\n"
        "assert __name__ == '__main__'\n"
        "print(timm.is_model(beside.NAME), sys.argv[1:])\n"
    )
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.setattr(sys, "argv", ["timm", str(script), "--model", "x"])
    door.main()
    assert capsys.readouterr().out == "True ['--model', 'x']\n"


def test_a_script_that_is_not_there_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["timm", "trian.py"])
    with pytest.raises(SystemExit) as ended:
        door.main()
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err
        == "error: trian.py: valid: a file, as timm's train.py\n"
    )


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", SECTION, re.S))
def test_the_pages_examples_run(example):
    exec(compile(example, str(PAGE), "exec"), {})

"""python -m roadmap.complexity: its tables, as text and CSV, and the page about it."""

import csv
import re
from pathlib import Path

import pytest
from commands import run

from roadmap.base.paper import paper_rows

PAGE = Path(__file__).parents[2] / "docs" / "elsewhere.md"


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_steps_stand_beside_the_paper_with_its_two_cells_marked(tmp_path):
    status, out = run("roadmap.complexity", f"csv={tmp_path}/t.csv")
    assert status == 0, out
    rows = rows_of(tmp_path / "t.csv")
    assert [row["step"] for row in rows if row["mark"]] == [
        "layer_norm",
        "separate_downsampling",
    ]
    assert "4.46 *" in out
    assert "4.49 *" in out
    assert "the paper's own inconsistency" in out
    own = {row["step"]: (row["params"], row["gflops_paper"]) for row in rows}
    assert own["resnet"] == ("25557032", "4.09")


def test_table_9_as_text_and_csv(tmp_path):
    words = ["table=specification", f"csv={tmp_path}/t.csv"]
    status, out = run("roadmap.complexity", *words, COLUMNS="200")
    assert status == 0, out
    assert "[d7x7 96, 1x1 384, 1x1 96] x3" in out
    ours = {row["stage"]: list(row.values())[1:] for row in rows_of(tmp_path / "t.csv")}
    for row in paper_rows(9):
        assert ours[row["stage"]] == list(row.values())[1:]


def test_variants_are_those_of_tables_1_and_2(tmp_path):
    words = ["table=variants", "models=[convnext_base@384,timm/resnet18]"]
    status, out = run("roadmap.complexity", *words, f"csv={tmp_path}/t.csv")
    assert status == 0, out
    first, second = rows_of(tmp_path / "t.csv")
    assert (first["params_paper"], first["gflops_paper"]) == ("89", "45.0, 45.1")
    assert (second["model"], second["gflops_paper"]) == ("timm/resnet18@224", "")


def test_a_split_shows_shares(tmp_path):
    words = ["table=split", "models=[convnext_tiny]", f"csv={tmp_path}/t.csv"]
    status, out = run("roadmap.complexity", *words)
    assert status == 0, out
    assert re.search(r"1x1 conv .* 25\.91 .* 90\.6 .* 93\.4 ", out)
    assert sum(int(row["params"]) for row in rows_of(tmp_path / "t.csv")) == 28_589_128


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["table=x"], "table=x: valid: steps, variants, specification, split"),
        (["models=[gleu]"], "models=gleu: did you mean gelu?"),
        (["models=[]"], "models=[]: valid: null or a list of names"),
        (["table=split", "models=[timm/no]"], "timm says: Unknown model (no)"),
        (["csv=/proc/no/t.csv"], "csv=/proc/no/t.csv: "),
        (["image_size=16"], "need images of 32 pixels"),
    ],
    ids=str,
)
def test_a_wrong_word_is_one_line(words, line):
    status, out = run("roadmap.complexity", *words)
    assert status == 2
    assert line in out.splitlines()[-1]
    assert "Traceback" not in out


def test_the_python_of_the_page_runs(capsys):
    text = PAGE.read_text()
    section = text.partition("\n## What a network costs")[2].partition("\n## ")[0]
    (code,) = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
    exec(code, {})
    params, gflops, depthwise = capsys.readouterr().out.split()
    assert params == "28589128"
    assert float(gflops) == pytest.approx(13.09, abs=0.01)
    assert 0 < float(depthwise) < 1

"""python -m roadmap.report: every word has its effect, and nothing is drawn twice."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from roadmap.base.config import compose
from roadmap.report import stamp, to_markdown, write_report
from roadmap.report.__main__ import report
from roadmap.report.formats import cells, rows

PICTURES = (".png", ".svg", ".pdf")


@pytest.fixture
def place(results, tmp_path, monkeypatch):
    """A folder with two studies under outputs/, the default root, and elsewhere/."""
    for root in ("outputs", "elsewhere"):
        for name in ("mine", "other"):
            folder = tmp_path / root / name
            folder.mkdir(parents=True)
            results.assign(study=name).to_csv(folder / "results.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words):
    return report(compose("report", list(words)), list(words))


def files(root):
    """Return what the report wrote, study.csv's inputs apart."""
    return [p for p in Path(root).rglob("*") if p.is_file() and p.name != "results.csv"]


def pictures(root):
    return {path.suffix for path in files(root) if path.suffix in PICTURES}


def reported(name):
    """Return whether the study, or several, were reported under either root."""
    table = f"report/{name}/table.csv"
    return any(Path(root, table).exists() for root in ("outputs", "elsewhere"))


EFFECTS = {
    "study=paper": lambda printed: reported("paper"),
    "study=[mine,other]": lambda printed: reported("mine+other"),
    "baseline=kernel_9": lambda printed: "against kernel_9, the" in printed,
    "figures=[]": lambda printed: pictures(".") == set(),
    "figures=[svg]": lambda printed: pictures(".") == {".svg"},
    "seeds_for=1.0": lambda printed: "Seeds to resolve a change of 1 points" in printed,
    "root=elsewhere": lambda printed: files("elsewhere") and not files("outputs"),
}
"""Words that are not the default, and what tells that each was heeded."""


@pytest.mark.parametrize(
    "pair",
    [
        pair
        for pair in combinations(EFFECTS, 2)
        if pair[0].split("=")[0] != pair[1].split("=")[0]
    ],
    ids=" ".join,
)
def test_no_word_is_ignored_beside_another(place, capsys, pair):
    # What the pair does not name is quick: a small study, and no figures.
    named = {word.split("=")[0] for word in pair}
    quick = {"study": "study=mine", "figures": "figures=[]"}
    words = [*pair, *(word for key, word in quick.items() if key not in named)]
    assert call(*words) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert [word for word in pair if not EFFECTS[word](printed)] == []
    assert "Top-1: mean ± sd" in printed  # seeds_for too: in addition to the report


@pytest.mark.parametrize(
    ("word", "valid"),
    [
        ("figures=[gif]", "png, svg, pdf"),
        ("figures=svg", "a list of"),
        ("seeds_for=0", "above 0"),
        ("seeds_for=true", "above 0"),
        ("baseline=nine", "resnet, stage_ratio"),
        ("baseline=[resnet]", "a step"),
        ("study=[]", "a study's name"),
        ("study=null", "a study's name"),
        ("root=null", "a folder"),
    ],
)
def test_a_wrong_word_is_one_line_and_writes_nothing(place, word, valid):
    with pytest.raises(ValueError, match="valid: ") as error:
        call(word)
    line = str(error.value)
    assert "\n" not in line
    assert word in line or "study=[null]" in line
    assert valid in line
    assert files(".") == []


def test_an_unchanged_report_writes_nothing_and_prints_the_same(place, capsys):
    call("study=mine", "figures=[svg]")
    first = capsys.readouterr().out
    times = {path: path.stat().st_mtime_ns for path in files("outputs")}
    call("study=mine", "figures=[svg]")
    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in files("outputs")} == times


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_a_file_that_is_gone_or_changed_is_made_again(place, harm):
    call("study=mine", "figures=[svg]")
    whole = {path: path.read_bytes() for path in files("outputs")}
    hurt, other = (Path(f"outputs/mine/figure_{n}.svg") for n in (1, 2))
    standing = other.stat().st_mtime_ns
    harm(hurt)
    call("study=mine", "figures=[svg]")
    assert {path: path.read_bytes() for path in files("outputs")} == whole
    assert other.stat().st_mtime_ns == standing


def test_a_format_is_added_without_drawing_the_others_again(place):
    call("study=mine", "figures=[svg]")
    standing = Path("outputs/mine/figure_2.svg").stat().st_mtime_ns
    call("study=mine", "figures=[svg,pdf]")
    assert pictures("outputs") == {".svg", ".pdf"}
    assert Path("outputs/mine/figure_2.svg").stat().st_mtime_ns == standing


def change(folder, old="70.0", new="60.0"):
    file = Path(folder, "results.csv")
    file.write_text(file.read_text().replace(old, new))


def test_new_results_are_reported_and_no_older_figure_stays_beside_them(place):
    call("study=mine", "figures=[svg]")
    change("outputs/mine")
    call("study=mine", "figures=[]")
    assert pictures("outputs") == set()
    assert "60" in Path("outputs/mine/figure_2.csv").read_text()


def interrupt(*_):
    raise KeyboardInterrupt


def test_an_interrupted_report_is_made_again(place, monkeypatch):
    call("study=mine", "figures=[]")
    whole = {path: path.read_bytes() for path in files("outputs")}
    change("outputs/mine")
    monkeypatch.setattr(stamp, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        call("study=mine", "figures=[]")
    monkeypatch.undo()
    monkeypatch.chdir(place)
    assert Path("outputs/mine/table.csv").read_bytes() not in whole.values()
    change("outputs/mine", "60.0", "70.0")
    call("study=mine", "figures=[]")
    assert {path: path.read_bytes() for path in files("outputs")} == whole


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b"null", b"{}", b'"', b"\xff"])
def test_a_damaged_stamp_is_no_stamp(tmp_path, content):
    Path(tmp_path, stamp.NAME).write_bytes(content)
    assert stamp.read(tmp_path) is None


HEAVY = ["matplotlib", "pandas", "scipy", "torch", "torchvision", "timm"]


@pytest.mark.parametrize("words", [["--help"], ["figure=[]"], ["study=paper"]])
def test_what_draws_nothing_imports_nothing_heavy(tmp_path, words):
    if words == ["study=paper"]:
        call("study=paper", f"root={tmp_path}", "figures=[]")  # unchanged from now on
        words = [*words, f"root={tmp_path}", "figures=[]"]
    code = (
        "import atexit, sys; from roadmap.report.__main__ import main; "
        f"atexit.register(lambda: print('heavy:', {{*{HEAVY}}} & {{*sys.modules}})); "
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "heavy: set()", done.stderr


def test_the_strings_of_a_row_are_those_of_its_tables(study):
    table = write_report(study, figures=[])
    text = to_markdown(table)
    for row, line in zip(rows(table), text.splitlines()[2:], strict=False):
        shown = cells(row)
        for name in ("step", "top1", "n", "delta", "delta_95", "p_holm", "gflops"):
            assert f" {shown[name]} " in line
    first = cells(dict.fromkeys(table, None) | {"label": "a -> b", "adopted": "yes"})
    assert (first["label"], first["status"], first["gflops"]) == (
        "a → b",
        "adopted",
        "",
    )

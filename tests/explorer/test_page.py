import json
import re
import sys
from html.parser import HTMLParser

import pytest
from omegaconf import OmegaConf

from roadmap.explorer.__main__ import explorer
from roadmap.explorer.collect import collect
from roadmap.explorer.page import to_json, write_explorer
from roadmap.lessons import lesson
from roadmap.network.path import step_names

MEGABYTES = 5


@pytest.fixture(scope="module")
def data(page):
    text = page.read_text()
    (found,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text)
    return json.loads(found)


@pytest.fixture(scope="module")
def own(data):
    (series,) = [one for one in data["series"] if one["study"] == data["asked"][0]]
    return series


@pytest.fixture(scope="module")
def elements(page):
    """Every element's tag and attributes, as an HTML parser sees the file."""
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Parser().feed(page.read_text())
    return found


def test_it_is_one_small_file_that_asks_nothing_of_a_network(page, elements):
    assert page.name == "explorer.html"
    assert page.stat().st_size < MEGABYTES * 1e6
    policies = [a["content"] for _, a in elements if "http-equiv" in a]
    assert policies[0].startswith("default-src 'none'")
    targets = [a[name] for _, a in elements for name in ("src", "href") if name in a]
    assert all(re.match("data:|#", target) for target in targets)


def test_no_text_of_a_study_becomes_an_element(elements):
    tags = [tag for tag, _ in elements]
    assert tags.count("script") == 3  # data, library, page
    assert "img" not in tags


def test_equal_studies_give_equal_bytes(page, study, tmp_path):
    again = write_explorer([study], tmp_path, study.parent)
    assert again.read_bytes() == page.read_bytes()


def test_it_holds_the_tables_numbers_and_the_curves_of_every_seed(own):
    gelu = own["rows"]["gelu"]
    assert gelu["top1_mean"] == pytest.approx(75.0)
    assert gelu["top1_std"] == pytest.approx(0.5)
    assert gelu["delta"] == pytest.approx(4.0)
    assert gelu["seeds"] == [74.5, 75.0, 75.5]
    assert [run["curve"]["top1"] for run in own["runs"]["gelu"]] == [
        [72.5, 73.5, 74.5],
        [73.0, 74.0, 75.0],
        [73.5, 74.5, 75.5],
    ]


def test_its_strings_are_those_of_the_tables(own, data):
    gelu, failed = (own["rows"][step]["text"] for step in ("gelu", "layer_norm"))
    assert gelu["top1"] == "75.00 ± 0.50"
    assert gelu["readout"].startswith("top-1 75.00 ± 0.50 %, +4.00 ± 2.15 points")
    assert failed["top1"] == failed["bar"] == failed["percent"] == "3 failed"
    assert own["rows"]["kernel_9"]["text"]["bar"] == "72.00 ≈ (n=2)"
    papers = data["series"][1]["rows"]["depthwise_conv"]["text"]
    assert papers["points"] == "−1.23 ± 0.20"


def test_a_run_without_a_record_has_no_curve_and_keeps_its_error(own):
    failed = own["runs"]["kernel_9"][1]
    assert failed["curve"] is None
    assert failed["text"]["top-1 (%)"] == ""
    assert failed["text"]["error"].startswith("boom <script>")


def test_the_paper_is_there_to_compare_with(data):
    names = [(one["study"], one["regime"]) for one in data["series"]]
    assert names[1:] == [("paper", "resnet50"), ("paper", "resnet200")]


@pytest.mark.parametrize("step", step_names())
def test_every_step_is_explained_as_its_lesson_is(data, step):
    shown, expected = data["lessons"]["proxy"][step], lesson(step)
    assert shown["reason"] == expected.reason
    assert shown["changes"] == list(expected.changes)
    assert len(shown["diagrams"]) == (2 if expected.before else 1)
    assert f"{expected.after.params:,}" in shown["costs"]["rows"][-1]
    assert len(shown["layers"]["rows"]) == len(expected.after.layers)
    new = sum(row[1].endswith(" *") for row in shown["layers"]["rows"])
    assert new == len(expected.panels[-1].stressed)


def test_a_study_twice_is_refused_in_one_line(study):
    with pytest.raises(ValueError, match="named twice") as error:
        collect([study, study], study.parent)
    assert "\n" not in str(error.value)


def test_a_missing_library_is_said_before_any_work(monkeypatch, study):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    before = sorted(study.iterdir())
    with pytest.raises(ValueError, match=r"pip install 'roadmap\[html\]'"):
        run(study.parent, "mine")
    assert sorted(study.iterdir()) == before


def run(root, study):
    return explorer(OmegaConf.create({"study": study, "root": str(root)}), [])


@pytest.mark.parametrize("study", [None, [], [None], 1.5])
def test_a_study_is_a_name_or_a_list_of_names(study, tmp_path):
    with pytest.raises(ValueError, match=r"^study=.*: valid: a study's name") as error:
        run(tmp_path, study)
    assert "\n" not in str(error.value)


def test_results_are_made_anew_from_the_records(tmp_path):
    asked = {"regime": "proxy", "step": "resnet", "label": "ResNet", "section": "start"}
    asked |= {"adopted": "yes", "parent": "", "seed": 0, "run": "abc", "epochs": 1}
    write(tmp_path / "own" / "study.json", {"words": [], "runs": [asked | COST]})
    record = {"run": "abc", "status": "finished", "metrics": {"top1": 61.5}}
    write(tmp_path / "runs" / "abc" / "record.json", record)
    assert run(tmp_path, "own") == 0
    assert "61.50" in (tmp_path / "own" / "explorer.html").read_text()


COST = {"params": 130_654, "gflops": 0.00193}


def write(path, content):
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))


def test_json_has_no_number_that_a_browser_would_refuse():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"top1": float("nan")})

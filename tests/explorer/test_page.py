import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from roadmap.explorer import write_explorer
from roadmap.explorer.collect import collect
from roadmap.explorer.page import to_json
from roadmap.lessons import lesson
from roadmap.network.steps import step_names
from roadmap.report.__main__ import report

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
    assert [run["curve"]["top1"] for run in own["runs"]["gelu"]] == [
        [72.5, 73.5, 74.5],
        [73.0, 74.0, 75.0],
        [73.5, 74.5, 75.5],
    ]


def test_a_run_without_a_record_has_no_curve_and_keeps_its_error(own):
    failed = own["runs"]["kernel_9"][1]
    assert failed["curve"] is None
    assert failed["top1"] is None
    assert failed["error"].startswith("boom <script>")


def test_the_paper_is_there_to_compare_with(data):
    names = [(one["study"], one["regime"]) for one in data["series"]]
    assert names[1:] == [("paper", "resnet50"), ("paper", "resnet200")]


@pytest.mark.parametrize("step", step_names())
def test_every_step_is_explained_as_its_lesson_is(data, step):
    shown, expected = data["lessons"]["proxy"][step], lesson(step)
    assert shown["reason"] == expected.reason
    assert shown["changes"] == list(expected.changes)
    assert len(shown["diagrams"]) == (2 if expected.before else 1)
    *parts, total = [line["after"] for line in shown["costs"]]
    assert total == [expected.after.params, expected.after.gflops]
    assert sum(params for params, _ in parts) == total[0]
    assert len(shown["layers"]) == len(expected.after.layers)


def test_a_study_twice_is_refused_in_one_line(study):
    with pytest.raises(ValueError, match="only once") as error:
        collect([study, study], study.parent)
    assert "\n" not in str(error.value)


def test_a_missing_library_is_said_before_any_work(monkeypatch, study):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    before = sorted(Path(study).iterdir())
    words = {"study": "mine", "root": str(study.parent), "html": True}
    with pytest.raises(ValueError, match=r"pip install 'roadmap\[html\]'"):
        report(OmegaConf.create(words | {"seeds_for": None}), [])
    assert sorted(Path(study).iterdir()) == before


@pytest.mark.parametrize("word", ["maybe", 1, None])
def test_html_takes_true_and_false_only(study, word):
    cfg = OmegaConf.create({"study": "mine", "root": str(study.parent), "html": word})
    with pytest.raises(ValueError, match=f"html={word}: valid: true, false"):
        report(cfg, [])


def test_json_has_no_number_that_a_browser_would_refuse():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"top1": float("nan")})

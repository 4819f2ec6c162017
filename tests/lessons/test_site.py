"""make site: every step has a page, and nothing is loaded from elsewhere."""

import re
import shutil

import pytest

from roadmap import site
from roadmap.lessons import lesson
from roadmap.network.path import step_names


def test_a_page_has_the_lesson():
    page = site.step_page(lesson("gelu"))
    assert page.startswith("# ReLU → GELU\n")
    assert "changes [kernel_7](kernel_7.md)" in page
    assert "```yaml\nnetwork.activation: relu → gelu\n```" in page
    assert page.count("<svg") == 2
    assert "| paper | resnet50 | 3 | 80.62 ± 0.14 |" in page
    assert "python -m roadmap.train step=gelu" in page


def test_every_page_of_the_docs_is_in_the_navigation():
    guide = {page for one in site.PAGES["Guide"] for page in one.values()}
    assert {f"docs/{path.name}" for path in (site.ROOT / "docs").glob("*.md")} <= guide


@pytest.mark.slow
def test_the_site_is_whole_and_loads_nothing_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "BUILD", tmp_path)
    monkeypatch.setattr(site, "SOURCE", tmp_path / "source")
    monkeypatch.setattr(site, "SITE", tmp_path / "site")
    assert site.build() == 0
    for step in step_names():
        assert (tmp_path / "site" / "steps" / f"{step}.html").exists()
    index = (tmp_path / "site" / "index.html").read_text()
    loaded = re.findall(r"<(?:link|script|img)[^>]* (?:href|src)=\"?([^\" >]+)", index)
    assert loaded
    assert [one for one in loaded if "://" in one] == []
    for link in re.findall(r"<a href=\"?((?:docs|experiments)/[\w/.]+)", index):
        assert (tmp_path / "site" / link).exists(), link
    shutil.rmtree(tmp_path)

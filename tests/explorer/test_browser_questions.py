"""A question about changes in a real headless Chromium: worths, table, combinations."""

import pytest
from asking import BEST, SECOND, write_question
from browser_page import BARS, DESKTOP, PHONE, Page

from roadmap.explorer.page import write_explorer


@pytest.fixture(scope="module")
def asking(chromium, questions, study, tmp_path_factory):
    """The page of a study of steps and of three questions, first the factorial."""
    folders = [*questions, study]
    out = tmp_path_factory.mktemp("asking")
    return Page(chromium, write_explorer(folders, out, study.parent))


def test_it_shows_the_worths_first_and_no_figure_2(asking):
    asking.driver.get_log("browser")
    asking.open()
    figure = asking.one("#worth svg")
    for word in ("depthwise conv", "kernel 7 *", "factorial", "left out", "put in"):
        assert word in figure.text
    assert "the order decides" in asking.text("#worth-note")
    assert asking.one("#worth").rect["y"] < asking.one("#table").rect["y"]
    assert len(asking.all("#pairs svg .mark-rect path")) == 3
    assert not asking.all(BARS)
    assert not asking.one("#figure-part").is_displayed()
    assert asking.driver.get_log("browser") == []


def test_the_best_combination_comes_first_and_headings_sort(asking):
    asking.open()
    rows = asking.rows()
    assert len(rows) == 8
    assert rows[:2] == [BEST, SECOND]
    asking.one("[data-sort=changes]").click()
    asking.one("[data-sort=changes]").click()
    assert asking.rows()[0] == "resnet"
    asking.one("[data-sort=changes]").click()
    assert asking.rows() == rows


def test_a_click_on_a_combination_shows_its_network_price_and_runs(asking):
    asking.open()
    asking.one("[data-choose='resnet+kernel_7+gelu']").click()
    title = "ResNet + kernel 7 + gelu"
    asking.until(lambda: asking.text("#step-title") == title)
    assert asking.one("#table tr.chosen").get_attribute("data-step").endswith("+gelu")
    details = asking.text("#details")
    for words in (
        "activation relu gelu gelu",
        "seconds a run 61",
        "GFLOPs 0.00600",
        "kernel_7 kernel size → 7",
        "Left out: stage_ratio",
        "python -m roadmap.train step=resnet+kernel_7+gelu",
    ):
        assert words in details
    assert details.count("finished") >= 3
    diagrams = [one.text for one in asking.all("#details [data-diagram] svg")]
    names = ["the start", "the combination", "the end"]
    assert [text.split("\n")[1] for text in diagrams] == names
    assert "kernel 7" in asking.text("#readout")
    asking.one("[data-walk='1']").click()
    asking.until(lambda: asking.text("#step-title") != title)


def test_a_study_of_steps_on_the_same_page_has_figure_2(asking):
    asking.open()
    asking.one("#study option:last-child").click()
    asking.until(lambda: asking.all(BARS))
    assert asking.one("#figure").is_displayed()
    assert asking.one("#worth svg").is_displayed()
    assert asking.one("#sections").is_displayed()
    assert "factorial" not in asking.text("#compare")
    asking.one("#study option:first-child").click()
    asking.until(lambda: not asking.all(BARS))
    assert asking.rows()[0] == BEST


def test_the_address_keeps_a_combination(asking):
    asking.open()
    asking.one(f"[data-choose='{SECOND}']").click()
    chosen = f"#table tr.chosen[data-step='{SECOND}']"
    asking.until(lambda: asking.all(chosen))
    address = asking.js("return location.hash")
    asking.open(address=address)
    assert asking.all(chosen)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_only_tables_and_the_heat_map_scroll_sideways(asking, width):
    asking.open(width)
    page = "return document.documentElement."
    assert asking.js(page + "scrollWidth") == asking.js(page + "clientWidth")


def test_before_any_run_has_finished_it_says_so(chromium, tmp_path):
    folder = write_question(tmp_path, "factorial", finished=0)
    page = Page(chromium, write_explorer([folder], tmp_path, tmp_path))
    page.driver.get_log("browser")
    page.open()
    assert "No worth is known yet" in page.text("#worth-note")
    assert "3 pending" in page.text("#table")
    assert page.driver.get_log("browser") == []

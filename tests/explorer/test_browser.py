"""The explorer in a real headless Chromium: pointer, keyboard, screen reader, paper."""

import json
import re

import pandas as pd
import pytest
from browser_page import BARS, DESKTOP, PHONE, Page
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from roadmap.explorer.page import write_explorer


@pytest.fixture
def explorer(chromium, page):
    return Page(chromium, page)


def bar(explorer, step):
    return explorer.one(f"{BARS}[data-step={step}]")


def test_it_is_silent_asks_no_network_and_runs_no_text(explorer):
    explorer.driver.get_log("browser")
    explorer.driver.get_log("performance")
    explorer.open()
    for one in explorer.all("#table tbody button"):
        one.click()
    explorer.js("document.querySelectorAll('#compare input').forEach(x => x.click())")
    explorer.until(lambda: len(explorer.all(BARS)) > 4)
    assert explorer.driver.get_log("browser") == []
    events = [json.loads(e["message"]) for e in explorer.driver.get_log("performance")]
    urls = [
        event["message"]["params"]["request"]["url"]
        for event in events
        if event["message"]["method"] == "Network.requestWillBeSent"
    ]
    assert urls
    assert all(url.startswith(("file:", "data:", "about:")) for url in urls)
    assert explorer.js("return window.broken") is None
    assert explorer.all("img, body script:not([type])[src]") == []


def test_a_click_on_a_bar_chooses_its_step(explorer):
    explorer.open()
    bar(explorer, "kernel_9").click()
    assert explorer.chose("kernel_9")
    details = explorer.text("#details")
    assert "network.kernel_size: 3 → 9" in details
    assert "python -m roadmap.train step=kernel_9" in details
    assert "boom <script>" in details
    assert len(explorer.all("#details [data-diagram] svg")) == 2
    assert "72.00 ± 1.41" in explorer.text("#readout")


def test_hovering_shows_a_bars_numbers(explorer):
    explorer.open()
    ActionChains(explorer.driver).move_to_element(bar(explorer, "gelu")).perform()
    shown = "#vg-tooltip-element.visible"
    explorer.until(lambda: explorer.all(shown))
    assert "75.00 ± 0.50" in explorer.text(shown)
    assert "GELU <script>" in explorer.text(shown)


def test_the_keyboard_reaches_every_bar_and_chooses(explorer):
    explorer.open(address="#step=kernel_7")
    explorer.one("#controls fieldset:last-of-type label:last-of-type input").click()
    explorer.one("#controls fieldset:last-of-type label:last-of-type input").click()
    explorer.until(lambda: explorer.all(BARS))
    explorer.press(Keys.TAB)
    seen = []
    for key in ("", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN):
        explorer.press(key)
        seen.append(explorer.focused().get_attribute("data-step"))
    assert seen == explorer.bars()
    explorer.press(Keys.HOME, Keys.ARROW_DOWN, Keys.ENTER)
    assert explorer.chose("kernel_9")
    assert explorer.focused().get_attribute("data-step") == "kernel_9"
    assert len(explorer.all(f"{BARS}[tabindex='0']")) == 1


def test_it_opens_with_the_paper_beside(explorer):
    explorer.open()
    assert explorer.all(f"{BARS}[data-place^='1,']")
    assert explorer.one("#compare input[value*=resnet50]").is_selected()
    assert explorer.rows() == explorer.bars()  # the study's own steps


def test_a_heading_sorts_the_table_and_the_figure_keeps_its_sections(explorer):
    explorer.open()
    headings_above = len(explorer.all("#figure text"))
    by_top1 = ["kernel_7", "kernel_9", "gelu", "layer_norm"]  # the roadmap's, too
    downward = ["gelu", "kernel_9", "kernel_7", "layer_norm"]
    for sort, order in (
        ("descending", downward),
        ("ascending", by_top1),
        ("none", by_top1),
    ):
        explorer.one("[data-sort=own-top1]").click()
        heading = explorer.one("th:has([data-sort=own-top1])")
        assert heading.get_attribute("aria-sort") == sort
        headings = explorer.all("#table thead th")
        states = [one.get_attribute("aria-sort") for one in headings]
        assert states.count("none") == len(states) - (sort != "none")
        assert explorer.rows() == order
        explorer.until(lambda: explorer.bars() == by_top1)
        assert len(explorer.all("#figure text")) == headings_above


def test_filters_leave_the_same_steps_in_table_and_figure(explorer):
    explorer.open()
    explorer.one("#sections input[value='large kernel']").click()
    explorer.until(lambda: explorer.bars() == ["gelu", "layer_norm"])
    assert explorer.rows() == ["gelu", "layer_norm"]
    explorer.one("#sections input[value='large kernel']").click()
    explorer.one("#status option[value=aside]").click()
    explorer.until(lambda: explorer.bars() == ["kernel_9"])
    explorer.one("#sections input[value='large kernel']").click()
    explorer.until(lambda: "No step is left" in explorer.text("#figure"))


def test_a_study_to_compare_gets_a_panel_and_columns(explorer):
    explorer.open()
    explorer.one("#compare input[value*=resnet50]").click()
    explorer.until(lambda: not explorer.all(f"{BARS}[data-place^='1,']"))
    explorer.one("#compare input[value*=resnet200]").click()
    explorer.until(lambda: explorer.all(f"{BARS}[data-place^='1,']"))
    assert "paper, resnet200" in explorer.text("#table thead")
    labels = [one.get_attribute("aria-label") for one in explorer.all(BARS)]
    assert any("paper resnet200" in label and "82.19 %" in label for label in labels)


def test_studies_of_one_data_set_share_the_axis(chromium, study, tmp_path):
    runs = pd.read_csv(study / "results.csv", keep_default_na=False)
    for name, more in (("plain", 0), ("mixup", 5)):
        top1 = pd.to_numeric(runs["top1"]) + more
        (tmp_path / name).mkdir()
        runs.assign(study=name, top1=top1).to_csv(tmp_path / name / "results.csv")
        (tmp_path / name / "study.json").write_text('{"words": ["+step=all"]}')
    folders = [tmp_path / "plain", tmp_path / "mixup"]
    explorer = Page(chromium, write_explorer(folders, tmp_path, tmp_path)).open()
    explorer.until(lambda: explorer.text("#figure").count("axis starts at") == 3)
    starts = re.findall(r"axis starts at ([\d.]+)", explorer.text("#figure"))
    assert starts[0] == starts[1] != starts[2]  # the third is the paper's


def test_every_seed_has_a_curve_and_what_has_none_says_so(explorer):
    explorer.open(address="#step=gelu")
    lines = "#curves .mark-line path"
    explorer.until(lambda: explorer.all(lines))
    own, parents = 3, 3
    assert len(explorer.all(lines)) == 3 * own + parents * 3
    explorer.one("[data-choose=kernel_9]").click()
    assert explorer.chose("kernel_9")
    assert "No curves" in explorer.text("#details")


def test_the_address_keeps_the_view(explorer):
    explorer.open()
    explorer.one("[data-choose=kernel_7]").click()
    assert explorer.chose("kernel_7")
    explorer.one("[data-sort=gflops]").click()
    explorer.one("#compare input[value*=resnet200]").click()
    explorer.until(lambda: "paper, resnet200" in explorer.text("#table thead"))
    rows, address = explorer.rows(), explorer.js("return location.hash")
    explorer.open(address=address)
    assert explorer.chose("kernel_7")
    assert explorer.rows() == rows
    assert explorer.one("#compare input[value*=resnet200]").is_selected()


@pytest.mark.parametrize("address", ["#step=nine&study=x&regime=y&sort=z", "#%%%"])
def test_a_wrong_address_falls_back(explorer, address):
    explorer.open(address=address)
    assert explorer.rows()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_only_tables_scroll_sideways(explorer, width):
    explorer.open(width)
    page = "return document.documentElement."
    assert explorer.js(page + "scrollWidth") == explorer.js(page + "clientWidth")
    figure = explorer.one("#figure svg").size["width"]
    assert 0.75 * min(width, 600) < figure <= width


def test_a_screen_reader_has_a_name_for_everything_and_hears_the_choice(explorer):
    explorer.open()
    nodes = explorer.cdp("Accessibility.getFullAXTree")["nodes"]
    kinds = {"button", "link", "checkbox", "combobox", "table", "region", "image"}
    named = [
        (node["role"]["value"], node.get("name", {}).get("value"))
        for node in nodes
        if not node.get("ignored") and node.get("role", {}).get("value") in kinds
    ]
    assert kinds - {"table"} <= {role for role, _ in named}
    tables_apart = [pair for pair in named if pair[0] != "table" and not pair[1]]
    assert tables_apart == []
    live = explorer.one("#readout")
    assert live.get_attribute("aria-live") == "polite"
    explorer.one("[data-choose=layer_norm]").click()
    explorer.until(lambda: "3 failed" in live.text)


def test_dark_still_and_printed(explorer):
    ground = "return getComputedStyle(document.body).backgroundColor"
    scroll = "return getComputedStyle(document.documentElement).scrollBehavior"
    explorer.open(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    assert explorer.js(ground) == "rgb(255, 255, 255)"
    assert explorer.js(scroll) == "auto"
    explorer.cdp("Emulation.setEmulatedMedia", media="print", features=[])
    assert not explorer.one("#controls").is_displayed()
    assert explorer.one("#figure").is_displayed()
    explorer.open(prefers_color_scheme="dark", prefers_reduced_motion="no-preference")
    assert explorer.js(ground) != "rgb(255, 255, 255)"
    assert explorer.js(scroll) == "smooth"

"""Several studies in one report: settings, differences, heads, one axis."""

import json

import numpy as np
import pandas as pd
import pytest

from roadmap.report import draw, write_report
from roadmap.report.contents import in_markdown, on_terminal, read
from roadmap.report.numbers.between import differences
from roadmap.report.numbers.configs import differing, settings_of
from roadmap.report.numbers.studies import Study, find_study
from roadmap.report.numbers.tables import tabulate


def studies_of(results, shift=10.0):
    """Return two measured studies; the other's accuracies are all higher by shift."""
    noise = np.random.default_rng(0).normal(size=len(results))
    other = results.assign(study="other", top1=results["top1"] + shift + 0.1 * noise)
    return Study(tabulate(results), results), Study(tabulate(other), other)


@pytest.fixture
def folders(results, tmp_path):
    """Two studies that differ in one setting, as their sweeps left them."""
    studies = studies_of(results)
    words = {"mine": [], "other": ["recipe.mixup=0.8"]}
    for one, (name, own) in zip(studies, words.items(), strict=True):
        folder = tmp_path / name
        folder.mkdir()
        one.results.to_csv(folder / "results.csv", index=False)
        asked = {"words": ["+step=all", *own], "runs": []}
        (folder / "study.json").write_text(json.dumps(asked))
    return [tmp_path / name for name in words]


def test_the_difference_of_every_shared_step_is_tested(results):
    first, other = studies_of(results)
    found = differences(first, other).set_index("step")
    assert found.index.tolist() == list(dict.fromkeys(results["step"]))[:4]
    assert found["delta"].to_numpy() == pytest.approx(10, abs=0.3)
    assert (found["p_holm"] >= found["p"]).all()
    assert found.at["resnet", "within_noise"] == "no"
    swapped = differences(other, first).set_index("step")
    assert swapped["delta"].to_numpy() == pytest.approx(-found["delta"].to_numpy())
    assert swapped["p"].to_numpy() == pytest.approx(found["p"].to_numpy())


def test_holm_counts_the_shared_steps_alone(results):
    first, other = studies_of(results)
    part = other.results[other.results["step"] == "resnet"]
    found = differences(first, Study(tabulate(part), part))
    assert found["step"].tolist() == ["resnet"]
    assert found["p_holm"].item() == found["p"].item()


def test_other_code_or_data_is_no_hindrance_between_studies(results):
    """Within a study it is; here it may be what the studies differ in."""
    first, other = studies_of(results)
    runs = [
        first.results.assign(code="a", data="a"),
        other.results.assign(code="b", data="b"),
    ]
    found = differences(*(Study(tabulate(one), one) for one in runs))
    assert found["delta"].notna().all()


def test_the_report_begins_with_the_settings_that_differ(folders):
    said = read(folders, None)
    assert said.first == [
        "The studies differ in recipe.mixup: 0.0 (mine), 0.8 (other)."
    ]
    assert [table["head"] for table in on_terminal(said)] == [
        "other − mine",
        "mine",
        "other",
    ]
    text = in_markdown(said)
    assert text.startswith(said.first[0])
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads == ["## other − mine", "## mine", "## other"]


def test_the_differences_are_a_file(folders, tmp_path):
    write_report(*folders, out=tmp_path / "out", figures=[])
    table = pd.read_csv(tmp_path / "out" / "differences.csv")
    assert table["other"].unique().tolist() == ["other"]
    assert table["delta"].notna().all()


def test_a_warning_about_both_is_said_once(folders):
    for folder in folders:
        runs = pd.read_csv(folder / "results.csv")
        runs.assign(majority=99.0, eval_images=100).to_csv(
            folder / "results.csv", index=False
        )
    warned = [line for line in read(folders, None).lines if "at or near chance" in line]
    assert [line[:22] for line in warned] == ["Warning: mine, other: "]


def test_different_data_do_not_compare(folders):
    said = read([folders[0], find_study("paper", folders[0].parent)], None)
    assert said.between == []
    assert "do not compare" in said.first[1]
    assert said.proxies == [True, False]


def test_settings_that_cannot_be_read_are_said_to_be_unknown(folders):
    (folders[1] / "study.json").write_text(json.dumps({"words": ["nosuch=1"]}))
    settings = [settings_of(folder) for folder in folders]
    line = differing(["mine", "other"], settings)
    assert line == "The settings of other are not known."
    assert differing(["a", "b"], [settings[0]] * 2).endswith("the same settings.")


def test_one_metric_has_one_axis(results):
    first, other = studies_of(results)
    tables = [first.table, other.table]
    one, two = (draw(tables, one_axis=axis).axes[::2] for axis in (True, False))
    assert one[0].get_xlim() == one[1].get_xlim()
    assert two[0].get_xlim() != two[1].get_xlim()

import os

import pandas as pd
import pytest

from roadmap.report import (
    find_study,
    list_studies,
    load_results,
    load_table,
    paper_table,
    tabulate,
    write_report,
)

FIGURES = [
    f"{figure}.{form}"
    for figure in ("figure_1", "figure_2")
    for form in ("csv", "png", "svg")
]
WRITTEN = [".report.json", "agreement.csv", *FIGURES]
WRITTEN += ["table.csv", "table.md", "table.tex"]


def test_a_study_is_found_under_the_root_and_among_the_recorded(study):
    assert find_study("mine", study.parent) == study
    assert find_study("paper", study.parent).parent.name == "experiments"


def test_the_users_own_study_comes_before_a_recorded_one(study):
    own = study.rename(study.with_name("paper"))
    assert find_study("paper", own.parent) == own
    assert set(paper_table()["study"]) == {"paper"}


@pytest.mark.parametrize("name", ["nine", "", ".", "..", "mine/results.csv"])
def test_a_wrong_name_is_answered_in_one_line_with_the_valid_ones(study, name):
    with pytest.raises(ValueError, match="study=") as error:
        find_study(name, study.parent)
    line = str(error.value)
    assert "\n" not in line
    assert all(word in line for word in [f"study={name}: ", "mine", "paper"])


def test_a_folder_without_results_is_no_study(tmp_path):
    (tmp_path / "runs").mkdir()
    assert "runs" not in list_studies(tmp_path)


def test_other_tables_are_no_studies(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "results.csv").write_text("candidate,steps\nwide,9\n")
    assert "search" not in list_studies(tmp_path)


def test_run_ids_stay_words(study):
    assert load_results(study)["run"].tolist() == ["12e4"] * 15


def test_a_published_study_has_a_table_and_no_runs(study):
    paper = find_study("paper", study.parent)
    assert load_results(paper) is None
    assert list(load_table(paper)) == list(load_table(study))


def test_the_papers_deltas_are_those_of_its_means():
    paper = paper_table().set_index(["regime", "step"])
    means = paper["top1_mean"]
    for (regime, step), row in paper.iterrows():
        assert bool(row["parent"]) == (step not in ("resnet_original", "swin"))
        assert row["against"] == row["parent"]
        if row["against"]:
            expected = means[regime, step] - means[regime, row["against"]]
            assert row["delta"] == pytest.approx(expected)


def test_write_report_again_gives_the_same_bytes(study, results):
    write_report(study)
    first = {name: (study / name).read_bytes() for name in WRITTEN[1:]}
    # How long a run took is no result: it must not reach the report.
    results.assign(train_seconds=9.9).to_csv(study / "results.csv", index=False)
    write_report(study)
    assert {name: (study / name).read_bytes() for name in WRITTEN[1:]} == first
    assert sorted(os.listdir(study)) == sorted(["results.csv", *WRITTEN])


def test_table_csv_reads_back_as_the_table(study, results):
    table = write_report(study, figures=[])
    (study / "results.csv").unlink()
    pd.testing.assert_frame_equal(load_table(study), table)
    pd.testing.assert_frame_equal(table, tabulate(results))


def test_a_crash_leaves_the_old_report_whole(study, monkeypatch):
    write_report(study, figures=[])
    old = {path.name: path.read_bytes() for path in study.iterdir()}
    (study / "results.csv").write_text(
        (study / "results.csv").read_text().replace("70.0", "60.0")
    )

    def crash(_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        write_report(study, figures=[])
    del old["results.csv"]
    assert {name: (study / name).read_bytes() for name in old} == old
    assert len(os.listdir(study)) == len(old) + 1

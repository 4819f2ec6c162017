import os
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from shutil import copytree

import pytest

from roadmap.base import config
from roadmap.lessons import course, lesson
from roadmap.lessons.changes import composed, plain
from roadmap.lessons.diagram import draw, label
from roadmap.network.costs import cost_of
from roadmap.network.design import design_from
from roadmap.network.path import parent, step_names
from roadmap.report import paper_table
from roadmap.studies.plan import plan_run

STEPS = step_names()
CONFIG_WORDS = {True: "true", False: "false", None: "null"}


@pytest.fixture(scope="module")
def lessons():
    return {one.step: one for one in course()}


def design(step):
    """As ``load_design``, without composing what the lessons have composed."""
    return design_from(plain(composed(step, "proxy").network))


def block(view):
    return [(row.name, row.shape_out[0]) for row in view.layers if row.where == "block"]


def test_the_course_is_every_step_in_order(lessons):
    assert tuple(lessons) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_step_tells_what_why_and_asks(step, lessons):
    one = lessons[step]
    assert all([one.title, one.section, one.status, one.what, one.reason, one.predict])
    others = [other for name, other in lessons.items() if name != step]
    assert one.what not in [other.what for other in others]
    assert (one.before is None) == (one.parent == "")


@pytest.mark.parametrize("step", [s for s in STEPS if parent(s)])
def test_changes_are_exactly_what_differs(step, lessons):
    old, new = design(parent(step)), design(step)
    designs = [
        f"network.{f.name}: {old_value} → {new_value}"
        for f in fields(new)
        if (old_value := config_word(old, f)) != (new_value := config_word(new, f))
    ]
    changes = lessons[step].changes
    assert [line for line in changes if line.startswith("network.")] == designs
    others = [line for line in changes if not line.startswith("network.")]
    assert bool(others) == (step == "resnet")
    assert changes


def config_word(network, field):
    value = getattr(network, field.name)
    if isinstance(value, bool) or value is None:
        return CONFIG_WORDS[value]
    return str(value).replace("(", "[").replace(")", "]").replace(" ", "")


def test_a_new_recipe_is_a_change(lessons):
    changes = lessons["resnet"].changes
    assert "recipe.optimizer: sgd → adamw" in changes
    assert "recipe.schedule: step → cosine" in changes


@pytest.mark.parametrize("step", STEPS)
def test_the_stages_make_up_the_network(step, lessons):
    view = lessons[step].after
    counted = cost_of(design(step), 10, 3, 48)
    assert view.params == sum(stage.params for stage in view.stages) == counted.params
    assert sum(stage.gflops for stage in view.stages) == pytest.approx(view.gflops)
    assert view.gflops == pytest.approx(counted.gflops)
    assert [stage.name for stage in view.stages] == [
        "stem",
        *(f"stage {i}" for i in (1, 2, 3)),
        "head",
    ]


@pytest.mark.parametrize("step", STEPS)
def test_layers_follow_on_each_other(step, lessons):
    rows = [r for r in lessons[step].after.layers if r.part != "shortcut"]
    for first, second in pairwise(rows):
        if first.where == second.where:
            assert first.shape_out == second.shape_in


@pytest.mark.parametrize("step", STEPS)
def test_the_diagram_names_each_layer(step, lessons):
    one = lessons[step]
    svg = ET.fromstring(draw(one.panels))
    drawn = Counter(text.text for text in svg.iter("{http://www.w3.org/2000/svg}text"))
    rows = [row for panel in one.panels for row in panel.rows]
    assert Counter(map(label, rows)) <= drawn
    assert one.step in drawn
    boxes = list(svg.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(boxes) == len(rows)


def test_the_blocks_are_figure_4s():
    """The ResNet and ConvNeXt blocks as the paper draws them, channels and all."""
    assert block(lesson("resnet", "resnet50").after) == [
        ("1×1 conv", 64),
        ("BatchNorm", 64),
        ("ReLU", 64),
        ("3×3 conv", 64),
        ("BatchNorm", 64),
        ("ReLU", 64),
        ("1×1 conv", 256),
        ("BatchNorm", 256),
        ("ReLU", 256),
    ]
    convnext = lesson("separate_downsampling", "resnet50")
    assert block(convnext.after) == [
        ("7×7 depthwise conv", 96),
        ("LayerNorm", 96),
        ("1×1 conv", 384),
        ("GELU", 384),
        ("1×1 conv", 96),
    ]
    assert convnext.image_size == 224
    assert round(convnext.after.gflops, 2) == 4.46


@pytest.mark.parametrize(
    ("step", "gone", "come"),
    [
        ("depthwise_conv", ["3×3 conv, 16"], ["3×3 depthwise conv, 16"]),
        ("gelu", ["ReLU"] * 3, ["GELU"] * 3),
        ("fewer_activations", ["GELU"] * 2, []),
        ("fewer_norms", ["BatchNorm"] * 2, []),
        ("layer_norm", ["BatchNorm"], ["LayerNorm"]),
        ("stage_ratio", [], []),
    ],
)
def test_what_differs_is_stressed(step, gone, come, lessons):
    before, after = (
        [label(panel.rows[i]) for i in sorted(panel.stressed)]
        for panel in lessons[step].panels
    )
    assert (before, after) == (gone, come)


def test_only_the_parts_that_change_are_shown(lessons):
    def parts(step):
        return list(dict.fromkeys(row.where for row in lessons[step].after.layers))

    assert parts("gelu") == ["block"]
    assert parts("patchify_stem") == ["stem", "block"]
    every = ["stem", "downsampling", "block", "head"]
    assert parts("separate_downsampling") == parts("swin") == every


def test_the_papers_change_is_table_10s():
    papers = paper_table().set_index(["regime", "step"])
    first, *others = lesson("depthwise_conv", "resnet50").effects
    assert (first.study, first.regime, first.n) == ("paper", "resnet50", 3)
    assert first.delta == papers.delta["resnet50", "depthwise_conv"] == -1.23
    assert "proxy_cluttered_digits" in [effect.study for effect in others]


def test_ones_own_newest_finished_study_is_shown_instead_of_the_recorded(tmp_path):
    head = "study,regime,step,label,section,adopted,parent,seed,run,status,top1,top5,"
    head += "loss,epochs,params,gflops,train_seconds,images_per_second,device,git_sha"
    studies = [("old", "gelu", "finished"), ("new", "gelu", "finished")]
    studies += [("other", "swin", "finished"), ("unfinished", "gelu", "pending")]
    for age, (study, step, status) in enumerate(studies):
        row = f"{study},proxy,{step},l,s,yes,,0,{study},{status},50,90,1,1,1,1,1,1,cpu,"
        file = tmp_path / study / "results.csv"
        file.parent.mkdir()
        file.write_text(f"{head}\n{row}\n")
        os.utime(file, (age, age))
    one = lesson("gelu", root=tmp_path)
    assert {effect.study for effect in one.effects} == {"paper", "new"}
    assert str(tmp_path / "new") in one.whose
    recorded = lesson("resnet", root=tmp_path)
    assert "proxy_cluttered_digits" in {effect.study for effect in recorded.effects}
    assert recorded.whose == "recorded with the project"


def test_a_switch_of_ones_own_is_in_the_lesson_and_the_command():
    one = lesson("gelu", kernel_size=9)
    assert "network.kernel_size: 7 → 9" in one.changes
    assert ("9×9 depthwise conv", 24) in block(one.after)
    assert not one.effects  # nobody has measured this network
    run = plan_run(one.command.split()[3:]).run
    assert run.network["kernel_size"] == 9
    with pytest.raises(ValueError, match="kernal_size"):
        lesson("gelu", kernal_size=9)


def test_a_step_of_ones_own_does_not_inherit_its_parents_words(tmp_path, monkeypatch):
    conf = Path(copytree(config.CONF, tmp_path / "conf"))
    (conf / "step" / "mine.yaml").write_text(
        "# @package _global_\n"
        "defaults: [separate_downsampling, _self_]\n"
        "step: {name: mine, title: my own, reason: Why not}\n"
        "network: {kernel_size: 13}\n"
    )
    monkeypatch.setattr(config, "CONF", conf)
    step_names.cache_clear()
    try:
        one = lesson("mine")
    finally:
        step_names.cache_clear()
    assert (one.parent, one.title) == ("separate_downsampling", "my own")
    assert (one.what, one.reason, one.predict) == ("", "Why not", "")
    assert one.changes == ("network.kernel_size: 7 → 13",)


@pytest.mark.parametrize(
    ("step", "switches", "shown"),
    [
        ("swin", {"drop_path_rate": 0.1}, "DropPath"),
        ("swin", {"depths": [2], "heads": [1]}, "6×6 window attention, 12"),
        ("gelu", {"drop_path_rate": 0.1, "layer_scale": 1e-6}, "LayerScale"),
        ("resnet", {"depths": [1, 1, 1, 1]}, "1×1 conv, 32"),
        ("gelu", {"depths": [2]}, "7×7 depthwise conv, 12"),
        ("separate_downsampling", {"depths": (1, 1)}, "2×2 conv, stride 2, 24"),
    ],
)
def test_any_network_can_be_drawn(step, switches, shown):
    one = lesson(step, **switches)
    assert f">{shown}</text>" in draw(one.panels)
    assert len(one.changes) >= len(switches)
    assert sum(stage.params for stage in one.after.stages) == one.after.params

"""Each step changes what it says and nothing else."""

from dataclasses import asdict

import pytest

from roadmap.network.path import parent, step_names
from roadmap.network.steps import load_design

CHANGES = {
    "resnet": set(),
    "stage_ratio": {"depths"},
    "patchify_stem": {"stem"},
    "depthwise_conv": {"depthwise"},
    "increase_width": {"width"},
    "inverting_dimensions": {"inverted_bottleneck"},
    "move_up_depthwise": {"spatial_first"},
    "kernel_5": {"kernel_size"},
    "kernel_7": {"kernel_size"},
    "kernel_9": {"kernel_size"},
    "kernel_11": {"kernel_size"},
    "gelu": {"activation"},
    "fewer_activations": {"fewer_activations"},
    "fewer_norms": {"fewer_norms"},
    "layer_norm": {"norm"},
    "separate_downsampling": {"downsampling"},
    "separate_without_norms": {"downsampling"},
}


@pytest.mark.parametrize("regime", ["proxy", "resnet50", "resnet200"])
@pytest.mark.parametrize("step", CHANGES)
def test_a_step_changes_one_thing(step, regime, design_of):
    before = asdict(design_of(parent(step), regime))
    after = asdict(design_of(step, regime))
    expected = set(CHANGES[step])
    if (regime, step) == ("resnet200", "stage_ratio"):
        expected.add("width")  # 64 to 84 in the same step, by the paper
    assert {name for name in after if after[name] != before[name]} == expected


def test_parents():
    starts = {step for step in step_names() if parent(step) is None}
    assert starts == {"resnet_original", "swin"}
    assert {*CHANGES, *starts} == set(step_names())
    for size in (5, 7, 9, 11):
        assert parent(f"kernel_{size}") == "move_up_depthwise"
    assert parent("gelu") == "kernel_7"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"step": "glue"}, "step=glue: did you mean gelu\\? valid: resnet_orig"),
        (
            {"step": "gelu", "regime": "resnet51"},
            "regime=resnet51: did you mean resnet50",
        ),
        (
            {"step": "gelu", "kernel": 9},
            "network.kernel: no such setting; did you mean kernel_size",
        ),
        (
            {"step": "gelu", "stem": "conv"},
            "network.stem=conv: valid: resnet, patchify",
        ),
    ],
)
def test_a_wrong_word_gets_one_line(words, message):
    with pytest.raises(ValueError, match=f"^{message}") as refused:
        load_design(**words)
    assert "\n" not in str(refused.value)

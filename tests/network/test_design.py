"""A design is canonical plain data; a wrong one is refused in one line."""

import pickle
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap.network.design import Design, SwinDesign, design_from
from roadmap.network.network import Network

CONVNETS = st.builds(
    Design,
    depths=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    width=st.integers(2, 500),
    stem_stride=st.sampled_from([1, 2, 4]),
    kernel_size=st.integers(0, 20).map(lambda half: 2 * half + 1),
    norm=st.sampled_from(["batch_norm", "layer_norm"]),
    fewer_norms=st.booleans(),
    layer_scale=st.none() | st.integers(1, 5) | st.floats(1e-9, 1e3),
    drop_path_rate=st.just(0) | st.floats(0, 1, exclude_max=True),
)
SWINS = st.builds(
    lambda heads, head_dim: SwinDesign(
        depths=[1] * len(heads), heads=heads, width=max(heads) * head_dim * 60
    ),
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.integers(1, 4),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(CONVNETS | SWINS)
def test_a_design_is_its_plain_data(design):
    plain = asdict(design)
    lists = {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}
    assert design_from(plain) == design_from(lists) == design
    for same in (
        design_from(lists),
        replace(design),
        pickle.loads(pickle.dumps(design)),
    ):
        assert repr(same) == repr(design)
        assert hash(same) == hash(design)


def test_equal_numbers_are_one_design():
    assert repr(Design(layer_scale=1, drop_path_rate=0)) == repr(
        Design(layer_scale=1.0, drop_path_rate=0.0)
    )


def test_the_family_chooses_the_kind():
    assert design_from({}) == Design()
    assert design_from({"family": "convnet", "width": 8}) == Design(width=8)
    # All of these switches are the convnet's, too.
    shared = {"width": 24, "stem_stride": 2, "drop_path_rate": 0.1}
    assert design_from({"family": "swin", **shared}) == SwinDesign(**shared)


@pytest.mark.parametrize(
    ("switches", "line"),
    [
        ({"depths": []}, "network.depths=[]: valid: a list of one or more integers"),
        ({"depths": [3, 0]}, "network.depths=[3,0]: valid: a list of one or more"),
        ({"width": 1}, "network.width=1: valid: an integer >= 2"),
        ({"width": 8.0}, "network.width=8.0: valid: an integer >= 2"),
        ({"stem": "conv"}, "network.stem=conv: valid: resnet, patchify"),
        ({"stem_stride": 3}, "network.stem=resnet and network.stem_stride=3 are at od"),
        ({"depthwise": 1}, "network.depthwise=1: valid: true, false"),
        ({"kernel_size": 4}, "network.kernel_size=4: valid: odd integers (1, 3, 5, 7,"),
        ({"kernel_size": True}, "network.kernel_size=true: valid: odd integers"),
        ({"layer_scale": 0}, "network.layer_scale=0: valid: null or a number > 0"),
        ({"layer_scale": float("inf")}, "network.layer_scale=inf: valid: null or a"),
        ({"drop_path_rate": 1}, "network.drop_path_rate=1: valid: a number >= 0 and"),
        (
            {"kernal_size": 3},
            "network.kernal_size: no such setting; did you mean",
        ),
        ({"self": 3}, "network.self: no such setting; valid: family, depths, width"),
        ({"heads": [3]}, "network.heads: no such setting; valid: family, depths"),
        (
            {"family": "swn"},
            "network.family=swn: did you mean swin? valid: ",
        ),
        ({"family": "swin", "kernel_size": 3}, "network.kernel_size: no such setting"),
        ({"family": "swin", "heads": [3, 6]}, "network.heads=[3,6]: valid: 4 counts"),
        ({"family": "swin", "heads": [5, 6, 12, 24]}, "network.width=96 and network.h"),
        ({"family": "swin", "window_size": 0}, "network.window_size=0: valid: an in"),
    ],
)
def test_a_wrong_design_is_refused_in_one_line(switches, line):
    with pytest.raises(ValueError, match=r"^network") as refused:
        design_from(switches)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("sizes", "line"),
    [
        ({"in_chans": 0}, "in_chans=0: valid: an integer >= 1"),
        ({"num_classes": -1}, "num_classes=-1: valid: an integer >= 0"),
    ],
)
def test_a_network_refuses_wrong_ends(sizes, line):
    with pytest.raises(ValueError, match=f"^{line}"):
        Network(Design(depths=(1,), width=2), **sizes)

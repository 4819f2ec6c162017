"""Steps merged into one composed config are what Hydra composes one by one."""

import shutil

import pytest
from omegaconf import OmegaConf

from roadmap.base import config
from roadmap.network.path import step_names
from roadmap.studies.compose import compose_run, compose_steps

FULL = ["regime=resnet200", "recipe=enhanced", "data=imagenet", "seed=3"]
WORDS = [[], [*FULL, "recipe.epochs=1", "network.depths=[1,2,3,4]", "device=cpu"]]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_step_is_as_hydra_composes_it(words):
    composed = compose_steps(words, step_names())
    for step, cfg in zip(step_names(), composed, strict=True):
        recipe = cfg.recipe.name
        alone = config.compose("train", [*words, f"step={step}", f"recipe={recipe}"])
        assert OmegaConf.to_container(cfg) == OmegaConf.to_container(alone), step


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A copy of conf/, to which a test may add steps."""
    copy = tmp_path / "conf"
    shutil.copytree(config.CONF, copy)
    monkeypatch.setattr(config, "CONF", copy)
    step_names.cache_clear()
    yield copy
    step_names.cache_clear()


def test_a_step_that_needs_more_than_a_flat_merge_is_left_to_hydra(conf):
    (conf / "step" / "mine.yaml").write_text(
        "# @package _global_\ndefaults: [gelu, _self_]\n"
        "step: {name: mine, notes: {why: because}}\nnetwork: {activation: relu}\n"
    )
    mine, gelu = compose_steps(["recipe.epochs=2"], ["mine", "gelu"])
    assert mine.step.notes.why == "because"
    assert (mine.network.activation, mine.network.kernel_size) == ("relu", 7)
    assert gelu.network.activation == "gelu"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["step=a", "step=b"], "step=b: valid: one step="),
        (["step=[resnet,gelu]"], r"step=\[resnet,gelu\]: valid: one step;"),
        (["step=nosuch"], "step=nosuch: valid: resnet_original, resnet"),
        ([], "no step: say step="),
        (["step=resnet_original", "recipe.lr=1"], "recipe.lr=1: resnet_original is"),
    ],
)
def test_what_is_wrong_is_one_line(words, line):
    with pytest.raises(ValueError, match=line):
        compose_run(words)

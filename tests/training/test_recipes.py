"""The recipes, cell by cell, beside the paper's tables."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from omegaconf import OmegaConf

from roadmap.base import config
from roadmap.network.build import build
from roadmap.network.steps import load_design
from roadmap.network.variants import VARIANTS
from roadmap.studies.plan import NOT_TRAINING
from roadmap.training.batching import batching
from roadmap.training.optim import make_optimizer, make_schedule
from roadmap.training.recipe import Recipe

PAPER = Path(__file__).parent / "paper"
COLUMNS = [  # recipe, table, column
    ("enhanced", "table_5", "imagenet_1k"),
    ("imagenet22k", "table_5", "imagenet_22k"),
    ("finetune", "table_6", "in22k_pretrained_T_S_B_L_XL_224_and_384"),
    ("finetune_imagenet1k", "table_6", "in1k_pretrained_B_L_384"),
]
SIZES = {  # which sizes a cell of several numbers is for
    ("table_5", "imagenet_1k"): "T S B L",
    ("table_5", "imagenet_22k"): "T S B L XL",
    ("table_6", "in22k_pretrained_T_S_B_L_XL_224_and_384"): "T S B L XL",
    ("table_6", "in1k_pretrained_B_L_384"): "B L",
}
# The table's row is our key, but for these.
KEYS = {
    "base_learning_rate": "lr",
    "lr_schedule": "schedule",
    "layerwise_lr_decay": "layer_decay",
    "gradient_clip": "clip_grad",
}
# What a cell says is what we have, but for these, which shared/paper/README explains.
EXCEPTIONS = {
    # "EMA is disabled" for the roadmap (A.1); XL alone has it in fine-tuning.
    ("enhanced", "ema"): None,
    ("finetune", "ema"): None,
}


def settings_of(name, **words):
    overrides = ["step=gelu", "regime=resnet200", f"recipe={name}", "recipe.weights=x"]
    overrides += [f"{key}={value}" for key, value in words.items()]
    cfg = config.compose("train", overrides)
    return OmegaConf.to_container(cfg.recipe)


def cells():
    for recipe, table, column in COLUMNS:
        rows = pd.read_csv(PAPER / f"{table}.csv", dtype=str, keep_default_na=False)
        for row in rows.itertuples():
            yield recipe, table, column, row.setting, getattr(row, column)


def said(recipe, table, column, setting, cell):
    """Return our key for a row, and the value that the cell asks for."""
    if (recipe, setting) in EXCEPTIONS:
        return setting, EXCEPTIONS[recipe, setting]
    if setting == "weight_init":
        assert cell == "trunc. normal (0.2)"
        return "weight_init", "trunc_normal"
    if setting == "randaugment":
        magnitude, deviation = cell.strip("()").split(", ")
        return setting, f"rand-m{magnitude}-mstd{deviation}-inc1"
    if setting == "stochastic_depth":
        rates = [float(part) for part in cell.split("/")]
        return setting, dict(zip(SIZES[table, column].split(), rates, strict=True))
    if setting == "betas":
        return setting, [float(part) for part in cell.split(", ")]
    if setting == "layer_scale" and cell == "pre-trained":
        return setting, 1e-6  # the parameter is there, its values are loaded
    words = {"AdamW": "adamw", "cosine decay": "cosine"}
    off = 0.0 if setting in ("mixup", "cutmix", "warmup_epochs") else None
    value = off if cell == "None" else words.get(cell, cell)
    if isinstance(value, str) and value[0].isdigit():
        value = float(value)
    return KEYS.get(setting, setting), value


NOT_OURS = ("models", "image_size", "warmup_schedule")  # regime, data, always linear


@pytest.mark.parametrize(
    ("recipe", "table", "column", "setting", "cell"), list(cells())
)
def test_every_cell_of_the_papers_tables(recipe, table, column, setting, cell):
    if setting in NOT_OURS:
        assert setting != "image_size" or cell == "224"
        assert setting != "warmup_schedule" or cell == "linear"
        return
    key, expected = said(recipe, table, column, setting, cell)
    found = settings_of(recipe)[key]
    if key == "stochastic_depth":  # a size that the column leaves out has to be said
        found = {size: rate for size, rate in found.items() if rate is not None}
    assert found == expected


def test_the_original_recipe_is_torchvisions_of_76_13():
    recipe = settings_of("original")
    expected = {"epochs": 90, "batch_size": 256, "optimizer": "sgd", "lr": 0.1}
    expected |= {"momentum": 0.9, "weight_decay": 1e-4, "schedule": "step"}
    expected |= {"mixup": 0, "cutmix": 0, "label_smoothing": 0, "random_erasing": 0}
    assert {key: recipe[key] for key in expected} == expected
    assert recipe["randaugment"] is None
    assert recipe["random_resized_crop"] == [0.08, 1.0]


@pytest.mark.parametrize("name", config.options("recipe"))
def test_every_recipe_is_whole(name):
    plain = settings_of(name)
    kept = {k: v for k, v in plain.items() if k not in NOT_TRAINING}
    recipe = Recipe(**kept)
    assert set(plain["original"].split("_")) >= {"original"}
    assert recipe.peak_lr == recipe.lr


@pytest.mark.parametrize(("regime", "rate"), [("resnet50", 0.1), ("resnet200", 0.5)])
def test_stochastic_depth_is_the_sizes(regime, rate):
    words = ["step=gelu", "recipe=enhanced", f"regime={regime}"]
    assert config.compose("train", words).network.drop_path_rate == rate


@pytest.mark.parametrize("batch_size", [1024, 4096, 8192])
def test_the_learning_rate_follows_the_batch_and_the_rule_is_said(batch_size):
    plain = settings_of("enhanced", **{"recipe.batch_size": batch_size})
    kept = {k: v for k, v in plain.items() if k not in NOT_TRAINING}
    recipe = Recipe(**{**kept, "weights": None})
    assert recipe.peak_lr == pytest.approx(4e-3 * batch_size / 4096)
    cut = batching(recipe, 1_281_167, devices=8, device_batch=32)
    assert cut.device_batch * cut.devices * cut.accumulate == batch_size
    line = cut.explain(recipe)
    assert f"batch {batch_size} = 32 a device x 8 devices x " in line
    assert f"0.004 x {batch_size} / 4096" in line


@pytest.mark.parametrize("part", [3, 5000, 48])
def test_parts_that_do_not_make_up_the_batch_are_refused(part, recipe):
    with pytest.raises(ValueError, match=f"device_batch={part}: valid: a divisor"):
        batching(recipe, 128, 1, part)


def test_layer_decay_counts_three_blocks_as_a_layer():
    """ConvNeXt-B: stem, 1 + 1 + 9 + 1 groups of blocks, head; as the released code."""
    plain = settings_of("finetune")
    kept = {k: v for k, v in plain.items() if k not in NOT_TRAINING}
    model = build(VARIANTS["convnext_base"], 10)
    optimizer = make_optimizer(Recipe(**kept), model)
    by_weight = {
        weight: group["lr_scale"]
        for group in optimizer.param_groups
        for weight in group["params"]
    }
    scale = {name: by_weight[weight] for name, weight in model.named_parameters()}
    assert scale["head.weight"] == 1
    assert scale["norm.weight"] == 1
    assert scale["stem.conv.weight"] == pytest.approx(0.8**13)
    layers = {
        "stages.0.blocks.2.branch.spatial.weight": 1,
        "stages.1.downsample.conv.weight": 2,
        "stages.2.downsample.norm.weight": 3,
        "stages.2.blocks.2.branch.spatial.weight": 3,
        "stages.2.blocks.3.branch.spatial.weight": 4,
        "stages.2.blocks.26.branch.spatial.weight": 11,
        "stages.3.blocks.0.branch.spatial.weight": 12,
    }
    for name, layer in layers.items():
        assert scale[name] == pytest.approx(0.8 ** (13 - layer)), name
    schedule = make_schedule(Recipe(**kept), optimizer, 10)
    schedule.step_update(0)
    for group in optimizer.param_groups:
        assert group["lr"] == pytest.approx(5e-5 * group["lr_scale"])


def rates(recipe, steps=10):
    optimizer = make_optimizer(recipe, torch.nn.Linear(2, 2))
    schedule = make_schedule(recipe, optimizer, steps)
    seen = []
    for update in range(recipe.epochs * steps):
        schedule.step_update(update)
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


def test_cosine_warms_up_linearly_and_ends_near_zero(recipe):
    seen = rates(replace(recipe, epochs=10, warmup_epochs=2))
    assert seen[0] == 0
    assert seen[10] == pytest.approx(recipe.lr / 2)
    assert max(seen) == pytest.approx(recipe.lr)
    assert seen[60] == pytest.approx(recipe.lr / 2, rel=0.01)
    assert 0 < seen[-1] < 0.01 * recipe.lr


def test_step_divides_by_ten_after_each_third(recipe):
    changed = replace(recipe, epochs=9, schedule="step", warmup_epochs=0)
    seen = rates(changed)
    assert [seen[i] / recipe.lr for i in (0, 29, 30, 59, 60, 89)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01, 0.01]
    )


@pytest.mark.parametrize(("name", "spared"), [("adamw", True), ("sgd", False)])
def test_adamw_decays_weights_only_and_sgd_all(name, spared, recipe):
    model = build(load_design("separate_downsampling"), 2, 3, 32)
    groups = make_optimizer(replace(recipe, optimizer=name), model).param_groups
    free = sum(len(g["params"]) for g in groups if g["weight_decay"] == 0)
    flat = sum(p.ndim <= 1 for p in model.parameters())
    assert free == (flat if spared else 0)

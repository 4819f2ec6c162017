from dataclasses import replace

import pytest
import torch

from roadmap.network.build import build
from roadmap.network.steps import load_design, step_names
from roadmap.training.engine import Task, train
from roadmap.training.recipe import Recipe, make_optimizer, make_schedule

RECIPE = Recipe(
    epochs=2,
    batch_size=32,
    optimizer="adamw",
    lr=3e-3,
    weight_decay=0.05,
    schedule="cosine",
    warmup_epochs=0.25,
)


def make_task(n=128):
    """Two classes that differ by their brightness."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    noise = torch.randint(0, 100, (n, 3, 32, 32), generator=generator)
    images = (noise + 100 * labels.view(-1, 1, 1, 1)).to(torch.uint8)

    def normalize(batch):
        return batch.float() / 128 - 1

    def augment(batch, generator):
        return normalize(batch)

    return Task(images, labels, images, labels, 2, augment, normalize)


def small(step="kernel_7"):
    return lambda: build(load_design(step), 2, 3, 32)


@pytest.mark.parametrize("step", step_names())
def test_every_step_trains(step):
    outcome = train(small(step), make_task(64), replace(RECIPE, epochs=1), seed=0)
    assert outcome.status == "finished"
    assert outcome.train_seconds > 0


def test_it_learns():
    # Without BatchNorm, whose running statistics need more updates than this.
    build = small("separate_downsampling")
    outcome = train(build, make_task(), replace(RECIPE, epochs=10), seed=0)
    assert outcome.metrics.top1 > 90
    assert outcome.curve[-1]["train_loss"] < outcome.curve[0]["train_loss"]


@pytest.mark.parametrize(
    "mixing", [{}, {"mixup": 0.8}, {"cutmix": 1.0}, {"mixup": 0.8, "cutmix": 1.0}]
)
def test_a_seed_is_a_run(mixing):
    recipe = replace(RECIPE, label_smoothing=0.1, **mixing)
    first, again, other = (train(small(), make_task(), recipe, s) for s in (0, 0, 1))
    assert first.curve == again.curve
    assert first.metrics == again.metrics
    assert first.curve != other.curve


def test_a_loss_that_is_not_finite_is_diverged():
    recipe = replace(RECIPE, optimizer="sgd", lr=1000.0, schedule="step")
    step = "separate_downsampling"
    outcome = train(small(step), make_task(), replace(recipe, epochs=40), seed=0)
    assert outcome.status == "diverged"
    assert outcome.metrics is None


def rates(recipe, steps=10):
    optimizer = make_optimizer(recipe, torch.nn.Linear(2, 2))
    schedule = make_schedule(recipe, optimizer, steps)
    seen = []
    for update in range(recipe.epochs * steps):
        schedule.step_update(update)
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


def test_cosine_warms_up_linearly_and_ends_near_zero():
    seen = rates(replace(RECIPE, epochs=10, warmup_epochs=2))
    assert seen[0] == 0
    assert seen[10] == pytest.approx(RECIPE.lr / 2)
    assert max(seen) == pytest.approx(RECIPE.lr)
    assert seen[60] == pytest.approx(RECIPE.lr / 2, rel=0.01)
    assert 0 < seen[-1] < 0.01 * RECIPE.lr


def test_step_divides_by_ten_after_each_third():
    recipe = replace(RECIPE, epochs=9, schedule="step", warmup_epochs=0)
    seen = rates(recipe)
    # timm counts updates from 1, so a third of 30 ends with the 29th from 0.
    assert [seen[0], seen[28], seen[29], seen[59], seen[-1]] == pytest.approx(
        [RECIPE.lr, RECIPE.lr, RECIPE.lr / 10, RECIPE.lr / 100, RECIPE.lr / 100]
    )


@pytest.mark.parametrize(("name", "spared"), [("adamw", True), ("sgd", False)])
def test_adamw_decays_weights_only_and_sgd_all(name, spared):
    model = small("separate_downsampling")()
    groups = make_optimizer(replace(RECIPE, optimizer=name), model).param_groups
    free = sum(len(g["params"]) for g in groups if g["weight_decay"] == 0)
    flat = sum(p.ndim <= 1 for p in model.parameters())
    assert free == (flat if spared else 0)

from dataclasses import replace

import pytest
import torch

from roadmap.network.steps import step_names
from roadmap.training.engine import train
from roadmap.training.setup import Setup

ALL_ON = {
    "mixup": 0.8,
    "cutmix": 1.0,
    "label_smoothing": 0.1,
    "ema": 0.9,
    "clip_grad": 1.0,
}


def weights(outcome):
    return outcome.model.state_dict()


def same(first, second):
    pairs = zip(weights(first).values(), weights(second).values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("step", step_names())
def test_every_step_trains(step, brightness, small, recipe):
    outcome = train(small(step), brightness(64), replace(recipe, epochs=1), seed=0)
    assert outcome.status == "finished"
    assert outcome.train_seconds > 0


def test_it_learns(brightness, small, recipe):
    # Without BatchNorm, whose running statistics need more updates than this.
    build = small("separate_downsampling")
    outcome = train(build, brightness(), replace(recipe, epochs=10), seed=0)
    assert outcome.metrics.top1 > 90
    assert outcome.curve[-1]["train_loss"] < outcome.curve[0]["train_loss"]
    assert [row["epoch"] for row in outcome.curve] == list(range(1, 11))
    assert outcome.curve[-1]["top1"] == outcome.metrics.top1


@pytest.mark.parametrize("mixing", [{}, {"mixup": 0.8}, {"cutmix": 1.0}, ALL_ON])
def test_a_seed_is_a_run(mixing, brightness, small, recipe):
    recipe = replace(recipe, **mixing)
    build = small(drop_path_rate=0.2)
    first, again, other = (train(build, brightness(), recipe, s) for s in (0, 0, 1))
    assert first.curve == again.curve
    assert same(first, again)
    assert first.curve != other.curve


@pytest.mark.parametrize("step", ["kernel_7", "separate_downsampling"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_stopped_at_any_update_it_ends_the_same(
    step, optimizer, tmp_path, brightness, small, recipe
):
    recipe = replace(recipe, optimizer=optimizer, **ALL_ON)
    build = small(step, drop_path_rate=0.2)
    whole = train(build, brightness(), recipe, seed=3)
    done = []
    for stop_at in (1, 3, 4, 6, None):  # four updates an epoch
        setup = Setup(checkpoints=tmp_path)
        part = train(
            build,
            brightness(),
            recipe,
            3,
            setup,
            on_update=lambda update, total, loss: done.append(update),
            should_stop=lambda at=stop_at: len(done) + 1 == at,
        )
        assert part.status == ("interrupted" if stop_at else "finished")
    assert part.curve == whole.curve
    assert part.metrics == whole.metrics
    assert part.ema_metrics == whole.ema_metrics
    assert same(part, whole)
    assert done == [*range(1, 9)]


def test_parts_of_a_batch_add_up(brightness, small, recipe):
    # With no BatchNorm the parts of a batch are the batch, but for rounding.
    build = small("separate_downsampling")
    recipe = replace(recipe, optimizer="sgd")
    noiseless = brightness()
    noiseless.train_batches = lambda batches, seeds: (
        (noiseless.images[b], noiseless.labels[b]) for b in batches
    )
    whole, parts = (
        train(build, noiseless, recipe, 0, Setup(device_batch=size))
        for size in (None, 8)
    )
    assert parts.curve[-1]["train_loss"] == pytest.approx(
        whole.curve[-1]["train_loss"], rel=1e-4
    )


def test_clipping_bounds_the_update(brightness, small, recipe):
    plain, clipped = (
        train(small(), brightness(), replace(recipe, optimizer="sgd", clip_grad=c), 0)
        for c in (None, 1e-9)
    )
    start = small()().state_dict()
    assert not same(plain, clipped)
    torch.manual_seed(0)
    start = small()().state_dict()
    for name, weight in clipped.model.named_parameters():
        torch.testing.assert_close(weight, start[name], rtol=2e-3, atol=1e-3)


def test_ema_of_zero_decay_is_the_network(brightness, small, recipe):
    outcome = train(small(), brightness(), replace(recipe, ema=0.0), seed=0)
    assert outcome.ema_metrics == outcome.metrics


@pytest.mark.parametrize(
    ("precision", "epochs"),
    [("bfloat16", 2), ("float16", 1)],  # CPUs are slow in float16
)
def test_mixed_precision_trains_like_float32(
    precision, epochs, brightness, small, recipe
):
    build, recipe = small("separate_downsampling"), replace(recipe, epochs=epochs)
    task = brightness(64)
    plain, mixed = (
        train(build, task, replace(recipe, precision=name), seed=0)
        for name in ("float32", precision)
    )
    assert mixed.status == "finished"
    assert mixed.curve != plain.curve
    assert mixed.metrics.loss < 0.5  # chance is 0.69
    assert next(mixed.model.parameters()).dtype == torch.float32


def test_a_loss_that_is_not_finite_is_diverged(brightness, small, recipe):
    recipe = replace(recipe, optimizer="sgd", lr=1000.0, schedule="step")
    recipe = replace(recipe, warmup_epochs=0, epochs=40)
    outcome = train(small("separate_downsampling"), brightness(), recipe, seed=0)
    assert outcome.status == "diverged"
    assert outcome.metrics is None
    assert outcome.diverged["update"] > 1
    assert outcome.diverged["last_finite_loss"] > 0

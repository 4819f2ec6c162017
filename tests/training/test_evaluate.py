"""The evaluation: which images are correct, in order, on one device or on several."""

import socket
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import distributed, multiprocessing, nn

from roadmap.training.engine import train
from roadmap.training.evaluate import evaluate


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 3))


def batches(images, rank=0, world=1):
    """Return a rank's share of batches of four, as ``Source.eval_batches`` does."""
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randn(images, 3, 2, 2, generator=generator)
    labels = torch.randint(3, (images,), generator=generator)
    whole = list(zip(pixels.split(4), labels.split(4), strict=True))
    return whole[rank::world]


def evaluate_as_one_of_several(rank, world, port, images, folder):
    address = f"tcp://127.0.0.1:{port}"
    distributed.init_process_group(
        "gloo", init_method=address, rank=rank, world_size=world
    )
    metrics, correct = evaluate(model(), batches(images, rank, world))
    np.savez(folder / f"{rank}.npz", correct=correct, metrics=metrics)
    distributed.destroy_process_group()


def test_images_are_in_the_order_of_the_split():
    metrics, correct = evaluate(model(), batches(14))
    for at, (image, label) in enumerate(zip(*whole_of(14), strict=True)):
        assert correct[at] == (model()(image[None]).argmax() == label)
    assert metrics.top1 == 100 * correct.sum() / 14
    assert 0 < correct.sum() < 14


def whole_of(images):
    return (torch.cat(parts) for parts in zip(*batches(images), strict=True))


@pytest.mark.parametrize("images", [3, 18])  # one rank has none, or one batch less
def test_several_ranks_find_the_same_in_the_same_order(images, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = (2, port, images, tmp_path)
    multiprocessing.spawn(evaluate_as_one_of_several, arguments, nprocs=2)
    metrics, correct = evaluate(model(), batches(images))
    for rank in range(2):
        found = np.load(tmp_path / f"{rank}.npz")
        np.testing.assert_array_equal(found["correct"], correct)
        assert tuple(found["metrics"]) == pytest.approx(tuple(metrics))


@pytest.mark.parametrize("ema", [None, 0.9])
def test_a_run_keeps_the_images_behind_its_accuracy(ema, brightness, small, recipe):
    source = brightness()
    recipe = replace(recipe, ema=ema)
    outcome = train(small("separate_downsampling"), source, recipe, seed=0)
    metrics, correct = evaluate(outcome.model, source.eval_batches())
    np.testing.assert_array_equal(outcome.correct, correct)
    assert outcome.metrics == metrics
    assert outcome.metrics.top1 == 100 * outcome.correct.sum() / 128


def test_a_run_that_is_not_finished_keeps_none(brightness, small, recipe):
    done = []
    outcome = train(
        small(),
        brightness(),
        recipe,
        0,
        on_update=lambda update, total, loss: done.append(update),
        should_stop=lambda: len(done) == 5,  # in the second epoch of four updates
    )
    assert outcome.status == "interrupted"
    assert outcome.correct is None

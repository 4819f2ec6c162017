from dataclasses import dataclass

import pytest
import torch

from roadmap.network.build import build
from roadmap.network.steps import load_design
from roadmap.training.recipe import Recipe


@dataclass
class Brightness:
    """Two classes that differ by their brightness; noise of each batch's own seed."""

    train_size: int = 128
    num_classes: int = 2

    def __post_init__(self):
        generator = torch.Generator().manual_seed(0)
        self.labels = torch.arange(self.train_size) % 2
        noise = torch.rand(self.train_size, 3, 32, 32, generator=generator)
        self.images = noise + self.labels.view(-1, 1, 1, 1) - 1

    def train_batches(self, batches, seeds):
        for chosen, seed in zip(batches, seeds, strict=True):
            generator = torch.Generator().manual_seed(seed)
            noise = torch.rand(len(chosen), 3, 32, 32, generator=generator)
            yield self.images[chosen] + 0.1 * noise, self.labels[chosen]

    def eval_batches(self, rank=0, world=1):
        yield self.images[rank::world], self.labels[rank::world]


@pytest.fixture(scope="session")
def brightness():
    return Brightness


@pytest.fixture(scope="session")
def small():
    """Return what builds a step's network at proxy size for two classes."""

    def make(step="kernel_7", **switches):
        design = load_design(step, **switches)
        return lambda: build(design, 2, 3, 32)

    return make


@pytest.fixture(scope="session")
def recipe():
    return Recipe(
        epochs=2,
        batch_size=32,
        optimizer="adamw",
        lr=3e-3,
        weight_decay=0.05,
        schedule="cosine",
        warmup_epochs=0.25,
    )

"""Time the steps of several models in turn, so that a busy machine slows all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from roadmap.network.named import Model, build_model

Mode = Literal["inference", "training"]
Step = Callable[[], None]
_SECONDS = 0.2  # of steps in one repeat, at least


@dataclass(frozen=True)
class Setup:
    """How models are measured."""

    device: str
    """``cpu`` or ``cuda``."""
    batch_size: int
    precision: str
    """``float32``, ``tf32``, or a type that autocast computes in."""
    channels_last: bool
    compile: bool
    """Whether by torch.compile."""
    warmup: int
    """Steps of each model before it is timed."""
    repeats: int


@dataclass(frozen=True)
class Timing:
    """What was measured of one model in one mode."""

    model: Model
    mode: Mode
    batch_size: int
    seconds: tuple[float, ...]
    """Of one step, for each repeat. Repeats of the same number, of models that were
    measured together, follow one another."""
    peak_memory: int | None
    """Bytes of weights, gradients, AdamW's state and activations on a GPU, the most at
    a time; None on a CPU, where torch does not count them."""


def measure(models: Sequence[Model], mode: Mode, setup: Setup) -> list[Timing]:
    """Return the timings of all models, measured together.

    Each repeat times every model for 0.2 s or one step, in turn, every second repeat
    from the last to the first.

    Raises:
        ValueError: one line, for a model that cannot be built, or a batch that does not
            fit the GPU's memory.

    """
    with _float32_by(setup.precision):
        ready = [_prepare(model, mode, setup) for model in models]
        seconds: list[list[float]] = [[] for _ in models]
        for repeat in range(setup.repeats):
            for at in list(range(len(models)))[:: -1 if repeat % 2 else 1]:
                step, count, _ = ready[at]
                seconds[at].append(_time(step, count))
    return [
        Timing(model, mode, setup.batch_size, tuple(own), memory)
        for model, own, (_, _, memory) in zip(models, seconds, ready, strict=True)
    ]


def _prepare(model: Model, mode: Mode, setup: Setup) -> tuple[Step, int, int | None]:
    """Return a warm step, how many make a repeat, and the memory that it takes."""
    on_gpu = setup.device == "cuda"
    others = torch.cuda.memory_allocated() if on_gpu else 0
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    try:
        step = make_step(model, mode, setup)
        for _ in range(setup.warmup):
            step()
        count = ceil(_SECONDS / _time(step, 1))
    except torch.OutOfMemoryError as error:
        line = f"{model.label} ({mode}) does not fit the GPU's memory"
        raise ValueError(f"batch_size={setup.batch_size}: {line}") from error
    memory = torch.cuda.max_memory_allocated() - others if on_gpu else None
    return step, count, memory


def _time(step: Step, count: int) -> float:
    """Return the seconds of one of ``count`` steps."""
    begin = _clock()
    for _ in range(count):
        step()
    return (_clock() - begin) / count


def _clock() -> float:
    """Return the time when a GPU has done all that it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return perf_counter()


def make_step(model: Model, mode: Mode, setup: Setup) -> Step:
    """Return a function that takes one batch of noise through a new network.

    ``inference`` is a forward pass; ``training`` is a forward and a backward pass with
    cross-entropy, and a step of AdamW. float16 is without loss scaling.
    """
    device = torch.device(setup.device)
    layout = torch.channels_last if setup.channels_last else torch.contiguous_format
    network = build_model(model).to(device, memory_format=layout)  # type: ignore
    network.train(mode == "training")
    size = setup.batch_size, 3, model.image_size, model.image_size
    images = torch.randn(size, device=device).to(memory_format=layout)
    forward = _compiled(network) if setup.compile else network
    cast = setup.precision not in ("float32", "tf32")
    dtype = getattr(torch, setup.precision) if cast else None

    def infer() -> None:
        with torch.inference_mode(), torch.autocast(device.type, dtype, cast):
            forward(images)

    if mode == "inference":
        return infer
    labels = torch.zeros(setup.batch_size, dtype=torch.long, device=device)
    optimizer = torch.optim.AdamW(network.parameters())

    def train() -> None:
        with torch.autocast(device.type, dtype, cast):
            loss = cross_entropy(forward(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return train


def _compiled(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return the network compiled; of one class there may be many, unlike usually."""
    import torch._dynamo

    torch._dynamo.config.cache_size_limit = 256  # beyond it, it would not compile
    return torch.compile(network, dynamic=False)


@contextmanager
def _float32_by(precision: str) -> Iterator[None]:
    """Let a GPU round float32 products to TF32 or not, by cuDNN's fastest way."""
    product, cudnn = torch.get_float32_matmul_precision(), torch.backends.cudnn
    tf32 = precision == "tf32"
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    with cudnn.flags(benchmark=True, allow_tf32=tf32):
        yield
    torch.set_float32_matmul_precision(product)

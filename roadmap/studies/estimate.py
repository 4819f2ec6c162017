"""How long an epoch of a large run takes on this machine, counted and not tried.

One small update is timed, and its speed in multiply-adds is taken for the whole epoch.
Nothing is read, so this works where the images are absent, too.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from roadmap.base.machine import resolve_device
from roadmap.data.settings import FOLDERS
from roadmap.network.design import design_from
from roadmap.runs.place import Place
from roadmap.runs.run import Run
from roadmap.studies.plan import Planned

MOST_WORK = 20.0
"""Multiply-adds / 1e9 of an update that a CPU takes about a second for."""
PASSES = 3
"""Forward passes that a forward and backward pass together cost."""
IMAGES = 2
IMAGENET = {"train_size": 1_281_167, "test_size": 50_000}
"""Images of ImageNet-1K, assumed where the data do not say how many there are."""

Speeds = dict[bool, float]
"""Multiply-adds a second, / 1e9, by whether the convolutions are depthwise."""


def is_needed(one: Planned, place: Place) -> bool:
    """Return whether a probe of the run has no images, or would take long on a CPU."""
    if one.run.data["name"] in FOLDERS and place.setup.data_root is None:
        return True
    try:
        on_cpu = resolve_device(place.setup.device) == "cpu"
    except ValueError:  # a GPU, and the sweep is started from where there is none
        return False
    images = place.setup.device_batch or one.run.recipe["batch_size"]
    return on_cpu and PASSES * one.gflops * images > MOST_WORK


def estimate(one: Planned, place: Place, speeds: Speeds) -> float | None:
    """Return the seconds of an epoch with its evaluation.

    ``speeds`` keeps what was measured, for the other steps. None where the device is
    not on this machine, or where the number of images is not known.
    """
    images = _images(one.run.data)
    try:
        device = resolve_device(place.setup.device)
    except ValueError:
        return None
    if images is None:
        return None
    kind = bool(one.run.network.get("depthwise", True))
    if kind not in speeds:
        speeds[kind] = _speed(one.run, device, place.setup.threads)
    train, test = images
    return one.gflops * (PASSES * train + test) / speeds[kind]


def _images(data: dict[str, Any]) -> tuple[int, int] | None:
    """Return how many images a run trains and is evaluated on, if that is known."""
    known = IMAGENET if data["num_classes"] == 1000 else {}
    sizes = [data.get(name) or known.get(name) for name in ("train_size", "test_size")]
    return (sizes[0], sizes[1]) if sizes[0] and sizes[1] else None


def _speed(run: Run, device: str, threads: int) -> float:
    """Return multiply-adds a second, / 1e9, of an update with few and small images.

    It is of one block a stage: a whole network takes seconds to be built.
    """
    import torch  # not at the top: a plan whose prices are known does without

    from roadmap.network.build import build
    from roadmap.network.costs import cost_of

    design = replace(design_from(run.network), depths=(1, 1, 1, 1))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    side = run.data["image_size"]
    side = side if run.network["family"] == "swin" else max(side // 2, 32)
    sizes = run.data["num_classes"], run.data["in_chans"], side
    try:
        model = build(design, *sizes).to(device)
        images = torch.randn(IMAGES, sizes[1], side, side, device=device)
        began = time.perf_counter()
        model(images).sum().backward()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - began
    finally:
        torch.set_num_threads(before)
    return PASSES * IMAGES * cost_of(design, *sizes).gflops / seconds

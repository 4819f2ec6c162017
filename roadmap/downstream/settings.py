"""The settings of both tasks, checked: what ``task.*`` may be on a command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Lt

from roadmap.base.settings import (
    AtLeast1,
    Count,
    NotNegative,
    Positive,
    Share,
    checked_by,
    one_of,
    settings,
)

Side = Annotated[int, Ge(32)]
File = Annotated[Path, "a path"]


@settings("task")
class Task:
    """What both tasks have. Each field is a key of ``conf/task/*.yaml``.

    Raises:
        ValueError: one line that names the setting and what is valid.
    """

    name: str
    train: str
    val: str
    dim: Annotated[int, Ge(2)]
    """Channels of the feature pyramid."""
    steps: AtLeast1
    """Updates of the weights."""
    batch_size: AtLeast1
    lr: Positive
    weight_decay: NotNegative
    layer_decay: Share
    """Factor of the learning rate from a layer of the backbone to the one before."""
    drop_path_rate: Annotated[float, Ge(0), Lt(1)]
    warmup_steps: Count


@settings("task")
class Detection(Task):
    """Mask R-CNN on data in COCO's layout."""

    name: Literal["detection"]
    sizes: Annotated[tuple[Side, ...], checked_by(bool)]
    """Of the shorter side, in pixels."""
    max_size: Side
    sampled_boxes: Annotated[int, Ge(4)]
    """Of an image, that train the heads; at most a quarter of them hold an object."""


@settings("task")
class Segmentation(Task):
    """UPerNet on data in ADE20K's layout."""

    name: Literal["segmentation"]
    crop: Side
    num_classes: Annotated[int, Ge(2)]


@settings("")
class Downstream:
    """One training of a task on a backbone. Each field is a key of the command."""

    task: Detection | Segmentation
    backbone: str
    switches: dict[str, Any] | None
    weights: File | None
    folder: File
    out: File
    seed: Count
    device: Literal["auto", "cpu", "cuda"]
    num_workers: Count


def read_task(task: Mapping[str, Any]) -> Detection | Segmentation:
    """Return the checked settings of a task config, such as ``cfg.task`` as a dict.

    Raises:
        ValueError: one line that names the wrong setting and what is valid.
    """
    kinds = {"detection": Detection, "segmentation": Segmentation}
    one_of("task.name", task.get("name"), tuple(kinds))
    return kinds[task["name"]](**task)

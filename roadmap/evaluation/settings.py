"""What ``python -m roadmap.evaluate`` is asked for, checked before torch is loaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Gt, Le, MinLen
from omegaconf import DictConfig, OmegaConf

from roadmap.base import machine
from roadmap.base.settings import AtLeast1, Count, settings
from roadmap.evaluation.sets import SETS, Part, parts_of
from roadmap.training.recipe import Precision

Word = Annotated[str, MinLen(1), "a word"]
Kept = Annotated[float, Gt(0), Le(1)]
MOST_WORKERS = 16


@settings("")
class Evaluation:
    """The words of the command; see ``conf/evaluate.yaml``.

    Raises:
        ValueError: one line that names the setting and what is valid.
    """

    model: Annotated[
        str, MinLen(1), "a run's id or folder, or a network's name in timm"
    ]
    weights: Word | None = None
    pretrained: bool = True
    switches: dict[str, Any] | None = None
    image_size: AtLeast1 | None = None
    crop_pct: Kept | None = None
    imagenet: Word | None = None
    imagenet_a: Word | None = None
    imagenet_r: Word | None = None
    sketch: Word | None = None
    imagenet_c: Word | None = None
    imagenet_c_bar: Word | None = None
    batch_size: AtLeast1 = 64
    precision: Precision = "float32"
    device: str = "auto"
    num_workers: Count | None = None
    root: Word = "outputs"

    @property
    def parts(self) -> list[Part]:
        """Return all folders that are to be evaluated, those that are missing too.

        Raises:
            ValueError: one line, for no set at all, or one that is not there.
        """
        roots = {key: getattr(self, key) for key in SETS}
        if not any(roots.values()):
            raise ValueError(
                f"no set to evaluate on; valid: {'=PATH, '.join(SETS)}=PATH"
            )
        return [
            part for key in SETS if roots[key] for part in parts_of(key, roots[key])
        ]

    def folder(self, size: int) -> Path:
        """Return where the results go, for images of ``size`` pixels."""
        words = [Path(self.model).name, str(size)]
        if self.weights:
            words.insert(1, Path(self.weights).stem)
        name = re.sub(r"[^\w.-]+", "_", "-".join(words))
        return Path(self.root, "evaluate", name)


def read_words(cfg: DictConfig, words: Sequence[str]) -> Evaluation:
    """Return the checked words of the command, with the device and workers resolved.

    Raises:
        ValueError: one line that names the wrong word and what is valid.
    """
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    said = dict(word.split("=", 1) for word in words if "=" in word)
    if isinstance(plain["model"], int | float):  # an id of digits alone is no number
        plain["model"] = said["model"]
    asked = Evaluation(**plain)
    device = machine.resolve_device(asked.device)
    workers = min(MOST_WORKERS, machine.cores()) if device == "cuda" else 0
    if asked.num_workers is not None:
        workers = asked.num_workers
    return replace(asked, device=device, num_workers=workers)

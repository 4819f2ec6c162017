"""Networks by name: a step, a variant, a Swin, or a model of timm or torchvision.

Importing this imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roadmap.base.settings import refuse
from roadmap.network.costs import Cost, cost, cost_of
from roadmap.network.design import AnyDesign, SwinDesign, check_image_size
from roadmap.network.path import step_names
from roadmap.network.steps import load_design
from roadmap.network.variants import VARIANTS

if TYPE_CHECKING:
    from torch import nn

SWINS: dict[str, SwinDesign] = {
    "swin_tiny": SwinDesign(),
    "swin_small": SwinDesign(depths=(2, 2, 18, 2)),
    "swin_base": SwinDesign(depths=(2, 2, 18, 2), width=128, heads=(4, 8, 16, 32)),
    "swin_large": SwinDesign(depths=(2, 2, 18, 2), width=192, heads=(6, 12, 24, 48)),
}
"""The Swin Transformers of Tables 1 and 12, with the window of 224 pixels."""
_WINDOWS = {384: 12}  # Swin's own choice for these images; 7 for all others
_VALID = (
    "a step (gelu), a variant (convnext_tiny, convnext_iso_small), a Swin (swin_tiny), "
    "timm/NAME or torchvision/NAME, each with @PIXELS where its images have another "
    "size"
)


@dataclass(frozen=True)
class Model:
    """A network with a name, for images of one size."""

    name: str
    """As the user wrote it, without the size."""
    image_size: int
    """Pixels a side."""
    design: AnyDesign | None
    """None for a model of timm or torchvision."""

    @property
    def label(self) -> str:
        """The name with the size of the images: ``convnext_base@384``."""
        return f"{self.name}@{self.image_size}"


def find_models(
    words: Iterable[str], regime: str = "resnet50", image_size: int = 224
) -> list[Model]:
    """Return the models that the words name, in their order.

    Args:
        words: names, each alone or with the size of its images: ``convnext_base@384``.
        regime: of the steps.
        image_size: of the models whose word says none.

    Raises:
        ValueError: one line, for a name that is none, a size that is none, or images
            that the strides of a design leave nothing of. Whether timm or torchvision
            has a model is known when it is built.

    """
    return [_find(str(word), regime, image_size) for word in words]


def _find(word: str, regime: str, image_size: int) -> Model:
    name, at, size = word.partition("@")
    if at and not re.fullmatch(r"[1-9]\d*", size):
        raise refuse("models", word, f"{name}@PIXELS, as {name}@384")
    pixels = int(size) if at else image_size
    design: AnyDesign | None = None
    if name in SWINS:
        design = SwinDesign(**{**vars(SWINS[name]), "window_size": _window(pixels)})
    elif name in VARIANTS:
        design = VARIANTS[name]
    elif name in step_names():
        design = load_design(name, regime)
    elif not re.fullmatch(r"(timm|torchvision)/.+", name):
        raise refuse("models", word, _VALID, [*step_names(), *VARIANTS, *SWINS])
    if design is not None:
        check_image_size(design, pixels)
    return Model(name, pixels, design)


def _window(image_size: int) -> int:
    return _WINDOWS.get(image_size, 7)


def build_model(model: Model, num_classes: int = 1000, in_chans: int = 3) -> nn.Module:
    """Return a new network of the model, with random weights.

    Raises:
        ValueError: one line, for a model that timm or torchvision does not have, or
            cannot build for these images.

    """
    from roadmap.network.build import build  # imports torch

    if model.design is not None:
        return build(model.design, num_classes, in_chans, model.image_size)
    library, _, name = model.name.partition("/")
    try:
        if library == "timm":
            return _of_timm(name, num_classes, in_chans, model.image_size)
        from torchvision.models import get_model

        if in_chans != 3:
            raise ValueError("torchvision's models take images of 3 channels")
        return get_model(name, weights=None, num_classes=num_classes)
    except (RuntimeError, ValueError, TypeError) as error:
        line = " ".join(str(error).split())[:200]
        raise ValueError(f"models={model.name}: {library} says: {line}") from error


def _of_timm(name: str, num_classes: int, in_chans: int, image_size: int) -> nn.Module:
    import timm

    sizes: Any = {"num_classes": num_classes, "in_chans": in_chans}
    known = timm.get_pretrained_cfg(name)
    if known and known.fixed_input_size and image_size != known.input_size[-1]:
        sizes["img_size"] = image_size
    return timm.create_model(name, **sizes)


def cost_of_model(model: Model, num_classes: int = 1000, in_chans: int = 3) -> Cost:
    """Return what a model costs for one image; a design is counted only once.

    Raises:
        ValueError: as ``build_model`` does.

    """
    if model.design is not None:
        return cost_of(model.design, num_classes, in_chans, model.image_size)

    def build() -> nn.Module:
        return build_model(model, num_classes, in_chans)

    return cost(build, model.image_size, in_chans)

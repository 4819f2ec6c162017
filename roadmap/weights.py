"""python -m roadmap.weights in=FILE out=FILE step=resnet: weights under other names.

From Python: ``from roadmap.weights import convert``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import MinLen
from omegaconf import DictConfig, OmegaConf

from roadmap.base import cli
from roadmap.base.settings import one_of, read, refuse, settings
from roadmap.network.design import AnyDesign, design_from
from roadmap.network.variants import VARIANTS

if TYPE_CHECKING:
    from roadmap.network.convert import convert

__all__ = ["convert"]

File = Annotated[str, MinLen(1), "a file"]


def __getattr__(name: str) -> Any:
    """Load ``convert`` when it is taken: it imports torch, and --help does not."""
    if name != "convert":
        raise AttributeError(f"module 'roadmap.weights' has no attribute {name!r}")
    from roadmap.network.convert import convert

    return convert


@settings("")
class WeightsSettings:
    """The settings of ``python -m roadmap.weights`` beside ``in`` and the step."""

    out: File
    to: Literal["roadmap", "torchvision", "timm", "fair"]
    variant: str | None
    force: bool


def weights(cfg: DictConfig, overrides: list[str]) -> int:
    """Convert the file and say so; return the exit status."""
    words = read(WeightsSettings, cfg)
    if not isinstance(cfg["in"], str):  # no name for a field
        raise refuse("in", cfg["in"], "a file")
    design = _design(cfg, words.variant)
    from roadmap.network.weights import convert_file  # not at the top: it imports torch

    found = convert_file(
        Path(cfg["in"]), Path(words.out), design, words.to, words.force
    )
    print(f"{words.out}: {found} tensors with the names of {words.to}")
    return 0


def _design(cfg: DictConfig, variant: str | None) -> AnyDesign:
    """Return the design that the step or the variant names."""
    step = cfg.get("step")
    if (step is None) == (variant is None):
        raise ValueError(
            "step= and variant=: valid: one of them, as step=resnet or "
            "variant=convnext_tiny"
        )
    if variant is not None:
        one_of("variant", variant, tuple(VARIANTS))
        return VARIANTS[variant]
    if step.name == "all":
        raise refuse("step", "all", "one step")
    switches: Any = OmegaConf.to_container(cfg.network, resolve=True)
    return design_from(switches)


def main() -> None:
    """Run ``python -m roadmap.weights``."""
    cli.run("weights", weights)


if __name__ == "__main__":
    main()

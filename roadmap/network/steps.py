"""The steps of the roadmap, from conf/step: their order, parents and designs."""

from functools import cache
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.base import config
from roadmap.base.settings import one_of
from roadmap.network.design import AnyDesign, design_from


@cache
def step_names() -> tuple[str, ...]:
    """Return all steps: the roadmap's in order, then the others, the user's own too."""
    known = tuple(OmegaConf.load(config.path("step", "all")).step.steps)
    others = [n for n in config.options("step") if n not in known and n != "all"]
    return known + tuple(others)


@cache
def parent(step: str) -> str | None:
    """Return the step that ``step`` changes, or None for a start."""
    written: Any = OmegaConf.load(config.path("step", step))
    return next((n for n in written.get("defaults", []) if n in step_names()), None)


def load_step(step: str, regime: str = "proxy") -> DictConfig:
    """Return a step's composed config: ``step`` (title, section, ...) and ``network``.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    one_of("step", step, step_names())
    one_of("regime", regime, config.options("regime"))
    return config.compose("complexity", [f"regime={regime}", f"+step={step}"])


def load_design(step: str, regime: str = "proxy", **switches: Any) -> AnyDesign:
    """Return the design of a step; ``switches`` replace its values.

    Layer scale and drop path are off, as they belong to the recipe.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    cfg = load_step(step, regime)
    network: Any = OmegaConf.to_container(cfg.network, resolve=True)
    return design_from({**network, **switches})

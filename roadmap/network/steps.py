"""The steps of the roadmap and combinations of their changes, as designs."""

from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from roadmap.base import config
from roadmap.base.settings import one_of
from roadmap.network.changes import (
    START,
    canonical,
    edits,
    is_combination,
    read_combination,
)
from roadmap.network.design import AnyDesign, design_from


def load_step(step: str, regime: str = "proxy") -> DictConfig:
    """Return a step's composed config: ``step`` (title, section, ...) and ``network``.

    Of a combination, ``resnet+gelu``, ``step`` is the start's.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    step = canonical(step)
    one_of("regime", regime, config.options("regime"))
    changes = read_combination(step) if is_combination(step) else ()
    file = START if changes else step
    cfg = config.compose("complexity", [f"regime={regime}", f"+step={file}"])
    with open_dict(cfg):
        for change in changes:
            cfg.network.update(edits(change))
    return cfg


def load_design(step: str, regime: str = "proxy", **switches: Any) -> AnyDesign:
    """Return the design of a step or a combination; ``switches`` replace its values.

    Layer scale and drop path are off, as they belong to the recipe.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    cfg = load_step(step, regime)
    network: Any = OmegaConf.to_container(cfg.network, resolve=True)
    return design_from({**network, **switches})

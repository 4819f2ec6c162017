"""Where conf/ lies, and Hydra's compose for it, inside and outside of an app."""

from pathlib import Path

import hydra
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

PACKAGE = Path(__file__).parents[1]
CONF = next(p for p in (PACKAGE / "conf", PACKAGE.parent / "conf") if p.is_dir())
"""The configuration: inside the package in a wheel, beside it in a checkout."""


def compose(name: str, overrides: list[str]) -> DictConfig:
    """Return the config that ``python -m roadmap.<name> <overrides>`` would see."""
    if GlobalHydra.instance().is_initialized():
        return hydra.compose(name, overrides)
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return hydra.compose(name, overrides)


def options(group: str) -> list[str]:
    """Return the names in a config group, alphabetically."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))

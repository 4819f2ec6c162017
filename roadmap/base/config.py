"""Where the configuration lies, and Hydra's compose for it.

It is the folder ``conf`` of the project, and one of the user's own that adds to it,
with the same groups (``step/``, ``data/`` ...): ``--config-dir``, or ``conf`` in the
working folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

PACKAGE = Path(__file__).parents[1]
CONF = next(p for p in (PACKAGE / "conf", PACKAGE.parent / "conf") if p.is_dir())
"""The configuration: inside the package in a wheel, beside it in a checkout."""
GROUPS = ("step", "regime", "recipe", "data", "launcher", "tracker")
_OWN: list[Path] = []


def use(folder: Path) -> None:
    """Take ``folder`` as the user's own configuration in this process.

    Raises:
        ValueError: one line, unless it is a folder.
    """
    if not folder.is_dir():
        raise ValueError(f"--config-dir={folder}: valid: a folder, as conf/ is one")
    _OWN[:] = [folder.absolute()]


def own() -> Path | None:
    """Return the user's own folder, or None where there is none.

    Raises:
        ValueError: one line, where a file in it has the name of one of ours.
    """
    folder = _OWN[0] if _OWN else Path.cwd() / "conf"
    if not any((folder / group).is_dir() for group in GROUPS) or _is_ours(folder):
        return None
    for group in GROUPS:
        for path in sorted((folder / group).glob("*.yaml")):
            ours = CONF / group / path.name
            if ours.exists() and ours.read_bytes() != path.read_bytes():
                line = f"a {group} of this name comes with roadmap; valid: another name"
                raise ValueError(f"{path}: {line}")
    return folder


def _is_ours(folder: Path) -> bool:
    return folder.resolve() == CONF.resolve()


def path(group: str, name: str) -> Path:
    """Return the file of an option: ``conf/step/gelu.yaml``, or the user's own."""
    return next((p for p in _files(group) if p.stem == name), CONF / group / name)


def options(group: str) -> list[str]:
    """Return the names in a config group, alphabetically."""
    return sorted({path.stem for path in _files(group)})


def _files(group: str) -> list[Path]:
    places = (CONF, own())
    return [p for place in places if place for p in (place / group).glob("*.yaml")]


def compose(name: str, overrides: list[str]) -> DictConfig:
    """Return the config that ``python -m roadmap.<name> <overrides>`` would see."""
    import hydra  # not at the top: the list of commands and --help do without
    from hydra.core.global_hydra import GlobalHydra

    if GlobalHydra.instance().is_initialized():
        return hydra.compose(name, overrides)
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        added = [f"hydra.searchpath=['file://{folder}']"] if (folder := own()) else []
        return hydra.compose(name, [*overrides, *added])

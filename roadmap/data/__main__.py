"""python -m roadmap.data data=folder data.root=...: what is there, can it be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from omegaconf import DictConfig, OmegaConf

from roadmap.base import cli
from roadmap.base.settings import Count, settings
from roadmap.data.resolve import resolve
from roadmap.data.settings import read_settings


@settings("")
class Preflight:
    """What the command says of itself."""

    decode: Literal["sample", "all", "none"]
    num_workers: Count


def preflight(cfg: DictConfig, overrides: list[str]) -> int:
    """Print what the data set holds; return 1 if an image cannot be read, else 0."""
    asked = Preflight(decode=cfg.decode, num_workers=cfg.num_workers)
    plain: Any = OmegaConf.to_container(cfg.data, resolve=True)
    known = resolve(read_settings(plain))
    # After the checks, for it imports torch: a wrong word is refused at once.
    from roadmap.data.preflight import examine

    root = {"root": plain["root"]} if plain.get("root") else {}
    found = read_settings({**known, **root})
    return examine(found, Path(cfg.root, "data"), asked.decode, asked.num_workers)


def main() -> None:
    """Run ``python -m roadmap.data``."""
    cli.run("preflight", preflight)


if __name__ == "__main__":
    main()

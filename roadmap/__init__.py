"""The ConvNeXt roadmap as an experiment: one network, every step a switch.

Importing it is light: its names are loaded when they are taken. Taking ``Network`` or
``load_design``, like importing ``roadmap.models``, registers the networks with timm.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roadmap.network.design import Design
    from roadmap.network.network import Network
    from roadmap.network.steps import load_design

__all__ = ["Design", "Network", "load_design"]

_HOMES = {
    "Design": "roadmap.network.design",
    "Network": "roadmap.network.network",
    "load_design": "roadmap.network.steps",
}


def __getattr__(name: str) -> Any:
    """Load one of the package's names (SPEC 1, lazy loading)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'roadmap' has no attribute {name!r}")
    if name != "Design":
        import_module("roadmap.models")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

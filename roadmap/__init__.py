"""The ConvNeXt roadmap as an experiment: one network, every step a switch.

Importing it registers the roadmap's networks with timm.
"""

from roadmap.network import weights
from roadmap.network.design import Design
from roadmap.network.network import Network
from roadmap.network.registry import register
from roadmap.network.steps import load_design

register()

__all__ = ["Design", "Network", "load_design", "weights"]

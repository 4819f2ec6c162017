"""Importing this registers the roadmap's networks with timm.

``import roadmap.models`` and then ``timm.create_model("roadmap_resnet50_gelu")``.
"""

from roadmap.network.registry import register

register()

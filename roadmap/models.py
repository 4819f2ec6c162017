"""Register the roadmap's networks with timm, by being imported.

After ``import roadmap.models``, ``timm.create_model("roadmap_resnet50_gelu")`` works.
"""

from roadmap.network.registry import register

register()

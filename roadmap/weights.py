"""Convert torchvision's and timm's weights to the names of our networks."""

from roadmap.network.weights import convert

__all__ = ["convert"]

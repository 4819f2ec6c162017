"""Weights trained elsewhere: ``convert`` gives torchvision's and timm's our names."""

from roadmap.network.weights import convert

__all__ = ["convert"]

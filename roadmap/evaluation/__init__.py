"""Accuracy of trained networks on ImageNet and its harder sets."""

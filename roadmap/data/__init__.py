"""Images and labels as whole tensors, and what is done to a batch of them."""

from roadmap.data.datasets import DataError, Split, fingerprint, load, validate

__all__ = ["DataError", "Split", "fingerprint", "load", "validate"]

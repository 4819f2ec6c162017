"""Data sets by name, and their batches: whole in memory or streamed from files."""

from roadmap.data.augment import Augmentation
from roadmap.data.datasets import DataError, Split, fingerprint, load, validate
from roadmap.data.open import open_source, resolve
from roadmap.data.source import Source

__all__ = [
    "Augmentation",
    "DataError",
    "Source",
    "Split",
    "fingerprint",
    "load",
    "open_source",
    "resolve",
    "validate",
]

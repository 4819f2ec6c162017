"""Data sets by name, and their batches: whole in memory or streamed from files."""

from roadmap.data.augment import Augmentation
from roadmap.data.datasets import Split, fingerprint, load
from roadmap.data.open import open_source, resolve
from roadmap.data.rules import DataError
from roadmap.data.source import Source
from roadmap.data.valid import validate

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

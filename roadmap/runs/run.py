"""A Run: one (network, recipe, data, seed), as plain data, and its identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Run:
    """What is trained once. Plain data, so that any launcher can send it anywhere.

    The three dicts hold exactly what changes the result: no path, no worker count, no
    place where it runs.
    """

    network: dict[str, Any]
    recipe: dict[str, Any]
    data: dict[str, Any]
    seed: int

    @cached_property
    def id(self) -> str:
        """The run's identity: 12 hexadecimal digits of a hash of its contents."""
        contents = {field.name: getattr(self, field.name) for field in fields(self)}
        text = json.dumps(contents, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as JSON has them: lists in place of tuples."""
    return json.loads(json.dumps(settings))

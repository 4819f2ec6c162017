"""What takes long to count and follows from the code alone: kept between commands.

The files lie in the user's cache folder (``ROADMAP_CACHE``, else
``$XDG_CACHE_HOME/roadmap``, else ``~/.cache/roadmap``), in a folder for each version of
the code. All of them may be removed at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from roadmap.base.code import code
from roadmap.base.files import write_atomic


def kept(module: str, key: Any, make: Callable[[], Any]) -> Any:
    """Return what ``make`` returns, from the cache where it was made before.

    ``module`` is the one that makes it, ``roadmap.lessons.view``: a change in it, or in
    what it imports, makes it anew. ``key`` and the value are plain data (JSON); tuples
    come back as lists. ``make`` may import what takes long: it is called only where
    nothing is kept.
    """
    text = json.dumps(key, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = _folder() / code(module) / f"{module}-{digest}.json"
    with suppress(OSError, ValueError):
        return json.loads(path.read_bytes())
    value = json.dumps(make())
    with suppress(OSError):  # a cache that cannot be written is no fault
        write_atomic(path, value.encode())
    return json.loads(value)


def _folder() -> Path:
    if own := os.environ.get("ROADMAP_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "roadmap")

"""python -m roadmap.timm SCRIPT [words]: a script of timm's that knows our networks.

SCRIPT is a file, as the train.py, validate.py or benchmark.py of a checkout of timm.
It gets the words that follow, and timm knows our networks' names in it:

    python -m roadmap.timm train.py --data-dir images --model roadmap_resnet50_gelu
    python -m roadmap.timm validate.py --model local-dir:folder --data-dir images
    python -m roadmap.timm benchmark.py --model roadmap_convnext_tiny
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from roadmap.base.cli import refuse


def main() -> None:
    """Run ``python -m roadmap.timm``."""
    words = sys.argv[1:]
    if not words or words[0] in ("--help", "-h"):
        print(__doc__)
        return
    script = Path(words[0])
    if not script.is_file():
        refuse(f"{script}: valid: a file, as timm's train.py")
    import roadmap.models  # noqa: F401 (registers; not at the top: --help is quick)

    sys.argv = words
    sys.path[0] = str(script.parent)  # as Python does for a script
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()

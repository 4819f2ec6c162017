"""One of several processes that train one run; torchrun starts it for a launcher."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from roadmap.launchers.job import end_with
from roadmap.runs.assemble import Place
from roadmap.runs.execute import execute, joined
from roadmap.runs.run import Run


def main() -> None:
    """Train the run that the command line holds, as long as its launcher lives."""
    run, place = json.loads(sys.argv[1])
    launcher = Path("/proc", sys.argv[2])
    if launcher.exists():  # no Linux, no watch
        end_with(launcher.exists)
    with joined(Place(**place)) as ours:
        execute(Run(**run), ours)


if __name__ == "__main__":
    main()

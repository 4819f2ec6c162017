"""One of several processes that train one run; torchrun starts it for a launcher."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from roadmap.launchers.job import end_with
from roadmap.runs import store
from roadmap.runs.execute import execute, joined
from roadmap.runs.place import place_from
from roadmap.runs.run import Run


def main() -> None:
    """Train the run of the command line, and end when its launcher does.

    Exits with 1 if the run has failed on this device: torchrun then ends the others.
    """
    run, place = json.loads(sys.argv[1])
    launcher = Path("/proc", sys.argv[2])
    if launcher.exists():  # only Linux has it; elsewhere the launcher is not watched
        end_with(launcher.exists)
    with joined(place_from(place)) as ours:
        record = execute(Run(**run), ours)
    sys.exit(int(record["status"] == store.FAILED))


if __name__ == "__main__":
    main()

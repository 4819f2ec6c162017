"""A Setup: the device, the processes and the files that a run is trained with."""

from __future__ import annotations

from pathlib import Path

from roadmap.base.settings import AtLeast1, Count, NotNegative, settings


@settings("")
class Setup:
    """Where and how a run is trained; nothing of it is part of the run's identity.

    Raises:
        ValueError: one line that names the setting and what is valid.
    """

    device: str = "cpu"
    rank: Count = 0
    """The number of this process among those that train the run together."""
    world: AtLeast1 = 1
    """How many processes train the run together, each with a device of its own."""
    device_batch: AtLeast1 | None = None
    """Images that a device takes at once; None: its whole share of the batch."""
    compile: bool = False
    threads: AtLeast1 = 1
    """CPU threads of this process."""
    num_workers: Count | None = 0
    """Processes that load data for this run; 0: the run's own process loads them.

    None stands for a number that depends on the machine, see ``runs.place.place_of``.
    """
    data_root: str | None = None
    """Where the user keeps the data, for data sets that have a ``root``."""
    weights: str | None = None
    """The file whose weights the network starts from; None for random weights."""
    checkpoints: Path | None = None
    """The folder for checkpoints; None for none."""
    checkpoint_seconds: NotNegative = 600.0
    code: str = ""
    """The hash of the code that trains; a checkpoint remembers who wrote it."""

"""No warnings of other libraries on the terminal: its reader cannot mend them."""

from __future__ import annotations

import logging
import os
import sys
import warnings


def silence() -> None:
    """Show no warnings of libraries, here or in workers, unless ``-W`` asks for them.

    Their errors, and what a program logs by handlers of its own, are still shown.
    """
    if sys.warnoptions and sys.warnoptions != ["ignore"]:
        return
    warnings.simplefilter("ignore")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    if logging.lastResort:  # what a logger without a handler prints by
        logging.lastResort.setLevel(logging.ERROR)

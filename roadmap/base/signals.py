"""Signals that ask a run to stop: it leaves a checkpoint first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ASKING = ("SIGTERM", "SIGUSR1", "SIGUSR2", "SIGINT")
"""By kill and schedulers; by Slurm, and submitit, before a time limit; by Ctrl-C."""
CTRL_C = "Ctrl-C"
"""What SIGINT is called where people read it."""
RECEIVED: list[str] = []
"""Those that this process has been sent while it was training, in their order."""


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], str]]:
    """Yield a function that names the signal that has asked to stop, or returns "".

    SIGINT is called Ctrl-C.

    A second Ctrl-C interrupts at once. A signal that was ignored before stays ignored,
    and outside the main thread, where Python takes no handlers, nothing is changed.
    """
    asked: list[str] = []
    before = {}

    def ask(number: int, frame: FrameType | None) -> None:
        RECEIVED.append(signal.Signals(number).name)
        asked.append(CTRL_C if number == signal.SIGINT else RECEIVED[-1])
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)

    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, n) for n in ASKING if hasattr(signal, n)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, ask)
    try:
        yield lambda: asked[0] if asked else ""
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

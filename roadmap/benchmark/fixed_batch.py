"""One batch trained again and again by any checkout of this project.

A script: ``python -P fixed_batch.py UPDATES WORD...`` prints images per second of CPU
time, with one thread. It imports the checkout that PYTHONPATH names. CPU time leaves
out what other processes take of a shared core.
"""

from __future__ import annotations

import sys
import time

import torch

from roadmap.base import machine
from roadmap.benchmark.ready import ready, train_one_batch


def main(updates: int, words: list[str]) -> None:
    """Print the rate of ``updates`` updates of the run that the words ask for."""
    torch.set_num_threads(1)
    machine.keep_memory()
    with ready(words) as training:
        train_one_batch(training, updates // 2)  # warm-up
        began = time.process_time()
        images = train_one_batch(training, updates)
        print(images / (time.process_time() - began))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

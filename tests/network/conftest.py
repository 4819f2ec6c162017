"""What the tests share, each made once a session: composing takes a tenth second."""

import os
import subprocess
import sys
from functools import cache

import pytest
import torch

from roadmap.network.build import build
from roadmap.network.steps import load_design


@pytest.fixture(scope="session")
def design_of():
    """Return ``load_design``, which composes each step and regime once."""
    return cache(load_design)


@pytest.fixture(scope="session")
def network_of(design_of):
    """Return what builds a step at proxy size from seed 0; tests must not change it."""

    @cache
    def network(step):
        torch.manual_seed(0)
        return build(design_of(step, "proxy"), 3, 1, 32)

    return network


@pytest.fixture(scope="session")
def python():
    """Return what runs a program in a process of its own and returns its last line."""

    def run(program, **environment):
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **environment},
        )
        return done.stdout.strip().split("\n")[-1]

    return run

"""Designs of steps, composed once a session: each takes Hydra a quarter second."""

from functools import cache

import pytest

from roadmap.network.steps import load_design


@pytest.fixture(scope="session")
def design_of():
    return cache(load_design)

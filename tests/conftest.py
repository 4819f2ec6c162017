import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Runs are single-threaded; so are the tests, two at a time."""
    torch.set_num_threads(1)

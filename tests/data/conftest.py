import pytest
from image_folders import fill, words_of

from roadmap.data.settings import read_settings

SMALL = {"image_size": 16, "digit_size": [8, 14], "clutter": 2}
SMALL |= {"train_size": 300, "test_size": 50}


@pytest.fixture
def digits():
    """Return the settings of a few small digits, with changes."""

    def settings(**changes):
        return read_settings(words_of("cluttered_digits") | SMALL | changes)

    return settings


@pytest.fixture
def root(tmp_path):
    """Return a folder with train (3 classes of 6 images) and val (3 of 3)."""
    fill(tmp_path / "train", 6)
    fill(tmp_path / "val", 3)
    return tmp_path

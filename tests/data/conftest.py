from pathlib import Path

import pytest
import yaml

CONF = Path(__file__).parents[2] / "conf" / "data"


@pytest.fixture(scope="session")
def config():
    def read(name, **changes):
        return yaml.safe_load((CONF / f"{name}.yaml").read_text()) | changes

    return read


@pytest.fixture
def digits(config):
    small = {"image_size": 16, "digit_size": [8, 14], "clutter": 2}
    return config("cluttered_digits", train_size=300, test_size=50, **small)


@pytest.fixture
def fashion(config):
    return config("fashion_mnist")

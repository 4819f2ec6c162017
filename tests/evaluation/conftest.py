"""A tiny network of ImageNet-1K's classes, and small sets in the published formats."""

from functools import cache

import pytest
import timm
import torch
from safetensors.torch import save_file
from tiny_images import SIZE, WNIDS, picture, pixels

from roadmap import evaluate as door
from roadmap.base import config
from roadmap.evaluation import sets
from roadmap.network.registry import register

SWITCHES = {"depths": [1, 1], "width": 8}


@pytest.fixture(scope="session")
def network():
    """A network whose answers differ from image to image."""
    register()
    torch.manual_seed(0)
    model = timm.create_model("roadmap_convnext_tiny", **SWITCHES).eval()
    torch.nn.init.normal_(model.head.weight)
    return model


@pytest.fixture(scope="session")
def weights(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="session")
def answers(network):
    """Return the classes of an image, the most likely first."""

    @torch.inference_mode()
    def answers(image, crop=True, among=range(1000)):
        among = list(among)
        logits = network(pixels(image, crop))[0, among]
        return [among[i] for i in logits.argsort(descending=True)]

    return answers


@pytest.fixture(scope="session")
def fill(answers):
    """Write an image for each rank, into the class that the network ranks so high."""

    @cache
    def ranked(number, size, crop):
        return answers(picture(number, size), crop)

    def fill(folder, ranks, first=0, size=(50, 40), suffix="png", crop=True):
        for number, rank in enumerate(ranks, first):
            image = picture(number, size)
            wnid = WNIDS[ranked(number, size, crop)[rank]]
            (folder / wnid).mkdir(parents=True, exist_ok=True)
            image.save(folder / wnid / f"{number}.{suffix}")
        return folder

    return fill


@pytest.fixture
def published(monkeypatch):
    """Say how many images and classes a set has when it is whole."""

    def say(key, folder):
        classes = [child for child in folder.iterdir() if child.is_dir()]
        images = sum(len([*child.iterdir()]) for child in classes)
        whole = sets.SETS[key]._replace(images=images, classes=len(classes))
        monkeypatch.setitem(sets.SETS, key, whole)

    return say


@pytest.fixture
def command(weights, tmp_path):
    """Run the command on the tiny network; return its exit status."""

    def command(*words, model="roadmap_convnext_tiny", **settings):
        own = {"weights": weights, "switches": "{depths: [1, 1], width: 8}"}
        own |= {"image_size": SIZE, "root": tmp_path / "root", "model": model}
        said = {**own, **settings}
        said = [f"{key}={value}" for key, value in said.items() if value is not None]
        said += words
        return door.evaluate(config.compose("evaluate", said), said)

    return command

"""The forms of a model, the paper's crops, and requests that are refused."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from PIL import Image
from tiny_images import picture

from roadmap.evaluation.measure import _transform
from roadmap.evaluation.models import Subject, open_subject
from roadmap.evaluation.sets import Part
from roadmap.evaluation.settings import Evaluation
from roadmap.runs import execute
from roadmap.runs.place import Place
from roadmap.studies.plan import plan_run
from roadmap.training.setup import Setup

RUN = ["step=resnet", "recipe.epochs=1", "recipe.batch_size=16", "data=folder"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on three classes that differ by their brightness, and where all lies."""
    root = tmp_path_factory.mktemp("trained")
    for split, each in (("train", 32), ("val", 4)):
        for level, name in enumerate(("dark", "grey", "light")):
            (root / split / name).mkdir(parents=True)
            for number in range(each):
                noise = np.random.default_rng(number).integers(0, 60, (40, 50, 3))
                image = Image.fromarray((noise + 80 * level).astype(np.uint8))
                image.save(root / split / name / f"{number}.png")
    run = plan_run([*RUN, f"data.root={root}", "data.image_size=32"]).run
    setup = Setup(data_root=str(root))
    record = execute.execute(run, Place(root=str(root / "out"), setup=setup))
    assert record["status"] == "finished"
    return root, record


@pytest.mark.parametrize("by", ["id", "folder"])
def test_a_run(by, trained, command):
    root, record = trained
    folder = root / "out" / "runs" / record["run"]
    model = record["run"] if by == "id" else folder
    own = {"model": model, "weights": None, "switches": None, "root": root / "out"}
    assert command(imagenet=root, image_size=None, **own) == 0
    (results,) = (root / "out" / "evaluate").iterdir()
    (row,) = pd.read_csv(results / "evaluation.csv").itertuples()
    assert (row.images, row.classes) == (12, 3)
    assert row.top1 == pytest.approx(record["metrics"]["top1"])
    assert "Table 8" not in (results / "evaluation.md").read_text()  # no ImageNet


def test_a_run_without_weights_is_refused(trained, tmp_path, command):
    _, record = trained
    (tmp_path / "record.json").write_text(
        json.dumps(record | {"status": "interrupted"})
    )
    own = {"model": tmp_path, "weights": None, "switches": None}
    with pytest.raises(ValueError, match=r"interrupted\); valid: a finished run"):
        command(imagenet=tmp_path.parent, **own)


def asked(**words):
    return Evaluation(**{"device": "cpu", "image_size": 32, **words})


def test_a_name_and_a_folder_of_timm(tmp_path):
    subject = open_subject(asked(model="test_convnext", pretrained=False))
    timm.models.save_for_hf(subject.model, tmp_path)
    again = open_subject(asked(model=f"local-dir:{tmp_path}"))
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(subject.model(images), again.model(images))
    config = timm.data.resolve_model_data_config(subject.model)
    assert (again.mean, again.std) == (config["mean"], config["std"])


def test_the_papers_crops():
    """Of 256 pixels the middle 224; at 384 all, squashed to a square."""
    image = picture(0, (600, 400))
    for size, resized in ((224, (384, 256)), (384, (384, 384))):
        crop_pct = 0.875 if size == 224 else 1.0
        subject = Subject(
            torch.nn.Identity(), 1000, size, crop_pct, (0, 0, 0), (1,) * 3
        )
        whole = image.resize(resized, Image.Resampling.BICUBIC)
        left, top = ((side - size) // 2 for side in resized)
        expected = np.asarray(whole.crop((left, top, left + size, top + size))) / 255
        found = _transform(subject, Part("imagenet", None))(image)
        np.testing.assert_allclose(found.permute(1, 2, 0), expected, atol=1e-6)


def test_corrupted_images_are_not_cropped():
    subject = Subject(torch.nn.Identity(), 1000, 224, 0.875, (0, 0, 0), (1,) * 3)
    image = picture(0, (224, 224))
    found = _transform(subject, Part("imagenet_c", None, "fog", 1))(image)
    np.testing.assert_allclose(
        found.permute(1, 2, 0), np.asarray(image) / 255, atol=1e-6
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "no set to evaluate on"),
        ({"imagenet": "/nosuch"}, "imagenet=/nosuch: no such folder"),
        ({"imagenet": "{cats}"}, "cat is no class of ImageNet-1K"),
        ({"imagenet_c": "{cats}"}, "no class folders, as gaussian_noise/1/n01440764"),
        ({"imagenet": "{cats}", "model": None}, "model=null: valid: a run's id"),
        ({"imagenet": "{cats}", "model": "convnet_tiny"}, "did you mean convnext_tiny"),
        ({"imagenet": "{cats}", "weights": None}, "has no pretrained weights"),
        ({"imagenet": "{cats}", "weights": "/nosuch"}, "weights=/nosuch: cannot be"),
        ({"imagenet": "{cats}", "image_size": 4}, "takes no images of image_size=4"),
        ({"imagenet": "{cats}", "batch_size": 0}, "batch_size=0: valid"),
        (
            {"imagenet": "{cats}", "switches": "{depths: [1, 1], width: 16}"},
            "does not fit this network",
        ),
        (
            {
                "imagenet": "{cats}",
                "switches": "{depths: [1, 1], width: 8, num_classes: 3}",
            },
            "for another number of classes",
        ),
    ],
)
def test_a_wrong_request_is_one_line(settings, expected, command, tmp_path):
    (tmp_path / "cats" / "cat").mkdir(parents=True)
    picture(0).save(tmp_path / "cats" / "cat" / "0.png")
    words = {
        key: value.replace("{cats}", str(tmp_path / "cats"))
        if isinstance(value, str)
        else value
        for key, value in settings.items()
    }
    with pytest.raises(ValueError, match=r".") as error:
        command(**words)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "root").exists()


def test_the_example_of_the_page(fill, weights, command, tmp_path, capsys):
    page = (Path(__file__).parents[2] / "docs" / "elsewhere.md").read_text()
    own = page.split("## Accuracy on ImageNet")[1].split("\n## ")[0]
    (line,) = re.findall(r"python -m roadmap.evaluate (.*)", own)
    folder = fill(tmp_path / "val", [0, 1])
    words = line.replace("PATH", str(folder)).replace("FILE", str(weights)).split()
    assert command(*words) == 1  # they are two images
    assert "partial: 2 of 50,000 images" in capsys.readouterr().out

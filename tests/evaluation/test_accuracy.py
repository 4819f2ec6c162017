"""Each number of the command against one computed here, on small sets."""

import shutil

import pandas as pd
import pytest
import torch
from tiny_images import WNIDS, picture

from roadmap.base.paper import paper_folder
from roadmap.evaluation.sets import ALEXNET, C_BAR, SETS

RANKS = [0, 0, 0, 1, 4, 5, 700, 0]
"""So 4 of 8 images are right, and 6 of 8 are among the first five."""
FOUR = ["n01440764", "n02123045", "n03445777", "n07753592"]


def results(tmp_path):
    (folder,) = (tmp_path / "root" / "evaluate").iterdir()
    text = (folder / "evaluation.md").read_text()
    return pd.read_csv(folder / "evaluation.csv", keep_default_na=False), text


def ours(text):
    """Return our row of Table 8 by heading."""
    rows = [line for line in text.split("## Table 8")[1].splitlines() if "|" in line]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    return dict(zip(cells[0], cells[2], strict=True))


def test_top_1_and_top_5(command, fill, published, tmp_path, capsys):
    folder = fill(tmp_path / "imagenet" / "val", RANKS)
    published("imagenet", folder)
    assert command(imagenet=folder.parent) == 0
    table, text = results(tmp_path)
    assert table.loc[0, ["top1", "top5", "images"]].tolist() == [50, 75, 8]
    assert ours(text)["clean"] == "50.00"
    printed = capsys.readouterr().out
    assert "50.00" in printed
    assert "ConvNeXt-XL" in printed


def test_a_partial_set_is_printed_as_one(command, fill, tmp_path, capsys):
    folder = fill(tmp_path / "sketch", RANKS, suffix="jpg")
    assert command(sketch=folder) == 1
    table, text = results(tmp_path)
    assert "partial: 8 of 50,889 images" in table.problem[0]
    assert "ImageNet-Sketch: partial: 8 of 50,889 images" in capsys.readouterr().out
    assert f"{table.top1[0]:.2f}*" in text
    assert ours(text)["Sketch"] == ""


@pytest.mark.parametrize("key", ["imagenet_a", "imagenet_r"])
def test_the_network_chooses_among_the_folders(
    key, command, answers, published, tmp_path
):
    right = []
    among = [WNIDS.index(wnid) for wnid in FOUR]
    for number in range(12):
        image, label = picture(number), among[number % 4]
        (tmp_path / key / WNIDS[label]).mkdir(parents=True, exist_ok=True)
        image.save(tmp_path / key / WNIDS[label] / f"{number}.png")
        right.append(answers(image, among=among)[0] == label)
    published(key, tmp_path / key)
    assert command(**{key: tmp_path / key}) == 0
    table, _ = results(tmp_path)
    assert 0 < sum(right) < 12
    assert table.top1[0] == pytest.approx(100 * sum(right) / 12)
    assert table.top5[0] == 100  # of four


@pytest.fixture(scope="module")
def corrupted(fill, tmp_path_factory):
    """Both corrupted sets: severity s of corruption number c has its own errors."""
    root = tmp_path_factory.mktemp("corrupted")
    for key, names in {"imagenet_c": list(ALEXNET), "imagenet_c_bar": C_BAR}.items():
        for c, name in enumerate(names):
            for severity in range(1, 6):
                wrong = (c + severity) % 3
                fill(
                    root / key / name / str(severity),
                    [900] * wrong + [0] * (2 - wrong),
                    size=(32, 32),
                    crop=False,
                )
    return root


def mean_errors(names):
    """Return the error of each corruption over its severities, as ``corrupted`` has."""
    return {
        name: sum(50 * ((c + s) % 3) for s in range(1, 6)) / 5
        for c, name in enumerate(names)
    }


@pytest.fixture
def two_images(monkeypatch):
    """Take two images for a whole severity, of as many classes as there are."""

    def lacks(part, images, classes):
        return "" if images == 2 else f"partial: {images} images"

    monkeypatch.setattr("roadmap.evaluation.measure._lacks", lacks)


def test_corruption_errors(command, corrupted, two_images, tmp_path, capsys):
    words = {key: corrupted / key for key in ("imagenet_c", "imagenet_c_bar")}
    assert command(**words) == 0
    table, text = results(tmp_path)
    assert len(table) == 75 + 50
    fog = table[(table.corruption == "fog") & (table.severity == 3)]
    assert 100 - float(fog.top1.iloc[0]) == 50 * ((list(ALEXNET).index("fog") + 3) % 3)
    relative = [100 * e / ALEXNET[name] for name, e in mean_errors(ALEXNET).items()]
    plain = mean_errors(C_BAR).values()
    row = ours(text)
    assert float(row["C (mCE)"]) == pytest.approx(sum(relative) / 15, abs=0.005)
    assert float(row["C-bar (error)"]) == pytest.approx(sum(plain) / 10, abs=0.005)
    assert "gaussian_noise" in capsys.readouterr().out


def test_without_a_corruption_there_is_no_mce(
    command, corrupted, two_images, tmp_path, capsys
):
    some = tmp_path / "some"
    some.mkdir()
    for name in ALEXNET:
        if name != "fog":
            shutil.copytree(corrupted / "imagenet_c" / name, some / name)
    shutil.rmtree(some / "snow" / "5")
    assert command(imagenet_c=some) == 1
    _, text = results(tmp_path)
    assert ours(text)["C (mCE)"] == ""
    assert "not whole" in text
    assert "ImageNet-C snow/5, fog: missing" in capsys.readouterr().out


@pytest.mark.parametrize("num_workers", [0, 1])
def test_a_broken_image_is_named(
    num_workers, command, fill, published, tmp_path, capsys
):
    folder = fill(tmp_path / "imagenet", RANKS)
    published("imagenet", folder)
    broken = next(folder.rglob("3.png"))
    broken.write_bytes(broken.read_bytes()[:100])
    sketch = fill(tmp_path / "sketch", RANKS)
    published("sketch", sketch)
    words = {"imagenet": folder, "sketch": sketch, "num_workers": num_workers}
    assert command(**words) == 1
    table, text = results(tmp_path)
    assert table.top1.tolist() == ["", "50.0"]
    assert f"{broken}: cannot be read as an image" in capsys.readouterr().out
    assert (ours(text)["clean"], ours(text)["Sketch"]) == ("", "50.00")


def test_logits_that_are_not_finite_have_no_accuracy(
    network, command, fill, tmp_path, capsys
):
    folder = fill(tmp_path / "imagenet", RANKS)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    state["stem.conv.weight"][0] = float("inf")
    torch.save(state, tmp_path / "broken.pt")
    assert command(imagenet=folder, weights=tmp_path / "broken.pt") == 1
    assert "ImageNet: the logits are not finite" in capsys.readouterr().out
    assert ours(results(tmp_path)[1])["clean"] == ""


def test_every_set_has_a_column_of_table_8():
    paper = pd.read_csv(paper_folder() / "table_8.csv")
    assert {one.column for one in SETS.values()} <= set(paper)
    tiny = paper[paper.model == "ConvNeXt-T"].iloc[0]
    assert (tiny.clean, tiny.imagenet_c_mce, tiny.imagenet_cbar_err) == (
        82.1,
        53.2,
        40.0,
    )

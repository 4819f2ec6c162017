import json

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tiny_sets import COLOURS, SIDE, picture


@pytest.fixture(scope="session")
def coco_folder(tmp_path_factory):
    """Three images in COCO's format: polygons, a crowd, an image without objects."""
    folder = tmp_path_factory.mktemp("coco")
    (folder / "annotations").mkdir()
    (folder / "train").mkdir()
    numbers, images, objects = np.random.default_rng(0), [], []
    for image_id in (7, 8, 9):
        image, corners = picture(numbers)
        image.save(folder / "train" / f"{image_id}.png")
        size = {"width": SIDE, "height": SIDE}
        images.append({"id": image_id, "file_name": f"{image_id}.png", **size})
        for kind, polygon in corners.items() if image_id < 9 else ():
            xs, ys = polygon[::2], polygon[1::2]
            sides = [max(xs) - min(xs), max(ys) - min(ys)]
            objects.append(
                {
                    "id": len(objects) + 1,
                    "image_id": image_id,
                    "category_id": 10 * kind,  # ids with gaps, as COCO's
                    "bbox": [min(xs), min(ys), *sides],
                    "segmentation": [polygon],
                    "area": sides[0] * sides[1] / 2,
                    "iscrowd": 0,
                }
            )
    crowd = {**objects[0], "id": 99, "iscrowd": 1, "bbox": [0, 0, 9, 9]}
    crowd["segmentation"] = {"size": [SIDE, SIDE], "counts": [0, 9, SIDE**2 - 9]}
    categories = [{"id": 10 * kind, "name": str(kind)} for kind in COLOURS]
    content = {"images": images, "annotations": [*objects, crowd]}
    file = folder / "annotations" / "instances_train.json"
    file.write_text(json.dumps({**content, "categories": categories}))
    return folder


@pytest.fixture(scope="session")
def ade_folder(tmp_path_factory):
    """Two images in ADE20K's format, with labels 1 and 2, and 0 for what is ignored."""
    folder = tmp_path_factory.mktemp("ade")
    for part in ("images", "annotations"):
        (folder / part / "training").mkdir(parents=True)
    numbers = np.random.default_rng(0)
    for number in range(2):
        image, corners = picture(numbers)
        labels = Image.new("L", (SIDE, SIDE), 3)
        for kind, polygon in corners.items():
            ImageDraw.Draw(labels).polygon(polygon, fill=kind)
        labels.paste(0, (0, 60, SIDE, SIDE))
        image.save(folder / "images" / "training" / f"{number}.jpg", quality=95)
        labels.save(folder / "annotations" / "training" / f"{number}.png")
    return folder

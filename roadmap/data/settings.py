"""The settings of each data set, checked: what ``data.*`` may be on a command line.

Nothing is read from disk here; ``roadmap.data.resolve`` does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le

from roadmap.base.settings import (
    AtLeast1,
    Share,
    checked_by,
    one_of,
    refuse,
    settings,
)

Split = Literal["test", "validation"]
Root = Annotated[str, "a path"]
Classes = Annotated[int, Ge(2), Le(10**6)]
TIMM_PREFIXES = ("hfds", "hfids", "tfds", "wds", "torch")


@settings("data")
class DataSettings:
    """What every data set has. Each field is a key of ``conf/data/*.yaml``.

    Raises:
        ValueError: one line that names the setting and what is valid.
    """

    name: str
    evaluate_on: Split
    """test, or validation: images held out of the training split."""
    train_size: int | None
    test_size: int | None
    image_size: int
    """Pixels a side."""
    in_chans: int
    num_classes: int
    horizontal_flip: bool


@settings("data")
class ClutteredDigits(DataSettings):
    """Made from scikit-learn's digits; ``conf/data/cluttered_digits.yaml`` explains."""

    name: Literal["cluttered_digits"]
    # Raise it with every change of the bytes made: it names cached files.
    version: Literal[2]
    seed: Annotated[int, Ge(0), Le(2**31 - 1)]
    train_size: Annotated[int, Ge(1), Le(10**7)]
    test_size: Annotated[int, Ge(1), Le(10**7)]
    image_size: Annotated[int, Ge(8), Le(256)]
    in_chans: Literal[3]
    num_classes: Literal[10]
    digit_size: Annotated[
        tuple[float, float],
        checked_by(lambda pair: 4 <= pair[0] <= pair[1] <= 256),
        "[low,high], numbers from 4 to 256, the lower first",
    ]
    rotation: Annotated[float, Ge(0), Le(180)]
    shear: Annotated[float, Ge(0), Le(2)]
    elastic: Share
    thickness: Annotated[float, Ge(0), Le(0.5)]
    contrast: Annotated[
        tuple[float, float],
        checked_by(lambda pair: 0 <= pair[0] <= pair[1] <= 1),
        "[low,high], numbers from 0 to 1, the lower first",
    ]
    hue: Share
    clutter: Annotated[int, Ge(0), Le(100)]
    fragment_size: Share
    texture: Share
    noise: Share


@settings("data")
class Published(DataSettings):
    """A data set that is published in two splits of a known size."""

    root: Root | None = None
    published: ClassVar[tuple[int, int]]
    """Images of the training and of the test split."""

    def __post_init__(self) -> None:
        """Check both sizes against what is published."""
        train, test = self.published
        if self.evaluate_on == "validation":
            test = train // 10
            train -= test
        check_size("train_size", self.train_size, train)
        check_size("test_size", self.test_size, test)


@settings("data")
class FashionMnist(Published):
    """Fashion-MNIST (Xiao et al. 2017)."""

    published = (60_000, 10_000)
    name: Literal["fashion_mnist"]
    image_size: Annotated[int, Ge(28), Le(256)]
    in_chans: Literal[1]
    num_classes: Literal[10]


@settings("data")
class Cifar(Published):
    """CIFAR-10 and CIFAR-100 (Krizhevsky 2009)."""

    published = (50_000, 10_000)
    name: Literal["cifar10", "cifar100"]
    image_size: Literal[32]
    in_chans: Literal[3]
    num_classes: Literal[10, 100]

    def __post_init__(self) -> None:
        """Check the sizes, and that the classes are those of the data set."""
        super().__post_init__()
        classes = int(self.name.removeprefix("cifar"))
        if self.num_classes != classes:
            raise refuse("data.num_classes", self.num_classes, str(classes))


@settings("data")
class Streams(DataSettings):
    """A data set whose images are decoded while the network trains."""

    root: Root | None = None
    train_size: AtLeast1 | None
    test_size: AtLeast1 | None
    image_size: Annotated[int, Ge(8), Le(2048)]
    in_chans: Literal[3]
    num_classes: Classes
    crop_pct: Annotated[float, Ge(0.01), Le(1)] | None
    on_unreadable: Literal["error", "skip"]


@settings("data")
class ImageFolder(Streams):
    """A folder for each class, in ``train`` and ``val``."""

    name: Literal["imagenet", "imagenette"]
    fingerprint: Annotated[str, "a hash of the files"] | None = None
    """Of the files' names and sizes; ``roadmap.data.resolve`` fills it in."""


@settings("data")
class OwnFolder(ImageFolder):
    """The user's folders: the classes are counted, and held out if need be."""

    name: Literal["folder"]  # type: ignore[assignment]
    num_classes: Classes | None  # type: ignore[assignment]
    """None until ``roadmap.data.resolve`` has counted the folders."""
    held_out: Annotated[float, Ge(0.01), Le(0.9)]
    """Share of the files to evaluate on where there is no ``val`` folder."""


@settings("data")
class TimmSet(Streams):
    """What timm's ``create_dataset`` reads by a prefix.

    The settings name the data set but say nothing of its content: files that change
    under one name do not change a run's identity.
    """

    name: Literal["timm"]
    evaluate_on: Literal["test"]
    dataset: Annotated[
        str,
        checked_by(lambda name: name.split("/")[0] in TIMM_PREFIXES and "/" in name),
        ", ".join(f"{prefix}/NAME" for prefix in TIMM_PREFIXES),
    ]
    train_split: Annotated[str, checked_by(bool), "a word"]
    eval_split: Annotated[str, checked_by(bool), "a word"]


_CLASSES: dict[str, type[DataSettings]] = {
    "cluttered_digits": ClutteredDigits,
    "fashion_mnist": FashionMnist,
    "cifar10": Cifar,
    "cifar100": Cifar,
    "imagenet": ImageFolder,
    "imagenette": ImageFolder,
    "folder": OwnFolder,
    "timm": TimmSet,
}
FOLDERS = ("imagenet", "imagenette", "folder")
"""The data sets that are image folders; they need ``data.root``."""


def read_settings(data: Mapping[str, Any]) -> DataSettings:
    """Return the checked settings of a data config, such as ``cfg.data`` as a dict.

    Raises:
        ValueError: one line that names the wrong setting and what is valid.
    """
    name = data.get("name")
    one_of("data.name", name, tuple(_CLASSES))
    return _CLASSES[str(name)](**data)


def check_size(key: str, size: int | None, most: int) -> None:
    """Raise ValueError, one line, unless ``size`` is None or from 1 to ``most``."""
    if size is not None and not 1 <= size <= most:
        raise refuse(f"data.{key}", size, f"null or an integer from 1 to {most}")

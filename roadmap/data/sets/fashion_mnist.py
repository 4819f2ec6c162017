"""Fashion-MNIST: found on this machine where it is, downloaded where it is not."""

import gzip
import os
import tempfile
from pathlib import Path

from torch import Tensor
from torch.nn import functional as F

from roadmap.data.source import DataError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
STEMS = {"train": "train", "test": "t10k"}
HELP = (
    "install Debian's or Ubuntu's package dataset-fashion-mnist, "
    "or set data.root to a folder with the four idx files"
)


def read(
    split: str, root: str | Path | None, cache: Path, image_size: int
) -> tuple[Tensor, Tensor]:
    """Return images, uint8 [n, 1, image_size, image_size], and labels, int64 [n].

    ``split`` is "train" or "test"; images are padded with zeros from 28x28. The files
    are looked for in ``root`` if it is given, else in Debian's folder and ``cache``,
    and else downloaded to ``cache``.

    Raises:
        DataError: one line, when files are missing, broken, or cannot be downloaded.
    """
    folder = find(root, cache)
    images = _read_idx(folder, f"{STEMS[split]}-images-idx3-ubyte")[:, None]
    labels = _read_idx(folder, f"{STEMS[split]}-labels-idx1-ubyte").long()
    if len(images) != len(labels):
        raise DataError(f"{folder}: {len(images)} images but {len(labels)} labels")
    before = (image_size - images.shape[-1]) // 2
    after = image_size - images.shape[-1] - before
    return F.pad(images, (before, after, before, after)), labels


def find(root: str | Path | None, cache: Path) -> Path:
    """Return the folder with the idx files, downloaded to ``cache`` if need be.

    Raises:
        DataError: one line, when ``root`` has no such files or the download fails.
    """
    homes = [DEBIAN, cache] if root is None else [Path(root).expanduser()]
    for home in homes:
        for folder in (home, home / "raw", home / "FashionMNIST" / "raw"):
            if all(_stored(folder, f"{s}-images-idx3-ubyte") for s in STEMS.values()):
                return folder
    if root is not None:
        raise DataError(f"data.root={root}: no Fashion-MNIST there; {HELP}")
    return _download(cache)


def _download(cache: Path) -> Path:
    from torchvision.datasets import FashionMNIST  # seconds to import, for this only

    home = cache / "FashionMNIST"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            FashionMNIST(scratch, download=True)
            try:
                os.rename(Path(scratch, "FashionMNIST"), home)
            except OSError:
                if not home.is_dir():  # another process may have been quicker
                    raise
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"Fashion-MNIST: no download ({reason}); {HELP}") from error
    return home / "raw"


def _read_idx(folder: Path, name: str) -> Tensor:
    from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

    path = _stored(folder, name)
    try:
        if path is None:
            raise FileNotFoundError(f"no {name} or {name}.gz")
        if path.suffix != ".gz":
            return read_sn3_pascalvincent_tensor(str(path))
        with tempfile.NamedTemporaryFile() as plain:
            plain.write(gzip.decompress(path.read_bytes()))
            plain.flush()
            return read_sn3_pascalvincent_tensor(plain.name)
    except (OSError, EOFError, ValueError, RuntimeError, AssertionError) as error:
        raise DataError(f"{folder}: cannot read {name} ({error}); {HELP}") from error


def _stored(folder: Path, name: str) -> Path | None:
    paths = (folder / name, folder / f"{name}.gz")
    return next((path for path in paths if path.is_file()), None)

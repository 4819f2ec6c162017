"""What a run's identity says of its data: checked settings and what the files add."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from roadmap.data.sets.folders import resolve_folder
from roadmap.data.settings import DataSettings, ImageFolder, OwnFolder
from roadmap.data.source import DataError


def resolve(settings: DataSettings) -> dict[str, Any]:
    """Return all settings but the path, with what only the files say filled in.

    Of an image folder these are the number of classes and a fingerprint, so a run's
    identity follows the images and not where they are. This lists all files and takes
    the size of each: a plan calls it once for equal settings (they can be hashed).
    A folder of a known number of classes can be planned without a root; its
    fingerprint is then None.

    Raises:
        ValueError: one line that names the wrong setting and what is valid.
    """
    if isinstance(settings, ImageFolder) and (
        settings.root is not None or isinstance(settings, OwnFolder)
    ):
        try:
            settings = resolve_folder(settings)
        except DataError as error:
            raise ValueError(str(error)) from error
    return {key: value for key, value in asdict(settings).items() if key != "root"}

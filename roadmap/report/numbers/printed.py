"""What the paper prints of models beside the roadmap: its Tables 1, 2, 9 and 12."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from roadmap.base.paper import paper_rows

_SIZES = {"T": "tiny", "S": "small", "B": "base", "L": "large", "XL": "xlarge"}
_VIT = "timm/vit_{}_patch16_224"


class Printed(NamedTuple):
    """The figures of one model at one image size; "" or None where there is none."""

    params_m: str = ""
    """Millions of parameters, as printed."""
    gflops: str = ""
    """As printed; ``45.0, 45.1`` where two rows disagree."""
    v100: float | None = None
    """Inference images/s on a V100 (Tables 1 and 2)."""
    a100: float | None = None
    """Inference images/s on an A100, with channels last and TF32 (Table 12)."""
    train_mem_gb: float | None = None
    """Memory of training on a V100, batch 32 a GPU (Table 2)."""


@cache
def printed(*numbers: int) -> dict[str, Printed]:
    """Return what the tables of these numbers (1, 2, 12) print, by our names.

    The names are ``swin_tiny@224``, ``convnext_iso_small@224`` and
    ``timm/vit_small_patch16_224@224``, in the order of the tables. Models that are
    neither ConvNeXt, Swin nor Table 2's ViT are left out.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for number in numbers:
        for row in paper_rows(number):
            if name := _name(row["model"]):
                size = row.get("image_size", "224")  # Table 2 has no other
                found.setdefault(f"{name}@{size}", []).append(row)
    return {name: _merged(rows) for name, rows in found.items()}


def _merged(rows: list[dict[str, str]]) -> Printed:
    def cell(key: str) -> str:
        return ", ".join(dict.fromkeys(row[key] for row in rows if row.get(key)))

    def number(key: str) -> float | None:
        return float(cell(key)) if cell(key) else None

    gpus = number("v100_images_per_s"), number("a100_images_per_s")
    return Printed(cell("params_m"), cell("gflops"), *gpus, number("train_mem_gb"))


def _name(model: str) -> str | None:
    """Return our name for the paper's: ``ConvNeXt-S (iso.)``."""
    found = re.fullmatch(r"(ConvNeXt|Swin|ViT)-(\w+)( \(iso\.\))?", model)
    if found is None:
        return None
    family, size = found[1].lower(), _SIZES[found[2]]
    if family == "vit":
        return _VIT.format(size)
    return f"{family}_iso_{size}" if found[3] else f"{family}_{size}"

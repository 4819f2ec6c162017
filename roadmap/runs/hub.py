"""A trained run as a folder that timm loads: weights, config and model card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from roadmap.base import config
from roadmap.base.files import write_atomic
from roadmap.base.settings import refuse, word
from roadmap.data.augment import crop_share
from roadmap.data.open import input_statistics
from roadmap.data.settings import read_settings
from roadmap.network.design import Design, SwinDesign, design_from
from roadmap.network.path import step_names
from roadmap.network.steps import load_design
from roadmap.runs.run import plain
from roadmap.runs.store import find_run, read_record

_SWIN = {"width": "embed_dim", "heads": "num_heads", "stem_stride": "patch_size"}
"""Switches of Swin that have other names in timm."""
_CARD = """---
library_name: timm
tags: [image-classification, timm]
---
# {run}

| | |
|---|---|
{rows}

```python
import roadmap.models  # the names of the networks
import timm

model = timm.create_model("local-dir:FOLDER", pretrained=True)  # this folder's path
```
"""


def save_for_timm(root: Path, run: str, to: Path, data_root: str | None = None) -> None:
    """Write a finished run to the folder ``to``, which ``local-dir:`` of timm reads.

    Args:
        root: where the runs are kept.
        run: the run's id, or its folder.
        to: the new folder, for model.safetensors, config.json and README.md.
        data_root: where the run's data lie, if they are not made or downloaded. Data in
            memory are normalised by their own mean, which is computed again.

    Raises:
        ValueError: one line, where there is no finished run with weights.

    """
    folder = find_run(root, run)
    record = read_record(folder.parents[1], folder.name) or {}
    weights = folder / "weights.safetensors"
    if record.get("status") != "finished" or not weights.exists():
        valid = f"a finished run with weights in {root}, its id or its folder"
        raise refuse("run", run, valid)
    text = json.dumps(_config(record, data_root, root / "data"), indent=1)
    write_atomic(to / "config.json", text.encode() + b"\n")
    write_atomic(to / "README.md", _card(record).encode())
    write_atomic(to / "model.safetensors", weights.read_bytes())


def _config(record: dict[str, Any], data_root: str | None, cache: Path) -> dict:
    """Return timm's description of the network and of the images that it takes."""
    data = record["data"]
    design = design_from(record["network"])
    size, swin = data["image_size"], isinstance(design, SwinDesign)
    name, args = architecture(design, size)
    root = {"root": data_root} if data_root else {}
    settings = read_settings({**data, **root})
    mean, std = input_statistics(settings, cache)
    crop = crop_share(size, getattr(settings, "crop_pct", 1.0))
    return {
        "architecture": name,
        "num_classes": data["num_classes"],
        "model_args": plain(args),
        "pretrained_cfg": {
            "num_classes": data["num_classes"],
            "input_size": [data["in_chans"], size, size],
            "fixed_input_size": swin,
            "mean": mean.tolist(),
            "std": std.tolist(),
            "interpolation": "bicubic",
            "crop_pct": crop,
            "crop_mode": "squash" if crop == 1.0 else "center",
            "first_conv": "patch_embed.proj" if swin else "stem.conv",
            "classifier": "head.fc" if swin else "head",
        },
    }


def architecture(design: Design | SwinDesign, size: int) -> tuple[str, dict[str, Any]]:
    """Return a name that timm knows, and the arguments that make the design of it.

    For our networks that is the step with the fewest other switches. None turns no
    switch off there: timm drops such arguments.
    """
    if isinstance(design, SwinDesign):
        args = plain(vars(design))
        del args["family"]
        args = {_SWIN.get(key, key): value for key, value in args.items()}
        return "swin_tiny_patch4_window7_224", {**args, "img_size": size}
    found = []
    for step in step_names():
        if step != "swin" and (config.CONF / "step" / f"{step}.yaml").exists():
            start = vars(load_design(step, "resnet50"))
            args = {k: v for k, v in vars(design).items() if v != start[k]}
            if None not in args.values():
                found.append((f"roadmap_resnet50_{step}", args))
    return min(found, key=lambda one: len(one[1]))


def _card(record: dict[str, Any]) -> str:
    """Return the model card: the accuracy, and what it was reached with."""
    metrics, data = record["metrics"], record["data"]
    rows = {
        f"top-1 on {data['name']}, {data['evaluate_on']}": f"{metrics['top1']:.2f} %",
        "top-5": f"{metrics['top5']:.2f} %",
        "seed": record["seed"],
        "code": f"{record['machine']['git_sha']}, {record['machine']['code']}",
        **{f"network.{key}": word(value) for key, value in record["network"].items()},
        **{f"recipe.{key}": word(value) for key, value in record["recipe"].items()},
        **{f"data.{key}": word(value) for key, value in data.items()},
    }
    lines = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return _CARD.format(run=f"Run {record['run']} of the ConvNeXt roadmap", rows=lines)

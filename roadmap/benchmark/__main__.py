"""python -m roadmap.benchmark timm=PATH: figures beside timm's, ratios of medians."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from omegaconf import DictConfig
from PIL import Image
from rich.console import Console
from torch.nn.functional import cross_entropy

from roadmap import data
from roadmap.base import cli, config, machine
from roadmap.base.settings import one_of
from roadmap.benchmark import input_side, sweep_side, timm_side
from roadmap.runs.assemble import Place, build_model, open_source
from roadmap.studies.plan import plan_run
from roadmap.training.engine import Training
from roadmap.training.recipe import recipe_from
from roadmap.training.state import Setup

BATCH = 64
FULL = [  # full augmentation at proxy size, as both sides have it
    "recipe.random_resized_crop=[0.08,1.0]",
    "recipe.random_shift=0",
    "recipe.randaugment=rand-m9-mstd0.5-inc1",
    "recipe.random_erasing=0.25",
    "recipe.mixup=0.8",
    "recipe.cutmix=1.0",
    "data.horizontal_flip=true",
]
TIMM_PLAIN = ["--num-classes", "10", "-b", str(BATCH), "--opt", "adamw", "--lr", "6e-3"]
TIMM_PLAIN += ["--weight-decay", "0.05", "--smoothing", "0.1", "--warmup-epochs", "0"]
TIMM_PLAIN += ["--input-size", "3", "32", "32", "--workers", "1", "--epochs", "2"]
TIMM_FULL = [*TIMM_PLAIN, "--aa", "rand-m9-mstd0.5-inc1", "--reprob", "0.25"]
TIMM_FULL += ["--mixup", "0.8", "--cutmix", "1.0"]
TIMM_FAST = ["--amp", "--amp-dtype", "bfloat16", "--channels-last", "--torchcompile"]
OURS_FAST = ["recipe.precision=bfloat16", "compile=true"]


def benchmark(cfg: DictConfig, overrides: list[str]) -> int:
    """Print each part's figures and ratio; return the exit status."""
    for part in cfg.parts:
        one_of("parts", part, list(PARTS))
    if set(cfg.parts) - set(ALONE) and not Path(cfg.timm or "", "train.py").is_file():
        raise ValueError(f"timm={cfg.timm}: no train.py there; valid: a checkout of it")
    console = Console(width=100)
    console.print(f"{machine.provenance('cpu')} {machine.cores()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for part in cfg.parts:
            PARTS[part](cfg, Path(folder), console)
    return 0


def _train(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print (a): a run of the last step, full augmentation, beside train.py."""
    images, device = _digits(cfg, folder), _device(cfg)
    words = [f"step={cfg.step}", *FULL, "num_workers=1"]
    ours, theirs = [], []
    for number in range(cfg.repeats):
        root = folder / f"ours_{number}"
        record = _run_ours(cfg, root, words)
        ours.append(record["images_per_second"])
        out = folder / f"timm_{number}"
        words_timm = [*TIMM_FULL, *device]
        theirs.append(_timm(cfg, images, cfg.step, out, words_timm)[0])
    _say(console, f"(a) training {cfg.step}, images/s", ours, "train.py", theirs, 2.0)
    if cfg.device == "cpu":
        both = [_together(cfg, folder / f"both_{n}", words) for n in range(cfg.repeats)]
        _say(
            console, "    as a sweep does, a run a core", both, "train.py", theirs, 2.0
        )


def _together(cfg: DictConfig, root: Path, words: list[str]) -> float:
    """Return images/s of as many runs at a time as there are cores."""
    sweep = [word.replace("step=", "+step=") for word in words if "workers" not in word]
    count = machine.cores()
    _ours(cfg, "sweep", root, [*sweep, f"seeds={count}", "study=s"])
    records = [json.loads(p.read_text()) for p in root.glob("runs/*/record.json")]
    return sum(record["images_per_second"] for record in records)


def _sweep(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print (b): a sweep, from nothing to Figure 2, beside train.py run by run."""
    images, device, ours, theirs = _digits(cfg, folder), _device(cfg), [], []
    for number in range(cfg.repeats):
        words = [f"+step=[{','.join(cfg.steps)}]", f"seeds={cfg.seeds}", "study=s"]
        began = time.perf_counter()
        _ours(cfg, "sweep", folder / f"sweep_{number}", words)
        ours.append(1 / (time.perf_counter() - began))
        seconds = 0.0
        for step in cfg.steps:
            for seed in range(cfg.seeds):
                out = folder / f"timm_sweep_{number}_{seed}"
                seeded = [*TIMM_PLAIN, *device, "--seed", str(seed)]
                seconds += _timm(cfg, images, step, out, seeded)[1]
        theirs.append(1 / seconds)
    title = f"(b) a sweep of {len(cfg.steps) * cfg.seeds} runs, sweeps/s"
    _say(console, title, ours, "train.py, run by run", theirs, 3.0)


def _steady(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print (c): training as it is, beside one fixed batch again and again."""
    words = [f"step={cfg.step}", "recipe.mixup=0.8", "recipe.cutmix=1.0"]
    words += ["recipe.random_erasing=0.25", "data.horizontal_flip=true"]
    words += OURS_FAST[:1] if cfg.device == "cuda" else []
    ours, fixed = [], []
    torch.set_num_threads(1)
    machine.keep_memory()
    with config_of(words) as training:
        _epoch(training, 10)  # warm-up
        for _ in range(3 * cfg.repeats):
            ours.append(_rate(training, lambda: _epoch(training, 20), warm_up=0))
            fixed.append(_rate(training, lambda: _fixed(training, 20), warm_up=0))
    _say(console, "(c) steady training, images/s", ours, "one fixed batch", fixed, 0.9)


def _input(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print (d): JPEG folders, images a second and core."""
    root = folder / "jpegs"
    input_side.make_jpegs(root, cfg.jpegs)
    for augmented, title in (("0", "crop, flip, erasing"), ("1", "and RandAugment")):
        rates: dict[str, list[float]] = {who: [] for who in input_side.WHO}
        for _ in range(cfg.repeats):
            for who, seen in rates.items():
                module = [sys.executable, "-m", "roadmap.benchmark.input_side"]
                done = subprocess.run(
                    [*module, who, str(root), augmented], capture_output=True, text=True
                )
                seen.append(float(done.stdout.split()[-1]))
        for who in input_side.WHO[1:]:
            title_now = f"(d) JPEG folder, {title}, images/s a core"
            _say(console, title_now, rates["ours"], who, rates[who], 1.5)


def _regime(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print the resnet50 regime's first and last step beside timm's benchmark.py."""
    batch = 256 if cfg.device == "cuda" else 4
    for step in ("resnet", "separate_downsampling"):
        out = folder / "benchmark.json"
        command = [sys.executable, "-m", "roadmap.benchmark.timm_side"]
        command += [str(Path(cfg.timm, "benchmark.py")), "--bench", "train"]
        command += ["--model", f"roadmap_resnet50_{step}", "-b", str(batch)]
        command += ["--results-file", str(out), "--results-format", "json"]
        command += ["--opt", "adamw", *_device(cfg)]
        done = subprocess.run(command, capture_output=True, text=True)
        if not out.exists():
            raise RuntimeError((done.stdout + done.stderr)[-2000:])
        found = json.loads(out.read_text())
        result = found[0] if isinstance(found, list) else found
        theirs = [float(result["train_samples_per_sec"])]
        words = [f"step={step}", "regime=resnet50", "data.image_size=224"]
        words += [f"recipe.batch_size={batch}", f"data.train_size={batch * 2}"]
        words += OURS_FAST[:1] if cfg.device == "cuda" else []
        with config_of(words, cfg.device, cfg.device == "cuda") as training:
            ours = [_rate(training, lambda: _fixed(training, 20), warm_up=2)]
        title = f"    resnet50 regime, {step}, images/s"
        _say(console, title, ours, "benchmark.py", theirs, 1.0)


class config_of:
    """A run ready to train, with its data open; a context."""

    def __init__(
        self, words: list[str], device: str = "cpu", fast: bool = False
    ) -> None:
        run, place = plan_run(words).run, Place(root="outputs", device=device)
        recipe = recipe_from(run.recipe)
        self.source: data.Source = open_source(run, recipe, place)
        setup = Setup(device=torch.device(device), compile=fast)
        self.training = Training(
            build_model(run, recipe), self.source, recipe, run.seed, setup
        )

    def __enter__(self) -> Training:
        return self.training

    def __exit__(self, *exc: object) -> None:
        self.source.close()


def _rate(training: Training, go: Callable[[], int], warm_up: int = 1) -> float:
    """Return images a second of ``go``, which returns how many it trained on."""
    for _ in range(warm_up):
        go()
    began = time.perf_counter()
    count = go()
    if training.setup.device.type == "cuda":
        torch.cuda.synchronize()
    return count / (time.perf_counter() - began)


def _epoch(training: Training, updates: int = 60) -> int:
    """Train on so many batches, as a run does; return the images."""
    training.progress.update = 0
    for number, (update, parts) in enumerate(training.updates()):
        training.step(update, parts).item()
        if number + 1 == updates:
            break
    return updates * training.batching.batch_size


def _fixed(training: Training, updates: int = 60) -> int:
    """Do forward, backward and update on one batch; return the images."""
    size, device = training.batching.batch_size, training.setup.device
    chosen = torch.arange(size)
    ((images, labels),) = training.source.train_batches([chosen], [0])
    images = images.contiguous(memory_format=torch.channels_last)
    enabled = training.dtype != torch.float32
    for _ in range(updates):
        with torch.autocast(device.type, training.dtype, enabled=enabled):
            logits = training.net(images)
        loss = cross_entropy(logits.float(), labels, label_smoothing=0.1)
        loss.backward()
        training.optimizer.step()
        training.optimizer.zero_grad(set_to_none=True)
    return updates * size


def _run_ours(cfg: DictConfig, root: Path, words: list[str]) -> dict[str, Any]:
    _ours(cfg, "train", root, words)
    (path,) = root.glob("runs/*/record.json")
    return json.loads(path.read_text())


def _ours(cfg: DictConfig, module: str, root: Path, words: list[str]) -> None:
    fast = OURS_FAST if cfg.device == "cuda" else []
    sizes = [f"data.train_size={cfg.train_size}", "data.test_size=1000"]
    command = [sys.executable, "-m", f"roadmap.{module}", *words, *sizes, *fast]
    command += [f"root={root}", f"device={cfg.device}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])


def _timm(
    cfg: DictConfig, images: Path, step: str, out: Path, words: list[str]
) -> tuple[float, float]:
    return timm_side.train(Path(cfg.timm), images, step, out, words)


def _device(cfg: DictConfig) -> list[str]:
    return (
        ["--device", "cuda", *TIMM_FAST]
        if cfg.device == "cuda"
        else ["--device", "cpu"]
    )


def _digits(cfg: DictConfig, folder: Path) -> Path:
    """Return a folder with the default data as PNG files, for timm's loader."""
    root = folder / "digits"
    if not root.exists():
        words = ["step=resnet", f"data.train_size={cfg.train_size}"]
        settings = config.compose("train", [*words, "data.test_size=1000"]).data
        splits = data.load(settings, folder)
        for split, name in zip(splits, ("train", "validation"), strict=True):
            for number, (image, label) in enumerate(zip(*split, strict=True)):
                path = root / name / str(int(label)) / f"{number:05d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image.permute(1, 2, 0).numpy()).save(path)
    return root


def _say(
    console: Console,
    title: str,
    ours: list[float],
    other: str,
    theirs: list[float],
    wanted: float,
) -> None:
    """Print both medians with their ranges, and the ratio beside the one wanted.

    Figures taken one after the other are compared, and the median of that is printed: a
    machine's speed drifts more in minutes than it differs in seconds.
    """
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    both = f"ours {_shown(ours)}, {other} {_shown(theirs)}"
    console.print(f"{title}: {both}: ratio {ratio:.2f} (wanted {wanted:.2f})")


def _shown(values: list[float]) -> str:
    return f"{median(values):.4g} ({min(values):.4g} to {max(values):.4g})"


ALONE = ("launchers", "scale")
"""Parts that need nothing of timm's."""
PARTS: dict[str, Callable[[DictConfig, Path, Console], None]] = {
    "train": _train,
    "sweep": _sweep,
    "steady": _steady,
    "input": _input,
    "regime": _regime,
    "launchers": sweep_side.overhead,
    "scale": sweep_side.scale,
}


def main() -> None:
    """Run ``python -m roadmap.benchmark``."""
    cli.run("benchmark", benchmark)


if __name__ == "__main__":
    main()

"""One run, from its plain data to its record: ties the ground floor together."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save
from timm.utils.distributed import init_distributed_device_so, is_distributed_env
from torch import nn

from roadmap import data, machine
from roadmap.data.augment import Augmentation
from roadmap.files import write_atomic
from roadmap.network.build import build, design_from
from roadmap.network.network import init_weights
from roadmap.network.weights import read_weights, start_from
from roadmap.runs import store
from roadmap.runs.lease import Lease, claimed
from roadmap.runs.run import Run
from roadmap.signals import stop_on_signal
from roadmap.trackers import Labels, Tracker, open_tracker
from roadmap.training import checkpoint
from roadmap.training.batching import batching
from roadmap.training.engine import train
from roadmap.training.recipe import Recipe, recipe_from
from roadmap.training.state import Outcome, Setup

INTERRUPTED = "interrupted"
HELD = "held"
"""What ``execute`` says of a run that another process is training; in no record."""
OnUpdate = Callable[[int, int, float], None]


class Place(NamedTuple):
    """Where and how a run is trained and kept; none of it is in the run's identity."""

    root: str
    device: str = "cpu"
    threads: int = 1
    rank: int = 0
    world: int = 1
    """Devices that train this run together."""
    device_batch: int | None = None
    compile: bool = False
    num_workers: int = 0
    """Processes that load data for this run; 0: the run's own."""
    checkpoint_seconds: float = 600.0
    git_sha: str = ""
    data_root: str | None = None
    """Where the user keeps the data, for data sets that have a ``root``."""
    weights: str | None = None
    """The file whose weights the network starts from."""
    tracker: Mapping[str, Any] = {"name": "none"}
    study: str = ""
    regime: str = ""
    step: str = ""


def execute(
    run: Run,
    place: Place,
    on_update: OnUpdate = lambda done, total, loss: None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train the run and return its record, which then lies in the store as well.

    ``say`` is told how the batch is divided and the learning rate that follows.

    An exception inside the run becomes a record with status ``failed``, a signal one
    with ``interrupted``; a run whose record stands is not trained again. Where another
    process is training the run nothing is done, and the status returned is ``held``.
    """
    with _claimed(run, place) as (status, lease):
        if status == HELD:
            return {"run": run.id, "status": HELD}
        if status == "done":
            return store.read_record(Path(place.root), run.id) or {}
        return _recorded(run, place, lease, on_update, say)


@contextmanager
def joined(place: Place) -> Iterator[Place]:
    """Join the processes that torchrun started, if it did; yield our own place."""
    if not is_distributed_env():
        yield place
        return
    ours = init_distributed_device_so(place.device)
    try:
        yield place._replace(
            device=ours["device"], rank=ours["global_rank"], world=ours["world_size"]
        )
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def _claimed(run: Run, place: Place) -> Iterator[tuple[str, Lease | None]]:
    """Yield ``done``, ``held`` or ``ours``; the first of several processes decides."""
    root, lease = Path(place.root), None

    def is_done() -> bool:
        return store.is_done(root, run.id)

    with ExitStack() as stack:
        status = ["done"]
        if place.rank == 0 and not is_done():
            claim = claimed(store.run_folder(root, run.id), is_done)
            lease = stack.enter_context(claim)
            # Another may have finished it between the look and the claim.
            status = [HELD if lease is None else "done" if is_done() else "ours"]
        if place.world > 1:
            torch.distributed.broadcast_object_list(status)
        yield status[0], lease


def _recorded(
    run: Run,
    place: Place,
    lease: Lease | None,
    on_update: OnUpdate,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Train the run, whatever comes of it, and write its record."""
    root, began = Path(place.root), time.perf_counter()
    folder = store.run_folder(root, run.id)
    with _log(folder / "train.log", place.rank) as log, stop_on_signal() as asked:
        try:
            shown, stop = _shared(lease, on_update, asked)
            result = _trained(run, place, folder, (log, say), shown, stop)
        except ValueError as error:  # the request was wrong: a line says how
            log.error("failed: %s", error)
            result = {"status": "failed", "error": str(error)}
        except Exception as error:
            log.exception("failed")
            line = traceback.format_exception_only(error)[-1].strip()
            result = {"status": "failed", "error": line}
        if result["status"] == INTERRUPTED:
            result["error"] = f"stopped by {asked() or 'another process'}"
    if lease and lease.lost:  # this process slept, and another has taken over
        return {"run": run.id, "status": HELD}
    result["wall_seconds"] = time.perf_counter() - began
    record = {"run": run.id, **result, **asdict(run), "machine": _provenance(place)}
    if place.rank == 0:
        store.write_record(root, record)
        if record["status"] in store.DONE:
            checkpoint.remove(folder / "checkpoints")
    return record


def _shared(
    lease: Lease | None, on_update: OnUpdate, asked: Callable[[], str]
) -> tuple[OnUpdate, Callable[[], bool]]:
    """Return ``on_update`` that tells the lease as well, and what says when to stop."""
    if lease is None:
        return on_update, lambda: bool(asked())
    first: list[tuple[int, float]] = []

    def shown(done: int, total: int, loss: float) -> None:
        on_update(done, total, loss)
        first.append((done, time.perf_counter())) if not first else None
        since, began = first[0]
        each = (time.perf_counter() - began) / max(done - since, 1)
        lease.tell(
            update=done, updates=total, loss=loss, seconds_left=each * (total - done)
        )

    return shown, lambda: bool(asked()) or lease.lost


def _provenance(place: Place) -> dict[str, Any]:
    return machine.provenance(place.device) | {
        "threads": place.threads,
        "devices": place.world,
        "device_batch": place.device_batch,
        "compile": place.compile,
        "code": machine.code(),
        "git_sha": place.git_sha.removesuffix(machine.DIRTY),
        "git_dirty": place.git_sha.endswith(machine.DIRTY),
    }


def _trained(
    run: Run,
    place: Place,
    folder: Path,
    told: tuple[logging.Logger, Callable[[str], None]],
    on_update: OnUpdate,
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """Train, keep the weights, tell the tracker; return the record's own part."""
    log, say = told
    device = torch.device(place.device)
    if device.type == "cpu":
        torch.set_num_threads(place.threads)
        machine.keep_memory()
    else:
        torch.cuda.reset_peak_memory_stats(device)
    recipe = recipe_from(run.recipe)
    source = open_source(run, recipe, place)
    rule = explain(recipe, source.train_size, place)
    log.info("%s", rule)
    say(rule)
    tracker, ended = _tracker(run, place, folder), {"status": "failed"}

    def on_epoch(row: dict[str, float]) -> None:
        log.info("%s", " ".join(f"{key} {value:.6g}" for key, value in row.items()))
        tracker.log(row)

    try:
        outcome = train(
            partial(build_model, run, recipe, place.weights),
            source,
            recipe,
            run.seed,
            _setup(place, folder),
            on_epoch=on_epoch,
            on_update=on_update,
            should_stop=should_stop,
        )
        result = _result(outcome) | {
            "data_fingerprint": source.fingerprint(),
            "skipped_images": source.skipped,
            "peak_memory_bytes": machine.peak_memory(device),
        }
        ended = {"status": outcome.status, **(result["metrics"] or {})}
    finally:
        source.close()
        tracker.finish(ended)
    if place.rank == 0:
        _keep_weights(outcome, folder)
    return result


def open_source(run: Run, recipe: Recipe, place: Place) -> data.Source:
    """Return the run's data, augmented as its recipe says, on its device."""
    augmentation = Augmentation(
        random_resized_crop=recipe.random_resized_crop,
        randaugment=recipe.randaugment,
        random_erasing=recipe.random_erasing,
        random_shift=recipe.random_shift,
    )
    return data.open_source(
        run.data,
        augmentation,
        root=place.data_root,
        cache=Path(place.root) / "data",
        device=torch.device(place.device),
        num_workers=place.num_workers,
    )


def build_model(run: Run, recipe: Recipe, weights: str | None = None) -> nn.Module:
    """Return the run's network with the weights that it starts from.

    They are drawn by the recipe's rule from torch's generator, and where there is a
    file of weights, read from it; a head of another size is left as it was drawn.
    """
    sizes = (run.data["num_classes"], run.data["in_chans"], run.data["image_size"])
    model = build(design_from(run.network), *sizes)
    init_weights(model, recipe.weight_init, recipe.init_std, recipe.head_init_scale)
    if weights is not None:
        start_from(model, read_weights(Path(weights)))
    return model


def explain(recipe: Recipe, train_size: int, place: Place) -> str:
    """Return the rule of the batch and the learning rate, in one line."""
    cut = batching(recipe, train_size, place.world, place.device_batch)
    return cut.explain(recipe)


def _setup(place: Place, folder: Path) -> Setup:
    return Setup(
        device=torch.device(place.device),
        rank=place.rank,
        world=place.world,
        device_batch=place.device_batch,
        compile=place.compile,
        checkpoints=folder / "checkpoints",
        checkpoint_seconds=place.checkpoint_seconds,
    )


def _tracker(run: Run, place: Place, folder: Path) -> Tracker:
    settings = place.tracker if place.rank == 0 else {"name": "none"}
    labels = Labels(place.study, place.regime, place.step, run.seed, run.id)
    return open_tracker(settings, folder, labels, asdict(run))


def _keep_weights(outcome: Outcome, folder: Path) -> None:
    """Leave a finished run's weights beside its record."""
    if outcome.status != "finished":
        return
    for name, model in (("weights", outcome.model), ("weights_ema", outcome.ema)):
        if model is not None:
            state = {k: v.cpu().contiguous() for k, v in model.state_dict().items()}
            write_atomic(folder / f"{name}.safetensors", save(state))


def _result(outcome: Outcome) -> dict[str, Any]:
    result = {
        "status": outcome.status,
        "metrics": outcome.metrics._asdict() if outcome.metrics else None,
        "curve": outcome.curve,
        "train_seconds": outcome.train_seconds,
        "images_per_second": outcome.images_per_second,
    }
    if outcome.ema_metrics:
        result["ema_metrics"] = outcome.ema_metrics._asdict()
    if outcome.diverged:
        result["diverged"] = outcome.diverged
    return result


class _log:
    """A logger of the run's own that writes to its own file; the bar stays clean."""

    def __init__(self, path: Path, rank: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path = path if rank == 0 else path.with_suffix(f".{rank}.log")
        self.handler = logging.FileHandler(path)
        self.handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def __enter__(self) -> logging.Logger:
        logger = logging.getLogger("roadmap")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(self.handler)
        return logger

    def __exit__(self, *exc: object) -> None:
        logging.getLogger("roadmap").removeHandler(self.handler)
        self.handler.close()

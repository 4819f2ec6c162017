"""One run, from its plain data to its record: by one process, or not at all."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from timm.utils.distributed import init_distributed_device_so, is_distributed_env

from roadmap.base import machine
from roadmap.base.code import code
from roadmap.base.signals import stop_on_signal
from roadmap.data.source import DataError
from roadmap.runs import store
from roadmap.runs.assemble import OnUpdate, Place, train_run
from roadmap.runs.lease import Lease, claimed
from roadmap.runs.run import Run
from roadmap.training import checkpoint

INTERRUPTED = "interrupted"
HELD = "held"
"""What ``execute`` says of a run that another process is training; in no record."""


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
    name = f"train.{place.rank}.log" if place.rank else "train.log"
    with _log(folder / name) as log, stop_on_signal() as asked:
        try:
            shown, stop = _shared(lease, on_update, asked)
            result = train_run(run, place, folder, (log, say), shown, stop)
        except (ValueError, DataError) as error:  # no fault of ours: a line says what
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
        "code": code(),
        "git_sha": place.git_sha.removesuffix(machine.DIRTY),
        "git_dirty": place.git_sha.endswith(machine.DIRTY),
    }


@contextmanager
def _log(path: Path) -> Iterator[logging.Logger]:
    """Yield a logger that writes to the run's own file; the terminal stays clean."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("roadmap")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        handler.close()

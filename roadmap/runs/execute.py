"""The execution of a run: from its plain data to its record.

Of all processes that want a run, one trains it; the others leave it alone.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from timm.utils.distributed import init_distributed_device_so, is_distributed_env

from roadmap.base import machine
from roadmap.base.code import code
from roadmap.base.signals import stop_on_signal
from roadmap.data import DataError
from roadmap.runs import store
from roadmap.runs.assemble import train_run
from roadmap.runs.lease import Lease, claimed
from roadmap.runs.place import Place
from roadmap.runs.run import Run
from roadmap.training import checkpoint
from roadmap.training.state import OnUpdate
from roadmap.training.trackers import NONE, Labels, Tracker, open_tracker


class Claim(NamedTuple):
    """What a process knows of a run before it trains it."""

    status: str
    """``ours`` where this process is to train it, else ``done`` or ``held``."""
    before: dict[str, Any] | None
    """The record that there was; the same on all devices."""
    lease: Lease | None
    """Held by rank 0, for all devices."""


def execute(
    run: Run,
    place: Place,
    on_update: OnUpdate = lambda done, total, loss: None,
    on_start: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train the run and return its record, which then lies in the store as well.

    ``on_start`` is called with the line that says how the batch is divided and which
    learning rate follows.

    An exception inside the run becomes a record with status ``failed``, a signal one
    with ``interrupted``; a run that is done is not trained again. Where another process
    is training the run nothing happens, and the status returned is ``held``.
    """
    with _claimed(run, place) as claim:
        if claim.status == store.HELD:
            return {"run": run.id, "status": store.HELD}
        if claim.status == "done":
            return store.read_record(Path(place.root), run.id) or {}
        return _recorded(run, place, claim, on_update, on_start)


@contextmanager
def joined(place: Place) -> Iterator[Place]:
    """Join the processes that torchrun started, if it did; yield our own place."""
    if not is_distributed_env():
        yield place
        return
    ours = init_distributed_device_so(place.setup.device)
    setup = replace(
        place.setup,
        device=ours["device"],
        rank=ours["global_rank"],
        world=ours["world_size"],
    )
    try:
        yield replace(place, setup=setup)
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def _claimed(run: Run, place: Place) -> Iterator[Claim]:
    """Yield the claim on the run; rank 0 decides for all devices."""
    root, lease = Path(place.root), None

    def is_done() -> bool:
        return store.is_done(root, run.id)

    with ExitStack() as stack:
        shared: list[Any] = ["done", None]
        if place.setup.rank == 0 and not is_done():
            claim = claimed(store.run_folder(root, run.id), is_done)
            lease = stack.enter_context(claim)
            # Another may have finished it between the look and the claim.
            status = store.HELD if lease is None else "done" if is_done() else "ours"
            shared = [status, store.read_record(root, run.id)]
        if place.setup.world > 1:
            torch.distributed.broadcast_object_list(shared)
        yield Claim(shared[0], shared[1], lease)


def _recorded(
    run: Run,
    place: Place,
    claim: Claim,
    on_update: OnUpdate,
    on_start: Callable[[str], None],
) -> dict[str, Any]:
    """Train the run, write its record, and return it, also where the run fails."""
    began, folder = time.perf_counter(), store.run_folder(Path(place.root), run.id)
    rank = place.setup.rank
    with _log(folder / (f"train.{rank}.log" if rank else "train.log")) as log:
        result = _result(run, place, claim, on_update, on_start, log)
    if claim.lease and claim.lease.lost:  # this process slept, and another took over
        return {"run": run.id, "status": store.HELD}
    trained_by = result.pop("code", code())
    result["wall_seconds"] = time.perf_counter() - began
    about = _provenance(place) | {"code": trained_by}
    record = {"run": run.id, **result, **asdict(run), "machine": about}
    _write(record, place, claim)
    if rank == 0 and record["status"] in store.DONE:
        checkpoint.remove(folder / "checkpoints")
    return record


def _result(
    run: Run,
    place: Place,
    claim: Claim,
    on_update: OnUpdate,
    on_start: Callable[[str], None],
    log: logging.Logger,
) -> dict[str, Any]:
    """Train the run and return the part of its record that training determines."""
    folder, tracker = store.run_folder(Path(place.root), run.id), Tracker()

    def started(line: str) -> None:
        log.info("%s", line)
        on_start(line)

    def epoch_done(row: dict[str, float]) -> None:
        log.info("%s", " ".join(f"{key} {value:.6g}" for key, value in row.items()))
        tracker.log(row)

    with stop_on_signal() as asked:
        try:
            tracker = _tracker(run, place, folder)
            result = train_run(
                run,
                replace(place.setup, checkpoints=folder / "checkpoints", code=code()),
                folder,
                place.cache,
                on_start=started,
                on_epoch=epoch_done,
                on_update=_reported(claim.lease, on_update),
                should_stop=lambda: bool(asked()) or _is_lost(claim.lease),
            )
        except (ValueError, DataError) as error:  # no fault of ours: its line says why
            log.error("failed: %s", error)
            result = {"status": store.FAILED, "error": str(error)}
        except Exception as error:
            log.exception("failed")
            line = traceback.format_exception_only(error)[-1].strip()
            result = {"status": store.FAILED, "error": line}
        if result["status"] == store.INTERRUPTED:
            result["error"] = f"stopped by {asked() or 'another process'}"
        tracker.finish({"status": result["status"], **(result.get("metrics") or {})})
    return result


def _write(record: dict[str, Any], place: Place, claim: Claim) -> None:
    """Write the record: rank 0 does, and any rank that was the first to fail.

    A rank whose peer has failed loses its connection, and so fails later; it finds the
    peer's record, which says what really happened, and leaves it.
    """
    root, failed = Path(place.root), record["status"] == store.FAILED
    there = store.read_record(root, record["run"]) or {}
    peer_failed = there.get("status") == store.FAILED and there != claim.before
    if (place.setup.rank == 0 and not failed) or (failed and not peer_failed):
        store.write_record(root, record)


def _reported(lease: Lease | None, on_update: OnUpdate) -> OnUpdate:
    """Return ``on_update`` that also puts the progress on the lease."""
    if lease is None:
        return on_update
    first: list[tuple[int, float]] = []

    def update_done(done: int, total: int, loss: float) -> None:
        on_update(done, total, loss)
        if not first:
            first.append((done, time.perf_counter()))
        since, began = first[0]
        each = (time.perf_counter() - began) / max(done - since, 1)
        lease.report(
            update=done, updates=total, loss=loss, seconds_left=each * (total - done)
        )

    return update_done


def _is_lost(lease: Lease | None) -> bool:
    return lease is not None and lease.lost


def _tracker(run: Run, place: Place, folder: Path) -> Tracker:
    """Return the run's tracker; of several devices only the first has one."""
    settings = place.tracker if place.setup.rank == 0 else NONE
    labels = Labels(place.study, place.regime, place.step, run.seed, run.id)
    return open_tracker(settings, folder, labels, asdict(run))


def _provenance(place: Place) -> dict[str, Any]:
    setup = place.setup
    return machine.provenance(setup.device) | {
        "threads": setup.threads,
        "devices": setup.world,
        "device_batch": setup.device_batch,
        "compile": setup.compile,
        "git_sha": place.git_sha.removesuffix(machine.DIRTY),
        "git_dirty": place.git_sha.endswith(machine.DIRTY),
    }


@contextmanager
def _log(path: Path) -> Iterator[logging.Logger]:
    """Yield a logger that writes to the run's own file, not to the terminal."""
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

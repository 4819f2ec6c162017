"""Runs of full scale in small: killed, stopped, on two processes; real JPEGs."""

import json
import os
import random
import shutil
import signal
import socket
import time

import numpy as np
import pytest
from commands import Command, run, wait_until
from PIL import Image
from safetensors.torch import load_file

from roadmap.training import batching, checkpoint
from roadmap.training.streams import parts_of_epoch

STEP = "step=separate_downsampling"
FULL = [  # a run with all that is random switched on
    "recipe=enhanced",
    "recipe.epochs=4",
    "recipe.batch_size=32",
    "recipe.ema=0.9",
    "data.image_size=32",
]


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory):
    """A small image folder in ImageNet's layout."""
    root = tmp_path_factory.mktemp("jpegs")
    generator = np.random.default_rng(0)
    for split, each in (("train", 48), ("val", 16)):
        for label in range(4):
            folder = root / split / f"n{label:08d}"
            folder.mkdir(parents=True)
            for number in range(each):
                pixels = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
                pixels[..., label % 3] //= 1 + label
                image = Image.fromarray(pixels).resize((80, 60))
                image.save(folder / f"{number}.JPEG", quality=85)
    return root


def full(root, jpegs, *words, step=STEP):
    data = ["data=folder", f"data.root={jpegs}", f"root={root}", "device=cpu"]
    return [step, *FULL, *data, *words]


def start(root, jpegs, *words):
    return Command("roadmap.train", *full(root, jpegs, *words))


def train(root, jpegs, *words):
    status, out = start(root, jpegs, *words).finish()
    assert status == 0, out
    return out


def start_two(root, jpegs, *words, step=STEP):
    """Start the command as two processes, with what torchrun would tell them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    both = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    words = full(root, jpegs, *words, step=step)
    return [
        Command("roadmap.train", *words, RANK=rank, LOCAL_RANK=rank, **both)
        for rank in "01"
    ]


def train_two(root, jpegs, *words, step=STEP):
    for process in start_two(root, jpegs, *words, step=step):
        status, out = process.finish()
        assert status == 0, out


def only(root, pattern):
    (path,) = root.glob(f"runs/*/{pattern}")
    return path


def record(root):
    return json.loads(only(root, "record.json").read_text())


def weights(root, name="weights"):
    return load_file(only(root, f"{name}.safetensors"))


def assert_same_weights(first, second):
    for name in ("weights", "weights_ema"):
        one, other = weights(first, name), weights(second, name)
        assert one.keys() == other.keys()
        for key in one:
            assert one[key].equal(other[key]), key
    assert correct(first) == correct(second)


def correct(root):
    """Return the bits of the images that are classified correctly."""
    return only(root, "correct.npy").read_bytes()


def updates(root):
    return {path.name for path in root.glob("runs/*/checkpoints/*.pt")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, jpegs):
    root = tmp_path_factory.mktemp("undisturbed")
    out = train(root, jpegs)
    assert "finished: top-1" in out
    assert "batch 32 = 32 a device x 1 devices x 1 accumulated; lr 3.125e-05" in out
    return root


def test_killed_at_three_points_it_ends_bitwise_the_same(tmp_path, jpegs, undisturbed):
    """Also where the clock of the day is set back and forth in between."""
    generator = random.Random(time.time_ns())
    for days in (-400, 0, 400):
        before = updates(tmp_path)
        process = start(tmp_path, jpegs, "checkpoint_seconds=0")
        wait_until(lambda seen=before: updates(tmp_path) - seen)
        time.sleep(generator.uniform(0, 0.05))
        assert process.kill()[0] == -signal.SIGKILL
        then = time.time() + 86400 * days
        for path in tmp_path.rglob("*"):
            os.utime(path, (then, then))
    assert not list(tmp_path.glob("runs/*/record.json"))
    train(tmp_path, jpegs, "checkpoint_seconds=0")
    assert_same_weights(tmp_path, undisturbed)
    assert record(tmp_path)["curve"] == record(undisturbed)["curve"]
    assert not updates(tmp_path)  # the record stands: they are in nobody's way


def test_a_truncated_checkpoint_is_named_and_passed_over(tmp_path, jpegs, undisturbed):
    process = start(tmp_path, jpegs, "checkpoint_seconds=0")
    wait_until(lambda: len(updates(tmp_path)) == checkpoint.KEPT)
    process.kill()
    newest = max(only(tmp_path, "checkpoints").glob("*.pt"))
    newest.write_bytes(newest.read_bytes()[:-1000])
    train(tmp_path, jpegs, "checkpoint_seconds=0")
    assert f"{newest} cannot be read" in only(tmp_path, "train.log").read_text()
    assert_same_weights(tmp_path, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_a_signal_leaves_a_checkpoint(number, tmp_path, jpegs, undisturbed):
    process = start(tmp_path, jpegs, "recipe.epochs=200")
    log = lambda: "".join(p.read_text() for p in tmp_path.glob("runs/*/train.log"))  # noqa: E731
    wait_until(lambda: "epoch 1" in log())
    process.signal(number)
    status, out = process.finish()
    assert status == 130, out
    assert "the same command goes on from its checkpoint" in out
    assert record(tmp_path)["status"] == "interrupted"
    (path,) = tmp_path.glob("runs/*/checkpoints/*.pt")
    assert checkpoint.load(path.parent, "cpu")["progress"]["update"] == int(path.stem)


def test_two_processes_train_as_one_that_accumulates(tmp_path, jpegs, undisturbed):
    """The same parts of a batch; without BatchNorm, whose statistics are a part's."""
    one, two = tmp_path / "one", tmp_path / "two"
    out = train(one, jpegs, "device_batch=16")
    train_two(two, jpegs, "device_batch=16")
    first, second = record(one), record(two)
    assert first["machine"]["devices"] == 1
    assert second["machine"]["devices"] == 2
    for one_row, other_row in zip(first["curve"], second["curve"], strict=True):
        assert one_row["train_loss"] == pytest.approx(other_row["train_loss"], rel=1e-4)
        assert one_row["loss"] == pytest.approx(other_row["loss"], rel=1e-3)
    assert "finished" in out


def test_two_processes_killed_and_resumed_end_the_same(tmp_path, jpegs):
    """With BatchNorm, whose statistics differ by device; in the middle of an epoch."""
    step, whole, part = "step=resnet", tmp_path / "whole", tmp_path / "part"
    train_two(whole, jpegs, step=step)
    both = start_two(part, jpegs, "checkpoint_seconds=0", step=step)
    wait_until(lambda: updates(part))
    for process in both:
        process.signal(signal.SIGKILL)
    for process in both:
        process.finish()
    assert {int(name[:-3]) % 6 for name in updates(part)} != {0}
    assert not list(part.glob("runs/*/weights*"))
    train_two(part, jpegs, step=step)
    assert_same_weights(part, whole)
    assert record(part)["curve"] == record(whole)["curve"]


def test_the_record_says_where_it_comes_from(undisturbed, monkeypatch):
    found = record(undisturbed)
    machine = found["machine"]
    assert machine["versions"].keys() >= {"torch", "torchvision", "timm", "pillow"}
    assert isinstance(machine["git_dirty"], bool)
    assert machine["processor"]
    assert len(found["data_fingerprint"]) == 16
    for key in ("wall_seconds", "images_per_second", "peak_memory_bytes"):
        assert found[key] > 0
    assert found["recipe"]["mixup"] == 0.8
    assert found["ema_metrics"].keys() == found["metrics"].keys()
    assert os.environ["PATH"] not in json.dumps(found)


def test_finetuning_starts_from_the_weights(tmp_path, jpegs, undisturbed):
    path = only(undisturbed, "weights.safetensors")
    words = ["recipe=finetune", f"recipe.weights={path}", "recipe.lr=0"]
    words += ["recipe.warmup_epochs=0", "recipe.epochs=1"]
    train(tmp_path, jpegs, *words)
    found, start_weights = weights(tmp_path), weights(undisturbed)
    assert found["stem.conv.weight"].equal(start_weights["stem.conv.weight"])
    assert found["head.weight"].equal(start_weights["head.weight"])
    assert str(path) not in only(tmp_path, "record.json").read_text()


def broken(jpegs, root, index):
    """Return a copy of the images whose training image of that index is unreadable."""
    shutil.copytree(jpegs, root)
    sorted(root.glob("train/*/*"))[index].write_bytes(b"no image")
    return root


def test_an_unreadable_image_fails_the_run_in_one_line(tmp_path, jpegs):
    root = broken(jpegs, tmp_path / "jpegs", 0)
    status, out = start(tmp_path, root).finish()
    assert status == 1, out
    assert "failed: " + str(root) in out
    assert "data.on_unreadable=skip" in out
    assert "Traceback" not in only(tmp_path, "train.log").read_text()


@pytest.fixture
def broken_for_rank_1(jpegs, tmp_path):
    """Images of which the second of two devices meets an unreadable one, and first."""
    parts = batching.Batching(32, 16, 2, 1, 6)
    first = parts_of_epoch(0, 0, parts, 192, rank=1).images[0][0]
    return broken(jpegs, tmp_path / "jpegs", first)


def assert_failed_by_the_image(root):
    found = record(root)
    assert found["status"] == "failed"
    assert "cannot be read as an image" in found["error"]


def test_an_error_on_another_device_than_the_first_fails_the_run(
    tmp_path, broken_for_rank_1
):
    both = start_two(tmp_path, broken_for_rank_1)
    for process in reversed(both):
        status, out = process.finish(60)
        assert status == 1, out
        assert "Traceback" not in out
    assert_failed_by_the_image(tmp_path)


def test_a_launcher_sees_an_error_on_another_device(tmp_path, broken_for_rank_1):
    words = full(tmp_path, broken_for_rank_1, step=f"+{STEP}")
    words += ["launcher=serial", "launcher.devices=2"]
    status, out = run("roadmap.sweep", *words)
    assert status == 1, out
    assert "Traceback" not in out
    assert_failed_by_the_image(tmp_path)

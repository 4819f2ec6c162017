"""Sweeps on a real Ray: the launcher's own, and one of two nodes, of which one dies.

All in one file, so that no two of them start at once: each takes both cores for long.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sweeps import ask, assert_same, ended, leases, start, train_on_two, wait_until

RAY = str(Path(sys.executable).with_name("ray"))


def begun(*words):
    """Start a node of one core, as it would be on another machine."""
    command = [RAY, "start", "--block", "--num-cpus=1", "--disable-usage-stats", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def raylet(node):
    """Return the process that is the node's heart, once it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and node.poll() is None:
        for process in psutil.Process(node.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process.name() == "raylet":
                    return process
        time.sleep(0.2)
    raise AssertionError(node.communicate()[0].decode())


def wait_for_both(address):
    """Wait until the head knows of both nodes: a sweep asks it for room once."""
    command = [RAY, "status", f"--address={address}"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = subprocess.run(command, capture_output=True, text=True)
        if status.stdout.count(" node_") == 2:
            return
    raise AssertionError(status.stdout + status.stderr)


@pytest.mark.parametrize("name", ["local", "ray"])
def test_two_devices(name, tmp_path, by_two):
    assert train_on_two(tmp_path, f"launcher={name}") == by_two


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """The address of a Ray, and its two nodes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    # Ray's sockets lie there, whose paths must be short.
    state = tmp_path_factory.getbasetemp().parent / "ray"
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "t" * 64}
    port = f"--port={address.rpartition(':')[2]}"
    words = ["--include-dashboard=false", f"--temp-dir={state}"]
    nodes = [begun("--head", "--node-ip-address=127.0.0.1", port, *words)]
    try:
        raylet(nodes[0])
        nodes += [begun("--node-ip-address=127.0.0.2", f"--address={address}")]
        raylet(nodes[1])
        wait_for_both(address)
        yield address, nodes
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            node.communicate(timeout=60)
        del os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"]


def test_a_question_by_local(tmp_path, answer):
    ended(ask(tmp_path, "launcher=local"))
    assert_same(tmp_path, answer, "effects.csv")


def test_a_question_on_two_nodes(tmp_path, answer, nodes):
    ended(ask(tmp_path, "launcher=ray", f"launcher.address={nodes[0]}"))
    assert_same(tmp_path, answer, "effects.csv")


def test_a_node_dies(tmp_path, reference, nodes):
    """Both nodes train; the run of the one that dies is trained on the other."""
    address, (first, second) = nodes
    sweep = start(tmp_path, "launcher=ray", f"launcher.address={address}")

    def at_work():
        """Return whether each node trains a run this moment."""
        pids = set(leases(tmp_path).values())
        return all(
            pids & {p.pid for p in psutil.Process(node.pid).children(recursive=True)}
            for node in (first, second)
        )

    wait_until(at_work, sweep)
    raylet(second).kill()
    out = ended(sweep)
    assert_same(tmp_path, reference)
    assert "4 runs, 4 of them to train, 2 at a time (launcher=ray)" in out
    assert "Traceback" not in out

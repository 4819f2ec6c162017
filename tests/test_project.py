"""What the project promises of itself: the lock, the wheel, the libraries' traps."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image
from timm.data.auto_augment import _RAND_INCREASING_TRANSFORMS, AugmentOp

ROOT = Path(__file__).parents[1]
LOCK = [
    line
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line and not line.startswith("#")
]


def test_lock_satisfies_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {canonicalize_name(n): v for n, v in (x.split("==") for x in LOCK)}
    for asked in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        requirement = Requirement(asked)
        version = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), asked
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_the_citation_has_todays_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == project["version"]
    assert cited["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= set(cited)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-q", "-w", folder, ROOT], check=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture
def wheel(built):
    """The names of the files in the wheel."""
    return built.namelist()


def test_wheel_carries_the_configuration_and_the_paper(wheel):
    for path in {*(ROOT / "conf").rglob("*.yaml")} - {ROOT / "conf/benchmark.yaml"}:
        assert f"roadmap/{path.relative_to(ROOT)}" in wheel
    for path in (ROOT / "roadmap").rglob("*.py"):
        assert (str(path.relative_to(ROOT)) in wheel) != _is_tool(path)
    numbers = (1, 2, 3, 4, 7, 8, 9, 12)
    for name in ("table", *(f"table_{number}" for number in numbers)):
        assert f"roadmap/experiments/paper/{name}.csv" in wheel


def test_wheel_leaves_the_tools_out(wheel):
    tools = [name for name in wheel if "benchmark" in name or "reference" in name]
    assert not tools
    folders = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    assert folders == {"roadmap"}


OWN = """
# @package _global_
defaults: [resnet, _self_]
step: {name: mine, title: mine, section: micro design, status: "no", reason: ""}
network: {activation: gelu}
"""


def test_a_wheels_user_adds_a_step_in_the_working_folder(built, tmp_path):
    built.extractall(tmp_path / "installed")
    own = tmp_path / "work" / "conf" / "step"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(OWN)
    short = ["recipe.epochs=1", "data.train_size=64", "data.test_size=20", "device=cpu"]
    for place, words in {
        "work": ["roadmap.sweep", "+step=mine", "study=mine", "figures=[]"],
        "elsewhere": ["roadmap.train", "step=mine", "--config-dir=../work/conf"],
    }.items():
        (tmp_path / place).mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", *words, *short],
            cwd=tmp_path / place,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    (record,) = (tmp_path / "work" / "outputs" / "runs").glob("*/record.json")
    assert json.loads(record.read_text())["network"]["activation"] == "gelu"
    assert len([*(tmp_path / "elsewhere").glob("outputs/runs/*/record.json")]) == 1


def _is_tool(path):
    return "benchmark" in path.parts or path.name in ("reference.py", "site.py")


@pytest.mark.parametrize("name", _RAND_INCREASING_TRANSFORMS)
def test_randaugment_works_at_every_magnitude_under_the_locked_pillow(name):
    """Pillow 13 refuses to posterize to 0 bits, which timm's RandAugment asks for."""
    image = Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    for magnitude in range(11):
        op = AugmentOp(name, prob=1.0, magnitude=magnitude)
        assert op(image).size == image.size

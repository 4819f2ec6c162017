"""What describes networks imports no torch; what builds them registers with timm."""

import sys

import pytest

import roadmap

LIGHT = """
import sys
from roadmap import Design
from roadmap.network.costs import cost_of
from roadmap.network.steps import load_design
from roadmap.network.variants import VARIANTS
Design()
load_design("swin")
print({"torch", "torchvision", "timm", "pandas", "matplotlib"} & {*sys.modules})
"""


def test_descriptions_import_no_torch(python):
    assert python(LIGHT) == "set()"


@pytest.mark.parametrize("name", ["Network", "load_design"])
def test_what_builds_is_registered_with_timm(name, monkeypatch):
    monkeypatch.delitem(sys.modules, "roadmap.models", raising=False)
    monkeypatch.delitem(vars(roadmap), name, raising=False)
    assert getattr(roadmap, name)
    assert "roadmap.models" in sys.modules  # test_registry has what that does


def test_convert_is_where_the_contract_says():
    from roadmap.network.convert import convert
    from roadmap.weights import convert as promised

    assert promised is convert

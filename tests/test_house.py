"""The rules of the house, read from its sources: sizes, arrows, circles, imports.

``python tests/test_house.py`` prints the floors and the sizes.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "roadmap"
FILE, FUNCTION = 250, 50
"""The most lines of a file, and of a function with its docstring."""
ARROWS = {
    "base": "",
    "network": "base",
    "data": "base",
    "training": "base",
    "runs": "training data network base",
    "launchers": "runs base",
    "report": "runs base",
    "studies": "report launchers runs training data network base",
    "evaluation": "report runs training data network base",
    "lessons": "report studies runs network base",
    "explorer": "lessons report runs base",
    "downstream": "network base",
    "throughput": "network base",
}
"""Each room, and the rooms that it may import. Doors may import all of them."""
TORCH = {"torch", "torchvision", "timm", "sklearn"}
HEAVY = TORCH | {"pandas", "scipy", "matplotlib"}
_BASE = [f"base.{path.stem}" for path in PACKAGE.glob("base/[a-z]*.py")]
_NO_HEAVY = ["sweep", "status", "train", "benchmark.__main__", "launchers", "data"]
_NO_HEAVY += ["network", "network.design", "network.steps", "training"]
_NO_HEAVY += ["training.recipe", "runs", "runs.run", "runs.store", "runs.lease"]
_NO_HEAVY += ["evaluate", "evaluation.sets", "evaluation.settings"]
_NO_HEAVY += ["runs.place", "studies", "studies.plan"]
_NO_HEAVY += ["downstream", "downstream.__main__", "downstream.settings"]
_NO_HEAVY += ["compare", "studies.sides", "studies.compare"]
_NO_TORCH = ["report", "report.__main__", "lessons", "explain", "explorer"]
_NO_TORCH += ["complexity", "weights", "network.sources"]
_NO_TORCH += ["complexity", "throughput.__main__", "network.named"]
_NO_TORCH += ["network.split", "network.specification"]
LIGHT = {
    "roadmap": HEAVY,
    **{f"roadmap.{name}": HEAVY for name in _BASE + _NO_HEAVY},
    **{f"roadmap.{name}": TORCH for name in _NO_TORCH},
}
"""What these modules do not import before they build, train or draw something."""


class Import(NamedTuple):
    """One import: by which module, of which, and whether it is made at once."""

    source: str
    target: str
    at_once: bool


def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of each module of the package, by its full name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_bytes())
    return found


def imports() -> list[Import]:
    """Return all imports of the package but those for type checkers."""
    found = []
    for name, tree in MODULES.items():
        for node, at_once in _nodes(tree, at_once=True):
            found += [Import(name, target, at_once) for target in _targets(node)]
    return found


def _nodes(node: ast.AST, at_once: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the import statements under a node, and whether they run at import."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, at_once
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.orelse:
            yield from _nodes(child, at_once)
    else:
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            yield from _nodes(child, at_once and not later)


def _targets(node: ast.stmt) -> list[str]:
    """Return the full names of what an import statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert isinstance(node, ast.ImportFrom)
    names = {f"{node.module}.{alias.name}" for alias in node.names}
    inside = sorted(names & set(MODULES))
    return inside if len(inside) == len(names) else [*inside, str(node.module)]


def room(module: str) -> str:
    """Return the room of a module; "" for a door, which belongs to none."""
    package, *parts = module.split(".")
    is_room = package == PACKAGE.name and parts and parts[0] in ARROWS
    return parts[0] if is_room and parts[-1] != "__main__" else ""


def arrows() -> dict[str, set[str]]:
    """Return the other rooms that each room imports."""
    found: dict[str, set[str]] = {name: set() for name in ARROWS}
    for one in IMPORTS:
        source, target = room(one.source), room(one.target)
        if source and target and source != target:
            found[source].add(target)
    return found


def floors() -> list[list[str]]:
    """Return the rooms from the ground up: each stands on those below it.

    Raises:
        CycleError: where rooms import one another.
    """
    graph, found = TopologicalSorter(arrows()), []
    graph.prepare()
    while graph.is_active():
        found.append(sorted(graph.get_ready()))
        graph.done(*found[-1])
    return found


def arrows_up() -> list[str]:
    """Return the imports that are against the order of the rooms."""
    return [
        f"{one.source} -> {one.target}"
        for one in IMPORTS
        if room(one.source) and room(one.target) not in (room(one.source), "")
        if room(one.target) not in ARROWS[room(one.source)].split()
    ]


def circle() -> list[str]:
    """Return the modules of a circle of imports; nothing where there is none."""
    graph: dict[str, set[str]] = {}
    for one in IMPORTS:
        if one.target in MODULES:
            graph.setdefault(one.source, set()).add(one.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def file_lengths() -> dict[str, int]:
    """Return the number of lines of each file of the package."""
    return {
        str(path.relative_to(PACKAGE.parent)): len(path.read_text().splitlines())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def function_lengths() -> dict[str, int]:
    """Return the number of lines of each function, methods and inner ones too."""
    return {
        f"{name}.{node.name}:{node.lineno}": node.end_lineno - node.lineno + 1
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def heavy(module: str) -> dict[str, str]:
    """Return the libraries that a module imports at once, and by which of ours."""
    found, seen, todo = {}, set(), [module]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        parts = name.split(".")
        todo += [".".join(parts[:i]) for i in range(1, len(parts))]  # its packages
        for target in AT_ONCE.get(name, []):
            if target in MODULES:
                todo.append(target)
            elif target.split(".")[0] in HEAVY:
                found.setdefault(target.split(".")[0], name)
    return found


MODULES = modules()
IMPORTS = imports()
AT_ONCE: dict[str, list[str]] = {}
for _one in IMPORTS:
    if _one.at_once:
        AT_ONCE.setdefault(_one.source, []).append(_one.target)


def test_no_file_is_too_long():
    assert {k: v for k, v in file_lengths().items() if v > FILE} == {}


def test_no_function_is_too_long():
    assert {k: v for k, v in function_lengths().items() if v > FUNCTION} == {}


def test_rooms_import_only_what_lies_below_them():
    assert arrows_up() == []


def test_nothing_in_a_room_imports_a_door():
    doors = {name for name in MODULES if not room(name)}
    assert [one for one in IMPORTS if room(one.source) and one.target in doors] == []


def test_every_folder_is_a_room_or_a_tool():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == {*ARROWS, "benchmark"}


def test_there_are_no_circles():
    assert circle() == []


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_import_no_heavy_library_at_once(module):
    assert module in MODULES
    found = {k: f"by {v}" for k, v in heavy(module).items() if k in LIGHT[module]}
    assert found == {}


def test_these_tests_find_what_they_look_for():
    assert "torch" in heavy("roadmap.network.layers")
    assert len(function_lengths()) > 500


def main() -> None:
    """Print what the house looks like today."""
    print(f"arrows up: {len(arrows_up())}, circle: {circle() or 'none'}")
    for number, rooms in enumerate(floors() if not arrows_up() else []):
        print(f"floor {number}: {' '.join(rooms)}")
    doors = [n for n in MODULES if not room(n) and "benchmark" not in n]
    print(f"doors: {' '.join(doors)}")
    files, functions = file_lengths(), function_lengths()
    longest, deepest = max(files, key=files.get), max(functions, key=functions.get)
    print(f"files: {len(files)}, {sum(files.values())} lines")
    print(f"longest file: {longest}, {files[longest]} lines")
    print(f"longest function: {deepest}, {functions[deepest]} lines")
    print(f"median function: {median(functions.values()):g} of {len(functions)}")


if __name__ == "__main__":
    main()

"""Which code a result depends on, as one hash."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from roadmap.base.config import PACKAGE

START = "roadmap.runs.assemble"
"""The module that puts a run together: what it imports is what a result depends on."""
NO_PART = ("roadmap", "roadmap.base")
"""Packages that change no result: files, signals, the command line."""


@cache
def code(start: str = START) -> str:
    """Return a hash of the sources that a run's result depends on: 12 digits.

    Those of every module that ``start`` imports, directly or not. It is taken of the
    syntax trees without docstrings, so a comment changes nothing.
    """
    digest = hashlib.sha256()
    for name, tree in sorted(_sources(start).items()):
        digest.update(f"{name}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()[:12]


def _sources(start: str) -> dict[str, ast.Module]:
    """Return the syntax trees of a module of ours and of all that it imports."""
    found: dict[str, ast.Module] = {}
    todo = [start]
    while todo:
        name = todo.pop()
        path = _path(name)
        if name in found or path is None or _is_no_part(name):
            continue
        found[name] = _without_docstrings(ast.parse(path.read_bytes()))
        todo += _imports(found[name])
    return found


def _is_no_part(name: str) -> bool:
    return name in NO_PART or name.startswith("roadmap.base.")


def _path(name: str) -> Path | None:
    """Return the file of a module of ours, or None for what is none."""
    package, *parts = name.split(".")
    if package != PACKAGE.name:
        return None
    stem = PACKAGE.joinpath(*parts)
    found = (path for path in (stem.with_suffix(".py"), stem / "__init__.py"))
    return next((path for path in found if path.is_file()), None)


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a source may import; some of the names are none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [statement for statement in body if not _is_text(statement)]
            node.body = kept  # type: ignore[attr-defined]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    """Return whether a statement is only a string, as docstrings are."""
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return isinstance(value, ast.Constant) and isinstance(value.value, str)

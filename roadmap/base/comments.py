"""What the files in conf/ say of themselves: their comments are the documentation.

``docs/reference.md`` and each command's ``--help`` are made from them. A file begins
with a comment: what it is, and examples, a line each::

    # Trains one run.
    #   python -m roadmap.train step=gelu seed=0  # one step
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SKIPPED = ("_self_", "override ")
_EXAMPLE = r"(?:(.*): |\s*)((?:python|torchrun) .*-m roadmap\.\S.*?)(?:  # (.*))?"


class Row(NamedTuple):
    """A setting; or a heading within the file, which has no default."""

    key: str
    default: str
    comment: str


class Example(NamedTuple):
    """A command, and what it does."""

    command: str
    comment: str


class File(NamedTuple):
    """What a configuration file says of itself."""

    header: str
    """The comment that it begins with, without the examples."""
    examples: list[Example]
    on_top_of: list[str]
    """The files that it inherits."""
    rows: list[Row]


def read(path: Path) -> File:
    """Return what a YAML file of conf/ says."""
    header: list[str] = []
    inherited: list[str] = []
    rows: list[Row] = []
    block = ""
    for line in path.read_text().splitlines():
        if not line.startswith((" ", "#")):
            block = line.partition(":")[0]
        if not rows and not block and line.startswith("# "):
            header.append(line.removeprefix("# "))
        elif line.startswith("defaults: ["):
            inherited = re.findall(r"\w+", line.partition("[")[2])
        elif block == "defaults" and (default := _default(line)):
            rows.append(default) if default.default else inherited.append(default.key)
        elif block != "hydra":
            _add(rows, line)
    words, examples = _examples(header)
    on_top_of = [i.strip() for i in inherited if i != "_self_"]
    return File(" ".join(words), examples, on_top_of, rows)


def _examples(header: list[str]) -> tuple[list[str], list[Example]]:
    """Return the lines of a header that are words, and those that are examples."""
    words, examples = [], []
    for line in header:
        if found := re.fullmatch(_EXAMPLE, line):
            words += [f"{found[1]}."] if found[1] else []
            examples.append(Example(found[2], found[3] or ""))
        else:
            words.append(line)
    return words, examples


def _add(rows: list[Row], line: str) -> None:
    """Take up a line: a setting, more of the last one's comment, or a heading."""
    if setting := re.fullmatch(r"(\w+):\s+(.*?)(?:\s+# (.*))?", line):
        rows.append(Row(*[text or "" for text in setting.groups()]))
    elif (more := re.fullmatch(r"\s{2,}# (.*)", line)) and rows:
        rows[-1] = rows[-1]._replace(comment=f"{rows[-1].comment} {more[1]}")
    elif heading := re.fullmatch(r"# (.*)", line):
        rows.append(Row(heading[1], "", ""))


def _default(line: str) -> Row | None:
    """Return a row for an item of a defaults list; a file inherited has no default."""
    item = re.fullmatch(r"\s+- ([\w ]+)(?:: (\S+))?(?:\s+# (.*))?", line)
    if not item or item[1].startswith(SKIPPED):
        return None
    return Row(*[text or "" for text in item.groups()])

"""What ``--help`` prints, and the list of commands: from the comments in conf/."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from roadmap.base import config
from roadmap.base.close import did_you_mean
from roadmap.base.comments import File, Row, read

ORDER = ("sweep", "compare", "train", "status", "report", "explorer", "explain")
"""Commands in the order of their use; the others follow by name."""
COLUMN = 26
"""Where comments begin."""


class Command(NamedTuple):
    """A command, ``python -m roadmap.<name>``."""

    name: str
    config: str
    """Its file in conf/, without the ending."""
    said: File


def commands() -> list[Command]:
    """Return all commands: those that the files in conf/ have examples of."""
    found = []
    for path in config.CONF.glob("*.yaml"):
        said = read(path)
        if said.examples:
            name = re.findall(r"-m roadmap\.(\w+)", said.examples[0].command)[0]
            found.append(Command(name, path.stem, said))
    last = len(ORDER)
    place = {name: number for number, name in enumerate(ORDER)}
    return sorted(found, key=lambda one: (place.get(one.name, last), one.name))


def overview() -> str:
    """Return the commands with a line each."""
    lines = ["The ConvNeXt roadmap as an experiment. Commands:", ""]
    for one in commands():
        purpose = re.split(r"(?<=\.) ", one.said.header)[0]
        lines += _entry(f"python -m roadmap.{one.name}", purpose, column=32)
    lines += ["", "More about one, with examples: python -m roadmap.NAME --help"]
    return "\n".join(lines)


def help_text(name: str, words: Sequence[str] = ()) -> str:
    """Return the help of the command that conf/<name>.yaml belongs to.

    ``words`` name groups, ``recipe`` or ``recipe=enhanced``: with them it is the
    settings of these instead.

    Raises:
        ValueError: one line, for a group or an option that there is none of.
    """
    command = next(one for one in commands() if one.config == name)
    groups = _groups(command.said)
    asked = [word.lstrip("+").partition("=") for word in words]
    parts = []
    for group, equals, option in asked:
        if group in groups:
            parts.append(_group(group, option or groups[group].default))
        elif not equals and groups and group[:1] != "-":
            line = f"--help {group}: {did_you_mean(group, groups)}"
            raise ValueError(f"{line}valid: {', '.join(groups)}")
    return "\n".join(line for part in parts or [_command(command)] for line in part)


def _command(command: Command) -> Iterator[str]:
    """Yield the lines of a command's help."""
    said, groups = command.said, _groups(command.said)
    yield from wrap(said.header, _width())
    yield from ("", f"Usage: python -m roadmap.{command.name} SETTING=VALUE ...", "")
    yield "Examples:"
    for example in said.examples:
        yield from (f"  {example.command}", f"      {example.comment}".rstrip())
    yield from ("", "Settings, with their defaults:")
    for row in said.rows:
        if row.key not in groups:
            yield from _setting(row)
    for name in said.on_top_of:
        inherited = read(config.CONF / f"{name}.yaml")
        yield from ("", *wrap(inherited.header, _width()))
        for row in inherited.rows:
            yield from _setting(row)
    if not groups:
        return
    yield from ("", "Groups of settings:")
    for name, row in groups.items():
        about = f"{row.comment}. " if row.comment else ""
        listed = f"{about}One of {', '.join(_options(name))}"
        has_list = ":" in row.comment
        yield from _entry(f"  {_said(row)}", row.comment if has_list else listed)
    line = f"python -m roadmap.{command.name} --help {list(groups)[-1]}"
    yield from ("", f"The settings of a group: {line}")


def _groups(said: File) -> dict[str, Row]:
    """Return the groups that a command takes; a sweep takes its steps by ``+step=``."""
    rows = {row.key: row for row in said.rows if (config.CONF / row.key).is_dir()}
    if any("+step=" in example.command for example in said.examples):
        return {"step": Row("+step", "all", "what is trained"), **rows}
    return rows


def _group(name: str, option: str) -> Iterator[str]:
    """Yield the settings of one option of a group, with those that it inherits."""
    if name == "step":
        yield from _steps()
        return
    if option not in (names := _options(name)):
        line = f"{name}={option}: no such {name}; {did_you_mean(option, names)}"
        raise ValueError(f"{line}valid: {', '.join(names)}")
    said = read(config.path(name, option))
    yield from wrap(f"{name}={option}: {said.header}", _width())
    for row in _merged(config.path(name, option)):
        if row.key != "name":
            yield from _setting(row, f"{name}." if row.default else "")


def _merged(path: Path) -> list[Row]:
    """Return a file's settings, and those that it inherits, each once."""
    said, rows = read(path), {}
    for name in said.on_top_of:
        rows = {row.key: row for row in _merged(path.with_name(f"{name}.yaml"))}
    for row in said.rows:
        about = row.comment or (rows[row.key].comment if row.key in rows else "")
        rows[row.key] = row._replace(comment=about)
    return list(rows.values())


def _options(group: str) -> list[str]:
    """Return the names in a group; steps in the roadmap's order."""
    names = config.options(group)
    text = config.path(group, "all").read_text() if group == "step" else ""
    ordered = re.findall(r"^ +- (\w+)", text, re.M)
    return [*ordered, *[name for name in names if name not in ordered]]


def _steps() -> Iterator[str]:
    for name in _options("step"):
        text = config.path("step", name).read_text()
        title = re.findall(r"^  title: (.*)", text, re.M)
        yield from _entry(f"  {name}", title[0] if title else "every step")


def _setting(row: Row, before: str = "") -> Iterator[str]:
    if not row.default:  # a heading
        yield from ("", f"  {row.key}")
    else:
        yield from _entry(f"  {before}{_said(row)}", row.comment)


def _said(row: Row) -> str:
    return f"{row.key}=" if row.default == "???" else f"{row.key}={row.default}"


def _entry(name: str, about: str, column: int = COLUMN) -> Iterator[str]:
    """Yield a name with its comment beside it, or below where the name is long."""
    lines = wrap(about, max(_width() - column, 20))
    if len(name) > column - 2:
        yield name
    elif lines:
        yield f"{name:<{column}}{lines.pop(0)}"
    else:
        yield name
    yield from (" " * column + line for line in lines)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 100)

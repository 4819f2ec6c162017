"""python -m roadmap.reference: docs/reference.md, every setting, from conf/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from roadmap.base.comments import Example, read
from roadmap.base.config import CONF, options
from roadmap.base.files import write_atomic
from roadmap.network.path import step_names

GROUPS = ("regime", "recipe", "data", "question", "launcher", "tracker", "task")
"""In the order of this page; the steps have a table of another form."""
INTRODUCTION = """\
# Every setting

Made from the files in `conf/` and their comments by `make docs`; change those, not this
page. A setting of a group is said with the group's name before it: `recipe.epochs=1`.
Where a file stands on top of another, it has all settings of that one, too."""
STEPS = """\
## `step=`

`conf/step/`, a file a step. Each has the switches of the step that it inherits and sets
what stands here; [switches.md](switches.md) says what the switches are."""


def reference() -> str:
    """Return docs/reference.md as text."""
    parts = [INTRODUCTION, "# Commands"]
    parts += [_section(path, f"## `conf/{path.name}`") for path in _files(CONF)]
    parts.append("# Groups")
    for group in GROUPS:
        listed = ", ".join(f"`{name}`" for name in options(group))
        parts += [f"## `{group}=`", f"One of {listed}."]
        for path in _files(CONF / group):
            parts.append(_section(path, f"### `{group}={path.stem}`"))
    return "\n\n".join([*parts, STEPS, _steps()]) + "\n"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _section(path: Path, title: str) -> str:
    said = read(path)
    lines = [title, "", said.header] if said.header else [title]
    if said.examples:
        lines += ["", "```sh", *[_example(one) for one in said.examples], "```"]
    if said.on_top_of:
        names = ", ".join(f"`{name}`" for name in said.on_top_of)
        lines += ["", f"On top of {names}."]
    if said.rows:
        lines += ["", _table(("setting", "default", "what it is"), _cells(said.rows))]
    return "\n".join(lines)


def _example(one: Example) -> str:
    return f"{one.command}  # {one.comment}" if one.comment else one.command


def _cells(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [
        [f"`{key}`", f"`{value}`", comment] if value else [f"*{key}*", "", ""]
        for key, value, comment in rows
    ]


def _steps() -> str:
    rows = []
    for name in step_names():
        cfg = OmegaConf.load(CONF / "step" / f"{name}.yaml")
        assert isinstance(cfg, DictConfig)
        parent = next(iter(cfg.get("defaults", [])), "")
        plain = OmegaConf.to_container(cfg, resolve=False)
        assert isinstance(plain, dict)
        own = {"recipe": plain["step"].get("recipe")} | plain.get("network", {})
        said = {key: value for key, value in own.items() if value is not None}
        words = ", ".join(f"`{key}: {_yaml(value)}`" for key, value in said.items())
        cells = [f"`{name}`", cfg.step.title, cfg.step.status, words]
        rows.append([*cells, parent and f"`{parent}`"])
    return _table(("step", "title", "status", "sets", "on top of"), rows)


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(_escape(c) for c in cells)} |" for cells in lines)


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|")


def main() -> None:
    """Run ``python -m roadmap.reference`` in a checkout."""
    write_atomic(CONF.parent / "docs" / "reference.md", reference().encode())


if __name__ == "__main__":
    main()

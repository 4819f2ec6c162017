"""python -m roadmap.site: a static site from the same pages, one page for each step.

The pages of the repository keep their places, so their links stay right. Nothing on the
site is loaded from elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from html import escape
from typing import Any

import yaml

from roadmap.base.config import PACKAGE
from roadmap.lessons import Lesson, course
from roadmap.lessons.cells import Cells, cost_cells, layer_cells
from roadmap.lessons.diagram import draw
from roadmap.lessons.effects import NOTE
from roadmap.lessons.show import effect_cells
from roadmap.report.looks import STATUS

ROOT = PACKAGE.parent
BUILD = ROOT / "build"
SOURCE, SITE = BUILD / "site_source", BUILD / "site"
STUDIES = ("proxy_cluttered_digits", "proxy_long", "paper")
PAGES = {
    "Start": "README.md",
    "Guide": [
        {"The sweep at scale": "docs/sweep.md"},
        {"On a cluster": "docs/cluster.md"},
        {"Training": "docs/training.md"},
        {"Is B better than A": "docs/compare.md"},
        {"Beyond the path": "docs/beyond.md"},
        {"Switches": "docs/switches.md"},
        {"Use the networks elsewhere": "docs/elsewhere.md"},
        {"The report": "docs/report.md"},
        {"Extending": "docs/extending.md"},
        {"Every setting": "docs/reference.md"},
        {"Contributing": "CONTRIBUTING.md"},
        {"Changes": "CHANGELOG.md"},
    ],
}
STYLE = """\
.diagrams { display: flex; flex-wrap: wrap; gap: 1rem; }
.diagrams svg { max-width: 100%; height: auto; }
.md-typeset table:not([class]) th, .md-typeset table:not([class]) td { min-width: 0; }
.md-typeset td[style*="right"] { white-space: nowrap; }
.md-typeset td:not(:first-child) code { overflow-wrap: anywhere; }
@media (max-width: 44em) {
  .md-typeset table:not([class]) :is(th, td) { padding: .5em; }
}
"""


def build() -> int:
    """Write the site to build/site; return the exit status of mkdocs."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    _copy_pages()
    lessons = course(root=SOURCE / "none")  # no studies but the recorded ones
    (SOURCE / "steps").mkdir()
    for one in lessons:
        (SOURCE / "steps" / f"{one.step}.md").write_text(step_page(one))
    (SOURCE / "site.css").write_text(STYLE)
    (BUILD / "mkdocs.yml").write_text(yaml.safe_dump(_settings(lessons)))
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--clean"]
    command += ["-f", str(BUILD / "mkdocs.yml")]
    # Its makers advertise their next program on the terminal.
    return subprocess.run(
        command, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    ).returncode


def step_page(lesson: Lesson) -> str:
    """Return a step's lesson as Markdown."""
    follows = f", changes [{lesson.parent}]({lesson.parent}.md)" * bool(lesson.parent)
    status = STATUS.get(lesson.status, lesson.status)
    parts = [
        f"# {lesson.title}",
        f"`{lesson.step}`: {lesson.section}, {status}{follows}",
    ]
    for heading, text in (
        ("What", lesson.what),
        ("Why", lesson.reason),
        ("Predict first", lesson.predict),
    ):
        parts += [f"## {heading}", text] if text else []
    if lesson.changes:
        parts += ["## Config", "\n".join(["```yaml", *lesson.changes, "```"])]
    svgs = "".join(draw([panel]) for panel in lesson.panels)
    side = f"{lesson.image_size}x{lesson.image_size}"
    parts += [f"## Network, for an image of {side}"]
    parts += [f'<div class="diagrams">{svgs}</div>']
    parts += [f"## Layers of `{lesson.step}`", _table(layer_cells(lesson))]
    parts += ["## Cost", _table(cost_cells(lesson))]
    if lesson.effects:
        parts += ["## Measured", _table(effect_cells(lesson.effects)), f"*{NOTE}*"]
    parts += ["## Train it", f"```sh\n{lesson.command}\n```"]
    return "\n\n".join(parts) + "\n"


def _table(cells: Cells) -> str:
    lines = [[" ".join(head.split()) for head in cells.heads]]
    lines += [["---"] * cells.words + ["--:"] * (len(cells.heads) - cells.words)]
    lines += [[escape(cell) for cell in row] for row in cells.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _copy_pages() -> None:
    """Copy the repository's pages and pictures, each to its place."""
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    pages += [*(ROOT / "docs").iterdir()]
    for path in [*pages, *(ROOT / "experiments").rglob("*")]:
        if path.suffix in (".md", ".png", ".svg", ".csv", ".yaml"):
            target = SOURCE / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _settings(lessons: list[Lesson]) -> dict[str, Any]:
    """Return mkdocs' own settings."""
    steps = [{one.title: f"steps/{one.step}.md"} for one in lessons]
    studies = [{name: f"experiments/{name}/README.md"} for name in STUDIES]
    nav: list[Any] = [{name: page} for name, page in PAGES.items()]
    schemes = [
        ("(prefers-color-scheme: light)", "default", "Dark"),
        ("(prefers-color-scheme: dark)", "slate", "Light"),
    ]
    return {
        "site_name": "Roadmap: ResNet to ConvNeXt",
        "docs_dir": str(SOURCE),
        "site_dir": str(SITE),
        "use_directory_urls": False,  # the pages open from a folder, too
        "extra_css": ["site.css"],
        "nav": [nav[0], {"Steps": steps}, nav[1], {"Studies": studies}],
        "validation": {"omitted_files": "ignore", "links": {"not_found": "ignore"}},
        "markdown_extensions": ["tables", "fenced_code", "md_in_html"],
        "theme": {
            "name": "material",
            "font": False,  # the reader's own: nothing is loaded from elsewhere
            "features": ["navigation.tabs", "navigation.footer", "content.code.copy"],
            "palette": [
                {
                    "media": media,
                    "scheme": scheme,
                    "primary": "indigo",
                    "toggle": {"icon": "material/theme-light-dark", "name": to},
                }
                for media, scheme, to in schemes
            ],
        },
    }


def main() -> None:
    """Run ``python -m roadmap.site`` in a checkout."""
    sys.exit(build())


if __name__ == "__main__":
    main()

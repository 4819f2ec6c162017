"""One HTML file out of data, markup, styles, scripts and the charting library.

Nothing is loaded over a network: a policy in the page forbids it. It lets only the
scripts run that are put in here, whatever a study's name or an error's text may hold.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from types import ModuleType
from typing import Any

from roadmap.base.files import write_atomic
from roadmap.explorer.collect import collect
from roadmap.report.looks import COLOURS, METHODS, STATUS

SCRIPTS = ["words.js", "figure.js", "curves.js", "table.js", "details.js"]
SCRIPTS += ["worth.js", "combination.js", "address.js", "main.js"]
"""Joined in this order into one module of the page."""


def write_explorer(folders: Sequence[Path], out: Path, root: Path) -> Path:
    """Write ``explorer.html`` of these studies into ``out``; return its path.

    Equal studies give equal bytes.

    Raises:
        ValueError: one line, if the charting library is missing, or a study comes
            twice.
        FileNotFoundError: if a folder is no study.
    """
    library = require_library().javascript_bundle()
    path = out / "explorer.html"
    write_atomic(path, to_html(collect(folders, root), library).encode())
    return path


def require_library() -> ModuleType:
    """Return vl-convert, which carries Vega, Vega-Lite and Vega-Embed offline.

    Raises:
        ValueError: one line that says what to install, if it is missing.
    """
    try:
        import vl_convert
    except ModuleNotFoundError as error:
        raise ValueError(
            "roadmap.explorer needs vl-convert-python: pip install 'roadmap[html]'"
        ) from error
    return vl_convert


def to_html(data: dict[str, Any], library: str) -> str:
    """Return the page as text: ``data`` is what ``collect`` returns."""
    library = library.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    script = "\n".join(_asset(name) for name in SCRIPTS)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {_hash(library)} {_hash(script)}"
    )
    return Template(_asset("page.html")).substitute(
        title=escape(" and ".join(data["asked"])),
        aside=STATUS["no"],
        policy=policy,
        styles=_colours() + _asset("explorer.css"),
        data=to_json(data),
        library=library,
        script=script,
    )


def to_json(data: Any) -> str:
    """Return JSON that can stand in a ``<script>``: no ``<`` ends or opens one.

    Raises:
        ValueError: if it holds a number that JSON lacks, as NaN.
    """
    text = json.dumps(
        data, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
    )
    return text.replace("<", "\\u003c")


def _plain(number: Any) -> Any:
    return number.item()  # numpy's numbers, as tables have them


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _colours() -> str:
    """Return the colours of sections and questions as CSS: ``--macro-design``."""
    colours = COLOURS | {name: colour for name, (colour, _) in METHODS.items()}
    lines = [f"--{name.replace(' ', '-')}: {value};" for name, value in colours.items()]
    return f":root {{ {' '.join(lines)} }}\n"

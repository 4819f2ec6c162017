"""Run the notebooks anew and keep their outputs: make notebooks, or with their names.

Each notebook keeps a hash of its code and of the recorded studies. A test compares it,
so that outputs cannot grow old unseen: that takes no time, running them takes minutes.
"""

import hashlib
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
STUDIES = FOLDER.parent / "experiments"
KEY = "roadmap_inputs"
"""Where a notebook's metadata have the hash."""


def inputs(notebook):
    """Return a hash of a notebook's code and of the studies that it may read."""
    digest = hashlib.sha256()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            digest.update(cell.source.encode() + b"\n")
    for name in ("paper/table.csv", "proxy_cluttered_digits/results.csv"):
        digest.update((STUDIES / name).read_bytes())
    return digest.hexdigest()[:16]


def is_fresh(notebook):
    """Return whether all cells have run, in order, on the studies of today."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    in_order = counts == list(range(1, len(code) + 1))
    return in_order and notebook.metadata.get(KEY) == inputs(notebook)


def refresh(path):
    """Run a notebook and write it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    client = NotebookClient(
        notebook, kernel_name="python3", resources=resources, record_timing=False
    )
    client.execute()
    for cell in notebook.cells:
        if "outputs" in cell:  # a warning is of this machine only
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    notebook.metadata[KEY] = inputs(notebook)
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)


def main():
    """Refresh the notebooks named on the command line, or all."""
    names = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    for name in names:
        refresh(FOLDER / f"{name}.ipynb")
        print(f"{name}: fresh")


if __name__ == "__main__":
    main()

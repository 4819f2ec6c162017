import runpy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).parents[2]
REFRESH = runpy.run_path(str(REPOSITORY / "analysis" / "refresh.py"))
NAMES = [path.stem for path in (REPOSITORY / "analysis").glob("*.ipynb")]


def read(name):
    return nbformat.read(REPOSITORY / f"analysis/{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", NAMES)
def test_its_stored_outputs_are_of_its_code_and_of_todays_studies(name):
    assert REFRESH["is_fresh"](read(name)), "make notebooks"


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_cell_is_noticed(name):
    notebook = read(name)
    next(cell for cell in notebook.cells if cell.cell_type == "code").source += "\n"
    assert not REFRESH["is_fresh"](notebook)


@pytest.mark.parametrize(
    ("name", "folder", "kind"),
    [
        ("figure_2", REPOSITORY / "analysis", "image/png"),
        ("tables_10_11", REPOSITORY, "text/markdown"),
        ("course", REPOSITORY / "analysis", "image/svg+xml"),  # trains: a minute or two
        ("beyond_the_path", REPOSITORY / "analysis", "image/svg+xml"),  # so does this
    ],
)
def test_a_notebook_runs(name, folder, kind, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    notebook = read(name)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        cell.outputs = []
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="python3", resources=resources).execute()
    shown = {
        kind for cell in cells for out in cell.outputs for kind in out.get("data", {})
    }
    assert kind in shown

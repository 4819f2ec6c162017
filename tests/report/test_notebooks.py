from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "folder", "kind"),
    [
        ("figure_2", REPOSITORY / "analysis", "image/png"),
        ("tables_10_11", REPOSITORY, "text/markdown"),
        (
            "course",
            REPOSITORY / "analysis",
            "image/svg+xml",
        ),  # it trains: a minute or two
    ],
)
def test_a_notebook_runs(name, folder, kind, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    notebook = nbformat.read(REPOSITORY / f"analysis/{name}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in cells), "stored outputs"
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="python3", resources=resources).execute()
    shown = {
        kind for cell in cells for out in cell.outputs for kind in out.get("data", {})
    }
    assert kind in shown

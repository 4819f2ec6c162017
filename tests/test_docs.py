"""What the documentation says is so: its commands, settings, files, links."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from hydra import initialize_config_dir
from omegaconf import DictConfig

from roadmap import compare, reference
from roadmap.base import config
from roadmap.network.changes import for_hydra
from roadmap.runs import store

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
CONFIGS = {"data": "preflight"}
"""Commands whose configuration has another name."""
NO_CONFIG = {"timm"}
"""Commands that hand all their words on."""
NEEDED = {"train": ["step=resnet"], "explain": ["step=resnet"]}
"""What a command named alone still needs."""
MADE = {"conf/step/mine.yaml", "conf/data/pets.yaml"}
"""Files that the reader is told to write."""
DRIVER = """
import json, runpy, sys
exits = []
for module, *words in json.loads(sys.argv[1]):
    sys.argv = [module, *words]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        exits.append(end.code)
exec(PYTHON)
print("exits", exits)
"""
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(text, language=r"\w*"):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(text):
    """Return every ``python -m roadmap...`` of a page, as a list of words."""
    cells = re.findall(r"^\| `([^`]*-m roadmap\.[^`]*)` \|", text, re.M)
    lines = "\n".join(blocks(text)).replace("\\\n", " ").splitlines()
    inline = re.findall(r"`(python -m roadmap\.[^`]*)`", text)
    split = [
        shlex.split(line.removeprefix("$ "), comments=True)
        for line in [*lines, *cells, *inline]
        if "-m roadmap." in line
    ]
    return [words[words.index("-m") + 1 :] for words in split]


def section(text, title):
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found


def slugs(page):
    """Return the names that GitHub gives a page's headings."""
    titles = re.findall(r"^#+ (.*)", page.read_text(), re.M)
    return [re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A checkout whose reader did all that "A step of your own" says, word for word."""
    checkout = tmp_path_factory.mktemp("reader")
    for name in ("roadmap", "conf", "experiments/paper"):
        shutil.copytree(ROOT / name, checkout / name)
    text = (ROOT / "docs" / "extending.md").read_text()
    own = section(text, "A step of your own")
    written = r"Write `(conf/[\w/]+\.yaml)`:\n\n```yaml\n(.*?)^```"
    for path, content in re.findall(written, text, re.M | re.S):
        (checkout / path).write_text(content)
    asked = [words for block in blocks(own, "sh") for words in commands_of(block)]
    (python,) = blocks(text, "python")
    driver = DRIVER.replace("PYTHON", repr(python))
    done = subprocess.run(
        [sys.executable, "-c", driver, json.dumps(asked)],
        cwd=checkout,
        capture_output=True,
        text=True,
    )
    return checkout, asked, done


def commands_of(block):
    return commands(f"```sh\n{block}```\n")


def test_a_step_of_ones_own_word_for_word(reader):
    checkout, asked, done = reader
    assert len(asked) == 3, asked
    assert done.stdout.endswith("exits [0, 0, 0]\n"), done.stdout + done.stderr
    assert "dry_run: nothing was trained" in done.stdout
    study = checkout / "outputs" / "mine"
    results = pd.read_csv(study / "results.csv")
    assert list(results.step.unique()) == ["separate_downsampling", "mine"]
    assert list(results.status) == ["finished"] * 4
    runs = {one.step: one.run for one in results.itertuples()}
    record = store.read_record(checkout / "outputs", runs["mine"])
    assert record["network"]["kernel_size"] == 13
    assert "kernel size → 13" in (study / "table.md").read_text()
    assert (study / "figure_2.png").stat().st_size > 0


def test_all_files_that_the_reader_is_told_to_write_are_written(reader):
    checkout, _, _ = reader
    assert all((checkout / path).exists() for path in MADE)


def test_the_data_set_of_ones_own_composes(reader, monkeypatch):
    checkout, _, _ = reader
    monkeypatch.setattr(config, "CONF", checkout / "conf")
    data = config.compose("train", ["step=gelu", "data=pets"]).data
    assert (data.name, data.root, data.image_size) == ("folder", "/data/pets", 64)
    assert data.held_out == 0.2


@each_page
def test_commands_exist_and_take_their_words(page, reader, monkeypatch):
    monkeypatch.setattr(config, "CONF", reader[0] / "conf")
    with initialize_config_dir(str(config.CONF), version_base="1.3"):
        for module, *words in commands(page.read_text()):
            assert find_spec(module), module
            name = module.removeprefix("roadmap.")
            if "-m" not in words and name not in NO_CONFIG:  # Hydra's multirun differs
                said = [for_hydra(compare.quoted(word)) for word in words]
                if name in NEEDED and any(w.startswith("+comb") for w in said):
                    said += NEEDED[name]
                said = said or NEEDED.get(name, [])
                config.compose(CONFIGS.get(name, name), said)


def test_there_are_commands_to_check():
    found = [words for page in PAGES for words in commands(page.read_text())]
    assert len(found) > 30


def keys(node, before=""):
    """Return every key under a configuration, with dots."""
    found = set()
    for key in node:
        found.add(f"{before}{key}")
        value = node._get_node(key)
        if isinstance(value, DictConfig) and not value._is_none():
            found |= keys(value, f"{before}{key}.")
    return found


@pytest.fixture(scope="module")
def settings():
    """Every setting that any command takes, under any option of its groups."""
    found = {"+step", "+question", "study"}
    with initialize_config_dir(str(config.CONF), version_base="1.3"):
        names = ["train", "report", "status", "explain", "complexity", "benchmark"]
        for name in [*names, "compare", "throughput", "weights", "evaluate", "hub"]:
            found |= keys(config.compose(name, NEEDED.get(name, [])))
        found |= keys(config.compose("preflight", []))
        for task in config.options("task"):
            found |= keys(config.compose("downstream", [f"task={task}"]))
        for group in ("data", "launcher", "recipe", "tracker"):
            for option in config.options(group):
                found |= keys(config.compose("sweep", [f"{group}={option}"]))
        for option in config.options("question"):
            found |= keys(config.compose("sweep", [f"+question={option}"]))
    return found


@each_page
def test_settings_named_in_a_line_exist(page, settings):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    for code in re.findall(r"`([^`\n]+)`", text):
        for key in re.findall(r"(?:^| )'?(\+?[a-z][\w.]*)=", code):
            assert key in settings, f"{page.name}: `{code}`"


@each_page
def test_links_and_files_exist(page):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not heading or heading in slugs(target), link
    inside = r"`((?:conf|roadmap|tests|docs|experiments|analysis)/[\w./]*)`"
    named = {path for path in re.findall(inside, text) if "NAME" not in path}
    for path in named - MADE:
        assert (ROOT / path).exists(), path


@each_page
def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


@each_page
def test_tables_are_whole(page):
    """An empty line in a table ends it: what follows is then no table."""
    lines = page.read_text().splitlines()
    rows = [i for i, line in enumerate(lines) if line.startswith("|")]
    for i in rows:
        begins = lines[i - 1] == "" or not lines[i - 1].startswith("|")
        if begins:
            assert re.match(r"\|[ |:-]+\|$", lines[i + 1]), f"{page.name}: {lines[i]}"


def test_the_reference_is_up_to_date():
    said = (ROOT / "docs" / "reference.md").read_text()
    assert said == reference.reference(), "make docs"


@pytest.mark.parametrize("group", [*reference.GROUPS, ""])
def test_the_reference_leaves_no_setting_out(group):
    said = reference.reference()
    for path in (config.CONF / group).glob("*.yaml"):
        lines = path.read_text().splitlines()
        own = {line.split(":")[0] for line in lines if re.match(r"\w+:", line)}
        for key in own - {"defaults", "hydra"}:
            assert f"| `{key}` |" in said, f"{path.name}: {key}"

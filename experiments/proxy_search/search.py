"""Train candidates for the default study, and write a row for each to results.csv.

python experiments/proxy_search/search.py NAME... [--steps=a,b,c] [--seeds=100,101]

The candidates are in ``candidates.yaml``: a name, and the words that a sweep takes.
README.md, in this folder, has the rule by which they are judged.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from roadmap.base.files import write_atomic
from roadmap.report.numbers.agreement import agreement
from roadmap.report.numbers.bootstrap import kendall, pooled_sd, same_sign
from roadmap.report.numbers.studies import Study, load_study, paper_table

HERE = Path(__file__).parent
ROOT = Path("outputs/proxy_search")
SCREENED = [  # where the path turns: enough to see most of its shape
    *["resnet", "depthwise_conv", "increase_width", "move_up_depthwise", "kernel_7"],
    *["fewer_activations", "layer_norm", "separate_downsampling", "swin"],
]

MEASURES = ["changes", "signs", "tau_changes", "tau_levels"]
"""What a row says of the agreement with Table 10."""


def train(name: str, words: list[str], steps: list[str], seeds: list[int]) -> Path:
    """Train a candidate on validation data; return its study's folder."""
    study = f"{name}_{len(steps)}_{seeds[0]}_{seeds[-1]}"
    line = [sys.executable, "-m", "roadmap.sweep", f"+step=[{','.join(steps)}]"]
    line += [f"seeds={seeds}".replace(" ", ""), "data.evaluate_on=validation"]
    line += [f"root={ROOT}", f"study={study}", "figures=[]", *words]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return ROOT / study


def row(name: str, words: list[str], folder: Path) -> dict[str, object]:
    """Return the candidate's row: what it cost, its noise and its agreement."""
    study = load_study(folder)
    table = study.table
    top1 = table.set_index("step")["top1_mean"]
    seeds = study.results["seed"].astype(int)
    return {
        "candidate": name,
        "steps": len(table),
        "seeds": f"{seeds.min()}-{seeds.max()}",
        "minutes": round(study.results["train_seconds"].sum() / 60, 1),
        "lowest": top1.min(),
        "resnet_original": top1.get("resnet_original"),
        "resnet": top1.get("resnet"),
        "last": top1.get("separate_downsampling"),
        "swin": top1.get("swin"),
        "spread": path_of(table)["top1_mean"].std(ddof=1),
        "pooled_sd": pooled_sd(table),
        "told": (table["within_noise"] == "no").sum(),
        **beside_table_10(study),
        "top1": " ".join(f"{s}={t:.2f}" for s, t in top1.items()),
        "words": " ".join(words),
    }


def path_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the path's steps, from ``resnet`` on, in the path's order."""
    steps = paper_table().query("adopted in ['yes', 'waypoint']")["step"].unique()
    return table.set_index("step").reindex(steps).dropna(subset="top1_mean")


def beside_table_10(study: Study) -> dict[str, float]:
    """Return how many changes have Table 10's sign, and tau of changes and levels.

    A finalist has all steps and is compared as the report does. In a screening a change
    is that from the step before it among those that were trained.
    """
    table, paper = study.table, paper_table().query("regime == 'resnet50'")
    if set(paper["step"]) <= set(table["step"]):
        found = agreement(table, study.results)
        estimates = found.signs, found.tau, found.level_tau
        measures = found.changes, *(estimate.value for estimate in estimates)
    else:
        path = path_of(table)
        theirs = paper.set_index("step").loc[path.index, "top1_mean"]
        levels = [side.to_numpy()[None] for side in (path["top1_mean"], theirs)]
        changes = [np.diff(side).round(9) for side in levels]
        taus = kendall(*changes)[0], kendall(*levels)[0]
        measures = len(path) - 1, same_sign(*changes)[0], *taus
    return dict(zip(MEASURES, measures, strict=True))


def flat(words: list[str] | str) -> list[str]:
    """Return the words of a candidate that starts from another's."""
    return [words] if isinstance(words, str) else [w for ws in words for w in flat(ws)]


def main() -> None:
    """Train what the command line names and write its rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    candidates = yaml.safe_load((HERE / "candidates.yaml").read_text())
    parser.add_argument("names", nargs="+", choices=candidates, metavar="NAME")
    parser.add_argument("--steps", default=",".join(SCREENED))
    parser.add_argument("--seeds", default="100")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    file = HERE / "results.csv"
    for name in asked.names:
        words = flat(candidates[name])
        folder = train(name, words, asked.steps.split(","), seeds)
        rows = pd.DataFrame([row(name, words, folder)]).round(2)
        if file.exists():
            rows = pd.concat([pd.read_csv(file), rows])
        rows = rows.drop_duplicates(["candidate", "steps", "seeds"], keep="last")
        write_atomic(file, rows.to_csv(index=False).encode())
        print(rows.iloc[-1].to_string(), flush=True)


if __name__ == "__main__":
    main()

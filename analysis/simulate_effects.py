"""Do the 95 % intervals of a change's worth hold the truth? Simulated, all questions.

    python analysis/simulate_effects.py

A known response stands in place of training: twelve changes with effects of their own
and between every two, and normal noise of a seed. Printed for each question: how often
the interval of a change holds its true worth (left out, put in, main effect, Shapley
value), over changes and repetitions, the mean half width in sds of a seed, and the
largest gap between the Shapley values' sum and the end less the start.
"""

import sys

import numpy as np

from roadmap.network.changes import path_changes
from roadmap.report.numbers.effects import Levels, effects, interactions
from roadmap.studies.questions import Question, asked

REPETITIONS = 1000
SD = 0.6
ASKED = [
    (Question(question="leave_one_out"), 3),
    (Question(question="add_one_in"), 3),
    (Question(question="factorial", runs=32), 1),
    (Question(question="factorial", runs=64), 1),
    (Question(question="factorial", runs=128), 1),
    (Question(question="factorial", runs=64), 3),
    (Question(question="orders", orders=10), 1),
    (Question(question="orders", orders=10), 3),
    (Question(question="orders", orders=20), 3),
]


def main(repetitions=REPETITIONS):
    """Print the table."""
    draw = np.random.default_rng(0)
    count = len(path_changes())
    own = draw.normal(0.5, 1.5, count)
    both = np.triu(draw.normal(0, 0.7, (count, count)), 1)
    both = both + both.T
    print("| question | runs | seeds | coverage | half width / sd | pairs | sum |")
    print("|---|---|---|---|---|---|---|")
    for question, seeds in ASKED:
        print("| " + " | ".join(row(question, seeds, own, both, repetitions)) + " |")


def row(question, seeds, own, both, repetitions):
    """Return a question's row of the table."""
    about = asked(question)
    sets = about["combinations"].values()
    has = np.array([[c in chosen for c in about["changes"]] for chosen in sets])
    x = has.astype(float)
    true = 80 + x @ own + (x @ both * x).sum(1) / 2
    worth = {
        "leave_one_out": own + both.sum(1),
        "add_one_in": own,
        "factorial": own + both.sum(1) / 2,
        "orders": own + both.sum(1) / 2,
    }[question.question]
    draw, hits, widths, pairs, gap = np.random.default_rng(1), [], [], [], 0.0
    for _ in range(repetitions):
        noise = draw.normal(0, SD, (len(x), seeds))
        levels = Levels(has, true[:, None] + noise, np.zeros(len(x)))
        found = effects("simulated", about, levels)
        hits.append(((found.low <= worth) & (worth <= found.high)).mean())
        widths.append((found.high - found.low).mean() / 2 / SD)
        if question.question == "factorial" and question.runs == 128:
            told = interactions("simulated", about, levels)
            truth = [
                both[about["changes"].index(a), about["changes"].index(b)]
                for a, b in zip(told.change, told.other, strict=True)
            ]
            pairs.append(((told.low <= truth) & (truth <= told.high)).mean())
        if question.question == "orders":
            ends = levels.mean[has.all(1)][0] - levels.mean[~has.any(1)][0]
            gap = max(gap, abs(found.worth.sum() - ends))
    return [
        question.question,
        str(len(x)),
        str(seeds),
        f"{100 * np.mean(hits):.1f} %",
        f"{np.mean(widths):.2f}",
        f"{100 * np.mean(pairs):.1f} %" if pairs else "",
        f"{gap:.0e}" if question.question == "orders" else "",
    ]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Do 95 % intervals of worths and predictions hold the truth? Simulated, all questions.

    python analysis/simulate_effects.py

A known response stands in place of training: twelve changes with effects of their own
and between every two, and normal noise of a seed. Printed for each question: how often
the interval of a change holds its true worth (left out, put in, main effect, Shapley
value), over changes and repetitions, the mean half width in sds of a seed, and the
largest gap between the Shapley values' sum and the end less the start. Then how often
a new run falls into the interval predicted of it, over all combinations and for the one
that is predicted to be best, and how much too good the prediction of that one is.
"""

import sys
from itertools import product

import numpy as np

from roadmap.network.changes import path_changes
from roadmap.report.numbers.effects import Levels, effects
from roadmap.report.numbers.interactions import interactions
from roadmap.report.numbers.predicted import predicted
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
    print("\n| question | runs | seeds | coverage | of the best | too good by |")
    print("|---|---|---|---|---|---|")
    for question, seeds in ASKED:
        if question.question in ("factorial", "orders"):
            cells = foretold(question, seeds, own, both, repetitions // 10)
            print("| " + " | ".join(cells) + " |")


def foretold(question, seeds, own, both, repetitions):
    """Return a question's row of the table of predictions."""
    has = has_of(asked(question))
    every = np.array(list(product([False, True], repeat=len(own))))
    draw, hits, best, gains = np.random.default_rng(1), [], [], []
    for _ in range(repetitions):
        top1 = response(has, own, both)[:, None] + draw.normal(0, SD, (len(has), seeds))
        found = predicted(Levels(has, top1, np.zeros(len(has))), every)
        true = response(every, own, both)
        held = abs(true + draw.normal(0, SD, len(true)) - found.mean) < found.half
        at = found.mean.argmax()
        hits.append(held.mean())
        best.append(held[at])
        gains.append(found.mean[at] - true[at])
    shares = [f"{100 * np.mean(one):.1f} %" for one in (hits, best)]
    words = [question.question, str(len(has)), str(seeds), *shares]
    return [*words, f"{np.mean(gains) / SD:+.2f} sd"]


def has_of(about):
    """Return which changes each combination of a question has."""
    sets = about["combinations"].values()
    return np.array([[c in chosen for c in about["changes"]] for chosen in sets])


def response(has, own, both):
    """Return the true accuracy of combinations."""
    x = has.astype(float)
    return 80 + x @ own + (x @ both * x).sum(1) / 2


def row(question, seeds, own, both, repetitions):
    """Return a question's row of the table."""
    about = asked(question)
    has = has_of(about)
    true = response(has, own, both)
    worth = {
        "leave_one_out": own + both.sum(1),
        "add_one_in": own,
        "factorial": own + both.sum(1) / 2,
        "orders": own + both.sum(1) / 2,
    }[question.question]
    draw, hits, widths, pairs, gap = np.random.default_rng(1), [], [], [], 0.0
    for _ in range(repetitions):
        noise = draw.normal(0, SD, (len(has), seeds))
        levels = Levels(has, true[:, None] + noise, np.zeros(len(has)))
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
        str(len(has)),
        str(seeds),
        f"{100 * np.mean(hits):.1f} %",
        f"{np.mean(widths):.2f}",
        f"{100 * np.mean(pairs):.1f} %" if pairs else "",
        f"{gap:.0e}" if question.question == "orders" else "",
    ]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

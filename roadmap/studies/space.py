"""The question ``space``: what makes a design good in general, at one cost.

Designs are sampled, as for RegNet (Radosavovic et al., 2020): each switch in or not, a
kernel size, a depth for every stage, and a width of those that bring the design into a
band of GFLOPs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Gt

from roadmap.base.settings import AtLeast1, refuse, settings
from roadmap.network.changes import (
    END,
    all_changes,
    edits,
    name_of,
    ordered,
    path_changes,
)

SIZES = {"depths", "width", "kernel_size"}
"""Switches that are sampled as numbers; the changes that set them do not take part."""
Count = Callable[[Sequence[str]], list[float]]
"""Returns the GFLOPs of steps or combinations."""
Range = tuple[AtLeast1, AtLeast1]
BATCH, GIVE_UP = 25, 4
"""Shapes that are drawn at once; batches without a new design that give a band up."""


@settings("")
class Space:
    """A question about sampled designs, as ``conf/question/space.yaml`` has it.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """

    question: Literal["space"] = "space"
    changes: tuple[str, ...] | None = None
    """The switches; None for all that the roadmap adopts, but sizes."""
    samples: AtLeast1 = 100
    """Designs."""
    band: tuple[Annotated[float, Gt(0)], Annotated[float, Gt(0)]] | None = None
    """The least and the most GFLOPs; None for half the end's and the end's."""
    width: Range | None = None
    """The narrowest and the widest; None for half and twice the regime's."""
    depth: Range | None = None
    """The fewest and the most blocks in a stage; None for 1 and twice the regime's."""

    def __post_init__(self) -> None:
        switches = _switches(all_changes())
        for change in self.changes or ():
            if change not in switches:
                raise refuse("changes", change, ", ".join(switches), switches)
        for name in ("band", "width", "depth"):
            both = getattr(self, name)
            if both is not None and both[0] > both[1]:
                raise refuse(name, both, "[least,most]")

    @property
    def all(self) -> tuple[str, ...]:
        """The switches that are asked about."""
        if self.changes is not None:
            return ordered(self.changes)
        return _switches(path_changes())


def _switches(changes: Sequence[str]) -> tuple[str, ...]:
    """Return changes but those that set a size."""
    return tuple(c for c in changes if not edits(c).keys() & SIZES)


def asked(question: Space, regime: Mapping[str, Any], count: Count) -> dict[str, Any]:
    """Return what study.json keeps: the switches, and each design's with its sizes.

    The same question has the same designs: the generator's seed is 0.

    Raises:
        ValueError: one line, where the band has too few designs.
    """
    band = question.band or tuple(share * count([END])[0] for share in (0.5, 1))
    draw, widths = random.Random(0), _widths(question, regime)
    found: dict[str, tuple[str, ...]] = {}
    costs: list[float] = []
    without = 0
    while len(found) < question.samples:
        before = len(found)
        shapes = [_shape(question, regime, draw) for _ in range(BATCH)]
        for shape, gflops in zip(shapes, _costs(shapes, widths, count), strict=True):
            costs += gflops
            priced = zip(widths, gflops, strict=True)
            fit = [width for width, cost in priced if band[0] <= cost <= band[1]]
            if fit and len(found) < question.samples:
                design = (*shape, f"width_{draw.choice(fit)}")
                found[name_of(design)] = design
        without = 0 if len(found) > before else without + 1
        if without == GIVE_UP:
            raise _too_few(question, band, len(found), costs)
    has = {name: [c for c in one if c in question.all] for name, one in found.items()}
    sizes = {name: _sizes(design) for name, design in found.items()}
    about = {"name": "space", "changes": question.all, "combinations": has}
    return {**about, "sizes": sizes}


def _too_few(
    question: Space, band: Sequence[float], found: int, costs: Sequence[float]
) -> ValueError:
    drawn = f"those drawn have {min(costs):.3g} to {max(costs):.3g} GFLOPs"
    many = f"{found} designs for samples={question.samples}"
    return refuse("band", band, f"GFLOPs that designs have; here {many}, {drawn}")


def _shape(
    question: Space, regime: Mapping[str, Any], draw: random.Random
) -> tuple[str, ...]:
    """Return a design's changes but its width."""
    kernels = [c for c in all_changes() if edits(c).keys() == {"kernel_size"}]
    switches = [change for change in question.all if draw.random() < 0.5]
    kernel = draw.choice([None, *kernels])
    starts = [regime[name]["depths"] for name in ("start", "stage_ratio")]
    low, high = question.depth or (1, 2 * max(map(max, starts)))
    depths = [_log_uniform(low, high, draw) for _ in starts[0]]
    size = "_".join(map(str, ["depths", *depths]))
    return (*switches, *([kernel] if kernel else []), size)


def _log_uniform(low: int, high: int, draw: random.Random) -> int:
    return round(math.exp(draw.uniform(math.log(low), math.log(high))))


def _widths(question: Space, regime: Mapping[str, Any]) -> list[int]:
    """Return the widths: multiples of 8, or of 4 where the regime's own are none."""
    names = ("start", "stage_ratio", "increase_width")
    own = [int(regime[name]["width"]) for name in names]
    by = math.gcd(8, *own)
    low, high = question.width or (min(own) // 2, 2 * max(own))
    found = [width for width in range(by, high + 1, by) if width >= low]
    if not found:
        raise refuse("width", question.width, f"[low,high] with a multiple of {by}")
    return found


def _costs(
    shapes: Sequence[tuple[str, ...]], widths: Sequence[int], count: Count
) -> list[list[float]]:
    """Return the GFLOPs of each shape at each width.

    They are a polynomial of degree 2 in the width, so three widths are counted.
    """
    some = sorted({widths[0], widths[len(widths) // 2], widths[-1]})
    names = [name_of((*shape, f"width_{w}")) for shape in shapes for w in some]
    counted = np.reshape(count(names), (len(shapes), len(some)))
    through = np.polynomial.polynomial.polyfit(some, counted.T, len(some) - 1)
    costs = np.polynomial.polynomial.polyval(np.array(widths), through)
    return costs.reshape(len(shapes), len(widths)).tolist()


def _sizes(design: Sequence[str]) -> dict[str, float]:
    """Return a design's sizes by the name of their choice.

    ``stage share`` is the share of blocks in the stage before the last, which the
    step ``stage_ratio`` raises.
    """
    set_ = {key: value for change in design for key, value in edits(change).items()}
    depths = set_["depths"]
    return {
        "kernel_size": set_.get("kernel_size", 3),
        "width": set_["width"],
        "depth": sum(depths),
        "stage share": depths[-2:][0] / sum(depths),
    }

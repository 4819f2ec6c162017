"""What a lesson says of a step, or of a combination of changes: plain data."""

from __future__ import annotations

from dataclasses import dataclass

from roadmap.lessons.diagram import Panel, compare
from roadmap.lessons.effects import Effect
from roadmap.lessons.view import View


@dataclass(frozen=True)
class Change:
    """A change of a combination, in the words of the step that it is taken from."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True)
class Combination:
    """What a combination is made of, between the start and the end of the path."""

    changes: tuple[Change, ...]
    """Its changes, in the roadmap's order."""
    left_out: tuple[str, ...]
    """The changes of the path that it lacks."""
    switches: tuple[tuple[str, ...], ...]
    """A switch, and its values at the start, in the combination and at the end; only
    where these are not all the same."""
    end: View


@dataclass(frozen=True)
class Lesson:
    """A step, and what it does to the network."""

    step: str
    title: str
    section: str
    """The paper's: ``macro design``, ``ResNeXt`` ..."""
    status: str
    """A key of ``roadmap.report.looks.STATUS``, which has its words."""
    parent: str
    """The step that it changes; the start for a combination, "" for the first and for
    Swin."""
    what: str
    """The change, in words."""
    reason: str
    predict: str
    """A question to answer before reading on; "" where the step asks none."""
    changes: tuple[str, ...]
    """What differs between the two configs: ``network.activation: relu → gelu``."""
    command: str
    """The command that trains it."""
    regime: str
    image_size: int
    before: View | None
    after: View
    effects: tuple[Effect, ...]
    """The paper's first, then those of the user's newest finished study that has the
    step, else the recorded studies'; at this regime where they have it, else at all
    regimes. Empty for a network with switches set otherwise."""
    whose: str
    """Which studies the effects after the paper's are from."""
    combination: Combination | None = None
    """What a combination is made of; None for a step."""

    @property
    def views(self) -> dict[str, View]:
        """The networks that stand side by side, and what each is to the others."""
        if self.before is None:
            return {"": self.after}
        if self.combination is None:
            return {"before": self.before, "after": self.after}
        end = self.combination.end
        return {"start": self.before, "combination": self.after, "end": end}

    @property
    def own_panel(self) -> Panel:
        """The network itself, with the layers stressed that the one before it lacks."""
        return self.panels[min(1, len(self.panels) - 1)]

    @property
    def panels(self) -> list[Panel]:
        """The networks side by side, with the layers stressed that differ.

        Of a combination those that the start lacks, and of the end those that the
        combination lacks.
        """
        after = _panel(self.step, self.after)
        if self.before is None:
            return [after]
        if self.combination is None:
            return compare(_panel(self.parent, self.before), after)
        start, own, end = (
            _panel(f"the {name}", one) for name, one in self.views.items()
        )
        return [start, compare(start, own)[1], compare(own, end)[1]]


def _panel(name: str, one: View) -> Panel:
    return Panel(name, one.notes, one.place, one.layers)

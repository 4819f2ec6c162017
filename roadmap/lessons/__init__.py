"""The steps as lessons, from the YAML that runs them and the networks they build."""

from roadmap.lessons.layers import LayerRow
from roadmap.lessons.lesson import Effect, Lesson, course, lesson
from roadmap.lessons.view import StageRow, View, view

__all__ = [
    "Effect",
    "LayerRow",
    "Lesson",
    "StageRow",
    "View",
    "course",
    "lesson",
    "view",
]

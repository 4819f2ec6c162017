"""The steps as lessons: what each changes, why, and what it did."""

from roadmap.lessons.effects import Effect
from roadmap.lessons.lesson import Lesson, course, lesson
from roadmap.lessons.rows import LayerRow, StageRow
from roadmap.lessons.view import View, view

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

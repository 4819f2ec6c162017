"""Steps and combinations as lessons: what each changes, why, and what it did."""

from roadmap.lessons.combinations import combination_lesson
from roadmap.lessons.effects import Effect
from roadmap.lessons.lesson import Change, Combination, Lesson
from roadmap.lessons.rows import LayerRow, StageRow
from roadmap.lessons.steps import course, lesson
from roadmap.lessons.view import View, view

__all__ = [
    "Change",
    "Combination",
    "Effect",
    "LayerRow",
    "Lesson",
    "StageRow",
    "View",
    "combination_lesson",
    "course",
    "lesson",
    "view",
]

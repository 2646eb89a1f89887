"""Classes, boxes and their history, what is complete, comments, the suggestions of runs, and exports."""

from annotations.models.boxes import Box, Complete, Corners, LabelClass, Origin
from annotations.models.comments import Comment
from annotations.models.exports import Export
from annotations.models.history import BoxHistory
from annotations.models.suggestions import Suggestion, SuggestionBatch

__all__ = [
    "Box",
    "BoxHistory",
    "Comment",
    "Complete",
    "Corners",
    "Export",
    "LabelClass",
    "Origin",
    "Suggestion",
    "SuggestionBatch",
]

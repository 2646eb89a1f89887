"""Classes, boxes and their history, what is complete, comments, suggestions, exports, imports, splits, versions and
jobs.
"""

from annotations.models.boxes import EXAMPLES, OBJECTS, Box, Complete, Corners, LabelClass, Origin, with_flag
from annotations.models.bulk_edits import BulkEdit, BulkEditPart
from annotations.models.comments import Comment
from annotations.models.dataset_changes import DatasetChange, DatasetChangePart
from annotations.models.exports import Export
from annotations.models.guidelines import Guideline, GuidelineExample, GuidelineReading
from annotations.models.history import BoxHistory
from annotations.models.imports import ImportedImage, LabelImport
from annotations.models.label_errors import LabelError
from annotations.models.replicas import CheckImage, Replica
from annotations.models.splits import SplitChange
from annotations.models.suggestions import Suggestion, SuggestionBatch
from annotations.models.tags import ImageTag, Tag
from annotations.models.versions import DatasetVersion, Restore, VersionBlock, VersionComparison, VersionExport
from annotations.models.work import WorkImage, WorkJob, WorkSample

__all__ = [
    "EXAMPLES",
    "OBJECTS",
    "Box",
    "BoxHistory",
    "BulkEdit",
    "BulkEditPart",
    "CheckImage",
    "Comment",
    "Complete",
    "Corners",
    "DatasetChange",
    "DatasetChangePart",
    "DatasetVersion",
    "Export",
    "Guideline",
    "GuidelineExample",
    "GuidelineReading",
    "ImageTag",
    "ImportedImage",
    "LabelClass",
    "LabelError",
    "LabelImport",
    "Origin",
    "Replica",
    "Restore",
    "SplitChange",
    "Suggestion",
    "SuggestionBatch",
    "Tag",
    "VersionBlock",
    "VersionComparison",
    "VersionExport",
    "WorkImage",
    "WorkJob",
    "WorkSample",
    "with_flag",
]

"""Readers and writers of labels: pure, both ways, nothing of Django. `table.py` names them all."""

from annotations.formats.types import (
    SPLITS,
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    LabelSource,
    Member,
    Notice,
    SizeOf,
)

__all__ = [
    "SPLITS",
    "FormatError",
    "LabelSource",
    "LabelledBox",
    "LabelledImage",
    "LabelledSet",
    "Member",
    "Notice",
    "SizeOf",
]

"""Readers and writers of labels: pure, both ways, nothing of Django. `table.py` names them all."""

from annotations.formats.types import (
    SPLITS,
    FormatError,
    Labelled,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    Member,
    Notice,
    SizeOf,
)

__all__ = [
    "SPLITS",
    "FormatError",
    "Labelled",
    "LabelledBox",
    "LabelledImage",
    "LabelledSet",
    "Member",
    "Notice",
    "SizeOf",
]

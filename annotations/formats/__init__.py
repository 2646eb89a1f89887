"""Readers and writers of labels: pure, both ways, nothing of Django."""

from annotations.formats.types import FormatError, Labelled, LabelledBox, LabelledImage, LabelledSet, Member

__all__ = ["FormatError", "Labelled", "LabelledBox", "LabelledImage", "LabelledSet", "Member"]

"""Keys of the keyboard: those that the editor has for itself, and what a class may have."""

from __future__ import annotations

# A class never has one of these. static/src/editor/model/classKeys.ts has the same list; tests hold both and the
# editor's own table of keys equal.
EDITOR_KEYS = frozenset("abcdefghijklmnprstvxz?#+-=/0 ")
DIGITS = "123456789"

"""The gallery: a project's images narrowed, ordered, told row by row, and changed many at once."""

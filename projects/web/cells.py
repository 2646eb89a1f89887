"""Cells of CSV files that people open in a table calculation."""

RISKY = ("=", "+", "-", "@", "\t", "\r")  # it would take the rest for a formula


def safe_cell(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text

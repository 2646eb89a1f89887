"""A pasted list of names."""

import pytest

from projects.forms import split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fox, owl", ["fox", "owl"]),
        ("fox\nowl\r\nred  panda", ["fox", "owl", "red panda"]),
        ("fox\towl;hare", ["fox", "owl", "hare"]),
        (" fox ,, fox ,\n", ["fox"]),
        ("\n".join(f"class {n}" for n in range(40)), [f"class {n}" for n in range(40)]),
        ("", []),
    ],
)
def test_split_names(text: str, names: list[str]) -> None:
    assert split_names(text) == names

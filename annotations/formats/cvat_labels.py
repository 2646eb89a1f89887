"""What CVAT's labels say of attributes, both ways. It knows no required ones, and an unset box to tick is a no."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.attributes import Attribute, Kind, described, text_of
from annotations.formats.xml import Element, escaped

WIDGETS = {Kind.CHOICE: "select", Kind.NUMBER: "number", Kind.TEXT: "text", Kind.YES_NO: "checkbox"}
KINDS = {"select": Kind.CHOICE, "radio": Kind.CHOICE, "number": Kind.NUMBER, "text": Kind.TEXT, "checkbox": Kind.YES_NO}
RANGE = "-1000000000\n1000000000\n0.000001"  # smallest, largest, step


def flag_declaration(name: str) -> str:
    return declaration(Attribute(name, Kind.YES_NO, default=False))


def declaration(one: Attribute) -> str:
    values = {Kind.CHOICE: "\n".join(one.choices), Kind.NUMBER: RANGE, Kind.TEXT: "", Kind.YES_NO: "false"}[one.kind]
    unset = "false" if one.kind == Kind.YES_NO else ""
    default = unset if one.default is None else text_of(one.default)
    return (
        f"<attribute><name>{escaped(one.name)}</name><mutable>False</mutable>"
        f"<input_type>{WIDGETS[one.kind]}</input_type><default_value>{escaped(default)}</default_value>"
        f"<values>{escaped(values)}</values></attribute>"
    )


def declared_in(label: Element) -> Iterator[Attribute]:
    """Flags aside."""
    attributes = label.first("attributes")
    for row in attributes.all("attribute") if attributes else ():
        kind = KINDS.get(row.said("input_type"), "")
        choices = [line.strip() for line in row.said("values").split("\n") if line.strip()]
        said = {"name": row.said("name"), "kind": kind, "choices": choices, "default": row.said("default_value")}
        if (one := described(said)) is not None:
            yield one

"""The labelling set-up of Label Studio, both ways: classes, flags and attributes of regions, tags of images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from annotations.attributes import Attribute, Kind, Value, described, text_of, united
from annotations.flags import NAMES
from annotations.formats.types import FormatError, LabelSource
from annotations.formats.xml import Element, elements, escaped

CONFIG = "label_config.xml"
FLAGS = "flags"  # the choices of a region that are what is said of its box
TAGS = "tags"  # those of the whole image
VALUE_OF = {"choices": "choices", "number": "number", "textarea": "text", "rating": "rating"}  # keys, by type of result
YES_NO = ("true", "false")
BETWEEN = ","  # classes that a control is for


@dataclass(slots=True)
class Setup:
    """attributes: by class."""

    classes: dict[str, None] = field(default_factory=dict)
    attributes: dict[str, tuple[Attribute, ...]] = field(default_factory=dict)


def write_config(labelled: LabelSource) -> Iterator[str]:
    yield '<View>\n  <Image name="image" value="$image"/>\n  <RectangleLabels name="label" toName="image">\n'
    for name in labelled.classes:
        yield f'    <Label value="{escaped(name)}"/>\n'
    yield f'  </RectangleLabels>\n  <Choices name="{FLAGS}" toName="image" perRegion="true" choice="multiple">\n'
    yield from map(_choice, NAMES)
    yield "  </Choices>\n"
    for one, classes in _controls(labelled.attributes):
        yield _control(one, classes)
    if labelled.tags:
        yield f'  <Choices name="{TAGS}" toName="image" choice="multiple">\n'
        yield from map(_choice, labelled.tags)
        yield "  </Choices>\n"
    yield "</View>\n"


def _controls(attributes: Mapping[str, Sequence[Attribute]]) -> list[tuple[Attribute, list[str]]]:
    """Each attribute with its classes. A control has a name of its own, so classes with one of the same name share
    it.
    """
    found: dict[str, tuple[Attribute, list[str]]] = {}
    for label, asked in attributes.items():
        for one in asked:
            there, classes = found.get(one.name, (one, []))
            found[one.name] = (united((there,), (one,))[0], [*classes, label])
    return list(found.values())


def _control(one: Attribute, classes: Sequence[str]) -> str:
    name = f'name="{escaped(one.name)}" toName="image" perRegion="true"'
    if not any(BETWEEN in label for label in classes):
        name += f' whenTagName="label" whenLabelValue="{escaped(BETWEEN.join(classes))}"'
    if one.required:
        name += ' required="true"'
    default = "" if one.default is None else text_of(one.default)
    if one.kind == Kind.NUMBER:
        return f"  <Number {name}{_set('defaultValue', default)}/>\n"
    if one.kind == Kind.TEXT:
        return f'  <TextArea {name} editable="true"{_set("value", default)}/>\n'
    choices = YES_NO if one.kind == Kind.YES_NO else one.choices
    rows = "".join(_choice(choice, chosen=choice == default) for choice in choices)
    return f'  <Choices {name} choice="single">\n{rows}  </Choices>\n'


def _set(name: str, value: str) -> str:
    return f' {name}="{escaped(value)}"' if value else ""


def _choice(value: str, *, chosen: bool = False) -> str:
    return f'    <Choice value="{escaped(value)}"{_set("selected", "true" if chosen else "")}/>\n'


def read_config(text: str) -> Setup:
    """Empty where it cannot be read."""
    found = Setup()
    try:
        parts = [part for root in elements(text, CONFIG) for part in _all(root)]
    except FormatError:
        return found
    found.classes = {part.attributes["value"].strip(): None for part in parts if _is_label(part)}
    for part in parts:
        if part.attributes.get("perRegion") == "true" and (one := _attribute(part)) is not None:
            given = part.attributes.get("whenLabelValue", "")
            named = [name for name in given.split(BETWEEN) if name in found.classes]
            for label in named or ([] if given else found.classes):
                found.attributes[label] = united(found.attributes.get(label, ()), (one,))
    return found


def _all(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _all(child)


def _is_label(part: Element) -> bool:
    return part.tag == "Label" and bool(part.attributes.get("value"))


def _attribute(part: Element) -> Attribute | None:
    given = part.attributes
    choices = [one.attributes.get("value", "") for one in part.all("Choice")]
    kind = {"Number": Kind.NUMBER, "TextArea": Kind.TEXT, "Choices": Kind.CHOICE}.get(part.tag, "")
    default: Value | None = given.get("defaultValue") or given.get("value") or None
    if kind == Kind.CHOICE:
        kind = Kind.YES_NO if choices == list(YES_NO) else kind
        chosen = (one for one in part.all("Choice") if one.attributes.get("selected") == "true")
        default = next((one.attributes.get("value", "") for one in chosen), None)
    required = given.get("required") == "true"
    return described(
        {"name": given.get("name", ""), "kind": kind, "choices": choices, "default": default, "required": required}
    )

"""HTML and SVG as trees, in which no text can become markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, tostring

Child = Element | str | None


def tag(name: str, attributes: Mapping[str, object] | None = None, *children: Child) -> Element:
    """An element; children that are None are left out."""
    element = Element(name, {key: str(value) for key, value in (attributes or {}).items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                element.text = (element.text or "") + child
            else:
                last.tail = (last.tail or "") + child
        elif child is not None:
            element.append(child)
            last = child
    return element


def html(element: Element) -> str:
    """The element as HTML."""
    return tostring(element, encoding="unicode", method="html")


def table(columns: Sequence[str], rows: Sequence[Sequence[Child]], label: str) -> Element:
    """A table whose first column is text and whose others are numbers; it scrolls by itself where it is too wide."""
    head = tag("tr", {}, *(tag("th", {"scope": "col"}, column) for column in columns))
    body = [
        tag("tr", {}, tag("th", {"scope": "row"}, row[0]), *(tag("td", {}, cell) for cell in row[1:])) for row in rows
    ]
    content = tag("table", {}, tag("thead", {}, head), tag("tbody", {}, *body))
    return tag("div", {"class": "wide", "role": "region", "aria-label": label, "tabindex": "0"}, content)


def system_name(name: str, place: int) -> Element:
    """The name of a system behind its colour."""
    chip = tag("span", {"class": f"chip series-{place % 8}", "aria-hidden": "true"})
    return tag("span", {"class": "system"}, chip, tag("bdi", {}, name))

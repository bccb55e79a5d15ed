"""Sections that come in kinds: which class a `kind` picks, and which one stands where `kind` is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from seq2seq.config.schema import Section


def sections_of(annotation: Any) -> list[type[Section]]:
    """The section classes that a field's annotation allows, in order; none for a plain value.

    `Source | None` gives `[TextFiles, TsvFiles, TfdsSource]`.
    """
    return list(_search(annotation))


def _search(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in get_args(annotation):
        yield from _search(inner)


def kinds_of(section: type[Section]) -> tuple[str, ...]:
    """The values of `kind` that pick this class."""
    return get_args(section.model_fields["kind"].annotation)


def pick(sections: list[type[Section]], kind: Any) -> type[Section] | None:
    """The class that `kind` picks among the sections of one field; None if there is no such kind."""
    if len(sections) == 1:
        return sections[0]
    return next((section for section in sections if kind in kinds_of(section)), None)


def name_kinds(section: type[Section], raw: dict[str, Any]) -> dict[str, Any]:
    """A copy of `raw` with the `kind` that was left out written in, wherever a section comes in kinds.

    The kind that may be left out is the one that the schema gives as a default: text files, bpe, constant.
    """
    named = dict(raw)
    for name, field in section.model_fields.items():
        value = named.get(name)
        variants = sections_of(field.annotation)
        if not isinstance(value, dict) or not variants:
            continue
        if len(variants) > 1:
            default = next(v.model_fields["kind"].default for v in variants if not v.model_fields["kind"].is_required())
            value = {"kind": default, **value}
        picked = pick(variants, value.get("kind"))
        named[name] = name_kinds(picked, value) if picked else value
    return named

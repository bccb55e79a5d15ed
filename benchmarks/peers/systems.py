"""What is compared, by name."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from types import ModuleType


@dataclass(frozen=True)
class System:
    """One row of a table.

    Attributes:
        name: in tables and for `--only`.
        adapter: module of this package.
        options: for the adapter.
        peer: whether it is another toolkit, with an environment of its own.
        model: folder of the model that it translates with; systems of one model share it.
    """

    name: str
    adapter: str
    options: dict[str, str] = field(default_factory=dict)
    peer: bool = False
    model: str = ""

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(f"peers.{self.adapter}")


PEERS = (
    System("OpenNMT-py", "opennmt_py", peer=True, model="opennmt-py"),
    System("OpenNMT-tf", "opennmt_tf", peer=True, model="opennmt-tf"),
    System("JoeyNMT", "joeynmt", peer=True, model="joeynmt"),
)
TRAINING = (
    System("seq2seq, float32", "ours", {"precision": "float32"}, model="seq2seq"),
    System("seq2seq, bfloat16_products", "ours", {"precision": "bfloat16_products"}, model="seq2seq-bfloat16"),
    *PEERS,
)


def with_and_without_shortlist(precision: str) -> tuple[System, System]:
    """A run that translates in a precision, over the whole vocabulary and over a shortlist."""
    name, options = f"seq2seq, {precision}", {"by": "run", "precision": precision}
    return (
        System(name, "ours", options, model="seq2seq"),
        System(f"{name}, shortlist", "ours", {**options, "shortlist": "yes"}, model="seq2seq"),
    )


TRANSLATION = (
    System("seq2seq, float32", "ours", {"by": "run", "precision": "float32"}, model="seq2seq"),
    *with_and_without_shortlist("bfloat16_products"),
    *with_and_without_shortlist("int8_products"),
    System(
        "seq2seq, int8_products, one batch at a time",
        "ours",
        {"by": "run", "precision": "int8_products", "at_once": "one"},
        model="seq2seq",
    ),
    System("seq2seq, export", "ours", {"by": "export"}, model="seq2seq"),
    *PEERS,
)


def chosen(systems: tuple[System, ...], names: list[str] | None) -> list[System]:
    """Those whose name begins with one of the names, in any case; all without names.

    Raises:
        ValueError: for a name that fits none.
    """
    if not names:
        return list(systems)
    for name in names:
        if not any(_fits(system, name) for system in systems):
            known = ", ".join(system.name for system in systems)
            raise ValueError(f"no such system — given {name!r} — give the beginning of: {known}")
    return [system for system in systems if any(_fits(system, name) for name in names)]


def _fits(system: System, name: str) -> bool:
    return system.name.lower().startswith(name.lower())

"""The floors of docs/architecture.md: imports go down, never sideways between packages of one floor, never up."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import seq2seq

PACKAGE = Path(seq2seq.__file__).parent
FLOORS = (
    {"errors", "config", "plain_json", "quiet", "special_ids", "threads", "version_folders"},
    {"ops", "alignment"},
    {"text", "layers", "decoding", "data", "documents"},
    {"models"},
    {"translator", "classifier", "language_model", "tagger"},
    {"training", "evaluation", "export", "visualize", "report", "serving", "client", "diagnosis"},
    {"workflows"},
    {
        "cli",
        "cli_classify",
        "cli_diagnose",
        "cli_ensemble",
        "cli_language_model",
        "cli_options",
        "cli_search",
        "cli_shortlist",
        "cli_tag",
        "__main__",
    },
)
# Within floor 0 the configuration and the threads raise our errors; the command's entry point calls the command line,
# in nine files.
SIDEWAYS = {
    ("config", "errors"),
    ("threads", "errors"),
    ("__main__", "cli"),
    ("cli", "cli_classify"),
    ("cli", "cli_diagnose"),
    ("cli", "cli_ensemble"),
    ("cli", "cli_language_model"),
    ("cli", "cli_search"),
    ("cli", "cli_shortlist"),
    ("cli", "cli_tag"),
    ("cli_ensemble", "cli_options"),
    ("cli_search", "cli_options"),
}
# Heavy imports that the instant answers must not pay for.
LIGHT = {
    "errors",
    "config",
    "plain_json",
    "quiet",
    "special_ids",
    "threads",
    "version_folders",
    "client",
    "serving",
    "cli",
    "cli_classify",
    "cli_diagnose",
    "cli_ensemble",
    "cli_language_model",
    "cli_options",
    "cli_search",
    "cli_shortlist",
    "cli_tag",
    "__main__",
}
HEAVY = {"tensorflow", "keras", "tensorflow_text", "tensorflow_serving", "matplotlib", "sacrebleu", "sentencepiece"}


def floor_of(room: str) -> int:
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    raise AssertionError(f"seq2seq/{room} stands on no floor: add it to docs/architecture.md and to this test")


def imported(tree: ast.AST, *, at_import: bool = False) -> set[str]:
    """The dotted names of all absolute imports; with `at_import`, of those that run when the module is imported."""
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if at_import and (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or is_for_types(node)):
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "write imports in full: from seq2seq.room import name"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        else:
            names |= imported(node, at_import=at_import)
    return names


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def trespasses(room: str, names: set[str]) -> list[str]:
    """The imports of other rooms of ours that a room on its floor may not make."""
    found = []
    for name in sorted(names):
        parts = name.split(".")
        if parts[0] != "seq2seq" or len(parts) == 1 or parts[1] in (room, "__version__"):
            continue
        if floor_of(parts[1]) >= floor_of(room) and (room, parts[1]) not in SIDEWAYS:
            found.append(name)
    return found


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert trespasses(room, imported(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_up_and_sideways_are_found():
    assert trespasses("text", imported(ast.parse("def f():\n    from seq2seq.data import read_pairs"))) == [
        "seq2seq.data",
        "seq2seq.data.read_pairs",
    ]
    assert trespasses("ops", imported(ast.parse("import seq2seq.layers.attention"))) == ["seq2seq.layers.attention"]
    assert trespasses("ops", imported(ast.parse("from seq2seq import layers"))) == ["seq2seq.layers"]
    assert trespasses("layers", imported(ast.parse("from seq2seq.ops import masks\nimport keras"))) == []


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.relative_to(PACKAGE).parts[0].removesuffix(".py") in LIGHT]
)
def test_instant_answers_import_nothing_heavy(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {name.split(".")[0] for name in imported(tree, at_import=True)} & HEAVY


def test_the_special_ids_have_one_home():
    homes = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if names & {"PAD_ID", "UNKNOWN_ID", "BEGIN_ID", "END_ID"}:
                homes.add(path.name)
    assert homes == {"special_ids.py"}


def test_layers_and_ops_take_numbers_and_know_no_configuration():
    for room in ("ops", "layers", "decoding", "text"):
        for path in (PACKAGE / room).glob("*.py"):
            names = imported(ast.parse(path.read_text(encoding="utf-8")))
            assert not any(name.startswith("seq2seq.config") for name in names), path

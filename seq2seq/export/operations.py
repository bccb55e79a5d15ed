"""Which operations a SavedModel is made of, on what devices, and which of them any server has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.core.protobuf import saved_model_pb2

from seq2seq.errors import ExportError
from seq2seq.version_folders import SAVED_MODEL_NAME

# The stock TF Serving model server is linked with TensorFlow Text; of its operations we use these alone.
TEXT_OPERATIONS = frozenset({"SentencepieceOp", "SentencepieceTokenizeOp", "SentencepieceDetokenizeOp"})
# Registered with every TensorFlow, and yet of no use to a server without a GPU, without Python, or without a TPU.
UNPORTABLE_PREFIXES = ("Cudnn", "PyFunc", "EagerPyFunc", "TPU", "Xla", "Nccl")


def read_graph(folder: Path) -> graph_pb2.GraphDef:
    """The graph of a SavedModel, with its functions.

    Raises ExportError if it has none, or several.
    """
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((folder / SAVED_MODEL_NAME).read_bytes())
    if len(saved.meta_graphs) != 1:
        count = len(saved.meta_graphs)
        raise ExportError(f"not a SavedModel of one graph — given {folder} with {count} — export again")
    return saved.meta_graphs[0].graph_def


def list_operations(graph: graph_pb2.GraphDef) -> list[str]:
    """The names of all operations in a graph and its functions, sorted."""
    functions = {function.signature.name for function in graph.library.function}
    return sorted({node.op for node in _nodes(graph)} - functions)  # a function may be called by its name


def list_devices(graph: graph_pb2.GraphDef) -> list[str]:
    """The kinds of device that operations are bound to, such as CPU, sorted; most are bound to none."""
    return sorted({kind for node in _nodes(graph) for kind in re.findall(r"device:(\w+)", node.device, re.IGNORECASE)})


def _nodes(graph: graph_pb2.GraphDef) -> Iterator[node_def_pb2.NodeDef]:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def unportable(operations: Iterable[str], text: bool = True) -> list[str]:
    """Those that are not of TensorFlow's core, those of it that need more than a CPU, and of TensorFlow Text all but
    TEXT_OPERATIONS; without `text` those too."""
    core = set(dir(tf.raw_ops))
    allowed = TEXT_OPERATIONS if text else frozenset()
    return [
        name
        for name in operations
        if name not in allowed and (name not in core or name.startswith(UNPORTABLE_PREFIXES))
    ]


def check_operations(operations: Iterable[str], text: bool = True) -> None:
    """Raises ExportError if a server without our packages, or without a GPU, could not load them."""
    found = unportable(operations, text)
    if found:
        raise ExportError(
            f"the graph holds operations that a model server may lack — given {', '.join(found)} — it needs those of "
            "TensorFlow's core and TensorFlow Text's SentencePiece alone; nothing was published"
        )


def check_devices(devices: Iterable[str]) -> None:
    """Raises ExportError if operations are bound to what a server may lack."""
    found = [kind for kind in devices if kind.upper() != "CPU"]
    if found:
        raise ExportError(
            f"the graph binds operations to devices that a model server may lack — given {', '.join(found)} — it needs "
            "a CPU alone; nothing was published"
        )

"""Which operations a SavedModel is made of, and which of them any server has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from seq2seq.errors import ExportError
from seq2seq.version_folders import SAVED_MODEL_NAME

# The stock TF Serving model server is linked with TensorFlow Text; of its operations we use these alone.
TEXT_OPERATIONS = frozenset({"SentencepieceOp", "SentencepieceTokenizeOp", "SentencepieceDetokenizeOp"})
# Registered with every TensorFlow, and yet of no use to a server without a GPU, without Python, or without a TPU.
UNPORTABLE_PREFIXES = ("Cudnn", "PyFunc", "EagerPyFunc", "TPU", "Xla", "Nccl")


def list_operations(folder: Path) -> list[str]:
    """The names of all operations in the graph and the functions of a SavedModel, sorted."""
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((folder / SAVED_MODEL_NAME).read_bytes())
    names: set[str] = set()
    for meta_graph in saved.meta_graphs:
        graph = meta_graph.graph_def
        functions = {function.signature.name for function in graph.library.function}
        names.update(node.op for node in graph.node)
        names.update(node.op for function in graph.library.function for node in function.node_def)
        names -= functions  # a function may be called by its name, as an operation is
    return sorted(names)


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

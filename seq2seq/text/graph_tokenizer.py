"""The tokenizer inside the TensorFlow graph, id for id the same as in Python."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_text

from seq2seq.text.tokenizer import Tokenizer


class GraphTokenizer(tf.Module):
    """A Tokenizer as TensorFlow operations, for a SavedModel that takes strings.

    The model's bytes become an attribute of the operation, so that a SavedModel needs no file beside it.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(name="tokenizer")
        self._tokenizer = tensorflow_text.SentencepieceTokenizer(model=tokenizer.model_bytes, out_type=tf.int32)

    def encode(self, strings: tf.Tensor) -> tf.RaggedTensor:
        """Strings (batch,) to ragged ids (batch, time), int32, without begin and end."""
        return self._tokenizer.tokenize(strings)

    def decode(self, ids: tf.RaggedTensor) -> tf.Tensor:
        """Ragged ids (batch, time), int32, to strings (batch,); pad, begin and end ids are invisible."""
        return self._tokenizer.detokenize(ids)

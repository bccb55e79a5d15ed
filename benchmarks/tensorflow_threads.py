"""TensorFlow, imported as the command line imports it, on so many threads."""

from __future__ import annotations


def import_tensorflow(threads: int) -> None:
    """Before anything else of TensorFlow; 0 leaves the number of threads to it."""
    from seq2seq.quiet import import_tensorflow_quietly

    import_tensorflow_quietly()
    import tensorflow as tf

    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

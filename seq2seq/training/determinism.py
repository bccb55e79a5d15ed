"""Fixed seeds and deterministic kernels, so that a run can be repeated bit for bit."""

from __future__ import annotations

import keras


def make_deterministic(seed: int) -> None:
    """Seeds Python, NumPy and the backend, and asks TensorFlow for kernels whose result depends on their inputs alone.

    For the whole process, once, before the model is built. Bit equality holds on one machine with one number of
    threads: another number splits the sums differently.
    """
    keras.utils.set_random_seed(seed)
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()

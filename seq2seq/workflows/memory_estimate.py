"""How much memory a training will take, estimated from the model itself and the shape of its largest batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seq2seq.config.schema import Model, Training, TranslationRun
from seq2seq.workflows.teachers import teaching_models

if TYPE_CHECKING:
    import keras

FLOAT_BYTES = 4

# What one layer keeps of one position for the way back, in multiples of its units: the gates, and twice the states.
KEPT_PER_UNIT = {"lstm": 4 + 4, "gru": 3 + 2, "simple_rnn": 1 + 2}

# Logits, exponentials of the loss and of the statistics, and the gradient on its way exist at once. Fitted, as is the
# next one, to the peaks that `MemoryEstimate` tells of.
LOGIT_COPIES = 6

# Additive attention keeps tanh(q + k); on the way back its gradient and a product exist beside it.
ADDITIVE_COPIES = 3

# Of what teachers predict together, their logits and probabilities. Batches of 64 and 192 x 52 x 56 of multi30k-en-de,
# 5,000 pieces, took 148 and 456 MiB more with two teachers, of which 43 for their weights.
TEACHER_LOGIT_COPIES = 2

# Python, TensorFlow and the graphs it has traced: the peak of 60 steps with batches of 2 sentences, weights taken off.
PROGRAM_BYTES = 1_200_000_000

# With input feeding, whatever the batch: fitted to the last peaks that `MemoryEstimate` tells of. In float32 it is
# less: 64 sentences took 244 MB more than without.
FEEDING_BYTES = 350_000_000


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes at the peak of a training on a CPU, apart from the text.

    Against the peak of resident memory over the first steps on Multi30k, for the largest batch in them, with 256 units
    and 5,000 pieces:

        attention  largest batch    estimated    measured
        additive    2 x 39 x 50     1,270 MB     1,292 MB
        additive   16 x 44 x 50    1,464 MB     1,425 MB
        additive   64 x 52 x 56    2,320 MB     2,378 MB
        additive  192 x 52 x 56    4,471 MB     4,410 MB
        general   128 x 52 x 56    2,250 MB     2,352 MB

    and over 40 to 60 steps of configs/multi30k-en-de.yaml and a validation (384 units, 8,000 pieces, input feeding):

        general     2 x 33 x 41    1,706 MB     1,646 MB
        general    16 x 39 x 43    1,841 MB     1,762 MB
        general    64 x 49 x 52    2,429 MB     2,434 MB
        general   128 x 49 x 52    3,169 MB     3,002 MB
    """

    parameters: int  # their number, not bytes
    parameter_bytes: int  # weights and gradients; of teachers the weights
    optimizer_bytes: int
    activation_bytes: int
    largest_batch: tuple[int, int, int]  # rows and two times; for a translator of source and target
    program_bytes: int = PROGRAM_BYTES

    @property
    def total_bytes(self) -> int:
        return self.program_bytes + self.parameter_bytes + self.optimizer_bytes + self.activation_bytes


def estimate_memory(
    config: TranslationRun, source_vocabulary_size: int, target_vocabulary_size: int, shapes: np.ndarray
) -> MemoryEstimate:
    """Builds model and optimizer as the training does; `shapes` (batches, 3) are rows, source_time, target_time."""
    from seq2seq.models import build_model

    model = build_model(config.model, source_vocabulary_size, target_vocabulary_size, config.seed)
    # Candidates of minimum risk are taken to be as long as the references.
    rows_per_pair = config.training.objective.rows_per_pair
    floats = rows_per_pair * activation_floats(config.model, target_vocabulary_size, shapes)
    teachers = teaching_models(config)
    if teachers:
        rows, _, target_time = shapes.T
        floats += TEACHER_LOGIT_COPIES * target_vocabulary_size * rows * target_time
    parameters = sum(
        model.count_params()
        if teacher == config.model
        else build_model(teacher, source_vocabulary_size, target_vocabulary_size, config.seed).count_params()
        for teacher in teachers
    )
    estimate = memory_of(model, config.training, floats, shapes)
    return replace(
        estimate,
        parameter_bytes=estimate.parameter_bytes + FLOAT_BYTES * parameters,
        program_bytes=estimate.program_bytes + (FEEDING_BYTES if config.model.decoder.input_feeding else 0),
    )


def memory_of(model: keras.Model, training: Training, floats: np.ndarray, shapes: np.ndarray) -> MemoryEstimate:
    """What a model takes with its optimizer and the largest of its batches.

    Args:
        model: as the training builds it.
        training: of the configuration.
        floats: (batches,) numbers that each batch keeps for the way back.
        shapes: (batches, 3) sizes of each.
    """
    from seq2seq.workflows.build_trainer import make_optimizer

    optimizer = make_optimizer(training)
    optimizer.build(model.trainable_variables)
    slots = sum(int(np.prod(variable.shape)) for variable in optimizer.variables)
    largest = int(np.argmax(floats))
    rows, one_time, other_time = (int(size) for size in shapes[largest])
    parameters = model.count_params()
    return MemoryEstimate(
        parameters=parameters,
        parameter_bytes=2 * FLOAT_BYTES * parameters,
        optimizer_bytes=FLOAT_BYTES * slots,
        activation_bytes=FLOAT_BYTES * int(floats[largest]),
        largest_batch=(rows, one_time, other_time),
    )


def activation_floats(model: Model, target_vocabulary_size: int, shapes: np.ndarray) -> np.ndarray:
    """Numbers that each batch keeps for the way back, (batches,), float64: recurrence, attention and softmax."""
    rows, source_time, target_time = shapes.T.astype(np.float64)
    encoder, decoder = model.encoder, model.decoder
    directions = sum(
        2 if encoder.bidirectional == "all" or (encoder.bidirectional == "first" and layer == 0) else 1
        for layer in range(encoder.depth)
    )
    source_position = 2 * model.embedding_units + directions * encoder.units * KEPT_PER_UNIT[encoder.kind]
    target_position = 2 * model.embedding_units + decoder.depth * decoder.units * KEPT_PER_UNIT[decoder.kind]
    # Scores, weights and their gradient; additive attention has vectors for each pair of positions.
    attention_units = model.attention.units or decoder.units
    attention_pair = 3 + (ADDITIVE_COPIES * attention_units if model.attention.kind == "additive" else 0)
    per_row = (
        source_time * source_position
        + target_time * (target_position + LOGIT_COPIES * target_vocabulary_size)
        + source_time * target_time * attention_pair
    )
    return np.asarray(rows * per_row)

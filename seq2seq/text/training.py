"""Training of a SentencePiece model: the same lines and settings give the same bytes, in every process."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

import numpy as np
import sentencepiece

from seq2seq.errors import TokenizerError
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID, UNKNOWN_ID

# The trained model can depend on how many threads share the work; a fixed number makes it the same on every machine.
TRAINING_THREADS = 4

# SentencePiece leaves out longer lines without a word; with this limit (in bytes) no line of real text is one.
LONGEST_LINE_BYTES = 2**24


def train_model(
    lines: Iterable[str],
    *,
    kind: str,
    vocabulary_size: int,
    character_coverage: float,
    byte_fallback: bool,
    user_symbols: Sequence[str],
    normalization: str,
    maximum_lines: int | None,
) -> bytes:
    """The serialised model, with our four special ids; see Tokenizer.train."""
    sample = sample_lines(lines, maximum_lines)
    if not any(line.strip() for line in sample):
        raise TokenizerError(
            f"a tokenizer cannot be trained without text — given {len(sample)} lines, all of them empty — check the "
            "training files"
        )
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sample),
            model_writer=model,
            model_type=kind,
            vocab_size=vocabulary_size,
            character_coverage=character_coverage,
            byte_fallback=byte_fallback,
            user_defined_symbols=list(user_symbols),
            normalization_rule_name=normalization,
            pad_id=PAD_ID,
            unk_id=UNKNOWN_ID,
            bos_id=BEGIN_ID,
            eos_id=END_ID,
            num_threads=TRAINING_THREADS,
            max_sentence_length=LONGEST_LINE_BYTES,
            minloglevel=2,
        )
    except (RuntimeError, OSError) as error:
        raise _explained(error, vocabulary_size) from error
    return model.getvalue()


def sample_lines(lines: Iterable[str], maximum_lines: int | None) -> list[str]:
    """All lines, or a uniform sample of `maximum_lines` of them if there are more (reservoir sampling, Li 1994, L).

    SentencePiece could sample by itself (`input_sentence_size`), but it draws other lines in every process.
    """
    if maximum_lines is None:
        return list(lines)
    generator = np.random.Generator(np.random.PCG64(0))
    sample: list[str] = []
    weight = 1.0
    chosen = -1  # the number of the next line to take once the reservoir is full
    for number, line in enumerate(lines):
        if number < maximum_lines:
            sample.append(line)
            if number < maximum_lines - 1:
                continue
        elif number == chosen:
            sample[generator.integers(maximum_lines)] = line
        else:
            continue
        weight *= generator.random() ** (1.0 / maximum_lines)
        chosen = number + 1 + int(np.log(1.0 - generator.random()) / np.log1p(-weight))
    return sample


def _explained(error: Exception, vocabulary_size: int) -> TokenizerError:
    """SentencePiece's own message turned into ours: it knows which vocabulary size would do."""
    message = str(error)
    largest = re.search(r"Vocabulary size too high.*<= (\d+)", message)
    if largest:
        return TokenizerError(
            f"the vocabulary is larger than the training text allows — given vocabulary_size {vocabulary_size} — use "
            f"at most {largest[1]}, or more text"
        )
    smallest = re.search(r"smaller than required_chars\. \d+ vs (\d+)", message)
    if smallest:
        return TokenizerError(
            f"the vocabulary is too small for the characters of the training text — given vocabulary_size "
            f"{vocabulary_size} — use at least {smallest[1]}, or a lower character_coverage"
        )
    return TokenizerError(
        "SentencePiece cannot train a tokenizer with these settings — given vocabulary_size "
        f"{vocabulary_size} — it says: {message}"
    )

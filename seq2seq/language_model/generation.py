"""How a language model goes on with text: the search of translations, without a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras import ops

from seq2seq.decoding import Filter, Never, Prefix, beam_search, filtered, filtered_state, sampled
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID, UNKNOWN_ID

# No id ends a search that writes on over the ends of lines.
_NO_END = -1


@dataclass(frozen=True)
class GenerationPlan:
    """What is fixed when the writing of text is traced; all else is among its inputs.

    Attributes:
        top_k: only so many of the likeliest ids; None for all.
        one_line: whether a text is over where its first line is.
        unknown: whether the unknown word may be written.
    """

    top_k: int | None = None
    one_line: bool = False
    unknown: bool = True


def generate_ids(model: Any, inputs: Mapping[str, Any], plan: GenerationPlan) -> Any:
    """Ids (rows, time) int32: what was given and what was drawn after it, padded with 0.

    Args:
        model: has `start(rows)` and `stepper()`.
        inputs: prefix_ids (rows, time), prefix_lengths (rows,), int32: what each row begins with.
            maximum_steps: (rows,) int32, ids of each row, its prefix counted.
            sample_keys: (rows, 2) int32.
            temperature, top_p: numbers, or absent.
    """
    rows = ops.shape(inputs["maximum_steps"])[0]
    # The prefix comes last: what is given stands, unknown words too.
    filters: dict[str, Filter] = {} if plan.unknown else {"never": Never((UNKNOWN_ID,))}
    filters["prefix"] = Prefix(inputs["prefix_ids"], inputs["prefix_lengths"])
    found = beam_search(
        filtered(model.stepper(), filters),
        filtered_state(model.start(rows), filters, rows),
        rows=rows,
        beams=1,
        begin_id=BEGIN_ID,
        end_id=END_ID if plan.one_line else _NO_END,
        pad_id=PAD_ID,
        maximum_steps=inputs["maximum_steps"],
        length_penalty=0.0,
        choose=sampled(
            inputs["sample_keys"], (PAD_ID, BEGIN_ID), inputs.get("temperature"), plan.top_k, inputs.get("top_p")
        ),
    )
    return found.ids[:, 0]

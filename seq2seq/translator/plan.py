"""The search that options ask for, put together from the steps and choices of `decoding`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from keras import ops

from seq2seq.config import Search
from seq2seq.decoding import (
    ForbiddenPhrases,
    Hypotheses,
    MinimumLength,
    NoRepeatedNgrams,
    Prefix,
    RepetitionPenalty,
    RequiredPhrases,
    Words,
    beam_search,
    best_distinct,
    constrained,
    covered,
    covered_state,
    diverse,
    filtered,
    filtered_state,
    greedy_search,
    sampled,
    side_by_side,
)
from seq2seq.decoding.filters import Filter
from seq2seq.decoding.state import repeat_rows
from seq2seq.ops.masks import token_mask
from seq2seq.text import BEGIN_ID, END_ID, PAD_ID

NEVER = (PAD_ID, BEGIN_ID)  # what no search writes
# Inputs of a search that have a row for each source sentence.
_BY_ROW = ("maximum_steps", "prefix_ids", "prefix_lengths", "forbidden", "required")


@dataclass(frozen=True)
class Plan:
    """What is fixed when a search is traced; all else is among its inputs.

    Attributes:
        beams, n_best: ints; in an export, scalar tensors.
        attention: whether the attention weights are wanted.
        no_repeat_ngram_size: 0 for none.
        groups: of diverse beams.
        samples: draws of each row; 0 is a search.
        top_k: of sampling.
    """

    beams: Any
    n_best: Any = 1
    attention: bool = False
    no_repeat_ngram_size: int = 0
    groups: int = 1
    samples: int = 0
    top_k: int | None = None


def plan_of(search: Search, n_best: int = 1, attention: bool = False) -> Plan:
    """The plan of a search for `n_best` hypotheses."""
    if search.sample is not None:
        return Plan(1, 1, attention, search.no_repeat_ngram_size, samples=search.samples, top_k=search.sample.top_k)
    groups = 1 if search.diversity is None else search.diversity.groups
    return Plan(search.beams, n_best, attention, search.no_repeat_ngram_size, groups)


def numbers_of(search: Search) -> dict[str, np.ndarray]:
    """The inputs that are one number for all rows; an option that changes nothing is not among them."""
    numbers: dict[str, Any] = {
        "length_penalty": np.float32(search.length_penalty),
        "length_penalty_offset": np.float32(search.length_penalty_offset),
    }
    if search.coverage_penalty:
        numbers["coverage_penalty"] = np.float32(search.coverage_penalty)
    if search.minimum_length > 1:
        numbers["minimum_length"] = np.int32(search.minimum_length)
    if search.repetition_penalty != 1:
        numbers["repetition_penalty"] = np.float32(search.repetition_penalty)
    if search.diversity is not None:
        numbers["diversity_strength"] = np.float32(search.diversity.strength)
    if search.sample is not None and search.sample.temperature != 1:
        numbers["temperature"] = np.float32(search.sample.temperature)
    if search.sample is not None and search.sample.top_p is not None:
        numbers["top_p"] = np.float32(search.sample.top_p)
    return numbers


def search(model: Any, inputs: Mapping[str, Any], plan: Plan, row_beams: Any = None) -> Hypotheses:
    """The hypotheses of each row that the plan and the inputs ask for; what is not among them is not in the graph.

    Args:
        model: has `start(source_ids)` and `stepper()`, and with a shortlist `start(source_ids, candidates)` and
            `stepper(ids)`, as `EncoderDecoder` has them; `searches_by_own` is False where its step searches by other
            values than its own log-probabilities.
        inputs: those of `numbers_of`, where each may also have one for each row, and
            source_ids: (rows, source_time) int32; for an `Ensemble` also (rows, readings, source_time).
            maximum_steps: (rows,) int32.
            prefix_ids (rows, time), prefix_lengths (rows,): int32, what each row begins with.
            forbidden, required: automatons of phrases of each row, as `text.phrases` stacks them.
            words: with them, `begin` and `end`, as in `decoding.phrases.Words`.
            sample_keys: (rows * samples, 2) int32.
            shortlist: `ids` (n,) int32, what is searched in place of the vocabulary, the special ids in their places,
                and `candidates` (rows, n) booleans. All other target ids, in and out, are then places among them.
        row_beams: as in `beam_search`.

    Returns:
        `Hypotheses`, `n_best` of each row, or its `samples` in the order of their draws.
    """
    source_ids, times = inputs["source_ids"], plan.samples or plan.groups
    shortlist = inputs.get("shortlist")
    if shortlist is None:
        step, state = model.stepper(), model.start(source_ids)
    else:
        step, state = model.stepper(shortlist["ids"]), model.start(source_ids, shortlist["candidates"])
    if "coverage_penalty" in inputs:
        step = covered(step)
        # Attention is that to the first reading, where an ensemble has several.
        mask = token_mask(source_ids if len(source_ids.shape) == 2 else source_ids[:, 0])
        state = covered_state(state, mask, inputs["coverage_penalty"])
    if times > 1:
        state = repeat_rows(state, times)
        inputs = {**inputs, **repeat_rows({name: inputs[name] for name in _BY_ROW if name in inputs}, times)}
    rows = ops.shape(source_ids)[0] * times
    filters = _filters(inputs, plan)
    if filters:
        step, state = filtered(step, filters), filtered_state(state, filters, rows)
    width = plan.beams // plan.groups if plan.groups > 1 else plan.beams
    choose = None
    if plan.samples:
        names = None if shortlist is None else shortlist["ids"]
        choose = sampled(
            inputs["sample_keys"], NEVER, inputs.get("temperature"), plan.top_k, inputs.get("top_p"), names
        )
    elif plan.groups > 1:
        choose = diverse(plan.groups, width, inputs["diversity_strength"], NEVER)
    elif "required" in inputs:
        choose = constrained(
            cast("RequiredPhrases", filters["required"]), "required", width, inputs["maximum_steps"], NEVER
        )

    arguments = {
        "rows": rows,
        "begin_id": BEGIN_ID,
        "end_id": END_ID,
        "pad_id": PAD_ID,
        "maximum_steps": inputs["maximum_steps"],
        "length_penalty": inputs["length_penalty"],
        "length_penalty_offset": inputs["length_penalty_offset"],
        "collect": ("attention",) if plan.attention else (),
        # Steps have what belongs to a row in their state; ways to choose have not.
        "leave_out": choose is None,
    }
    by_own = choose is None and not {"coverage_penalty", "repetition_penalty"} & set(inputs)
    by_own = by_own and getattr(model, "searches_by_own", True)
    if by_own and isinstance(width, int) and width == 1:
        return greedy_search(step, state, **arguments)
    n_best = min(plan.n_best, width) if plan.groups > 1 else plan.n_best
    found = beam_search(step, state, beams=width, n_best=n_best, row_beams=row_beams, choose=choose, **arguments)
    if times > 1:
        found = side_by_side(found, times)
    return best_distinct(found, plan.n_best, PAD_ID) if plan.groups > 1 else found


def _filters(inputs: Mapping[str, Any], plan: Plan) -> dict[str, Filter]:
    """The filters that are asked for, the prefix last: nothing overrules it."""
    maximum_steps = inputs["maximum_steps"]
    filters: dict[str, Filter] = {}
    if "repetition_penalty" in inputs:
        filters["repetition"] = RepetitionPenalty(inputs["repetition_penalty"], maximum_steps)
    if plan.no_repeat_ngram_size:
        filters["ngrams"] = NoRepeatedNgrams(plan.no_repeat_ngram_size, maximum_steps, PAD_ID)
    if "minimum_length" in inputs:
        filters["minimum"] = MinimumLength(inputs["minimum_length"], END_ID)
    if "forbidden" in inputs:
        filters["forbidden"] = ForbiddenPhrases(inputs["forbidden"], Words(**inputs["words"]), maximum_steps)
    if "required" in inputs:
        filters["required"] = RequiredPhrases(inputs["required"], Words(**inputs["words"]), END_ID)
    if "prefix_ids" in inputs:
        filters["prefix"] = Prefix(inputs["prefix_ids"], inputs["prefix_lengths"])
    return filters

"""Models of a few ids, for searches that are small enough to look at every sequence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from seq2seq.decoding import Hypotheses, beam_search, greedy_search
from seq2seq.translator.plan import Plan
from seq2seq.translator.plan import search as plan_search

PAD, UNKNOWN, BEGIN, END = 0, 1, 2, 3
IDS = {"begin_id": BEGIN, "end_id": END, "pad_id": PAD}


class Toy:
    """Random log-probabilities (histories, vocabulary) a row; which history applies depends on all ids so far."""

    def __init__(self, tables: np.ndarray):
        self.tables = np.asarray(tables, "float32")
        self.rows, self.histories, self.vocabulary_size = self.tables.shape

    @classmethod
    def random(cls, seed: int, rows: int, vocabulary_size: int = 6, histories: int = 13, sharpness: float = 2.0) -> Toy:
        logits = sharpness * np.random.default_rng(seed).normal(size=(rows, histories, vocabulary_size))
        return cls(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))

    def with_tables(self, tables: Any) -> Toy:
        """The same toy with other rows, also where they are a tensor of a graph."""
        other = copy.copy(self)
        other.tables, other.rows = tables, ops.shape(tables)[0]
        return other

    def start(self) -> dict:
        return {
            "cells": {"history": ops.zeros((self.rows,), dtype="int32")},
            "memory": {"table": ops.convert_to_tensor(self.tables)},
        }

    def next_history(self, history, last_id):
        return (history * 5 + last_id + 1) % self.histories

    def step(self, ids, state):
        history = self.next_history(state["cells"]["history"], ids)
        log_probs = ops.take_along_axis(state["memory"]["table"], history[:, None, None], axis=1)[:, 0]
        extras = {"attention": ops.stack([ids, history], axis=-1), "history": history}
        return log_probs, {"cells": {"history": history}, "memory": {"table": "not looked at"}}, extras

    def log_prob(self, row: int, ids) -> float:
        history, last_id, total = 0, BEGIN, 0.0
        for next_id in ids:
            history = self.next_history(history, last_id)
            total += float(self.tables[row, history, next_id])
            last_id = next_id
        return total


def search(toy: Toy, maximum_steps, alpha: float, beams: int | None = None, collect=(), **options) -> Hypotheses:
    maximum_steps = np.broadcast_to(np.asarray(maximum_steps, "int32"), (toy.rows,))
    arguments = {**IDS, "rows": toy.rows, "maximum_steps": maximum_steps, "length_penalty": alpha, "collect": collect}
    if beams is None:
        found = greedy_search(toy.step, toy.start(), **arguments)
    else:
        found = beam_search(toy.step, toy.start(), beams=beams, **arguments, **options)
    return tf.nest.map_structure(ops.convert_to_numpy, found)


def search_in_graph(
    toy: Toy, maximum_steps, alpha: float, beams: int | None = None, n_best: int = 1, collect=()
) -> Hypotheses:
    """As `search`, by one graph for all rows, widths and penalties: a search takes milliseconds once it is traced."""
    graph = _graph_of(toy.histories, toy.vocabulary_size, beams is None, tuple(collect))
    maximum_steps = np.broadcast_to(np.asarray(maximum_steps, "int32"), (toy.rows,))
    found = graph(toy.tables, maximum_steps, np.float32(alpha), np.int32(beams or 1), np.int32(n_best))
    return tf.nest.map_structure(ops.convert_to_numpy, found)


@cache
def _graph_of(histories: int, vocabulary_size: int, greedy: bool, collect: tuple[str, ...]) -> Callable[..., Any]:
    nobody = Toy(np.zeros((1, histories, vocabulary_size)))
    whole = tf.TensorSpec([], tf.int32)
    signature = [tf.TensorSpec([None, *nobody.tables.shape[1:]]), tf.TensorSpec([None], tf.int32), tf.TensorSpec([])]

    @tf.function(input_signature=[*signature, whole, whole], autograph=False)
    def graph(tables, maximum_steps, alpha, beams, n_best):
        toy = nobody.with_tables(tables)
        arguments = {**IDS, "rows": toy.rows, "maximum_steps": maximum_steps, "length_penalty": alpha}
        if greedy:
            return greedy_search(toy.step, toy.start(), collect=collect, **arguments)
        return beam_search(toy.step, toy.start(), beams=beams, n_best=n_best, collect=collect, **arguments)

    return graph


def ids_of(found: Hypotheses, row: int, rank: int = 0) -> list[int]:
    return found.ids[row, rank, : found.lengths[row, rank]].tolist()


class ReadingToy(Toy):
    """A toy with attention to a source, which depends on the history as its log-probabilities do, and padding."""

    def __init__(self, tables: np.ndarray, source_lengths=None, padding: int = 1, seed: int = 0):
        super().__init__(tables)
        lengths = [3] * self.rows if source_lengths is None else list(source_lengths)
        self.source_ids = np.zeros((self.rows, max(lengths) + padding), "int32")
        self.attention = np.zeros((self.rows, self.histories, self.source_ids.shape[1]), "float32")
        for row, length in enumerate(lengths):
            self.source_ids[row, :length] = 5
            weights = np.exp(2 * np.random.default_rng(seed + row).normal(size=(self.histories, length)))
            self.attention[row, :, :length] = weights / weights.sum(-1, keepdims=True)

    def start(self, source_ids=None) -> dict:
        state = super().start()
        return {**state, "memory": {**state["memory"], "attention": ops.convert_to_tensor(self.attention)}}

    def step(self, ids, state):
        log_probs, new_state, extras = super().step(ids, state)
        read = ops.take_along_axis(state["memory"]["attention"], extras["history"][:, None, None], axis=1)[:, 0]
        return log_probs, new_state, {"attention": read}

    def stepper(self):
        return self.step

    def read(self, row: int, ids) -> np.ndarray:
        """What each source position gets, in all steps that write `ids`."""
        history, last_id, total = 0, BEGIN, 0.0
        for next_id in ids:
            history = self.next_history(history, last_id)
            total = total + self.attention[row, history]
            last_id = next_id
        return total

    def rows_of(self, rows: list[int]) -> ReadingToy:
        """The same toy with some of its rows."""
        part = ReadingToy(self.tables[rows])
        part.source_ids, part.attention = self.source_ids[rows], self.attention[rows]
        return part


def _inputs_of(toy: ReadingToy, maximum_steps, inputs: dict) -> dict:
    return {
        "source_ids": toy.source_ids,
        "maximum_steps": np.broadcast_to(np.asarray(maximum_steps, "int32"), (toy.rows,)),
        "length_penalty": 0.6,
        "length_penalty_offset": 5.0,
        **inputs,
    }


def planned(toy: ReadingToy, maximum_steps, plan: Plan, **inputs) -> Hypotheses:
    """What `plan.search` finds for a toy."""
    return tf.nest.map_structure(ops.convert_to_numpy, plan_search(toy, _inputs_of(toy, maximum_steps, inputs), plan))


def planned_in_graph(toy: ReadingToy, maximum_steps, plan: Plan, **inputs) -> Hypotheses:
    """As `planned`, by one graph for all widths and for all inputs of these names: for searches that are many."""
    arrays = tf.nest.map_structure(_single, _inputs_of(toy, maximum_steps, inputs))
    widths = [np.asarray(plan.beams, "int32"), np.asarray(plan.n_best, "int32")]
    # One beam has a graph of its own where it is greedy search.
    greedy = plan.beams == 1 and not {"required", "coverage_penalty", "repetition_penalty"} & set(inputs)
    fixed = plan if greedy else replace(plan, beams=None, n_best=None)
    graph = _plan_graph_of(toy.histories, toy.vocabulary_size, fixed)
    given = [toy.attention, widths, arrays]
    traced = graph.get_concrete_function(
        tf.TensorSpec([None, *toy.tables.shape[1:]]), *tf.nest.map_structure(_of_any_size, given)
    )
    return tf.nest.map_structure(
        ops.convert_to_numpy, traced(*tf.nest.map_structure(tf.constant, [toy.tables, *given]))
    )


def _single(value: Any) -> np.ndarray:
    """In the precision of a search: arrays of Python's numbers have twice as much."""
    array = np.asarray(value)
    return array.astype({"float64": "float32", "int64": "int32"}.get(array.dtype.name, array.dtype))


def _of_any_size(array: np.ndarray) -> tf.TensorSpec:
    return tf.TensorSpec([None] * array.ndim, array.dtype)


@cache
def _plan_graph_of(histories: int, vocabulary_size: int, plan: Plan) -> Callable[..., Any]:
    nobody = ReadingToy(np.zeros((1, histories, vocabulary_size)))

    def graph(tables, attention, widths, inputs):
        toy = nobody.with_tables(tables)
        toy.attention = attention
        beams, n_best = widths
        return plan_search(toy, inputs, plan if plan.beams else replace(plan, beams=beams, n_best=n_best))

    return tf.function(graph, autograph=False)

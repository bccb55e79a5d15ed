"""Models of a few ids, for searches that are small enough to look at every sequence."""

from __future__ import annotations

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


def planned(toy: ReadingToy, maximum_steps, plan: Plan, **inputs) -> Hypotheses:
    """What `plan.search` finds for a toy."""
    given = {
        "source_ids": toy.source_ids,
        "maximum_steps": np.broadcast_to(np.asarray(maximum_steps, "int32"), (toy.rows,)),
        "length_penalty": 0.6,
        "length_penalty_offset": 5.0,
        **inputs,
    }
    return tf.nest.map_structure(ops.convert_to_numpy, plan_search(toy, given, plan))

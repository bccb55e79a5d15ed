"""What a report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class SentenceOutput:
    """What one system wrote for one sentence.

    Attributes:
        chrf, bleu: of this sentence, from 0 to 100.
        against_reference: the translation, cut where it begins and ends to differ from the reference: equal, different,
            equal, and so on.
        against_baseline: likewise, where it differs from the first system's; empty of the first system.
    """

    chrf: float
    bleu: float
    against_reference: list[str]
    against_baseline: list[str]


@dataclass(frozen=True)
class Sentence:
    """One sentence: `line` counts from 1, `words` are those of the source without signs, `outputs` has one a system."""

    line: int
    source: str
    reference: str
    words: int
    outputs: list[SentenceOutput]


@dataclass(frozen=True)
class AttentionMap:
    """What one system looked at when it translated one sentence.

    Attributes:
        system: its place among the systems.
        source_pieces, target_pieces: what was read and what was written.
        weights: (target_time, source_time), from 0 to 1.
    """

    system: int
    source_pieces: Sequence[str]
    target_pieces: Sequence[str]
    weights: np.ndarray


@dataclass(frozen=True)
class Distribution:
    """Numbers that each sentence has, to be counted in `bins` classes from `low` to `high`.

    Attributes:
        title: of the chart.
        unit: of the numbers.
        values: a list for each system, one number a line of the text.
    """

    title: str
    unit: str
    low: float
    high: float
    bins: int
    values: list[list[float]]


@dataclass(frozen=True)
class ReportData:
    """All that a report shows.

    Attributes:
        title: of the page.
        text: the name of the test set.
        lines: how many it has.
        names: of the systems, the baseline first.
        systems: what `scores.json` says of each.
        common: what it says of all of them together.
        facts: by system, what it is, in words: name of the fact -> its value.
        sentences: for the browser; those that are not all of the text are evenly spaced.
        distributions: over all lines of the text.
        events: by system name, the events of its training.
        attention: by line of the text, one map for each system that has attention.
    """

    title: str
    text: str
    lines: int
    names: list[str]
    systems: list[dict[str, Any]]
    common: dict[str, Any]
    facts: list[dict[str, str]]
    sentences: list[Sentence]
    distributions: list[Distribution]
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    attention: dict[int, list[AttentionMap]] = field(default_factory=dict)

"""Lines of an n-best list in the form of Moses: `id ||| hypothesis ||| features ||| score`, written and read.

    0 ||| Ein Mann fährt Rad. ||| logprob= -2.1640625 length= 7 finished= 1 ||| -1.7316
    0 ||| Ein Mann fährt ein Rad. ||| logprob= -2.5 length= 8 finished= 1 ||| -1.8912

Other tools cut such a line at `|||`, so a hypothesis may hold none: in it, three or more bars in succession are written
as `&#124;` each, as Moses itself writes a bar, and read back as bars. One or two bars stay as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from seq2seq.errors import DataError

SEPARATOR = " ||| "
# A bar, or what a bar would be written as; one more `amp;` stands for each time that it was written so.
_BARS = re.compile(r"(?:\||&(?:amp;)*#124;){3,}")
_WRITTEN_BARS = re.compile(r"(?:&(?:amp;)*#124;){3,}")
_WRITTEN_BAR = re.compile(r"&((?:amp;)*)#124;")


@dataclass(frozen=True)
class MosesLine:
    """One hypothesis of an n-best list.

    Attributes:
        id: of the input line, from 0; all its hypotheses have the same.
        hypothesis: the text, on one line.
        features: name -> its values, in order; values before any name are those of "".
        score: what the list is ranked by.
        more: further fields behind the score, such as an alignment, as they are written.
    """

    id: int
    hypothesis: str
    features: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    score: float = 0.0
    more: tuple[str, ...] = ()


def write_moses_line(line: MosesLine) -> str:
    """The line, without a line end."""
    features = [
        " ".join([*([f"{name}="] if name else []), *map(number_text, values)]) for name, values in line.features.items()
    ]
    fields = [str(line.id), without_bars(line.hypothesis), " ".join(features), number_text(line.score), *line.more]
    return SEPARATOR.join(fields)


def read_moses_line(text: str, place: str) -> MosesLine:
    """The inverse of `write_moses_line`; `place` stands for the line in messages: "list.txt, line 3".

    Raises:
        DataError: the line has fewer than four fields, or its id, a feature or its score is no number.
    """
    fields = re.split(r" ?\|\|\| ?", text)
    if len(fields) < 4:
        raise DataError(
            f"{place}: no line of a Moses n-best list — given {text[:60]!r}, of {len(fields)} fields — give "
            "id ||| hypothesis ||| features ||| score"
        )
    identity, hypothesis, features, score, *more = fields
    if not re.fullmatch(r"\s*\d+\s*", identity, re.ASCII):
        raise DataError(f"{place}: the id is no line number — given {identity[:40]!r} — give 0, 1, 2 …")
    return MosesLine(
        int(identity),
        with_bars(hypothesis),
        _features(features, place),
        _number(score, "the score", place),
        tuple(more),
    )


def without_bars(text: str) -> str:
    """The text with each bar of three or more in succession as `&#124;`, so that it holds no `|||`."""
    return _BARS.sub(
        lambda run: _WRITTEN_BAR.sub(r"&amp;\1#124;", run[0]).replace("|", "&#124;"),
        text,
    )


def with_bars(text: str) -> str:
    """The inverse of `without_bars`."""
    return _WRITTEN_BARS.sub(
        lambda run: _WRITTEN_BAR.sub(lambda bar: f"&{bar[1][len('amp;') :]}#124;" if bar[1] else "|", run[0]), text
    )


def number_text(value: float) -> str:
    """A number in the fewest digits that are read back as it is, a 32-bit number if it is one: -0.1, 5, -inf."""
    if isinstance(value, int):
        return str(value)
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return np.format_float_positional(single if float(single) == value else value, trim="-")


def _features(text: str, place: str) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    name = ""
    for word in text.split():
        if word.endswith("="):
            name = word[:-1]
            found[name] = ()
        else:
            found[name] = (*found.get(name, ()), _number(word, f"feature {name!r}", place))
    return found


def _number(text: str, what: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise DataError(f"{place}: {what} is no number — given {text[:40]!r} — give one such as -1.5")
    return number

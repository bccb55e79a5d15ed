"""The lines of Moses n-best lists: what is written is read back, and no hypothesis can break the form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.workflows.moses_lines import (
    MosesLine,
    number_text,
    read_moses_line,
    with_bars,
    without_bars,
    write_moses_line,
)

finite = st.floats(width=32, allow_nan=False) | st.floats(allow_nan=False)
barred = st.lists(st.sampled_from(["|", "||", "|||", " ", "&#124;", "&amp;#124;", "&", "amp;", "#124;", "a"])).map(
    "".join
)
names = st.text(st.sampled_from("aLM0_"), min_size=1)


@given(barred)
def test_a_hypothesis_of_bars_is_read_back_and_is_never_cut(text):
    written = without_bars(text)
    assert "|||" not in written
    assert with_bars(written) == text
    if "|||" not in text and "#124;" not in text:
        assert written == text


def test_bars_are_written_as_moses_writes_them():
    assert without_bars("a ||| b || c | d") == "a &#124;&#124;&#124; b || c | d"
    assert with_bars("a &#124; b") == "a &#124; b"  # of a list by Moses itself
    assert without_bars("&#124;&#124;&#124;") == "&amp;#124;&amp;#124;&amp;#124;"  # the rival reads it as bars


@given(
    st.integers(0, 10**9),
    barred | st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])),
    st.dictionaries(names, st.lists(finite, max_size=3).map(tuple)),
    finite,
    st.lists(st.sampled_from(["0-0 1-2", "", "x"]), max_size=2).map(tuple),
)
def test_a_line_is_read_back_as_it_was(identity, hypothesis, features, score, more):
    line = MosesLine(identity, hypothesis, features, score, more)
    written = write_moses_line(line)
    assert "\n" not in written
    assert written.split(" ||| ")[:2] == [str(identity), without_bars(hypothesis)]  # by any tool
    read = read_moses_line(written, "here")
    assert (read.id, read.hypothesis, read.more) == (identity, hypothesis, more)
    assert (read.score, dict(read.features)) == (
        as_read(score),
        {n: tuple(map(as_read, v)) for n, v in features.items()},
    )


def as_read(value: float) -> float:
    """A 32-bit number is written in as few digits as tell it from its neighbours; as a 64-bit one it is another."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value


def test_numbers_are_short():
    assert number_text(float(np.float32(-0.1))) == "-0.1"
    assert number_text(-0.123456789012) == "-0.123456789012"
    assert [number_text(value) for value in (5, 5.0, 1e-9, float("-inf"))] == ["5", "5", "0.000000001", "-inf"]


def test_a_line_as_it_looks():
    line = MosesLine(7, "Ein Rad.", {"logprob": (-2.5,), "length": (3,), "finished": (1,)}, -0.1)
    assert write_moses_line(line) == "7 ||| Ein Rad. ||| logprob= -2.5 length= 3 finished= 1 ||| -0.1"
    assert write_moses_line(MosesLine(0, "")) == "0 |||  |||  ||| 0"
    assert read_moses_line("3 ||| ||| -1 -2 ||| 0", "here") == MosesLine(3, "", {"": (-1.0, -2.0)}, 0.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 ||| a ||| -1", "here: no line of a Moses n-best list — given .* of 3 fields"),
        ("", "of 1 fields"),
        ("x ||| a ||| ||| 0", "the id is no line number — given 'x'"),
        ("-1 ||| a ||| ||| 0", "the id is no line number"),
        ("0 ||| a ||| logprob= b ||| 0", "feature 'logprob' is no number — given 'b'"),
        ("0 ||| a ||| logprob= 1 ||| nan", "the score is no number"),
    ],
)
def test_what_is_no_such_line_is_told(text, message):
    with pytest.raises(DataError, match=message):
        read_moses_line(text, "here")

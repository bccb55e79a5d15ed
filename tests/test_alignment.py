"""Pieces found in their texts, and alignments of words and pieces made from attention."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seq2seq.alignment import find_words, hard_alignment, locate_pieces, pharaoh, soft_alignment
from seq2seq.text import Tokenizer

WIDE = "\uff37\uff49\uff44\uff45"
WORDS = ["der", "Hund", "läuft", "ﬁnden", WIDE, "naïve", "x²", "東京", "日本", "한국", "🙂", "don't", "!", "…"]
piece_texts = st.text(st.sampled_from("▁▁abÄﬁ東½"), max_size=4)
pieces_of_any = st.lists(piece_texts | st.sampled_from(["<unk>", "<0xE6>", "<0x9D>", "<0xB1>", "<0xFF>", "▁"]))
texts_of_any = st.text(st.sampled_from("  abÄﬁ東½a\u0308?\u3000\n")) | st.text()
weights_of_any = st.tuples(st.integers(0, 5), st.integers(0, 7)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
)


def covered(pieces: list[str], text: str) -> list[str]:
    return [text[begin:end] for begin, end in locate_pieces(pieces, text)]


# --- pieces in texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "text", "wanted"),
    [
        (["▁He", "llo", "▁you", "."], "Hello  you.", ["He", "llo", "you", "."]),
        (["▁", "ﬁ", "▁x"], "fi x", ["fi", "fi", "x"]),  # a bare mark goes with what follows
        (["▁x", "▁"], "x ", ["x", "x"]),
        (["▁f", "i"], "ﬁ", ["ﬁ", "ﬁ"]),  # a normalised ligature
        (["▁wi", "de"], WIDE, [WIDE[:2], WIDE[2:]]),  # wide letters, made small
        (["▁stra", "ss", "e"], "Straße", ["Stra", "ß", "e"]),
        (["▁a", "▁b"], "ab", ["a", "b"]),  # white space decides nothing
        (["▁a", "▁b"], "a\u200bb", ["a", "b"]),  # what normalisation removes
        (["▁a", "<unk>", "b"], "a ⁇ b", ["a", "⁇", "b"]),  # as SentencePiece decodes it
        (["▁a", "<unk>", "▁b"], "a東京 b", ["a", "東京", "b"]),  # and what it hides of a source
        (["▁", "<unk>", "▁", "<unk>", "▁b"], "東 京 b", ["東", "東", "京", "京", "b"]),
        (["▁a", "<0xE6>", "<0x9D>", "<0xB1>", "b"], "a東b", ["a", "東", "東", "東", "b"]),
        (["▁a", "<0xE6>", "<0x9D>", "b"], "a\ufffdb", ["a", "\ufffd", "\ufffd", "b"]),
        (["▁one", "▁tw"], "one two three", ["one", "tw"]),  # a text that was cut
        (["▁a▁b", "c"], "a bc", ["a b", "c"]),  # a piece of two words
        ([], "abc", []),
        (["▁a"], "", [""]),
        (["▁"], "", [""]),
    ],
)
def test_pieces_are_located_in_texts_that_normalisation_has_changed(pieces, text, wanted):
    assert covered(pieces, text) == wanted


def test_an_unknown_piece_is_found_in_spite_of_its_like():
    assert covered(["▁?", "?", "▁", "<unk>"], "?? 東") == ["?", "?", "東", "東"]
    assert covered(["▁", "<unk>", "un", "k"], "東unk") == ["東", "東", "un", "k"]  # its name is no text


@pytest.fixture(scope="module", params=["bpe", "unigram"])
def tokenizer(request) -> Tokenizer:
    generator = random.Random(1)
    return Tokenizer.train(
        [" ".join(generator.choices(WORDS[:8], k=5)) for _ in range(200)],
        kind=request.param,
        vocabulary_size=300 if request.param == "bpe" else 285,
        character_coverage=1.0,
        byte_fallback=True,
        user_symbols=["<x>"],
        normalization="nmt_nfkc_cf",
    )


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_pieces_of_a_tokenizer_cover_their_own_words(tokenizer, data):
    """Each word has the pieces that it has alone, in order, whatever white space and case are around."""
    words = data.draw(st.lists(st.sampled_from([*WORDS, "a<x>b", "Zoë", "½"]), min_size=1, max_size=6))
    text = data.draw(st.sampled_from([" ", "  ", "\u3000 ", "\t"])).join(words)
    pieces = tokenizer.pieces(tokenizer.encode([text]))[0]
    wanted = [number for number, word in enumerate(words) for _ in tokenizer.pieces(tokenizer.encode([word]))[0]]
    places = find_words(text)
    assert [text[begin:end] for begin, end in places] == words
    found = locate_pieces(pieces, text)
    assert [next(n for n, (b, e) in enumerate(places) if b <= begin < end <= e) for begin, end in found] == wanted


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_every_word_of_what_a_model_may_write_has_a_piece(tokenizer, data):
    """Also where it writes bytes that are no text, or an unknown piece, whose decoded form has spaces around it."""
    ids = data.draw(st.lists(st.integers(1, tokenizer.vocabulary_size - 1).filter(lambda one: one not in (2, 3))))
    text, pieces = tokenizer.decode([ids])[0], tokenizer.pieces([ids])[0]
    found, words = locate_pieces(pieces, text), find_words(text)
    soft = soft_alignment(np.ones((len(pieces), 1)), [(0, 1)], found, [(0, 1)], words)
    assert (soft == 1).all(), (pieces, text)


# --- alignments -------------------------------------------------------------------------------------------------------


def test_words_average_over_their_pieces_and_sum_over_the_others():
    """ "aa bb" in three pieces, the end left out; "X yz" in three."""
    attention = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.0, 0.2, 0.3], [0.0, 0.2, 0.6, 0.2]])[:, :3]
    source, target = [(0, 1), (1, 2), (3, 5)], [(0, 1), (2, 3), (3, 4)]
    words = find_words("aa bb"), find_words("X yz")
    soft = soft_alignment(attention, source, target, *words)
    np.testing.assert_allclose(soft, [[0.3, 0.3], [0.35, 0.4]])
    assert hard_alignment(soft) == [(0, 0), (1, 1)]  # of equals the first
    assert hard_alignment(soft, 0.35) == [(0, 1), (1, 1)]
    assert pharaoh(hard_alignment(soft, 0.3)) == "0-0 0-1 1-0 1-1"
    # Its rivals: the greatest single weight, and the sum over the target's pieces, which is no share of anything.
    assert hard_alignment(soft_alignment(attention[1:], source, target[1:], words[0], [(2, 4)])) == [(1, 0)]


@given(weights_of_any)
def test_the_greatest_weight_gives_each_target_exactly_one_source(weights):
    pairs = hard_alignment(weights)
    assert sorted(target for _, target in pairs) == (list(range(len(weights))) if weights.size else [])
    assert all(weights[target, source] == weights[target].max() for source, target in pairs)


@given(weights_of_any, st.floats(0, 1))
def test_a_threshold_of_0_gives_all_pairs_and_one_above_1_none(weights, threshold):
    rows, columns = weights.shape
    every = [(source, target) for source in range(columns) for target in range(rows)]
    assert hard_alignment(weights, 0.0) == every
    assert hard_alignment(weights, 1.0001) == []
    chosen = hard_alignment(weights, threshold)
    assert chosen == [(source, target) for source, target in every if weights[target, source] >= threshold]


@settings(deadline=None)
@given(pieces_of_any, texts_of_any, pieces_of_any, texts_of_any, st.integers(0, 99), st.sampled_from([None, 0, 0.3, 1]))
def test_alignments_of_anything_index_real_words(source_pieces, source, target_pieces, target, seed, threshold):
    for pieces, text in ((source_pieces, source), (target_pieces, target)):
        found = locate_pieces(pieces, text)
        assert len(found) == len(pieces)
        assert all(0 <= begin <= end <= len(text) for begin, end in found)
        assert found == sorted(found)
    generator = np.random.default_rng(seed)
    attention = generator.dirichlet(np.full(len(source_pieces) + 1, 0.3), size=len(target_pieces))[:, :-1]
    soft = soft_alignment(
        attention,
        locate_pieces(source_pieces, source),
        locate_pieces(target_pieces, target),
        find_words(source),
        find_words(target),
    )
    words = len(source.split()), len(target.split())
    assert soft.shape == words[::-1]
    assert (soft >= 0).all()
    assert (soft.sum(axis=1) <= 1 + 1e-9).all()
    pairs = hard_alignment(soft, threshold)
    assert all(0 <= source < words[0] and 0 <= target < words[1] for source, target in pairs)
    assert len(set(pairs)) == len(pairs)
    if threshold is None and words[0]:
        assert len(pairs) == words[1]
    assert hard_alignment(soft, 1.0001) == []

"""Words, scores by parts of a text, sentence scores and word differences, against counts by hand."""

from __future__ import annotations

import doctest
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.evaluation import (
    SentenceScores,
    bleu,
    breakdowns,
    by_rarest_word,
    by_source_length,
    by_word_frequency,
    choose_examples,
    compare_words,
    count_words,
    marked_differences,
    score_sentences,
    split_words,
    word_differences,
    words,
    worst_and_best,
)
from seq2seq.evaluation.words import spoken_words

TEXTS = st.text(alphabet="ab cñ ,.(\u2028\t\u0300漢שׁ😀", max_size=25)


@pytest.mark.parametrize("module", [words, word_differences, breakdowns])
def test_examples_in_the_documentation(module):
    assert doctest.testmod(module).failed == 0


@given(TEXTS)
def test_words_hold_all_but_white_space(text):
    assert "".join(split_words(text)) == "".join(text.split())


def test_signs_within_a_word_stay_and_around_it_part():
    assert split_words("„Rot-blau“, z.B. bei Müller's!") == [
        *("„", "Rot-blau", "“", ",", "z.B", ".", "bei", "Müller's", "!"),
    ]
    assert spoken_words("… a - 5 %") == ["a", "5"]
    assert split_words("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]  # vowel signs do not part words


def test_only_wanted_words_are_counted():
    lines = ["a dog, a cat.", "A dog"]
    assert count_words(lines, {"a", "dog", "bird"}) == Counter({"a": 2, "dog": 2})


def test_parts_by_length_are_the_scores_of_their_lines():
    sources = ["", "a b c d e!", "a b c d e f", "a b c d e f g", "x " * 61]
    references = ["", "one two three four five", "a b c d e f", "g f e d c b a", "y " * 61]
    hypotheses = ["", "one two three four six", "a b c d e f", "g f e d x y z", "y " * 61]
    parts = by_source_length(sources, hypotheses, references)
    assert [(part.label, part.lines) for part in parts] == [("0", 1), ("1-5", 1), ("6-10", 2), ("61+", 1)]
    assert [part.exact_match for part in parts] == [100.0, 0.0, 50.0, 100.0]
    assert parts[2].bleu == pytest.approx(bleu(hypotheses[2:4], references[2:4]))
    assert parts[1].bleu != pytest.approx(parts[2].bleu)
    assert sum(part.lines for part in parts) == len(sources)


def test_parts_by_the_rarest_word_of_the_source():
    frequencies = {"a": 3000, "dog": 12, "cat": 1}
    sources = ["a dog.", "a cat", "a bird dog", "a", "..."]
    parts = by_rarest_word(sources, sources, sources, frequencies)
    assert [(part.label, part.lines) for part in parts] == [("0", 1), ("1", 1), ("6-20", 1), ("1001+", 1)]


def test_words_by_frequency_are_counted_line_by_line():
    """`b` twice wanted and once written on its line matches once; the `a` of another line matches none."""
    frequencies = {"a": 1, "b": 3}
    (unseen, once, some) = by_word_frequency(["b x.", "a"], ["b b a.", "b"], frequencies)
    assert (unseen.label, unseen.reference_words, unseen.hypothesis_words, unseen.matched) == ("0", 0, 1, 0)
    assert (once.label, once.reference_words, once.hypothesis_words, once.matched) == ("1", 1, 1, 0)
    assert (some.label, some.reference_words, some.hypothesis_words, some.matched) == ("2-5", 3, 1, 1)
    assert (some.precision, some.recall, some.f1) == (100.0, pytest.approx(100 / 3), pytest.approx(50.0))
    assert once.f1 == unseen.f1 == unseen.recall == 0.0


def test_words_of_a_text_against_itself_all_match():
    lines = ["the dog sees the cat.", "a bird"]
    assert all(part.f1 == 100.0 for part in by_word_frequency(lines, lines, {"the": 7}))


def test_sentences_are_scored_one_by_one():
    scores = score_sentences(["a b c d", "", "x", "a b c x"], ["a b c d ", "", "a b c d", "a b c d"])
    assert scores.chrf[:3] == scores.bleu[:3] == [100.0, 100.0, 0.0]
    assert 0 < scores.chrf[3] < 100
    assert 0 < scores.bleu[3] < 100
    worst, best = worst_and_best(scores, 2)
    assert (worst, best) == ([2, 3], [0, 1])
    assert worst_and_best(scores, 3) == ([2, 3, 0], [1])  # none is both
    with pytest.raises(DataError, match="1 hypotheses and 2 references"):
        score_sentences(["a"], ["a", "b"])


def test_examples_are_long_bad_contested_and_others():
    """Line 4 is the longest, 2 the worst, 7 the most contested; line 0 is empty; the rest lies evenly over lengths."""
    lengths = [0, 5, 5, 6, 30, 7, 8, 9, 10, 11]
    first = [0.0, 50.0, 1.0, 50.0, 50.0, 50.0, 50.0, 10.0, 50.0, 50.0]
    second = [0.0, 50.0, 2.0, 50.0, 50.0, 50.0, 50.0, 90.0, 50.0, 50.0]
    scores = [SentenceScores(chrf, chrf) for chrf in (first, second)]
    assert choose_examples(lengths, scores, 4) == [2, 4, 6, 7]
    assert choose_examples(lengths, scores, 100) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert choose_examples(lengths, scores, 0) == []
    assert choose_examples([0, 0], [SentenceScores([1.0, 2.0], [1.0, 2.0])], 4) == []


@given(TEXTS, TEXTS)
def test_marked_stretches_are_the_text(text, other):
    stretches = marked_differences(text, other)
    assert "".join(stretches) == text
    assert all(stretches[1:])
    equal = [word for stretch in stretches[::2] for word in split_words(stretch)]
    remaining = iter(split_words(other))
    assert all(word in remaining for word in equal)  # in this order
    assert not any(stretch != stretch.strip() for stretch in stretches[1::2])


@given(TEXTS)
def test_nothing_is_marked_in_a_text_against_itself(text):
    assert marked_differences(text, text) == [text]


def test_marks_of_one_word():
    assert marked_differences("x b", "b") == ["", "x", " b"]
    assert marked_differences("b, x!", "b!") == ["b", ", x", "!"]
    assert marked_differences("a b", "") == ["", "a b"]
    assert marked_differences("", "a") == [""]


def test_words_that_one_system_gets_right_and_the_other_not():
    references = ["the dog sees the cat.", "a dog"]
    first, second = ["the dog sees it", "a dog"], ["the the cat cat dog,", "a cat"]
    found = compare_words(first, second, references, 5)
    # the: 1 and 2 of 2; dog: 2 and 1 of 2; sees: first alone; cat: second alone, once, as the reference has it
    assert [(word.word, word.reference_count, word.first_only, word.second_only) for word in found.first] == [
        ("dog", 2, 1, 0),
        ("sees", 1, 1, 0),
    ]
    assert [(word.word, word.reference_count, word.first_only, word.second_only) for word in found.second] == [
        ("cat", 1, 0, 1),
        ("the", 2, 0, 1),
    ]
    assert (found.both, found.first_only, found.second_only, found.neither) == (3, 2, 2, 0)
    assert found.both + found.first_only + found.second_only + found.neither == 7
    assert [word.word for word in compare_words(first, second, references, 1).first] == ["dog"]
    same = compare_words(first, first, references, 5)
    assert (same.first, same.second, same.first_only, same.neither) == ([], [], 0, 2)

"""What all document formats share: segments, sentences, placeholders, alignment, and tags put back."""

from __future__ import annotations

import numpy as np
import pytest
from document_translators import WordTranslator, pieces_of, translation, upper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seq2seq.documents.alignment import align_tokens, find_tokens
from seq2seq.documents.document import NOTHING_TO_TRANSLATE
from seq2seq.documents.inline_html import add_tagged_text, to_string
from seq2seq.documents.placeholders import find_placeholders
from seq2seq.documents.segment import TAGS_DO_NOT_PAIR, Segment, SegmentBuilder
from seq2seq.documents.sentences import split_sentences
from seq2seq.documents.translation import (
    EMPTY,
    PLACEHOLDER_LOST,
    TAG_WITHOUT_PLACE,
    TOO_LONG,
    UNFINISHED,
    translate_segments,
)


def built(text: str) -> Segment:
    builder = SegmentBuilder()
    add_tagged_text(builder, text)
    return builder.build("here")


def translated(text: str, translator: WordTranslator) -> str:
    """The tagged text after translation; what cannot be translated is as it was."""
    segment = built(text)
    translate_segments([segment], lambda texts, attention: translator.translate(texts, attention=attention))
    return to_string(segment.written())


def backwards(count: int) -> range:
    return range(count - 1, -1, -1)


# --- segments ---------------------------------------------------------------------------------------------------------


def test_edges_are_taken_off_and_tags_are_nested():
    segment = built("  <b>Look <i>here</i>.</b> ")
    assert segment.text == "Look here."
    assert to_string(segment.before) == "  <b>"
    assert to_string(segment.after) == "</b> "
    assert [(tag.begin, tag.end) for tag in segment.tags] == [(5, 9)]


@pytest.mark.parametrize("text", ["a <b>b", "a</b> b", "a <b>b <i>c</b> d</i> e"])
def test_tags_that_do_not_pair_up_are_told(text):
    segment = built(text)
    assert segment.problem == TAGS_DO_NOT_PAIR or not segment.tags
    assert to_string(segment.written()) == text


@pytest.mark.parametrize("text", ["", " ", "<b> </b>", " <br/> "])
def test_nothing_but_markup_is_no_text(text):
    segment = built(text)
    assert segment.text == ""
    assert to_string(segment.source) == text


# --- sentences and placeholders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ('He said "Go!" Then (so.) He left.', ['He said "Go!"', "Then (so.)", "He left."]),
        ("Dr. J. Smith met Mr. Hu at 3 p.m. on 5. Mai, e.g. here etc. Yes.", None),
        ("it ended. and went on... or so", None),
        ("In 1990. Then.", ["In 1990.", "Then."]),
        ("はい。いいえ！そう", ["はい。", "いいえ！", "そう"]),
        ("  a  ", ["a"]),
        ("", []),
    ],
)
def test_sentences(text, sentences):
    assert [text[begin:end] for begin, end in split_sentences(text)] == ([text] if sentences is None else sentences)


@given(st.text(st.sampled_from("aB .!?…\"'\n。1")))
def test_sentences_lose_nothing_but_white_space(text):
    spans = split_sentences(text)
    assert "".join("".join(text[begin:end] for begin, end in spans).split()) == "".join(text.split())
    assert all(text[begin:end] == text[begin:end].strip() != "" for begin, end in spans)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{name} {0} {} {user.name!r:>10} {{x}} ${home} $user #{a}", 8),
        ("%s %d %1$s %5.2f %-10s %ld %(name)s %(x).2f %{x} %% %zu", 11),
        ("https://x.org/a?b=c, www.x.org and a.b@c.de.", 3),
        ("50% discount, 100 %, $5, 3 % so, a { b } c, {two words}", 0),
    ],
)
def test_placeholders(text, found):
    assert len(find_placeholders(text)) == found


def test_an_address_ends_before_the_punctuation_of_its_sentence():
    text = "See (https://x.org/a_(b).html)."
    assert [text[begin:end] for begin, end in find_placeholders(text)] == ["https://x.org/a_(b).html"]


# --- alignment --------------------------------------------------------------------------------------------------------


def test_alignment_is_that_of_the_most_attention():
    source, target = find_tokens("aa bb."), find_tokens("bb. aa")
    attention = np.array([[0.4, 0.5, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]])
    pieces = [(0, 2), (3, 5), (5, 6)], [(0, 2), (2, 3), (4, 6)]
    assert align_tokens(attention, *pieces, source, target) == [1, 2, 0]


def test_vowel_signs_belong_to_their_words():
    assert len(find_tokens("हिन्दी भाषा")) == 2


# --- translation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Look here.",
        "Look <i>here</i>.",
        "<b>Click <i>here, please,</i></b> to <u>go</u> on. Or <b>not. At</b> all!",
        "a <b>bold </b>word and<i> another</i> one",
        "a picture <img/> here and<wbr/>there, <b><img/><i>x</i> y<wbr/></b> z",
        "<b>all</b>",
        "a <a></a><i>b</i> c",
        "{name} is <b>{0}</b> at %s, <i>https://x.org</i>",
        "broken\n  over <b>three\n  lines</b> here",
        "wide  spaces",
    ],
)
def test_the_identity_changes_nothing(text):
    wanted = text.replace("wide  spaces", "wide spaces")  # within a sentence, several spaces are one
    assert translated(text, WordTranslator()) == wanted
    assert translated(text, WordTranslator(upper)).lower() == wanted.lower()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Look <i>here</i> now", "NOW <i>HERE</i> LOOK"),
        ("<i>Look here</i> now", "NOW <i>HERE LOOK</i>"),
        ("<i>Look <b>here</b></i> now", "NOW <i><b>HERE</b> LOOK</i>"),
        ("<i>one</i> <b>two</b>", "<b>TWO</b> <i>ONE</i>"),
        ("one <img/>two three", "THREE <img/>TWO ONE"),
        ("one<img/> two three", "THREE<img/> TWO ONE"),
        ("go <b>to {x}</b> now", "NOW <b>{x} TO</b> GO"),
    ],
)
def test_tags_follow_their_words(text, wanted):
    """The rival, which leaves tags at the place where they were, fails on each."""
    assert translated(text, WordTranslator(upper, backwards)) == wanted


def test_a_line_break_parts_words():
    assert translated("one<br/>two", WordTranslator(upper)) == "ONE<br/> TWO"
    assert translated("one<br>\ntwo <br> three", WordTranslator(upper)) == "ONE<br>\nTWO <br> THREE"


def test_a_tag_whose_words_are_torn_apart_has_no_place():
    torn = WordTranslator(upper, lambda count: [0, 2, 1, *range(3, count)])  # "picked the up dog"
    segment = built("<b>picked up</b> the dog")
    translate_segments([segment], lambda texts, attention: torn.translate(texts, attention=attention))
    assert (segment.translation, segment.problem) == (None, TAG_WITHOUT_PLACE)
    assert translated("picked up <b>the dog</b>", torn) == "picked up <b>the dog</b>"
    assert translated("<b>picked up the</b> dog", torn) == "<b>PICKED THE UP</b> DOG"


words = st.lists(st.sampled_from(["ab", "cdefg", "h", "xyz"]), min_size=1, max_size=4).map(" ".join)
tagged = st.recursive(
    words,
    lambda inner: st.builds(
        lambda parts, name: " ".join(
            f"<{name}{n}>{part}</{name}{n}>" if n % 2 else part for n, part in enumerate(parts)
        ),
        st.lists(inner, min_size=1, max_size=3),
        st.sampled_from("bi"),
    ),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tagged, st.randoms(use_true_random=False))
def test_every_tag_comes_back_once_and_nested_whatever_the_order(text, random):
    def shuffled(count: int) -> list[int]:
        return random.sample(range(count), count)

    written = translated(text, WordTranslator(str.upper, shuffled))
    plain = built(text)
    if written == text:
        return  # left as it was
    again = built(written)
    assert again.problem is None  # well-nested
    for name in ("<b1>", "</b1>", "<i1>", "</i1>"):
        assert written.count(name) == text.count(name)
    assert sorted(again.text.lower().split()) == sorted(plain.text.split())


@pytest.mark.parametrize(
    ("text", "written", "problem"),
    [
        ("Hello {name}", "HALLO", PLACEHOLDER_LOST),
        ("Hello {name}", "HALLO {NAME}", PLACEHOLDER_LOST),
        ("Hello {name}", "{name} {name}", PLACEHOLDER_LOST),
        ("Hello name", "HALLO {name}", PLACEHOLDER_LOST),
        ("at x@y.de", "AN ax@y.de", PLACEHOLDER_LOST),
        ("Hello", " ", EMPTY),
        ("123 %s", "123 %s", NOTHING_TO_TRANSLATE),
        ("<b>!</b> ?", "", NOTHING_TO_TRANSLATE),
    ],
)
def test_what_is_not_safe_is_left(text, written, problem):
    segment = built(text)
    translate_segments(
        [segment], lambda texts, attention: [translation(text, written.split(), [0, 0]) for text in texts]
    )
    assert (segment.translation, segment.problem) == (None, problem)


@pytest.mark.parametrize(("mark", "problem"), [("source_truncated", TOO_LONG), ("target_truncated", UNFINISHED)])
def test_half_a_sentence_is_no_translation(mark, problem):
    def translate(texts, attention):
        found = WordTranslator().translate(texts)
        setattr(found[-1], mark, True)
        return found

    segments = [built("One. Two."), built("Three. Four.")]
    translate_segments(segments, translate)
    assert [segment.problem for segment in segments] == [None, problem]


def test_sentences_of_all_segments_are_asked_together_and_attention_only_where_it_is_needed():
    asked = []

    def translate(texts, attention):
        asked.append((list(texts), attention))
        return WordTranslator().translate(texts, attention=attention)

    translate_segments([built("One. Two\n  more."), built("<b>x</b> y"), built("Three")], translate)
    assert asked == [(["One.", "Two more.", "Three"], False), (["x y"], True)]


def test_pieces_of_the_stand_in():
    assert pieces_of(["abcd", "e"]) == (["▁abc", "d", "▁e", "</s>"], [0, 0, 1, 2])

"""Sources of pairs: line ends, counts, errors that name file and line, filters that count; a real TFDS builder."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.schema import Filters, TextFiles, TfdsSource, TsvFiles
from seq2seq.data import PairCorpus, build_corpus, read_pairs, source_files
from seq2seq.data.lines import read_lines
from seq2seq.errors import DataError
from seq2seq.workflows.line_input import read_windows

LANGUAGES = {"source_language": "en", "target_language": "de"}


def text_source(source: str = "a.{source}", target: str = "a.{target}") -> TextFiles:
    return TextFiles(source=[source], target=[target])


def write(folder: Path, **files: bytes | str) -> Path:
    for name, content in files.items():
        content = content.encode("utf-8") if isinstance(content, str) else content
        name = name.replace("__", ".")
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return folder


# --- lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a\nb\n", ["a", "b"]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\r\n", ["a", "b\r"]),
        ("a\u2028b\x0bc\x0cd\x85e\x1cf\rg\nh", ["a\u2028b\x0bc\x0cd\x85e\x1cf\rg", "h"]),
    ],
)
@pytest.mark.parametrize("name", ["plain", "packed__gz"])
def test_lines_end_at_line_feeds_alone(tmp_path, name, content, lines):
    write(tmp_path, **{name: content})
    assert list(read_lines(tmp_path / name.replace("__", "."))) == lines
    assert content.count("\u2028") == 0 or content.splitlines() != lines  # the rival cuts elsewhere


def test_a_byte_order_mark_is_no_text_at_the_start_of_a_file_and_stays_elsewhere(tmp_path):
    (tmp_path / "bom").write_bytes("\ufeffA\n\ufeffB\n".encode())
    assert list(read_lines(tmp_path / "bom")) == ["A", "\ufeffB"]


def test_invalid_utf8_names_file_and_line(tmp_path):
    write(tmp_path, latin=b"good\nalso good\nna\xefve\n")
    with pytest.raises(
        DataError, match=r"latin, line 3: not UTF-8 text — given byte 0xef at byte 3 of the line — convert"
    ):
        list(read_lines(tmp_path / "latin"))


def test_a_torn_gzip_file_is_an_error(tmp_path):
    whole = gzip.compress(b"line\n" * 10_000)
    (tmp_path / "torn.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "plain.gz").write_bytes(b"not packed\n")
    for name in ("torn.gz", "plain.gz"):
        with pytest.raises(DataError, match=rf"{name}: damaged \.gz file — given .* after line \d+"):
            list(read_lines(tmp_path / name))


def test_training_text_and_lines_to_translate_are_read_alike(tmp_path):
    (tmp_path / "a").write_bytes("\ufeffA\r\nb\u2028b\r\r\n\n\ufeffc".encode())
    windows = read_windows([str(tmp_path / "a")], io.BytesIO(), window_lines=9, replace_invalid=False)
    assert [line.text for window in windows for line in window] == list(read_lines(tmp_path / "a"))
    (tmp_path / "a").write_bytes(b"A\nb\xff\n")
    with pytest.raises(DataError) as training:
        list(read_lines(tmp_path / "a"))
    with pytest.raises(DataError) as translating:
        list(read_windows([str(tmp_path / "a")], io.BytesIO(), window_lines=9, replace_invalid=False))
    assert str(translating.value) == f"{training.value}, or use --replace-invalid"


# --- text and TSV files -----------------------------------------------------------------------------------------------


def test_several_files_a_side_are_one_text(tmp_path):
    write(tmp_path, a__en="1\n2\n", b__en__gz="3\n", c__de="eins\nzwei\ndrei\n")
    source = TextFiles(source=["a.{source}", "b.{source}.gz"], target=["c.{target}"])
    assert list(read_pairs(source, **LANGUAGES, folder=tmp_path)) == [("1", "eins"), ("2", "zwei"), ("3", "drei")]
    assert source_files(source, **LANGUAGES, folder=tmp_path) == [
        tmp_path / name for name in ("a.en", "b.en.gz", "c.de")
    ]


def test_reading_is_streaming(tmp_path):
    write(tmp_path, a__en="1\n" * 5, a__de="1\n2\n" + "\xff\n" * 3)
    (tmp_path / "a.de").write_bytes(b"1\n2\n\xff\n")
    pairs = read_pairs(text_source(), **LANGUAGES, folder=tmp_path)
    assert [next(pairs), next(pairs)] == [("1", "1"), ("1", "2")]
    with pytest.raises(DataError, match="line 3"):
        next(pairs)


@pytest.mark.parametrize(("source_lines", "target_lines"), [(3, 5), (5, 3), (0, 2)])
def test_counts_that_do_not_match_are_named(tmp_path, source_lines, target_lines):
    write(tmp_path, a__en="x\n" * source_lines, a__de="y\n" * target_lines)
    with pytest.raises(DataError, match=rf"given {source_lines} in \S*a\.en and {target_lines} in \S*a\.de"):
        list(read_pairs(text_source(), **LANGUAGES, folder=tmp_path))


def test_a_missing_file_names_its_key_and_the_nearest_name(tmp_path):
    write(tmp_path, train__en="a\n", train__de="b\n")
    with pytest.raises(DataError, match=r"data\.train\.target\[0\].*trian\.de.*did you mean 'train\.de'"):
        read_pairs(text_source("train.en", "trian.de"), **LANGUAGES, folder=tmp_path, key="data.train")
    with pytest.raises(DataError, match=r"the folder \S*nowhere does not exist"):
        read_pairs(text_source(), **LANGUAGES, folder=tmp_path / "nowhere")


@pytest.mark.parametrize("source", [text_source(), TsvFiles(kind="tsv", files=["a.en"])])
def test_an_empty_corpus_is_an_error(tmp_path, source):
    write(tmp_path, a__en="", a__de="")
    with pytest.raises(DataError, match=r"data\.train holds no pair.*a\."):
        list(read_pairs(source, **LANGUAGES, folder=tmp_path, key="data.train"))


def test_tsv_columns(tmp_path):
    write(tmp_path, a__tsv='id\tguten Tag\t"hello\n', b__tsv__gz="id\tja\tyes\tmore\n")
    source = TsvFiles(kind="tsv", files=["a.tsv", "b.tsv.gz"], source_column=2, target_column=1)
    assert list(read_pairs(source, **LANGUAGES, folder=tmp_path)) == [('"hello', "guten Tag"), ("yes", "ja")]
    write(tmp_path, a__tsv="1\t2\t3\nonly\ttwo\n")
    with pytest.raises(DataError, match=r"given 2 in \S*a\.tsv, line 2.*at least 3"):
        list(read_pairs(source, **LANGUAGES, folder=tmp_path))


# --- TensorFlow Datasets ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tfds_folder(tmp_path_factory) -> Path:
    """A real builder, prepared in a temporary folder without a download."""
    tfds = pytest.importorskip("tensorflow_datasets")

    class TinyPhrases(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = tfds.features.FeaturesDict(
                {"en": tfds.features.Text(), "de": tfds.features.Text(), "number": tfds.features.Scalar(np.int32)}
            )
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, _):
            return {"train": self._generate_examples(7), "test": self._generate_examples(2)}

        def _generate_examples(self, count):
            for number in range(count):
                yield number, {"en": f"line {number}", "de": f"Zeile {number} ü", "number": number}

    folder = tmp_path_factory.mktemp("tfds")
    TinyPhrases(data_dir=str(folder)).download_and_prepare()
    return folder


def test_a_local_tfds_builder(tfds_folder):
    source = TfdsSource(kind="tfds", name="tiny_phrases", data_dir=str(tfds_folder))
    pairs = list(read_pairs(source, **LANGUAGES))
    assert sorted(pairs) == [(f"line {number}", f"Zeile {number} ü") for number in range(7)]
    assert pairs == list(read_pairs(source, **LANGUAGES))
    turned = source.model_copy(update={"source_feature": "de", "target_feature": "en", "split": "test"})
    assert sorted(read_pairs(turned, **LANGUAGES)) == [(f"Zeile {number} ü", f"line {number}") for number in range(2)]
    part = source.model_copy(update={"split": "train[:3]"})
    assert list(read_pairs(part, **LANGUAGES)) == pairs[:3]
    by_path = TfdsSource(kind="tfds", name=str(tfds_folder / "tiny_phrases" / "1.0.0"))
    assert list(read_pairs(by_path, **LANGUAGES)) == pairs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "tiny_phrase_book"}, "tiny_phrase_book"),
        ({"split": "trian"}, "did you mean 'train'"),
        ({"split": "train+tset"}, r"data\.train\.split.*train\+tset"),
        ({"split": "train[:x%]"}, r"data\.train\.split.*train\[:x%\]"),
        ({"source_feature": "english"}, r"data\.train\.source_feature.*valid: 'en', 'de', 'number'|did you mean"),
        ({"target_feature": "number"}, "is no text"),
    ],
)
def test_tfds_errors_name_what_was_given(tfds_folder, change, message):
    source = TfdsSource(kind="tfds", name="tiny_phrases", data_dir=str(tfds_folder)).model_copy(update=change)
    with pytest.raises(DataError, match=message):
        list(read_pairs(source, **LANGUAGES, key="data.train"))


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(DataError, match=r"pip install tensorflow-datasets"):
        read_pairs(TfdsSource(kind="tfds", name="any"), **LANGUAGES)


# --- corpus and filters -----------------------------------------------------------------------------------------------


def letters(texts):
    """A tokenizer for tests: one id a character."""
    return [[ord(character) for character in text] for text in texts]


NO_FILTERS = Filters(drop_empty=False, maximum_pieces=None)
PAIRS = [("abc", "de"), ("", "x"), ("abc", "de"), ("a" * 9, "b"), ("ab", "c" * 30), ("abc", "d"), ("z", "z")]


@pytest.mark.parametrize(
    ("filters", "drops"),
    [
        (NO_FILTERS, {}),
        (Filters(maximum_pieces=None), {"empty": 1}),
        (Filters(maximum_pieces=9), {"empty": 1, "longer than maximum_pieces": 1}),
        (Filters(maximum_pieces=8), {"empty": 1, "longer than maximum_pieces": 2}),
        (Filters(drop_duplicates=True), {"empty": 1, "duplicate": 1}),
        (Filters(minimum_pieces=2), {"empty": 1, "shorter than minimum_pieces": 3}),
        (Filters(maximum_length_ratio=3.0), {"empty": 1, "beyond maximum_length_ratio": 2}),
        (Filters(drop_empty=False, maximum_length_ratio=3.0), {"beyond maximum_length_ratio": 3}),
    ],
)
def test_every_dropped_pair_is_counted_by_reason(filters, drops):
    corpus = build_corpus(PAIRS, letters, letters, filters=filters)
    assert corpus.drops == drops
    assert corpus.pairs_read == len(PAIRS) == len(corpus) + sum(drops.values())


def test_evaluation_text_is_never_filtered():
    pairs = [*PAIRS, ("", ""), ("x" * 5000, "")]
    corpus = build_corpus(pairs, letters, letters, filters=None)
    assert ids_of(corpus) == [(letters([source])[0], letters([target])[0]) for source, target in pairs]


def test_duplicates_are_whole_pairs():
    pairs = [("a b", "c"), ("a", "b c"), ("a b", "c d"), ("a b", "c")]
    corpus = build_corpus(pairs, letters, letters, filters=Filters(drop_duplicates=True))
    assert corpus.drops == {"duplicate": 1}


def test_no_pair_left_is_an_error():
    with pytest.raises(DataError, match=r"data\.train is left — given 2 pairs: 1 empty, 1 longer"):
        build_corpus([("", "x"), ("aaa", "b")], letters, letters, filters=Filters(maximum_pieces=2))


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=30), st.integers(1, 7))
def test_the_corpus_gives_back_what_went_in(pairs, chunk):
    """Ids above and below 65,535, any chunk size; texts too."""
    pytest.MonkeyPatch().setattr("seq2seq.data.corpus.CHUNK_PAIRS", chunk)
    corpus = build_corpus(pairs, letters, letters, filters=NO_FILTERS, keep_texts=True)
    assert ids_of(corpus) == [(letters([source])[0], letters([target])[0]) for source, target in pairs]
    assert [(corpus.texts[0][k], corpus.texts[1][k]) for k in range(len(corpus))] == pairs
    assert corpus.source_lengths.tolist() == [len(source) for source, _ in pairs]


def test_ids_take_two_bytes_where_they_fit():
    assert build_corpus([("\uffff", "a")], letters, letters, filters=None).source.ids.itemsize == 2
    assert build_corpus([("\U00010000", "a")], letters, letters, filters=None).source.ids.itemsize == 4


def test_the_fingerprint_tells_texts_and_borders_apart():
    def fingerprint(*pairs):
        return build_corpus(pairs, letters, letters, filters=None).fingerprint

    assert fingerprint(("ab", "c"), ("d", "e")) == fingerprint(("ab", "c"), ("d", "e"))
    others = [
        [("d", "e"), ("ab", "c")],
        [("a", "c"), ("bd", "e")],
        [("ab", "c"), ("d", "f")],
        [("ab", "ce"), ("d", "")],
    ]
    assert len({fingerprint(("ab", "c"), ("d", "e")), *(fingerprint(*pairs) for pairs in others)}) == 5


def ids_of(corpus: PairCorpus) -> list[tuple[list[int], list[int]]]:
    return [(corpus.source[k].tolist(), corpus.target[k].tolist()) for k in range(len(corpus))]

"""JSON lines in and out: one field is translated, everything else stays as it was written."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_translate_files import UpperTranslator, translator, write  # noqa: F401 - the fixture

from seq2seq.errors import DataError
from seq2seq.workflows.choose_forms import Forms, choose_forms
from seq2seq.workflows.line_formats import JsonLines, PlainLines
from seq2seq.workflows.line_input import Line
from seq2seq.workflows.output_forms import JsonForm, PlainForm
from seq2seq.workflows.translate import translate

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def as_line(text: str) -> Line:
    return Line(text, "in.jsonl", 7, 0, False)


class Translated:
    text = 'so "und" so\nü'
    score = -0.123456


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first table of characters takes seconds
@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.booleans(),
    st.sampled_from([None, (",", ":"), (" , ", " : ")]),
)
def test_one_field_is_added_at_the_end_and_all_others_are_as_they_were(record, text, ascii_only, separators):
    record = {key: value for key, value in record.items() if key not in ("text", "translation")} | {"text": text}
    raw = json.dumps(record, ensure_ascii=ascii_only, separators=separators)
    forms = choose_forms([], "jsonl")
    assert forms.line_format.text(as_line(raw)) == text
    (written,) = forms.output_form.lines(0, as_line(raw + " "), text, Translated())
    assert written.startswith(raw[:-1])
    assert "\n" not in written
    assert list(json.loads(written).items()) == [*json.loads(raw).items(), ("translation", Translated.text)]


def test_what_a_parser_and_writer_would_change_is_kept():
    raw = '{ "n":1e400, "m": 1.10, "k": 12345678901234567890123, "a":"\\u00e4", "n": 2 ,"text":"x" }'
    assert JsonForm(own=True, scores=True).lines(0, as_line(raw), "x", Translated()) == [
        raw[:-1].rstrip() + ', "translation": "so \\"und\\" so\\nü", "score": -0.1235}'
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("", r"in\.jsonl, line 7: not JSON — given '' .* — give one JSON object a line"),
        ('{"text": "a"', "not JSON"),
        ('{"text": NaN}', "NaN is no JSON number"),
        ("[" * 100_000, "not JSON"),
        ('"text"', "no JSON object"),
        ("[1]", "no JSON object"),
        ("{}", "no field 'text' — given an object with 0 fields — add it"),
        ('{"Text": "a"}', "no field 'text' — .* did you mean 'Text'"),
        ('{"text": null}', "field 'text' is no string — given null"),
        ('{"text": ["a"]}', "is no string"),
        ('{"text": "\\ud800"}', r"half a surrogate pair, \\ud800"),
        ('{"text": "a", "translation": "b"}', "field 'translation' exists already — given \"b\""),
        ('{"text": "a", "score": 1}', "field 'score' exists already"),
    ],
)
def test_an_invalid_line_is_named(raw, message):
    with pytest.raises(DataError, match=message) as raised:
        JsonLines(added=("translation", "score")).text(as_line(raw))
    assert str(raised.value).startswith("in.jsonl, line 7: ")


def test_fields_need_different_names():
    for field, translation_field, options in (
        ("a", "a", {"scores": True}),
        ("score", "a", {"scores": True}),
        ("a", "score", {"scores": True}),
        ("n_best", "a", {"n_best": 3}),
        ("a", "alignment", {"alignment": "hard"}),
        ("a", "source_pieces", {"output_format": "jsonl"}),
    ):
        with pytest.raises(DataError, match="need different names"):
            choose_forms([], "jsonl", field=field, translation_field=translation_field, **options)
    with pytest.raises(DataError, match="need different names"):
        choose_forms([], "lines", output_format="jsonl", field="id")
    choose_forms([], "jsonl", field="score", translation_field="a")


def test_the_name_or_the_option_chooses_the_format():
    both = Forms(JsonLines(added=("translation",)), JsonForm(own=True))
    assert choose_forms(["a.jsonl", "b.NDJSON", "c.jsonl.gz"]) == both
    assert choose_forms([], "jsonl") == choose_forms(["a.txt"], "jsonl") == both
    plain = Forms(PlainLines(), PlainForm())
    assert choose_forms(["a.txt", "-"]) == choose_forms([]) == choose_forms(["a.jsonl"], "lines") == plain
    with pytest.raises(DataError, match=r"different formats .* given b\.jsonl and a\.txt"):
        choose_forms(["a.txt", "b.jsonl"])


def test_files(translator, tmp_path, capsys):  # noqa: F811
    first = write(tmp_path / "a.jsonl", b'{"id": 1, "text": "a"}\r\n{"text": "", "id": 2}\n')
    second = write(tmp_path / "b.jsonl.gz", b'{"text": "a text of more than twenty", "id": 3}')
    report = translate("run", [first, second], tmp_path / "out.jsonl.gz", batch_lines=2)
    assert gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()) == (
        b'{"id": 1, "text": "a", "translation": "A"}\n'
        b'{"text": "", "id": 2, "translation": ""}\n'
        b'{"text": "a text of more than twenty", "id": 3, "translation": "A TEXT OF MORE THAN "}\n'
    )
    assert report.lines == 3
    assert f"{second} line 1" in capsys.readouterr().err


def test_an_invalid_line_stops_after_those_before_it(translator, tmp_path):  # noqa: F811
    source = write(tmp_path / "in.jsonl", b'{"text": "a"}\n{"text": "b"}\n{"text": 3}\n')
    with pytest.raises(DataError, match=r"in\.jsonl, line 3: field 'text' is no string"):
        translate("run", [source], tmp_path / "out")
    assert (tmp_path / "out.partial").read_text().count("\n") == 2

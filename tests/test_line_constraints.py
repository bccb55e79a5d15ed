"""Constraints of lines, from files beside them and from fields, and the command line's options of a search."""

from __future__ import annotations

import io
import sys
import types

import pytest
from typer.testing import CliRunner

from seq2seq.cli import app
from seq2seq.cli_search import _OPTIONS, _settings
from seq2seq.config import Search, search_with
from seq2seq.errors import ConfigurationError, DataError
from seq2seq.workflows.line_constraints import LineConstraints
from seq2seq.workflows.translate import translate


class EchoTranslator:
    """Shows what it was asked for beside the text."""

    maximum_source_pieces = 100

    def __init__(self) -> None:
        self.windows: list[int] = []
        self.fail_at = ""

    def check(self, texts, constraints=None, **search):
        for constraint in constraints or ():
            if set(constraint.required) & set(constraint.forbidden):
                raise ConfigurationError(f"a required phrase holds what is forbidden — given {constraint}")

    def translate(self, texts, *, advance=None, constraints=None, **search):
        if self.fail_at in texts:
            raise KeyboardInterrupt
        self.windows.append(len(texts))
        advance(len(texts))
        asked = constraints or [None] * len(texts)
        return [
            types.SimpleNamespace(
                text=f"{text}{_shown(one)}{search or ''}", score=0.0, source_truncated=False, target_truncated=False
            )
            for text, one in zip(texts, asked, strict=True)
        ]


def _shown(constraint) -> str:
    if constraint is None:
        return ""
    return f"/{constraint.prefix}/{'+'.join(constraint.required)}/{'+'.join(constraint.forbidden)}"


@pytest.fixture
def translator(monkeypatch) -> EchoTranslator:
    """Takes the place of every run."""
    fake = EchoTranslator()
    load = types.ModuleType("seq2seq.workflows.load")
    load.load = lambda run, checkpoint: fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, load.__name__, load)
    monkeypatch.setattr("seq2seq.workflows.translate.prepare_to_compute", lambda run, threads: None)
    monkeypatch.setattr("seq2seq.workflows.translate.pinned", lambda run, checkpoint: (run, checkpoint))
    monkeypatch.setattr("seq2seq.workflows.translate.identity", lambda run, checkpoint: {"run": run})
    monkeypatch.setattr("seq2seq.workflows.translate.check_search", lambda run, checkpoint, search: None)
    return fake


@pytest.fixture
def files(tmp_path):
    def write(name: str, *lines: str) -> str:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(tmp_path / name)

    return write


def lines_of(path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def all_files(files) -> LineConstraints:
    return LineConstraints(
        prefix_file=files("begin", "P1", "", "P3", "P4", "P5"),
        required_file=files("terms", "", "x y\tz", "\t", "r4", "r5"),
        forbidden_file=files("not", "f1", "", "", "f4\tg4", ""),
    )


EXPECTED = ["a/P1//f1", "b//x y+z/", "c/P3//", "d/P4/r4/f4+g4", "e/P5/r5/"]


@pytest.mark.parametrize("batch_lines", [2, 5])
def test_line_k_of_each_file_belongs_to_line_k(translator, files, tmp_path, batch_lines):
    source = files("in", *"abcde")
    translate("run", [source], tmp_path / "out", batch_lines=batch_lines, constraints=all_files(files))
    assert lines_of(tmp_path / "out") == EXPECTED


def test_shards_and_resumed_ones_take_the_lines_that_belong(translator, files, tmp_path):
    source, constraints = files("in", *"abcde"), all_files(files)
    for number in (1, 2):
        translate("run", [source], tmp_path / f"out{number}", shard=f"{number}/2", constraints=constraints)
    assert lines_of(tmp_path / "out1") + lines_of(tmp_path / "out2") == EXPECTED
    translator.fail_at = "e"
    with pytest.raises(KeyboardInterrupt):
        translate("run", [source], tmp_path / "out", batch_lines=2, constraints=constraints)
    translator.fail_at, translator.windows = "", []
    changed = LineConstraints(prefix_file=files("other", *"54321"))
    with pytest.raises(DataError, match="another search"):
        translate("run", [source], tmp_path / "out", batch_lines=2, constraints=changed, resume=True)
    translate("run", [source], tmp_path / "out", batch_lines=2, constraints=constraints, resume=True)
    assert translator.windows == [1]
    assert lines_of(tmp_path / "out") == EXPECTED


def test_fields_of_json_lines(translator, files, tmp_path):
    source = files(
        "in.jsonl",
        '{"text": "a", "begin": "P", "terms": ["x y", "z"], "not": []}',
        '{"text": "b", "begin": null, "prefix": "not this"}',
    )
    constraints = LineConstraints(prefix_field="begin", required_field="terms", forbidden_field="not")
    translate("run", [source], tmp_path / "out", constraints=constraints)
    assert [line.rpartition('"translation": ')[2] for line in lines_of(tmp_path / "out")] == [
        '"a/P/x y+z/"}',
        '"b///"}',
    ]
    wrong = files("wrong.jsonl", '{"text": "a", "terms": "x"}')
    with pytest.raises(DataError, match=r"wrong.jsonl, line 1: field 'terms' is not a list of texts — given \"x\""):
        translate("run", [wrong], tmp_path / "other", constraints=LineConstraints(required_field="terms"))


def test_what_does_not_pair_up_is_told_before_any_work(translator, files, tmp_path):
    source, short = files("in", *"abc"), files("short", "x", "y")
    for constraints, message in (
        (LineConstraints(prefix_file=short), "given 2 lines for 3"),
        (LineConstraints(required_file=str(tmp_path / "none")), "cannot be read"),
        (LineConstraints(prefix_field="begin"), "--prefix-field is for JSON lines"),
        (LineConstraints(prefix_file=short, prefix_field="begin"), "prefix is given twice"),
    ):
        with pytest.raises(DataError, match=message):
            translate("run", [source], tmp_path / "out", constraints=constraints)
    assert translator.windows == []
    assert not (tmp_path / "out.partial").exists()


def test_contradictions_are_told_before_any_work_with_their_line(translator, files, tmp_path, monkeypatch):
    source = files("in", *"abcde")
    constraints = LineConstraints(
        required_file=files("terms", "", "", "", "x\ty", ""), forbidden_file=files("not", "x", "", "", "y", "")
    )
    message = "in, line 4: a required phrase holds what is forbidden"
    for shard in ("2/2", None):
        with pytest.raises(DataError, match=message):
            translate("run", [source], tmp_path / "out", batch_lines=2, constraints=constraints, shard=shard)
    assert translator.windows == []
    translate("run", [source], tmp_path / "first", constraints=constraints, shard="1/2")  # which has nothing of it
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\nc\nd\ne\n")))
    with pytest.raises(DataError, match="<stdin>, line 4: a required phrase"):
        translate("run", [], tmp_path / "out", batch_lines=3, constraints=constraints)
    assert lines_of(tmp_path / "out.partial") == ["a///x", "b///", "c///"]


@pytest.mark.parametrize(("lines", "message"), [(2, "more lines than the source — given 1 more"), (4, "fewer lines")])
def test_a_stream_that_does_not_pair_up_is_told_at_its_end(translator, files, tmp_path, monkeypatch, lines, message):
    prefixes = files("begin", *"PQR")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\n" * lines)))
    with pytest.raises(DataError, match=message):
        translate("run", [], tmp_path / "out", constraints=LineConstraints(prefix_file=prefixes), batch_lines=2)


# --- the command line -------------------------------------------------------------------------------------------------


def test_options_are_the_settings_of_the_section():
    """Every option has its setting and every setting its option."""
    every = dict.fromkeys(_OPTIONS, 2) | {"sample": True}
    given = _settings(every)
    assert set(given["sample"]) == {"temperature", "top_k", "top_p"}
    assert set(given["diversity"]) == {"groups", "strength"}
    assert set(given) == set(Search.model_fields)
    assert _settings(dict.fromkeys(_OPTIONS)) == {}
    assert _settings({"beams": 8, "forbidden": [], "top_k": 5}) == {"beams": 8, "sample": {"top_k": 5}}
    assert _settings({"sample": False, "groups": 1}) == {"sample": False, "diversity": False}
    for options, message in (
        ({"sample": False, "top_k": 5}, "--no-sample leaves no room for --top-k"),
        ({"sample": False, "samples": 5}, "no room for --samples"),
        ({"sample": False, "seed": 5}, "no room for --seed"),
        ({"groups": 1, "group_strength": 0.5}, "--groups 1 leaves no room for --group-strength"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            _settings(options)


def test_settings_are_laid_over_those_of_the_run():
    run = Search(beams=4, sample={"temperature": 0.5, "top_p": 0.9}, samples=2)
    changed = search_with(run, {"beams": None, "sample": {"temperature": 2.0}, "seed": 7})
    assert (changed.beams, changed.sample.temperature, changed.sample.top_p, changed.seed) == (4, 2.0, 0.9, 7)
    plain = search_with(run, {"sample": False})
    assert (plain.sample, plain.samples) == (None, 1)
    assert search_with(run, {}) == run
    for given, message in (
        ({"beems": 3}, "search.beems: unknown key .* did you mean 'beams'"),
        ({"sample": {"top_q": 3}}, "search.sample.top_q: unknown key"),
        ({"sample": False, "samples": 2}, "samples 2 without sample"),
        ({"sample": False, "seed": 3}, "seed 3 without sample"),
        ({"distinct": True}, "distinct is for beam search"),
        ({"minimum_length": 9, "maximum_length": 8}, "no length is allowed"),
        ({"diversity": {"groups": 3}, "sample": False}, "4 beams in 3 groups"),
        ({"forbidden": [" "]}, "empty phrase"),
        ({"repetition_penalty": 0.5}, "at least 1"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            search_with(run, given)


def test_the_command_hands_over_what_was_given(translator, files, tmp_path):
    source = files("in", "a")
    prefix = files("begin", "P")
    options = ["--beams", "3", "--forbid", "x", "--forbid", "y z", "--groups", "3", "--prefix-file", prefix]
    ran = CliRunner().invoke(app, ["translate", "run", source, "-o", str(tmp_path / "out"), *options])
    assert ran.exit_code == 0, ran.output
    search = {"beams": 3, "forbidden": ["x", "y z"], "diversity": {"groups": 3}}
    assert lines_of(tmp_path / "out") == [f"a/P//{search}"]

"""`seq2seq score`: what the beam says of its own output, n lines in and n lines out, and honest ends of streams."""

from __future__ import annotations

import gzip
import io
import json
import math
import types

import numpy as np
import pytest
from tiny_run import LIMIT, sentences
from typer.testing import CliRunner

from seq2seq.cli import app
from seq2seq.errors import DataError
from seq2seq.workflows import line_pairs
from seq2seq.workflows.members import members_of
from seq2seq.workflows.score import score


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return [*sentences(21, 9), "", "a dog.", "the man " * LIMIT]


def write(path, texts) -> str:
    data = "".join(f"{text}\n" for text in texts).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def read_columns(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


# --- the law ----------------------------------------------------------------------------------------------------------


def own_pieces(translator, translation) -> bool:
    """Whether the text of a translation is read in the pieces that it was written in, end included."""
    return [*translator.target_tokenizer.encode([translation.text])[0], 3] == list(translation.target_ids)


@pytest.mark.parametrize("together", [False, True])
def test_the_beam_and_the_score_of_its_output_agree(run, lines, tmp_path, together, capsys, monkeypatch):
    """For translations that ended, and whose text is read in the pieces it was written in."""
    from seq2seq.workflows.load import load

    translator = load(members_of([run, run], "best", (1.0, 2.0), "probabilities") if together else run)
    for model in translator.model.models if together else [translator.model]:
        bias = model.vocabulary_projection.bias  # short translations are more often of such pieces
        bias.assign(bias + 4.0 * (np.arange(bias.shape[0]) == 3))
    monkeypatch.setattr("seq2seq.workflows.score.pinned", lambda place, checkpoint: (place, checkpoint))
    monkeypatch.setattr("seq2seq.workflows.load.load", lambda run, checkpoint: translator)
    found = [one for rank in translator.translate(lines, n_best=4) for one in (rank, *rank.alternatives)]
    sources = [line for line in lines for _ in range(4 if line else 1)]
    assert len(sources) == len(found)
    output = tmp_path / "scores.tsv"
    score(
        "run",
        write(tmp_path / "source.en", sources),
        write(tmp_path / "target.de", [one.text for one in found]),
        output,
        tokens=True,
    )
    columns = read_columns(output.read_text())
    assert len(columns) == len(found)
    same = other = 0
    for one, (log_prob, tokens, perplexity, each) in zip(found, columns, strict=True):
        values = [float(value) for value in each.split()]
        assert len(values) == int(tokens)
        assert sum(values) == pytest.approx(float(log_prob), abs=1e-4)
        assert float(perplexity) == pytest.approx(math.exp(-float(log_prob) / int(tokens)), rel=1e-3)
        if own_pieces(translator, one):
            same += 1
            assert float(log_prob) == pytest.approx(one.log_prob, abs=1e-4)
            assert int(tokens) == len(one.target_ids)
        else:
            other += abs(float(log_prob) - one.log_prob) > 0.01
    assert same > 5
    assert other > 5  # cut ones have no end, and others are read in other pieces: their scores are other texts'
    assert "read up to there" in capsys.readouterr().err


def test_exports_score_as_their_runs(run, exported, lines, tmp_path, capsys):
    source, target = write(tmp_path / "a.en.gz", lines), write(tmp_path / "b.de", lines[::-1])
    found = {}
    for name, system in (("run", run), ("export", exported)):
        total = score(system, source, target, tmp_path / name, json_lines=True, tokens=True)
        found[name] = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        errors = capsys.readouterr().err
        assert f"source lines longer than the limit of {LIMIT} pieces, read up to there: {source} line 12" in errors
        perplexity = math.exp(-total.log_prob / total.tokens)
        assert f"perplexity per piece, ends counted: {perplexity:.4f} (12 lines" in errors
    for one, other in zip(found["run"], found["export"], strict=True):
        assert one["tokens"] == other["tokens"] == len(one["pieces"]) == len(other["token_log_probs"])
        np.testing.assert_allclose(one["token_log_probs"], other["token_log_probs"], atol=1e-4)
        assert one["perplexity"] == pytest.approx(other["perplexity"], rel=1e-3)
        assert one["pieces"][-1] == "</s>"
        assert "pieces" not in other
    assert sum(one["log_prob"] for one in found["run"]) == pytest.approx(total.log_prob, abs=1e-3)


# --- streams ----------------------------------------------------------------------------------------------------------


class Lengths:
    """Stands for a translator: each token of a target, letter by letter, has minus the source's length."""

    maximum_source_pieces = 5

    def score(self, sources, targets):
        from seq2seq.translator import TargetScore

        return [
            TargetScore(
                -float(len(source) * (len(target) + 1)),
                len(target) + 1,
                (-float(len(source)),) * (len(target) + 1),
                source_truncated=len(source) > 5,
            )
            for source, target in zip(sources, targets, strict=True)
        ]


@pytest.fixture
def lengths(monkeypatch):
    fake = Lengths()
    monkeypatch.setattr("seq2seq.workflows.score.pinned", lambda place, checkpoint: (place, checkpoint))
    monkeypatch.setattr("seq2seq.workflows.load.load", lambda run, checkpoint: fake)
    return fake


def test_columns_as_they_look(lengths, tmp_path):
    source, target = write(tmp_path / "s", ["ab", "abc", "a"]), write(tmp_path / "t", ["x", "yz", ""])
    score("run", source, target, tmp_path / "plain")
    assert (tmp_path / "plain").read_text() == "-4.000000\t2\t7.38906\n-9.000000\t3\t20.0855\n-1.000000\t1\t2.71828\n"
    score("run", source, target, tmp_path / "tokens.gz", tokens=True)
    with gzip.open(tmp_path / "tokens.gz", "rt") as file:
        assert file.readline() == "-4.000000\t2\t7.38906\t-2.000000 -2.000000\n"
    score("run", source, target, tmp_path / "json", json_lines=True)
    assert (tmp_path / "json").read_text().startswith('{"log_prob": -4.0, "tokens": 2, "perplexity": 7.38')


@pytest.mark.parametrize("count", [1, 7, 3000])
def test_one_side_may_be_a_stream(lengths, tmp_path, monkeypatch, capfdbinary, count):
    sources, targets = [f"{number}" for number in range(count)], ["xy"] * count
    whole = write(tmp_path / "s", sources), write(tmp_path / "t", targets)
    score("run", *whole, tmp_path / "expected")
    for source, target, stream in (("-", whole[1], sources), (whole[0], "-", targets)):
        data = "".join(f"{line}\n" for line in stream).encode()
        monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(data)))
        score("run", source, target)
        assert capfdbinary.readouterr().out == (tmp_path / "expected").read_bytes()


def test_sides_that_do_not_pair_up_are_told_before_any_work(tmp_path, monkeypatch):
    short, long = write(tmp_path / "short", "abc"), write(tmp_path / "long.gz", "abcde")
    for source, target, message in ((short, long, "3 in .*short and 5 in .*long"), (long, short, "5 in .*3 in")):
        with pytest.raises(DataError, match=message):  # there is no run of this name: it was not looked for
            score("runs/nothing", source, target, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.gz", "short"]
    with pytest.raises(DataError, match="standard input cannot be both"):
        score("runs/nothing", "-", "-")
    with pytest.raises(DataError, match="no such input file"):
        score("runs/nothing", short, str(tmp_path / "shorter"))
    with pytest.raises(DataError, match="output is one of the inputs"):
        score("runs/nothing", short, short, short, force=True)


@pytest.mark.parametrize(("sources", "targets"), [(3, 5), (5, 3), (4100, 4099), (2049, 9000), (0, 1)])
def test_streams_that_do_not_pair_up_are_told_at_their_end(tmp_path, sources, targets):
    source = io.BytesIO(b"a\n" * sources)
    target = write(tmp_path / "t", "b" * targets)
    windows = line_pairs.read_pair_windows("-", target, source, window_lines=2048, replace_invalid=False)
    seen: list[int] = []
    with pytest.raises(DataError, match=f"given {sources:,} in - and {targets:,} in "):
        seen.extend(map(len, windows))
    assert sum(seen) == min(sources, targets)


def test_nothing_in_is_nothing_out(lengths, tmp_path, capsys):
    empty = write(tmp_path / "empty", [])
    score("run", empty, empty, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""
    assert "ends counted: none (0 lines" in capsys.readouterr().err


def test_bytes_that_are_no_text(lengths, tmp_path, capsys):
    source, target = write(tmp_path / "s", ["ab"]), tmp_path / "t"
    target.write_bytes(b"\xff\n")
    with pytest.raises(DataError, match="t, line 1: not UTF-8"):
        score("run", source, str(target))
    score("run", source, str(target), replace_invalid=True)
    assert f"1 lines with bytes that are not UTF-8, replaced: {target} line 1" in capsys.readouterr().err


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command(run, lines, tmp_path):
    source, target = write(tmp_path / "s", lines), write(tmp_path / "t", lines[::-1])
    arguments = ["score", str(run), "--source", source, "--target", target]
    alone = CliRunner().invoke(app, arguments)
    assert alone.exit_code == 0, alone.output
    together = CliRunner().invoke(
        app, [*arguments, "--ensemble", str(run), "--weights", "1,2", "--average", "probabilities"]
    )
    one, other = (np.asarray([row[:2] for row in read_columns(each.stdout)], "float64") for each in (alone, together))
    assert len(one) == len(lines)
    np.testing.assert_allclose(one, other, atol=1e-4)
    for wrong, message in (
        (["--weights", "1,2"], "weights and an average are for an ensemble"),
        (["--weights", "1,x", "--ensemble", str(run)], "numbers with commas"),
        (["--weights", "1", "--ensemble", str(run)], "1 weights for 2 members"),
    ):
        found = CliRunner().invoke(app, [*arguments, *wrong])
        assert found.exit_code == 2
        assert message in found.stderr

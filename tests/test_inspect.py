"""`seq2seq inspect`: its numbers against counts made by hand, and that it leaves nothing behind."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from text_samples import PHRASEBOOK

from seq2seq.config import load_configuration
from seq2seq.config.schema import Model, TranslationRun
from seq2seq.errors import DataError, TokenizerError
from seq2seq.workflows.inspect import Inspection, inspect, measure

MULTI30K = Path(__file__).parents[1] / "configs" / "multi30k-en-de.yaml"
LINES = [("A b c.", "A b c d."), ("", "x"), ("a " * 30, "b " * 30), ("a b", "c"), ("b", "a b c")]


@pytest.fixture
def config(tmp_path) -> TranslationRun:
    for name in ("train", "validation"):
        for side, language in enumerate(("en", "de")):
            text = "".join(pair[side] + "\n" for pair in LINES)
            (tmp_path / f"{name}.{language}").write_text(text, encoding="utf-8")
    files = {
        name: {"source": [f"{name}.{{source}}"], "target": [f"{name}.{{target}}"]} for name in ("train", "validation")
    }
    tiny = {"kind": "gru", "units": 5}
    return TranslationRun.model_validate(
        {
            "data": {
                "source_language": "en",
                "target_language": "de",
                "folder": str(tmp_path),
                "train": {"kind": "text", **files["train"]},
                "validation": {"kind": "text", **files["validation"]},
                "filters": {"maximum_pieces": 20},
                "batches": {"size": 2},
            },
            "tokenizer": {"kind": "bpe", "vocabulary_size": 12, "sampling": {"source": 0.5, "target": 0.0}},
            "model": {"embedding_units": 7, "encoder": tiny, "decoder": tiny, "attention": {"kind": "general"}},
            "search": {"maximum_source_pieces": 25},
        }
    )


@pytest.fixture
def inspection(config) -> Inspection:
    return measure(config)


def test_counts(inspection):
    train, validation = inspection.parts
    assert train.drops == {"empty": 1, "longer than maximum_pieces": 1}
    assert (train.pairs_read, train.pairs) == (5, 3)
    assert (validation.pairs_read, validation.pairs, validation.drops) == (5, 5, {})
    source, target = train.sides
    assert source.words == sum(len(line.split()) for line, _ in LINES)
    assert target.words == sum(len(line.split()) for _, line in LINES)
    assert source.truncated == 1
    assert target.truncated == 0
    assert sum(source.histogram.values()) == source.lines == 5
    assert source.longest == max(number * 10 + 9 for number in source.histogram) // 10 * 10


def test_batches_and_model(inspection, config):
    from seq2seq.models import build_model

    assert inspection.batches == 2
    memory = inspection.memory
    assert memory.parameters == build_model(config.model, 12, 12, 1).count_params()
    # Adam keeps two numbers a parameter, and two of its own.
    assert memory.optimizer_bytes == pytest.approx(8 * memory.parameters, abs=16)
    assert memory.largest_batch[0] == 2
    assert memory.total_bytes > memory.activation_bytes > 0


def test_the_estimate_grows_with_the_batch(config):
    from seq2seq.workflows.memory_estimate import activation_floats

    shapes = np.array([[2, 3, 5], [4, 3, 5], [2, 6, 5], [2, 3, 10]])
    floats = activation_floats(config.model, 100, shapes)
    assert floats[1] == 2 * floats[0]
    assert floats[3] > floats[2] > floats[0]  # target positions cost a softmax


@pytest.mark.parametrize(
    ("training", "times"),
    [
        ({"objective": {"kind": "cross_entropy", "consistency": 1.0}}, 2),
        ({"objective": {"kind": "minimum_risk", "samples": 4}, "start_from": {"run": "runs/x"}}, 5),
    ],
)
def test_an_objective_that_computes_a_pair_several_times_takes_as_much_more(config, training, times):
    from seq2seq.workflows.memory_estimate import estimate_memory

    shapes = np.array([[2, 3, 5], [4, 3, 5]])
    other = type(config).model_validate({**config.model_dump(), "training": training})
    plain, several = (estimate_memory(settings, 12, 12, shapes) for settings in (config, other))
    assert several.activation_bytes == times * plain.activation_bytes
    assert several.largest_batch == plain.largest_batch == (4, 3, 5)


@pytest.mark.parametrize(
    ("kind", "shape", "measured_megabytes"),
    [
        ("additive", (2, 39, 50), 1292),
        ("additive", (16, 44, 50), 1425),
        ("additive", (64, 52, 56), 2378),
        ("additive", (192, 52, 56), 4410),
        ("general", (128, 52, 56), 2352),
    ],
)
def test_the_estimate_is_near_the_memory_of_real_trainings(kind, shape, measured_megabytes):
    """The peak of resident memory on a CPU; `shape` is that of the largest batch until then."""
    from seq2seq.workflows.memory_estimate import PROGRAM_BYTES, activation_floats

    model = Model.model_validate(
        {
            "embedding_units": 256,
            "encoder": {"kind": "lstm", "units": 128, "bidirectional": "first"},
            "decoder": {"kind": "lstm", "units": 256},
            "attention": {"kind": kind},
        }
    )
    (activations,) = activation_floats(model, 5000, np.array([shape]))
    weights_and_optimizer = 4 * 4 * 2_729_608
    estimate = PROGRAM_BYTES + weights_and_optimizer + 4 * activations
    assert estimate / 1e6 == pytest.approx(measured_megabytes, rel=0.1)


@pytest.mark.parametrize(
    ("shape", "measured_megabytes"),
    [((2, 33, 41), 1646), ((16, 39, 43), 1762), ((64, 49, 52), 2434), ((128, 49, 52), 3002)],
)
def test_the_estimate_is_near_the_memory_of_trainings_of_the_shipped_configuration(shape, measured_megabytes):
    from seq2seq.workflows.memory_estimate import estimate_memory

    estimate = estimate_memory(load_configuration(MULTI30K), 8000, 8000, np.array([shape]))
    assert estimate.total_bytes / 1e6 == pytest.approx(measured_megabytes, rel=0.1)


def test_examples_show_what_the_model_sees(inspection):
    first = inspection.examples[0]
    assert first.texts == LINES[0]
    assert "".join(first.pieces[0]) == "▁A▁b▁c."
    assert "".join(first.sampled_pieces[0]) == "▁A▁b▁c."
    assert first.sampled_pieces[1] is None


def test_the_report_tells_all_and_leaves_nothing_behind(config, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    inspection = inspect(config)
    assert sorted(tmp_path.rglob("*")) == before
    report = capsys.readouterr().out
    for wanted in (
        "Train: 3 of 5 pairs kept; dropped: 1 empty, 1 longer than maximum_pieces",
        "Validation: 5 pairs",
        "longer than the limit",
        "% padding",
        f"{inspection.memory.parameters:,} parameters",
        " ".join(inspection.examples[0].pieces[0]),
        "(sampled)",
    ):
        assert wanted in report
    assert dataclasses.asdict(measure(config)) == dataclasses.asdict(inspection)


def test_what_would_stop_the_training_stops_here(config, tmp_path):
    with pytest.raises(TokenizerError, match="at most"):
        measure(config.model_copy(update={"tokenizer": config.tokenizer.model_copy(update={"vocabulary_size": 4000})}))
    (tmp_path / "validation.de").unlink()
    with pytest.raises(DataError, match=r"data\.validation\.target\[0\]"):
        measure(config)


def test_the_embedded_corpus_can_be_inspected(config):
    data = config.data.model_copy(update={"folder": str(PHRASEBOOK)})
    data = data.model_copy(update={"train": config.data.validation, "validation": config.data.validation})
    tokenizer = config.tokenizer.model_copy(update={"vocabulary_size": 300, "byte_fallback": False})
    inspection = measure(config.model_copy(update={"data": data, "tokenizer": tokenizer}))
    assert inspection.parts[1].sides[0].unknowns == 0

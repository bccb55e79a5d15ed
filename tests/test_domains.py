"""Domains: blocks of the training text that translate each in their own way."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from keras import ops

import seq2seq
from seq2seq.config import load_configuration
from seq2seq.config.schema import Filters
from seq2seq.data import TrainingBatches, build_corpus
from seq2seq.errors import ConfigurationError, DataError
from seq2seq.layers import DomainVectors
from seq2seq.training.domains import likeliest_domain
from seq2seq.workflows.average import average
from seq2seq.workflows.export import export
from seq2seq.workflows.train import train

# --- the vectors ------------------------------------------------------------------------------------------------------


@pytest.fixture
def vectors() -> DomainVectors:
    layer = DomainVectors(3, 2)
    layer.vectors.assign([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])
    return layer


def test_each_row_gets_the_vector_of_its_domain_at_all_positions(vectors):
    embedded = np.zeros((2, 4, 2), "float32")
    found = ops.convert_to_numpy(vectors(embedded, np.array([2, 0])))
    np.testing.assert_array_equal(found[0], [[100.0, 200.0]] * 4)
    np.testing.assert_array_equal(found[1], [[1.0, 2.0]] * 4)
    np.testing.assert_array_equal(vectors(embedded[:, 0], np.array([2, 0])), found[:, 0])


def test_texts_that_name_no_domain_get_the_chosen_one_as_it_was_then(vectors):
    embedded = np.zeros((2, 1, 2), "float32")
    np.testing.assert_array_equal(vectors(embedded), embedded)
    vectors.choose(1)
    vectors.vectors.assign(vectors.vectors * 7.0)
    np.testing.assert_array_equal(ops.convert_to_numpy(vectors(embedded))[:, 0], [[10.0, 20.0]] * 2)


@pytest.mark.parametrize("domain", [-1, 3])
def test_a_domain_that_is_not_there_is_refused(vectors, domain):
    with pytest.raises(ValueError, match=f"from 0 to 2 — given {domain}"):
        vectors.choose(domain)


# --- the choice -------------------------------------------------------------------------------------------------------


def test_halving_finds_the_likeliest_domain_where_one_batch_misleads():
    losses = np.random.default_rng(4).normal(10.0, 0.1, size=(9, 58))
    losses[:, 41] -= 0.3  # the likeliest over all
    losses[0, 7] -= 2.0  # the rival, the likeliest by the first alone
    losses[1:, 7] += 0.5
    asked = []

    def loss(batch, domain):
        asked.append((batch, domain))
        return losses[batch, domain]

    assert likeliest_domain(loss, range(9), 58) == 41
    assert losses[0].argmin() == 7
    assert [sum(batch == number for batch, _ in asked) for number in range(9)] == [58, 29, 15, 8, 4, 2, 2, 2, 2]


def test_of_equal_domains_the_first_is_taken_and_two_are_compared_over_all_batches():
    assert likeliest_domain(lambda batch, domain: 1.0, range(5), 6) == 0
    assert likeliest_domain(lambda batch, domain: [[0.0, 1.0], [5.0, 1.0]][batch][domain], range(2), 2) == 1


# --- the blocks -------------------------------------------------------------------------------------------------------


def numbers(texts):
    return [[int(word) for word in text.split()] for text in texts]


def test_blocks_are_of_the_text_as_it_is_read_with_the_pairs_that_filters_drop():
    pairs = [("" if k in (0, 1, 5) else str(10 + k), str(10 + k)) for k in range(10)]
    corpus = build_corpus(pairs, numbers, numbers, filters=Filters(drop_empty=True), domains=3)
    assert [int(ids[0]) - 10 for ids in corpus.target] == [2, 3, 4, 6, 7, 8, 9]
    np.testing.assert_array_equal(corpus.domains, [0, 0, 1, 1, 2, 2, 2])
    assert build_corpus(pairs, numbers, numbers, filters=None).domains is None
    with pytest.raises(DataError, match="11 domains of data\\.train — given 10 pairs"):
        build_corpus(pairs, numbers, numbers, filters=None, domains=11)


def test_shuffled_batches_tell_the_domain_of_each_pair():
    pairs = [(f"{10 + k} " * (1 + k % 5), "4") for k in range(40)]
    corpus = build_corpus(pairs, numbers, numbers, filters=None, domains=4)
    batches = TrainingBatches(
        *(corpus,), kind="sentences", size=6, shuffle=True, bucket_batches=2, seed=1, pad_id=0, begin_id=2, end_id=3
    )
    seen = [inputs for inputs, _ in batches.dataset(0).as_numpy_iterator()]
    places = np.concatenate([inputs["source_ids"][:, 0] - 10 for inputs in seen])
    assert sorted(places) == list(range(40)) != list(places)
    np.testing.assert_array_equal(np.concatenate([inputs["domain_ids"] for inputs in seen]), places // 10)


# --- a training -------------------------------------------------------------------------------------------------------

WORDS = {"k": ("a", "w"), "l": ("b", "x"), "m": ("c", "y"), "n": ("d", "z")}  # and how two translators translate them

CONFIG = """\
name: blocks
seed: 2
data:
  source_language: source
  target_language: target
  train: {{source: [{folder}/train.source], target: [{folder}/train.target]}}
  validation: {{source: [{folder}/val.source], target: [{folder}/val.target]}}
  batches: {{size: 16}}
tokenizer: {{vocabulary_size: 24}}
model:
  embedding_units: 16
  encoder: {{units: 12}}
  decoder: {{units: 16}}
  dropout: {{embeddings: 0.0, layers: 0.0, attentional: 0.0}}
  domains: {domains}
training:
  maximum_epochs: 20
  ema: 0.9
  label_smoothing: 0.0
  optimizer: {{learning_rate: 0.02}}
  validation: {{every_epochs: 10, bleu: false}}
  checkpoints: {{metric: perplexity}}
"""


def lines(count: int, way: int, seed: int) -> tuple[str, str]:
    generator = random.Random(seed)
    sources = [[generator.choice(list(WORDS)) for _ in range(generator.randint(1, 3))] for _ in range(count)]
    both = [(" ".join(words), " ".join(WORDS[word][way] for word in words)) for words in sources]
    return "".join(f"{source}\n" for source, _ in both), "".join(f"{target}\n" for _, target in both)


def train_blocks(folder, domains):
    """First and third quarter of the training text are by one translator; the others, and validation, by another."""
    quarters = [lines(60, way, seed) for seed, way in enumerate((0, 1, 0, 1))]
    for side, language in enumerate(("source", "target")):
        (folder / f"train.{language}").write_text("".join(quarter[side] for quarter in quarters))
        (folder / f"val.{language}").write_text(lines(70, 1, 9)[side])
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder, domains=domains))
    return train(load_configuration(folder / "config.yaml"), folder / "runs").path


SENTENCES = lines(24, 1, 7)[0].splitlines()
FIRST, SECOND = ({ways[way] for ways in WORDS.values()} for way in (0, 1))


def words_of(translator) -> set[str]:
    return {word for translation in translator.translate(SENTENCES) for word in translation.text.split()}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train_blocks(tmp_path_factory.mktemp("domains"), 4)


def test_a_translator_writes_as_the_block_that_the_validation_text_is_nearest_to(run):
    translator = seq2seq.load(run)
    assert words_of(translator) == SECOND
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    validations = [event for event in events if event["event"] == "validation"]
    assert len(validations) == 2
    assert {event["domain"] for event in validations} <= {1, 3}
    translator.model.domain_vectors.choose(0)
    assert words_of(translator) == FIRST


def test_without_domains_it_has_to_guess(tmp_path):
    translator = seq2seq.load(train_blocks(tmp_path, 0))
    assert translator.model.domain_vectors is None
    assert words_of(translator) & FIRST


def test_the_choice_lies_in_averages_and_exports(run, tmp_path):
    averaged = seq2seq.load(run, average(run, 2).name)
    assert words_of(averaged) == SECOND
    exported = seq2seq.load(export(run, tmp_path / "export"))
    texts = [translation.text for translation in exported.translate(SENTENCES)]
    assert texts == [translation.text for translation in seq2seq.load(run).translate(SENTENCES)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model.domains=1"], "tells nothing apart"),
        (
            ["training.objective.scheduled_sampling.kind=linear", "training.objective.scheduled_sampling.slope=0.1"],
            "model.domains=4 needs an objective of the references",
        ),
    ],
)
def test_what_domains_do_not_go_with_is_refused(run, options, message):
    with pytest.raises(ConfigurationError, match=message):
        load_configuration(run.parent.parent / "config.yaml", options)

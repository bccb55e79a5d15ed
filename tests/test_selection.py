"""Selection: the last epochs train on the block of text that is most like the validation text."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from itertools import chain, pairwise

import numpy as np
import pytest

import seq2seq
from seq2seq.config import load_configuration
from seq2seq.config.schema import Filters
from seq2seq.data import EpochPlan, PairCorpus, TrainingBatches, build_corpus
from seq2seq.data.selection import PRIOR_TOKENS, block_gains, select_block
from seq2seq.errors import DataError, RunError
from seq2seq.workflows.inspect import measure
from seq2seq.workflows.inspection_report import inspection_text
from seq2seq.workflows.train import train

END = 3

# --- which block ------------------------------------------------------------------------------------------------------


def numbers(texts):
    return [[int(word) for word in text.split()] for text in texts]


def corpus_of(targets, *, keep_lines=True) -> PairCorpus:
    return build_corpus([("9", target) for target in targets], numbers, numbers, filters=None, keep_lines=keep_lines)


def random_lines(seed: int, count: int, tokens: str) -> list[str]:
    generator = random.Random(seed)
    return [" ".join(generator.choices(tokens.split(), k=generator.randint(0, 6))) for _ in range(count)]


def counted(lines):
    """Neighbours with an end on either side, and what comes before and after another, by the book."""
    marked = [[END, *map(int, line.split()), END] for line in lines]
    pairs = Counter(pair for line in marked for pair in pairwise(line))
    before, after = Counter(), Counter()
    for (first, second), count in pairs.items():
        before[first] += count
        after[second] += count
    return pairs, before, after


def test_gains_are_those_of_a_model_of_neighbours_with_the_whole_text_as_prior():
    text, other = random_lines(1, 23, "4 5 6 7 8"), random_lines(2, 9, "5 6 7 8 10")
    bounds = [0, 5, 5, 14, 23]
    whole_pairs, whole_before, whole_after = counted(text)
    seen = counted(other)[0]
    expected = []
    for start, stop in pairwise(bounds):
        pairs, before, _ = counted(text[start:stop])
        total = 0.0
        for (first, second), times in seen.items():
            single = (whole_after[second] + 1) / (sum(whole_after.values()) + 11)  # ids 0 to 10
            whole = (whole_pairs[first, second] + PRIOR_TOKENS * single) / (whole_before[first] + PRIOR_TOKENS)
            block = (pairs[first, second] + PRIOR_TOKENS * whole) / (before[first] + PRIOR_TOKENS)
            total += times * math.log(block / whole)
        expected.append(total / sum(seen.values()))
    found = block_gains(corpus_of(text).target, np.array(bounds), corpus_of(other).target, END)
    np.testing.assert_allclose(found[[0, 2, 3]], np.array(expected)[[0, 2, 3]], rtol=1e-12)
    assert found[1] == -np.inf
    assert len({round(gain, 6) for gain in found}) == 4, "blocks that can be told apart"


def test_the_block_of_the_same_habits_is_found_whatever_its_words():
    """All blocks have the same words as often; in one of them, as in the validation text, 5 stands before 6."""
    first, second = "4 5 6", "4 6 5"
    train = corpus_of([first] * 20 + [second] * 10 + [first] * 10)
    for asked, line in ((first, 0), (second, 20)):
        selection = select_block(train, corpus_of([asked] * 3), 4, END)
        assert selection.lines == (line + 1, line + 10)
        assert selection.pairs.tolist() == list(range(line, line + 10))
        assert (selection.block, selection.blocks) == (1 + line // 10, 4)


def test_blocks_are_of_the_text_as_it_is_read_with_the_pairs_that_filters_drop():
    targets = ["4 5"] * 10
    targets[6:] = ["7 8", "", "7 8", ""]
    train = build_corpus(
        [("9", target) for target in targets], numbers, numbers, filters=Filters(drop_empty=True), keep_lines=True
    )
    assert train.lines.tolist() == [0, 1, 2, 3, 4, 5, 6, 8]
    selection = select_block(train, corpus_of(["7 8"]), 3, END)
    assert selection.lines == (7, 10)
    assert [train.target[pair].tolist() for pair in selection.pairs] == [[7, 8], [7, 8]]


def test_a_selection_that_cannot_be_is_refused():
    with pytest.raises(DataError, match=r"blocks=4 of 3 training pairs"):
        select_block(corpus_of(["4"] * 3), corpus_of(["4"]), 4, END)
    with pytest.raises(ValueError, match="keep_lines"):
        select_block(corpus_of(["4"] * 3, keep_lines=False), corpus_of(["4"]), 2, END)


# --- batches ----------------------------------------------------------------------------------------------------------

PLAN = {"kind": "sentences", "size": 4, "bucket_batches": 2, "shuffle": True, "seed": 3}


def test_a_plan_of_some_pairs_holds_each_of_them_once_and_counts_their_padding_alone():
    lengths = np.arange(1, 31)
    only = np.array([3, 7, 8, 20, 21, 29], np.int32)
    plan = EpochPlan(lengths, lengths, **PLAN, epoch=0, only=only)
    assert sorted(pair for batch in range(len(plan)) for pair in plan[batch]) == only.tolist()
    assert plan.padding.tokens == 2 * sum(lengths[only] + 1)
    everything = EpochPlan(lengths, lengths, **PLAN, epoch=0, only=np.arange(30, dtype=np.int32))
    plain = EpochPlan(lengths, lengths, **PLAN, epoch=0)
    assert all(everything[batch].tolist() == plain[batch].tolist() for batch in range(len(plain)))


def test_from_its_epoch_on_batches_are_of_the_selection_alone_and_go_on_bit_for_bit():
    train = corpus_of([str(10 + k) for k in range(40)])
    selection = select_block(train, corpus_of(["31", "33"]), 4, END)
    batches = TrainingBatches(train, **PLAN, pad_id=0, begin_id=2, end_id=END, selection=selection, selected_from=2)
    of_epoch = [
        [inputs["target_ids"][:, 1].tolist() for inputs, _ in batches.dataset(epoch).as_numpy_iterator()]
        for epoch in range(4)
    ]
    everything, selected = list(range(10, 50)), list(range(30, 40))
    pairs = [sorted(chain.from_iterable(batches)) for batches in of_epoch]
    assert pairs == [everything, everything, selected, selected]
    assert of_epoch[2] != of_epoch[3], "another order in each epoch"
    resumed = [inputs["target_ids"][:, 1].tolist() for inputs, _ in batches.dataset(3, 1).as_numpy_iterator()]
    assert resumed == of_epoch[3][1:]
    assert [batches.count_all(epochs) for epochs in range(5)] == [0, 10, 20, 23, 26]
    assert batches.padding(3).positions < batches.padding(0).positions


# --- a training -------------------------------------------------------------------------------------------------------

WORDS = {"k": ("a", "w"), "l": ("b", "x"), "m": ("c", "y"), "n": ("d", "z")}  # and how two translators translate them

CONFIG = """\
name: blocks
seed: 2
data:
  folder: {folder}
  train: {{source: [train.source], target: [train.target]}}
  validation: {{source: [validation.source], target: [validation.target]}}
  batches: {{size: 16}}
  selection: {selection}
tokenizer: {{vocabulary_size: 24}}
model:
  embedding_units: 16
  encoder: {{units: 12}}
  decoder: {{units: 16}}
  dropout: {{embeddings: 0.0, layers: 0.0, attentional: 0.0}}
training:
  maximum_epochs: 20
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


def write_validation(folder, way: int) -> None:
    for text, name in zip(lines(20, way, 9), ("source", "target"), strict=True):
        (folder / f"validation.{name}").write_text(text)


def write_text(folder, selection: str):
    """The third quarter of the training text is by one translator, as the validation text; the others by another."""
    quarters = [lines(60, way, seed) for seed, way in enumerate((0, 0, 1, 0))]
    for side, name in enumerate(("source", "target")):
        (folder / f"train.{name}").write_text("".join(quarter[side] for quarter in quarters))
    write_validation(folder, 1)
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder, selection=selection))
    return folder / "config.yaml"


SENTENCES = lines(24, 1, 7)[0].splitlines()
SECOND = {ways[1] for ways in WORDS.values()}


def words_of(run) -> set[str]:
    translations = seq2seq.load(run, "last").translate(SENTENCES)
    return {word for translation in translations for word in translation.text.split()}


def test_a_training_ends_with_the_translator_of_the_validation_text(tmp_path, capsys):
    config = load_configuration(write_text(tmp_path, "{blocks: 4, from_epoch: 15}"))
    told = "from epoch 15 on 60 pairs of lines 121 to 180, block 3 of 4, the one most like the validation text"
    assert f"  {told}" in inspection_text(measure(config))
    run = train(config, tmp_path / "runs").path
    assert told in capsys.readouterr().out
    assert words_of(run) <= SECOND
    facts = json.loads((run / "data.json").read_text())["train"]["selection"]
    assert facts["gain_per_token"] > 0
    assert facts["margin"] > 0.5
    assert (facts["block"], facts["lines"], facts["pairs"]) == (3, [121, 180], 60)
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps[-1] == 14 * 15 + 6 * 4


def test_without_a_selection_it_writes_as_the_others_too(tmp_path):
    config = load_configuration(write_text(tmp_path, "null"), ["training.maximum_epochs=16"])
    assert words_of(train(config, tmp_path / "runs").path) - SECOND


def test_what_never_comes_or_means_little_is_told(tmp_path):
    path = write_text(tmp_path, "{blocks: 4, from_epoch: 21}")
    assert "which never comes: the training ends after 20 epochs" in inspection_text(measure(load_configuration(path)))
    alike = write_text(tmp_path, "{blocks: 2, from_epoch: 15}")
    (tmp_path / "train.source").write_text("k l\n" * 40)
    (tmp_path / "train.target").write_text("a b\n" * 40)
    settings = ["tokenizer.vocabulary_size=13"]
    assert "too little to mean much" in inspection_text(measure(load_configuration(alike, settings)))


def test_a_run_does_not_go_on_with_another_block(tmp_path):
    path = write_text(tmp_path, "{blocks: 4, from_epoch: 2}")
    shorter = ["training.maximum_epochs=2", "training.validation.every_epochs=1"]
    train(load_configuration(path, shorter), tmp_path / "runs")
    longer = load_configuration(path, [*shorter[1:], "training.maximum_epochs=3"])
    write_validation(tmp_path, 0)
    with pytest.raises(RunError, match=r"'block': 3, .* then, .* now — put the validation files back"):
        train(longer, tmp_path / "runs", resume=True)
    write_validation(tmp_path, 1)
    train(longer, tmp_path / "runs", resume=True)

"""Laws of ensembles, from distributions by hand to runs that translate together."""

from __future__ import annotations

import json
import math
import shutil

import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from tiny_run import make_run, sentences
from toy_models import IDS, Toy, ids_of, search

import seq2seq
from seq2seq.config.schema import Decoder, Encoder, Model, Search
from seq2seq.decoding import beam_search
from seq2seq.decoding.ensemble import AVERAGES, average_log_probs, average_probs, ensemble_step, member_name
from seq2seq.errors import CheckpointError, ClientError, ConfigurationError, TokenizerError
from seq2seq.models import build_model
from seq2seq.models.ensemble import Ensemble
from seq2seq.ops.integers import has_integer_products
from seq2seq.text import END_ID, Tokenizer
from seq2seq.training.run_folder import RunFolder
from seq2seq.translator import Translator
from seq2seq.translator.ensemble import EnsembleTranslator
from seq2seq.workflows.evaluate import evaluate
from seq2seq.workflows.load import load_run
from seq2seq.workflows.members import members_of, run_or_members
from seq2seq.workflows.run_or_export import identity, pinned

# --- distributions ----------------------------------------------------------------------------------------------------


def distributions(seed: int, members: int) -> np.ndarray:
    """(members, 2, 3, 11), log-probabilities."""
    logits = 2 * np.random.default_rng(seed).normal(size=(members, 2, 3, 11))
    return (logits - np.log(np.exp(logits).sum(-1, keepdims=True))).astype("float32")


WEIGHTS = (0.2, 0.5, 0.3)


def test_averages_are_the_means_by_hand():
    log_probs = distributions(1, 3)
    shares = np.asarray(WEIGHTS)[:, None, None, None]
    linear = (shares * np.exp(log_probs)).sum(0)
    np.testing.assert_allclose(np.exp(average_probs(list(log_probs), WEIGHTS)), linear, rtol=1e-5)
    geometric = np.prod(np.exp(log_probs) ** shares, axis=0)
    geometric /= geometric.sum(-1, keepdims=True)
    np.testing.assert_allclose(np.exp(average_log_probs(list(log_probs), WEIGHTS)), geometric, rtol=1e-5)
    assert np.abs(linear - geometric).max() > 0.01  # they are two


@pytest.mark.parametrize("average", AVERAGES.values())
def test_the_average_of_one_distribution_is_itself(average):
    (log_probs,) = distributions(2, 1)
    np.testing.assert_allclose(average([log_probs] * 3, WEIGHTS), log_probs, atol=1e-6)


def test_impossible_ids_stay_numbers():
    never = -np.inf
    half = np.log(np.float32(0.5))
    one = np.asarray([[half, half, never], [0.0, never, never]], "float32")
    other = np.asarray([[half, never, half], [never, 0.0, never]], "float32")
    np.testing.assert_allclose(average_log_probs([one, other], (0.5, 0.5)), [[0, never, never], [never] * 3])
    np.testing.assert_allclose(
        np.exp(average_probs([one, other], (0.5, 0.5))), [[0.5, 0.25, 0.25], [0.5, 0.5, 0.0]], rtol=1e-6
    )


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("average", AVERAGES.values())
def test_searching_together_is_searching_the_averaged_model(average):
    """The step that the toys make is the toy whose tables are the average of theirs, found with its own search."""
    toys = [Toy.random(seed, rows=3) for seed in (7, 8)]
    weights = (0.4, 0.6)
    averaged = Toy(np.asarray(average([toy.tables for toy in toys], weights)))
    expected = search(averaged, 5, 0.6, beams=4, n_best=3, collect=("history",))

    def with_numbers(step):
        def answer(ids, state):
            log_probs, state, extras = step(ids, state)
            return log_probs, state, {"history": ops.cast(extras["history"], "float32")}

        return answer

    step = ensemble_step([with_numbers(toy.step) for toy in toys], weights, average, looking=[1])
    state = {member_name(index): toy.start() for index, toy in enumerate(toys)}
    maximum = np.full((3,), 5, "int32")
    arguments = {**IDS, "rows": 3, "maximum_steps": maximum, "length_penalty": 0.6, "collect": ("history",)}
    found = tf.nest.map_structure(ops.convert_to_numpy, beam_search(step, state, beams=4, n_best=3, **arguments))
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
    np.testing.assert_array_equal(found.extras["history"], expected.extras["history"])
    alone = [search(toy, 5, 0.6, beams=4) for toy in toys]
    assert any(ids_of(found, row) != ids_of(one, row) for one in alone for row in range(3))


def test_extras_are_averaged_over_those_who_look_alike():
    def answering(value: float):
        return lambda ids, state: (np.zeros((1, 2), "float32"), state, {"attention": np.full((1, 3), value, "float32")})

    step = ensemble_step([answering(1.0), answering(5.0), answering(3.0)], (0.1, 0.6, 0.3), average_probs, [0, 2])
    _, _, extras = step(np.zeros((1,), "int32"), {member_name(index): {} for index in range(3)})
    np.testing.assert_allclose(extras["attention"], [[0.25 * 1 + 0.75 * 3] * 3], rtol=1e-6)


# --- translators ------------------------------------------------------------------------------------------------------


def trained_tokenizer(vocabulary_size: int = 67, seed: int = 1) -> Tokenizer:
    return Tokenizer.train(
        sentences(seed, 400),
        kind="bpe",
        vocabulary_size=vocabulary_size,
        character_coverage=1.0,
        byte_fallback=False,
        user_symbols=[],
        normalization="nmt_nfkc",
    )


@pytest.fixture(scope="module")
def tokenizers() -> list[Tokenizer]:
    return [trained_tokenizer(), trained_tokenizer(45, seed=2)]


def make_member(seed: int, source: Tokenizer, target: Tokenizer, units: int = 11, feeding: bool = False) -> Translator:
    section = Model(embedding_units=7, encoder=Encoder(units=5), decoder=Decoder(units=units, input_feeding=feeding))
    model = build_model(section, source.vocabulary_size, target.vocabulary_size, seed=seed)
    generator = np.random.default_rng(seed)
    for weights in model.trainable_variables:
        weights.assign(0.7 * generator.normal(size=weights.shape))
    bias = model.vocabulary_projection.bias
    bias.assign(bias + 1.5 * (np.arange(target.vocabulary_size) == END_ID))
    settings = Search(beams=4, maximum_ratio=1.5, maximum_extra=3, maximum_source_pieces=14)
    return Translator(model, source, target, **settings.model_dump())


@pytest.fixture(scope="module")
def members(tokenizers) -> list[Translator]:
    """Two that read alike, of other sizes and with and without input feeding, and one that reads other pieces."""
    shared, other = tokenizers
    return [make_member(3, shared, shared), make_member(4, shared, shared, 9, True), make_member(5, other, shared)]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [*sentences(2, 7), "", "a man rides in the old red bike under the green cat and the dog."]


@pytest.fixture(scope="module")
def mixed(members) -> EnsembleTranslator:
    """All three, which read two kinds of pieces."""
    return EnsembleTranslator(members, weights=(2, 5, 3), average="probabilities")


@pytest.mark.parametrize("average", AVERAGES)
def test_a_model_with_itself_is_the_model(members, texts, average):
    one = members[0]
    together = EnsembleTranslator([one, one], weights=(0.3, 0.7), average=average)
    found = together.translate(texts, n_best=3, attention=True)
    for ours, theirs in zip(found, one.translate(texts, n_best=3, attention=True), strict=True):
        for left, right in zip([ours, *ours.alternatives], [theirs, *theirs.alternatives], strict=True):
            assert (left.target_ids, left.text, left.source_pieces) == (
                right.target_ids,
                right.text,
                right.source_pieces,
            )
            assert left.score == pytest.approx(right.score, abs=1e-4)
            np.testing.assert_allclose(left.attention, right.attention, atol=1e-5)
    for ours, theirs in zip(together.score(texts, texts[::-1]), one.score(texts, texts[::-1]), strict=True):
        np.testing.assert_allclose(ours.token_log_probs, theirs.token_log_probs, atol=1e-4)


def test_a_score_is_what_scoring_finds(members, texts):
    together = EnsembleTranslator(members[:2], weights=None, average="log-probabilities")
    real = [text for text in texts if text]
    sources = [[*ids, END_ID] for ids in together.source_tokenizer.encode_sources(real)]
    sources = [ids if len(ids) <= 15 else [*ids[:14], END_ID] for ids in sources]
    for rank in (0, 2):
        ranked = [[best, *best.alternatives][rank] for best in together.translate(real, n_best=3)]
        targets = [list(one.target_ids) for one in ranked]
        for one, scored in zip(ranked, together.score_ids(sources, targets), strict=True):
            assert one.log_prob == pytest.approx(scored.log_prob, abs=1e-4)
    alone = members[0].score_ids(sources, targets)
    assert max(abs(one.log_prob - other.log_prob) for one, other in zip(ranked, alone, strict=True)) > 0.5
    assert len({one.target_truncated for one in ranked}) == 2


def test_members_that_read_other_pieces_score_as_they_do_alone(members, mixed, texts):
    """Every token's probability is the mean of what the three give it, each with its own source tokenizer."""
    scores = mixed.score(texts, texts[::-1])
    alone = [member.score(texts, texts[::-1]) for member in members]
    weights = np.asarray([0.2, 0.5, 0.3])
    for number, score in enumerate(scores):
        log_probs = np.asarray([scored[number].token_log_probs for scored in alone])
        expected = np.log(weights @ np.exp(log_probs))
        np.testing.assert_allclose(score.token_log_probs, expected, atol=1e-4)
        assert score.target_pieces == alone[0][number].target_pieces
        assert score.source_truncated == any(scored[number].source_truncated for scored in alone)
    assert scores[-1].source_truncated
    assert not scores[0].source_truncated


def test_what_they_find_does_not_depend_on_the_batch(mixed, texts):
    together = mixed.translate(texts, n_best=2, attention=True)
    assert len({one.text for one in together}) > len(texts) // 2
    for text, one in zip(texts, together, strict=True):
        (alone,) = mixed.translate([text], n_best=2, attention=True)
        for left, right in zip([one, *one.alternatives], [alone, *alone.alternatives], strict=True):
            assert left.target_ids == right.target_ids
            assert left.score == pytest.approx(right.score, rel=1e-4)
            np.testing.assert_allclose(left.attention, right.attention, atol=1e-5)


def test_a_search_with_options_searches_together(mixed, texts):
    """Coverage looks at the pieces that attention does; draws are those of a text, whatever its companions."""
    for options in ({"coverage_penalty": 0.4}, {"sample": {"temperature": 0.7}, "samples": 2}):
        for text, one in zip(texts[:3], mixed.translate(texts, **options)[:3], strict=True):
            (alone,) = mixed.translate([text], **options)
            assert one.target_ids == alone.target_ids
            assert one.score == pytest.approx(alone.score, rel=1e-4)
            assert [other.target_ids for other in one.alternatives] == [
                other.target_ids for other in alone.alternatives
            ]
            (plain,) = mixed.translate([text])
            assert plain.score != pytest.approx(one.score, rel=1e-3)


def test_attention_is_the_mean_of_those_that_read_as_the_first(members, mixed, texts):
    (found,) = mixed.translate(texts[3:4], attention=True)
    ids = mixed.source_tokenizer.encode_sources(texts[3:4])[0]
    inputs = {
        "source_ids": np.asarray([[*ids, END_ID]], "int32"),
        "target_ids": np.asarray([[2, *found.target_ids[:-1]]], "int32"),
    }
    first, second = (np.asarray(member.model.attention_weights(inputs))[0] for member in members[:2])
    np.testing.assert_allclose(found.attention, (2 * first + 5 * second) / 7, atol=1e-5)
    np.testing.assert_allclose(found.attention.sum(axis=1), 1.0, rtol=1e-5)
    (forced,) = mixed.attend(texts[3:4], texts[4:5])
    one, other = (member.attend(texts[3:4], texts[4:5])[0] for member in members[:2])
    np.testing.assert_allclose(forced.attention, (2 * one.attention + 5 * other.attention) / 7, atol=1e-5)
    assert (forced.source_pieces, forced.target_pieces) == (one.source_pieces, one.target_pieces)
    assert found.source_pieces == tuple(mixed.source_tokenizer.pieces([[*ids, END_ID]])[0])


def test_equal_weights_are_no_weights(members, texts):
    for weights in (None, (4, 4)):
        together = EnsembleTranslator(members[:2], weights=weights, average="log-probabilities")
        assert together.model.weights == (0.5, 0.5)


def test_senseless_ensembles_are_refused(members, mixed, tokenizers):
    one, _, _ = members
    for weights, message in (
        ((1.0,), "1 weights for 2 members"),
        ((1.0, 0.0), "more than 0"),
        ((1.0, math.nan), "more than 0"),
        ((1.0, math.inf), "more than 0"),
        ((1.0, -1.0), "more than 0"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            EnsembleTranslator([one, one], weights=weights, average="probabilities")
    with pytest.raises(ConfigurationError, match="did you mean 'probabilities'"):
        Ensemble([one.model], weights=None, average="probability")
    writes_others = make_member(6, tokenizers[0], tokenizers[1])
    with pytest.raises(TokenizerError, match=r"67 pieces \(member 1\).*of 45 \(member 2\)"):
        EnsembleTranslator([one, writes_others], weights=None, average="probabilities")
    for refuse in (mixed.score_ids, mixed.attend_ids):
        with pytest.raises(ConfigurationError, match="2 source tokenizers"):
            refuse([[5, END_ID]], [[5, END_ID]])


# --- runs -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run_of_two(tmp_path_factory, run):
    """The run with a second checkpoint, of other weights: it is `last`, and the first one stays `best`."""
    path = tmp_path_factory.mktemp("two") / "tiny"
    shutil.copytree(run, path)
    folder = RunFolder(path)
    translator = load_run(run)
    generator = np.random.default_rng(12)
    for weights in translator.model.trainable_variables:
        weights.assign(weights + 0.3 * generator.normal(size=weights.shape))
    folder.store(folder.configuration().training).save(
        "step-00000024",
        lambda aside: translator.model.save_weights(aside / "model.weights.h5"),
        step=24,
        epoch=2,
        batches=24,
        metrics={"perplexity": 9.0, "bleu": 1.0},
        tokenizers=[translator.source_tokenizer.fingerprint] * 2,
    )
    return path


def test_checkpoints_and_runs_are_loaded_in_order(run, run_of_two):
    best, last = (load_run(run_of_two, name).model.get_weights() for name in ("best", "last"))
    for loaded, expected, shares in (
        (seq2seq.load(run_of_two, "best,last", weights=[1, 3], average="probabilities"), [best, last], (0.25, 0.75)),
        (seq2seq.load([run_of_two, run], weights=(1, 4)), [best, best], (0.2, 0.8)),
        (seq2seq.load(members_of([run, run_of_two], "step-00000012,best")), [best] * 4, (0.25,) * 4),
        (seq2seq.load([str(run_of_two)] * 2, "last,best"), [last, best, last, best], (0.25,) * 4),
    ):
        assert loaded.model.weights == shares
        assert len(loaded.model.models) == len(expected)
        for model, weights in zip(loaded.model.models, expected, strict=True):
            assert all(map(np.array_equal, model.get_weights(), weights))
    assert not all(map(np.array_equal, best, last))
    assert type(seq2seq.load([run])) is Translator


def test_identities_tell_ensembles_apart(run, run_of_two):
    both = [run_of_two, run]
    found = [
        identity(run),
        identity(run_of_two, "last"),
        identity(members_of([run_of_two], "best,last")),
        identity(members_of([run_of_two], "last,best")),
        identity(members_of(both)),
        identity(members_of(both, weights=(1.0, 2.0))),
        identity(members_of(both, average="probabilities")),
        identity(members_of([run], precision="bfloat16_products")),
    ]
    assert [one for number, one in enumerate(found) if one in found[:number]] == []


def test_members_are_pinned_to_their_checkpoints(run_of_two):
    """A training that goes on makes another one the best: what is loaded stays what was told."""
    place, names = pinned(members_of([run_of_two, run_of_two], "best,last"), "best,last")
    assert [member.checkpoint for member in place.members] == ["step-00000012", "step-00000024"] * 2
    assert names == " + ".join(["step-00000012", "step-00000024"] * 2)


@pytest.mark.parametrize("precision", ["bfloat16_products", "int8_products"])
def test_a_run_translates_in_another_precision(run, texts, precision):
    if precision == "int8_products" and not has_integer_products():
        pytest.skip("there are no 8-bit products here")
    exact, rounded = seq2seq.load(run), seq2seq.load(run, precision=precision)
    wanted, found = ([one.log_prob for one in each.score(texts, texts)] for each in (exact, rounded))
    np.testing.assert_allclose(found, wanted, rtol=0.02)
    assert not np.allclose(found, wanted, rtol=1e-5)  # the rival: float32 in both
    text = next(text for text in texts if text)
    searched = rounded.translate([text], beams=3)[0]
    (ids,) = rounded.source_tokenizer.encode_sources([text])
    (scored,) = rounded.score_ids([[*ids, END_ID]], [list(searched.target_ids)])
    assert searched.log_prob == pytest.approx(scored.log_prob, rel=0.02)
    assert run_or_members(run, "best", precision="float32") is run
    assert members_of([run], precision=precision).name == precision


def test_what_cannot_be_together_is_told(run, exported, tmp_path):
    with pytest.raises(ConfigurationError, match="'int3' — give float32, bfloat16_products or int8_products"):
        seq2seq.load(run, precision="int3")
    with pytest.raises(ConfigurationError, match="or compute in another precision"):
        seq2seq.load(exported, precision="bfloat16_products")
    with pytest.raises(ConfigurationError, match="or compute in another precision"):
        seq2seq.load("http://127.0.0.1:1/v1/models/m", precision="bfloat16_products")
    with pytest.raises(ConfigurationError, match="export can neither be a member"):
        seq2seq.load([run, exported])
    with pytest.raises(ConfigurationError, match="weights and an average are for an ensemble"):
        seq2seq.load(run, weights=[1.0])
    with pytest.raises(ConfigurationError, match="weights and an average are for an ensemble"):
        seq2seq.load(run, average="probabilities")
    with pytest.raises(ConfigurationError, match="no name"):
        seq2seq.load(run, "best,")
    with pytest.raises(ConfigurationError, match="no run"):
        seq2seq.load([])
    with pytest.raises(ConfigurationError, match="a server can neither be a member"):
        seq2seq.load([run, "http://127.0.0.1:1/v1/models/m"])
    with pytest.raises(ConfigurationError, match="a server can neither be a member"):
        seq2seq.load("http://127.0.0.1:1/v1/models/m", weights=[1.0])
    with pytest.raises(ClientError, match="a server has one checkpoint"):
        seq2seq.load("http://127.0.0.1:1/v1/models/m", "last")
    with pytest.raises(CheckpointError, match="did you mean"):
        seq2seq.load(run, "best,lst")
    (tmp_path / "other").mkdir()
    other = make_run(tmp_path / "other")
    (other / "tokenizer" / "shared.model").write_bytes(trained_tokenizer(67, seed=9).model_bytes)
    with pytest.raises(TokenizerError):  # the file is not the one of the checkpoint
        seq2seq.load([run, other])


def test_evaluations_of_ensembles_lie_apart(run_of_two, tmp_path):
    path = tmp_path / "tiny"
    shutil.copytree(run_of_two, path)
    text = tmp_path / "text.en"
    text.write_text("".join(f"{line}\n" for line in sentences(8, 3)), encoding="utf-8")
    evaluate(members_of([path, run_of_two], "best,last", (1, 3, 1, 1)), text, text, checkpoint="best,last", beams=1)
    (found,) = path.rglob("scores.json")
    assert found.parent == path / "evaluation" / "with-tiny-weights1-3-1-1" / "text.en-best,last-beams1"
    facts = json.loads(found.read_text())
    assert facts["checkpoint"] == " + ".join(["step-00000012", "step-00000024"] * 2)
    runs = [path, path, run_of_two, run_of_two]
    assert facts["members"] == list(map(str, runs))
    assert facts["run"] == f"{' + '.join(map(str, runs))}; weights 1, 3, 1, 1; average of log-probabilities"

"""Laws of language models: segments, states, sampled softmax, dropout, generation."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from keras import ops
from tiny_language_model import make_corpus, make_model, text_lines, word_tokenizer
from tiny_training import make_timetable, make_trainer, weights_of

from seq2seq.data import SegmentBatches
from seq2seq.errors import ConfigurationError, DataError, TokenizerError
from seq2seq.evaluation import perplexity
from seq2seq.language_model import SegmentScorer, TextPredictor
from seq2seq.layers import RecurrentStack, WordTypeDropout
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID
from seq2seq.training.checkpoints import CheckpointStore
from seq2seq.training.loss import smoothed_cross_entropy
from seq2seq.training.objectives import NextToken
from seq2seq.training.objectives.objective import batch_generator
from seq2seq.training.sampled_softmax import (
    WordSampler,
    inclusion_probabilities,
    sampled_cross_entropy,
    systematic_sample,
)


@pytest.fixture(scope="module")
def tokenizer():
    return word_tokenizer()


@pytest.fixture(scope="module")
def model(tokenizer):
    return make_model(tokenizer.vocabulary_size)


@pytest.fixture(scope="module")
def corpus(tokenizer):
    return make_corpus(tokenizer)


@pytest.fixture(scope="module")
def predictor(model, tokenizer):
    return TextPredictor(model, tokenizer, by_lines=False)


def batches_of(corpus, kind="partition", rows=3, steps=4, shuffle=False, seed=1):
    return SegmentBatches(corpus, kind=kind, rows=rows, steps=steps, shuffle=shuffle, seed=seed, end_id=END_ID)


def one_pass(model, stream):
    """log p of each id of a text, read at once from zero states on, its first id after an end: (tokens,)."""
    ids = np.concatenate([[END_ID], stream[:-1]])[None].astype("int32")
    log_probs = ops.log_softmax(model({"ids": ids}), axis=-1)
    return np.take_along_axis(ops.convert_to_numpy(log_probs)[0], stream[:, None].astype(int), axis=1)[:, 0]


# --- batches ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["partition", "random", "lines"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_every_token_is_a_label_once_an_epoch_after_the_token_before_it(corpus, kind, shuffle):
    stream = corpus.stream.astype(int)
    expected = sorted(zip(np.roll(stream, 1).tolist(), stream.tolist(), strict=True))
    for epoch in (0, 1):
        batches = list(batches_of(corpus, kind, shuffle=shuffle).batches(epoch))
        assert len(batches) == batches_of(corpus, kind, shuffle=shuffle).count(epoch)
        pairs = [
            (before, label)
            for inputs, labels in batches
            for before, label in zip(inputs["ids"].reshape(-1).tolist(), labels.reshape(-1).tolist(), strict=True)
            if label != PAD_ID
        ]
        assert sorted(pairs) == expected


def test_streams_go_on_from_batch_to_batch(corpus):
    stream = corpus.stream.astype(int)
    found = list(batches_of(corpus).batches(0))
    labels = np.concatenate([labels for _, labels in found], axis=1)
    length = -(-len(stream) // 3)
    for row in range(3):
        part = stream[row * length : (row + 1) * length]
        assert labels[row, : len(part)].tolist() == part.tolist()
        assert not labels[row, len(part) :].any()
    assert [inputs["continues"].tolist() for inputs, _ in found] == [[0.0] * 3] + [[1.0] * 3] * (len(found) - 1)


def test_random_segments_begin_elsewhere_each_epoch_and_stand_alone(corpus):
    def segments(epoch, shuffle=True):
        batches = batches_of(corpus, "random", shuffle=shuffle).batches(epoch)
        return [tuple(row) for _, labels in batches for row in labels.tolist() if any(row)]

    assert segments(0) == segments(0) != segments(1)
    assert set(segments(0)) != set(segments(1)), "other segments, not the same in another order"
    assert segments(0, shuffle=False) == segments(1, shuffle=False)
    assert all(not inputs["continues"].any() for inputs, _ in batches_of(corpus, "random").batches(0))


def test_an_epoch_can_be_entered_at_any_batch(corpus):
    for kind in ("partition", "random", "lines"):
        whole = list(batches_of(corpus, kind, shuffle=True).batches(1))
        rest = list(batches_of(corpus, kind, shuffle=True).batches(1, skip=2))
        assert len(rest) == len(whole) - 2
        for (inputs, labels), (same_inputs, same_labels) in zip(whole[2:], rest, strict=True):
            assert np.array_equal(labels, same_labels)
            assert all(np.array_equal(inputs[name], same_inputs[name]) for name in inputs)


def test_lines_are_as_long_as_a_multiple(corpus):
    settings = {"kind": "lines", "rows": 3, "steps": 4, "shuffle": True, "seed": 1, "end_id": END_ID}
    plain, rounded = (list(SegmentBatches(corpus, **settings, time_multiple=one).batches(0)) for one in (1, 4))
    for (inputs, labels), (wider, wider_labels) in zip(plain, rounded, strict=True):
        time = labels.shape[1]
        assert wider["ids"].shape == wider_labels.shape == (len(labels), -(-time // 4) * 4)
        for found, wanted in ((wider["ids"], inputs["ids"]), (wider_labels, labels)):
            assert np.array_equal(found[:, :time], wanted)
            assert not found[:, time:].any()
    assert len({labels.shape for _, labels in rounded}) < len({labels.shape for _, labels in plain})


# --- states -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
def test_step_by_step_equals_teacher_forcing(corpus, tokenizer, kind):
    model = make_model(tokenizer.vocabulary_size, kind=kind, tied_embeddings=kind != "gru")
    stream = corpus.stream[:9].astype("int32")
    state, ids, found = model.start(1), np.asarray([BEGIN_ID], "int32"), []
    for label in stream:
        log_probs, state, _ = model.step(ids, state)
        found.append(float(log_probs[0, int(label)]))
        ids = np.asarray([label], "int32")
    assert np.allclose(found, one_pass(model, stream), atol=1e-5)


@pytest.mark.parametrize("steps", [1, 4, 1000])
def test_carried_states_equal_one_long_sequence(model, corpus, steps):
    scorer = SegmentScorer(model)
    scored = list(scorer.score(batches_of(corpus, rows=1, steps=steps).batches(0)))
    found = np.concatenate([log_probs[0] for _, log_probs in scored])[: len(corpus.stream)]
    assert np.allclose(found, one_pass(model, corpus.stream), atol=1e-5)
    if steps == 4:
        forgetful = list(scorer.score(batches_of(corpus, "random", rows=1, steps=4).batches(0)))
        lost = np.concatenate([log_probs[0] for _, log_probs in forgetful])[: len(corpus.stream)]
        assert not np.allclose(lost, found, atol=1e-3), "the rival that carries nothing"


def test_the_objective_carries_states_and_starts_each_epoch_anew(model, corpus, tokenizer):
    objective = NextToken(model, rows=3)
    objective.compile(optimizer=None)
    batches = list(batches_of(corpus).batches(0))

    def losses():
        found = []
        for inputs, labels in batches:
            objective.statistics.reset_state()
            prepared = objective.prepare(inputs, labels, step=1, batch=0)
            found.append(float(objective.test_on_batch(*prepared, return_dict=True)["loss"]))
        return found

    first = losses()
    scored = list(SegmentScorer(model).score(batches))
    expected = [-log_probs.sum() / (labels != PAD_ID).sum() for labels, log_probs in scored]
    assert np.allclose(first, expected, atol=1e-5)
    assert losses() == first, "nothing is left of the epoch before"


def test_uniform_logits_have_the_size_of_the_vocabulary_for_their_perplexity(corpus, tokenizer):
    uniform = make_model(tokenizer.vocabulary_size, scale=0.0)
    cross_entropy = SegmentScorer(uniform).cross_entropy(batches_of(corpus).batches(0))
    assert math.exp(cross_entropy) == pytest.approx(tokenizer.vocabulary_size, rel=1e-5)


# --- training ---------------------------------------------------------------------------------------------------------


def make_language_trainer(folder, tokenizer, corpus, **settings):
    dropout = {"word_types": 0.2, "embeddings": 0.2, "layers": 0.3, "outputs": 0.1, "weights": 0.3}
    model = make_model(tokenizer.vocabulary_size, scale=0.2, dropout=dropout)
    sampler = WordSampler(np.bincount(corpus.stream, minlength=tokenizer.vocabulary_size), 9, 0.5)
    batches = batches_of(corpus, shuffle=True)
    return make_trainer(
        folder,
        objective=NextToken(model, rows=3, sampler=sampler, seed=1),
        training_batches=batches.batches,
        count_batches=lambda epochs: epochs * batches.count(),
        validate=lambda decode: {"perplexity": 1.0},
        **settings,
    )


def test_a_resumed_training_arrives_at_the_same_bits_with_its_carried_states(tmp_path, tokenizer, corpus):
    steps = 11
    whole = make_language_trainer(tmp_path / "whole", tokenizer, corpus, timetable=make_timetable(maximum_steps=steps))
    whole.train()
    make_language_trainer(tmp_path / "parts", tokenizer, corpus, timetable=make_timetable(maximum_steps=5)).train()
    rest = make_language_trainer(tmp_path / "parts", tokenizer, corpus, timetable=make_timetable(maximum_steps=steps))
    checkpoint = CheckpointStore(tmp_path / "parts/checkpoints", "perplexity", keep_best=9, keep_last=9).get("last")
    rest.resume(checkpoint)
    carried = [ops.convert_to_numpy(variable).copy() for variable in rest.objective.state_variables]
    assert any(state.any() for state in carried)
    rest.train()
    for one, other in zip(weights_of(whole), weights_of(rest), strict=True):
        assert np.array_equal(one, other)
    for one, other in zip(whole.objective.state_variables, rest.objective.state_variables, strict=True):
        assert np.array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other))


def test_no_gradient_flows_into_the_batch_before(model, corpus):
    """The objective's gradient in the second batch is that of the loss with the states given as numbers."""
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("reads gradients from a tape")
    objective = NextToken(model, rows=3)
    (first, first_labels), (second, second_labels), *_ = batches_of(corpus).batches(0)
    with tf.GradientTape() as tape:
        objective({**first, "labels": first_labels})
        loss = ops.sum(objective({**second, "labels": second_labels}))
    found = tape.gradient(loss, model.recurrence.trainable_variables[1].value)

    def gradient_of_second(cut):
        with tf.GradientTape() as tape:
            _, states = model.read(first["ids"], model.zero_states(3))
            if cut:
                states = keras.tree.map_structure(ops.stop_gradient, states)
            outputs, _ = model.read(second["ids"], states)
            loss = ops.sum(smoothed_cross_entropy(second_labels, model.logits(outputs)))
        return tape.gradient(loss, model.recurrence.trainable_variables[1].value)

    assert np.allclose(found, gradient_of_second(cut=True), atol=1e-4)
    assert not np.allclose(found, gradient_of_second(cut=False), atol=1e-2), "the rival that goes on into the first"


# --- sampled softmax --------------------------------------------------------------------------------------------------


def test_inclusion_probabilities_sum_to_the_size_and_follow_the_weights():
    assert inclusion_probabilities(np.array([6.0, 2.0, 1.0, 1.0]), 2).tolist() == [1.0, 0.5, 0.25, 0.25]
    weights = np.random.default_rng(1).random(101) ** 4
    found = inclusion_probabilities(weights, 17)
    assert found.sum() == pytest.approx(17)
    assert found.max() <= 1.0
    free = found < 1
    assert np.ptp(found[free] / weights[free]) < 1e-9
    assert inclusion_probabilities(weights, 101).tolist() == [1.0] * 101


def test_a_sample_holds_each_word_with_its_probability_and_none_twice():
    probabilities = inclusion_probabilities(np.arange(1.0, 12.0), 4)
    generator = np.random.default_rng(2)
    order = generator.permutation(11)
    starts = (np.arange(5000) + 0.5) / 5000
    samples = [systematic_sample(probabilities, order, start) for start in starts]
    assert all(len(set(sample.tolist())) == 4 for sample in samples)
    assert np.allclose(np.bincount(np.concatenate(samples), minlength=11) / 5000, probabilities, atol=1e-3)


def test_the_estimated_normaliser_is_right_on_average(tokenizer):
    """exp(loss + z_y) is Z' of the paper; over all starts of a systematic sample its mean is Z."""
    generator = np.random.default_rng(3)
    size = tokenizer.vocabulary_size
    logits = generator.normal(size=(1, 2, size)).astype("float32")
    labels = np.array([[4, size - 1]], dtype="int32")
    counts = generator.integers(0, 50, size)
    sampler = WordSampler(counts, 7, 0.75)
    assert (sampler.inclusion < 1).sum() > 3
    order = generator.permutation(size)
    label_logits = np.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]
    estimates = []
    for start in (np.arange(250) + 0.5) / 250:
        ids = systematic_sample(sampler.inclusion, order, start).astype("int32")
        log_probs = np.log(sampler.inclusion[ids]).astype("float32")
        loss = sampled_cross_entropy(label_logits, labels, logits[..., ids], ids, log_probs)
        estimates.append(np.exp(ops.convert_to_numpy(loss) + label_logits))
    exact = np.exp(logits).sum(axis=-1)
    assert np.allclose(np.mean(estimates, axis=0), exact, rtol=1e-2)
    assert np.std(estimates, axis=0).min() > 0.05 * exact.max(), "single samples are off"


def test_with_all_words_sampled_loss_and_gradient_are_those_of_the_full_softmax(tokenizer, corpus):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("reads gradients from a tape")
    no_dropout = {"embeddings": 0.0, "layers": 0.0, "outputs": 0.0}
    model = make_model(tokenizer.vocabulary_size, scale=0.3, dropout=no_dropout)
    inputs, labels = next(iter(batches_of(corpus).batches(0)))
    counts = np.bincount(corpus.stream, minlength=tokenizer.vocabulary_size)

    def loss_and_gradients(sampler):
        objective = NextToken(model, rows=None, sampler=sampler, seed=1)
        with tf.GradientTape() as tape:
            prepared, _ = objective.prepare(inputs, labels, step=1, batch=0)
            losses = objective(prepared, training=True)
            loss = objective.compute_loss(prepared, labels, losses)
        gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
        return np.asarray(losses), [np.asarray(tf.convert_to_tensor(gradient)) for gradient in gradients]

    keras.utils.set_random_seed(1)
    losses, gradients = loss_and_gradients(None)
    all_words, same_gradients = loss_and_gradients(WordSampler(counts, tokenizer.vocabulary_size, 0.75))
    some_words, _ = loss_and_gradients(WordSampler(counts, 7, 0.75))
    assert np.allclose(losses, all_words, atol=1e-4)
    for one, other in zip(gradients, same_gradients, strict=True):
        assert np.allclose(one, other, atol=1e-4)
    assert not np.allclose(losses, some_words, atol=1e-2)


def test_samples_are_a_function_of_seed_and_batch(tokenizer):
    sampler = WordSampler(np.arange(tokenizer.vocabulary_size), 7, 0.5)
    drawn = [sampler.draw(batch_generator(1, 3, batch))[0].tolist() for batch in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


# --- dropout ----------------------------------------------------------------------------------------------------------


def test_a_word_type_is_dropped_at_all_its_places_or_at_none():
    layer = WordTypeDropout(11, 0.5)
    ids = np.asarray([[4, 7, 4, 9, 10, 4], [7, 7, 9, 5, 10, 6]], "int32")
    kept = ops.convert_to_numpy(layer(np.ones((2, 6, 3), "float32"), ids, training=True))
    assert set(np.unique(kept)) == {0.0, 2.0}
    for word in np.unique(ids):
        assert len(np.unique(kept[ids == word])) == 1
    assert (ops.convert_to_numpy(layer(np.ones((2, 6, 3), "float32"), ids)) == 1).all()


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
def test_dropped_recurrent_weights_are_one_draw_for_all_steps_and_leave_the_weight_itself(kind):
    stack = RecurrentStack(kind, depth=1, units=3, weight_dropout=0.6)
    stack.build((None, None, 2))
    cell = stack.recurrences[0].cell
    inputs = np.random.default_rng(1).normal(size=(2, 5, 2)).astype("float32")
    variable, before = cell.recurrent_kernel, ops.convert_to_numpy(cell.recurrent_kernel).copy()
    keras.utils.set_random_seed(5)
    stack.weight_dropouts[0].seed_generator.state.assign([1, 2])
    dropped, _ = stack(inputs, training=True)
    assert cell.recurrent_kernel is variable
    assert np.array_equal(ops.convert_to_numpy(variable), before)
    stack.weight_dropouts[0].seed_generator.state.assign([1, 2])
    kernel = ops.convert_to_numpy(stack.weight_dropouts[0](ops.convert_to_tensor(before), training=True))
    assert 0 < (kernel == 0).sum() < kernel.size
    plain, _ = stack(inputs)
    variable.assign(kernel)
    expected, _ = stack(inputs)
    assert np.allclose(dropped, expected, atol=1e-6), "one mask, as if the weight were so"
    assert not np.allclose(dropped, plain, atol=1e-3)


# --- texts ------------------------------------------------------------------------------------------------------------


def test_lines_are_scored_in_their_text_or_alone(predictor, model, corpus):
    lines = text_lines(2, 29)
    together, alone = predictor.score(lines), predictor.score_alone(lines)
    expected = one_pass(model, corpus.stream)
    for index, (score, by_itself) in enumerate(zip(together, alone, strict=True)):
        start, end = corpus.lines.offsets[index : index + 2]
        assert np.allclose(score.token_log_probs, expected[start:end], atol=1e-5)
        assert np.allclose(by_itself.token_log_probs, one_pass(model, corpus.lines[index]), atol=1e-5)
        assert score.tokens == score.words == len(lines[index].split()) + 1
        assert score.pieces == (*lines[index].split(), "</s>")
    assert not np.allclose([score.log_prob for score in together[1:]], [score.log_prob for score in alone[1:]])
    assert perplexity(together) == pytest.approx(math.exp(-expected.mean()), rel=1e-5)
    assert predictor.score([]) == []


def test_a_long_text_is_cut_into_streams(predictor, monkeypatch):
    lines = text_lines(2, 29)
    exact = predictor.score(lines)
    monkeypatch.setattr("seq2seq.language_model.segment_scorer.STREAM_TOKENS", 13)
    cut = predictor.score(lines)
    differing = sum(not np.allclose(a.log_prob, b.log_prob, atol=1e-4) for a, b in zip(exact, cut, strict=True))
    assert 0 < differing < len(lines)
    assert sum(score.tokens for score in cut) == sum(score.tokens for score in exact)


def generate(predictor, prompt="the man", **settings):
    return predictor.generate(prompt, **{"length": 12, "seed": 1, **settings})


def test_text_is_a_function_of_the_seed(predictor):
    (text,) = generate(predictor)
    assert generate(predictor) == [text] != generate(predictor, seed=2)
    assert text.startswith("the man")
    several = generate(predictor, samples=3)
    assert several[0] == text
    assert len(set(several)) == 3


def test_the_likeliest_word_alone_is_greedy_whatever_seed_and_heat(predictor, model, tokenizer):
    (text,) = generate(predictor, top_k=1)
    assert generate(predictor, top_k=1, seed=7, temperature=3.0) == [text]
    assert generate(predictor, top_p=1e-9, seed=8) == [text]
    ids = [END_ID, *tokenizer.encode(["the man"])[0]]
    for _ in range(12):
        log_probs = ops.convert_to_numpy(model({"ids": np.asarray([ids], "int32")}))[0, -1]
        log_probs[[PAD_ID, BEGIN_ID]] = -np.inf
        ids.append(int(log_probs.argmax()))
    pieces = tokenizer.pieces([ids[1:]])[0]
    assert " ".join(pieces).replace(" </s> ", "\n").replace("</s> ", "\n").removesuffix("</s>").split() == text.split()


def test_running_text_goes_on_over_ends_of_lines_and_a_line_does_not(predictor, model, tokenizer):
    texts = generate(predictor, samples=20, length=30)
    assert any("\n" in text for text in texts)
    of_lines = TextPredictor(model, tokenizer, by_lines=True)
    lines = of_lines.generate("the man", length=30, seed=1, samples=20)
    assert not any("\n" in line for line in lines)
    assert [text.split("\n")[0] for text in texts] == lines
    with pytest.raises(DataError, match="2 lines"):
        of_lines.generate("the\nman", length=3, seed=1)
    assert generate(predictor, prompt="the\nman")[0].startswith("the\nman")


def test_draws_follow_the_distribution(predictor, model, tokenizer):
    first = np.exp(ops.convert_to_numpy(model.step(np.asarray([BEGIN_ID], "int32"), model.start(1))[0])[0])
    texts = predictor.generate("", length=1, seed=4, samples=2000)
    counts = np.zeros(tokenizer.vocabulary_size)
    for text in texts:
        counts[tokenizer.encode([text])[0][0] if text.strip() else END_ID] += 1
    allowed = np.delete(np.arange(tokenizer.vocabulary_size), [PAD_ID, BEGIN_ID])
    shares = first[allowed] / first[allowed].sum()
    assert np.abs(counts[allowed] / 2000 - shares).max() < 0.05


def test_the_unknown_word_can_be_left_out(model, tokenizer):
    loves_unknown = make_model(tokenizer.vocabulary_size, scale=0.3)
    loves_unknown.vocabulary_projection.bias.assign(5.0 * (np.arange(tokenizer.vocabulary_size) == 1))
    predictor = TextPredictor(loves_unknown, tokenizer, by_lines=False)
    assert "<unk>" in predictor.generate("", length=9, seed=1)[0]
    assert "<unk>" not in predictor.generate("", length=9, seed=1, unknown=False)[0]
    given = predictor.generate("nobody-knows-this", length=9, seed=1, unknown=False)[0]
    assert given.split()[0] == "<unk>"  # what is given stands
    assert "<unk>" not in given.split()[1:]
    assert len(given.split()) > 1


def test_what_makes_no_sense_is_refused(predictor, model, tokenizer):
    with pytest.raises(ConfigurationError, match="more than 0"):
        generate(predictor, temperature=0.0)
    with pytest.raises(TokenizerError, match="does not belong"):
        TextPredictor(make_model(tokenizer.vocabulary_size + 1), tokenizer, by_lines=False)

"""Laws of a search over a shortlist."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from test_fusion import make_language_run
from tiny_language_model import make_model as language_model
from tiny_run import build_random_model, sentences
from typer.testing import CliRunner

from seq2seq.cli import app
from seq2seq.config.schema import Model
from seq2seq.decoding.ensemble import AVERAGES
from seq2seq.errors import ConfigurationError, TokenizerError
from seq2seq.models import EncoderDecoder
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.fused import Fused
from seq2seq.ops.beam import IMPOSSIBLE
from seq2seq.ops.filters import candidate_log_probs
from seq2seq.ops.integers import has_integer_products
from seq2seq.special_ids import BEGIN_ID, END_ID
from seq2seq.text.shortlist import Shortlist
from seq2seq.translator import Constraint
from seq2seq.translator.candidates import candidates_of
from seq2seq.translator.ensemble import EnsembleTranslator
from seq2seq.translator.output_vocabulary import OutputVocabulary, rounded_size
from seq2seq.workflows.load import load

TEXTS = [*sentences(9, 5), "the old dog sees a red bike."]


def make_shortlist(tokenizer, best: int, frequent: int, seed: int = 7) -> Shortlist:
    """Of each piece random ones, and the whole vocabulary where there is room for it."""
    size = tokenizer.vocabulary_size
    random = np.random.default_rng(seed)
    return Shortlist(
        np.asarray([random.permutation(size)[:best] for _ in range(size)]),
        random.permutation(size)[:frequent],
        source_fingerprint=tokenizer.fingerprint,
        target_fingerprint=tokenizer.fingerprint,
        target_size=size,
    )


@pytest.fixture(scope="module")
def narrow(translator) -> Shortlist:
    return make_shortlist(translator.target_tokenizer, best=3, frequent=4)


@pytest.fixture(scope="module")
def whole(translator) -> Shortlist:
    return make_shortlist(translator.target_tokenizer, best=67, frequent=0)


@contextmanager
def impossible_but(models, ids):
    """Within it the models find all ids but these impossible."""
    before = [model.vocabulary_projection.bias.numpy() for model in models]
    try:
        for model, bias in zip(models, before, strict=True):
            rest = np.full_like(bias, IMPOSSIBLE)
            rest[ids] = bias[ids]
            model.vocabulary_projection.bias.assign(rest)
        yield
    finally:
        for model, bias in zip(models, before, strict=True):
            model.vocabulary_projection.bias.assign(bias)


def slow_translations(translator, models, shortlist, texts, constraints=None, **options):
    """What the translator finds with its whole vocabulary, text by text, where the rest of it is impossible."""
    constraints = constraints or [None] * len(texts)
    found = []
    for text, constraint in zip(texts, constraints, strict=True):
        asked = None if constraint is None else [constraint]
        (source,) = translator._sources([text], translator.maximum_source_pieces)
        (target,) = translator._targets.read([text], asked, [])
        with impossible_but(models, candidates_of(shortlist, source, target)):
            found += translator.translate([text], constraints=asked, **options)
    return found


def assert_same(ones, others):
    for one, other in zip(ones, others, strict=True):
        for left, right in zip([one, *one.alternatives], [other, *other.alternatives], strict=True):
            assert left.target_ids == right.target_ids
            assert left.text == right.text
            assert left.score == pytest.approx(right.score, rel=1e-4)
            assert left.log_prob == pytest.approx(right.log_prob, rel=1e-4)
            np.testing.assert_allclose(left.token_log_probs, right.token_log_probs, rtol=1e-3, atol=1e-4)
            if left.attention is not None:
                np.testing.assert_allclose(left.attention, right.attention, atol=1e-5)


def differ(ones, others) -> bool:
    return [one.target_ids for one in ones] != [one.target_ids for one in others]


# All of one kind, so that they share their graphs; the first requires nothing.
CONSTRAINTS = [
    Constraint(prefix="the dog", forbidden=["in", "green"]),
    Constraint(prefix="the man", required=["under"], forbidden=["in", "a*"]),
    Constraint(prefix="a", required=["a cat", "bike"], forbidden=["old"]),
]
CONSTRAINED = {"beams": 4, "constraints": CONSTRAINTS}
BEAMS = {"beams": 4, "n_best": 3, "attention": True}


@pytest.mark.parametrize(
    "options",
    [
        {"beams": 1},
        BEAMS,
        {"sample": {"top_k": 9}, "samples": 3, "seed": 5},
        CONSTRAINED,
        pytest.param({"sample": {}, "samples": 2}, marks=pytest.mark.slow),
        pytest.param(
            {"beams": 4, "diversity": {"groups": 2}, "repetition_penalty": 1.4, "no_repeat_ngram_size": 2},
            marks=pytest.mark.slow,
        ),
    ],
    ids=lambda options: "-".join(options),
)
def test_a_search_over_a_shortlist_is_one_where_the_rest_is_impossible_in_any_company(translator, narrow, options):
    texts = TEXTS[-len(options.get("constraints", TEXTS)) :]
    together = translator.translate(texts, shortlist=narrow, **options)
    assert_same(together, slow_translations(translator, [translator.model], narrow, texts, **options))
    assert differ(together, translator.translate(texts, **options))


def test_what_is_asked_for_is_written_though_no_source_has_it_among_its_candidates(translator, narrow):
    texts = TEXTS[-len(CONSTRAINTS) :]
    found = translator.translate(texts, shortlist=narrow, **CONSTRAINED)
    book = translator._targets.book
    beyond = 0
    for one, asked, source in zip(found, CONSTRAINTS, translator.source_tokenizer.encode(texts), strict=True):
        text = book.text(one.target_ids)
        assert one.text.startswith(asked.prefix)
        assert all(book.phrase(phrase).is_in(text) for phrase in asked.required)
        assert not any(book.phrase(phrase).is_in(text) for phrase in asked.forbidden)
        beyond += len(set(one.target_ids) - set(narrow.candidates([*source, END_ID]).tolist()))
    assert beyond


@pytest.mark.parametrize("options", [{"beams": 1}, BEAMS], ids=["greedy", "beams"])
def test_a_shortlist_of_the_whole_vocabulary_changes_nothing(translator, whole, options):
    assert_same(translator.translate(TEXTS, shortlist=whole, **options), translator.translate(TEXTS, **options))


@pytest.mark.skipif(not has_integer_products(), reason="there are no 8-bit products here")
def test_a_shortlist_of_the_whole_vocabulary_changes_nothing_in_products_of_integers(run, translator, whole):
    """Its weights are rounded as the whole vocabulary's are, though each batch has others."""
    rounded = load(run, precision="int8_products")
    found = rounded.translate(TEXTS, shortlist=whole, **BEAMS)
    assert_same(found, rounded.translate(TEXTS, **BEAMS))
    in_float32 = translator.translate(TEXTS, **BEAMS)
    assert [one.log_prob for one in found] != [one.log_prob for one in in_float32]


def test_probabilities_are_over_the_candidates_of_the_source_alone(translator, narrow):
    found = translator.translate(TEXTS, beams=1, shortlist=narrow)
    for text, one in zip(TEXTS, found, strict=True):
        source = [*translator.source_tokenizer.encode([text])[0], END_ID]
        candidates = narrow.candidates(source)
        assert set(one.target_ids) <= set(candidates.tolist())
        inputs = {"source_ids": np.asarray([source]), "target_ids": np.asarray([[BEGIN_ID, *one.target_ids[:-1]]])}
        logits = np.asarray(translator.model(inputs))[0]
        written = logits[np.arange(len(logits)), list(one.target_ids)]
        among, of_all = (np.log(np.exp(some).sum(axis=-1)) for some in (logits[:, candidates], logits))
        np.testing.assert_allclose(one.token_log_probs, written - among, rtol=1e-3, atol=1e-4)
        assert one.log_prob > (written - of_all).sum() + 0.1


def test_one_graph_serves_shortlists_of_all_sizes(translator, narrow, whole):
    for texts in (TEXTS[:1], TEXTS[2:4], TEXTS):
        for shortlist in (narrow, whole):
            translator.translate(texts, beams=1, shortlist=shortlist)
    graphs = {key: graph for key, graph in translator._graphs._searches.items() if "shortlist" in key[1]}
    assert graphs
    assert {graph.experimental_get_tracing_count() for graph in graphs.values()} == {1}


@pytest.mark.slow
def test_ensembles_and_language_models_search_over_the_candidates(run, translator, narrow, tmp_path):
    other = load(run)
    for weights in other.model.trainable_variables[:4]:
        weights.assign(-weights)
    together = EnsembleTranslator([translator, other], weights=[0.3, 0.7], average="probabilities")
    language_run = make_language_run(tmp_path, translator.target_tokenizer)
    helped = load(run, language_model=language_run, language_model_weight=0.5)
    plain = translator.translate(TEXTS, shortlist=narrow)
    for kind, models in (
        (together, [translator.model, other.model]),
        (helped, [helped.model.model, helped.model.language_model]),
    ):
        found = kind.translate(TEXTS, shortlist=narrow)
        assert_same(found, slow_translations(kind, models, narrow, TEXTS))
        assert differ(found, plain)


# --- one step ---------------------------------------------------------------------------------------------------------

SIZE, IDS = 11, np.asarray([0, 1, 2, 3, 5, 6, 9], "int32")
CANDIDATES = np.asarray([[True, True, True, True, True, False, True], [True] * 4 + [False, True, False]])


def make_model(**settings) -> EncoderDecoder:
    section = Model.model_validate(
        {
            "embedding_units": 7,
            "encoder": {"units": 5},
            "decoder": {"units": 11, "input_feeding": settings.pop("input_feeding", False)},
            **settings,
        }
    )
    return build_random_model(section, SIZE, seed=5)


def make_fused(weight: float) -> Fused:
    return Fused(make_model(), language_model(SIZE, depth=1, scale=1.0), weight)


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        (lambda: make_model(), lambda model: [model]),
        (lambda: make_model(input_feeding=True), lambda model: [model]),
        (lambda: make_model(tied_embeddings="all"), lambda model: [model]),
        *(
            (
                lambda average=average: Ensemble(
                    [make_model(), make_model(input_feeding=True)], weights=[0.3, 0.7], average=average
                ),
                lambda model: model.models,
            )
            for average in AVERAGES
        ),
        (lambda: make_fused(0.5), lambda model: [model.model, model.language_model]),
        (lambda: make_fused(0.0), lambda model: [model.model]),
    ],
    ids=["plain", "input-feeding", "tied", *AVERAGES, "language-model", "language-model-without-weight"],
)
def test_a_step_over_a_shortlist_is_one_where_the_rest_is_impossible(model, parts):
    model, sources = model(), np.asarray([[7, 4, 3], [8, 3, 0]], "int32")
    step, state = model.stepper(IDS), model.start(sources, CANDIDATES)
    for row, candidates in enumerate(CANDIDATES):
        with impossible_but(parts(model), IDS[candidates]):
            slow_state = model.start(sources)
            step_state = state
            for place in (2, 3, 5):  # begin, and two more
                log_probs, step_state, extras = step(np.asarray([place] * 2), step_state)
                expected, slow_state, slow_extras = model.step(np.asarray([IDS[place]] * 2), slow_state)
                np.testing.assert_allclose(log_probs[row], np.asarray(expected)[row, IDS], rtol=1e-4, atol=1e-5)
                np.testing.assert_allclose(extras["attention"], slow_extras["attention"], rtol=1e-4)
                assert np.isfinite(log_probs[row]).sum() == candidates.sum()


# --- the vocabulary of a batch ----------------------------------------------------------------------------------------


def test_sizes_are_few_and_at_most_a_quarter_more():
    sizes = [rounded_size(count) for count in range(1, 4097)]
    assert all(count <= size for count, size in enumerate(sizes, start=1))
    assert all(size <= 1.25 * count for count, size in enumerate(sizes, start=1) if count > 64)
    assert len(set(sizes)) == 1 + 4 * 6


def test_places_by_hand():
    vocabulary = OutputVocabulary([np.asarray([0, 1, 2, 3, 70, 90]), np.asarray([0, 1, 2, 3, 8, 90])], 100)
    assert vocabulary.ids[:7].tolist() == [0, 1, 2, 3, 8, 70, 90]
    assert vocabulary.ids[7:].tolist() == [0] * 57
    assert vocabulary.candidates[:, :7].tolist() == [[True] * 4 + [False, True, True], [True] * 5 + [False, True]]
    assert not vocabulary.candidates[:, 7:].any()
    words = {"begin": np.arange(100) > 50, "end": np.arange(100) == 8}
    phrases = {
        "edges": np.asarray([[[1, 90, 4], [2, 60, 5], [0, -1, 0]]]),
        "next_ids": np.asarray([[-1, 70, 60]]),
        "first_ids": np.asarray([[8, 60]]),
        "kinds": np.asarray([[3, 4, 5]]),
    }
    placed = vocabulary.inputs({"prefix_ids": np.asarray([[90, 8], [70, 0]]), "words": words, "forbidden": phrases})
    assert placed["prefix_ids"].tolist() == [[6, 4], [5, 0]]
    assert placed["words"]["begin"][:7].tolist() == [False] * 5 + [True, True]
    assert placed["words"]["end"][:7].tolist() == [False] * 4 + [True, False, False]
    # What no text of the batch may write carries no phrase on.
    assert placed["forbidden"]["edges"].tolist() == [[[1, 6, 4], [0, -1, 0], [0, -1, 0]]]
    assert placed["forbidden"]["next_ids"].tolist() == [[-1, 5, -1]]
    assert placed["forbidden"]["first_ids"].tolist() == [[4, 0]]
    assert placed["forbidden"]["kinds"] is phrases["kinds"]
    assert phrases["edges"][0, 0, 1] == 90


def test_candidates_share_all_of_the_probability_by_hand():
    logits = np.log(np.asarray([[1.0, 3.0, 4.0], [2.0, 5.0, 6.0]], "float32"))
    candidates = np.asarray([[True, True, False], [False, True, False]])
    found = np.exp(candidate_log_probs(logits, candidates))
    np.testing.assert_allclose(found, [[0.25, 0.75, 0.0], [0.0, 1.0, 0.0]], rtol=1e-6)


# --- the command ------------------------------------------------------------------------------------------------------


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_counts_and_its_file_translates(run, translator, tmp_path):
    path, text = tmp_path / "pieces.npz", tmp_path / "text.en"
    text.write_text("".join(f"{line}\n" for line in TEXTS), encoding="utf-8")
    made = call("shortlist", run, "-o", path, "--best", 2, "--frequent", 1)
    assert made.exit_code == 0
    # Source and target of this run are one text, in which each piece is its own best translation.
    assert "counted: 9 of 9 pairs" in made.output
    assert "in 9 validation lines" in made.output
    shortlist = Shortlist.load(path)
    assert shortlist.best_ids.shape == (67, 2)
    assert len(shortlist.frequent_ids) == 1
    assert not (run / "shortlist.npz").exists()
    before = path.read_bytes()
    refused = call("shortlist", run, "-o", path)
    assert (refused.exit_code, path.read_bytes()) == (2, before)
    assert call("shortlist", run, "-o", path, "--best", 2, "--frequent", 1, "--force").exit_code == 0
    assert path.read_bytes() == before

    output = tmp_path / "out.de"
    assert call("translate", run, text, "-o", output, "--beams", 1, "--shortlist", path).exit_code == 0
    expected = [one.text for one in translator.translate(TEXTS, beams=1, shortlist=path)]
    assert output.read_text(encoding="utf-8").splitlines() == expected
    assert expected != [one.text for one in translator.translate(TEXTS, beams=1)]


@pytest.mark.slow
def test_a_resumed_translation_has_the_same_shortlist(run, narrow, whole, tmp_path, monkeypatch):
    text, output, paths = tmp_path / "text.en", tmp_path / "out.de", []
    text.write_text("".join(f"{line}\n" for line in TEXTS), encoding="utf-8")
    for name, shortlist in (("narrow", narrow), ("whole", whole)):
        paths.append(tmp_path / f"{name}.npz")
        paths[-1].write_bytes(shortlist.to_bytes())
    arguments = ("translate", run, text, "-o", output, "--beams", 1, "--batch-lines", 2, "--resume", "--shortlist")
    with monkeypatch.context() as broken:
        written = []

        def write(self, lines):
            written.append(lines)
            if len(written) > 1:
                raise KeyboardInterrupt
            self.write_bytes("".join(f"{line}\n" for line in lines).encode())

        broken.setattr("seq2seq.workflows.line_output.LineOutput.write", write)
        assert call(*arguments, paths[0]).exit_code == 130
    refused = call(*arguments, paths[1])
    assert refused.exit_code == 2
    assert call(*arguments, paths[0]).exit_code == 0
    assert len(output.read_text(encoding="utf-8").splitlines()) == len(TEXTS)


def test_shortlists_of_other_pieces_are_refused_before_anything_is_translated(translator, narrow):
    other = Shortlist(
        narrow.best_ids,
        narrow.frequent_ids,
        source_fingerprint=narrow.source_fingerprint,
        target_fingerprint="0" * 64,
        target_size=narrow.target_size,
    )
    with pytest.raises(TokenizerError, match="target tokenizer 000000000000"):
        translator.check(TEXTS, shortlist=other)


def test_an_export_says_that_it_takes_none(exported, narrow):
    with pytest.raises(ConfigurationError, match="whole vocabulary in its graph"):
        load(exported).check(TEXTS, shortlist=narrow)

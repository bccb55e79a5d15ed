"""Laws of the export: it answers as its run does, whoever loads it, and what does not is never published."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf
from tiny_run import make_run, sentences

from seq2seq.config.schema import Model as ModelSection
from seq2seq.errors import ConfigurationError, DataError, ExportError
from seq2seq.export import operations, self_test
from seq2seq.export.id_model import SearchSettings
from seq2seq.export.requests import WHITE_SPACE, as_utf8
from seq2seq.export.storage import StoredWeights, quantized
from seq2seq.export.text_model import TextModel
from seq2seq.export.translator import load_export
from seq2seq.export.versions import LOCK_NAME, choose_version, find_version, new_version
from seq2seq.export.warmup import Request, prediction_log, read_warmup
from seq2seq.models import build_model
from seq2seq.text import END_ID
from seq2seq.training.run_folder import RunFolder
from seq2seq.translator import Constraint
from seq2seq.version_folders import version_folders, version_number
from seq2seq.workflows import export as export_workflow
from seq2seq.workflows import export_facts
from seq2seq.workflows.evaluate import evaluate
from seq2seq.workflows.export import export, model_name, spread
from seq2seq.workflows.load import load, load_model, load_run, make_translator
from seq2seq.workflows.run_or_export import describe, identity, pinned
from seq2seq.workflows.translate import translate


@pytest.fixture(scope="module")
def signatures(exported):
    return tf.saved_model.load(str(exported / "1")).signatures


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [*sentences(2, 11), "", " \u3000\t", "a man " * 20, "\u200b", "🙂 ﬁ", "the", *sentences(3, 5)]


def ask(function, **inputs) -> dict[str, np.ndarray]:
    specs = function.structured_input_signature[1]
    tensors = {name: tf.constant(value, specs[name].dtype) for name, value in inputs.items()}
    return {name: tensor.numpy() for name, tensor in function(**tensors).items()}


def rich(signatures, text, **options) -> dict[str, np.ndarray]:
    defaults = {"beam_size": 4, "n_best": 3, "length_penalty": 0.6, "max_length_ratio": 1.3}
    return ask(signatures["translate"], text=text, **{**defaults, **options})


def strings(array: np.ndarray) -> list[str]:
    return [one.decode() for one in array.tolist()]


# --- the signatures ---------------------------------------------------------------------------------------------------


def test_default_answers_as_the_run_does(signatures, translator, texts):
    expected = translator.translate(texts)
    found = ask(signatures["serving_default"], text=texts)
    assert strings(found["translation"]) == [one.text for one in expected]
    np.testing.assert_allclose(found["score"], [one.score for one in expected], atol=1e-4)
    assert found["truncated"].tolist() == [one.source_truncated for one in expected]
    assert len(set(strings(found["translation"]))) > len(texts) // 2
    assert 0 < found["truncated"].sum() < len(texts)
    assert len({one.target_truncated for one in expected}) == 2  # some end and some are cut


def test_an_answer_does_not_depend_on_its_batch(signatures, texts, monkeypatch):
    together = ask(signatures["serving_default"], text=texts)
    padded = ask(signatures["serving_default"], text=[*texts, *[""] * 7])  # as servers fill their batches
    many = ask(signatures["serving_default"], text=(texts * 30)[:500])
    for number, text in enumerate(texts):
        alone = ask(signatures["serving_default"], text=[text])
        for other, place in ((together, number), (padded, number), (many, number), (many, number + len(texts))):
            assert other["translation"][place] == alone["translation"][0]
            assert other["score"][place] == pytest.approx(alone["score"][0], abs=1e-4)
    assert strings(padded["translation"])[-7:] == [""] * 7
    assert ask(signatures["serving_default"], text=tf.zeros([0], tf.string))["translation"].shape == (0,)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_blocks_change_no_answer(run, translator, texts, seed, monkeypatch):
    """A text model whose blocks hold two or three rows each, and the run."""
    monkeypatch.setattr("seq2seq.export.id_model.SEARCH_POSITIONS", 100)
    monkeypatch.setattr("seq2seq.export.id_model.SCORE_POSITIONS", 60)
    random.Random(seed).shuffle(texts := list(texts))
    settings = SearchSettings(**RunFolder(run).configuration().search.model_dump())
    tokenizer = translator.source_tokenizer
    module = TextModel(translator.model, StoredWeights(translator.model, "float32"), settings, tokenizer, tokenizer)
    found = tf.function(module.translate_text)(tf.constant(texts))
    assert strings(found["translation"].numpy()) == [one.text for one in translator.translate(texts)]
    scored = tf.function(module.score)(tf.constant(texts), tf.constant(texts[::-1]))
    expected = [one.log_prob for one in translator.score(texts, texts[::-1])]
    np.testing.assert_allclose(scored["log_prob"], expected, rtol=1e-4)


def test_everything_at_once(signatures, translator, texts):
    found = rich(signatures, texts)
    expected = translator.translate(texts, n_best=3, attention=True)
    for row, best in enumerate(expected):
        for rank, one in enumerate([best, *best.alternatives]):
            target_time, source_time = len(one.target_pieces), len(one.source_pieces)
            assert found["translations"][row, rank].decode() == one.text
            assert found["scores"][row, rank] == pytest.approx(one.score, abs=1e-4)
            assert found["token_scores"][row, rank].sum() == pytest.approx(one.log_prob, abs=1e-4)
            assert found["target_lengths"][row, rank] == target_time
            assert found["source_lengths"][row] == source_time
            assert strings(found["pieces"][row, rank][:target_time]) == list(one.target_pieces)
            assert strings(found["source_pieces"][row][:source_time]) == list(one.source_pieces)
            attention = found["attention"][row, rank]
            np.testing.assert_allclose(attention[:target_time, :source_time], one.attention, atol=1e-5)
            assert not attention[target_time:].any()
            assert not attention[:, source_time:].any()
    assert found["truncated"].tolist() == [one.source_truncated for one in expected]


def test_each_text_may_have_its_own_options(signatures, texts):
    """As a server joins the requests of several users."""
    options = {
        "beam_size": [4, 1, 7, 2],
        "n_best": [3, 1, 2, 2],
        "length_penalty": [0.0, 0.6, 2.0, 1.0],
        "max_length_ratio": [1.0, 2.0, 0.5, 3.0],
    }
    together = rich(signatures, texts[:4], **options)
    assert together["translations"].shape == (4, 3)
    for row in range(4):
        own = {name: values[row] for name, values in options.items()}
        alone = rich(signatures, texts[row : row + 1], **own)
        wanted = own["n_best"]
        assert together["translations"][row, :wanted].tolist() == alone["translations"][0].tolist()
        np.testing.assert_allclose(together["scores"][row, :wanted], alone["scores"][0], atol=1e-4)
        assert not together["target_lengths"][row, wanted:].any()
        assert set(together["translations"][row, wanted:].tolist()) <= {b""}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam_size": 0}, "beam_size is out of range"),
        ({"beam_size": 65}, "beam_size is out of range"),
        ({"beam_size": [4, 0]}, "beam_size is out of range"),
        ({"n_best": 0}, "n_best does not fit the search"),
        ({"n_best": 5}, "n_best does not fit the search"),
        ({"length_penalty": -0.1}, "length_penalty is out of range"),
        ({"length_penalty": float("nan")}, "length_penalty is out of range"),
        ({"max_length_ratio": 0.0}, "max_length_ratio is out of range"),
        ({"max_length_ratio": 1e9}, "max_length_ratio is out of range"),
        ({"beam_size": [4, 4, 4]}, "beam_size does not fit the texts"),
        ({"text": []}, "text is empty"),
    ],
    ids=str,
)
def test_senseless_requests_are_refused(signatures, options, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        rich(signatures, **{"text": ["a man", "the cat"], **options})


def test_the_product_of_the_options_is_bounded(run, translator):
    """By hand: 3 texts, the longest of 14 pieces with its end 15, 5 beams, 2 x 14 + 3 = 31 target pieces."""
    search = RunFolder(run).configuration().search.model_dump()
    tokenizer = translator.source_tokenizer
    weights = StoredWeights(translator.model, "float32")

    class Bounded(SearchSettings):
        most_attention: ClassVar[int] = 3 * 5 * 31 * 15

    options = [tf.constant(5), tf.constant(1), tf.constant(0.6), tf.constant(2.0)]
    module = TextModel(translator.model, weights, Bounded(**search), tokenizer, tokenizer)
    ask_for = tf.function(module.translate)
    texts = tf.constant(["a man " * 20, "the cat", ""])
    assert ask_for(texts, *options)["scores"].shape == (3, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"too large.*at most 6975"):
        ask_for(tf.concat([texts, [""]], axis=0), *options)
    settings = SearchSettings(**search)
    assert settings.most_attention == 2**28
    large = settings.model_copy(update={"maximum_source_pieces": 4000})
    assert large.most_attention == 16 * 4 * (5200 + 3) * 4001  # what the run does is possible


def test_score(signatures, translator, texts):
    targets = [*sentences(4, len(texts) - 2), "", "a man sees " * 20]
    found = ask(signatures["score"], source=texts, target=targets)
    expected = translator.score(texts, targets)
    np.testing.assert_allclose(found["log_prob"], [one.log_prob for one in expected], rtol=1e-4)
    assert found["target_lengths"].tolist() == [one.tokens for one in expected]
    np.testing.assert_allclose(found["token_log_probs"].sum(axis=1), found["log_prob"], rtol=1e-5)
    mean = found["log_prob"] / found["target_lengths"]
    np.testing.assert_allclose(np.log(found["perplexity"]), -mean, rtol=1e-4)
    with pytest.raises(tf.errors.InvalidArgumentError, match="do not pair up"):
        ask(signatures["score"], source=["a", "b"], target=["a"])


def test_ids_do_what_text_does(signatures, translator, texts):
    tokens = ask(signatures["tokenize"], text=texts)
    encoded = translator.source_tokenizer.encode([text if text.strip() else "" for text in texts])
    assert [[one for one in row if one] for row in tokens["ids"].tolist()] == encoded
    assert tokens["lengths"].tolist() == [len(row) for row in encoded]
    assert [[piece for piece in strings(row) if piece] for row in tokens["pieces"]] == (
        translator.source_tokenizer.pieces(encoded)
    )
    found = ask(signatures["ids"], source_ids=tokens["ids"])
    text = ask(signatures["detokenize"], ids=found["target_ids"])["text"]
    default = ask(signatures["serving_default"], text=texts)
    assert text.tolist() == default["translation"].tolist()
    np.testing.assert_array_equal(found["score"], default["score"])
    np.testing.assert_array_equal(found["truncated"], default["truncated"])
    assert not np.any(found["target_ids"] == END_ID)
    for wrong, message in (
        ([[67]], "not of the vocabulary"),
        ([[-1]], "not of the vocabulary"),
        ([[5, 0, 5]], "between"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            ask(signatures["ids"], source_ids=wrong)
        if message != "between" or wrong != [[5, 0, 5]]:
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                ask(signatures["detokenize"], ids=wrong)


def test_bytes_that_are_not_utf8_are_answered_as_replacement_characters(signatures):
    wrong = [b"a man\xff", b"\xff\xfe", b"the \xe2\x82 cat", b"\xc0\x80", b"\xed\xa0\x80 dog"]
    replaced = [text.decode("utf-8", errors="replace").encode() for text in wrong]
    for one, other in ((wrong, replaced), (wrong[::-1], replaced[::-1])):
        left, right = (ask(signatures["serving_default"], text=texts) for texts in (one, other))
        assert left["translation"].tolist() == right["translation"].tolist()
        np.testing.assert_array_equal(left["score"], right["score"])
    assert ask(signatures["score"], source=wrong, target=wrong)["log_prob"].tolist() == (
        ask(signatures["score"], source=replaced, target=replaced)["log_prob"].tolist()
    )


def test_every_character_stays_what_it_is():
    every = [chr(code).encode() for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert as_utf8(tf.constant(every)).numpy().tolist() == every


def test_white_space_is_what_python_calls_so(signatures):
    every = [chr(code) for code in range(0x3100) if chr(code).isspace()]
    pattern = tf.strings.regex_full_match([chr(code) for code in range(1, 0x3100)], f"[{WHITE_SPACE}]")
    assert [chr(code) for code, blank in enumerate(pattern.numpy(), start=1) if blank] == every


# --- the folder -------------------------------------------------------------------------------------------------------


def test_an_export_is_complete(exported):
    version = exported / "1"
    for name in ("saved_model.pb", "variables", "assets.extra/tf_serving_warmup_requests", "README.md"):
        assert (version / name).exists(), name
    for name in ("models.config", "batching_parameters.txt", "docker-compose.yaml", "README.md"):
        assert (exported / name).exists(), name
    assert [path.name for path in exported.glob(".*")] == [LOCK_NAME]
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == 1
    assert manifest["checkpoint"]["step"] == 12
    assert manifest["configuration"]["search"]["beams"] == 4
    assert manifest["training_data"]["fingerprint"] == "f" * 64
    assert len(manifest["tokenizers"]["source"]["sha256"]) == 64
    assert manifest["packages"]["tensorflow"] == tf.__version__
    (bleu,) = [score for score in manifest["scores"] if score["name"] == "BLEU"]
    assert bleu["value"] == 12.5
    assert "tok:13a" in bleu["signature"]
    assert set(manifest["signatures"]) == {"serving_default", "translate", "score", "tokenize", "detokenize", "ids"}
    assert manifest["signatures"]["translate"]["inputs"]["text"] == {"dtype": "string", "shape": [-1]}
    assert "12.50" in (version / "README.md").read_text(encoding="utf-8")


def test_only_operations_that_every_server_has(exported):
    graph = operations.read_graph(exported / "1")
    names = operations.list_operations(graph)
    assert operations.unportable(names) == []
    assert operations.unportable(names, text=False) == sorted(operations.TEXT_OPERATIONS)
    assert not [name for name in names if "Cudnn" in name]
    assert "Softmax" in names  # of a function inside a loop inside a function
    operations.check_devices(operations.list_devices(graph))
    assert operations.unportable(["MatMul", "CudnnRNNV3", "EagerPyFunc", "SentencepieceOp", "Addons>Beam"]) == [
        "CudnnRNNV3",
        "EagerPyFunc",
        "Addons>Beam",
    ]


def test_an_operation_of_python_is_found(tmp_path):
    class Python(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([])])
        def ask(self, value):
            return {"answer": tf.py_function(lambda one: one + 1, [value], tf.float32)}

    module = Python()
    tf.saved_model.save(module, str(tmp_path), signatures=module.ask)
    with pytest.raises(ExportError, match="EagerPyFunc"):
        operations.check_operations(operations.list_operations(operations.read_graph(tmp_path)))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_machine_with_a_gpu_makes_the_same_graph(monkeypatch, kind):
    """Keras chooses cuDNN when it traces, if the machine has a GPU: the rival, which is left to choose, gets it."""
    recurrent = {"kind": kind, "depth": 2, "units": 5}
    sections = {"embedding_units": 7, "encoder": {**recurrent, "bidirectional": "all"}, "decoder": recurrent}
    gpu = tf.config.LogicalDevice("/device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind=None: [gpu])
    found = {}
    for use_cudnn in (False, "auto"):
        model = build_model(ModelSection.model_validate(sections), 11, 13, seed=1, use_cudnn=use_cudnn)
        start = tf.function(model.start, autograph=False).get_concrete_function(tf.TensorSpec([None, None], tf.int32))
        found[use_cudnn] = operations.unportable(operations.list_operations(start.graph.as_graph_def()))
    assert found == {False: [], "auto": ["CudnnRNNV3"]}


@pytest.mark.slow  # one more export and its process
def test_an_export_made_beside_a_gpu_is_published_and_one_with_its_kernels_is_not(run, tmp_path, monkeypatch):
    real = TextModel.functions
    gpu = tf.config.LogicalDevice("/device:GPU:0", "GPU")

    def traced_beside_a_gpu(module):
        with monkeypatch.context() as while_tracing:
            while_tracing.setattr(tf.config, "list_logical_devices", lambda kind=None: [gpu])
            return real(module)

    monkeypatch.setattr(TextModel, "functions", traced_beside_a_gpu)
    graph = operations.read_graph(export(run, tmp_path / "en-de"))
    assert operations.unportable(operations.list_operations(graph)) == []
    careless = load_model
    monkeypatch.setattr(
        "seq2seq.workflows.load.load_model", lambda *parts, use_cudnn="auto", **how: careless(*parts, **how)
    )
    with pytest.raises(ExportError, match="may lack — given CudnnRNNV3"):
        export(run, tmp_path / "en-de")
    assert contents(tmp_path / "en-de") == [
        "1",
        "README.md",
        "batching_parameters.txt",
        "docker-compose.yaml",
        "models.config",
    ]


def test_operations_that_are_bound_to_a_device_are_found(tmp_path):
    class Bound(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([])])
        def ask(self, value):
            with tf.device("/GPU:0"):
                return {"answer": tf.while_loop(lambda one: one < 3, lambda one: one + 1, [value])[0]}

    tf.saved_model.save(module := Bound(), str(tmp_path), signatures=module.ask)
    devices = operations.list_devices(operations.read_graph(tmp_path))
    assert "GPU" in devices
    with pytest.raises(ExportError, match=r"binds operations to devices .* given GPU "):
        operations.check_devices(devices)
    operations.check_devices(["CPU", "cpu"])


def test_warmup_requests_are_answered(exported, signatures):
    requests = read_warmup(exported / "1")
    assert {len(request.inputs["text"]) for request in requests} == {1, 4, 9 + 7}
    assert {request.signature for request in requests} == {"serving_default", "translate"}
    for request in requests:
        assert ask(signatures[request.signature], **request.inputs)


def test_a_warmup_record_is_what_protobuf_says():
    """Byte by byte: field 6 { field 1 { field 1 { 1: name, 3: signature }, field 2 { 1: key, 2: TensorProto } } }."""
    tensor = tf.make_tensor_proto(["a"]).SerializeToString()

    def message(number: int, value: bytes) -> bytes:
        return bytes([number << 3 | 2, len(value)]) + value

    spec = message(1, message(1, b"en-de") + message(3, b"score"))
    expected = message(6, message(1, spec + message(2, message(1, b"text") + message(2, tensor))))
    assert prediction_log("en-de", Request("score", {"text": ["a"]})).SerializeToString() == expected


def test_versions_are_counted_and_never_overwritten(tmp_path):
    folder = tmp_path / "en-de"
    assert choose_version(folder, None) == 1
    for name in ("2", "10", "007", "٣", ".new-11-x", "evaluation", "+14", str(2**63)):
        (folder / name).mkdir(parents=True)
    (folder / "12").write_text("a file", encoding="utf-8")
    assert list(version_folders(folder)) == [2, 7, 10]
    assert choose_version(folder, None) == 11
    assert choose_version(folder, 3) == 3
    for version in (2, 12, 0, 7):
        with pytest.raises(ExportError, match=f"given .*{version}"):
            choose_version(folder, version)
    with pytest.raises(ExportError, match="is a file"):
        choose_version(folder / "12", None)


def test_versions_are_those_that_tensorflow_serving_would_see(tmp_path):
    """It reads names as 64-bit numbers, in their order by name, and of two with one number it takes the later."""
    assert [version_number(name) for name in ("0", "7", "007", str(2**63 - 1))] == [0, 7, 7, 2**63 - 1]
    assert [version_number(name) for name in (str(2**63), "", "-7", "7.0", "٣", "seven", "1_0")] == [None] * 7
    for name in ("0008", "6"):
        (tmp_path / name).mkdir()
        for file in ("saved_model.pb", "manifest.json"):
            (tmp_path / name / file).write_bytes(b"")
    assert find_version(tmp_path) == tmp_path / "0008"
    (tmp_path / "8").mkdir()
    assert version_folders(tmp_path) == {6: tmp_path / "6", 8: tmp_path / "8"}


def test_a_version_appears_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "en-de"
    with new_version(folder, 3) as aside:
        (aside / "saved_model.pb").write_text("half", encoding="utf-8")
        assert aside.parent == folder
        assert version_folders(folder) == {}
    assert (folder / "3" / "saved_model.pb").exists()

    def interrupted():
        with new_version(folder, 4) as aside:
            (aside / "saved_model.pb").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(ExportError, match="meanwhile"), new_version(folder, 5):
        (folder / "5").mkdir()
    assert contents(folder) == ["3", "5"]


def test_of_two_exports_with_one_number_the_later_is_refused(tmp_path, monkeypatch):
    """Also where the other one gets its name after the question whether it has."""
    folder = tmp_path / "en-de"

    def make_both():
        with new_version(folder, 1):
            (folder / "1").mkdir()
            (folder / "1" / "saved_model.pb").write_bytes(b"the other's")
            monkeypatch.setattr(Path, "exists", lambda path: path.name != "1" and os.path.exists(path))

    with pytest.raises(ExportError, match="meanwhile"):
        make_both()
    assert contents(folder) == ["1"]


def test_what_a_killed_export_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    folder = tmp_path / "en-de"
    script = (
        "import pathlib, sys, time\n"
        "from seq2seq.export.versions import new_version\n"
        "with new_version(pathlib.Path(sys.argv[1]), 3) as aside:\n"
        "    (aside / 'saved_model.pb').write_text('half')\n"
        "    print(aside.name, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True) as other:
        try:
            aside = other.stdout.readline().strip()
            assert aside.startswith(".new-3-")
            with new_version(folder, 1):
                pass
            assert contents(folder) == [aside, "1"]
        finally:
            other.kill()
    assert contents(folder) == [aside, "1"]
    with new_version(folder, 2) as other_aside:
        assert contents(folder) == [other_aside.name, "1"]
    assert contents(folder) == ["1", "2"]


def contents(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != LOCK_NAME)


# --- the self-test ----------------------------------------------------------------------------------------------------


def test_what_answers_otherwise_is_never_published(run, tmp_path, monkeypatch):
    store = StoredWeights._store

    def store_wrongly(self, path, value, storage):
        store(self, path, value * 1.2 if path.endswith("projection/bias") else value, storage)

    monkeypatch.setattr(StoredWeights, "_store", store_wrongly)
    with pytest.raises(ExportError, match=r"does not answer as the run does — .*the export gives .*the run"):
        export(
            run, tmp_path / "en-de", ids_only=True
        )  # the smaller export and self-test; both kinds are published alike
    assert contents(tmp_path / "en-de") == []


def test_the_self_test_tells_an_export_from_another_model(exported, signatures, run, texts, monkeypatch):
    """Its questions are answered in this process, which has loaded the export already."""

    def answer(folder, calls):
        assert folder == exported / "1"
        return [
            {
                name: tf.nest.map_structure(as_text, array.tolist())
                for name, array in ask(signatures[call["signature"]], **call["inputs"]).items()
            }
            for call in calls
        ]

    def as_text(value):
        return value.decode() if isinstance(value, bytes) else value

    monkeypatch.setattr(self_test, "ask", answer)
    own = load_run(run)
    self_test.self_test(exported / "1", own, texts)
    bias = own.model.vocabulary_projection.bias
    bias.assign(bias * 1.01)  # most translations stay, and no score does
    with pytest.raises(ExportError, match=r"serving_default, line .*the export gives .*the run"):
        self_test.self_test(exported / "1", own, texts)


def test_the_process_finds_packages_wherever_they_are_installed(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in ("lib/site-packages", "lib64/site-packages", "user/dist-packages", "source")]
    for folder in folders:
        folder.mkdir(parents=True)
    gone = tmp_path / "gone" / "site-packages"
    monkeypatch.setattr(sys, "path", [str(path) for path in [*folders, gone, folders[0]]])
    own = str(Path(tf.__file__).parents[1])
    assert self_test.package_folders() == [*map(str, folders[:3]), own]


def test_a_difference_is_told_with_its_line():
    with pytest.raises(ExportError, match=r"'A man\.'.*'Ein Hund', -1\.5.*'Ein Mann', -0\.5"):
        self_test.check_answer("serving_default", "A man.", False, ("Ein Hund", -1.5), ("Ein Mann", -0.5))


def test_bad_requests_of_an_export_come_before_any_work(run, tmp_path, exported):
    with pytest.raises(ExportError, match="did you mean 'int8'"):
        export(run, tmp_path / "en-de", storage="int9")
    with pytest.raises(DataError, match="nowhere"):
        export(run, tmp_path / "en-de", lines=tmp_path / "nowhere")
    with pytest.raises(ExportError, match="exists already"):
        export(run, exported, version=1)
    assert not (tmp_path / "en-de").exists()


@pytest.mark.parametrize("name", ['en"de', "en:de", "en de", "en-日本", "en#de", "{en}"])
def test_names_that_no_address_can_hold_are_refused(run, tmp_path, name):
    with pytest.raises(ExportError, match="name that no address can hold"):
        export(run, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_where_one_stands_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "en-de").mkdir()
    monkeypatch.chdir(tmp_path / "en-de")
    assert model_name(Path()) == "en-de"
    with pytest.raises(ExportError, match="given ''"):
        model_name(Path("/"))


def test_lines_are_read_as_all_text_is(tmp_path):
    path = tmp_path / "lines.gz"
    path.write_bytes(gzip.compress("\ufeffone\r\n\ntwo\u2028three\n".encode()))
    assert export_workflow._read_lines(None, path) == ["one", "two\u2028three"]


def test_a_torn_file_of_a_run_tells_nothing(tmp_path):
    for text in ('{"bleu": 1', "[]"):
        (tmp_path / "scores.json").write_text(text, encoding="utf-8")
        assert export_facts.read_json(tmp_path / "scores.json") == {}


def test_lines_are_spread():
    assert spread(["a", "b", "c", "d", "e"], 9) == ["a", "b", "c", "d", "e"]
    assert spread([str(number) for number in range(10)], 4) == ["0", "3", "6", "9"]


# --- ids alone --------------------------------------------------------------------------------------------------------


def test_ids_only_needs_no_tensorflow_text(run, tmp_path):
    """Its self-test runs without the package; here the graph is asked for its operations."""
    version = export(run, tmp_path / "en-de-ids", ids_only=True)
    names = operations.list_operations(operations.read_graph(version))
    assert operations.unportable(names, text=False) == []
    assert set(json.loads((version / "manifest.json").read_text())["signatures"]) == {"ids", "serving_default"}
    with pytest.raises(ExportError, match="takes ids alone"):
        load(version)


# --- an export as a translator ----------------------------------------------------------------------------------------


def test_an_export_translates_as_its_run(exported, translator, texts):
    for folder in (exported, exported / "1"):
        export_translator = load(folder)
        found = export_translator.translate(texts, n_best=2, attention=True)
        for one, other in zip(found, translator.translate(texts, n_best=2, attention=True), strict=True):
            for left, right in [(one, other), *zip(one.alternatives, other.alternatives, strict=True)]:
                assert left.text == right.text
                assert left.target_ids == right.target_ids
                assert left.target_pieces == right.target_pieces
                assert left.source_pieces == right.source_pieces
                assert left.source_truncated == right.source_truncated
                assert left.target_truncated == right.target_truncated
                assert left.score == pytest.approx(right.score, abs=1e-4)
                np.testing.assert_allclose(left.attention, right.attention, atol=1e-5)
                np.testing.assert_allclose(left.token_log_probs, right.token_log_probs, atol=1e-4)
    assert [one.text for one in export_translator.translate(texts, beams=1, length_penalty=0.0)] == [
        one.text for one in translator.translate(texts, beams=1, length_penalty=0.0)
    ]
    scores = zip(export_translator.score(texts, texts), translator.score(texts, texts), strict=True)
    for one, other in scores:
        assert one.tokens == other.tokens
        assert one.log_prob == pytest.approx(other.log_prob, rel=1e-4)
    assert export_translator.translate([]) == []
    with pytest.raises(ConfigurationError, match="at most 64"):
        export_translator.translate(["a man"], beams=65)


def test_commands_take_an_export_as_they_take_a_run(run, exported, tmp_path, texts):
    source = tmp_path / "in.txt"
    source.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    for name, folder in (("run", run), ("export", exported)):
        report = translate(folder, [str(source)], tmp_path / name, scores=True)
        assert report.cut.count == 1
        scored = evaluate(folder, output=tmp_path / f"{name}-scores")
        assert scored.lines == 9
    assert (tmp_path / "export").read_text() == (tmp_path / "run").read_text()
    one, other = (json.loads((tmp_path / f"{name}-scores" / "scores.json").read_text()) for name in ("run", "export"))
    assert one["bleu"] == other["bleu"]
    assert one["perplexity"] == pytest.approx(other["perplexity"], rel=1e-4)
    assert other["checkpoint"] == "step-00000012"
    with pytest.raises(ExportError, match="one checkpoint"):
        load(exported, "last")


def test_what_is_pinned_stays_while_others_train_and_export(run, exported, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    shutil.copytree(exported, tmp_path / "en-de")
    chosen = pinned(tmp_path / "run"), pinned(tmp_path / "en-de")
    assert chosen == ((tmp_path / "run", "step-00000012"), (tmp_path / "en-de" / "1", "step-00000012"))
    before = [identity(*one) for one in chosen]
    assert before == [identity(run), identity(exported)]  # wherever it lies
    # A better checkpoint, and a newer version, whose manifests differ in a number.
    for old, new in (("run/checkpoints/step-00000012", "step-00000034"), ("en-de/1", "2")):
        newer = (tmp_path / old).with_name(new)
        shutil.copytree(tmp_path / old, newer)
        text = (newer / "manifest.json").read_text()
        changed = text.replace('"perplexity": 7.25', '"perplexity": 1.25').replace('"version": 1', '"version": 2')
        assert changed != text
        (newer / "manifest.json").write_text(changed)
    assert pinned(tmp_path / "run")[1] == "step-00000034"
    assert pinned(tmp_path / "en-de")[0] == tmp_path / "en-de" / "2"
    assert [identity(*one) for one in chosen] == before
    assert [identity(place) for place in (tmp_path / "run", tmp_path / "en-de")] != before
    assert load(*chosen[1]).manifest["version"] == 1
    with pytest.raises(ExportError, match="one checkpoint"):
        pinned(tmp_path / "en-de", "step-00000034")


def test_an_evaluation_lies_beside_the_version_that_it_is_of(exported, tmp_path, monkeypatch):
    folder = tmp_path / "en-de"
    shutil.copytree(exported, folder)
    before = {path: path.read_bytes() for path in (folder / "1").rglob("*") if path.is_file()}
    for given, beams in ((folder, 1), (folder / "1", 2)):
        evaluate(given, beams=beams)
    monkeypatch.chdir(folder / "1")
    evaluate(".", beams=3)
    assert {path: path.read_bytes() for path in (folder / "1").rglob("*") if path.is_file()} == before
    found = sorted(path.name for path in (folder / "evaluation" / "1").iterdir())
    assert found == ["validation-beams1", "validation-beams2", "validation-beams3"]
    assert (folder / "evaluation" / "1" / "validation-beams3" / "scores.json").is_file()
    assert list(version_folders(folder)) == [1]


def test_a_torn_export_is_named(exported, tmp_path):
    (tmp_path / "en-de" / "3").mkdir(parents=True)
    with pytest.raises(ExportError, match="no whole version"):
        load(tmp_path / "en-de")
    version = tmp_path / "en-de" / "3"
    (version / "manifest.json").write_bytes((exported / "1" / "manifest.json").read_bytes())
    (version / "saved_model.pb").write_bytes(b"")
    with pytest.raises(ExportError, match="cannot be loaded"):
        load_export(version)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1, "na', "cannot be read"),
        ("[1]", "no manifest"),
        ('{"format": 99}', "given 99 in .* knows 1"),
        ('{"format": 1, "configuration": {}}', "without 'checkpoint'"),
    ],
)
def test_a_torn_or_later_manifest_is_named(tmp_path, text, message):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    for read in (load_export, load, describe):
        with pytest.raises(ExportError, match=message):
            read(tmp_path)


# --- storage ----------------------------------------------------------------------------------------------------------


def test_quantized_by_hand():
    integers, scale = quantized(np.asarray([[254.0, 1.0], [-127.0, 0.0]], "float32"), axis=1)
    np.testing.assert_array_equal(integers, [[127, 127], [-64, 0]])
    np.testing.assert_allclose(scale, [[2.0, 1 / 127]], rtol=1e-6)
    integers, scale = quantized(np.asarray([[254.0, 1.0], [0.0, 0.0]], "float32"), axis=0)
    np.testing.assert_array_equal(integers, [[127, 0], [0, 0]])
    np.testing.assert_allclose(scale, [[2.0], [1.0]])


@pytest.mark.parametrize(
    ("storage", "share", "error"),
    [("bfloat16", 0.5, 2**-8), pytest.param("float16", 0.5, 2**-11, marks=pytest.mark.slow), ("int8", 0.6, None)],
)
def test_stored_weights_are_smaller_and_translate_as_their_rounding(run, storage, share, error, texts, monkeypatch):
    monkeypatch.setattr("seq2seq.export.storage.LARGE_MATRIX", 60)
    config = RunFolder(run).configuration()
    own = load_run(run)
    tokenizer = own.source_tokenizer
    model = build_model(config.model, 67, 67, seed=1, use_cudnn=False)
    model.set_weights(own.model.get_weights())
    weights = StoredWeights(model, storage)
    assert weights.bytes <= share * 4 * model.count_params()
    before = {variable.path: np.array(variable.numpy()) for variable in model.weights}
    for path, value in before.items():
        # int8: at most half a step of the largest weight of the channel
        bound = error * np.abs(value) if error else np.abs(value).max() / 127 * 0.51
        assert np.all(np.abs(weights.read(path).numpy() - value) <= bound + 1e-7), path
    module = TextModel(model, weights, SearchSettings(**config.search.model_dump()), tokenizer, tokenizer)
    found = tf.function(module.translate_text)(tf.constant(texts))
    weights.write_into(model)
    rounded = make_translator(model, tokenizer, tokenizer, config.search).translate(texts)
    assert strings(found["translation"].numpy()) == [one.text for one in rounded]
    np.testing.assert_allclose(found["score"], [one.score for one in rounded], atol=1e-4)
    original = [one.score for one in own.translate(texts)]
    assert np.abs(np.asarray([one.score for one in rounded]) - original).max() > 1e-4  # it is rounded indeed


@pytest.mark.slow  # one more export and its process; the rounding itself is tested above
def test_an_export_of_rounded_weights_passes_its_test(run, tmp_path):
    version = export(run, tmp_path / "en-de", storage="bfloat16", version=7)
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["storage"]["kind"] == "bfloat16"
    assert manifest["storage"]["bytes"] == 2 * manifest["parameters"]


# --- the run's search -------------------------------------------------------------------------------------------------


@pytest.mark.slow  # one more export and its process, which compares its answers with the run's
def test_an_export_searches_as_its_run_is_configured(tmp_path, translator, texts):
    settings = {
        "length_penalty_offset": 0.0,
        "coverage_penalty": 0.3,
        "minimum_length": 3,
        "maximum_length": 9,
        "no_repeat_ngram_size": 2,
        "repetition_penalty": 1.2,
        "forbidden": ["the", "a man"],
    }
    folder = tmp_path / "en-de"
    searched = make_run(tmp_path, **settings)
    export(searched, folder)
    loaded = load(folder)
    found = loaded.translate(texts, n_best=2), load_run(searched).translate(texts, n_best=2)
    changed = 0
    for one, other, plain in zip(*found, translator.translate(texts), strict=True):
        assert one.target_ids == other.target_ids
        assert one.score == pytest.approx(other.score, rel=1e-4)
        assert len(one.target_ids) <= 9
        changed += one.target_ids != plain.target_ids
    assert changed > len(texts) // 2
    assert loaded.search.repetition_penalty == 1.2
    with pytest.raises(ConfigurationError, match="searches as it was exported — given no_repeat_ngram_size 3"):
        loaded.translate(["a man"], no_repeat_ngram_size=3)


def test_what_no_graph_holds_is_not_exported_and_not_asked_of_an_export(exported, tmp_path):
    loaded = load(exported)
    for options, message in (
        ({"sample": {}}, "searches as it was exported — given sample"),
        ({"distinct": True}, "given distinct True"),
        ({"forbidden": ["man"]}, "given forbidden"),
        ({"maximum_ratio": 99.0}, "maximum_ratio is too large"),
        ({"constraints": [Constraint(prefix="the")]}, "takes no constraints"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            loaded.translate(["a man"], **options)
    for name, value in (("sample", {}), ("distinct", True), ("diversity", {"groups": 2})):
        folder = tmp_path / name
        folder.mkdir()
        with pytest.raises(ExportError, match=f"search.{name} cannot be exported"):
            export(make_run(folder, **{name: value}), folder / "en-de")

"""Checkpoint folders: whole or absent, verified, ranked and pruned."""

from __future__ import annotations

import json

import pytest

from seq2seq.errors import CheckpointError, TokenizerError
from seq2seq.training import checkpoints
from seq2seq.training.checkpoints import CheckpointStore, read_checkpoint
from seq2seq.training.metrics_log import MetricsLog


@pytest.fixture
def store(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    return CheckpointStore(tmp_path / "checkpoints", metric="bleu", keep_best=2, keep_last=1)


def _save(store, step, bleu=None, perplexity=9.0, content="weights"):
    return store.save(
        f"step-{step:08d}",
        lambda folder: (folder / "model.weights.h5").write_text(f"{content} {step}"),
        step=step,
        epoch=0,
        batches=step,
        metrics={} if bleu is None else {"bleu": bleu, "perplexity": perplexity},
        tokenizers=["source", "target"],
    )


def _names(checkpoints):
    return [checkpoint.step for checkpoint in checkpoints]


def test_the_best_and_the_last_stay_and_the_others_go_after_the_new_one_is_there(store):
    for step, bleu in ((1, 30.0), (2, 10.0), (3, 40.0), (4, 20.0), (5, None)):
        _save(store, step, bleu)
    assert _names(store.all()) == [1, 3, 5]
    assert _names(store.ranked(store.all())) == [3, 1]
    assert store.get("best").step == 3
    assert store.get("last").step == 5
    assert store.get("step-00000001").step == 1
    assert (store.folder.parent / "best").read_text() == "step-00000003\n"
    assert (store.folder.parent / "last").read_text() == "step-00000005\n"
    assert not list(store.folder.glob(".*"))


def test_a_lower_perplexity_is_better_and_parts_equal_bleu(store, tmp_path):
    _save(store, 1, 30.0, perplexity=8.0)
    _save(store, 2, 30.0, perplexity=7.0)
    assert store.get("best").step == 2
    assert not store.would_lead({"bleu": 30.0, "perplexity": 7.5})
    assert store.would_lead({"bleu": 30.1, "perplexity": 99.0})
    assert not store.would_lead({"bleu": None, "perplexity": 1.0})
    by_perplexity = CheckpointStore(store.folder, metric="perplexity")
    assert by_perplexity.get("best").step == 2


def test_without_a_validation_the_last_is_the_best(store):
    _save(store, 1)
    _save(store, 2)
    assert store.get("best").step == 2


def test_a_write_that_fails_leaves_nothing_under_the_name(store):
    def write(folder):
        (folder / "model.weights.h5").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.save("step-00000001", write, step=1, epoch=0, batches=1, metrics={}, tokenizers=[])
    assert store.all() == []
    assert list(store.folder.glob(".new-*"))
    store.remove_leftovers()
    assert not list(store.folder.glob(".*"))


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "manifest", "no manifest"])
def test_a_damaged_checkpoint_is_refused_by_name_and_passed_over_by_a_resume(store, damage):
    _save(store, 1, 10.0)
    newest = _save(store, 2, 20.0).path
    weights, manifest = newest / "model.weights.h5", newest / "manifest.json"
    if damage == "flip":
        weights.write_bytes(b"X" + weights.read_bytes()[1:])
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-1])
    elif damage == "remove":
        weights.unlink()
    elif damage == "manifest":
        manifest.write_text(manifest.read_text()[:40])
    else:
        manifest.unlink()
    with pytest.raises(CheckpointError, match="corrupt"):
        store.get("step-00000002")
    found, skipped = store.newest_whole()
    assert found is not None
    assert found.step == 1
    assert len(skipped) == 1
    assert "step-00000002" in skipped[0]
    store.remove_after(found)
    assert [path.name for path in store.folder.iterdir()] == ["step-00000001"]


def test_a_torn_best_is_an_error_and_not_the_second_best_in_silence(store):
    _save(store, 1, 30.0)
    _save(store, 2, 40.0)
    assert store.get("best").step == 2
    (store.folder / "step-00000002" / "manifest.json").write_text("{")
    for name in ("best", "last", "step-00000002"):
        with pytest.raises(CheckpointError, match="step-00000002"):
            store.get(name)
    assert store.get("step-00000001").step == 1


def test_one_reader_is_strict_and_the_other_says_what_it_passed_over(store):
    for step in (1, 2, 3):
        _save(store, step, 10.0 * step)
    (store.folder / "step-00000003" / "manifest.json").unlink()
    assert _names(store.readable()[0]) == [2]
    (reason,) = store.readable()[1]
    assert reason.startswith("step-00000003: corrupt checkpoint")
    with pytest.raises(CheckpointError, match="step-00000003"):
        store.all()
    assert store.would_lead({"bleu": 25.0, "perplexity": 1.0})  # a training goes on without the torn one


def test_every_manifest_is_read_once(store, monkeypatch):
    for step in (1, 2, 3):
        _save(store, step, 10.0 * step)
    read = []

    def reading(path):
        read.append(path.name)
        return read_checkpoint(path)

    monkeypatch.setattr(checkpoints, "read_checkpoint", reading)
    for ask in (lambda: store.get("best"), lambda: store.get("last"), store.newest_whole, store.prune):
        read.clear()
        ask()
        assert read == ["step-00000002", "step-00000003"]


def test_a_manifest_is_json_whatever_was_measured(store):
    path = _save(store, 1, 10.0, perplexity=float("inf")).path / "manifest.json"
    assert json.loads(path.read_text(), parse_constant=pytest.fail)["metrics"] == {"bleu": 10.0, "perplexity": None}
    _save(store, 2, 10.0, perplexity=5.0)
    assert _names(store.ranked(store.all())) == [2, 1]


def test_only_what_a_killed_write_left_is_removed(store):
    _save(store, 1, 30.0)
    (store.folder / ".DS_Store").write_text("a file manager's")
    (store.folder / ".new-step-00000002").mkdir()
    (store.folder / ".old-step-00000000").mkdir()
    store.remove_leftovers()
    assert sorted(path.name for path in store.folder.iterdir()) == [".DS_Store", "step-00000001"]


def test_an_unknown_name_gets_the_nearest_one(store):
    _save(store, 12, 10.0)
    with pytest.raises(CheckpointError, match="did you mean 'step-00000012'"):
        store.get("step-0000012")
    with pytest.raises(CheckpointError, match="train first"):
        CheckpointStore(store.folder / "nothing", metric="bleu").get("last")


def test_a_checkpoint_knows_its_tokenizers(store):
    checkpoint = read_checkpoint(_save(store, 1).path)
    checkpoint.check_tokenizers("source", "target")
    with pytest.raises(TokenizerError, match="the target tokenizer does not belong"):
        checkpoint.check_tokenizers("source", "another")


def test_the_log_is_cut_back_to_where_the_checkpoint_was_written(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.write("train", step=1, loss=0.123456789)
    position = log.sync()
    log.write("train", step=2, loss=float("nan"))
    log.path.write_text(log.path.read_text() + '{"event": "tr')
    log.cut(position)
    log.write("train", step=2, loss=0.5)
    assert [json.loads(line) for line in log.path.read_text().splitlines()] == [
        {"event": "train", "step": 1, "loss": 0.123457},
        {"event": "train", "step": 2, "loss": 0.5},
    ]

"""From a configuration to a run folder, and what can be done with one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from mirror_text import write_mirror_run
from weights_file import weights_in

import seq2seq
from seq2seq.config import load_configuration
from seq2seq.errors import CheckpointError, ConfigurationError, DataError, RunError, TokenizerError
from seq2seq.evaluation import perplexity
from seq2seq.text import Tokenizer
from seq2seq.training import run_folder
from seq2seq.training.run_folder import RunFolder, version_changes, versions
from seq2seq.workflows.average import average
from seq2seq.workflows.load import make_translator
from seq2seq.workflows.places import with_absolute_places
from seq2seq.workflows.tasks.translation_trainer import build_translation_trainer
from seq2seq.workflows.train import check, resume, train
from seq2seq.workflows.training_text import read_text

CONFIG = """\
  batches: {size: 8}
  filters: {maximum_pieces: 12}
tokenizer: {vocabulary_size: 24, shared: false}
model:
  embedding_units: 7
  encoder: {kind: simple_rnn, units: 6, bidirectional: none}
  decoder: {kind: simple_rnn, units: 6}
training:
  maximum_epochs: 3
  optimizer: {learning_rate: 0.02}
  log_every_steps: 4
  validation: {bleu_lines: 3}
  checkpoints: {metric: perplexity}
search: {beams: 2}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished run: its configuration file and its folder."""
    folder = tmp_path_factory.mktemp("made")
    config = write_mirror_run(folder, CONFIG, pairs=60)
    return config, train(load_configuration(config), folder / "runs")


@pytest.fixture
def copied(made, tmp_path):
    """The same, to be spoiled."""
    config, run = made
    shutil.copytree(run.path, tmp_path / "runs" / "tiny")
    return config, RunFolder(tmp_path / "runs" / "tiny")


def test_a_run_folder_holds_all_that_is_needed(made):
    _, run = made
    names = {path.name for path in run.path.iterdir()}
    assert names == {
        *("config.yaml", "versions.json", "data.json", "metrics.jsonl", "curves.png", "lock"),
        *("tokenizer", "checkpoints", "best", "last"),
    }
    assert {path.name for path in run.tokenizer_folder.iterdir()} == {"source.model", "target.model"}
    assert run.configuration() == load_configuration(run.config_path)


def test_it_is_loaded_and_translates(made):
    _, run = made
    translator = seq2seq.load(run.path)
    assert len(translator.translate(["a b c", ""])) == 2
    assert translator.beams == 2
    last = seq2seq.load(run.path, checkpoint="last").score(["a b c"], ["c b a"])
    named = seq2seq.load(run.path, checkpoint=(run.path / "last").read_text().strip()).score(["a b c"], ["c b a"])
    assert last == named


def test_an_average_is_the_mean_and_is_loaded_by_its_name(copied):
    _, run = copied
    made = average(run.path, 2, by="best")
    store = run.store(run.configuration().training)
    names = [checkpoint.name for checkpoint in store.ranked(store.all())[:2]]
    assert made.manifest["averaged"] == names
    weights = [seq2seq.load(run.path, checkpoint=name).model.get_weights() for name in (*names, made.name)]
    for first, second, mean in zip(*weights, strict=True):
        np.testing.assert_allclose(mean, (first.astype("float64") + second) / 2, atol=1e-7)
        assert first.ndim == 1 or not np.array_equal(first, second)
    with pytest.raises(CheckpointError, match="exists already"):
        average(run.path, 2, by="best")
    with pytest.raises(CheckpointError, match=r"cannot average 4 .* has 3"):
        average(run.path, 4)
    (run.checkpoint_folder / names[0] / "manifest.json").write_text("{")
    with pytest.raises(CheckpointError, match=f"corrupt checkpoint.*{names[0]}"):  # and not of the others, in silence
        average(run.path, 2, by="last")


def test_a_finished_run_goes_on_from_its_newest_whole_checkpoint_when_given_more_epochs(copied, capsys):
    config, run = copied
    (run.checkpoint_folder / "step-00000024" / "training.npz").write_bytes(b"torn")
    before = json.loads(run.versions_path.read_text())
    run.versions_path.write_text(json.dumps({**before, "keras": "3.0.1"}))
    with pytest.raises(CheckpointError, match="corrupt"):
        seq2seq.load(run.path, checkpoint="last")
    train(load_configuration(config, ["training.maximum_epochs=4"]), run.path.parent, resume=True)
    said = capsys.readouterr().out
    assert "changed: training.maximum_epochs: 3 -> 4" in said
    assert f"changed: keras 3.0.1 -> {before['keras']}\nonly with equal versions" in said
    assert "skipped: step-00000024" in said
    assert "continuing from step-00000016" in said
    assert run.configuration().training.maximum_epochs == 4
    assert (run.path / "last").read_text() == "step-00000032\n"
    resume(run.path)
    assert "finished: maximum_epochs, 4, reached" in capsys.readouterr().out


def test_what_cannot_change_is_refused_with_its_values_before_any_work(made):
    config, run = made
    given = load_configuration(config, ["model.embedding_units=9", "seed=2", "search.beams=3"])
    with pytest.raises(RunError) as caught:
        check(given, run.path.parent, resume=True)
    assert "seed: 1 -> 2; model.embedding_units: 7 -> 9" in str(caught.value)
    assert "beams" not in str(caught.value)


def test_an_existing_run_is_not_overwritten(made):
    config, run = made
    with pytest.raises(RunError, match=r"exists already .* --resume"):
        train(load_configuration(config), run.path.parent)


def test_a_folder_with_something_else_in_it_is_left_alone(made, tmp_path):
    config, _ = made
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match="not a run, and not empty"):
        train(load_configuration(config), tmp_path, resume=True)


def test_the_training_text_may_move_but_not_change(copied, tmp_path, capsys):
    config, run = copied
    shutil.copytree(config.parent, tmp_path / "moved", ignore=shutil.ignore_patterns("runs"))
    moved = load_configuration(config, [f"data.folder={tmp_path / 'moved'}"])
    train(moved, run.path.parent, resume=True)
    assert f"changed: data.folder: '{config.parent}' -> '{tmp_path / 'moved'}'" in capsys.readouterr().out
    text = tmp_path / "moved" / "train.source"
    text.write_text(text.read_text().replace("a", "b", 1))
    with pytest.raises(RunError, match="the training text has changed since the run began"):
        train(moved, run.path.parent, resume=True)


def test_two_trainings_of_one_run_are_refused_before_they_touch_anything(made, tmp_path):
    config, run = made
    before = sorted((path, path.stat().st_mtime_ns) for path in run.path.rglob("*"))
    with run.locked(), pytest.raises(RunError, match=rf"being trained — .* locked by process {os.getpid()} on "):
        resume(run.path)
    assert sorted((path, path.stat().st_mtime_ns) for path in run.path.rglob("*") if path != run.lock_path) == [
        (path, time) for path, time in before if path != run.lock_path
    ]
    new = RunFolder(tmp_path / "tiny")
    with new.locked(), pytest.raises(RunError, match="being trained"):
        train(load_configuration(config), tmp_path)
    assert list(tmp_path.iterdir()) == []  # nothing was made, and nothing is left


def test_a_run_that_gets_its_name_stays_locked(made, tmp_path):
    config, _ = made
    run = RunFolder(tmp_path / "tiny")
    with run.locked():
        run.create(load_configuration(config), {}, lambda folder: None)
        with pytest.raises(RunError, match="being trained"), RunFolder(run.path).locked():
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    with RunFolder(run.path).locked():
        assert run.exists()


@pytest.mark.parametrize("moment", ["before the lock's file is opened", "before it is locked", "before it is compared"])
@pytest.mark.parametrize("ends", ["made", "removed"])
def test_a_start_while_another_one_is_made_or_fails(made, tmp_path, monkeypatch, moment, ends):
    """The other one gets its name, or is removed, between two steps of a start."""
    config, _ = made
    run, other = RunFolder(tmp_path / "tiny"), ExitStack()
    other.enter_context(run.locked())

    def end_the_other():
        monkeypatch.undo()
        if ends == "made":
            run.create(load_configuration(config), {}, lambda folder: None)
        else:
            other.close()

    def ends_before(function):
        def first(*arguments, **options):
            end_the_other()
            return function(*arguments, **options)

        return first

    if moment == "before the lock's file is opened":
        monkeypatch.setattr(Path, "open", ends_before(Path.open))
    elif moment == "before it is locked":
        monkeypatch.setattr(run_folder, "_lock", ends_before(run_folder._lock))
    else:
        monkeypatch.setattr(run_folder, "_lock", lambda file: True)
        monkeypatch.setattr(run_folder, "_is_named", ends_before(run_folder._is_named))
    with other:
        if ends == "made":
            with pytest.raises(RunError, match=f"locked by process {os.getpid()} on "), RunFolder(run.path).locked():
                pass
            assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
        else:
            third = RunFolder(run.path).locked()
            with RunFolder(run.path).locked(), pytest.raises(RunError, match="being trained"), third:
                pass
            assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["other", "tiny", ""])
def test_a_run_that_goes_on_is_not_renamed(tmp_path, name, monkeypatch):
    run = tmp_path / "moved"  # from tiny
    run.mkdir()
    RunFolder(run).write_configuration(load_configuration(write_mirror_run(tmp_path, CONFIG, pairs=2)))
    before = (run / "config.yaml").read_bytes()
    with pytest.raises(RunError, match=f"named like its folder — given 'name={name}' and {run} — leave it out"):
        resume(run, ["training.maximum_epochs=9", f"name={name}"])
    assert (run / "config.yaml").read_bytes() == before
    monkeypatch.setattr("seq2seq.workflows.train.train", lambda config, folder, resume: (config.name, folder, resume))
    assert resume(run, ["name=moved"]) == resume(run) == ("moved", tmp_path, True)  # as it is; and a moved run goes on


def test_a_start_that_finds_the_run_just_made_leaves_no_folder_aside(made, tmp_path, monkeypatch):
    config, _ = made
    run = RunFolder(tmp_path / "tiny")
    found = iter([False, False])  # as it was before the other one got its name
    with run.locked():
        run.create(load_configuration(config), {}, lambda folder: None)
        start = RunFolder(run.path)
        monkeypatch.setattr(start, "exists", lambda: next(found, True))
        with pytest.raises(RunError, match=f"locked by process {os.getpid()} on "), start.locked():
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_the_lock_of_a_killed_training_is_free_and_what_it_left_is_removed(tmp_path):
    code = (
        "import sys, time\nfrom seq2seq.training.run_folder import RunFolder\n"
        f"with RunFolder({str(tmp_path / 'tiny')!r}).locked():\n    print('locked', flush=True)\n    time.sleep(60)\n"
    )
    run = RunFolder(tmp_path / "tiny")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"locked\n"
        with pytest.raises(RunError, match=f"locked by process {killed.pid} on "), run.locked():
            pass
        killed.kill()
    left = tmp_path / ".new-tiny" / "tokenizer" / "shared.model"
    left.parent.mkdir()
    left.write_bytes(b"torn")
    with run.locked():
        assert not left.parent.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_validation_and_an_evaluation_find_one_perplexity(tmp_path):
    config = load_configuration(
        write_mirror_run(tmp_path, CONFIG, pairs=60),
        ["search.maximum_source_pieces=3", "tokenizer.normalization=identity", "data.filters={}"],
    )
    with (tmp_path / "validation.source").open("a") as source, (tmp_path / "validation.target").open("a") as target:
        source.write("\u3000\n" + "a b c d e f g h i j k l\n")  # white space that is pieces without normalisation
        target.write("a\n" + "l k j i h g f e d c b a\n")
    text = read_text(config, None)
    trainer = build_translation_trainer(config, RunFolder(tmp_path / "run"), text)
    sources, targets = zip(*text.validation_pairs, strict=True)

    def evaluated(search):
        translator = make_translator(trainer.model, text.source_tokenizer, text.target_tokenizer, search)
        return perplexity(translator.score(sources, targets))

    assert trainer.validate(False)["perplexity"] == pytest.approx(evaluated(config.search), rel=1e-5)
    uncut = evaluated(config.search.model_copy(update={"maximum_source_pieces": 400}))
    assert uncut != pytest.approx(evaluated(config.search), rel=1e-5)  # so the limit tells


def test_versions_are_compared_one_by_one(tmp_path):
    path = tmp_path / "versions.json"
    now = versions()
    path.write_text(json.dumps(now))
    assert version_changes(path) == []
    path.write_text(json.dumps({**now, "numpy": "0.1", "gone": "1.0"}))
    assert version_changes(path) == [f"numpy 0.1 -> {now['numpy']}", "gone 1.0 -> absent"]
    for torn in ("{", "3"):
        path.write_text(torn)
        assert "missing or torn" in version_changes(path)[0]


def test_places_are_absolute_only_where_something_is_read_from_them(made, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    config, _ = made
    relative = load_configuration(config, ["data.folder=text"])
    assert with_absolute_places(relative).data.folder == str(tmp_path / "text")
    assert with_absolute_places(with_absolute_places(relative)) == with_absolute_places(relative)
    assert with_absolute_places(load_configuration(config, ["data.folder="])).data.folder == str(tmp_path)
    sets = [f"data.{part}={{kind: tfds, name: x, data_dir: sets}}" for part in ("train", "validation")]
    data = with_absolute_places(load_configuration(config, [*sets, "data.folder="])).data
    assert (data.folder, data.train.data_dir) == (None, str(tmp_path / "sets"))


RISK = ["name=tuned", "training.objective={kind: minimum_risk, samples: 2}", "training.maximum_steps=1"]
STILL = "training.optimizer={kind: sgd, learning_rate: 1.0e-30}"  # too small to change any weight


def test_a_training_begins_with_the_weights_and_tokenizers_of_another_run(copied, tmp_path, capsys):
    config, base = copied
    first = base.checkpoint_folder / (base.path / "last").read_text().strip()
    start = f"training.start_from={{run: {os.path.relpath(base.path)}, checkpoint: last}}"
    settings = [*RISK, STILL, start, "model.dropout.embeddings=0.4", "training.validation.bleu=false"]
    tuned = train(load_configuration(config, settings), tmp_path)
    wanted, made = weights_in(first), tuned.checkpoint_folder / "step-00000001"
    assert wanted != weights_in(base.checkpoint_folder / "step-00000008")
    assert weights_in(made) == wanted
    for name in ("source.model", "target.model"):
        assert (tuned.tokenizer_folder / name).read_bytes() == (base.tokenizer_folder / name).read_bytes()
    assert json.loads((tuned.start_folder / "manifest.json").read_text())["step"] == int(first.name[-8:])

    # Killed before its first checkpoint, it begins again with the same weights, whatever became of the other run.
    shutil.rmtree(base.path)
    shutil.rmtree(made)
    resume(tuned.path)
    assert "starting from the beginning" in capsys.readouterr().out
    assert weights_in(made) == wanted


def test_a_training_from_another_model_is_refused_before_any_work(made, tmp_path):
    config, base = made
    start = f"training.start_from.run={base.path}"

    def refused(*settings):
        with pytest.raises(RunError) as caught:
            check(load_configuration(config, [*RISK, start, *settings]), tmp_path)
        return str(caught.value)

    told = refused("model.embedding_units=9", "tokenizer.vocabulary_size=30", "model.dropout.layers=0.4")
    assert "with tokenizer.vocabulary_size: 24 there, 30 here; model.embedding_units: 7 there, 9 here — set" in told
    assert "dropout" not in told
    assert "no such run" in refused(f"training.start_from.run={base.path}s")
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        check(load_configuration(config, [*RISK, start, "training.start_from.checkpoint=step-3"]), tmp_path)
    with pytest.raises(ConfigurationError, match=r"'minimum_risk' without start_from .* give start_from: {run: "):
        load_configuration(config, RISK)


def test_a_tokenizer_of_another_run_is_refused(copied):
    _, run = copied
    path = run.tokenizer_folder / "target.model"
    settings = {"kind": "bpe", "character_coverage": 1.0, "byte_fallback": False, "user_symbols": []}
    other = Tokenizer.train(["m n o p q r s t u v w x y z"], vocabulary_size=24, normalization="nfkc", **settings)
    other.save(path)
    with pytest.raises(TokenizerError, match="the target tokenizer does not belong to the model"):
        seq2seq.load(run.path)


def test_mistakes_are_told_before_the_first_slow_step(made, tmp_path):
    config, _ = made
    with pytest.raises(DataError, match=r"data.train.source\[0\]"):
        check(load_configuration(config, ["data.train.source=[nothing]"]), tmp_path)
    with pytest.raises(TokenizerError, match="cannot be read"):
        check(load_configuration(config, ["tokenizer={kind: ready, source: nothing.model}"]), tmp_path)
    wrong = ["training.optimizer.kind=sgd", "training.optimizer.arguments={momentun: 0.9}"]
    with pytest.raises(ConfigurationError, match="did you mean 'momentum'"):
        train(load_configuration(config, wrong), tmp_path)
    with pytest.raises(RunError, match="no such run"):
        seq2seq.load(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_the_checks_need_no_tensorflow():
    code = "import seq2seq.workflows.train, sys; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16_products", "mixed_bfloat16"])
def test_mixed_precision_trains_and_is_loaded_in_float32(made, tmp_path, precision):
    config, _ = made
    changes = [f"training.precision={precision}", "training.maximum_steps=3", "training.validation.bleu=false"]
    run = train(load_configuration(config, changes), tmp_path)
    model = seq2seq.load(run.path).model
    assert model.dtype_policy.name == "float32"

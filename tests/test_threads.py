"""Several calls at once: their order, their errors, and translations that do not depend on them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from typer.testing import CliRunner

from seq2seq import threads
from seq2seq.cli import app
from seq2seq.errors import ConfigurationError
from seq2seq.threads import in_order, processors, set_command_threads, set_threads

LONGEST_WAIT_SECONDS = 20


class Threading:
    """In place of `tf.config.threading`, which is set once in a process."""

    def __init__(self) -> None:
        self.given: list[tuple[str, int]] = []

    def set_intra_op_parallelism_threads(self, number) -> None:
        self.given.append(("intra", number))

    def set_inter_op_parallelism_threads(self, number) -> None:
        self.given.append(("inter", number))


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """Whatever tests before have left, and whatever these leave."""
    monkeypatch.setattr(threads, "_at_once", 1)


@pytest.fixture
def three_at_once(monkeypatch, one_at_a_time):
    monkeypatch.setattr(threads, "_at_once", 3)


@pytest.fixture
def of_tensorflow(monkeypatch):
    """What TensorFlow is told."""
    import tensorflow as tf

    told = Threading()
    monkeypatch.setattr(tf.config, "threading", told)
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)
    return told


# --- calls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [1, 2, 5, 20])
def test_results_come_in_the_order_of_the_items(at_once):
    def slower_when_earlier(number):
        time.sleep(0.02 * (9 - number) / 9)
        return number * number

    assert list(in_order(iter(range(10)), slower_when_earlier, at_once)) == [number * number for number in range(10)]


def test_as_many_calls_as_are_allowed_are_under_way():
    meeting = threading.Barrier(3)  # all three must be there for any to go on
    under_way, most = set(), []

    def call(number):
        under_way.add(number)
        most.append(len(under_way))
        meeting.wait(LONGEST_WAIT_SECONDS)
        under_way.remove(number)
        return number

    assert list(in_order(range(9), call, 3)) == list(range(9))
    assert max(most) == 3


def test_results_behind_a_slow_call_are_few():
    begun, go_on = [], threading.Event()

    def call(number):
        begun.append(number)
        if number == 0:
            go_on.wait(LONGEST_WAIT_SECONDS)
        return number

    def items():
        for number in range(40):
            if number == 8:  # one thread has got so far while the other one waits
                assert 0 in begun
                assert not go_on.is_set()
                threading.Timer(0.2, go_on.set).start()
            if number > 8 and not go_on.is_set():
                raise AssertionError("results pile up behind the first")
            yield number

    assert list(in_order(items(), call, 2)) == list(range(40))


def test_an_error_comes_at_its_place():
    def ask(chunk):
        if chunk == [3]:
            raise ValueError("three")
        return chunk

    answers = in_order(([n] for n in range(9)), ask, 4)
    assert [next(answers) for _ in range(3)] == [[0], [1], [2]]
    with pytest.raises(ValueError, match="three"):
        next(answers)


def test_no_call_begins_after_a_failure():
    begun, failed, may_answer = [], threading.Event(), threading.Event()

    def call(number):
        begun.append(number)
        if number == 1:
            failed.set()
            raise ValueError("one")
        may_answer.wait(LONGEST_WAIT_SECONDS)
        return number

    def items():
        for number in range(9):
            if number == 2:  # both are under way
                failed.wait(LONGEST_WAIT_SECONDS)
                time.sleep(0.2)  # until the thread has handed its error over
                may_answer.set()
            yield number

    results = in_order(items(), call, 2)
    assert next(results) == 0
    with pytest.raises(ValueError, match="one"):
        next(results)
    assert sorted(begun) == [0, 1]


# --- translators ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["run", "exported"])
def test_translations_and_scores_are_the_same_however_many_batches_at_once(request, monkeypatch, place):
    import seq2seq
    from seq2seq.export import translator as exported
    from seq2seq.translator import translator as ours

    # Batches of about three lines.
    for module, name in ((ours, "SEARCH_POSITIONS"), (ours, "SCORE_POSITIONS"), (exported, "SEARCH_POSITIONS")):
        monkeypatch.setattr(module, name, 60)
    monkeypatch.setattr(exported, "CALL_TEXTS", 6)
    translator = seq2seq.load(request.getfixturevalue(place))
    texts = ["the man rides" + " the dog" * (number % 7) for number in range(30)]
    counts: list[int] = []
    alone = translator.translate(texts, beams=3, n_best=2, advance=counts.append)
    scores = translator.score(texts, texts[::-1])

    monkeypatch.setattr(threads, "_at_once", 3)
    under_way, most = [], {}

    def watch(owner, name):
        found = getattr(owner, name)

        def watched(*arguments, **inputs):
            under_way.append(None)
            most[name] = max(most.get(name, 0), len(under_way))
            time.sleep(0.05)
            try:
                return found(*arguments, **inputs)
            finally:
                under_way.pop()

        monkeypatch.setattr(owner, name, watched)

    together_counts: list[int] = []
    watch(*((type(translator), "_call") if place == "exported" else (ours.Graphs, "search")))
    assert translator.translate(texts, beams=3, n_best=2, advance=together_counts.append) == alone
    assert together_counts == counts
    assert len(counts) > 6
    assert list(most.values()) == [3]
    most.clear()
    if place == "run":
        watch(ours.Graphs, "score")
    assert translator.score(texts, texts[::-1]) == scores
    assert list(most.values()) == [3]


def test_a_graph_that_several_batches_need_is_made_once(run, three_at_once, monkeypatch):
    import seq2seq
    from seq2seq.translator import graphs
    from seq2seq.translator import translator as ours

    made = []
    compile_graph = graphs.compiled
    monkeypatch.setattr(
        graphs, "compiled", lambda *given: (made.append(None), time.sleep(0.1), compile_graph(*given))[2]
    )
    monkeypatch.setattr(ours, "SEARCH_POSITIONS", 30)
    seq2seq.load(run).translate(["the man rides."] * 12, beams=2)
    assert len(made) == 1


# --- the process ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -1, 2.5])
def test_threads_must_be_some(number):
    with pytest.raises(ConfigurationError, match=f"no such number of threads — given {number} — give a whole number"):
        set_threads(number)


@pytest.mark.parametrize(("number", "at_once", "of_each"), [(1, 1, 1), (2, 2, 1), (8, 8, 1), (12, 8, 1), (64, 8, 8)])
def test_many_threads_are_shared_out_among_a_few_batches(of_tensorflow, number, at_once, of_each):
    set_threads(number)
    assert threads._at_once == at_once
    assert of_tensorflow.given == [("intra", of_each), ("inter", at_once)]


def test_a_command_takes_all_processors(of_tensorflow):
    set_command_threads(None)
    assert threads._at_once == min(processors(), 8)
    assert of_tensorflow.given


def test_what_the_environment_says_of_threads_stays(of_tensorflow, monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")
    set_command_threads(None)
    assert (threads._at_once, of_tensorflow.given) == (1, [])
    set_command_threads(3)
    assert threads._at_once == 3


def test_a_gpu_is_left_alone(of_tensorflow, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"the first {kind}"])
    set_command_threads(None)
    assert (threads._at_once, of_tensorflow.given) == (1, [])


def test_another_backend_has_threads_of_its_own(of_tensorflow, monkeypatch):
    import keras

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    set_command_threads(None)
    assert (threads._at_once, of_tensorflow.given) == (1, [])
    with pytest.raises(ConfigurationError, match="by TensorFlow alone — given 2 threads with the backend jax"):
        set_command_threads(2)


def test_a_new_process_computes_each_operation_on_one_thread():
    program = """
import seq2seq, tensorflow as tf
seq2seq.set_threads(3)
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
tf.ones(2) + 1
seq2seq.set_threads(2)  # too late for TensorFlow, not for the batches
from seq2seq import threads
print(threads._at_once)
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["1", "3", "2"]


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["translate", "document", "evaluate", "score", "rescore"])
def test_commands_hand_threads_on(of_tensorflow, run, tmp_path, name):
    for file in ("in.txt", "out.txt"):
        (tmp_path / file).write_text("the man rides.\na cat sees.\n", encoding="utf-8")
    (tmp_path / "in.nbest").write_text("0 ||| a cat. ||| score= -1 ||| -1\n", encoding="utf-8")
    (tmp_path / "in.md").write_text("# the man rides\n", encoding="utf-8")
    source, target = tmp_path / "in.txt", tmp_path / "out.txt"
    command = {
        "translate": ["translate", run, source, "-o", tmp_path / "translated.txt"],
        "document": ["translate", run, tmp_path / "in.md", "-o", tmp_path / "translated.md"],
        "evaluate": ["evaluate", run, "--source", source, "--reference", target, "--output", tmp_path / "scored"],
        "score": ["score", run, "--source", source, "--target", target, "-o", tmp_path / "scores.tsv"],
        "rescore": ["rescore", run, "--source", source, "--nbest", tmp_path / "in.nbest", "-o", tmp_path / "re.nbest"],
    }[name]
    result = CliRunner().invoke(app, [*map(str, command), "--threads", "3"])
    assert result.exit_code == 0, result.output
    assert threads._at_once == 3


def test_who_does_not_compute_here_gets_no_threads(tmp_path, run):
    from seq2seq.workflows.run_or_export import prepare_to_compute

    with pytest.raises(ConfigurationError, match="a server has threads of its own — given 3 threads for http://"):
        prepare_to_compute("http://127.0.0.1:1/v1/models/m", 3)
    text = tmp_path / "in.txt"
    text.write_text("the man rides.\n", encoding="utf-8")
    command = ["evaluate", text, "--source", text, "--reference", text, "--output", tmp_path / "scored"]
    result = CliRunner().invoke(app, [*map(str, command), "--threads", "3"])
    assert result.exit_code == 2
    assert "nothing is computed here — given 3 threads — leave them out" in result.output
    assert not (tmp_path / "scored").exists()

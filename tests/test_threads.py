"""Several calls at once: their order, their errors, and translations that do not depend on them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from seq2seq import threads
from seq2seq.errors import ConfigurationError
from seq2seq.threads import in_order, use_threads

LONGEST_WAIT_SECONDS = 20


@pytest.fixture
def three_at_once(monkeypatch):
    monkeypatch.setattr(threads, "_at_once", 3)


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


def test_a_slow_call_keeps_the_others_from_nothing_but_the_memory_of_many():
    begun, go_on = [], threading.Event()

    def call(number):
        begun.append(number)
        if number == 0:
            go_on.wait(LONGEST_WAIT_SECONDS)
        return number

    def items():
        for number in range(40):
            if number == 8:  # one thread has got so far while the other one waits
                assert begun[0] == 0
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
    translator = seq2seq.load(request.getfixturevalue(place))
    texts = ["the man rides" + " the dog" * (number % 7) for number in range(30)]
    counts: list[int] = []
    alone = translator.translate(texts, beams=3, n_best=2, advance=counts.append)
    scores = translator.score(texts, texts[::-1])

    monkeypatch.setattr(threads, "_at_once", 3)
    under_way, most = [], []
    find = type(translator)._call if place == "exported" else ours.Graphs.search

    def watched(*arguments, **inputs):
        under_way.append(None)
        most.append(len(under_way))
        time.sleep(0.05)
        try:
            return find(*arguments, **inputs)
        finally:
            under_way.pop()

    monkeypatch.setattr(*((type(translator), "_call") if place == "exported" else (ours.Graphs, "search")), watched)
    together_counts: list[int] = []
    together = translator.translate(texts, beams=3, n_best=2, advance=together_counts.append)
    assert together == alone
    assert together_counts == counts
    assert len(counts) > 6
    assert max(most) == 3
    assert translator.score(texts, texts[::-1]) == scores


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


def test_threads_must_be_some():
    with pytest.raises(ConfigurationError, match="too few threads to translate with — given 0 — give at least 1"):
        threads.set_threads(0)


def test_what_the_environment_says_of_threads_stays(monkeypatch, three_at_once):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")
    use_threads(None)
    assert threads.batches_at_once() == 3


def test_a_gpu_is_left_alone(monkeypatch, three_at_once):
    import tensorflow as tf

    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"the first {kind}"])
    use_threads(None)
    assert threads.batches_at_once() == 3
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    use_threads(None)
    assert threads.batches_at_once() == len(os.sched_getaffinity(0))


def test_another_backend_has_threads_of_its_own(monkeypatch, three_at_once):
    import keras

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    use_threads(None)
    assert threads.batches_at_once() == 3
    with pytest.raises(ConfigurationError, match="by TensorFlow alone — given 2 threads with the backend jax"):
        use_threads(2)


def test_a_new_process_computes_each_operation_on_one_thread():
    program = """
import seq2seq, tensorflow as tf
seq2seq.set_threads(3)
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
tf.ones(2) + 1
seq2seq.set_threads(2)  # too late for TensorFlow, not for the batches
from seq2seq.threads import batches_at_once
print(batches_at_once())
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["1", "3", "2"]

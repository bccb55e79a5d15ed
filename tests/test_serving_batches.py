"""The queue: requests share runs, and nobody's answer shows it."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import CancelledError, Future

import numpy as np
import pytest
from serving_doubles import PATIENCE_SECONDS, SIGNATURES, UppercaseModel, strings

from seq2seq.serving.batching import MOST_PADDED_BYTES, Batcher
from seq2seq.serving.layout import LAYOUTS, count_rows, join_inputs, join_outputs, layout_of, settings_key, take_rows
from seq2seq.serving.request_error import RequestError
from seq2seq.serving.signatures import Signature, TensorDescription


class Observer:
    def __init__(self):
        self.waiting: list[int] = []
        self.batches: list[tuple[int, int]] = []

    def queue_changed(self, waiting_rows):
        self.waiting.append(waiting_rows)

    def batch_done(self, rows, requests, seconds):
        self.batches.append((rows, requests))


@pytest.fixture
def model():
    return UppercaseModel()


@pytest.fixture
def make_batcher():
    made = []

    def make(**settings):
        chosen = {"maximum_batch": 8, "batch_timeout_seconds": 0.0, "maximum_queue": 100, "observer": Observer()}
        made.append(Batcher(**{**chosen, **settings}))
        return made[-1]

    yield make
    for batcher in made:
        batcher.close()


def default(*texts):
    return "serving_default", {"text": strings(list(texts))}


def search(*texts, n_best=2, beams=5, penalty=1.0):
    return "translate", {
        "text": strings(list(texts)),
        "beam_size": np.int32(beams) + np.zeros([], np.int32),
        "n_best": np.full([len(texts)], n_best, np.int32),
        "length_penalty": np.array(penalty, np.float32),
        "max_length_ratio": np.array([2.0], np.float32),
    }


def hold(batcher: Batcher, model: UppercaseModel) -> Future:
    """Occupies the batcher's thread until the model's gate is set."""
    held = batcher.submit(model, *default("slowly"))
    assert model.running.wait(PATIENCE_SECONDS)
    return held


def same(one, other) -> bool:
    return set(one) == set(other) and all(
        one[name].shape == other[name].shape and (one[name] == other[name]).all() for name in one
    )


def alone(make_batcher, request):
    return make_batcher().submit(UppercaseModel(), *request).result(PATIENCE_SECONDS)


def test_an_answer_is_that_of_a_run_alone_whatever_it_was_joined_with(make_batcher, model):
    requests = [
        default("a b", "c"),
        default("d " * 9),
        search("a b c", "d"),
        search("e " * 11),
        search("f", n_best=1),
        search("g", penalty=0.5),
        default(""),
        search("", "x y"),
        ("score", {"source": strings(["a"]), "target": strings(["b c d"])}),
        ("score", {"source": strings(["a"] * 3), "target": strings(["b", "", "c " * 7])}),
    ]
    observer = Observer()
    batcher = make_batcher(observer=observer)
    held = hold(batcher, model)
    waiting = [batcher.submit(model, *request) for request in requests]
    model.gate.set()
    answers = [future.result(PATIENCE_SECONDS) for future in waiting]
    held.result(PATIENCE_SECONDS)
    for request, answer in zip(requests, answers, strict=True):
        assert same(answer, alone(make_batcher, request))
    # The rival is a batcher that never joins. Equal settings were joined, others not.
    assert [requests for _, requests in observer.batches] == [1, 3, 3, 1, 1, 2]


def test_a_large_request_is_done_in_parts_and_lets_others_pass(make_batcher, model):
    texts = [" ".join(["w"] * (1 + number % 7)) for number in range(30)]
    batcher = make_batcher(maximum_batch=8)
    held = hold(batcher, model)
    large = batcher.submit(model, *search(*texts))
    small = batcher.submit(model, *default("small"))
    order = []
    large.add_done_callback(lambda _: order.append("large"))
    small.add_done_callback(lambda _: order.append("small"))
    model.gate.set()
    answer = large.result(PATIENCE_SECONDS)
    held.result(PATIENCE_SECONDS)
    assert small.result(PATIENCE_SECONDS)["translation"].tolist() == [b"SMALL"]
    assert order == ["small", "large"]
    assert max(model.batches) == 8
    assert same(answer, alone(make_batcher, search(*texts)))
    assert answer["pieces"].shape == (30, 2, 8)


def test_a_long_text_does_not_make_a_run_of_short_ones_long(make_batcher, model):
    """A model pads all rows of a run to the longest: short texts beside a long one would take the room of long ones."""
    long, short = "w" * (MOST_PADDED_BYTES // 3), "v " * 5
    batcher = make_batcher(maximum_batch=64)
    held = hold(batcher, model)
    requests = [search(*[short] * 3, long, short), search(*[short] * 40), search(long, long), search(long * 9, short)]
    waiting = [batcher.submit(model, *request) for request in [*requests, default(long, *[short] * 50)]]
    model.gate.set()
    answers = [future.result(PATIENCE_SECONDS) for future in waiting]
    held.result(PATIENCE_SECONDS)
    # Short ones up to the first long one, and those of the next request; the long ones, by three; one longer than
    # all runs, alone; `serving_default`, which groups by length itself; what stood behind long ones.
    assert model.batches == [1, 3 + 40, 3, 1, 51, 1 + 1]
    for request, answer in zip(requests, answers, strict=False):
        assert same(answer, alone(make_batcher, request))


def test_what_one_request_did_is_not_told_to_the_others(make_batcher, model):
    batcher = make_batcher()
    held = hold(batcher, model)
    good, refused, broken, other = (batcher.submit(model, *default(text)) for text in ("a", "refuse me", "break", "b"))
    model.gate.set()
    held.result(PATIENCE_SECONDS)
    assert good.result(PATIENCE_SECONDS)["translation"].tolist() == [b"A"]
    assert other.result(PATIENCE_SECONDS)["translation"].tolist() == [b"B"]
    with pytest.raises(RequestError, match="refused"):
        refused.result(PATIENCE_SECONDS)
    with pytest.raises(ZeroDivisionError):
        broken.result(PATIENCE_SECONDS)


def test_a_large_request_that_fails_leaves_nothing_behind(make_batcher, model):
    batcher = make_batcher(maximum_batch=4)
    with pytest.raises(RequestError, match="refused"):
        batcher.submit(model, *default("refuse me", *["a"] * 20)).result(PATIENCE_SECONDS)
    assert batcher.submit(model, *default("b")).result(PATIENCE_SECONDS)["translation"].tolist() == [b"B"]
    assert sum(model.batches) == 4 + 1


def test_the_queue_has_an_end(make_batcher, model):
    batcher = make_batcher(maximum_queue=5)
    hold(batcher, model)
    batcher.submit(model, *default(*["a"] * 4))
    with pytest.raises(RequestError) as caught:
        batcher.submit(model, *default("a", "b"))
    assert caught.value.status == 429
    assert int(caught.value.headers["Retry-After"]) >= 1
    batcher.submit(model, *default("a"))  # one more still fits: refusal is no state
    model.gate.set()


def test_a_request_larger_than_the_queue_is_taken_when_nothing_waits(make_batcher, model):
    batcher = make_batcher(maximum_queue=5)
    assert batcher.submit(model, *default(*["a"] * 40)).result(PATIENCE_SECONDS)["score"].shape == (40,)


def test_a_large_request_shuts_nobody_out(make_batcher, model):
    batcher = make_batcher(maximum_queue=18)
    hold(batcher, model)
    large = batcher.submit(model, *default(*["a"] * 400))
    small = [batcher.submit(model, *default(text)) for text in "bcd"]
    with pytest.raises(RequestError, match="11 of 18 places are taken; given 10 texts more"):
        batcher.submit(model, *search(*["e"] * 10))
    model.gate.set()
    assert [future.result(PATIENCE_SECONDS)["score"].shape for future in small] == [(1,)] * 3
    assert large.result(PATIENCE_SECONDS)["score"].shape == (400,)


def test_a_request_that_cannot_be_cut_has_no_more_rows_than_a_run(make_batcher, model):
    batcher = make_batcher(maximum_batch=8)

    def differing(count):
        name, inputs = search(*["a"] * count)
        return name, {**inputs, "n_best": np.array([1] + [2] * (count - 1), np.int32)}

    batcher.submit(model, *differing(8)).result(PATIENCE_SECONDS)
    with pytest.raises(RequestError, match="given 9 for 'translate' — give at most 8 at a time") as caught:
        batcher.submit(model, *differing(9))
    assert caught.value.status == 400
    with pytest.raises(RequestError, match="given 9 for 'detokenize'"):
        batcher.submit(model, "detokenize", {"ids": np.zeros([9, 2], np.int32)})
    assert max(model.batches) == 8


def test_what_cannot_be_put_together_fails_alone(make_batcher, model, monkeypatch):
    def broken(layout, pieces):
        raise MemoryError("too large") if len(pieces[0]["score"]) == 8 else AssertionError("of one piece")

    monkeypatch.setattr("seq2seq.serving.batching.join_outputs", broken)
    batcher = make_batcher(maximum_batch=8)
    with pytest.raises(MemoryError):
        batcher.submit(model, *default(*["a"] * 9)).result(PATIENCE_SECONDS)
    assert model.batches == [8, 1]  # no row twice


def test_a_cancelled_request_is_counted_no_longer(make_batcher, model):
    observer = Observer()
    batcher = make_batcher(observer=observer)
    held = hold(batcher, model)
    assert batcher.submit(model, *default("gone")).cancel()
    assert observer.waiting[-1] == 1
    model.gate.set()
    held.result(PATIENCE_SECONDS)
    batcher.close()
    assert observer.waiting[-1] == 0


def test_a_cancelled_request_gives_its_place_back_and_is_not_run(make_batcher, model):
    batcher = make_batcher(maximum_queue=5)
    hold(batcher, model)
    waiting = batcher.submit(model, *default(*["gone"] * 5))
    assert waiting.cancel()
    after = batcher.submit(model, *default(*["a"] * 5))
    model.gate.set()
    assert after.result(PATIENCE_SECONDS)["translation"].tolist() == [b"A"] * 5
    assert model.batches == [1, 5]
    with pytest.raises(CancelledError):
        waiting.result()


def test_closing_finishes_what_was_accepted_and_refuses_more(make_batcher, model):
    batcher = make_batcher(maximum_batch=1)
    hold(batcher, model)
    waiting = [batcher.submit(model, *default(text)) for text in "abcde"]
    closer = threading.Thread(target=batcher.close)
    closer.start()
    status = None
    while status is None:
        try:
            waiting.append(batcher.submit(model, *default("f")))
        except RequestError as error:
            status = error.status
        time.sleep(0.01)
    assert status == 503
    model.gate.set()
    closer.join(PATIENCE_SECONDS)
    assert all(future.done() and future.exception() is None for future in waiting)


def test_a_request_waits_for_company_but_not_long(make_batcher, model):
    batcher = make_batcher(batch_timeout_seconds=1.0, maximum_batch=3)
    began = time.monotonic()
    first = batcher.submit(model, *default("a"))
    second = batcher.submit(model, *default("b"))
    first.result(PATIENCE_SECONDS)
    second.result(PATIENCE_SECONDS)
    assert model.batches == [2]
    assert time.monotonic() - began >= 1.0
    patient = make_batcher(batch_timeout_seconds=10 * PATIENCE_SECONDS, maximum_batch=3)
    futures = [patient.submit(model, *default(text)) for text in "abc"]
    for future in futures:
        future.result(PATIENCE_SECONDS)
    assert model.batches == [2, 3]  # enough company: nobody waits any longer


def test_many_threads_get_their_own_answers(make_batcher):
    model = UppercaseModel(seconds=0.001)
    batcher = make_batcher(maximum_batch=16, maximum_queue=10_000)
    wrong = []

    def client(number):
        generator = random.Random(number)
        for turn in range(20):
            texts = [
                f"client{number} turn{turn} " + "x " * generator.randrange(9) for _ in range(generator.randrange(1, 9))
            ]
            request = default(*texts) if generator.random() < 0.5 else search(*texts, n_best=generator.randrange(1, 3))
            answer = batcher.submit(model, *request).result(PATIENCE_SECONDS)
            got = answer["translation"] if "translation" in answer else answer["translations"][:, 0]
            if [text.decode() for text in got] != [" ".join(reversed(text.upper().split())) for text in texts]:
                wrong.append((texts, got))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert max(model.batches) > 1


# --- layouts ----------------------------------------------------------------------------------------------------------


def test_parts_of_an_answer_joined_again_are_the_answer():
    layout = LAYOUTS["translate"]
    model = UppercaseModel()
    _, inputs = search("a b c", "", "d " * 9, "e", n_best=2)
    whole = take_rows(layout, model.run("translate", inputs), 0, 4)
    for cut in range(1, 4):
        parts = [take_rows(layout, whole, 0, cut), take_rows(layout, whole, cut, 4)]
        assert same(join_outputs(layout, parts), whole)


def test_only_signatures_that_are_known_whole_are_joined():
    assert layout_of("translate", SIGNATURES["translate"]) is LAYOUTS["translate"]
    assert layout_of("detokenize", SIGNATURES["detokenize"]) is None
    known = SIGNATURES["serving_default"]
    more = {**known.outputs, "surprise": TensorDescription("DT_FLOAT", (None, None))}
    assert layout_of("serving_default", Signature(known.inputs, more)) is None
    ids = {"source_ids": TensorDescription("DT_INT32", (None, None))}
    assert layout_of("serving_default", Signature(ids, known.outputs)) is None


def test_settings_that_differ_within_a_request_are_not_joined():
    layout = LAYOUTS["translate"]
    _, inputs = search("a", "b")
    assert settings_key(layout, inputs) == (5, 2, 1.0, 2.0)
    assert settings_key(layout, {**inputs, "n_best": np.array([1, 2])}) is None
    assert settings_key(layout, {**inputs, "n_best": np.array([2, 2, 2])}) is None
    assert count_rows(LAYOUTS["score"], {"source": strings(["a"]), "target": strings(["a", "b"])}) is None
    joined = join_inputs(layout, [inputs, inputs])
    assert joined["text"].tolist() == [b"a", b"b"] * 2
    assert all(joined[name].shape == () for name in layout.settings)

"""Several calls at once, each in a thread of its own, and how many there may be.

Of two batches at once, each on one thread, both come sooner than one after the other with two threads to each product:
small products, and what stands between them, keep a second thread waiting (docs/speed.md). This is what Marian's
--cpu-threads does too.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from seq2seq.errors import ConfigurationError

Item = TypeVar("Item")
Result = TypeVar("Result")

# So many results, for each call that may be under way, may wait for one that was begun before them.
_WAITING = 4
_BY_ENVIRONMENT = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_at_once = 1


def set_threads(number: int) -> None:
    """Translates and scores with so many threads from here on, each with a batch of its own; 1 is one batch at a time.

    It is of the whole process, as TensorFlow's own numbers of threads are. Those can be set before TensorFlow computes
    anything, and with them an operation takes one thread; afterwards they stay as they are, and threads gain less.

    Raises:
        ConfigurationError: if it is less than 1, or Keras computes with another backend than TensorFlow.
    """
    global _at_once
    if number < 1:
        raise ConfigurationError(f"too few threads to translate with — given {number} — give at least 1")
    import keras

    if keras.config.backend() != "tensorflow":
        raise ConfigurationError(
            f"batches are translated one to a thread by TensorFlow alone — given {number} threads with the backend "
            f"{keras.config.backend()} — leave the threads to it"
        )
    import tensorflow as tf

    _at_once = number
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(number)
    except RuntimeError:  # it has computed already
        pass


def use_threads(number: int | None) -> None:
    """What a command does: `set_threads`, of all processors that there are for this process if `number` is None.

    Then it is left to TensorFlow where that has a GPU or is told its threads by the environment, and to the backend
    where that is another one.

    Raises:
        ConfigurationError: as `set_threads`.
    """
    if number is None:
        if any(name in os.environ for name in _BY_ENVIRONMENT) or not _computes_on_cpu():
            return
        number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    set_threads(number)


def _computes_on_cpu() -> bool:
    """Whether TensorFlow is what computes, and has nothing else to compute on."""
    import keras

    if keras.config.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def batches_at_once() -> int:
    """How many batches are translated at once."""
    return _at_once


def in_order(
    items: Iterable[Item], function: Callable[[Item], Result], at_once: int, thread_names: str = "seq2seq"
) -> Iterator[Result]:
    """The function's results, in the order of the items; `at_once` calls are under way, each in a thread of its own.

    Results that are ready wait for those before them, and no more of them than a few, so that any number of items
    takes the memory of a few. Once a call has failed none is begun, and its error is raised when its turn comes.
    """
    if at_once == 1:
        yield from map(function, items)
        return
    pending: deque[Future[Any]] = deque()
    executor = ThreadPoolExecutor(at_once, thread_name_prefix=thread_names)
    try:
        for item in items:
            while len(running := [each for each in pending if not each.done()]) == at_once:
                wait(running, return_when=FIRST_COMPLETED)
            while pending and (pending[0].done() or len(pending) == _WAITING * at_once):
                yield pending.popleft().result()
            if any(each.done() and each.exception() is not None for each in pending):
                break
            pending.append(executor.submit(function, item))
        while pending:
            yield pending.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)

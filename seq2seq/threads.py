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
# Batches at once; more threads are shared out among them. Each takes memory, some 100 MiB with 8,000 pieces.
MOST_AT_ONCE = 8
_BY_ENVIRONMENT = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_at_once = 1


def set_threads(number: int) -> None:
    """Translates and scores with so many threads from here on: so many batches at once, 8 at most; 1 is one at a time.

    It is of the whole process, as TensorFlow's own numbers of threads are. Those can be set before TensorFlow computes
    anything: then each operation takes one thread, or from 16 threads on an eighth of them, in trainings too.
    Afterwards they stay as they are, and several batches at once gain less.

    Raises:
        ConfigurationError: if it is no whole number of at least 1, or Keras computes with another backend than
            TensorFlow.
    """
    global _at_once
    if not isinstance(number, int) or number < 1:
        raise ConfigurationError(f"there is no such number of threads — given {number} — give a whole number from 1 on")
    import keras

    if keras.config.backend() != "tensorflow":
        raise ConfigurationError(
            f"batches are translated one to a thread by TensorFlow alone — given {number} threads with the backend "
            f"{keras.config.backend()} — leave their number out"
        )
    import tensorflow as tf

    _at_once = min(number, MOST_AT_ONCE)
    try:
        tf.config.threading.set_intra_op_parallelism_threads(number // _at_once)
        tf.config.threading.set_inter_op_parallelism_threads(_at_once)
    except RuntimeError:  # it has computed already
        pass


def set_command_threads(asked: int | None) -> None:
    """`set_threads` for a command: what was asked for, or else as many as this process may use processors.

    Where nothing was asked for, a GPU, another backend than TensorFlow, and numbers of threads in TensorFlow's
    variables of the environment leave all as it is.

    Raises:
        ConfigurationError: as `set_threads`.
    """
    if asked is not None:
        set_threads(asked)
    elif _computes_on_cpu() and not any(name in os.environ for name in _BY_ENVIRONMENT):
        set_threads(processors())


def processors() -> int:
    """How many processors this process may use, as far as the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _computes_on_cpu() -> bool:
    """Whether TensorFlow is what computes, and has nothing else to compute on."""
    import keras

    if keras.config.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def map_batches(function: Callable[[Item], Result], batches: Iterable[Item]) -> Iterator[Result]:
    """The function's results for batches, in their order, as many at once as `set_threads` has it."""
    batches = list(batches)
    return in_order(batches, function, min(_at_once, max(1, len(batches))))


def in_order(
    items: Iterable[Item], function: Callable[[Item], Result], at_once: int, thread_names: str = "seq2seq"
) -> Iterator[Result]:
    """The function's results, in the order of the items; up to `at_once` calls are under way, a thread to each.

    Results that are ready wait for those before them, and no more of them than a few, so that any number of items
    takes the memory of a few. Once a call has failed none is begun, and its error is raised when its turn comes; what
    `items` raises is raised at once.
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

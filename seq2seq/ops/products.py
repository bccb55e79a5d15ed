"""Matrix products whose factors are rounded to fewer bits than the numbers around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from keras import ops

from seq2seq.ops.integers import IntegerKernel, integer_product, rounded_kernel

INT8 = "int8"
_ROUNDED: ContextVar[Mapping[int, Any]] = ContextVar("rounded kernels", default=MappingProxyType({}))


def product(one: Any, other: Any, rounded_to: str | None = None, transposed: bool = False) -> Any:
    """The matrix product of (..., n, k) and (k, m), or if `transposed` (m, k), of the dtype of `one`.

    With `rounded_to` "bfloat16" both factors are rounded to it, and so are the result and the factors of the products
    in the gradient: a relative error of at most 2^-9 each, while the processor sums in float32. Its plain twin is the
    product without. A processor with bfloat16 instructions multiplies so faster, and element-wise work, which it does
    not speed up, stays in float32.

    With `rounded_to` "int8" it is `integer_product`, without a gradient.
    """
    if rounded_to is None:
        return _rows_product(one, other, transposed)
    kernel = _ROUNDED.get().get(id(other))
    kernel = ready(other, rounded_to, transposed) if kernel is None else kernel
    if isinstance(kernel, IntegerKernel):
        return _by_rows(lambda rows: integer_product(rows, kernel), one)
    return ops.cast(_rows_product(ops.cast(one, rounded_to), kernel, transposed), one.dtype)


def ready(kernel: Any, rounded_to: str | None, transposed: bool = False) -> Any:
    """A kernel made ready once for many calls of `product`, which takes it in its place."""
    if rounded_to is None or isinstance(kernel, IntegerKernel):
        return kernel
    return rounded_kernel(kernel, transposed) if rounded_to == INT8 else ops.cast(kernel, rounded_to)


@contextmanager
def products_of(kernels: Mapping[int, Any]) -> Iterator[None]:
    """Within the block `product` takes these, rounded kernels by the identity of their variables, instead of rounding.

    For loops: a step of a search that reads a vocabulary of 8,000 x 512 weights would round 4 million numbers for it.
    """
    before = _ROUNDED.set(kernels)
    try:
        yield
    finally:
        _ROUNDED.reset(before)


def _rows_product(one: Any, other: Any, transposed: bool) -> Any:
    """`matmul` as one product of two matrices, whatever the rank of `one`.

    TensorFlow differentiates (batch, n, k) x (k, m) into a weight gradient for each of the batch, (batch, k, m), and
    then adds those up: gigabytes for a vocabulary. Value and gradient of 128 x 16 rows of 512 times 512 x 8,000 took
    655 ms so, and take 153 ms as matrices (257 and 92 in bfloat16; two cores of an AMD EPYC).
    """
    other = ops.transpose(other) if transposed else other
    return _by_rows(lambda rows: ops.matmul(rows, other), one)


def _by_rows(multiply: Callable[[Any], Any], one: Any) -> Any:
    """A product of (n, k) as one of (..., n, k)."""
    if len(one.shape) == 2:
        return multiply(one)
    products = multiply(ops.reshape(one, (-1, one.shape[-1])))
    return ops.reshape(products, (*ops.shape(one)[:-1], ops.shape(products)[-1]))

"""JSON that every reader of it knows: what is not a number is null, never NaN or Infinity."""

from __future__ import annotations

import json
import math
from typing import Any


def to_json(value: Any, indent: int | None = None) -> str:
    """The value as JSON, characters beyond ASCII as they are.

    >>> to_json({"perplexity": float("inf"), "places": [1.5, float("nan")]})
    '{"perplexity": null, "places": [1.5, null]}'
    """
    return json.dumps(_without_odd_numbers(value), indent=indent, ensure_ascii=False, allow_nan=False)


def _without_odd_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_odd_numbers(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_odd_numbers(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

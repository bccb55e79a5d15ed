"""How long a translation may become, and what can be asked for together."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.config import Search
from seq2seq.errors import ConfigurationError
from seq2seq.translator.targets import Target


def maximum_steps(source_pieces: int, search: Search, target: Target) -> int:
    """The most ids of a translation, its end counted.

    Ratio and extra of the source's pieces, at most `maximum_length`; but what was asked for has room in any case: the
    `minimum_length`, the prefix and all required phrases.
    """
    steps = int(search.maximum_ratio * source_pieces) + search.maximum_extra
    if search.maximum_length is not None:
        steps = min(steps, search.maximum_length)
    return max(steps, search.minimum_length, target.least_steps)


def check_targets(targets: Sequence[Target], search: Search) -> None:
    """Raises ConfigurationError for required phrases in another search, and for more than `maximum_length` allows."""
    for target in targets:
        if target.required and (search.sample or search.diversity):
            other = "sample" if search.sample else "diversity"
            raise ConfigurationError(
                f"required phrases are for beam search without {other} — given both — leave one of them out"
            )
        if search.maximum_length is not None and target.least_steps > search.maximum_length:
            raise ConfigurationError(
                f"maximum_length is too small for what was asked for — given {search.maximum_length}, where the "
                f"prefix, the required phrases and the end take {target.least_steps} pieces — give at least that"
            )

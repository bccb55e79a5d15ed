"""Several runs, or several checkpoints of one, that translate together as an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seq2seq.client.translator import is_address
from seq2seq.errors import ConfigurationError

# Wherever a checkpoint is named, several may be.
CHECKPOINT_SEPARATOR = ","
AVERAGE = "log-probabilities"
# What a model computes in unless told otherwise, and all that it may, as `training.precision` names them.
FLOAT32 = "float32"
PRECISIONS = (FLOAT32, "bfloat16_products", "int8_products")


class Member(NamedTuple):
    """One model of an ensemble."""

    run: Path
    checkpoint: str


class Fusion(NamedTuple):
    """A language model that helps a search, and how much."""

    run: Path
    weight: float
    checkpoint: str = "best"


@dataclass(frozen=True)
class Members:
    """What stands in place of a run where several translate together, a language model helps, or in another precision.

    Attributes:
        members: the first of them gives the settings of the search.
        weights: of each member, in order; None for equal ones.
        average: of what, `log-probabilities` or `probabilities`.
        fusion: the language model, if there is one.
        precision: what the members compute in, one of `PRECISIONS`.
    """

    members: tuple[Member, ...]
    weights: tuple[float, ...] | None = None
    average: str = AVERAGE
    fusion: Fusion | None = None
    precision: str = FLOAT32

    @property
    def name(self) -> str:
        """What tells this ensemble from others of its first run, as a folder's name: `with-b-c`."""
        others = list(dict.fromkeys(member.run for member in self.members))[1:]
        parts = [f"with-{'-'.join(run.resolve().name for run in others)}"] if others else []
        if not others and len(self.members) > 1:
            parts.append("together")
        if self.weights is not None:
            parts.append("weights" + "-".join(f"{weight:g}" for weight in self.weights))
        if self.average != AVERAGE:
            parts.append(self.average)
        if self.fusion is not None:
            parts.append(f"fused-{self.fusion.run.resolve().name}-{self.fusion.weight:g}")
        if self.precision != FLOAT32:
            parts.append(self.precision)
        return "-".join(parts)

    def __str__(self) -> str:
        parts = [" + ".join(str(member.run) for member in self.members)]
        if self.weights is not None:
            parts.append("weights " + ", ".join(f"{weight:g}" for weight in self.weights))
        if len(self.members) > 1:
            parts.append(f"average of {self.average}")
        if self.fusion is not None:
            parts.append(f"language model {self.fusion.run}, weight {self.fusion.weight:g}")
        if self.precision != FLOAT32:
            parts.append(self.precision)
        return "; ".join(parts)


def members_of(
    runs: Sequence[str | Path],
    checkpoint: str = "best",
    weights: Sequence[float] | None = None,
    average: str = AVERAGE,
    fusion: Fusion | None = None,
    precision: str = FLOAT32,
) -> Members:
    """The models that translate: of each run in order, each checkpoint in order.

    `best,last` of the runs a and b: a's best, a's last, b's best, b's last. One run with one checkpoint is no ensemble.

    Raises:
        ConfigurationError: there is no run, a server among several, no checkpoint is named between two commas, there is
            no such precision, or weights or an average are given for one model alone.
    """
    if precision not in PRECISIONS:
        known = f"{', '.join(PRECISIONS[:-1])} or {PRECISIONS[-1]}"
        raise ConfigurationError(f"models translate in no such precision — given {precision!r} — give {known}")
    names = checkpoint.split(CHECKPOINT_SEPARATOR)
    if not all(names):
        raise ConfigurationError(f"a checkpoint has no name — given {checkpoint!r} — give names such as best,last")
    if not runs:
        raise ConfigurationError("there is nothing to translate with — given no run — give one at least")
    for run in runs:
        if is_address(run):
            raise ConfigurationError(
                "a server can neither be a member of an ensemble nor be helped by a language model or compute in "
                f"another precision — given {run} — give runs"
            )
    members = tuple(Member(Path(run), name) for run in runs for name in names)
    if len(members) == 1 and (weights is not None or average != AVERAGE):
        raise ConfigurationError(
            f"weights and an average are for an ensemble — given one model alone, {runs[0]} — leave them out, or name "
            "more runs or checkpoints"
        )
    return Members(members, None if weights is None else tuple(weights), average, fusion, precision)


def fusion_of(run: str | Path | None, weight: float | None) -> Fusion | None:
    """The language model that helps a search, if one is named.

    Raises:
        ConfigurationError: a run is given without a weight, or a weight without a run.
    """
    if run is None and weight is None:
        return None
    if run is None or weight is None:
        raise ConfigurationError(
            f"a language model that helps a search has a run and a weight — given run {run} and weight {weight} — give "
            "both, such as runs/lm and 0.2"
        )
    return Fusion(Path(run), weight)


def parse_weights(text: str) -> tuple[float, ...]:
    """`0.5,0.3,0.2` -> (0.5, 0.3, 0.2)

    Raises:
        ConfigurationError: one is no number.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigurationError(
            f"weights are numbers with commas between — given {text!r} — give such as 0.5,0.3,0.2"
        ) from None


def run_or_members(
    run: str | Path,
    checkpoint: str,
    ensemble: Sequence[str | Path] = (),
    weights: str | None = None,
    average: str | None = None,
    fusion: Fusion | None = None,
    precision: str | None = None,
) -> str | Path | Members:
    """What the command line names: the run itself unless something that makes it `Members` was said."""
    alone = not ensemble and weights is None and average is None and CHECKPOINT_SEPARATOR not in checkpoint
    if alone and fusion is None and precision in (None, FLOAT32):
        return run
    return members_of(
        (run, *ensemble),
        checkpoint,
        None if weights is None else parse_weights(weights),
        AVERAGE if average is None else average,
        fusion,
        precision or FLOAT32,
    )

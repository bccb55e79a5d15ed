"""The coverage penalty: hypotheses that leave parts of the source unread score less."""

from __future__ import annotations

from typing import Any

from keras import ops

from seq2seq.decoding.state import BONUS, Step

# A position with less attention than this, in all, counts as having this much: log 0 would rule a hypothesis out.
LEAST_COVERAGE = 1e-10


def coverage_penalty(coverage: Any, mask: Any, strength: Any) -> Any:
    """cp(X, Y) = strength * sum over i of log(min(sum over j of p_ij, 1)) (Wu et al. 2016, eq. 14), at most 0.

    Args:
        coverage: (rows, source_time), the attention that each source position i got in all steps j.
        mask: (rows, source_time) booleans, the real positions; the source's end is one of them.
        strength: of all rows, or (rows,), of each.
    """
    read = ops.clip(coverage, LEAST_COVERAGE, 1.0)
    return strength * ops.sum(ops.where(mask, ops.log(read), 0.0), axis=-1)


def covered(step: Step, attention: str = "attention") -> Step:
    """The step that also gives the penalty, as the bonus of its hypotheses; its state is that of `covered_state`.

    The attention of the step that writes an id belongs to the hypothesis that ends with it.

    Args:
        attention: the name of the extra (rows, source_time).
    """

    def covered_step(ids: Any, state: Any) -> tuple[Any, Any, dict[str, Any]]:
        log_probs, inner, extras = step(ids, state["step"])
        coverage, memory = state["coverage"] + extras[attention], state["memory"]
        bonus = coverage_penalty(coverage, memory["mask"], memory["strength"])
        return log_probs, {"step": inner, "coverage": coverage, "memory": memory}, {**extras, BONUS: bonus}

    return covered_step


def covered_state(state: Any, mask: Any, strength: Any) -> Any:
    """The state of a covered step, for the first call; `mask` and `strength` as in `coverage_penalty`."""
    coverage = ops.zeros(ops.shape(mask), dtype="float32")
    memory = {"mask": mask, "strength": ops.zeros_like(coverage[:, 0]) + strength}
    return {"step": state, "coverage": coverage, "memory": memory}

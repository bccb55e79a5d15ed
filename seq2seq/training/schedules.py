"""Learning-rate schedules: pure functions of the number of the update, counted from 1.

Each returns the factor by which the configured learning rate is multiplied. What depends on the past (reduction on a
plateau) is a `Patience` in the training state.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(warmup_steps: int = 0) -> Schedule:
    """A linear rise over the first `warmup_steps` updates, then 1: with 4, the factors are 1/4, 2/4, 3/4, 1, 1, ..."""
    return lambda step: _warmup(step, warmup_steps)


def inverse_square_root(warmup_steps: int) -> Schedule:
    """A linear rise to 1 at `warmup_steps`, then sqrt(warmup_steps / step) (Vaswani et al. 2017, eq. 3)."""
    return lambda step: min(step / warmup_steps, math.sqrt(warmup_steps / step))


def cosine(decay_steps: int, warmup_steps: int = 0, final_fraction: float = 0.0) -> Schedule:
    """A linear rise, then half a cosine over the `decay_steps` updates after it, down to `final_fraction`, which stays.

    Loshchilov & Hutter 2017, eq. 5, without restarts.
    """

    def factor(step: int) -> float:
        if step <= warmup_steps:
            return _warmup(step, warmup_steps)
        progress = min(1.0, (step - warmup_steps) / decay_steps)
        return final_fraction + (1.0 - final_fraction) * 0.5 * (1.0 + math.cos(math.pi * progress))

    return factor


def halving(start_step: int, every_steps: int, factor: float = 0.5) -> Schedule:
    """1 up to and with update `start_step`, then `factor`, and once more each `every_steps` (Luong et al. 2015, 4.1).

    With start 2 and every 3, updates 1 and 2 have 1, updates 3, 4, 5 have 1/2, updates 6, 7, 8 have 1/4.
    """
    return lambda step: 1.0 if step <= start_step else factor ** (1 + (step - start_step - 1) // every_steps)


def _warmup(step: int, warmup_steps: int) -> float:
    return min(1.0, step / warmup_steps) if warmup_steps else 1.0

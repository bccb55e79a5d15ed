"""Dropout over sequences, by the shape of its noise."""

from __future__ import annotations

from typing import Any

import keras


def sequence_dropout(rate: float, variational: bool, **arguments: Any) -> keras.layers.Dropout:
    """Dropout on (batch, time, units): a new mask each time step, or one for all of them (Gal & Ghahramani 2016)."""
    return keras.layers.Dropout(rate, noise_shape=(None, 1, None) if variational else None, **arguments)


def word_dropout(rate: float, **arguments: Any) -> keras.layers.Dropout:
    """Dropout of whole positions of (batch, time, units); the others are scaled by 1 / (1 - rate) as in all dropout.

    Gal & Ghahramani 2016, 4.2, differ in that they drop each word type at all its places.
    """
    return keras.layers.Dropout(rate, noise_shape=(None, None, 1), **arguments)

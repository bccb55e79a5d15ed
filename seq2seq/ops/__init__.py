"""Pure functions on tensors, in keras.ops; a backend's own fast path has a plain twin."""

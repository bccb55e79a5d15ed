"""Pure functions on tensors, in keras.ops."""

"""A run as a SavedModel: text in, translations out, for a model server, for C, or for this package."""

"""The configuration: its schema, and YAML with overrides to it and back. No TensorFlow, so mistakes answer at once."""

from seq2seq.config.loading import dump_configuration, flatten, load_configuration
from seq2seq.config.schema import RunConfiguration, Search
from seq2seq.config.search import search_with

__all__ = ["RunConfiguration", "Search", "dump_configuration", "flatten", "load_configuration", "search_with"]

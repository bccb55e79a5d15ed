"""Clients of a model server, this package's own or TF Serving's; over REST without TensorFlow."""

from __future__ import annotations

from seq2seq.client.answers import Metadata, Score, Translation, VersionStatus
from seq2seq.client.rest import Client

__all__ = ["Client", "Metadata", "Score", "Translation", "VersionStatus"]

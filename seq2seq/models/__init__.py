"""The encoder-decoder, and the one map from configuration to it."""

from seq2seq.models.build import build_model
from seq2seq.models.encoder_decoder import EncoderDecoder

__all__ = ["EncoderDecoder", "build_model"]

"""Search for the best ids by a step function, which may be any model or several."""

from seq2seq.decoding.beam import beam_search
from seq2seq.decoding.greedy import greedy_search
from seq2seq.decoding.hypotheses import Hypotheses

__all__ = ["Hypotheses", "beam_search", "greedy_search"]

"""How good translations are: corpus scores and perplexity."""

from seq2seq.evaluation.perplexity import perplexity
from seq2seq.evaluation.scores import Scores, bleu, bleu_signature, score_corpus

__all__ = ["Scores", "bleu", "bleu_signature", "perplexity", "score_corpus"]

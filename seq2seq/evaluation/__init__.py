"""How good translations are: corpus scores and perplexity, how far they may be chance, and where they come from."""

from seq2seq.evaluation.breakdowns import by_rarest_word, by_source_length, by_word_frequency
from seq2seq.evaluation.metrics import new_metrics
from seq2seq.evaluation.perplexity import perplexity
from seq2seq.evaluation.scores import METRIC_LABELS, Scores, bleu, bleu_signature, score_corpus
from seq2seq.evaluation.sentences import SentenceScores, choose_examples, score_sentences, worst_and_best
from seq2seq.evaluation.significance import Significance, bootstrap_bytes, measure_significance
from seq2seq.evaluation.word_differences import compare_words, marked_differences
from seq2seq.evaluation.words import count_words, split_words, spoken_words

__all__ = [
    "METRIC_LABELS",
    "Scores",
    "SentenceScores",
    "Significance",
    "bleu",
    "bleu_signature",
    "bootstrap_bytes",
    "by_rarest_word",
    "by_source_length",
    "by_word_frequency",
    "choose_examples",
    "compare_words",
    "count_words",
    "marked_differences",
    "measure_significance",
    "new_metrics",
    "perplexity",
    "score_corpus",
    "score_sentences",
    "split_words",
    "spoken_words",
    "worst_and_best",
]

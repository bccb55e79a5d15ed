"""How good each of several texts is, were another of them the reference: sentence-level scores of all pairs at once.

The numbers are those of sacreBLEU's `sentence_score` (2.x). It counts the n-grams of both texts anew for every pair;
here each text's are counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.helpers import extract_all_char_ngrams, extract_word_ngrams

Matrix = np.ndarray


def chrf_utilities(texts: Sequence[str]) -> Matrix:
    """chrF2 (Popović 2015) of every text (rows) against every other and itself (columns): (texts, texts), 0 to 100.

    Precision and recall are averaged over the orders 1 to 6 that both texts have n-grams of, as sacreBLEU does.
    """
    counted = [extract_all_char_ngrams(text, CHRF.CHAR_ORDER) for text in texts]
    precision, recall, orders = (np.zeros((len(texts), len(texts))) for _ in range(3))
    for order in range(CHRF.CHAR_ORDER):
        matches, totals = _matches([counters[order] for counters in counted])
        hypotheses, references = totals[:, None], totals[None, :]
        both = (hypotheses > 0) & (references > 0)
        precision += np.where(both, matches / np.maximum(hypotheses, 1), 0.0)
        recall += np.where(both, matches / np.maximum(references, 1), 0.0)
        orders += both
    precision, recall = precision / np.maximum(orders, 1), recall / np.maximum(orders, 1)
    factor = CHRF.BETA**2
    divisor = factor * precision + recall
    return 100.0 * (1 + factor) * precision * recall / np.where(divisor > 0, divisor, 1.0)


def bleu_utilities(texts: Sequence[str]) -> Matrix:
    """BLEU of every text (rows) against every other and itself (columns): (texts, texts), 0 to 100.

    13a tokens, cased, orders 1 to 4 with exponential smoothing, and effective order: texts too short for the higher
    orders are scored by the lower ones.
    """
    metric = _bleu()
    tokens = [metric.tokenizer(text.rstrip()).split() for text in texts]
    lengths = [len(each) for each in tokens]
    orders = range(1, metric.max_ngram_order + 1)
    counted = [_matches([extract_word_ngrams(each, order) for each in tokens]) for order in orders]
    utilities = np.zeros((len(texts), len(texts)))
    for hypothesis, reference in np.ndindex(utilities.shape):
        utilities[hypothesis, reference] = metric.compute_bleu(
            correct=[int(matches[hypothesis, reference]) for matches, _ in counted],
            total=[int(totals[hypothesis]) for _, totals in counted],
            sys_len=lengths[hypothesis],
            ref_len=lengths[reference],
            smooth_method=metric.smooth_method,
            effective_order=True,
        ).score
    return utilities


# The one map from names to utilities.
UTILITIES: dict[str, Callable[[Sequence[str]], Matrix]] = {"chrf": chrf_utilities, "bleu": bleu_utilities}


def _matches(counters: Sequence[Counter[str]]) -> tuple[Matrix, Matrix]:
    """How many n-grams each two texts share (texts, texts), each as often as in the one that has fewer; and totals."""
    places: dict[str, int] = {}
    for counter in counters:
        for ngram in counter:
            places.setdefault(ngram, len(places))
    counts = np.zeros((len(counters), len(places)), dtype="int32")
    for row, counter in enumerate(counters):
        for ngram, count in counter.items():
            counts[row, places[ngram]] = count
    matches = [np.minimum(row, counts).sum(axis=1) for row in counts]  # a row at a time: all pairs would take much room
    return np.asarray(matches).reshape(len(counters), len(counters)), counts.sum(axis=1)


@lru_cache(maxsize=1)
def _bleu() -> BLEU:
    return BLEU(effective_order=True)

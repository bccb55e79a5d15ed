"""Corpus scores by sacreBLEU (Post 2018), each with the signature that says how it was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sacrebleu.metrics import BLEU
from sacrebleu.metrics.base import Metric

from seq2seq.errors import DataError
from seq2seq.evaluation.metrics import new_metrics
from seq2seq.plain_json import to_json

METRIC_LABELS = {
    "bleu": "BLEU",
    "bleu_lowercase": "BLEU lowercased",
    "chrf": "chrF2",
    "chrf_plus_plus": "chrF2++",
    "ter": "TER",
}


@dataclass(frozen=True)
class Scores:
    """Scores of a corpus; all but the length ratio and perplexity from 0 to 100, TER beyond.

    Attributes:
        lines: how many pairs were compared.
        bleu, bleu_lowercase: BLEU on 13a tokens of the detokenised text, cased and lowercased. Higher is better.
        chrf, chrf_plus_plus: chrF2, and chrF2++, which counts words and pairs of words too. Higher is better.
        ter: translation edit rate. Lower is better.
        exact_match: percentage of lines equal to their reference, but for white space around them.
        length_ratio: 13a tokens of the hypotheses / those of the references.
        signatures: name -> sacreBLEU's signature, for `bleu`, `bleu_lowercase`, `chrf`, `chrf_plus_plus` and `ter`.
        perplexity: of the references per piece, if it was measured.
    """

    lines: int
    bleu: float
    bleu_lowercase: float
    chrf: float
    chrf_plus_plus: float
    ter: float
    exact_match: float
    length_ratio: float
    signatures: dict[str, str]
    perplexity: float | None = None

    def to_text(self, half_widths: Mapping[str, float] | None = None) -> str:
        """A table of names, values (with half their 95 % interval where it is given) and signatures, one a line."""
        widths = half_widths or {}
        rows = [
            *((label, f"{getattr(self, name):.2f}", self.signatures[name]) for name, label in METRIC_LABELS.items()),
            ("exact match %", f"{self.exact_match:.2f}", ""),
            ("length ratio", f"{self.length_ratio:.3f}", ""),
        ]
        if self.perplexity is not None:
            rows.append(("perplexity", f"{self.perplexity:.2f}", "per piece of the reference, end counted"))
        rows.append(("lines", str(self.lines), ""))
        intervals = {METRIC_LABELS[name]: f" ± {width:.2f}" for name, width in widths.items()}
        column = max(map(len, intervals.values()), default=0)
        return "\n".join(
            f"{name:<16}{value:>8}{intervals.get(name, ''):<{column}}  {signature}".rstrip()
            for name, value, signature in rows
        )

    def to_json(self) -> str:
        """All attributes as a JSON object, null where one is no finite number."""
        return to_json(asdict(self), indent=2)


def score_corpus(
    hypotheses: Sequence[str],
    references: Sequence[str],
    perplexity: float | None = None,
    metrics: Mapping[str, Metric] | None = None,
) -> Scores:
    """All scores of hypotheses against one reference each; perplexity, which takes a model, is handed in.

    `metrics`, of `new_metrics`, are handed in where the same texts are scored more than once. Raises DataError if there
    are no lines or the numbers of lines differ.
    """
    check_pairs(hypotheses, references)
    signatures, values = {}, {}
    for name, metric in (metrics or new_metrics()).items():
        values[name] = metric.corpus_score(hypotheses, [references])
        signatures[name] = str(metric.get_signature())
    matches = sum(ours.strip() == theirs.strip() for ours, theirs in zip(hypotheses, references, strict=True))
    counts = values["bleu"]
    return Scores(
        lines=len(references),
        **{name: float(value.score) for name, value in values.items()},
        exact_match=100.0 * matches / len(references),
        length_ratio=counts.sys_len / counts.ref_len if counts.ref_len else float("nan"),
        signatures=signatures,
        perplexity=perplexity,
    )


def bleu(hypotheses: Sequence[str], references: Sequence[str], lowercase: bool = False) -> float:
    """Corpus BLEU (13a), from 0 to 100; raises DataError as `score_corpus`."""
    check_pairs(hypotheses, references)
    return float(BLEU(lowercase=lowercase).corpus_score(hypotheses, [references]).score)


def bleu_signature(lowercase: bool = False) -> str:
    """How `bleu` is computed, in sacreBLEU's words."""
    metric = BLEU(lowercase=lowercase)
    metric.corpus_score(["one line"], [["one line"]])  # the number of references is known after a score alone
    return str(metric.get_signature())


def check_pairs(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    """Raises DataError if there are no lines or the numbers of lines differ."""
    if len(hypotheses) != len(references):
        raise DataError(
            f"hypotheses and references do not pair up — given {len(hypotheses)} hypotheses and {len(references)} "
            "references — give one of each for every line"
        )
    if not references:
        raise DataError("there is nothing to score — given 0 lines — give at least one hypothesis and its reference")

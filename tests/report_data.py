"""Data of reports for tests: small, and hostile."""

from __future__ import annotations

import numpy as np

from seq2seq.report import AttentionMap, Distribution, ReportData, Sentence, SentenceOutput

HOSTILE = "</script><script>window.broken=1</script><img src=x onerror=window.broken=2> \u2028 {{data}} & \"quoted' -->"
RIGHT_TO_LEFT = "שלום, עולם!"


def part(label: str, lines: int, bleu: float) -> dict:
    return {"label": label, "lines": lines, "bleu": bleu, "chrf": bleu, "length_ratio": 1.0, "exact_match": 0.0}


def system(bleu: float) -> dict:
    scores = {"bleu": bleu, "chrf": bleu + 1, "chrf_plus_plus": bleu + 2, "ter": 100 - bleu}
    return {
        **scores,
        "bleu_lowercase": bleu + 3,
        "exact_match": 12.5,
        "length_ratio": 0.987,
        "perplexity": None,
        "signatures": {"bleu": "nrefs:1|tok:13a", "ter": "nrefs:1|tok:tercom"},
        "intervals": {metric: {"mean": value + 0.1, "half_width": 1.5} for metric, value in scores.items()},
        "by_source_length": [part("1-5", 3, bleu), part("6-10", 42, bleu / 2)],
    }


def report_data(names: list[str], count: int = 45, **changes) -> ReportData:
    """A report on `count` sentences; the first is hostile, the second right to left, and two have attention."""
    systems = [system(30.0 + 7 * place) for place in range(len(names))]
    outputs = [
        [
            SentenceOutput(
                chrf=float((7 * line + 31 * place) % 101),
                bleu=float((13 * line) % 101),
                against_reference=["equal ", f"different{line}", f" by {place}"],
                against_baseline=[] if place == 0 else [f"equal different{line} by ", f"{place}"],
            )
            for place in range(len(names))
        ]
        for line in range(count)
    ]
    outputs[0][0] = SentenceOutput(50.0, 50.0, [HOSTILE], [])
    sentences = [
        Sentence(line + 1, f"source number{line}", f"reference number{line}", 2 + line % 9, outputs[line])
        for line in range(count)
    ]
    sentences[0] = Sentence(1, HOSTILE, HOSTILE, 9, outputs[0])
    sentences[1] = Sentence(2, RIGHT_TO_LEFT, RIGHT_TO_LEFT, 4, outputs[1])
    common = {"training_text": {"left_out": "nobody knows"}}
    if len(names) > 1:
        common["comparisons"] = [
            {
                "baseline": names[0],
                "system": name,
                "metric": "bleu",
                "difference": 7.0 * place,
                "bootstrap_p": 0.01 * place,
                "randomisation_p": 0.2,
            }
            for place, name in enumerate(names)
            if place
        ]
    weights = np.eye(3, 4) * 0.9 + 0.025
    long = np.tile(np.eye(60), (1, 1)) * 0.8 + 0.2 / 60
    maps = {
        1: [
            AttentionMap(0, ("▁a", "▁b", HOSTILE, "</s>"), ("▁C", "B", "</s>"), weights),
        ],
        3: [
            AttentionMap(place, [f"▁read{number}" for number in range(60)], [f"▁put{n}" for n in range(60)], long)
            for place in range(len(names))
        ],
    }
    events = [
        {"event": "train", "step": step, "loss": 9.0 / step, "perplexity": 2.0 ** (9 / step), "learning_rate": 0.001}
        for step in range(1, 500)
    ]
    events += [{"event": "validation", "step": step, "perplexity": 3.0, "bleu": step / 20} for step in (100, 200, 300)]
    data = {
        "title": f"Evaluation on {HOSTILE}",
        "text": "test",
        "lines": count,
        "names": names,
        "systems": systems,
        "common": common,
        "facts": [{"from": f"runs/{HOSTILE}"} for _ in names],
        "sentences": sentences,
        "distributions": [
            Distribution("chrF2 of sentences", "score", 0.0, 100.0, 10, [[1.0, 50.0, 100.0] for _ in names]),
        ],
        "events": {names[0]: events},
        "attention": maps,
    }
    return ReportData(**{**data, **changes})

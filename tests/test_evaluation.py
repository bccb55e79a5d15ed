"""Corpus scores against values by hand, and their laws."""

from __future__ import annotations

import json
import math

import pytest

from seq2seq.errors import DataError
from seq2seq.evaluation import bleu, perplexity, score_corpus
from seq2seq.plain_json import to_json
from seq2seq.workflows import evaluation_folder as workflow

REFERENCES = ["Ein Mann fährt auf einem roten Fahrrad.", "Zwei Hunde spielen im Schnee, und ein Kind sieht zu."]


def test_a_text_against_itself():
    scores = score_corpus(REFERENCES, REFERENCES)
    assert scores.bleu == pytest.approx(100.0)
    assert scores.bleu_lowercase == pytest.approx(100.0)
    assert scores.chrf == pytest.approx(100.0)
    assert scores.ter == 0.0
    assert scores.exact_match == 100.0
    assert scores.length_ratio == 1.0
    assert bleu(REFERENCES, REFERENCES) == pytest.approx(100.0)


def test_bleu_by_hand():
    """Tokens: a b c d e f g h . against a b c d x f g h i . — 13a parts the full stop from its word.

    1-grams 8 of 9 (all but e), 2-grams 5 of 8 (ab bc cd fg gh), 3-grams 3 of 7 (abc bcd fgh), 4-grams 1 of 6 (abcd);
    9 tokens against 10, so the brevity penalty is exp(1 - 10/9).
    """
    expected = 100 * math.exp(1 - 10 / 9) * (8 / 9 * 5 / 8 * 3 / 7 * 1 / 6) ** 0.25
    assert bleu(["a b c d e f g h."], ["a b c d x f g h i."]) == pytest.approx(expected)


def test_bleu_is_of_the_corpus_and_not_a_mean_of_lines():
    hypotheses, references = ["a b c d e", "v w x y"], ["a b c d f", "v w x y"]
    counts = [(4 + 4, 5 + 4), (3 + 3, 4 + 3), (2 + 2, 3 + 2), (1 + 1, 2 + 1)]
    expected = 100 * math.prod(matched / total for matched, total in counts) ** 0.25
    assert bleu(hypotheses, references) == pytest.approx(expected)


def test_order_of_lines_and_of_sides_matters():
    hypotheses = [REFERENCES[0], "Zwei Hunde spielen."]
    assert bleu(hypotheses, REFERENCES) > bleu(hypotheses[::-1], REFERENCES)
    assert bleu(hypotheses, REFERENCES) == pytest.approx(bleu(hypotheses[::-1], REFERENCES[::-1]))
    assert bleu(hypotheses, REFERENCES) != pytest.approx(bleu(REFERENCES, hypotheses))


def test_case_counts_only_when_asked():
    shouted = [line.upper() for line in REFERENCES]
    scores = score_corpus(shouted, REFERENCES)
    assert scores.bleu_lowercase == pytest.approx(100.0)
    assert scores.bleu < 10.0
    assert bleu(shouted, REFERENCES, lowercase=True) == pytest.approx(100.0)
    assert scores.exact_match == 0.0


def test_signatures_say_what_was_computed():
    signatures = score_corpus(REFERENCES, REFERENCES).signatures
    assert set(signatures) == {"bleu", "bleu_lowercase", "chrf", "chrf_plus_plus", "ter"}
    assert "case:mixed" in signatures["bleu"]
    assert "case:lc" in signatures["bleu_lowercase"]
    for name in ("bleu", "bleu_lowercase"):
        assert "tok:13a" in signatures[name]
    assert "nw:0" in signatures["chrf"]
    assert "nw:2" in signatures["chrf_plus_plus"]
    assert all("version:" in signature for signature in signatures.values())


def test_exact_match_and_length_ratio():
    scores = score_corpus(["a b c d ", "a b"], ["a b c d", "a b c d"])
    assert scores.exact_match == 50.0
    assert scores.length_ratio == pytest.approx(6 / 8)


def test_renderings_hold_every_number():
    scores = score_corpus([REFERENCES[0], "Zwei Hunde spielen."], REFERENCES, perplexity=7.25)
    table, parsed = scores.to_text(), json.loads(scores.to_json())
    for name in ("bleu", "bleu_lowercase", "chrf", "chrf_plus_plus", "ter"):
        assert f"{getattr(scores, name):.2f}" in table
        assert scores.signatures[name] in table
        assert parsed[name] == getattr(scores, name)
    assert "7.25" in table
    assert parsed["perplexity"] == 7.25
    assert parsed["lines"] == 2
    assert "perplexity" not in score_corpus(REFERENCES, REFERENCES).to_text()


@pytest.mark.parametrize("function", [bleu, score_corpus])
def test_unequal_counts_name_both(function):
    with pytest.raises(DataError, match="1 hypotheses and 2 references"):
        function(REFERENCES[:1], REFERENCES)
    with pytest.raises(DataError, match="0 lines"):
        function([], [])


def test_empty_hypotheses_score_nothing():
    scores = score_corpus(["", ""], REFERENCES)
    assert scores.bleu == 0.0
    assert scores.length_ratio == 0.0
    assert scores.ter == pytest.approx(100.0)


def test_json_knows_no_infinity_and_no_nan():
    scores = score_corpus(["a"], [""], perplexity=math.inf)
    assert math.isnan(scores.length_ratio)
    parsed = json.loads(scores.to_json(), parse_constant=pytest.fail)
    assert parsed["perplexity"] is parsed["length_ratio"] is None
    assert parsed["exact_match"] == 0.0
    nested = {"ü": [1, (math.nan, {"x": -math.inf})], "none": None, "true": True}
    assert to_json(nested) == '{"ü": [1, [null, {"x": null}]], "none": null, "true": true}'


def test_perplexity():
    assert perplexity([(-3 * math.log(11), 3), (-5 * math.log(11), 5)]) == pytest.approx(11.0)  # uniform over 11
    assert perplexity([(-math.log(2), 1), (-math.log(8), 1)]) == pytest.approx(4.0)
    assert perplexity([(-math.log(2), 1), (-math.log(8), 3)]) == pytest.approx(2.0)  # by token, not by line
    assert perplexity([(-1e9, 1)]) == math.inf
    with pytest.raises(DataError, match="0 tokens"):
        perplexity([])


def test_scores_never_lie_beside_the_hypotheses_of_another_evaluation(tmp_path, monkeypatch):
    """A kill before the scores are written leaves new hypotheses, and no scores, torn or old, and no report."""
    workflow.write_hypotheses(tmp_path, {"hypotheses.txt": ["one", "two"]})
    workflow.write_scores(tmp_path, {"checkpoint": "old"})
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["checkpoint"] == "old"
    (tmp_path / "report.html").write_text("old")
    write_text = workflow.write_text

    def killed(path, text):
        if path.name == "scores.json":
            raise KeyboardInterrupt
        write_text(path, text)

    monkeypatch.setattr(workflow, "write_text", killed)
    workflow.write_hypotheses(tmp_path, {"hypotheses.txt": ["three", "four"]})
    with pytest.raises(KeyboardInterrupt):
        workflow.write_scores(tmp_path, {"checkpoint": "new"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "hypotheses.txt": "three\nfour\n"
    }

"""Writes the embedded corpus: an English-German everyday phrasebook, the same on every machine and every Python.

    python data/phrasebook/generate.py [--output FOLDER]

Every English and every German sentence occurs once in the whole corpus, case and punctuation apart, so that no test
sentence can be seen in training and no English sentence has two translations.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections import Counter
from pathlib import Path

import compounds
import services
import situations
from dice import Dice

SEED = 20_241
SIZES = {"train": 20_000, "validation": 500, "test": 500}
LONGEST = 22  # words of the English sentence
LEAST_USES = 15  # a word of validation or test occurs at least this often in training
SITUATIONS = (  # a function that draws a pair, and its share
    (situations.statement, 10.0),
    (situations.fronted, 7.0),
    (situations.yes_no_question, 6.0),
    (situations.addressed, 6.0),
    (situations.when_question, 3.0),
    (situations.object_question, 4.0),
    (situations.who_question, 1.5),
    (situations.where_question, 3.0),
    (situations.request, 5.0),
    (situations.judged, 3.0),
    (situations.liked, 3.0),
    (situations.missing, 1.5),
    (situations.unsuited, 1.5),
    (situations.compared, 2.0),
    (compounds.because, 4.0),
    (compounds.although, 3.0),
    (compounds.if_then, 4.0),
    (compounds.polite_if, 1.5),
    (compounds.that, 6.0),
    (compounds.whether, 4.0),
    (compounds.indirect_question, 3.0),
    (compounds.before, 2.5),
    (compounds.after, 2.0),
    (compounds.relative_object, 4.0),
    (compounds.relative_subject, 3.0),
    (compounds.relative_dative, 2.0),
    (compounds.in_order_to, 4.0),
    (compounds.infinitive, 4.0),
    (services.lying, 3.0),
    (services.laying, 3.0),
    (services.age, 1.5),
    (services.measure, 2.5),
    (services.costs, 3.0),
    (services.total, 1.5),
    (services.order, 3.0),
    (services.clock_time, 1.0),
    (services.beginning, 3.0),
    (services.opening_hours, 1.5),
    (services.calendar, 3.0),
    (services.since, 2.5),
    (services.directions, 5.0),
    (services.traffic, 3.0),
    (services.reservation, 3.0),
    (services.garment, 4.0),
    (services.pain, 1.0),
    (services.illness, 1.5),
    (services.weather, 2.0),
)


def finished(sentence: str) -> str:
    """With a capital letter and a mark at the end."""
    sentence = sentence[:1].upper() + sentence[1:]
    return sentence if sentence[-1] in "?!" or sentence.endswith(("a.m.", "p.m.")) else sentence + "."


def normalized(sentence: str) -> str:
    """Lower case without punctuation: two sentences that are equal so are one sentence to the splits."""
    return " ".join(
        "".join(char for char in sentence.lower() if not unicodedata.category(char).startswith("P")).split()
    )


def words(sentence: str) -> list[str]:
    return [word.strip(".,?!") for word in sentence.split()]


def draw_pairs(dice: Dice, count: int) -> list[tuple[str, str]]:
    """Pairs of which every side is new."""
    seen_english: set[str] = set()
    seen_german: set[str] = set()
    pairs = []
    while len(pairs) < count:
        english, german = (finished(sentence) for sentence in dice.weighted(SITUATIONS)(dice))
        english_key, german_key = normalized(english), normalized(german)
        if english_key in seen_english or german_key in seen_german or len(words(english)) > LONGEST:
            continue
        seen_english.add(english_key)
        seen_german.add(german_key)
        pairs.append((english, german))
    return pairs


def split(pairs: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Test and validation are the first pairs whose words are all common; the others are for training."""
    uses = [Counter(word for pair in pairs for word in words(pair[side])) for side in (0, 1)]
    held_out = SIZES["test"] + SIZES["validation"]
    common, rest = [], []
    for pair in pairs:
        frequent = all(
            uses[side][word] >= 2 * LEAST_USES for side in (0, 1) for word in words(pair[side]) if not is_number(word)
        )
        (common if frequent and len(common) < held_out else rest).append(pair)
    return {"test": common[: SIZES["test"]], "validation": common[SIZES["test"] :], "train": rest[: SIZES["train"]]}


_NUMBER_PIECES = [
    "tausend",
    "hundert",
    "und",
    "ein",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "sech",
    "sieb",
    "zwanzig",
    "dreißig",
    "zig",
    "st",
    "t",
    "en",
    "e",
]


def is_number(word: str) -> bool:
    """Whether a word is made of digits, or is a number composed of number words."""
    if word[0].isdigit():
        return True
    while word:
        piece = next((piece for piece in sorted(_NUMBER_PIECES, key=len, reverse=True) if word.startswith(piece)), None)
        if piece is None:
            return False
        word = word[len(piece) :]
    return True


def write(folder: Path) -> None:
    dice = Dice(SEED)
    parts = split(draw_pairs(dice, sum(SIZES.values())))
    folder.mkdir(parents=True, exist_ok=True)
    for name, pairs in parts.items():
        for language, side in (("en", 0), ("de", 1)):
            text = "".join(pair[side] + "\n" for pair in pairs)
            (folder / f"{name}.{language}").write_bytes(text.encode("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Write the English-German phrasebook: train, validation and test, .en and .de."
    )
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent, help="where to (default: beside this script)"
    )
    write(parser.parse_args().output)


if __name__ == "__main__":
    main()

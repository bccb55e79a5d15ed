"""Writes the embedded corpus: an English-German everyday phrasebook, the same on every machine and every Python.

    python data/phrasebook/generate.py [--output FOLDER]

Every English and every German sentence occurs once in the whole corpus, case and punctuation apart, so that no test
sentence can be seen in training and no English sentence has two translations.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections import Counter
from pathlib import Path

import compounds
import services
import situations
import travel
from dice import Dice

SEED = 20_241
SIZES = {"train": 20_000, "validation": 500, "test": 500}
LONGEST = 22  # words of the English sentence
LEAST_USES = 15  # a word of validation or test occurs at least this often in training
MARGIN = 8  # what a word may lose to validation and test
SITUATIONS = (  # a function that draws a pair, and its share
    (situations.statement, 10.0),
    (situations.fronted, 7.0),
    (situations.yes_no_question, 6.0),
    (situations.to_friend, 5.0),
    (situations.to_several, 3.5),
    (situations.to_stranger, 2.0),
    (situations.when_question, 3.0),
    (situations.object_question, 4.5),
    (situations.who_question, 1.5),
    (situations.where_question, 3.0),
    (situations.request, 3.0),
    (situations.permission, 1.5),
    (situations.prohibition, 2.0),
    (situations.judged, 3.0),
    (situations.liked, 3.0),
    (situations.missing, 1.5),
    (situations.unsuited, 1.5),
    (situations.compared, 4.0),
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
    (compounds.infinitive, 6.0),
    (services.lying, 3.0),
    (services.laying, 3.0),
    (services.found, 1.5),
    (services.age, 2.0),
    (services.measure, 3.0),
    (services.costs, 3.5),
    (services.total, 2.0),
    (services.order, 3.0),
    (travel.clock_time, 1.0),
    (travel.beginning, 3.0),
    (travel.opening_hours, 1.5),
    (travel.calendar, 3.0),
    (travel.since, 2.5),
    (travel.directions, 5.0),
    (travel.traffic, 3.0),
    (travel.reservation, 3.0),
    (services.garment, 4.0),
    (services.pain, 1.0),
    (services.illness, 1.5),
    (travel.weather, 2.0),
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
    """In lower case and without punctuation at the ends: a word is the same word at the head of a sentence."""
    return [word.strip(".,?!") for word in sentence.lower().split()]


def draw_pairs(dice: Dice, count: int) -> list[tuple[str, str, int]]:
    """Pairs of which every side is new, each with the number of its situation.

    An English sentence that comes again must come with the same German one.
    """
    shares = [(number, share) for number, (_, share) in enumerate(SITUATIONS)]
    translations: dict[str, str] = {}
    seen_german: set[str] = set()
    pairs = []
    while len(pairs) < count:
        number = dice.weighted(shares)
        english, german = (finished(sentence) for sentence in SITUATIONS[number][0](dice))
        english_key, german_key = normalized(english), normalized(german)
        if translations.setdefault(english_key, german_key) != german_key:
            raise ValueError(
                f"an English sentence with two translations - given {english!r}, {german!r} and "
                f"{translations[english_key]!r} - let something in the English sentence decide"
            )
        if german_key in seen_german or len(words(english)) > LONGEST:
            continue
        seen_german.add(german_key)
        pairs.append((english, german, number))
    return pairs


def split(dice: Dice, pairs: list[tuple[str, str, int]]) -> dict[str, list[tuple[str, str, int]]]:
    """Test and validation hold each situation in its share, drawn from the pairs whose words are all common."""
    dice.shuffle(pairs)
    uses = [Counter(word for pair in pairs for word in words(pair[side])) for side in (0, 1)]
    common = [
        pair
        for pair in pairs
        if all(
            uses[side][word] >= LEAST_USES + MARGIN
            for side in (0, 1)
            for word in words(pair[side])
            if not is_number(word)
        )
    ]
    common.sort(key=lambda pair: pair[2])  # by situation; within one the shuffled order stays
    held_out = SIZES["test"] + SIZES["validation"]
    chosen = [common[position * len(common) // held_out] for position in range(held_out)]
    parts = {"test": chosen[0::2], "validation": chosen[1::2]}
    taken = {pair[0] for pair in chosen}
    parts["train"] = [pair for pair in pairs if pair[0] not in taken]
    dice.shuffle(parts["test"])
    dice.shuffle(parts["validation"])
    return parts


_NUMBER = re.compile(
    "[0-9].*"
    "|(?:ein|zwei|drei|vier|fünf|sechs?|sieb|sieben|acht|neun|zehn|elf|zwölf|zwan|ßig|zig|hundert|tausend|und)+"
    "(?:s?te?n?|s)?"
    "|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-[a-z]+)?"
)


def is_number(word: str) -> bool:
    """Whether a word is made of digits or is a number word, which may be rare because its pieces are not."""
    return _NUMBER.fullmatch(word) is not None


def write(folder: Path) -> None:
    dice = Dice(SEED)
    parts = split(dice, draw_pairs(dice, sum(SIZES.values())))
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

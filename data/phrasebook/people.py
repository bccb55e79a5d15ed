"""Who and what a sentence is about: subjects, people to call or help, noun phrases drawn from a group of nouns."""

from __future__ import annotations

import vocabulary
from adjectives import QUALITIES
from dice import Dice
from grammar import (
    DU,
    HE,
    IHR,
    NAMES_AS_OWNERS,
    NONE,
    SHE,
    SIE,
    THE,
    THEY,
    THIS,
    WE,
    A,
    Determiner,
    I,
    Nominal,
    Noun,
    NounPhrase,
    Owner,
    Pronoun,
    possessive,
)
from numerals import number


def relative(dice: Dice, owner: Owner) -> NounPhrase:
    return NounPhrase(dice.choose(vocabulary.RELATIVES), possessive(owner))


def relative_of_name(dice: Dice) -> NounPhrase:
    """`Anna's brother` / `Annas Bruder`."""
    german, english = dice.choose(tuple(NAMES_AS_OWNERS.items()))
    return NounPhrase(dice.choose(vocabulary.RELATIVES), Determiner(english, german, english))


def person(dice: Dice, owner: Owner) -> Nominal:
    """Somebody to visit, call or help: a relative, a friend, somebody by name."""
    draw = dice.below(10)
    if draw < 3:
        return relative(dice, owner)
    if draw < 4:
        return relative_of_name(dice)
    if draw < 7:
        nouns = dice.choose((vocabulary.ACQUAINTANCES, vocabulary.GROUPS))
        return phrase(dice, nouns, "plural own" if nouns is vocabulary.GROUPS else "own", owner, 0.1)
    if draw < 8:
        return phrase(dice, vocabulary.PROFESSIONALS, "the", owner, 0.4)
    return dice.choose(vocabulary.NAMES)


def object_pronoun(dice: Dice, subject: Nominal) -> Pronoun:
    """A pronoun that is not the subject's own; `you` is formal unless the subject settles it."""
    others = [other for other in (I, SIE, HE, SHE, WE, THEY) if other is not subject]
    if subject in (DU, IHR):
        others = [other for other in others if other is not SIE]
    if subject is I:
        others = [other for other in others if other is not WE]
    if subject is WE:
        others = [other for other in others if other is not I]
    return dice.choose(others)


def phrase(dice: Dice, nouns: tuple[Noun, ...], mode: str, owner: Owner, described: float = 0.35) -> NounPhrase:
    """A noun phrase; `mode` is one of a, the, this, own, mass, plural, `plural the`, `plural own`, count."""
    noun = dice.choose(nouns)
    qualities = QUALITIES.get(noun, ())
    adjectives = (dice.choose(qualities),) if qualities and dice.chance(described) else ()
    plural = mode.startswith("plural") or mode == "count"
    article = {"a": A, "the": THE, "this": THIS}.get(mode.removeprefix("plural "), NONE)
    if mode.endswith("own"):
        article = possessive(owner)
    count = number(2 + dice.below(9)) if mode == "count" else None
    return NounPhrase(noun, article, adjectives, plural, count)


def someone(dice: Dice) -> Nominal:
    """The subject of an everyday sentence."""
    draw = dice.below(20)
    if draw < 5:
        return I
    if draw < 8:
        return WE
    if draw < 12:
        return dice.pick((HE, SHE, THEY))
    if draw < 14:
        return SIE
    return third_party(dice)


def third_party(dice: Dice) -> Nominal:
    draw = dice.below(8)
    if draw < 2:
        return relative(dice, I.owner)
    if draw < 3:
        return relative_of_name(dice)
    if draw < 4:
        return phrase(dice, vocabulary.ACQUAINTANCES, "own", dice.pick((I, WE)).owner, 0.15)
    if draw < 6:
        return phrase(dice, vocabulary.GROUPS, "plural own", dice.pick((I, WE)).owner, 0.1)
    return dice.choose(vocabulary.NAMES)

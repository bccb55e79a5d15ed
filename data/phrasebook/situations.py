"""Sentences of one clause: what people do, questions, requests, and the standing situations of a phrasebook.

Every function draws one pair of an English and a German sentence, without the capital and the full stop.
"""

from __future__ import annotations

from dataclasses import replace

import vocabulary
from adjectives import ADJECTIVES, COLOURS
from clauses import (
    Clause,
    english_imperative,
    english_question,
    english_statement,
    german_imperative,
    german_question,
    german_statement,
    german_subordinate,
)
from compounds import Pair, plain, verdict
from dice import Dice
from events import draw_action, draw_event
from frames import MEALS, frames_of
from german import ACCUSATIVE, NOMINATIVE
from grammar import (
    BE,
    CAN,
    COULD,
    DU,
    HAVE_TO,
    HE,
    IHR,
    MAY,
    MUST,
    SHE,
    SIE,
    THE,
    THEY,
    THIS,
    WANT_TO,
    WE,
    WHICH,
    I,
    Name,
    NounPhrase,
    Part,
    Pronoun,
)
from people import phrase, someone, third_party
from times import future_time, past_time
from verbs import VERBS


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- events -----------------------------------------------------------------------------------------------------------


def statement(dice: Dice) -> Pair:
    clause = draw_event(dice)
    return english_statement(clause), german_statement(clause)


def fronted(dice: Dice) -> Pair:
    """`Tomorrow we ...`: in German the verb stays second, the subject comes third."""
    clause = draw_event(dice)
    while not clause.time or clause.time.english == "right now":
        clause = draw_event(dice)
    return english_statement(clause, clause.time), german_statement(clause, clause.time)


_FRIENDS = (*(Part(name.name, name.name) for name in vocabulary.NAMES), *vocabulary.FAMILY_VOCATIVES)
_SEVERAL = (
    Part("Children", "Kinder"),
    Part("Dear friends", "Liebe Freunde"),
    Part("Mum and Dad", "Mama und Papa"),
    Part("Grandma and Grandpa", "Oma und Opa"),
    Part("Anna and Peter", "Anna und Peter"),
    Part("Julia and Paul", "Julia und Paul"),
)
_STRANGERS = tuple(
    Part(f"{title} {name}", f"{german} {name}")
    for title, german in (("Mr.", "Herr"), ("Ms.", "Frau"))
    for name in vocabulary.SURNAMES
)


def yes_no_question(dice: Dice) -> Pair:
    subject = SIE if dice.chance(0.5) else someone(dice)
    own = subject is I
    clause = replace(draw_action(dice, I), modal=HAVE_TO) if own else draw_event(dice, subject, negative=0.1)
    return english_question(clause) + "?", german_question(clause) + "?"


def _addressed(dice: Dice, name: Part, subject: Pronoun) -> Pair:
    """Whom one speaks to decides between du, ihr and Sie."""
    if dice.chance(0.35):
        action = replace(draw_action(dice, subject, _REQUESTABLE), adverb=Part("", "bitte"))
        return f"{name.english}, please {english_imperative(action)}", f"{name.german}, {german_imperative(action)}"
    clause = draw_event(dice, subject, negative=0.1)
    if dice.chance(0.6):
        return f"{name.english}, {english_question(clause)}?", f"{name.german}, {german_question(clause)}?"
    return f"{name.english}, {english_statement(clause)}", f"{name.german}, {german_statement(clause)}"


def to_friend(dice: Dice) -> Pair:
    return _addressed(dice, dice.choose(_FRIENDS), DU)


def to_several(dice: Dice) -> Pair:
    return _addressed(dice, dice.choose(_SEVERAL), IHR)


def to_stranger(dice: Dice) -> Pair:
    return _addressed(dice, dice.choose(_STRANGERS), SIE)


_ASKED = SIE, SIE, SHE, HE, THEY, WE


def _asked(dice: Dice, *names: str) -> Clause:
    """A question's clause: a person does, did, wants or has to do one of the named things."""
    subject = dice.choose(_ASKED) if dice.chance(0.75) else third_party(dice)
    clause = replace(draw_action(dice, subject, frames_of(" ".join(names))), place=None, manner=None)
    kind = dice.below(4)
    if kind == 0:
        return replace(clause, tense="past")
    if kind == 1:
        return replace(clause, tense="future")
    if kind == 2:
        return replace(clause, modal=dice.pick((WANT_TO, HAVE_TO, CAN)))
    return replace(clause, tense="past", modal=dice.pick((WANT_TO, HAVE_TO)))


def when_question(dice: Dice) -> Pair:
    clause, (english, german) = _asked(dice), dice.pick((("when", "wann"), ("when", "wann"), ("why", "warum")))
    return english_question(clause, english) + "?", german_question(clause, german) + "?"


def object_question(dice: Dice) -> Pair:
    """`What did she buy yesterday?`, `Who did you help?` (Wem), `Which coat ...?`"""
    kind = dice.below(4)
    if kind == 0:
        clause = replace(_asked(dice, "call", "visit", "invite", "meet", "pick+up"), accusative=None, complement=None)
        english, german = "who", "wen"
        if clause.verb.particle:
            clause = replace(clause, place=None)
    elif kind == 1:
        clause = replace(_asked(dice, "help", "thank"), dative=None)
        english, german = "who", "wem"
    elif kind == 2:
        names = ["eat", "drink", "cook", "order", "buy", "read", "sell", "repair", "pack", "write"]
        clause = replace(_asked(dice, *names), accusative=None)
        english, german = "what", "was"
    else:
        nouns, name = dice.choose(_CHOICES)
        thing = phrase(dice, nouns, "the", SIE.owner, 0.2)
        clause = replace(_asked(dice, *name.split()), accusative=None, dative=None)
        thing = replace(thing, determiner=WHICH, plural=bool(thing.noun.english_plural) and dice.chance(0.3))
        english, german = thing.english, thing.german(ACCUSATIVE)
    if clause.tense == "past" and dice.chance(0.6):
        clause = replace(clause, time=past_time(dice, False))
    elif clause.tense != "past" and dice.chance(0.4):
        clause = replace(clause, time=future_time(dice, False))
    return english_question(clause, english) + "?", german_question(clause, german) + "?"


_CHOICES = (
    (vocabulary.CLOTHES, "buy try+on wear"),
    (vocabulary.READING[:2], "read buy"),
    (vocabulary.DEVICES, "repair turn+off buy"),
    (vocabulary.FURNITURE, "buy sell"),
    (vocabulary.SIGHTS, "visit"),
    (vocabulary.SHOWS[1:2], "see"),
    (MEALS, "order eat"),
)


def who_question(dice: Dice) -> Pair:
    """`Who repaired the car yesterday?`"""
    clause = draw_event(dice, Name("who", "m", "wer"), negative=0.0)
    clause = replace(clause, focus="")
    return english_statement(clause) + "?", german_statement(clause) + "?"


_MOTIONS = ("go", "drive", "travel", "fly", "move")


def where_question(dice: Dice) -> Pair:
    if dice.chance(0.5):
        clause = replace(_asked(dice, *_MOTIONS), complement=None)
        if clause.tense == "past" and dice.chance(0.6):
            clause = replace(clause, time=past_time(dice, True))
        elif clause.tense != "past" and dice.chance(0.6):
            clause = replace(clause, time=future_time(dice, True))
        return english_question(clause, "where") + "?", german_question(clause, "wohin") + "?"
    clause = _asked(
        dice, *dice.pick((("buy", "work", "sleep", "wait", "eat", "rent", "meet"), ("find", "lose", "see")))
    )
    if clause.verb.base in ("find", "lose", "see"):
        clause = replace(clause, tense="past", modal=None)
    return english_question(clause, "where") + "?", german_question(clause, "wo") + "?"


# --- requests ---------------------------------------------------------------------------------------------------------


_REQUESTABLE = frames_of(
    "call help open close turn+on turn+off book pick+up send bring cancel order buy* cook bake repair clean wash "
    "tidy+up show give explain sign fill+in reserve lend wait come invite feed water pack"
)
_ALLOWED = frames_of(
    "open close turn+on turn+off try+on invite visit order eat drink read look+at play go call show dance rest pay+for"
)
_FORBIDDEN = frames_of(
    "forget lose miss open close turn+on turn+off sell eat drink cancel sign swim invite call drive wear play dance"
)


def request(dice: Dice) -> Pair:
    action = replace(draw_action(dice, SIE, _REQUESTABLE), time=future_time(dice, False) if dice.chance(0.4) else None)
    if dice.chance(0.5):
        return f"please {english_imperative(action)}", f"bitte {german_imperative(action)}"
    action = replace(action, modal=COULD)
    german = replace(action, adverb=Part("", "bitte"))
    return f"{english_question(action)}, please?", f"{german_question(german)}?"


def permission(dice: Dice) -> Pair:
    action = replace(draw_action(dice, dice.pick((I, WE)), _ALLOWED), modal=MAY)
    return f"{english_question(action)}?", f"{german_question(action)}?"


def prohibition(dice: Dice) -> Pair:
    """`You mustn't forget your key.` / `Sie dürfen Ihren Schlüssel nicht vergessen.`"""
    action = replace(draw_action(dice, someone(dice), _FORBIDDEN), modal=MUST, negated=True, place=None, manner=None)
    if isinstance(action.accusative, NounPhrase) and action.accusative.count:
        action = replace(action, accusative=replace(action.accusative, count=None))
    return english_statement(action), german_statement(action)


# --- things -----------------------------------------------------------------------------------------------------------

_JUDGED = (
    vocabulary.CLOTHES,
    vocabulary.PAIRED,
    vocabulary.BELONGINGS,
    vocabulary.READING,
    vocabulary.DEVICES,
    vocabulary.FURNITURE,
    vocabulary.PRESENTS,
    MEALS,
)


def judged(dice: Dice) -> Pair:
    """`The soup is too hot.`"""
    nouns = dice.choose(_JUDGED)
    mode = dice.pick(("the", "this", "plural the", "plural this", "own"))
    thing = plain(dice, nouns, f"plural {mode.removeprefix('plural ')}" if nouns is vocabulary.PAIRED else mode)
    clause = Clause(
        thing, BE, dice.pick(("present", "past")), negated=dice.chance(0.2), complement=verdict(dice, nouns)
    )
    if dice.chance(0.25):
        return english_question(clause) + "?", german_question(clause) + "?"
    return english_statement(clause), german_statement(clause)


def liked(dice: Dice) -> Pair:
    """`I like the coat, but it is too expensive.` / `Der Mantel gefällt mir, aber er ist zu teuer.`"""
    nouns = dice.choose(_JUDGED[:7])
    mode = dice.choose(
        ("plural the", "plural this") if nouns is vocabulary.PAIRED else ("the", "this", "plural the", "plural this")
    )
    thing = plain(dice, nouns, mode)
    somebody = dice.pick((I, WE, SHE, HE, THEY)) if dice.chance(0.6) else third_party(dice)
    negated = dice.chance(0.3)
    english = english_statement(Clause(somebody, VERBS["like"], accusative=thing, negated=negated))
    german = german_statement(Clause(thing, VERBS["like"], dative=somebody, negated=negated))
    reason = Clause(thing.pronoun, BE, complement=verdict(dice, nouns, good=False))
    if negated:
        return f"{english} because {english_statement(reason)}", f"{german}, weil {german_subordinate(reason)}"
    return f"{english}, but {english_statement(reason)}", f"{german}, aber {german_statement(reason)}"


def missing(dice: Dice) -> Pair:
    """`Where is my key? I can't find it.` / `Wo ist mein Schlüssel? Ich kann ihn nicht finden.`"""
    subject = dice.pick((I, WE, HE, SHE, THEY))
    thing = phrase(
        dice, dice.choose((vocabulary.BELONGINGS, vocabulary.PAIRED, vocabulary.PETS)), "own", subject.owner, 0.35
    )
    thing = replace(thing, plural=thing.noun in vocabulary.PAIRED)
    where = Clause(thing, BE)
    action = dice.choose(
        (
            Clause(subject, VERBS["find"], modal=CAN, negated=True, accusative=thing.pronoun),
            Clause(subject, VERBS["look+for"], "present", modal=HAVE_TO, accusative=thing.pronoun),
            Clause(subject, VERBS["need"], accusative=thing.pronoun, time=Part("today", "heute")),
            Clause(
                subject, VERBS["see"], "perfect", negated=True, accusative=thing.pronoun, time=Part("today", "heute")
            ),
        )
    )
    return (
        f"{english_question(where, 'where')}? {capital(english_statement(action))}",
        f"{german_question(where, 'wo')}? {capital(german_statement(action))}",
    )


def unsuited(dice: Dice) -> Pair:
    """`The lamp is broken, so she has to exchange it.` / `Die Lampe ist kaputt, deshalb muss sie sie umtauschen.`"""
    nouns = dice.choose((vocabulary.CLOTHES, vocabulary.DEVICES))
    thing = plain(dice, nouns, dice.pick(("the", "this", "plural the")))
    subject = dice.pick((I, WE, HE, SHE, THEY)) if dice.chance(0.7) else third_party(dice)
    action = Clause(subject, VERBS["exchange"], modal=dice.pick((HAVE_TO, WANT_TO)), accusative=thing.pronoun)
    fault = Clause(thing, BE, complement=verdict(dice, nouns, good=False))
    therefore = Part("so", "deshalb")
    return (
        f"{english_statement(fault)}, {english_statement(action, therefore)}",
        f"{german_statement(fault)}, {german_statement(action, therefore)}",
    )


def compared(dice: Dice) -> Pair:
    """`The red coat is cheaper than the blue coat.`"""
    nouns, names = dice.choose(_COMPARED)
    quality = ADJECTIVES[dice.choose(names.split())]
    noun = dice.choose(nouns)
    first, second = (NounPhrase(noun, THE) for _ in range(2))
    if nouns in (vocabulary.CLOTHES, vocabulary.VEHICLES[:3]):
        one, other = dice.choose(COLOURS), dice.choose(COLOURS)
        while one == other:
            other = dice.choose(COLOURS)
        first, second = replace(first, adjectives=(one,)), replace(second, adjectives=(other,))
    else:
        first = replace(first, determiner=dice.pick((THIS, THE)))
        while second.noun == noun:
            second = replace(second, noun=dice.choose(nouns))
    equal = dice.chance(0.3)
    english = f"as {quality.english} as" if equal else f"{quality.english_comparative} than"
    german = f"so {quality.german} wie" if equal else f"{quality.comparative} als"
    degree = "not " if equal and dice.chance(0.5) else ""
    german_degree = "nicht " if degree else ("genau" if equal else "")
    if equal and not degree:
        english, german, german_degree = f"just {english}", f"genauso {german.removeprefix('so ')}", ""
    return (
        f"{first.english} is {degree}{english} {second.english}",
        f"{first.german(NOMINATIVE)} ist {german_degree}{german} {second.german(NOMINATIVE)}",
    )


_COMPARED = (
    (vocabulary.CLOTHES, "cheap expensive long short warm"),
    (vocabulary.VEHICLES[:3], "fast old expensive cheap"),
    (vocabulary.READING[:2], "interesting old expensive"),
    (vocabulary.FURNITURE, "comfortable heavy old expensive"),
    (vocabulary.DWELLINGS[:3], "big small old quiet"),
    (vocabulary.RELATIVES[:4] + vocabulary.RELATIVES[8:10], "old young big small"),
    (vocabulary.SHOWS, "interesting long short"),
)

"""Ideas: clauses that still want a subject, for sentences whose two halves must make sense together."""

from __future__ import annotations

from dataclasses import dataclass

import lexicon as lx
from clauses import Clause
from grammar import (
    BE,
    BE_IN_NEED,
    CAN,
    HAVE,
    HAVE_TO,
    IT,
    NONE,
    SHOULD,
    WANT_TO,
    WOULD_LIKE_TO,
    A,
    Nominal,
    Noun,
    NounPhrase,
    Part,
    Verb,
    possessive,
)
from lexicon import ADJECTIVES, VERBS

IMPERSONAL = IT["n"]


@dataclass(frozen=True)
class Idea:
    """A verb with what stands around it; `own` is an accusative that belongs to the subject."""

    verb: Verb
    fields: tuple[tuple[str, object], ...] = ()
    own: Noun | None = None

    def of(self, subject: Nominal) -> Clause:
        clause = {**dict(self.fields)}
        if self.own:
            clause["accusative"] = NounPhrase(self.own, possessive(subject.owner))
        return Clause(subject, self.verb, **clause)


def _idea(verb: Verb | str, complement: tuple[str, ...] = (), own: Noun | None = None, **fields: object) -> Idea:
    if complement:
        fields["complement"] = Part(*complement)
    for name in ("time", "manner", "place"):
        if name in fields:
            fields[name] = Part(*fields[name])
    return Idea(VERBS[verb] if isinstance(verb, str) else verb, tuple(fields.items()), own)


def _noun(name: str, group: tuple[Noun, ...]) -> Noun:
    return next(noun for noun in group if noun.english == name)


_TIME, _MONEY = lx.nouns("time: die Zeit\nmoney: das Geld")
_WEATHER, _TRAIN, _SHOP = (
    NounPhrase(noun) for noun in lx.nouns("weather: das Wetter\ntrain: der Zug, Züge\nshop: der Laden, Läden")
)
_BUS, _APPOINTMENT, _MEETING = lx.TRANSPORT[0], lx.APPOINTMENTS[0], lx.APPOINTMENTS[1]
_KEY, _UMBRELLA, _WALLET = (_noun(name, lx.BELONGINGS) for name in ("key", "umbrella", "wallet"))
_TEA, _COAT, _HEATING = _noun("tea", lx.DRINKS), _noun("coat", lx.CLOTHES), _noun("heating", lx.DEVICES)
_EARLY, _LATE = ("early", "früh"), ("late", "spät")
_TODAY, _TOMORROW = ("today", "heute"), ("tomorrow", "morgen")
_HUNGRY, _THIRSTY = ("hungry", "Hunger", "keinen Hunger"), ("thirsty", "Durst", "keinen Durst")
_SHOPPING, _WALKING, _HOME = ("shopping", ""), ("for a walk", "spazieren"), ("home", "nach Hause")
_TO_PARTY, _TO_MEETING, _TO_WORK = (
    ("to the party", "zur Feier"),
    ("to the meeting", "zur Besprechung"),
    ("to work", "zur Arbeit"),
)

REASONS = (
    _idea(BE, ("tired", "müde")),
    _idea(BE, ("ill", "krank")),
    _idea(BE, ("very nervous", "sehr nervös")),
    _idea(BE_IN_NEED, _HUNGRY),
    _idea(BE_IN_NEED, _THIRSTY),
    _idea("work", modal=HAVE_TO, time=_TOMORROW),
    _idea("work", modal=HAVE_TO, manner=("longer", "länger"), time=_TODAY),
    _idea("get+up", modal=HAVE_TO, manner=_EARLY, time=_TOMORROW),
    _idea(HAVE, accusative=NounPhrase(_APPOINTMENT, A)),
    _idea(HAVE, accusative=NounPhrase(_MEETING, A, (ADJECTIVES["important"],))),
    _idea(HAVE, accusative=NounPhrase(_TIME, NONE), negated=True),
    _idea(HAVE, accusative=NounPhrase(_MONEY, NONE), negated=True),
    _idea(HAVE, ("a headache", "Kopfschmerzen")),
    _idea(HAVE, ("a fever", "Fieber")),
    _idea(HAVE, ("a cold", "eine Erkältung")),
    _idea(HAVE, ("a day off", "einen freien Tag"), time=_TODAY),
    _idea("miss", accusative=NounPhrase(_BUS), tense="perfect"),
    _idea("miss", accusative=_TRAIN, tense="perfect"),
    _idea("lose", own=_KEY, tense="perfect"),
    _idea("forget", own=_WALLET, tense="perfect"),
    _idea("sleep", manner=("badly", "schlecht"), tense="perfect"),
    _idea("work", manner=("all day", "den ganzen Tag"), tense="perfect"),
    _idea("learn", ("German", "Deutsch", "kein Deutsch"), modal=WANT_TO),
    _idea("tidy+up", accusative=NounPhrase(lx.DWELLINGS[0]), modal=HAVE_TO),
    _idea("move", tense="progressive", time=("next week", "nächste Woche")),
)
OUTER_REASONS = (
    Clause(IMPERSONAL, VERBS["rain"], "progressive"),
    Clause(IMPERSONAL, VERBS["snow"], "progressive"),
    Clause(IMPERSONAL, BE, complement=Part("too cold outside", "draußen zu kalt")),
    Clause(IMPERSONAL, BE, complement=Part("already dark", "schon dunkel")),
    Clause(_WEATHER, BE, complement=Part("bad", "schlecht")),
    Clause(_TRAIN, BE_IN_NEED, complement=Part("late", "Verspätung", "keine Verspätung")),
    Clause(_SHOP, BE, complement=Part("closed", "geschlossen")),
    Clause(NounPhrase(lx.VEHICLES[0]), BE, complement=Part("broken", "kaputt")),
    Clause(NounPhrase(_HEATING), BE, complement=Part("broken", "kaputt")),
)
CONSEQUENCES = (
    _idea("stay", place=("at home", "zu Hause"), tense="progressive", time=_TODAY),
    _idea("go", _HOME, tense="progressive", time=("now", "jetzt")),
    _idea("go", ("to bed", "ins Bett"), manner=_EARLY, modal=WANT_TO, time=_TODAY),
    _idea("come", _TO_PARTY, modal=CAN, negated=True),
    _idea("come", _TO_MEETING, modal=CAN, negated=True),
    _idea("come", _TO_WORK, manner=_LATE, tense="past", time=("this morning", "heute Morgen")),
    _idea("cancel", accusative=NounPhrase(_APPOINTMENT), modal=HAVE_TO),
    _idea("cancel", accusative=NounPhrase(lx.APPOINTMENTS[3]), tense="past", time=("yesterday", "gestern")),
    _idea("order", accusative=NounPhrase(lx.TRANSPORT[3], A), modal=WANT_TO),
    _idea("rest", modal=WOULD_LIKE_TO),
    _idea("play", ("football", "Fußball"), modal=CAN, negated=True, time=_TODAY),
    _idea("go", ("to the park", "in den Park"), tense="progressive", negated=True),
    _idea(lx.GO_SHOPPING, _SHOPPING, modal=CAN, negated=True, time=_TODAY),
    _idea("need", accusative=NounPhrase(_UMBRELLA, A)),
    _idea("drink", accusative=NounPhrase(_TEA, A, (ADJECTIVES["hot"],)), modal=WOULD_LIKE_TO),
    _idea("come+back", manner=_LATE, tense="past", time=("yesterday evening", "gestern Abend")),
    _idea("call", accusative=NounPhrase(lx.PROFESSIONALS[0]), modal=HAVE_TO),
)
UNDETERRED = (
    _idea("go", _TO_WORK, tense="past", time=("yesterday", "gestern")),
    _idea("come", _TO_PARTY, tense="past", time=("yesterday evening", "gestern Abend")),
    _idea("play", ("tennis", "Tennis"), modal=WANT_TO, time=("this afternoon", "heute Nachmittag")),
    _idea("go", _WALKING, tense="progressive", time=("this evening", "heute Abend")),
    _idea(
        "buy", accusative=NounPhrase(_COAT, A, (ADJECTIVES["expensive"],)), tense="past", time=("yesterday", "gestern")
    ),
    _idea(lx.GO_SHOPPING, _SHOPPING, tense="progressive", time=_TOMORROW),
    _idea("visit", own=lx.RELATIVES[4], tense="past", time=("last weekend", "letztes Wochenende")),
    _idea("swim", place=("in the lake", "im See"), modal=WANT_TO, time=_TOMORROW),
    _idea("travel", ("to Italy", "nach Italien"), modal=WANT_TO, time=("next week", "nächste Woche")),
    _idea("wear", accusative=NounPhrase(lx.CLOTHES[0], A, (ADJECTIVES["thin"],)), tense="progressive"),
)
CONDITIONS = (
    Clause(IMPERSONAL, VERBS["rain"], time=Part("tomorrow", "morgen")),
    Clause(IMPERSONAL, VERBS["snow"], time=Part("tomorrow", "morgen")),
    Clause(IMPERSONAL, BE, complement=Part("very cold", "sehr kalt"), time=Part("at the weekend", "am Wochenende")),
    Clause(_WEATHER, BE, complement=Part("nice", "schön")),
    Clause(_TRAIN, BE_IN_NEED, complement=Part("late", "Verspätung", "keine Verspätung")),
    Clause(_SHOP, BE, complement=Part("closed", "geschlossen")),
    _idea(HAVE, accusative=NounPhrase(_TIME, NONE)),
    _idea(HAVE, accusative=NounPhrase(_TIME, NONE), time=_TOMORROW),
    _idea(HAVE, accusative=NounPhrase(_MONEY, NONE), negated=True),
    _idea(HAVE, ("a day off", "einen freien Tag"), time=_TOMORROW),
    _idea(HAVE, ("a fever", "Fieber")),
    _idea(BE, ("tired", "müde")),
    _idea(BE, ("ill", "krank")),
    _idea(BE_IN_NEED, _HUNGRY),
    _idea("need", accusative=NounPhrase(lx.nouns("help: die Hilfe")[0], NONE)),
    _idea("miss", accusative=NounPhrase(_BUS)),
    _idea("miss", accusative=_TRAIN),
    _idea("work", modal=HAVE_TO, negated=True, time=_TOMORROW),
    _idea("find", own=_KEY, modal=CAN, negated=True),
    _idea("sleep", manner=("badly", "schlecht")),
    _idea("come+back", manner=_EARLY, time=_TOMORROW),
)
PLANS = (
    _idea("stay", place=("at home", "zu Hause"), tense="future"),
    _idea("go", _WALKING, tense="future"),
    _idea("go", ("to the beach", "an den Strand"), modal=CAN),
    _idea("go", ("to the cinema", "ins Kino"), tense="future"),
    _idea("go", ("to the doctor", "zum Arzt"), modal=HAVE_TO),
    _idea(lx.RIDE, _HOME, tense="future", manner=("by taxi", "mit dem Taxi")),
    _idea("visit", own=lx.RELATIVES[6], modal=WANT_TO),
    _idea("call", own=lx.ACQUAINTANCES[1], tense="future"),
    _idea("call", accusative=NounPhrase(lx.PROFESSIONALS[0]), modal=SHOULD),
    _idea("cook", accusative=NounPhrase(lx.DISHES[0], A), tense="future"),
    _idea("order", accusative=NounPhrase(lx.DISHES[2], A), tense="future"),
    _idea("repair", own=lx.VEHICLES[1], modal=WANT_TO),
    _idea("tidy+up", accusative=NounPhrase(lx.DWELLINGS[4]), modal=CAN),
    _idea("read", accusative=NounPhrase(lx.READING[1]), modal=WANT_TO),
    _idea("cancel", accusative=NounPhrase(_MEETING), modal=HAVE_TO),
    _idea("turn+on", accusative=NounPhrase(_HEATING), modal=SHOULD),
)

"""Ideas: clauses that still want a subject, for sentences whose two halves must make sense together."""

from __future__ import annotations

from dataclasses import dataclass

import vocabulary
from adjectives import ADJECTIVES, named
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
    WE,
    WOULD_LIKE_TO,
    A,
    Nominal,
    Noun,
    NounPhrase,
    Part,
    Verb,
    possessive,
)
from verbs import GO_SHOPPING, RIDE, VERBS

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


def _the(names: str) -> NounPhrase:
    return NounPhrase(named(names)[0])


def _a(name: str, quality: str = "") -> NounPhrase:
    return NounPhrase(named(name)[0], A, (ADJECTIVES[quality],) if quality else ())


def _some(nouns: str) -> NounPhrase:
    return NounPhrase(vocabulary.nouns(nouns)[0], NONE)


_TIME, _MONEY, _HELP = _some("time: die Zeit"), _some("money: das Geld"), _some("help: die Hilfe")
QUESTIONS = NounPhrase(named("question")[0], NONE, plural=True)
_WEATHER, _SHOP = (NounPhrase(noun) for noun in vocabulary.nouns("weather: das Wetter\nshop: der Laden, Läden"))
_TRAIN, _BUS = _the("train"), _the("bus")
_EARLY, _LATE = ("early", "früh"), ("late", "spät")
_TODAY, _TOMORROW = ("today", "heute"), ("tomorrow", "morgen")
_HUNGRY, _THIRSTY = ("hungry", "Hunger", "keinen Hunger"), ("thirsty", "Durst", "keinen Durst")
_SHOPPING, _WALKING, _HOME = ("shopping", ""), ("for a walk", "spazieren"), ("home", "nach Hause")
_CINEMA, _BED = ("to the cinema", "ins Kino"), ("to bed", "ins Bett")
_TO_PARTY, _TO_MEETING, _TO_WORK = (
    ("to the party", "zur Feier"),
    ("to the meeting", "zur Besprechung"),
    ("to work", "zur Arbeit"),
)


# --- why, and what for: reasons with what follows from them -----------------------------------------------------------

_WEAK = (
    _idea(BE, ("tired", "müde")),
    _idea(BE, ("ill", "krank")),
    _idea(HAVE, ("a headache", "Kopfschmerzen")),
    _idea(HAVE, ("a fever", "Fieber")),
    _idea(HAVE, ("a cold", "eine Erkältung")),
    _idea("sleep", manner=("badly", "schlecht"), tense="perfect"),
    _idea("work", manner=("all day", "den ganzen Tag"), tense="perfect"),
)
_BUSY = (
    _idea("work", modal=HAVE_TO),
    _idea("work", modal=HAVE_TO, manner=("longer", "länger")),
    _idea("get+up", modal=HAVE_TO, manner=_EARLY),
    _idea(HAVE, accusative=_a("appointment")),
    _idea(HAVE, accusative=_a("meeting", "important")),
    _idea(HAVE, accusative=_TIME, negated=True),
    _idea("learn", ("German", "Deutsch", "kein Deutsch"), modal=WANT_TO),
    _idea("tidy+up", own=named("flat")[0], modal=HAVE_TO),
    _idea("pick+up", own=named("aunt")[0], modal=HAVE_TO, place=("from the station", "vom Bahnhof")),
)
_WET = (
    Clause(IMPERSONAL, VERBS["rain"], "progressive"),
    Clause(IMPERSONAL, VERBS["snow"], "progressive"),
    Clause(IMPERSONAL, BE, complement=Part("too cold outside", "draußen zu kalt")),
    Clause(IMPERSONAL, BE, complement=Part("very windy", "sehr windig")),
    Clause(_WEATHER, BE, complement=Part("bad", "schlecht")),
)
_STRANDED = (
    _idea("miss", accusative=_BUS, tense="perfect"),
    _idea("miss", accusative=_TRAIN, tense="perfect"),
    _idea("lose", own=named("key")[0], tense="perfect"),
    _idea("forget", own=named("wallet")[0], tense="perfect"),
    Clause(_TRAIN, BE_IN_NEED, complement=Part("late", "Verspätung", "keine Verspätung")),
    Clause(_the("car"), BE, complement=Part("broken", "kaputt")),
)
_POOR = (
    _idea(HAVE, accusative=_MONEY, negated=True),
    _idea("need", accusative=_a("car", "new")),
    _idea("buy", accusative=_a("house"), modal=WANT_TO),
)
_HUNGRY_REASONS = (_idea(BE_IN_NEED, _HUNGRY), Clause(_the("restaurant"), BE, complement=Part("closed", "geschlossen")))
_NO_PARTY = _idea("come", _TO_PARTY, modal=CAN, negated=True)
_NO_MEETING = _idea("come", _TO_MEETING, modal=CAN, negated=True)
_AT_HOME = _idea("stay", ("at home", "zu Hause"), tense="progressive", time=_TODAY)
_GOING_HOME = _idea("go", _HOME, tense="progressive", time=("now", "jetzt"))
_CANCELLING = _idea("cancel", accusative=_the("appointment"), modal=HAVE_TO)
_NO_FOOTBALL = _idea("play", ("football", "Fußball"), modal=CAN, negated=True, time=_TODAY)
_NO_SHOPPING = _idea(GO_SHOPPING, _SHOPPING, modal=CAN, negated=True, time=_TODAY)
_TAXI = _idea("order", accusative=_a("taxi"), modal=WANT_TO)
_HOT_TEA = _idea("drink", accusative=_a("tea", "hot"), modal=WOULD_LIKE_TO)
_CAME_LATE = _idea("come", _TO_WORK, manner=_LATE, tense="past", time=("this morning", "heute Morgen"))
_CAME_BACK_LATE = _idea("come+back", manner=_LATE, tense="past", time=("yesterday evening", "gestern Abend"))
_CANCELLED = _idea("cancel", accusative=_the("trip"), tense="past", time=("yesterday", "gestern"))
_CALLED = _idea("call", own=named("boss")[0], tense="past", time=("this morning", "heute Morgen"))
_UMBRELLA = _idea("need", accusative=_a("umbrella"))
_NO_WALK = _idea("go", _WALKING, tense="progressive", negated=True, time=_TODAY)
_EARLY_TO_BED = _idea("go", _BED, manner=_EARLY, modal=WANT_TO, time=_TODAY)
_NO_TRIP = _idea("travel", ("to Italy", "nach Italien"), modal=CAN, negated=True, time=("next month", "nächsten Monat"))

REASONS = (
    (
        _WEAK,
        (
            _AT_HOME,
            _GOING_HOME,
            _NO_PARTY,
            _NO_MEETING,
            _CANCELLING,
            _NO_FOOTBALL,
            _HOT_TEA,
            _EARLY_TO_BED,
            _CALLED,
            _idea("rest", modal=WOULD_LIKE_TO),
            _idea("call", accusative=_the("doctor"), modal=HAVE_TO),
            _CANCELLED,
        ),
    ),
    (_BUSY, (_GOING_HOME, _NO_PARTY, _NO_FOOTBALL, _NO_SHOPPING, _CANCELLED, _NO_WALK)),
    (_WET, (_AT_HOME, _NO_FOOTBALL, _TAXI, _HOT_TEA, _UMBRELLA, _NO_WALK, _CAME_LATE, _CANCELLED)),
    (_STRANDED, (_NO_MEETING, _TAXI, _CAME_LATE, _CAME_BACK_LATE, _CALLED, _CANCELLING)),
    (
        _POOR,
        (
            _NO_TRIP,
            _CANCELLED,
            _idea("sell", own=named("boat")[0], modal=WANT_TO),
            _idea("sell", own=named("motorcycle")[0], tense="past", time=("last week", "letzte Woche")),
        ),
    ),
    (
        _HUNGRY_REASONS,
        (
            _GOING_HOME,
            _idea("order", accusative=_a("pizza"), modal=WANT_TO),
            _idea("cook", accusative=_a("soup"), tense="progressive", time=("right now", "gerade")),
            _idea("eat", accusative=_a("roll"), modal=WOULD_LIKE_TO),
        ),
    ),
)
UNDETERRED = (  # what one does although one is weak or busy or the weather is bad
    _idea("go", _TO_WORK, tense="past", time=("yesterday", "gestern")),
    _idea("come", _TO_PARTY, tense="past", time=("yesterday evening", "gestern Abend")),
    _idea("play", ("tennis", "Tennis"), modal=WANT_TO, time=("this afternoon", "heute Nachmittag")),
    _idea("go", _WALKING, tense="progressive", time=("this evening", "heute Abend")),
    _idea("go", _CINEMA, tense="progressive", time=("this evening", "heute Abend")),
    _idea(GO_SHOPPING, _SHOPPING, tense="progressive", time=_TOMORROW),
    _idea("visit", own=named("aunt")[0], tense="past", time=("last weekend", "letztes Wochenende")),
    _idea("swim", place=("in the lake", "im See"), modal=WANT_TO, time=_TODAY),
    _idea("help", dative=NounPhrase(vocabulary.ACQUAINTANCES[0], possessive(WE.owner)), modal=WANT_TO, time=_TODAY),
    _idea("drive", ("to Munich", "nach München"), tense="past", time=("last week", "letzte Woche")),
    _idea("repair", own=named("bicycle")[0], modal=WANT_TO, time=("this afternoon", "heute Nachmittag")),
)
HINDRANCES = (*_WEAK, *_WET, *_BUSY[:6])

# --- if: conditions with what one will do then ------------------------------------------------------------------------

_BAD_WEATHER = (
    Clause(IMPERSONAL, VERBS["rain"], time=Part("tomorrow", "morgen")),
    Clause(IMPERSONAL, VERBS["snow"], time=Part("tomorrow", "morgen")),
    Clause(IMPERSONAL, BE, complement=Part("very cold", "sehr kalt"), time=Part("at the weekend", "am Wochenende")),
    Clause(_WEATHER, BE, complement=Part("bad", "schlecht"), time=Part("tomorrow", "morgen")),
)
LEISURE = (
    _idea(HAVE, accusative=_TIME),
    _idea(HAVE, accusative=_TIME, time=_TOMORROW),
    _idea(HAVE, ("a day off", "einen freien Tag"), time=_TOMORROW),
    _idea("work", modal=HAVE_TO, negated=True, time=_TOMORROW),
    _idea("come+back", manner=_EARLY, time=_TOMORROW),
)
_GOOD_WEATHER = (
    Clause(_WEATHER, BE, complement=Part("nice", "schön")),
    Clause(IMPERSONAL, BE, complement=Part("warm", "warm"), time=Part("at the weekend", "am Wochenende")),
    Clause(IMPERSONAL, VERBS["rain"], negated=True, time=Part("tomorrow", "morgen")),
)
_SICK = (
    _idea(HAVE, ("a fever", "Fieber")),
    _idea(BE, ("ill", "krank")),
    _idea("sleep", manner=("badly", "schlecht")),
    _idea(HAVE, ("a headache", "Kopfschmerzen")),
)
_DELAYED = (
    _idea("miss", accusative=_BUS),
    _idea("miss", accusative=_TRAIN),
    _idea("find", own=named("key")[0], modal=CAN, negated=True),
    Clause(_TRAIN, BE_IN_NEED, complement=Part("late", "Verspätung", "keine Verspätung")),
    Clause(_the("car"), BE, complement=Part("broken", "kaputt")),
)
_FAMISHED = (
    _idea(BE_IN_NEED, _HUNGRY),
    Clause(_the("restaurant"), BE, complement=Part("closed", "geschlossen")),
    Clause(_SHOP, BE, complement=Part("closed", "geschlossen")),
)
_STAY = _idea("stay", ("at home", "zu Hause"), tense="future")
_TO_CINEMA = _idea("go", _CINEMA, tense="future")
_SOUP, _PIZZA = (
    _idea("cook", accusative=_a("soup"), tense="future"),
    _idea("order", accusative=_a("pizza"), tense="future"),
)
_RIDE_HOME = _idea(RIDE, _HOME, tense="future", manner=("by taxi", "mit dem Taxi"))
_CALL_COLLEAGUE = _idea("call", own=named("colleague")[0], modal=HAVE_TO)
_SEE_GRANDMOTHER = _idea("visit", own=named("grandmother")[0], modal=WANT_TO)

CONDITIONS = (
    (
        _BAD_WEATHER,
        (
            _STAY,
            _TO_CINEMA,
            _RIDE_HOME,
            _SOUP,
            _idea("read", accusative=_a("book"), tense="future"),
            _idea("tidy+up", accusative=_the("kitchen"), modal=CAN),
            _idea("turn+on", accusative=_the("heating"), tense="future"),
        ),
    ),
    (
        LEISURE,
        (
            _TO_CINEMA,
            _SOUP,
            _SEE_GRANDMOTHER,
            _idea("go", _WALKING, tense="future"),
            _idea("repair", own=named("bicycle")[0], modal=WANT_TO),
            _idea("go", ("to the beach", "an den Strand"), modal=CAN),
            _idea("bake", accusative=_a("cake"), tense="future"),
            _idea("invite", ("for dinner", "zum Abendessen"), own=named("neighbour")[0], tense="future"),
        ),
    ),
    (
        _GOOD_WEATHER,
        (
            _idea("go", _WALKING, tense="future"),
            _idea("go", ("to the beach", "an den Strand"), modal=CAN),
            _idea("play", ("tennis", "Tennis"), tense="future"),
            _idea("swim", place=("in the lake", "im See"), modal=WANT_TO),
            _idea("rent", accusative=_a("boat"), tense="future"),
            _SEE_GRANDMOTHER,
        ),
    ),
    (
        _SICK,
        (
            _STAY,
            _idea("go", ("to the doctor", "zum Arzt"), modal=HAVE_TO),
            _idea("call", accusative=_the("doctor"), modal=SHOULD),
            _idea("cancel", accusative=_the("meeting"), modal=HAVE_TO),
            _idea("drink", accusative=_a("tea", "hot"), modal=SHOULD),
            _idea("go", _BED, manner=_EARLY, modal=SHOULD),
        ),
    ),
    (
        _DELAYED,
        (
            _RIDE_HOME,
            _CALL_COLLEAGUE,
            _idea("cancel", accusative=_the("meeting"), modal=HAVE_TO),
            _idea("order", accusative=_a("taxi"), tense="future"),
            _idea("come+back", manner=_LATE, tense="future"),
        ),
    ),
    (
        _FAMISHED,
        (
            _SOUP,
            _PIZZA,
            _idea("eat", accusative=_a("roll"), modal=CAN),
            _idea("bake", accusative=_a("pizza"), modal=CAN),
        ),
    ),
)
ASKING = (  # when one may turn to somebody
    *LEISURE,
    _idea("need", accusative=_HELP),
    _idea(HAVE, accusative=QUESTIONS),
    _idea("miss", accusative=_TRAIN),
    _idea("come", ("to Berlin", "nach Berlin"), time=("next week", "nächste Woche")),
)

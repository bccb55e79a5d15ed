"""What people do: frames that say which verb takes which things, and the drawing of one event with its time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import lexicon as lx
from clauses import Clause
from dice import Dice
from german import ACCUSATIVE
from grammar import (
    BE_IN_NEED,
    CAN,
    DU,
    HAVE,
    HAVE_TO,
    HE,
    IHR,
    NONE,
    SHE,
    SHOULD,
    SIE,
    THE,
    THEY,
    THIS,
    WANT_TO,
    WE,
    WOULD_LIKE_TO,
    A,
    I,
    Modal,
    Nominal,
    Noun,
    NounPhrase,
    Owner,
    Part,
    Pronoun,
    Verb,
    possessive,
    prepositional,
)
from lexicon import PLACES, VERBS
from numerals import MONTHS, WEEKDAYS, clock, date, digital_clock, number

# --- times ------------------------------------------------------------------------------------------------------------


def _parts(*pairs: tuple[str, str]) -> tuple[Part, ...]:
    return tuple(Part(english, german) for english, german in pairs)


ON_WEEKDAYS = _parts(*((f"on {english}", f"am {german}") for english, german in WEEKDAYS))
_NEAR_FUTURE = (
    *_parts(
        ("tomorrow", "morgen"),
        ("tomorrow morning", "morgen früh"),
        ("tomorrow evening", "morgen Abend"),
        ("the day after tomorrow", "übermorgen"),
        ("this afternoon", "heute Nachmittag"),
        ("this evening", "heute Abend"),
        ("at the weekend", "am Wochenende"),
    ),
    *ON_WEEKDAYS,
)
_FAR_FUTURE = (
    *_parts(
        ("next week", "nächste Woche"),
        ("next month", "nächsten Monat"),
        ("next year", "nächstes Jahr"),
        ("soon", "bald"),
    ),
    *_parts(*((f"next {english}", f"nächsten {german}") for english, german in WEEKDAYS)),
    *_parts(*((f"in {english}", f"im {german}") for english, german in MONTHS)),
)
_NEAR_PAST = (
    *_parts(
        ("yesterday", "gestern"),
        ("yesterday morning", "gestern Morgen"),
        ("yesterday evening", "gestern Abend"),
        ("the day before yesterday", "vorgestern"),
        ("this morning", "heute Morgen"),
        ("last weekend", "letztes Wochenende"),
    ),
    *_parts(*((f"last {english}", f"letzten {german}") for english, german in WEEKDAYS)),
)
_FAR_PAST = _parts(
    ("last week", "letzte Woche"),
    ("last month", "letzten Monat"),
    ("last year", "letztes Jahr"),
    ("last summer", "letzten Sommer"),
)
_NOW = _parts(("right now", "gerade"), ("at the moment", "im Moment"))
_HABIT = (
    *_parts(
        ("every day", "jeden Tag"),
        ("every morning", "jeden Morgen"),
        ("every evening", "jeden Abend"),
        ("every week", "jede Woche"),
        ("twice a week", "zweimal pro Woche"),
        ("three times a week", "dreimal pro Woche"),
        ("once a month", "einmal pro Monat"),
        ("in summer", "im Sommer"),
        ("in winter", "im Winter"),
    ),
    *_parts(*((f"every {english}", f"jeden {german}") for english, german in WEEKDAYS)),
)
FREQUENCY = _parts(
    ("often", "oft"),
    ("always", "immer"),
    ("usually", "meistens"),
    ("sometimes", "manchmal"),
    ("never", "nie"),
    ("rarely", "selten"),
)
_UNITS = (("days", "Tagen"), ("weeks", "Wochen"), ("months", "Monaten"), ("years", "Jahren"))
DAYS_AHEAD = _parts(
    ("today", "heute"),
    ("tomorrow", "morgen"),
    ("the day after tomorrow", "übermorgen"),
    ("this evening", "heute Abend"),
)


def span(dice: Dice, english: str, german: str, units: tuple[tuple[str, str], ...]) -> Part:
    """`in three weeks` / `in drei Wochen`, in the dative plural that in, vor and seit share."""
    count, (english_unit, german_unit) = number(2 + dice.below(9)), dice.choose(units)
    return Part(english.format(f"{count.english} {english_unit}"), german.format(f"{count.german} {german_unit}"))


def spoken_time(dice: Dice) -> Part:
    return clock(1 + dice.below(12), dice.choose((0, 5, 10, 15, 20, 30, 30, 40, 45, 50, 55)))


def written_time(dice: Dice) -> Part:
    return digital_clock(dice.choose((6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)), dice.below(12) * 5)


def at(time: Part) -> Part:
    return Part(f"at {time.english}", f"um {time.german}")


def then(*parts: Part) -> Part:
    """Parts said in English in this order, in German in the reverse one."""
    return Part(" ".join(part.english for part in parts), " ".join(part.german for part in reversed(parts)))


def random_date(dice: Dice) -> Part:
    month = 1 + dice.below(12)
    return date(1 + dice.below((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]), month)


def future_time(dice: Dice, distant: bool) -> Part:
    """`distant`: something that is planned weeks or months ahead."""
    draw = dice.below(10)
    if distant:
        if draw < 2:
            return random_date(dice)
        if draw < 4:
            return span(dice, "in {}", "in {}", _UNITS[:3])
        return dice.choose(_FAR_FUTURE)
    if draw < 2:
        return then(at(spoken_time(dice)), dice.choose((*DAYS_AHEAD[:3], *ON_WEEKDAYS)))
    if draw < 3:
        return then(at(written_time(dice)), dice.choose((*DAYS_AHEAD[:3], *ON_WEEKDAYS)))
    return dice.choose(_NEAR_FUTURE)


def past_time(dice: Dice, distant: bool) -> Part:
    if dice.chance(0.25):
        return span(dice, "{} ago", "vor {}", _UNITS[1:] if distant else _UNITS[:2])
    return dice.choose(_FAR_PAST if distant else _NEAR_PAST)


def habit_time(dice: Dice) -> Part:
    return dice.choose(_HABIT)


# --- people and things ------------------------------------------------------------------------------------------------


def relative(dice: Dice, owner: Owner) -> NounPhrase:
    return NounPhrase(dice.choose(lx.RELATIVES), possessive(owner))


def person(dice: Dice, owner: Owner) -> Nominal:
    """Somebody to visit, call or help: a relative, a friend, somebody by name."""
    draw = dice.below(10)
    if draw < 4:
        return relative(dice, owner)
    if draw < 7:
        nouns = dice.choose((lx.ACQUAINTANCES, lx.GROUPS))
        return phrase(dice, nouns, "plural own" if nouns is lx.GROUPS else "own", owner, 0.2)
    if draw < 8:
        return phrase(dice, lx.PROFESSIONALS, "the", owner, 0.4)
    return dice.choose(lx.NAMES)


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
    qualities = lx.QUALITIES.get(nouns, ())
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
        return dice.choose((HE, SHE, THEY))
    if draw < 14:
        return SIE
    return third_party(dice)


def third_party(dice: Dice) -> Nominal:
    draw = dice.below(8)
    if draw < 3:
        return relative(dice, I.owner)
    if draw < 4:
        return phrase(dice, lx.ACQUAINTANCES, "own", dice.choose((I, WE)).owner, 0.15)
    if draw < 6:
        return phrase(dice, lx.GROUPS, "plural own", dice.choose((I, WE)).owner, 0.1)
    return dice.choose(lx.NAMES)


# --- frames -----------------------------------------------------------------------------------------------------------

Objects = tuple[tuple[Noun, ...], str]


@dataclass(frozen=True)
class Frame:
    """A verb with what it takes. `objects` pairs noun groups with the modes of `phrase`, separated by commas."""

    verb: Verb
    objects: tuple[Objects, ...] = ()
    people: bool = False  # the accusative is a person
    recipient: bool = False  # the dative is a person
    complements: tuple[Part, ...] = ()
    manners: tuple[Part, ...] = ()
    places: tuple[Part, ...] = ()
    habitual: bool = True  # what one does often
    stative: bool = False  # present tense without a time
    distant: bool = False  # planned or remembered over weeks and months
    intended: bool = True  # nobody plans to lose a key


_GARMENTS: tuple[Objects, ...] = ((lx.CLOTHES, "a,the,this"), (lx.PAIRED, "plural,plural the"))
_LANGUAGES = tuple(
    Part(english, german, f"kein {german}")
    for english, german in (
        ("German", "Deutsch"),
        ("English", "Englisch"),
        ("French", "Französisch"),
        ("Spanish", "Spanisch"),
    )
)
_ABOUT = _parts(
    ("about the weather", "über das Wetter"),
    ("about the trip", "über die Reise"),
    ("about the holidays", "über den Urlaub"),
    ("about the new job", "über die neue Stelle"),
)
_FOR_WAITING = tuple(prepositional("for", "auf", ACCUSATIVE, NounPhrase(noun)) for noun in lx.TRANSPORT[:4])
_TO_CITIES = _parts(*((f"to {city.english}", f"nach {city.german}") for city in (*lx.CITIES, *lx.COUNTRIES)))
_IN_CITIES = _parts(*((f"in {city.english}", f"in {city.german}") for city in lx.CITIES))
_HOME = Part("home", "nach Hause")

FRAMES = (
    Frame(VERBS["eat"], ((lx.DISHES, "a,count"), (lx.GROCERIES, "mass")), places=lx.EATING_PLACES),
    Frame(VERBS["drink"], ((lx.DRINKS, "a"), (lx.LIQUIDS, "mass")), places=lx.EATING_PLACES),
    Frame(VERBS["cook"], ((lx.DISHES[:1], "a,the"), (lx.GROCERIES[2:5], "mass")), places=lx.ROOMS[:1]),
    Frame(VERBS["bake"], ((lx.DISHES[4:5] + lx.DISHES[2:3], "a"),)),
    Frame(VERBS["order"], ((lx.DISHES, "a,the,count"), (lx.DRINKS, "a"), (lx.LIQUIDS, "mass")), places=lx.EATING_PLACES[-2:]),
    Frame(VERBS["buy"], ((lx.DISHES, "count"), (lx.GROCERIES, "mass"), (lx.LIQUIDS, "mass")), places=(PLACES["supermarket"][2], PLACES["market"][2])),
    Frame(VERBS["buy"], (*_GARMENTS, (lx.READING, "a,this"), (lx.PRESENTS, "a"), (lx.DEVICES, "a"), (lx.FURNITURE, "a")), habitual=False, distant=True),
    Frame(VERBS["sell"], ((lx.VEHICLES, "own"), (lx.FURNITURE, "own"), (lx.DWELLINGS[:2], "own")), habitual=False, distant=True),
    Frame(VERBS["need"], ((lx.CLOTHES, "a,this"), (lx.PAIRED, "plural"), (lx.BELONGINGS, "a"), (lx.TICKETS, "a,count"), (lx.TABLEWARE, "a"), (lx.APPOINTMENTS[:1], "a")), stative=True, habitual=False, distant=True),
    Frame(VERBS["wear"], _GARMENTS),
    Frame(VERBS["try+on"], _GARMENTS, habitual=False),
    Frame(VERBS["exchange"], ((lx.CLOTHES, "the,this"), (lx.PAIRED, "plural the"), (lx.DEVICES, "the,this")), habitual=False),
    Frame(VERBS["look+for"], ((lx.BELONGINGS, "own"), (lx.DWELLINGS[:3], "a"), (lx.PETS, "own"))),
    Frame(VERBS["find"], ((lx.BELONGINGS, "own,the,a"),), habitual=False, intended=False),
    Frame(VERBS["lose"], ((lx.BELONGINGS, "own,the"), (lx.PAIRED, "plural own")), habitual=False, intended=False),
    Frame(VERBS["forget"], ((lx.BELONGINGS, "own"), (lx.APPOINTMENTS[:2], "the"), (lx.TICKETS, "the,plural the")), intended=False),
    Frame(VERBS["pack"], ((lx.BELONGINGS[2:4], "own,the"),), habitual=False),
    Frame(VERBS["read"], ((lx.READING, "a,the,this"),), places=lx.ROOMS),
    Frame(VERBS["write"], ((lx.READING[2:3] + lx.READING[4:], "a,count"), (lx.PAPERWORK[3:4], "a,the"))),
    Frame(VERBS["open"], ((lx.OPENINGS, "the"), (lx.READING[2:3], "the"), (lx.PRESENTS[:1], "the"), (lx.PRESENTS[3:4], "the"))),
    Frame(VERBS["close"], ((lx.OPENINGS, "the"), (lx.BELONGINGS[2:4], "the"))),
    Frame(VERBS["turn+on"], ((lx.DEVICES, "the"),)),
    Frame(VERBS["turn+off"], ((lx.DEVICES, "the"),)),
    Frame(VERBS["repair"], ((lx.DEVICES, "the,own"), (lx.VEHICLES, "the,own"), (lx.OPENINGS[:2], "the")), distant=True),
    Frame(VERBS["clean"], ((lx.DWELLINGS, "the"), (lx.OPENINGS[:1], "plural the"), (lx.PAIRED[:1] + lx.PAIRED[2:3], "plural own"))),
    Frame(VERBS["wash"], ((lx.CLOTHES, "the,own"), (lx.VEHICLES[:3], "own"), (lx.TABLEWARE, "plural the"))),
    Frame(VERBS["tidy+up"], ((lx.DWELLINGS, "the,own"),)),
    Frame(VERBS["visit"], ((lx.SIGHTS, "the"),), habitual=False, distant=True),
    Frame(VERBS["visit"], people=True, distant=True),
    Frame(VERBS["see"], ((lx.SHOWS, "the,this"), (lx.PETS, "the,a")), habitual=False),
    Frame(VERBS["look+at"], ((lx.SHOWS[1:2] + lx.SHOWS[3:4], "the,this"), (lx.DWELLINGS[:3], "the,this"), (lx.SIGHTS, "the")), habitual=False),
    Frame(VERBS["call"], people=True),
    Frame(VERBS["pick+up"], people=True, places=(Part("from the station", "vom Bahnhof"), Part("from the airport", "vom Flughafen"), Part("from school", "von der Schule"))),
    Frame(VERBS["pick+up"], ((lx.PRESENTS[3:4], "the"), (lx.TICKETS, "plural the")), habitual=False),
    Frame(VERBS["invite"], people=True, complements=_parts(("to the party", "zur Feier"), ("for dinner", "zum Abendessen"), ("for lunch", "zum Mittagessen"))),
    Frame(VERBS["meet"], people=True, places=tuple(PLACES[name][2] for name in ["cinema", "station", "park", "library", "restaurant"])),
    Frame(VERBS["know"], people=True, stative=True, habitual=False),
    Frame(VERBS["help"], recipient=True),
    Frame(VERBS["thank"], recipient=True, habitual=False),
    Frame(VERBS["give"], ((lx.READING[:2], "the,a"), (lx.PRESENTS, "a,the"), (lx.BELONGINGS, "the")), recipient=True, habitual=False),
    Frame(VERBS["show"], ((lx.PRESENTS[1:2] + lx.PRESENTS[4:5], "the,a,plural the"), (lx.DWELLINGS, "the"), (lx.SIGHTS, "the")), recipient=True),
    Frame(VERBS["send"], ((lx.READING[2:3] + lx.READING[4:], "a"), (lx.PRESENTS[:2] + lx.PRESENTS[3:5], "a,the"), (lx.PAPERWORK[1:4], "the")), recipient=True),
    Frame(VERBS["bring"], ((lx.PRESENTS[:4], "a,plural"), (lx.DRINKS[:2], "a"), (lx.BELONGINGS[:2], "the")), recipient=True),
    Frame(VERBS["lend"], ((lx.VEHICLES, "own"), (lx.READING[:1], "a,this"), (lx.BELONGINGS[:3], "a")), recipient=True, habitual=False),
    Frame(VERBS["explain"], ((lx.PAPERWORK, "the"),), recipient=True),
    Frame(VERBS["sign"], ((lx.PAPERWORK[:1] + lx.PAPERWORK[2:4], "the,this"),), habitual=False),
    Frame(VERBS["fill+in"], ((lx.PAPERWORK[:1], "the,this"),), habitual=False),
    Frame(VERBS["pay+for"], ((lx.TICKETS, "plural the"), (lx.DWELLINGS[2:3], "the"), (lx.DRINKS, "the"))),
    Frame(VERBS["book"], ((lx.DWELLINGS[2:3], "a,this"), (lx.APPOINTMENTS[2:4], "a,the")), habitual=False, distant=True),
    Frame(VERBS["reserve"], ((lx.SPOTS[:1], "a"), (lx.DWELLINGS[2:3], "a"))),
    Frame(VERBS["cancel"], ((lx.APPOINTMENTS, "the,this"), (lx.SHOWS[:1] + lx.SHOWS[2:3], "the")), habitual=False),
    Frame(VERBS["rent"], ((lx.VEHICLES, "a"), (lx.DWELLINGS[:4], "a,this")), habitual=False, distant=True),
    Frame(VERBS["feed"], ((lx.PETS, "the,own,plural the"),)),
    Frame(VERBS["water"], ((lx.PRESENTS[2:3], "plural the,plural own"),), places=lx.ROOMS[1:4]),
    Frame(VERBS["go"], complements=(*lx.DIRECTIONS, _HOME, Part("for a walk", "spazieren"), Part("to bed", "ins Bett"))),
    Frame(VERBS["drive"], complements=(*lx.DIRECTIONS[:2], *_TO_CITIES, _HOME)),
    Frame(VERBS["travel"], complements=_TO_CITIES, manners=lx.VEHICLE_RIDES[:3], distant=True),
    Frame(VERBS["fly"], complements=_TO_CITIES, distant=True),
    Frame(VERBS["come"], complements=_parts(("to the party", "zur Feier"), ("to the meeting", "zur Besprechung"), ("to work", "zur Arbeit")), manners=lx.VEHICLE_RIDES),
    Frame(VERBS["come+back"], manners=lx.VEHICLE_RIDES),
    Frame(VERBS["arrive"], complements=_IN_CITIES, manners=lx.VEHICLE_RIDES),
    Frame(VERBS["get+up"], manners=_parts(("early", "früh"), ("late", "spät"))),
    Frame(VERBS["move"], complements=_TO_CITIES[:10], habitual=False, distant=True),
    Frame(VERBS["stay"], places=(*_IN_CITIES, lx.ROOMS[4], PLACES["hotel"][2])),
    Frame(VERBS["live"], places=_IN_CITIES, stative=True, habitual=False),
    Frame(VERBS["work"], places=(*_IN_CITIES, *(PLACES[name][2] for name in ["hospital", "bank", "restaurant", "hotel", "pharmacy", "library", "office"]))),
    Frame(VERBS["sleep"], manners=_parts(("well", "gut"), ("badly", "schlecht")), places=(Part("on the sofa", "auf dem Sofa"), Part("at the hotel", "im Hotel"))),
    Frame(VERBS["dance"], places=_parts(("at the party", "auf der Feier"), ("in the living room", "im Wohnzimmer"))),
    Frame(VERBS["swim"], places=_parts(("in the lake", "im See"), ("in the sea", "im Meer"), ("at the swimming pool", "im Schwimmbad"))),
    Frame(VERBS["learn"], complements=_LANGUAGES),
    Frame(VERBS["speak"], complements=_ABOUT),
    Frame(VERBS["wait"], complements=_FOR_WAITING, places=(PLACES["station"][2], PLACES["airport"][2])),
    Frame(VERBS["rest"], places=(*lx.ROOMS, PLACES["hotel"][2])),
    Frame(lx.GO_SHOPPING, complements=(Part("shopping", ""),)),
    Frame(lx.WATCH_TELEVISION, complements=(Part("television", ""),), places=lx.ROOMS[2:3]),
    Frame(lx.HAVE_BREAKFAST, complements=(Part("breakfast", ""),), places=(*lx.ROOMS, PLACES["hotel"][2])),
    Frame(VERBS["play"], complements=_parts(("football", "Fußball"), ("tennis", "Tennis"), ("the piano", "Klavier"), ("the guitar", "Gitarre"), ("cards", "Karten"))),
    Frame(VERBS["complain"], complements=_parts(("about the noise", "über den Lärm"), ("about the food", "über das Essen"), ("about the room", "über das Zimmer"))),
    Frame(VERBS["miss"], ((lx.TRANSPORT[:2] + lx.TRANSPORT[4:], "the"),), habitual=False, intended=False),
    Frame(HAVE, ((lx.PETS, "a,count"), (lx.VEHICLES, "a"), (lx.DWELLINGS[:2], "a"), (lx.APPOINTMENTS[:2], "a"), (lx.PAPERWORK[4:5], "a")), stative=True, habitual=False, distant=True),
    Frame(BE_IN_NEED, complements=(Part("hungry", "Hunger", "keinen Hunger"), Part("thirsty", "Durst", "keinen Durst"), Part("afraid", "Angst", "keine Angst")), stative=True),
)  # fmt: skip


MODALS: tuple[Modal, ...] = (HAVE_TO, WANT_TO, WOULD_LIKE_TO, CAN, SHOULD)

# --- drawing an event -------------------------------------------------------------------------------------------------


def draw_objects(dice: Dice, frame: Frame, subject: Nominal) -> dict:
    """The fields of a clause that a frame fills: objects, complement, manner, place."""
    fields: dict = {}
    if frame.people or frame.recipient:
        somebody = object_pronoun(dice, subject) if dice.chance(0.3) else person(dice, subject.owner)
        while somebody == subject:
            somebody = dice.choose(lx.NAMES)
        fields["accusative" if frame.people else "dative"] = somebody
    if frame.objects:
        nouns, modes = dice.choose(frame.objects)
        mode = dice.choose(modes.split(","))
        fields["accusative"] = phrase(dice, nouns, mode, subject.owner)
    if frame.complements:
        fields["complement"] = dice.choose(frame.complements)
    if frame.manners and dice.chance(0.5):
        fields["manner"] = dice.choose(frame.manners)
    if frame.places and dice.chance(0.45):
        fields["place"] = dice.choose(frame.places)
    return fields


def _draw_tense(dice: Dice, frame: Frame) -> dict:
    kinds = [("past", 4.0), ("perfect", 1.5)]
    if frame.stative:
        kinds = [("present", 4.0), ("past", 1.5 if frame.verb.base in ("need", "have", "be", "live") else 0.0)]
    elif frame.habitual:
        kinds += [("habit", 3.0), ("frequency", 2.0)]
    if frame.intended and not frame.stative:
        kinds += [
            ("future", 2.0),
            ("modal", 4.0),
            ("past modal", 1.5),
            ("planned", 2.0),
            ("now", 1.0 if frame.habitual else 0.0),
        ]
    kind, distant = dice.weighted(kinds), frame.distant
    if kind == "present":
        return {"tense": "present"}
    if kind == "past":
        return {"tense": "past", "time": past_time(dice, distant)}
    if kind == "perfect":
        return {"tense": "perfect", "focus": "already"}
    if kind == "future":
        return {"tense": "future", "time": future_time(dice, distant)}
    if kind == "planned":
        return {"tense": "progressive", "time": future_time(dice, distant)}
    if kind == "now":
        return {"tense": "progressive", "time": dice.choose(_NOW)}
    if kind == "habit":
        return {"tense": "present", "time": habit_time(dice)}
    if kind == "frequency":
        return {"tense": "present", "adverb": dice.choose(FREQUENCY)}
    if kind == "past modal":
        return {"tense": "past", "modal": dice.choose((HAVE_TO, WANT_TO)), "time": past_time(dice, distant)}
    return {"tense": "present", "modal": dice.choose(MODALS), "time": future_time(dice, distant)}


def negate(dice: Dice, clause: Clause) -> Clause:
    """The same event denied; adjuncts that would be denied instead of it are left out."""
    if clause.adverb or clause.time in _NOW:
        return clause
    focus = "yet" if clause.focus == "already" else ""
    bare_accusative = clause.accusative
    if isinstance(bare_accusative, NounPhrase) and bare_accusative.count:
        bare_accusative = replace(bare_accusative, count=None)
    return replace(clause, negated=True, focus=focus, place=None, manner=None, accusative=bare_accusative)


def draw_event(dice: Dice, subject: Nominal | None = None, *, negative: float = 0.15) -> Clause:
    """One everyday event with subject, objects, tense and time."""
    subject = subject or someone(dice)
    frame = dice.choose(FRAMES)
    clause = Clause(subject, frame.verb, **draw_objects(dice, frame, subject), **_draw_tense(dice, frame))
    return negate(dice, clause) if dice.chance(negative) else clause


def draw_action(dice: Dice, subject: Nominal, frames: tuple[Frame, ...] = ()) -> Clause:
    """An event without tense or time: for infinitives, imperatives and modal verbs."""
    frame = dice.choose(frames or ACTIONS)
    return Clause(subject, frame.verb, **draw_objects(dice, frame, subject))


ACTIONS = tuple(frame for frame in FRAMES if frame.intended and not frame.stative)

"""Frames: which verb takes which things, people and places, so that one eats a soup and not a suitcase."""

from __future__ import annotations

from dataclasses import dataclass

import vocabulary
from adjectives import named
from german import ACCUSATIVE
from grammar import BE_IN_NEED, HAVE, Noun, NounPhrase, Part, Verb, prepositional
from times import parts
from verbs import GO_SHOPPING, HAVE_BREAKFAST, VERBS, WATCH_TELEVISION
from vocabulary import PLACES

Objects = tuple[tuple[Noun, ...], str]


@dataclass(frozen=True)
class Frame:
    """A verb with what it takes; `objects` pairs noun groups with the modes of `people.phrase`, separated by commas."""

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


def _at(names: str) -> tuple[Part, ...]:
    return tuple(PLACES[name][2] for name in names.split(","))


WORN: tuple[Objects, ...] = ((vocabulary.CLOTHES, "a,the,this"), (vocabulary.PAIRED, "plural,plural the"))
FOOD: tuple[Objects, ...] = ((vocabulary.DISHES, "count"), (vocabulary.GROCERIES, "mass"), (vocabulary.LIQUIDS, "mass"))
_SNACKS = named("apple, banana, orange, egg, roll, pear, pancake, sausage")
MEALS = named("soup, salad, pizza, pancake, sausage, cake")
_LANGUAGES = tuple(
    Part(english, german, f"kein {german}")
    for english, german in (
        ("German", "Deutsch"),
        ("English", "Englisch"),
        ("French", "Französisch"),
        ("Spanish", "Spanisch"),
    )
)
_ABOUT = parts(
    ("about the weather", "über das Wetter"),
    ("about the trip", "über die Reise"),
    ("about the holidays", "über den Urlaub"),
    ("about the new job", "über die neue Stelle"),
    ("about the film", "über den Film"),
)
_FOR_WAITING = tuple(
    prepositional("for", "auf", ACCUSATIVE, NounPhrase(noun))
    for noun in (*vocabulary.TRANSPORT[:4], *named("doctor, waiter, teacher, taxi driver"))
)
_GAMES = parts(("football", "Fußball"), ("tennis", "Tennis"), ("cards", "Karten"))
_MUSIC = parts(("the piano", "Klavier"), ("the guitar", "Gitarre"))
_TO_CITIES = parts(
    *((f"to {city.english}", f"nach {city.german}") for city in (*vocabulary.CITIES, *vocabulary.COUNTRIES))
)
_IN_CITIES = parts(*((f"in {city.english}", f"in {city.german}") for city in vocabulary.CITIES))
_HOME = Part("home", "nach Hause")
_FROM_STATIONS = parts(("from the station", "vom Bahnhof"), ("from the airport", "vom Flughafen"))

_V = VERBS
FRAMES = (
    # eating and drinking
    Frame(
        _V["eat"], ((MEALS, "a"), (_SNACKS, "a,count"), (vocabulary.GROCERIES, "mass")), places=vocabulary.EATING_PLACES
    ),
    Frame(_V["drink"], ((vocabulary.DRINKS, "a"), (vocabulary.LIQUIDS, "mass")), places=vocabulary.EATING_PLACES),
    Frame(_V["cook"], ((named("soup"), "a,the"), (named("fish, meat, rice"), "mass"), (named("egg"), "count"))),
    Frame(_V["bake"], ((named("cake, pizza"), "a"), (named("bread"), "mass"))),
    Frame(
        _V["order"],
        ((MEALS, "a,the"), (vocabulary.DRINKS, "a"), (vocabulary.LIQUIDS, "mass")),
        places=_at("restaurant,hotel"),
    ),
    # shopping and clothes
    Frame(_V["buy"], FOOD, places=_at("supermarket,market")),
    Frame(
        _V["buy"],
        (
            *WORN,
            (vocabulary.READING, "a,this"),
            (vocabulary.PRESENTS, "a"),
            (vocabulary.DEVICES, "a"),
            (vocabulary.FURNITURE, "a"),
            (vocabulary.TICKETS, "count"),
        ),
        habitual=False,
        distant=True,
    ),
    Frame(
        _V["sell"],
        ((vocabulary.VEHICLES, "own"), (vocabulary.FURNITURE, "own"), (named("flat, house"), "own")),
        habitual=False,
        distant=True,
    ),
    Frame(
        _V["need"],
        (
            *WORN,
            (vocabulary.BELONGINGS, "a"),
            (vocabulary.TICKETS, "a,count"),
            (vocabulary.TABLEWARE, "a,count"),
            (named("appointment, address"), "a,the"),
        ),
        stative=True,
        habitual=False,
        distant=True,
    ),
    Frame(_V["wear"], WORN),
    Frame(_V["try+on"], WORN, habitual=False),
    Frame(
        _V["exchange"],
        ((vocabulary.CLOTHES, "the,this"), (vocabulary.PAIRED, "plural the"), (vocabulary.DEVICES, "the,this")),
        habitual=False,
    ),
    # belongings
    Frame(
        _V["look+for"],
        ((vocabulary.BELONGINGS, "own"), (named("flat, house, room"), "a"), (named("dog, cat"), "own")),
        habitual=False,
        intended=False,
    ),
    Frame(_V["find"], ((vocabulary.BELONGINGS, "own,the,a"),), habitual=False, intended=False),
    Frame(
        _V["lose"], ((vocabulary.BELONGINGS, "own"), (vocabulary.PAIRED, "plural own")), habitual=False, intended=False
    ),
    Frame(
        _V["forget"],
        (
            (vocabulary.BELONGINGS, "own"),
            (named("appointment, meeting, address"), "the"),
            (vocabulary.TICKETS, "plural the"),
        ),
        intended=False,
    ),
    Frame(_V["pack"], ((named("bag, suitcase"), "own"),), habitual=False),
    Frame(
        _V["lend"],
        ((vocabulary.VEHICLES, "own"), (vocabulary.READING, "a,this"), (named("key, umbrella, bag, towel"), "a,own")),
        recipient=True,
        habitual=False,
    ),
    # reading, writing, papers
    Frame(_V["read"], ((vocabulary.READING, "a,the,this"), (vocabulary.POST, "the,this")), places=vocabulary.ROOMS),
    Frame(_V["write"], ((vocabulary.POST, "a,count"), (named("report"), "a,the"))),
    Frame(_V["sign"], ((named("form, contract, report, bill"), "the,this"),), habitual=False),
    Frame(_V["fill+in"], ((named("form"), "the,this"),), habitual=False),
    Frame(_V["explain"], ((vocabulary.PAPERWORK, "the"),), recipient=True, habitual=False),
    # the household
    Frame(_V["open"], ((vocabulary.OPENINGS, "the"), (named("letter, gift, parcel"), "the"))),
    Frame(_V["close"], ((vocabulary.OPENINGS, "the"), (named("bag, suitcase"), "the"))),
    Frame(_V["turn+on"], ((vocabulary.DEVICES + vocabulary.HEATINGS, "the"),)),
    Frame(_V["turn+off"], ((vocabulary.DEVICES + vocabulary.HEATINGS, "the"),)),
    Frame(
        _V["repair"],
        ((vocabulary.DEVICES, "the,own"), (vocabulary.VEHICLES, "the,own"), (named("window, door, heating"), "the")),
        habitual=False,
        distant=True,
    ),
    Frame(
        _V["clean"],
        ((vocabulary.DWELLINGS, "the"), (named("window"), "plural the"), (named("shoe, boot"), "plural own")),
    ),
    Frame(
        _V["wash"],
        ((vocabulary.CLOTHES, "the,own"), (named("car, bicycle"), "own"), (vocabulary.TABLEWARE, "plural the")),
    ),
    Frame(_V["tidy+up"], ((vocabulary.DWELLINGS, "the,own"),)),
    Frame(_V["feed"], ((vocabulary.PETS, "the,own,plural the"),)),
    Frame(
        _V["water"],
        ((named("flower"), "plural the,plural own"),),
        places=parts(("in the garden", "im Garten"), ("on the balcony", "auf dem Balkon")),
    ),
    # people
    Frame(_V["visit"], people=True, distant=True),
    Frame(_V["call"], people=True),
    Frame(_V["pick+up"], people=True, places=_FROM_STATIONS),
    Frame(
        _V["invite"],
        people=True,
        complements=parts(
            ("to the party", "zur Feier"), ("for dinner", "zum Abendessen"), ("for lunch", "zum Mittagessen")
        ),
    ),
    Frame(_V["meet"], people=True, places=_at("cinema,station,park,library,restaurant,museum,theatre")),
    Frame(
        _V["know"],
        ((vocabulary.PROFESSIONALS, "the,this"), (vocabulary.SIGHTS, "the,this"), (vocabulary.ACQUAINTANCES, "own")),
        habitual=False,
        stative=True,
    ),
    Frame(_V["help"], recipient=True),
    Frame(_V["thank"], recipient=True, habitual=False),
    Frame(
        _V["give"],
        (
            (vocabulary.READING, "the,a"),
            (vocabulary.PRESENTS, "a,the"),
            (vocabulary.BELONGINGS, "the"),
            (vocabulary.DRINKS, "a"),
        ),
        recipient=True,
        habitual=False,
    ),
    Frame(
        _V["show"],
        ((named("picture, photo"), "the,a,plural the"), (vocabulary.DWELLINGS, "the,own"), (vocabulary.SIGHTS, "the")),
        recipient=True,
        habitual=False,
    ),
    Frame(
        _V["send"],
        ((vocabulary.POST, "a"), (named("gift, photo, parcel"), "a,the"), (named("bill, contract, report"), "the")),
        recipient=True,
    ),
    Frame(
        _V["bring"],
        (
            (vocabulary.PRESENTS, "a,the"),
            (vocabulary.DRINKS, "a"),
            (vocabulary.DISHES, "a"),
            (vocabulary.BELONGINGS, "the"),
        ),
        recipient=True,
    ),
    Frame(_V["speak"], complements=_ABOUT),
    Frame(
        _V["complain"],
        complements=parts(
            ("about the noise", "über den Lärm"),
            ("about the food", "über das Essen"),
            ("about the room", "über das Zimmer"),
        ),
        habitual=False,
    ),
    # appointments, bookings, sights
    Frame(
        _V["pay+for"],
        ((vocabulary.TICKETS, "plural the"), (named("room"), "the"), (vocabulary.DRINKS, "the"), (MEALS, "the")),
        habitual=False,
    ),
    Frame(_V["pick+up"], ((named("parcel"), "the,a"), (vocabulary.TICKETS, "plural the")), habitual=False),
    Frame(_V["book"], ((named("room, course"), "a,this"), (vocabulary.TRIPS, "a,the")), habitual=False, distant=True),
    Frame(_V["reserve"], ((named("table, room"), "a"),), habitual=False),
    Frame(
        _V["cancel"],
        ((vocabulary.APPOINTMENTS + vocabulary.TRIPS, "the,this"), (named("concert, party"), "the")),
        habitual=False,
    ),
    Frame(_V["rent"], ((vocabulary.VEHICLES, "a"), (vocabulary.DWELLINGS[:4], "a,this")), habitual=False, distant=True),
    Frame(_V["visit"], ((vocabulary.SIGHTS, "the,this"),), habitual=False, distant=True),
    Frame(_V["see"], ((named("film, exhibition, play"), "the,this"),), habitual=False),
    Frame(_V["look+at"], ((named("flat, house, room"), "the,this"), (vocabulary.SIGHTS, "the")), habitual=False),
    Frame(_V["miss"], ((vocabulary.TRANSPORT[:3] + vocabulary.TRANSPORT[4:], "the"),), intended=False),
    # ways
    Frame(
        _V["go"],
        complements=(*vocabulary.DIRECTIONS, _HOME, Part("for a walk", "spazieren"), Part("to bed", "ins Bett")),
    ),
    Frame(_V["drive"], complements=(*_TO_CITIES, _HOME, PLACES["station"][1], PLACES["airport"][1])),
    Frame(_V["travel"], complements=_TO_CITIES, manners=vocabulary.VEHICLE_RIDES[:3], distant=True, habitual=False),
    Frame(_V["fly"], complements=_TO_CITIES, distant=True, habitual=False),
    Frame(
        _V["come"],
        complements=parts(
            ("to the party", "zur Feier"), ("to the meeting", "zur Besprechung"), ("to work", "zur Arbeit")
        ),
        manners=vocabulary.VEHICLE_RIDES,
    ),
    Frame(_V["come+back"], manners=(*vocabulary.VEHICLE_RIDES, Part("early", "früh"), Part("late", "spät"))),
    Frame(_V["arrive"], complements=_IN_CITIES, manners=vocabulary.VEHICLE_RIDES, habitual=False),
    Frame(_V["get+up"], manners=parts(("early", "früh"), ("late", "spät"))),
    Frame(_V["move"], complements=_TO_CITIES, habitual=False, distant=True),
    Frame(_V["stay"], complements=(*_IN_CITIES, vocabulary.AT_HOME, PLACES["hotel"][2]), habitual=False),
    Frame(_V["live"], complements=_IN_CITIES, habitual=False, stative=True, distant=True),
    # days
    Frame(_V["work"], places=(*_IN_CITIES, *_at("hospital,bank,restaurant,hotel,pharmacy,library,office"))),
    Frame(
        _V["sleep"],
        manners=(Part("well", "gut"),),
        places=parts(("on the sofa", "auf dem Sofa"), ("at the hotel", "im Hotel")),
    ),
    Frame(_V["dance"], places=parts(("at the party", "auf der Feier"), ("in the living room", "im Wohnzimmer"))),
    Frame(
        _V["swim"],
        places=parts(("in the lake", "im See"), ("in the sea", "im Meer"), ("at the swimming pool", "im Schwimmbad")),
    ),
    Frame(_V["learn"], complements=_LANGUAGES),
    Frame(_V["wait"], complements=_FOR_WAITING, places=_at("station,airport,hotel")),
    Frame(_V["rest"], places=(*vocabulary.ROOMS, PLACES["hotel"][2])),
    Frame(_V["play"], complements=_GAMES),
    Frame(_V["play"], complements=_MUSIC),
    Frame(GO_SHOPPING, complements=(Part("shopping", ""),)),
    Frame(WATCH_TELEVISION, complements=(Part("television", ""),), places=vocabulary.ROOMS[2:3]),
    Frame(HAVE_BREAKFAST, complements=(Part("breakfast", ""),), places=(*vocabulary.ROOMS, PLACES["hotel"][2])),
    # states
    Frame(
        HAVE,
        (
            (vocabulary.PETS, "a,count"),
            (vocabulary.VEHICLES, "a"),
            (named("flat, house"), "a"),
            (named("appointment, meeting, question"), "a"),
        ),
        habitual=False,
        stative=True,
        distant=True,
    ),
    Frame(
        BE_IN_NEED,
        complements=(
            Part("hungry", "Hunger", "keinen Hunger"),
            Part("thirsty", "Durst", "keinen Durst"),
            Part("afraid", "Angst", "keine Angst"),
        ),
        stative=True,
    ),
)


def frames_of(names: str) -> tuple[Frame, ...]:
    """All frames of the named verbs; a star after a verb takes only what one does often (buy*: food)."""
    found = []
    for name in names.split():
        verb = VERBS[name.rstrip("*")]
        found += [frame for frame in FRAMES if frame.verb == verb and (frame.habitual or not name.endswith("*"))]
    return tuple(found)


GOINGS = tuple(frame for frame in FRAMES if frame.verb in (GO_SHOPPING, WATCH_TELEVISION, HAVE_BREAKFAST))
DINING = Frame(VERBS["eat"], ((MEALS, "a"),))
GAMES = Frame(VERBS["play"], complements=_GAMES)

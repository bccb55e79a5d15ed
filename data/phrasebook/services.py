"""The standing situations of a phrasebook: numbers, prices, times and dates, directions, shopping, travel, health, weather.

Every function draws one pair of an English and a German sentence, without the capital; a missing mark means a full stop.
"""

from __future__ import annotations

import lexicon as lx
from clauses import Clause, english_question, english_statement, german_question, german_statement
from compounds import Pair
from dice import Dice
from events import (
    ON_WEEKDAYS,
    at,
    phrase,
    random_date,
    relative,
    someone,
    spoken_time,
    then,
    third_party,
    written_time,
)
from german import ACCUSATIVE, DATIVE, NOMINATIVE
from grammar import BE, HAVE, HE, SHE, SIE, THE, THEY, WANT_TO, WE, WOULD_LIKE_TO, A, I, NounPhrase, Part, prepositional
from lexicon import PLACES, VERBS
from numerals import MONTHS, WEEKDAYS, date_in_digits, english_ordinal, german_ordinal_stem, number, price

# --- where things are -------------------------------------------------------------------------------------------------

_FLAT = lx.BELONGINGS[:2] + lx.BELONGINGS[4:] + lx.READING + lx.PRESENTS[4:5] + lx.TABLEWARE[4:7]
_UPRIGHT = lx.TABLEWARE[:4] + lx.TABLEWARE[7:] + lx.BELONGINGS[3:4] + lx.PRESENTS[3:4]


def spot(dice: Dice, case: str) -> Part:
    """`under the old table` / `unter dem alten Tisch`, or `unter den alten Tisch` for where to."""
    english, (german, names) = dice.choose(tuple(lx.SPOTS_BY_PREPOSITION.items()))
    nouns = tuple(noun for noun in lx.SPOTS if noun.english in names.split())
    adjective = (dice.choose(lx.QUALITIES[lx.SPOTS]),) if dice.chance(0.15) else ()
    return prepositional(english, german, case, NounPhrase(dice.choose(nouns), THE, adjective))


def lying(dice: Dice) -> Pair:
    """Where: dative. What lies flat `liegt`, what has a base `steht`."""
    upright = dice.chance(0.4)
    thing = phrase(dice, _UPRIGHT if upright else _FLAT, dice.choose(("the", "own", "plural the")), I.owner, 0.0)
    verb = VERBS["stand"] if upright else VERBS["lie"]
    place = spot(dice, DATIVE)
    while place.english.endswith(thing.noun.english):
        place = spot(dice, DATIVE)
    english = Clause(thing, BE, place=place)
    german = Clause(thing, verb, place=place)
    if dice.chance(0.2):
        return english_question(english) + "?", german_question(german) + "?"
    return english_statement(english), german_statement(german)


def laying(dice: Dice) -> Pair:
    """Where to: accusative."""
    upright = dice.chance(0.4)
    subject = someone(dice)
    thing = phrase(dice, _UPRIGHT if upright else _FLAT, dice.choose(("the", "own", "plural the")), subject.owner, 0.15)
    verb = VERBS["put"] if upright else lx.LAY
    place = spot(dice, ACCUSATIVE)
    while place.english.endswith(thing.noun.english):
        place = spot(dice, ACCUSATIVE)
    if dice.chance(0.4):
        return (
            f"please put {thing.english} {place.english}".replace(subject.owner.english, "the", 0),
            f"bitte {verb.infinitive} Sie {thing.german(ACCUSATIVE)} {place.german}",
        )
    tense = dice.choose(("perfect", "past", "modal"))
    clause = Clause(subject, verb, "present" if tense == "modal" else tense, accusative=thing, complement=place)
    if tense == "modal":
        clause = Clause(subject, verb, modal=dice.choose((WANT_TO, WOULD_LIKE_TO)), accusative=thing, complement=place)
    elif tense == "past":
        clause = Clause(subject, verb, "past", accusative=thing, complement=place, time=Part("yesterday", "gestern"))
    return english_statement(clause), german_statement(clause)


# --- numbers ----------------------------------------------------------------------------------------------------------


def age(dice: Dice) -> Pair:
    subject = dice.choose((I, HE, SHE)) if dice.chance(0.25) else third_party(dice)
    while subject.agreement == "other":
        subject = third_party(dice)
    years = number(2 + dice.below(97))
    clause = Clause(subject, BE, complement=Part(f"{years.english} years old", f"{years.german} Jahre alt"))
    return english_statement(clause), german_statement(clause)


_MEASURES = (
    ("it is {} kilometres to {city}", "bis {city} sind es {} Kilometer", 10, 900),
    ("this room costs {} euros a night", "dieses Zimmer kostet {} Euro pro Nacht", 40, 350),
    ("the rent is {} euros a month", "die Miete beträgt {} Euro im Monat", 300, 1900),
    ("the tower is {} metres high", "der Turm ist {} Meter hoch", 30, 350),
    ("the bridge is {} metres long", "die Brücke ist {} Meter lang", 40, 2500),
    ("there are {} guests at the hotel", "im Hotel sind {} Gäste", 20, 400),
    ("the museum has {} pictures", "das Museum hat {} Bilder", 100, 4000),
    ("this book has {} pages", "dieses Buch hat {} Seiten", 80, 900),
    ("{} people live in this village", "in diesem Dorf wohnen {} Menschen", 200, 5000),
    ("our school has {} students", "unsere Schule hat {} Schüler", 100, 1500),
)


def measure(dice: Dice) -> Pair:
    """Numbers to thousands in words."""
    english, german, least, most = dice.choose(_MEASURES)
    value = least + dice.below(most - least)
    value -= value % (50 if value > 1000 else 1)
    value += 1 if value % 100 == 1 else 0  # eintausendein would need an ending
    count, city = number(value), dice.choose(lx.CITIES)
    return english.format(count.english, city=city.english), german.format(count.german, city=city.german)


def _sum(dice: Dice, least: int, most: int) -> Part:
    return price((least + dice.below(most - least)) * 100 + dice.choose((0, 20, 50, 50, 80, 90, 95, 99)))


_GOODS = (
    (lx.CLOTHES, 15, 100),
    (lx.READING[:2] + lx.READING[3:], 1, 20),
    (lx.DISHES[:4], 3, 15),
    (lx.DRINKS, 2, 6),
    (lx.TABLEWARE, 2, 20),
    (lx.PRESENTS[:2], 5, 50),
)


def costs(dice: Dice) -> Pair:
    nouns, least, most = dice.choose(_GOODS)
    thing = phrase(dice, nouns, dice.choose(("the", "this", "plural the")), I.owner, 0.45)
    clause = Clause(thing, VERBS["cost"], negated=False)
    if dice.chance(0.4):
        return english_question(clause, "how much") + "?", german_question(clause, "wie viel") + "?"
    amount = _sum(dice, least, most)
    return f"{english_statement(clause)} {amount.english}", f"{german_statement(clause)} {amount.german}"


_TOTALS = (
    ("that will be {}, please", "das macht {}, bitte"),
    ("the admission ticket costs {} per person", "die Eintrittskarte kostet {} pro Person"),
    ("I paid {} for the taxi", "ich habe {} für das Taxi bezahlt"),
    ("a ticket to {city} costs {}", "eine Fahrkarte nach {city} kostet {}"),
    ("breakfast costs {} extra", "das Frühstück kostet {} extra"),
    ("here are {} for you", "hier sind {} für Sie"),
)


def total(dice: Dice) -> Pair:
    english, german = dice.choose(_TOTALS)
    amount, city = _sum(dice, 5, 100), dice.choose(lx.CITIES)
    return english.format(amount.english, city=city.english), german.format(amount.german, city=city.german)


_CONTAINERS = lx.nouns("""
    glass: das Glas, Glas
    cup: die Tasse, Tassen
    bottle: die Flasche, Flaschen
    kilo: das Kilo, Kilo
    piece: das Stück, Stück
    slice: die Scheibe, Scheiben
""")
_CONTENTS = (
    (0, "water Wasser,milk Milch,wine Wein,juice Saft,lemonade Limonade"),
    (1, "tea Tee,coffee Kaffee,cocoa Kakao"),
    (2, "water Wasser,milk Milch,wine Wein,juice Saft,beer Bier"),
    (3, "apples Äpfel,bananas Bananen,oranges Orangen,pears Birnen,rice Reis,fish Fisch"),
    (4, "cake Kuchen,chocolate Schokolade,meat Fleisch,butter Butter"),
    (5, "bread Brot,cheese Käse,ham Schinken"),
)


def quantity(dice: Dice) -> Part:
    """`two cups of tea` / `zwei Tassen Tee`, in the accusative."""
    container, contents = dice.choose(_CONTENTS)
    noun = _CONTAINERS[container]
    english, german = dice.choose(contents.split(",")).split()
    if dice.chance(0.5):
        holder = NounPhrase(noun, A)
    else:
        holder = NounPhrase(noun, THE, plural=True, count=number(2 + dice.below(9)))
        return Part(
            f"{holder.count.english} {noun.english_plural} of {english}",
            f"{holder.count.german} {noun.german_plural} {german}",
        )
    return Part(f"{holder.english} of {english}", f"{holder.german(ACCUSATIVE)} {german}")


_ORDERS = (
    ("I would like {}, please", "ich möchte bitte {}"),
    ("we would like {} and {}, please", "wir möchten bitte {} und {}"),
    ("could you bring us {} and {}, please?", "könnten Sie uns bitte {} und {} bringen?"),
    ("{} and {}, please", "{} und {}, bitte"),
    ("do you have {} for me?", "haben Sie {} für mich?"),
    ("I have already bought {} and {}", "ich habe schon {} und {} gekauft"),
    ("we still need {} and {}", "wir brauchen noch {} und {}"),
)


def order(dice: Dice) -> Pair:
    english, german = dice.choose(_ORDERS)
    first, second = quantity(dice), quantity(dice)
    while first == second:
        second = quantity(dice)
    return english.format(first.english, second.english), german.format(first.german, second.german)


# --- times and dates --------------------------------------------------------------------------------------------------


def _a_date(dice: Dice) -> Part:
    return date_in_digits(1 + dice.below(28), 1 + dice.below(12)) if dice.chance(0.25) else random_date(dice)


_CLOCK = (
    ("it is {}", "es ist {}"),
    ("it is already {}", "es ist schon {}"),
    ("excuse me, is it already {}?", "Entschuldigung, ist es schon {}?"),
    ("it is not yet {}", "es ist noch nicht {}"),
)


def clock_time(dice: Dice) -> Pair:
    english, german = dice.choose(_CLOCK)
    time = spoken_time(dice)
    return english.format(time.english), german.format(time.german)


_BEGINNINGS = (*lx.SHOWS, *lx.APPOINTMENTS[1:3], *lx.APPOINTMENTS[4:])


def beginning(dice: Dice) -> Pair:
    """`The concert begins at half past seven.` / `Das Konzert fängt um halb acht an.`"""
    thing = NounPhrase(dice.choose(_BEGINNINGS), dice.choose((THE, THE, A)) if False else THE)
    time = at(spoken_time(dice) if dice.chance(0.5) else written_time(dice))
    if dice.chance(0.7):
        time = then(time, dice.choose((*ON_WEEKDAYS, _a_date(dice))))
    clause = Clause(thing, VERBS["begin"], time=time)
    return english_statement(clause), german_statement(clause)


_OPENING = (("opens", "öffnet"), ("closes", "schließt"))


def opening_hours(dice: Dice) -> Pair:
    name = dice.choose(
        tuple(
            name for name in PLACES if name not in ("beach", "park", "station", "airport", "harbour", "hotel", "market")
        )
    )
    place = PLACES[name][0]
    if dice.chance(0.5):
        (english, german), time = dice.choose(_OPENING), at(written_time(dice))
        (day, german_day) = dice.choose(WEEKDAYS)
        return (
            f"on {day} {place.english} {english} {time.english}",
            f"am {german_day} {german} {place.german(NOMINATIVE)} {time.german}",
        )
    first, second = dice.below(4), 4 + dice.below(3)
    return (
        f"{place.english} is open from {WEEKDAYS[first][0]} to {WEEKDAYS[second][0]}",
        f"{place.german(NOMINATIVE)} ist von {WEEKDAYS[first][1]} bis {WEEKDAYS[second][1]} geöffnet",
    )


def calendar(dice: Dice) -> Pair:
    day, month = 1 + dice.below(28), dice.below(12)
    kind = dice.below(4)
    ordinal, german = english_ordinal(day), german_ordinal_stem(day)
    if kind == 0:
        prefix, german_prefix = dice.choose((("today", "heute ist"), ("tomorrow", "morgen ist")))
        return f"{prefix} is the {ordinal} of {MONTHS[month][0]}", f"{german_prefix} der {german}e {MONTHS[month][1]}"
    if kind == 1:
        somebody = relative(dice, dice.choose((I, HE, SHE, WE)).owner)
        date = _a_date(dice)
        return (
            f"{somebody.english} has {somebody.owner.english} birthday {date.english}",
            f"{somebody.german(NOMINATIVE)} hat {date.german} Geburtstag",
        )
    if kind == 2:
        somebody, date = someone(dice), _a_date(dice)
        while somebody.agreement == "other" and not hasattr(somebody, "reflexive"):
            somebody = someone(dice)
        clause = Clause(somebody, BE, "past" if somebody is None else "present")
        born = "was" if clause.subject.agreement in ("first", "third") else "were"
        finite = german_statement(clause)
        return f"{somebody.english_subject} {born} born {date.english}", f"{finite} {date.german} geboren"
    thing, date = NounPhrase(dice.choose(_BEGINNINGS)), _a_date(dice)
    return f"{thing.english} takes place {date.english}", f"{thing.german(NOMINATIVE)} findet {date.german} statt"


_SINCE = (
    ("learning German", "lernen", "Deutsch", "learn"),
    ("working at the bank", "arbeiten", "auf der Bank", "work"),
    ("working at the hospital", "arbeiten", "im Krankenhaus", "work"),
    ("living in {city}", "wohnen", "in {city}", "live"),
    ("waiting for the bus", "warten", "auf den Bus", "wait"),
    ("waiting for the train", "warten", "auf den Zug", "wait"),
    ("playing the piano", "spielen", "Klavier", "play"),
    ("looking for a flat", "suchen", "eine Wohnung", "look+for"),
    ("sleeping badly", "schlafen", "schlecht", "sleep"),
)
_LONG, _SHORT = (
    (("days", "Tagen"), ("weeks", "Wochen"), ("months", "Monaten"), ("years", "Jahren")),
    (("minutes", "Minuten"), ("hours", "Stunden")),
)


def since(dice: Dice) -> Pair:
    """`I have been waiting for the bus for ten minutes.` / `Ich warte seit zehn Minuten auf den Bus.`"""
    english, _, german, name = dice.choose(_SINCE)
    subject, city = someone(dice), dice.choose(lx.CITIES)
    unit, german_unit = dice.choose(_SHORT if "waiting" in english else _LONG)
    count = number(2 + dice.below(11)) if unit != "minutes" else number(5 * (1 + dice.below(10)))
    auxiliary = "has" if subject.agreement == "third" else "have"
    time = Part("", f"seit {count.german} {german_unit}")
    clause = Clause(subject, VERBS[name], time=time, complement=Part("", german.format(city=city.german)))
    return (
        f"{subject.english_subject} {auxiliary} been {english.format(city=city.english)} for {count.english} {unit}",
        german_statement(clause),
    )


# --- on the way -------------------------------------------------------------------------------------------------------


def directions(dice: Dice) -> Pair:
    adjective = (dice.choose(lx.QUALITIES[lx.BUILDINGS]),) if dice.chance(0.35) else ()
    place = NounPhrase(dice.choose(lx.BUILDINGS), THE, adjective)
    to = prepositional("to", "zu", DATIVE, place)
    english, german = dice.choose(_DIRECTIONS)
    side = dice.choose((Part("left", "links"), Part("right", "rechts")))
    ordinal = dice.choose((1, 2, 3, 4))
    street = Part(english_ordinal(ordinal), german_ordinal_stem(ordinal) + "e")
    other = NounPhrase(dice.choose(lx.BUILDINGS))
    while other.noun == place.noun:
        other = NounPhrase(dice.choose(lx.BUILDINGS))
    minutes = number(2 + dice.below(19))
    nearest = NounPhrase(place.noun, THE, (lx.ADJECTIVES["nearest"],))
    values = {
        "place": (place.english, place.german(NOMINATIVE)),
        "to": (to.english, to.german),
        "place_dative": (place.english, place.german(DATIVE)),
        "side": (side.english, side.german),
        "street": (street.english, street.german),
        "other": (other.english, other.german(DATIVE)),
        "minutes": (minutes.english, minutes.german),
        "nearest": (nearest.english, nearest.german(NOMINATIVE)),
        "ride": (ride := dice.choose(lx.VEHICLE_RIDES)) and (ride.english, ride.german),
    }
    return (
        english.format(**{key: value[0] for key, value in values.items()}),
        german.format(**{key: value[1] for key, value in values.items()}),
    )


_DIRECTIONS = (
    ("excuse me, how do I get {to}?", "Entschuldigung, wie komme ich {to}?"),
    ("how do we get {to} {ride}?", "wie kommen wir {ride} {to}?"),
    ("excuse me, where is {nearest}?", "Entschuldigung, wo ist {nearest}?"),
    ("how far is it {to}?", "wie weit ist es {to}?"),
    ("turn {side} in front of {other}", "biegen Sie vor {other} {side} ab"),
    ("go straight ahead {to}", "gehen Sie geradeaus {to}"),
    ("go past {other} and then turn {side}", "gehen Sie an {other} vorbei und biegen Sie dann {side} ab"),
    ("take the {street} street on the {side}", "nehmen Sie die {street} Straße {side}"),
    ("take the {street} street on the {side} and go {to}", "nehmen Sie die {street} Straße {side} und gehen Sie {to}"),
    ("{place} is next to {other}", "{place} ist neben {other}"),
    ("{place} is opposite {other}", "{place} ist gegenüber {other}"),
    ("{place} is between the bridge and {other}", "{place} ist zwischen der Brücke und {other}"),
    ("it is {minutes} minutes on foot {to}", "zu Fuß sind es {minutes} Minuten {to}"),
    ("is there a bus {to}?", "gibt es einen Bus {to}?"),
    ("could you show me the way {to}, please?", "könnten Sie mir bitte den Weg {to} zeigen?"),
)

_TRAFFIC = (
    (
        "the train to {city} leaves {at} from platform {platform}",
        "der Zug nach {city} fährt {at} von Gleis {platform} ab",
    ),
    ("the train from {city} arrives {at}", "der Zug aus {city} kommt {at} an"),
    ("the train from {city} is {minutes} minutes late", "der Zug aus {city} hat {minutes} Minuten Verspätung"),
    ("the bus to {city} leaves in {minutes} minutes", "der Bus nach {city} fährt in {minutes} Minuten ab"),
    ("when does the next train to {city} leave?", "wann fährt der nächste Zug nach {city} ab?"),
    ("when does the train from {city} arrive?", "wann kommt der Zug aus {city} an?"),
    ("do I have to change trains in {city}?", "muss ich in {city} umsteigen?"),
    ("you have to change trains in {city} {at}", "Sie müssen {at} in {city} umsteigen"),
    ("you have to get off in {city}", "Sie müssen in {city} aussteigen"),
    ("a return ticket to {city}, please", "eine Rückfahrkarte nach {city}, bitte"),
    ("how long does the journey to {city} take?", "wie lange dauert die Fahrt nach {city}?"),
    ("the journey to {city} takes {hours} hours", "die Fahrt nach {city} dauert {hours} Stunden"),
    ("our flight to {city} leaves {day} {at}", "unser Flug nach {city} geht {day} {at}"),
    ("I would like to buy {count} tickets to {city}", "ich möchte {count} Fahrkarten nach {city} kaufen"),
)


def traffic(dice: Dice) -> Pair:
    english, german = dice.choose(_TRAFFIC)
    city, day, time = dice.choose(lx.CITIES), dice.choose(ON_WEEKDAYS), at(written_time(dice))
    minutes, hours, count = number(5 * (1 + dice.below(11))), number(2 + dice.below(11)), number(2 + dice.below(5))
    platform = str(1 + dice.below(12))
    return (
        english.format(city=city.english, day=day.english, at=time.english, minutes=minutes.english, hours=hours.english, count=count.english, platform=platform),
        german.format(city=city.german, day=day.german, at=time.german, minutes=minutes.german, hours=hours.german, count=count.german, platform=platform),
    )  # fmt: skip


_RESERVATIONS = (
    ("I would like to reserve a table for {people} people for {day} {at}", "ich möchte für {day} {at} einen Tisch für {people} Personen reservieren"),
    ("I have reserved a room with {feature} for {people} nights", "ich habe ein Zimmer mit {feature} für {people} Nächte reserviert"),
    ("do you have a quiet room with {feature} for {people} people?", "haben Sie ein ruhiges Zimmer mit {feature} für {people} Personen?"),
    ("we are staying at the hotel for {people} nights", "wir bleiben {people} Nächte im Hotel"),
    ("we would like to stay until {weekday}", "wir möchten bis {weekday} bleiben"),
    ("do you have a free table for {people} people?", "haben Sie einen freien Tisch für {people} Personen?"),
    ("is the table for {people} people still free {on} {at}?", "ist der Tisch für {people} Personen {on} {at} noch frei?"),
    ("what does a room with {feature} cost?", "was kostet ein Zimmer mit {feature}?"),
    ("breakfast is served from {hour} to {later}", "Frühstück gibt es von {hour} bis {later}"),
    ("our room is on the {floor} floor", "unser Zimmer ist im {floor} Stock"),
    ("please wake me up tomorrow {at}", "bitte wecken Sie mich morgen {at}"),
)  # fmt: skip
_FEATURES = (
    ("a bathroom", "Bad"), ("a balcony", "Balkon"), ("a shower", "Dusche"), ("breakfast", "Frühstück"), ("a view of the sea", "Meerblick"),
)  # fmt: skip


def reservation(dice: Dice) -> Pair:
    english, german = dice.choose(_RESERVATIONS)
    people, time, feature, weekday = (
        number(2 + dice.below(9)),
        at(written_time(dice)),
        dice.choose(_FEATURES),
        dice.choose(WEEKDAYS),
    )
    when = dice.choose(
        (
            ("tomorrow", "morgen"),
            ("this evening", "heute Abend"),
            *((f"{english_day}", german_day) for english_day, german_day in WEEKDAYS),
        )
    )
    hour, floor = dice.below(3), 1 + dice.below(5)
    values = {
        "people": (people.english, people.german),
        "at": (time.english, time.german),
        "feature": feature,
        "weekday": weekday,
        "day": when,
        "on": (f"on {weekday[0]}", f"am {weekday[1]}"),
        "hour": (f"{6 + hour} a.m.", f"{6 + hour} Uhr"),
        "later": (f"{9 + hour} a.m.", f"{9 + hour} Uhr"),
        "floor": (english_ordinal(floor), german_ordinal_stem(floor) + "en"),
    }
    return (
        english.format(**{key: value[0] for key, value in values.items()}),
        german.format(**{key: value[1] for key, value in values.items()}),
    )


# --- shopping, health, weather ----------------------------------------------------------------------------------------

_SIZES = (
    ("do you have {this} in {colour}?", "haben Sie {this} in {german_colour}?"),
    ("do you have {this} one size bigger?", "haben Sie {this} eine Nummer größer?"),
    ("do you have {this} one size smaller?", "haben Sie {this} eine Nummer kleiner?"),
    ("I would like to try on {this} in {colour}", "ich möchte {this} in {german_colour} anprobieren"),
    ("can I try on {this}, please?", "kann ich bitte {this} anprobieren?"),
    (
        "I bought {this} yesterday and would like to exchange it",
        "ich habe {this} gestern gekauft und möchte {it} umtauschen",
    ),
    ("I am only looking for {a}", "ich suche nur {a}"),
    ("do you also sell {plural}?", "verkaufen Sie auch {plural}?"),
    ("how much do {plural} cost here?", "wie viel kosten hier {plural_nominative}?"),
    ("I will take {this}", "ich nehme {this}"),
    ("{this_nominative} doesn't fit me", "{this_nominative} passt mir nicht"),
    ("{this_nominative} fits {dative} very well", "{this_nominative} passt {dative} sehr gut"),
    ("{this_nominative} belongs to {dative}", "{this_nominative} gehört {dative}"),
)
_COLOUR_NAMES = (
    ("red", "Rot"), ("blue", "Blau"), ("green", "Grün"), ("black", "Schwarz"), ("white", "Weiß"), ("brown", "Braun"), ("grey", "Grau"),
    ("yellow", "Gelb"),
)  # fmt: skip


def garment(dice: Dice) -> Pair:
    english, german = dice.choose(_SIZES)
    this = phrase(dice, lx.CLOTHES, "this", I.owner, 0.0 if "colour" in english else 0.4)
    a = NounPhrase(this.noun, A, this.adjectives)
    plural = phrase(dice, lx.PAIRED if dice.chance(0.5) else lx.CLOTHES, "plural", I.owner, 0.4)
    colour = dice.choose(_COLOUR_NAMES)
    somebody = dice.choose((I, HE, SHE, SIE, WE, THEY)) if dice.chance(0.3) else third_party(dice)
    return (
        english.format(this=this.english, this_nominative=this.english, colour=colour[0], a=a.english, plural=plural.english, dative=somebody.english_object),
        german.format(
            this=this.german(ACCUSATIVE), this_nominative=this.german(NOMINATIVE), german_colour=colour[1], a=a.german(ACCUSATIVE),
            plural=plural.german(ACCUSATIVE), plural_nominative=plural.german(NOMINATIVE), it=this.pronoun.accusative, dative=somebody.german(DATIVE),
        ),
    )  # fmt: skip


def pain(dice: Dice) -> Pair:
    """`My feet hurt.` / `Meine Füße tun weh.`"""
    somebody = dice.choose((I, HE, SHE))
    plural = dice.chance(0.4)
    part = phrase(
        dice, lx.LIMBS if plural or dice.chance(0.3) else lx.BODY, "plural own" if plural else "own", somebody.owner
    )
    if dice.chance(0.25):
        part = phrase(dice, lx.LIMBS, "plural own" if plural else "own", SIE.owner)
        clause = Clause(part, VERBS["hurt"])
        return english_question(clause) + "?", german_question(clause) + "?"
    since = dice.choose(_SINCE_WHEN)
    clause = Clause(part, VERBS["hurt"], time=Part("", since[1]))
    english = english_statement(Clause(part, VERBS["hurt"]))
    if since[0]:
        finite = "have" if part.plural else "has"
        english = f"{part.english} {finite} been hurting {since[0]}"
    return english, german_statement(clause)


_SINCE_WHEN = (
    ("", ""), ("since yesterday", "seit gestern"), ("since this morning", "seit heute Morgen"), ("since Monday", "seit Montag"),
    ("for three days", "seit drei Tagen"), ("for a week", "seit einer Woche"), ("for two hours", "seit zwei Stunden"),
)  # fmt: skip
_COMPLAINTS = (
    ("a headache", "Kopfschmerzen"), ("a toothache", "Zahnschmerzen"), ("a stomach ache", "Bauchschmerzen"), ("a fever", "Fieber"),
    ("a cold", "eine Erkältung"), ("a cough", "Husten"), ("a backache", "Rückenschmerzen"), ("a sore throat", "Halsschmerzen"),
)  # fmt: skip


def illness(dice: Dice) -> Pair:
    complaint, somebody = dice.choose(_COMPLAINTS), someone(dice)
    while hasattr(somebody, "plural") and somebody.plural:
        somebody = someone(dice)
    kind = dice.below(3)
    finite = "has" if somebody.agreement == "third" else "have"
    if kind == 0:
        since = dice.choose(_SINCE_WHEN[1:])
        clause = Clause(somebody, HAVE, time=Part("", since[1]), complement=Part("", complaint[1]))
        return f"{somebody.english_subject} {finite} had {complaint[0]} {since[0]}", german_statement(clause)
    if kind == 1:
        times = dice.choose(
            (("twice", "zweimal"), ("three times", "dreimal"), ("four times", "viermal"), ("once", "einmal"))
        )
        when = dice.choose(
            (
                ("before meals", "vor dem Essen"),
                ("after meals", "nach dem Essen"),
                ("with water", "mit Wasser"),
                ("for a week", "eine Woche lang"),
            )
        )
        medicine = dice.choose(
            (
                ("this medicine", "dieses Medikament"),
                ("these tablets", "diese Tabletten"),
                ("these drops", "diese Tropfen"),
                ("this juice", "diesen Saft"),
            )
        )
        return f"take {medicine[0]} {times[0]} a day {when[0]}", f"nehmen Sie {medicine[1]} {times[1]} am Tag {when[1]}"
    remedy = dice.choose((("against", "gegen"),))
    return f"do you have something {remedy[0]} {complaint[0]}?", f"haben Sie etwas {remedy[1]} {complaint[1]}?"


_WEATHER = (
    ("it is very {} in {} today", "heute ist es in {1} sehr {0}"),
    ("it will be {} in {} tomorrow", "morgen wird es in {1} {0}"),
    ("was it {} in {} yesterday?", "war es gestern in {1} {0}?"),
    ("it was too {} in {} last week", "letzte Woche war es in {1} zu {0}"),
    ("is it always so {} in {}?", "ist es in {1} immer so {0}?"),
    ("at the weekend it will be {} in {}", "am Wochenende wird es in {1} {0}"),
    ("in {month} it is often {} in {}", "im {german_month} ist es in {1} oft {0}"),
)
_WEATHERS = (
    ("warm", "warm"), ("cold", "kalt"), ("hot", "heiß"), ("windy", "windig"), ("sunny", "sonnig"), ("foggy", "neblig"), ("cloudy", "bewölkt"), ("cool", "kühl"),
)  # fmt: skip


def weather(dice: Dice) -> Pair:
    (english, german), kind, city, month = (
        dice.choose(_WEATHER),
        dice.choose(_WEATHERS),
        dice.choose((*lx.CITIES, *lx.COUNTRIES)),
        dice.choose(MONTHS),
    )
    return (
        english.format(kind[0], city.english, month=month[0]),
        german.format(kind[1], city.german, german_month=month[1]),
    )

"""Times and dates, directions, trains, hotels and the weather.

Every function draws one pair of an English and a German sentence, without the capital and the full stop.
"""

from __future__ import annotations

import vocabulary
from adjectives import ADJECTIVES, named
from clauses import Clause, english_statement, german_statement
from compounds import Pair
from dice import Dice
from german import DATIVE, NOMINATIVE
from grammar import BE, HE, SHE, THE, WE, I, NounPhrase, Part, prepositional
from numerals import (
    MONTHS,
    WEEKDAYS,
    date_in_digits,
    digital_clock,
    english_ordinal,
    german_ordinal_stem,
    number,
)
from people import phrase, relative, someone
from times import ON_WEEKDAYS, at, random_date, spoken_time, then, written_time
from verbs import VERBS
from vocabulary import PLACES

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


_BEGINNINGS = (*vocabulary.SHOWS, *named("meeting, course, lesson"))


def beginning(dice: Dice) -> Pair:
    """`The concert begins at half past seven.` / `Das Konzert fängt um halb acht an.`"""
    thing = NounPhrase(dice.choose(_BEGINNINGS), THE)
    time = at(spoken_time(dice) if dice.chance(0.5) else written_time(dice))
    if dice.chance(0.7):
        time = then(time, dice.choose((*ON_WEEKDAYS, _a_date(dice))))
    clause = Clause(thing, VERBS["begin"], time=time)
    return english_statement(clause), german_statement(clause)


_OPENING = (("opens", "öffnet", 7), ("closes", "schließt", 17))


def opening_hours(dice: Dice) -> Pair:
    name = dice.choose(
        tuple(
            name for name in PLACES if name not in ("beach", "park", "station", "airport", "harbour", "hotel", "market")
        )
    )
    place = PLACES[name][0]
    if dice.chance(0.5):
        english, german, earliest = dice.choose(_OPENING)
        time = at(digital_clock(earliest + dice.below(4), dice.pick((0, 0, 15, 30, 45))))
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
        prefix, german_prefix = dice.pick((("today", "heute ist"), ("tomorrow", "morgen ist")))
        return f"{prefix} is the {ordinal} of {MONTHS[month][0]}", f"{german_prefix} der {german}e {MONTHS[month][1]}"
    if kind == 1:
        somebody = relative(dice, dice.pick((I, HE, SHE, WE)).owner)
        date = _a_date(dice)
        return (
            f"{somebody.english} has {somebody.owner.english} birthday {date.english}",
            f"{somebody.german(NOMINATIVE)} hat {date.german} Geburtstag",
        )
    if kind == 2:
        somebody, date = someone(dice), _a_date(dice)
        while somebody.agreement == "other" and not hasattr(somebody, "reflexive"):
            somebody = someone(dice)
        clause = Clause(somebody, BE)
        born = "was" if clause.subject.agreement in ("first", "third") else "were"
        finite = german_statement(clause)
        return f"{somebody.english_subject} {born} born {date.english}", f"{finite} {date.german} geboren"
    thing, date = NounPhrase(dice.choose(_BEGINNINGS)), _a_date(dice)
    return f"{thing.english} takes place {date.english}", f"{thing.german(NOMINATIVE)} findet {date.german} statt"


_SINCE = (
    ("learning German", "lernen", "Deutsch", "learn"),
    ("working at the bank", "arbeiten", "in der Bank", "work"),
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
    subject, city = someone(dice), dice.choose(vocabulary.CITIES)
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
    place = phrase(dice, vocabulary.BUILDINGS, "the", I.owner)
    to = prepositional("to", "zu", DATIVE, place)
    english, german = dice.choose(_DIRECTIONS)
    side = dice.choose((Part("left", "links"), Part("right", "rechts")))
    ordinal = dice.pick((1, 2, 3, 4))
    street = Part(english_ordinal(ordinal), german_ordinal_stem(ordinal) + "e")
    other = NounPhrase(dice.choose(vocabulary.BUILDINGS))
    while other.noun == place.noun:
        other = NounPhrase(dice.choose(vocabulary.BUILDINGS))
    past, minutes = prepositional("past", "an", DATIVE, other), number(2 + dice.below(19))
    nearest = NounPhrase(place.noun, THE, (ADJECTIVES["nearest"],))
    values = {
        "place": (place.english, place.german(NOMINATIVE)),
        "to": (to.english, to.german),
        "place_dative": (place.english, place.german(DATIVE)),
        "side": (side.english, side.german),
        "street": (street.english, street.german),
        "other": (other.english, other.german(DATIVE)),
        "past": (past.english, past.german),
        "minutes": (minutes.english, minutes.german),
        "nearest": (nearest.english, nearest.german(NOMINATIVE)),
        "ride": (ride := dice.choose(vocabulary.VEHICLE_RIDES)) and (ride.english, ride.german),
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
    ("go {past} and then turn {side}", "gehen Sie {past} vorbei und biegen Sie dann {side} ab"),
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
    city, day, time = dice.choose(vocabulary.CITIES), dice.choose(ON_WEEKDAYS), at(written_time(dice))
    minutes, hours, count = number(5 * (1 + dice.below(11))), number(2 + dice.below(11)), number(2 + dice.below(5))
    platform = str(1 + dice.below(12))
    return (
        english.format(
            city=city.english,
            day=day.english,
            at=time.english,
            minutes=minutes.english,
            hours=hours.english,
            count=count.english,
            platform=platform,
        ),
        german.format(
            city=city.german,
            day=day.german,
            at=time.german,
            minutes=minutes.german,
            hours=hours.german,
            count=count.german,
            platform=platform,
        ),
    )


_RESERVATIONS = (
    (
        "I would like to reserve a table for {people} people for {day} {at}",
        "ich möchte für {day} {at} einen Tisch für {people} Personen reservieren",
    ),
    (
        "I have reserved a room with {feature} for {people} nights",
        "ich habe ein Zimmer mit {feature} für {people} Nächte reserviert",
    ),
    (
        "do you have a quiet room with {feature} for {people} people?",
        "haben Sie ein ruhiges Zimmer mit {feature} für {people} Personen?",
    ),
    ("we are staying at the hotel for {people} nights", "wir bleiben {people} Nächte im Hotel"),
    ("we would like to stay until {weekday}", "wir möchten bis {weekday} bleiben"),
    ("do you have a free table for {people} people?", "haben Sie einen freien Tisch für {people} Personen?"),
    (
        "is the table for {people} people still free {on} {at}?",
        "ist der Tisch für {people} Personen {on} {at} noch frei?",
    ),
    ("what does a room with {feature} cost?", "was kostet ein Zimmer mit {feature}?"),
    ("breakfast is served from {hour} to {later}", "Frühstück gibt es von {hour} bis {later}"),
    ("our room is on the {floor} floor", "unser Zimmer ist im {floor} Stock"),
    ("please wake me up tomorrow at {hour}", "bitte wecken Sie mich morgen um {hour}"),
)
_FEATURES = (
    ("a bathroom", "Bad"),
    ("a balcony", "Balkon"),
    ("a shower", "Dusche"),
    ("breakfast", "Frühstück"),
    ("a view of the sea", "Meerblick"),
)


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
    ("warm", "warm"),
    ("cold", "kalt"),
    ("hot", "heiß"),
    ("windy", "windig"),
    ("sunny", "sonnig"),
    ("foggy", "neblig"),
    ("cloudy", "bewölkt"),
    ("cool", "kühl"),
)


def weather(dice: Dice) -> Pair:
    (english, german), kind, city, month = (
        dice.choose(_WEATHER),
        dice.choose(_WEATHERS),
        dice.choose((*vocabulary.CITIES, *vocabulary.COUNTRIES)),
        dice.choose(MONTHS),
    )
    return (
        english.format(kind[0], city.english, month=month[0]),
        german.format(kind[1], city.german, german_month=month[1]),
    )

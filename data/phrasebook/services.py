"""Where things are, numbers, prices, orders, clothes shopping and health.

Every function draws one pair of an English and a German sentence, without the capital and the full stop.
"""

from __future__ import annotations

import vocabulary
from adjectives import named
from clauses import Clause, english_question, english_statement, german_question, german_statement, german_subordinate
from compounds import Pair
from dice import Dice
from german import ACCUSATIVE, DATIVE, NOMINATIVE, relative_pronoun
from grammar import BE, HAVE, HE, SHE, SIE, THE, THEY, WANT_TO, WE, WOULD_LIKE_TO, A, I, NounPhrase, Part, prepositional
from numerals import (
    number,
    price,
)
from people import phrase, someone, third_party
from times import past_time
from verbs import LAY, VERBS

# --- where things are -------------------------------------------------------------------------------------------------

_FLAT = (
    *named("key, umbrella, wallet, passport, camera, mobile phone, city map, towel, watch, photo, spoon, fork, knife"),
    *vocabulary.READING,
    *named("letter, postcard"),
)
_UPRIGHT = (*named("plate, cup, glass, bottle, pot, suitcase, parcel, bag"), *named("lamp, printer, radio"))


def spot(dice: Dice, case: str) -> Part:
    """`under the old table` / `unter dem alten Tisch`, or `unter den alten Tisch` for where to."""
    english, (german, names) = dice.choose(tuple(vocabulary.SPOTS_BY_PREPOSITION.items()))
    nouns = tuple(noun for noun in vocabulary.SPOTS if noun.english in names.split())
    return prepositional(english, german, case, phrase(dice, nouns, "the", I.owner, 0.15))


def lying(dice: Dice) -> Pair:
    """Where: dative. What lies flat `liegt`, what has a base `steht`."""
    upright = dice.chance(0.4)
    thing = phrase(dice, _UPRIGHT if upright else _FLAT, dice.pick(("the", "own", "plural the")), I.owner, 0.0)
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
    asked = dice.chance(0.4)
    subject = SIE if asked else someone(dice)
    thing = phrase(dice, _UPRIGHT if upright else _FLAT, dice.pick(("the", "own", "plural the")), subject.owner, 0.15)
    verb = VERBS["put"] if upright else LAY
    place = spot(dice, ACCUSATIVE)
    while place.english.endswith(thing.noun.english):
        place = spot(dice, ACCUSATIVE)
    if asked:
        return (
            f"please put {thing.english} {place.english}",
            f"bitte {verb.infinitive} Sie {thing.german(ACCUSATIVE)} {place.german}",
        )
    tense = dice.pick(("perfect", "past", "modal"))
    clause = Clause(subject, verb, "present" if tense == "modal" else tense, accusative=thing, complement=place)
    if tense == "modal":
        clause = Clause(subject, verb, modal=dice.pick((WANT_TO, WOULD_LIKE_TO)), accusative=thing, complement=place)
    elif tense == "past":
        clause = Clause(subject, verb, "past", accusative=thing, complement=place, time=Part("yesterday", "gestern"))
    return english_statement(clause), german_statement(clause)


def found(dice: Dice) -> Pair:
    """`The key that you lost is under the bed.` / `Der Schlüssel, den Sie verloren haben, liegt unter dem Bett.`"""
    thing = phrase(dice, vocabulary.BELONGINGS, dice.pick(("the", "the", "plural the")), I.owner, 0.0)
    verb = VERBS["look+for" if dice.chance(0.4) else "lose" if dice.chance(0.5) else "forget"]
    seeking = Clause(someone(dice), verb, "past", time=past_time(dice, False))
    where = spot(dice, DATIVE)
    while where.english.endswith(thing.noun.english):
        where = spot(dice, DATIVE)
    lies = VERBS["lie"].present[thing.person] if thing.noun in _FLAT else VERBS["stand"].present[thing.person]
    return (
        f"{thing.english} that {english_statement(seeking)} {'are' if thing.plural else 'is'} {where.english}",
        f"{thing.german(NOMINATIVE)}, {relative_pronoun(ACCUSATIVE, thing.gender)} {german_subordinate(seeking)}, "
        f"{lies} {where.german}",
    )


# --- numbers ----------------------------------------------------------------------------------------------------------


def age(dice: Dice) -> Pair:
    subject = dice.pick((I, HE, SHE)) if dice.chance(0.25) else third_party(dice)
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
    value -= value % (50 if value > 1000 else 5 if value > 100 else 1)
    count, city = number(value), dice.choose(vocabulary.CITIES)
    return english.format(count.english, city=city.english), german.format(count.german, city=city.german)


_EUROS = (*range(1, 16), 20, 25, 30, 35, 40, 50, 60, 80)  # few enough that each sum is seen often


def _sum(dice: Dice, least: int, most: int) -> Part:
    return price(dice.choose(_EUROS[least:most]) * 100 + dice.pick((0, 20, 50, 90)))


_GOODS = (
    (vocabulary.CLOTHES, 10, 23),
    (vocabulary.READING, 3, 17),
    (named("soup, salad, pizza, pancake"), 2, 13),
    (vocabulary.DRINKS, 0, 5),
    (vocabulary.TABLEWARE, 1, 12),
    (named("gift, picture"), 4, 20),
)


def costs(dice: Dice) -> Pair:
    nouns, least, most = dice.choose(_GOODS)
    mode = dice.pick(("the", "this") if nouns is vocabulary.DRINKS else ("the", "this", "plural the"))
    clause = Clause(phrase(dice, nouns, mode, I.owner, 0.45), VERBS["cost"])
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
    ("the bill comes to {}", "die Rechnung beträgt {}"),
)


def total(dice: Dice) -> Pair:
    english, german = dice.choose(_TOTALS)
    amount, city = _sum(dice, 4, 23), dice.choose(vocabulary.CITIES)
    return english.format(amount.english, city=city.english), german.format(amount.german, city=city.german)


_CONTAINERS = vocabulary.nouns("""
    glass: das Glas, Gläser
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


# --- shopping, health -------------------------------------------------------------------------------------------------

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
    ("red", "Rot"),
    ("blue", "Blau"),
    ("green", "Grün"),
    ("black", "Schwarz"),
    ("white", "Weiß"),
    ("brown", "Braun"),
    ("grey", "Grau"),
    ("yellow", "Gelb"),
)


def garment(dice: Dice) -> Pair:
    english, german = dice.choose(_SIZES)
    this = phrase(dice, vocabulary.CLOTHES, "this", I.owner, 0.0 if "colour" in english else 0.4)
    a = NounPhrase(this.noun, A, this.adjectives)
    plural = phrase(dice, vocabulary.PAIRED if dice.chance(0.5) else vocabulary.CLOTHES, "plural", I.owner, 0.4)
    colour = dice.choose(_COLOUR_NAMES)
    somebody = dice.pick((I, HE, SHE, SIE, WE, THEY)) if dice.chance(0.3) else third_party(dice)
    return (
        english.format(
            this=this.english,
            this_nominative=this.english,
            colour=colour[0],
            a=a.english,
            plural=plural.english,
            dative=somebody.english_object,
        ),
        german.format(
            this=this.german(ACCUSATIVE),
            this_nominative=this.german(NOMINATIVE),
            german_colour=colour[1],
            a=a.german(ACCUSATIVE),
            plural=plural.german(ACCUSATIVE),
            plural_nominative=plural.german(NOMINATIVE),
            it=this.pronoun.accusative,
            dative=somebody.german(DATIVE),
        ),
    )


def pain(dice: Dice) -> Pair:
    """`My feet hurt.` / `Meine Füße tun weh.`"""
    somebody = dice.pick((I, HE, SHE))
    plural = dice.chance(0.4)
    part = phrase(
        dice,
        vocabulary.LIMBS if plural or dice.chance(0.3) else vocabulary.BODY,
        "plural own" if plural else "own",
        somebody.owner,
    )
    if dice.chance(0.25):
        part = phrase(dice, vocabulary.LIMBS, "plural own" if plural else "own", SIE.owner)
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
    ("", ""),
    ("since yesterday", "seit gestern"),
    ("since this morning", "seit heute Morgen"),
    ("since Monday", "seit Montag"),
    ("for three days", "seit drei Tagen"),
    ("for a week", "seit einer Woche"),
    ("for two hours", "seit zwei Stunden"),
)
_COMPLAINTS = (
    ("a headache", "Kopfschmerzen"),
    ("a toothache", "Zahnschmerzen"),
    ("a stomach ache", "Bauchschmerzen"),
    ("a fever", "Fieber"),
    ("a cold", "eine Erkältung"),
    ("a cough", "Husten"),
    ("a backache", "Rückenschmerzen"),
    ("a sore throat", "Halsschmerzen"),
)


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
    return f"do you have something against {complaint[0]}?", f"haben Sie etwas gegen {complaint[1]}?"

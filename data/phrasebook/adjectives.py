"""The adjectives of the phrasebook, and which nouns can bear them."""

from __future__ import annotations

import vocabulary
from grammar import Adjective, Noun


def _adjectives(lines: str) -> dict[str, Adjective]:
    """Lines `english: german [stem] | English comparative | German comparative`."""
    found = {}
    for line in lines.strip().splitlines():
        english, _, rest = line.strip().partition(": ")
        german, comparison, comparative = (*(piece.strip() for piece in rest.split("|")), "", "")[:3]
        predicative, _, stem = german.partition(" ")
        found[english] = Adjective(english, predicative, stem or predicative, comparison, comparative)
    return found


ADJECTIVES = _adjectives("""
    new: neu | newer | neuer
    old: alt | older | älter
    big: groß | bigger | größer
    small: klein | smaller | kleiner
    cheap: billig | cheaper | billiger
    expensive: teuer teur | more expensive | teurer
    beautiful: schön | more beautiful | schöner
    modern: modern | more modern | moderner
    quiet: ruhig | quieter | ruhiger
    bright: hell | brighter | heller
    comfortable: bequem | more comfortable | bequemer
    heavy: schwer | heavier | schwerer
    light: leicht | lighter | leichter
    long: lang | longer | länger
    short: kurz | shorter | kürzer
    warm: warm | warmer | wärmer
    thick: dick | thicker | dicker
    thin: dünn | thinner | dünner
    red: rot
    blue: blau
    green: grün
    black: schwarz
    white: weiß
    brown: braun
    grey: grau
    yellow: gelb
    fresh: frisch | fresher | frischer
    hot: heiß | hotter | heißer
    cold: kalt | colder | kälter
    good: gut | better | besser
    sweet: süß | sweeter | süßer
    strong: stark | stronger | stärker
    delicious: lecker
    interesting: interessant | more interesting | interessanter
    boring: langweilig | more boring | langweiliger
    important: wichtig | more important | wichtiger
    funny: lustig | funnier | lustiger
    friendly: freundlich | friendlier | freundlicher
    young: jung | younger | jünger
    nice: nett | nicer | netter
    famous: berühmt | more famous | berühmter
    broken: kaputt
    clean: sauber | cleaner | sauberer
    dirty: schmutzig | dirtier | schmutziger
    empty: leer
    full: voll
    tired: müde
    ill: krank
    late: spät
    nearest: nächst
    loud: laut | louder | lauter
    fast: schnell | faster | schneller
""")


def adjectives(names: str) -> tuple[Adjective, ...]:
    return tuple(ADJECTIVES[name] for name in names.split())


_COLOUR_NAMES = "red blue green black white brown grey yellow"
COLOURS = adjectives(_COLOUR_NAMES)
_GROUP_QUALITIES = (  # which adjectives the nouns of a group can bear
    (vocabulary.DISHES, adjectives("fresh delicious good big small")),
    (vocabulary.GROCERIES, adjectives("fresh delicious good cheap")),
    (vocabulary.HOT_DRINKS, adjectives("hot strong delicious good")),
    (vocabulary.COLD_DRINKS, adjectives("cold delicious good")),
    (vocabulary.LIQUIDS, adjectives("cold fresh good")),
    (vocabulary.GARMENTS, adjectives(f"{_COLOUR_NAMES} new old warm long short thick thin beautiful cheap expensive")),
    (vocabulary.ACCESSORIES, adjectives(f"{_COLOUR_NAMES} new old beautiful cheap expensive")),
    (vocabulary.PAIRED, adjectives(f"{_COLOUR_NAMES} new old warm comfortable cheap expensive")),
    (vocabulary.BELONGINGS, adjectives("new old small big black red blue heavy")),
    (vocabulary.READING, adjectives("interesting boring new old thick")),
    (vocabulary.POST, adjectives("long short old beautiful")),
    (vocabulary.PRESENTS, adjectives("beautiful small big expensive")),
    (vocabulary.DEVICES + vocabulary.HEATINGS, adjectives("new old modern cheap expensive small")),
    (vocabulary.OPENINGS, adjectives("big small old heavy")),
    (vocabulary.FURNITURE, adjectives("comfortable old new modern heavy beautiful")),
    (vocabulary.TABLEWARE, adjectives("clean small big white blue")),
    (vocabulary.VEHICLES, adjectives("new old fast red blue expensive")),
    (vocabulary.DWELLINGS, adjectives("big small bright quiet modern clean")),
    (vocabulary.APPOINTMENTS, adjectives("important short long")),
    (vocabulary.TRIPS, adjectives("long short beautiful")),
    (vocabulary.SHOWS, adjectives("interesting boring funny famous beautiful")),
    (vocabulary.PAPERWORK, adjectives("important long short new")),
    (vocabulary.TICKETS, adjectives("cheap expensive new")),
    (vocabulary.PETS, adjectives("big small old young black white brown")),
    (vocabulary.RELATIVES, adjectives("old young")),
    (vocabulary.ACQUAINTANCES, adjectives("new old friendly nice")),
    (  # no young boys: die jungen Jungen
        tuple(noun for noun in vocabulary.PROFESSIONALS if noun.english == "boy"),
        adjectives("friendly nice"),
    ),
    (vocabulary.PROFESSIONALS, adjectives("young old friendly nice")),
    (vocabulary.GROUPS, adjectives("old nice")),
    (vocabulary.SIGHTS, adjectives("old new famous beautiful")),
    (vocabulary.BUILDINGS, adjectives("old new big small modern")),
    (vocabulary.SPOTS, adjectives("old new big small")),
    (vocabulary.TRANSPORT, ()),
)
QUALITIES: dict[Noun, tuple[Adjective, ...]] = {
    noun: qualities for group, qualities in reversed(_GROUP_QUALITIES) for noun in group
}


def named(names: str) -> tuple[Noun, ...]:
    """The nouns with these English names, separated by commas."""
    nouns_by_name = {noun.english: noun for noun in reversed(tuple(QUALITIES))}
    return tuple(nouns_by_name[name.strip()] for name in names.split(","))

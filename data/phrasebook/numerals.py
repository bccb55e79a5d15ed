"""Numbers, ordinals, dates, clock times and prices: the English and the German words for one value."""

from __future__ import annotations

from grammar import Part

_ENGLISH_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ENGLISH_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_GERMAN_SMALL = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
_GERMAN_TENS = ["null", "zehn", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
_ENGLISH_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
_GERMAN_ORDINALS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
MONTHS = (
    ("January", "Januar"),
    ("February", "Februar"),
    ("March", "März"),
    ("April", "April"),
    ("May", "Mai"),
    ("June", "Juni"),
    ("July", "Juli"),
    ("August", "August"),
    ("September", "September"),
    ("October", "Oktober"),
    ("November", "November"),
    ("December", "Dezember"),
)
WEEKDAYS = (
    ("Monday", "Montag"),
    ("Tuesday", "Dienstag"),
    ("Wednesday", "Mittwoch"),
    ("Thursday", "Donnerstag"),
    ("Friday", "Freitag"),
    ("Saturday", "Samstag"),
    ("Sunday", "Sonntag"),
)


def english_number(value: int) -> str:
    """0 to 9999 in words: `two hundred and thirty-five`."""
    if value < 20:
        return _ENGLISH_SMALL[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _ENGLISH_TENS[tens] + (f"-{_ENGLISH_SMALL[ones]}" if ones else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        return f"{_ENGLISH_SMALL[hundreds]} hundred" + (f" and {english_number(rest)}" if rest else "")
    thousands, rest = divmod(value, 1000)
    joint = " and " if 0 < rest < 100 else " "
    return f"{_ENGLISH_SMALL[thousands]} thousand" + (joint + english_number(rest) if rest else "")


def german_number(value: int) -> str:
    """0 to 9999 in one word: `zweihundertfünfunddreißig`."""
    if value < 20:
        return _GERMAN_SMALL[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        unit = "ein" if ones == 1 else _GERMAN_SMALL[ones]
        return (f"{unit}und" if ones else "") + _GERMAN_TENS[tens]
    for size, name in ((1000, "tausend"), (100, "hundert")):
        if value >= size:
            count, rest = divmod(value, size)
            return ("ein" if count == 1 else _GERMAN_SMALL[count]) + name + (german_number(rest) if rest else "")
    raise ValueError(f"a number outside the phrasebook - given {value} - give one from 0 to 9999")


def number(value: int) -> Part:
    return Part(english_number(value), german_number(value))


def english_ordinal(value: int) -> str:
    if value in _ENGLISH_ORDINALS:
        return _ENGLISH_ORDINALS[value]
    if value < 20:
        return _ENGLISH_SMALL[value] + "th"
    tens, ones = divmod(value, 10)
    if not ones:
        return _ENGLISH_TENS[tens][:-1] + "ieth"
    return f"{_ENGLISH_TENS[tens]}-{english_ordinal(ones)}"


def german_ordinal_stem(value: int) -> str:
    """`dritt`, `einundzwanzigst`: the ending is the adjective's."""
    if value in _GERMAN_ORDINALS:
        return _GERMAN_ORDINALS[value]
    return german_number(value) + ("t" if value < 20 else "st")


def date(day: int, month: int) -> Part:
    """`on the third of May` / `am dritten Mai`; months count from 1."""
    english, german = MONTHS[month - 1]
    return Part(f"on the {english_ordinal(day)} of {english}", f"am {german_ordinal_stem(day)}en {german}")


def date_in_digits(day: int, month: int) -> Part:
    """`on 3 May` / `am 3. Mai`."""
    english, german = MONTHS[month - 1]
    return Part(f"on {day} {english}", f"am {day}. {german}")


def clock(hour: int, minute: int) -> Part:
    """The spoken time without a preposition, `half past seven` / `halb acht`; hours 1 to 12."""
    following = hour % 12 + 1
    english, german = english_number(hour), german_number(hour)
    english_following, german_following = english_number(following), german_number(following)
    if minute == 0:
        return Part(f"{english} o'clock", f"{'ein' if hour == 1 else german} Uhr")
    if minute == 15:
        return Part(f"a quarter past {english}", f"Viertel nach {german}")
    if minute == 30:
        return Part(f"half past {english}", f"halb {german_following}")
    if minute == 45:
        return Part(f"a quarter to {english_following}", f"Viertel vor {german_following}")
    if minute < 30:
        return Part(f"{english_number(minute)} past {english}", f"{german_number(minute)} nach {german}")
    left = 60 - minute
    return Part(f"{english_number(left)} to {english_following}", f"{german_number(left)} vor {german_following}")


def digital_clock(hour: int, minute: int) -> Part:
    """`5:45 p.m.` / `17:45 Uhr`; hours 0 to 23."""
    half = "a.m." if hour < 12 else "p.m."
    twelve = (hour - 1) % 12 + 1
    if minute == 0:
        return Part(f"{twelve} {half}", f"{hour} Uhr")
    return Part(f"{twelve}:{minute:02d} {half}", f"{hour}:{minute:02d} Uhr")


def price(cents: int) -> Part:
    """`3.50 euros` / `3,50 Euro`; whole sums without the point: `12 euros` / `12 Euro`."""
    euros, rest = divmod(cents, 100)
    if rest:
        return Part(f"{euros}.{rest:02d} euros", f"{euros},{rest:02d} Euro")
    return Part(f"{euros} euros", f"{euros} Euro")

"""Adverbials of time: tomorrow, last week, every Monday, at half past seven, on the third of May."""

from __future__ import annotations

from dice import Dice
from grammar import Part
from numerals import MONTHS, WEEKDAYS, clock, date, digital_clock, number


def parts(*pairs: tuple[str, str]) -> tuple[Part, ...]:
    return tuple(Part(english, german) for english, german in pairs)


ON_WEEKDAYS = parts(*((f"on {english}", f"am {german}") for english, german in WEEKDAYS))
_NEAR_FUTURE = (
    *parts(
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
    *parts(
        ("next week", "nächste Woche"),
        ("next month", "nächsten Monat"),
        ("next year", "nächstes Jahr"),
        ("soon", "bald"),
    ),
    *parts(*((f"next {english}", f"nächsten {german}") for english, german in WEEKDAYS)),
    *parts(*((f"in {english}", f"im {german}") for english, german in MONTHS)),
)
_NEAR_PAST = (
    *parts(
        ("yesterday", "gestern"),
        ("yesterday morning", "gestern Morgen"),
        ("yesterday evening", "gestern Abend"),
        ("the day before yesterday", "vorgestern"),
        ("this morning", "heute Morgen"),
        ("last weekend", "letztes Wochenende"),
    ),
    *parts(*((f"last {english}", f"letzten {german}") for english, german in WEEKDAYS)),
)
_FAR_PAST = parts(
    ("last week", "letzte Woche"),
    ("last month", "letzten Monat"),
    ("last year", "letztes Jahr"),
    ("last summer", "letzten Sommer"),
)
NOW = parts(("right now", "gerade"), ("at the moment", "im Moment"))
HABIT = (
    *parts(
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
    *parts(*((f"every {english}", f"jeden {german}") for english, german in WEEKDAYS)),
)
FREQUENCY = parts(
    ("often", "oft"),
    ("always", "immer"),
    ("usually", "meistens"),
    ("sometimes", "manchmal"),
    ("never", "nie"),
    ("rarely", "selten"),
)
_UNITS = (("days", "Tagen"), ("weeks", "Wochen"), ("months", "Monaten"), ("years", "Jahren"))
DAYS_AHEAD = parts(
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
    return clock(1 + dice.below(12), dice.pick((0, 5, 10, 15, 20, 30, 30, 40, 45, 50, 55)))


def written_time(dice: Dice) -> Part:
    return digital_clock(
        dice.pick((7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21)),
        dice.pick((0, 0, 10, 15, 20, 30, 40, 45, 50)),
    )


def at(time: Part) -> Part:
    return Part(f"at {time.english}", f"um {time.german}")


def then(*parts: Part) -> Part:
    """Parts said in English in this order, in German in the reverse one."""
    reverse = tuple(reversed(parts))
    return Part(
        " ".join(part.english for part in parts),
        " ".join(part.german for part in reverse),
        front=" ".join(part.english for part in reverse),
    )


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
    return dice.choose(HABIT)

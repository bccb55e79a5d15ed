"""English inflection: the indefinite article, plurals, verb forms and comparison."""

from __future__ import annotations

_VOWELS = "aeiou"
_DOUBLED = (
    "get",
    "run",
    "put",
    "cut",
    "swim",
    "sit",
    "chat",
    "stop",
    "plan",
    "hug",
    "forget",
    "begin",
    "cancel",
    "travel",
)


def indefinite_article(next_word: str) -> str:
    """`a` or `an`, by the sound that the next word begins with."""
    if next_word.startswith(("hour", "honest")):
        return "an"
    if next_word.startswith(("uni", "use", "one", "euro")):
        return "a"
    return "an" if next_word[0].lower() in _VOWELS else "a"


def plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + "s"


def third_person(verb: str) -> str:
    """`go` -> `goes`, `carry` -> `carries`."""
    return verb + "es" if verb.endswith("o") else plural(verb)


def past(verb: str) -> str:
    """The regular past tense and participle."""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ed"


def progressive(verb: str) -> str:
    if verb == "lie":
        return "lying"
    if verb.endswith("e") and not verb.endswith("ee") and verb != "be":
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ing"

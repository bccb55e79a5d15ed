"""German inflection: determiners, adjective endings, nouns, pronouns, present tense, participles, contractions.

Only the rules live here; the words are in `lexicon.py`. Cases are named in full. A gender is one of `m`, `f`, `n`, and
`p` stands for the plural of all three.
"""

from __future__ import annotations

NOMINATIVE, ACCUSATIVE, DATIVE = "nominative", "accusative", "dative"

_GENDERS = {"m": 0, "f": 1, "n": 2, "p": 3}
_DEFINITE = {
    NOMINATIVE: ("der", "die", "das", "die"),
    ACCUSATIVE: ("den", "die", "das", "die"),
    DATIVE: ("dem", "der", "dem", "den"),
}
_STRONG = {  # the endings that carry the case: of dies-, jed-, welch-, and of an adjective without article
    NOMINATIVE: ("er", "e", "es", "e"),
    ACCUSATIVE: ("en", "e", "es", "e"),
    DATIVE: ("em", "er", "em", "en"),
}
_MIXED_ARTICLE = {  # ein, kein, mein
    NOMINATIVE: ("", "e", "", "e"),
    ACCUSATIVE: ("en", "e", "", "e"),
    DATIVE: ("em", "er", "em", "en"),
}
_WEAK_ADJECTIVE = {
    NOMINATIVE: ("e", "e", "e", "en"),
    ACCUSATIVE: ("en", "e", "e", "en"),
    DATIVE: ("en", "en", "en", "en"),
}
_MIXED_ADJECTIVE = {
    NOMINATIVE: ("er", "e", "es", "en"),
    ACCUSATIVE: ("en", "e", "es", "en"),
    DATIVE: ("en", "en", "en", "en"),
}
_CONTRACTIONS = {
    "an dem": "am",
    "an das": "ans",
    "bei dem": "beim",
    "in dem": "im",
    "in das": "ins",
    "von dem": "vom",
    "zu dem": "zum",
    "zu der": "zur",
}
DER_WORDS = ("dies", "jed", "welch")
EIN_WORDS = ("ein", "kein", "mein", "dein", "sein", "ihr", "unser", "euer", "Ihr")


def definite_article(case: str, gender: str) -> str:
    """`der`, `die`, `das`, `den`, `dem`; also the relative pronoun, except for the dative plural `denen`."""
    return _DEFINITE[case][_GENDERS[gender]]


def relative_pronoun(case: str, gender: str) -> str:
    return "denen" if (case, gender) == (DATIVE, "p") else definite_article(case, gender)


def determiner(stem: str, case: str, gender: str) -> str:
    """The inflected determiner for the stem `d`, a der-word, an ein-word, or nothing at all."""
    column = _GENDERS[gender]
    if stem == "d":
        return _DEFINITE[case][column]
    if stem in DER_WORDS:
        return stem + _STRONG[case][column]
    if stem in EIN_WORDS:
        ending = _MIXED_ARTICLE[case][column]
        return ("eur" if stem == "euer" and ending else stem) + ending
    return ""


def adjective(stem: str, determiner_stem: str, case: str, gender: str) -> str:
    """The attributive adjective: weak after `der` and `dieser`, mixed after `ein` and `mein`, strong otherwise."""
    column = _GENDERS[gender]
    if determiner_stem == "d" or determiner_stem in DER_WORDS:
        return stem + _WEAK_ADJECTIVE[case][column]
    if determiner_stem in EIN_WORDS:
        return stem + _MIXED_ADJECTIVE[case][column]
    return stem + _STRONG[case][column]


def dative_plural(plural: str) -> str:
    """`Kinder` -> `Kindern`; forms in -n and -s stay."""
    return plural if plural[-1] in "ns" else plural + "n"


def contract(preposition: str, phrase: str) -> str:
    """`zu` + `dem Bahnhof` -> `zum Bahnhof`."""
    first, _, rest = phrase.partition(" ")
    short = _CONTRACTIONS.get(f"{preposition} {first}")
    return f"{short} {rest}" if short and rest else f"{preposition} {phrase}"


def present_tense(infinitive: str, second: str = "", third: str = "") -> tuple[str, ...]:
    """The forms for ich, du, er, wir, ihr, sie, without a separable prefix.

    `second` and `third` are given where the vowel changes (`fährst`, `fährt`).
    """
    stem = infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]
    linking = "e" if stem[-1] in "dt" or stem.endswith(("ffn", "chn")) else ""
    sibilant = stem[-1] in "sßzx"
    second = second or stem + ("t" if sibilant else linking + "st")
    third = third or stem + linking + "t"
    return stem + "e", second, third, infinitive, stem + linking + "t", infinitive


def weak_participle(prefix: str, infinitive: str) -> str:
    """`ein` + `kaufen` -> `eingekauft`; no `ge` after an inseparable prefix or before -ieren."""
    third = present_tense(infinitive)[2]
    bare = infinitive.startswith(("be", "er", "ver", "ent", "miss", "zer")) or infinitive.endswith("ieren")
    return prefix + ("" if bare else "ge") + third


def informal_imperative(infinitive: str, second: str) -> str:
    """The du-form of the imperative: `mach`, `warte`, `nimm` (from `nimmst`), `fahr`."""
    stem = infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]
    if second != present_tense(infinitive)[1] and not any(umlaut in second for umlaut in "äöü"):
        return second.removesuffix("t") if stem.endswith("s") else second.removesuffix("st")
    return stem + ("e" if stem[-1] in "dt" or stem.endswith(("ffn", "chn", "ig", "ier")) else "")

"""The parts of a bilingual sentence: fixed parts, pronouns, noun phrases, verbs and modal verbs.

Each part knows its English and its German form, so that both sides are always built from one meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import english as en
import german as de
from german import ACCUSATIVE, DATIVE, NOMINATIVE


@dataclass(frozen=True)
class Part:
    """A stretch of text that is the same wherever it stands.

    `negated` is its German form with `kein`, if it has one; `front` is the English form that opens a sentence, where it
    differs (`at nine on Monday` / `on Monday at nine`).
    """

    english: str
    german: str
    negated: str = ""
    front: str = ""


@dataclass(frozen=True)
class Owner:
    """A possessive: `my` / `mein`."""

    english: str
    german: str


@dataclass(frozen=True)
class Pronoun:
    """A personal pronoun; `person` counts the German forms ich, du, er, wir, ihr, sie from 0."""

    english_subject: str
    english_object: str
    nominative: str
    accusative: str
    dative: str
    reflexive: str
    person: int
    owner: Owner

    is_pronoun = True
    is_definite = True

    @property
    def agreement(self) -> str:
        """Which English present form follows: `first` (am), `third` (is) or `other` (are)."""
        return {"I": "first", "he": "third", "she": "third", "it": "third"}.get(self.english_subject, "other")

    def german(self, case: str) -> str:
        return {NOMINATIVE: self.nominative, ACCUSATIVE: self.accusative, DATIVE: self.dative}[case]


_MY, _YOUR, _HIS, _HER = Owner("my", "mein"), Owner("your", "dein"), Owner("his", "sein"), Owner("her", "ihr")
I = Pronoun("I", "me", "ich", "mich", "mir", "mich", 0, _MY)  # noqa: E741
DU = Pronoun("you", "you", "du", "dich", "dir", "dich", 1, _YOUR)
HE = Pronoun("he", "him", "er", "ihn", "ihm", "sich", 2, _HIS)
SHE = Pronoun("she", "her", "sie", "sie", "ihr", "sich", 2, _HER)
WE = Pronoun("we", "us", "wir", "uns", "uns", "uns", 3, Owner("our", "unser"))
IHR = Pronoun("you", "you", "ihr", "euch", "euch", "euch", 4, Owner("your", "euer"))
THEY = Pronoun("they", "them", "sie", "sie", "ihnen", "sich", 5, Owner("their", "ihr"))
SIE = Pronoun("you", "you", "Sie", "Sie", "Ihnen", "sich", 5, Owner("your", "Ihr"))
IT = {  # by the gender of what it stands for; `p` is a plural thing
    "m": Pronoun("it", "it", "er", "ihn", "ihm", "sich", 2, Owner("its", "sein")),
    "f": Pronoun("it", "it", "sie", "sie", "ihr", "sich", 2, Owner("its", "ihr")),
    "n": Pronoun("it", "it", "es", "es", "ihm", "sich", 2, Owner("its", "sein")),
    "p": THEY,
}


@dataclass(frozen=True)
class Noun:
    english: str
    english_plural: str  # empty: has none
    german: str
    german_plural: str
    gender: str
    weak: bool = False  # der Kollege, den Kollegen

    def german_form(self, case: str, plural: bool) -> str:
        if plural:
            return de.dative_plural(self.german_plural) if case == DATIVE else self.german_plural
        return self.german_plural if self.weak and case != NOMINATIVE else self.german


@dataclass(frozen=True)
class Adjective:
    english: str
    german: str  # predicative: teuer
    stem: str  # attributive: teur
    english_comparative: str
    comparative: str

    @property
    def predicate(self) -> Part:
        return Part(self.english, self.german)


@dataclass(frozen=True)
class Determiner:
    """`stem` is the German one (`d` for der, die, das); empty for no article."""

    english: str
    stem: str
    english_plural: str = ""


THE = Determiner("the", "d", "the")
A = Determiner("a", "ein")
NONE = Determiner("", "")
THIS = Determiner("this", "dies", "these")
WHICH = Determiner("which", "welch", "which")


NAMES_AS_OWNERS = {"Annas": "Anna's", "Julias": "Julia's", "Lauras": "Laura's", "Pauls": "Paul's", "Davids": "David's"}


def possessive(owner: Owner) -> Determiner:
    return Determiner(owner.english, owner.german, owner.english)


@dataclass(frozen=True)
class NounPhrase:
    """A noun with determiner and adjectives; `count` (a number word) stands before a plural without article."""

    noun: Noun
    determiner: Determiner = THE
    adjectives: tuple[Adjective, ...] = ()
    plural: bool = False
    count: Part | None = None

    is_pronoun = False

    @property
    def is_definite(self) -> bool:
        return self.determiner.stem not in ("", "ein")

    @property
    def person(self) -> int:
        return 5 if self.plural else 2

    @property
    def agreement(self) -> str:
        return "other" if self.plural else "third"

    @property
    def gender(self) -> str:
        return "p" if self.plural else self.noun.gender

    @property
    def owner(self) -> Owner:
        return (THEY if self.plural else {"m": HE, "f": SHE, "n": IT["n"]}[self.noun.gender]).owner

    @property
    def pronoun(self) -> Pronoun:
        """What resumes this thing: `it`, in German er, sie or es."""
        return IT[self.gender]

    @property
    def english(self) -> str:
        words = [adjective.english for adjective in self.adjectives]
        words.append(self.noun.english_plural if self.plural else self.noun.english)
        if self.count:
            words.insert(0, self.count.english)
        article = self.determiner.english_plural if self.plural else self.determiner.english
        if article == "a":
            article = en.indefinite_article(words[0])
        return " ".join([article, *words] if article else words)

    english_subject = english_object = english

    def german(self, case: str) -> str:
        stem = "" if self.plural and self.determiner.stem == "ein" else self.determiner.stem
        words = [de.adjective(adjective.stem, stem, case, self.gender) for adjective in self.adjectives]
        words.append(self.noun.german_form(case, self.plural))
        if self.count:
            words.insert(0, self.count.german)
        article = stem if stem in NAMES_AS_OWNERS else de.determiner(stem, case, self.gender)
        return " ".join([article, *words] if article else words)

    def negated(self) -> NounPhrase:
        """`a` and no article become German `kein`; the English says it at the verb, with `any` where no article was."""
        if self.is_definite:
            return self
        article = "a" if self.determiner.english == "a" and not self.plural else "any"
        return replace(self, determiner=Determiner(article, "kein", "any"))


@dataclass(frozen=True)
class Name:
    """A person's name as subject or object; `gender` is m or f."""

    name: str
    gender: str
    german_name: str = ""  # where it differs: who, wer

    is_pronoun = False
    is_definite = True
    person = 2
    agreement = "third"

    @property
    def owner(self) -> Owner:
        return (HE if self.gender == "m" else SHE).owner

    @property
    def english_subject(self) -> str:
        return self.name

    english_object = english = english_subject

    def german(self, case: str) -> str:
        return self.german_name or self.name


Nominal = Pronoun | NounPhrase | Name


def prepositional(english: str, german: str, case: str, phrase: Nominal) -> Part:
    """A preposition with its noun phrase, contracted where German does it."""
    text = phrase.german(case)
    definite = getattr(getattr(phrase, "determiner", None), "stem", "") == "d"
    return Part(f"{english} {phrase.english_object}", de.contract(german, text) if definite else f"{german} {text}")


@dataclass(frozen=True)
class Verb:
    """English forms and a particle (pick `up`); German forms, of which `prefix` is what separates (`ab`holen)."""

    base: str
    third: str
    past: str
    participle: str
    progressive: str
    particle: str
    prefix: str
    infinitive: str  # without the prefix
    present: tuple[str, ...]
    german_participle: str
    auxiliary: str = "haben"
    reflexive: str = ""  # the case of sich: accusative, dative, or empty
    preterite: tuple[str, ...] = ()  # only where everyday German uses it: war, hatte

    @property
    def zu_infinitive(self) -> str:
        return f"{self.prefix}zu{self.infinitive}" if self.prefix else f"zu {self.infinitive}"


def verb(english: str, german: str, participle: str = "", changed: str = "", *, sein: bool = False) -> Verb:
    """A verb from compact notation.

    English: `eat ate eaten` or a regular `cook`; a particle after a plus sign, `pick+up`. German: `ab-holen`, with
    `sich` or `sich-dative` before a reflexive one; its participle if strong; `changed` holds the du and
    er forms (`isst isst`).
    """
    forms = english.split()
    base, _, particle = forms[0].partition("+")
    past = forms[1] if len(forms) > 1 else en.past(base)
    english_participle = forms[2] if len(forms) > 2 else past
    pronoun, _, german = german.rpartition(" ")
    reflexive = {"": "", "sich": ACCUSATIVE, "sich-dative": DATIVE}[pronoun]
    prefix, dash, infinitive = german.rpartition("-")
    second, _, third = changed.partition(" ")
    return Verb(
        base,
        "has" if base == "have" else en.third_person(base),
        past,
        english_participle,
        en.progressive(base),
        particle,
        prefix if dash else "",
        infinitive,
        de.present_tense(infinitive, second, third),
        participle or de.weak_participle(prefix, infinitive),
        "sein" if sein else "haben",
        reflexive,
    )


_SEIN = ("bin", "bist", "ist", "sind", "seid", "sind")
_WAR = ("war", "warst", "war", "waren", "wart", "waren")
_HABEN = ("habe", "hast", "hat", "haben", "habt", "haben")
_HATTE = ("hatte", "hattest", "hatte", "hatten", "hattet", "hatten")
WERDEN = ("werde", "wirst", "wird", "werden", "werdet", "werden")
AUXILIARIES = {"sein": _SEIN, "haben": _HABEN}
PLUPERFECT = {"sein": _WAR, "haben": _HATTE}

BE = Verb("be", "is", "was", "been", "being", "", "", "sein", _SEIN, "gewesen", "sein", preterite=_WAR)
HAVE = Verb("have", "has", "had", "had", "having", "", "", "haben", _HABEN, "gehabt", preterite=_HATTE)
BE_IN_NEED = Verb(
    "be", "is", "was", "been", "being", "", "", "haben", _HABEN, "gehabt", preterite=_HATTE
)  # hungry: Hunger haben


@dataclass(frozen=True)
class Modal:
    """`finite` is the English auxiliary (`can`) or, with `full`, an ordinary verb that is inflected (`have` to)."""

    finite: str
    rest: str
    full: bool
    present: tuple[str, ...]
    preterite: tuple[str, ...] = ()

    def english_finite(self, agreement: str, past: bool) -> str:
        if not self.full:
            return self.finite
        if past:
            return {"have": "had", "want": "wanted"}[self.finite]
        return {"have": "has", "want": "wants"}[self.finite] if agreement == "third" else self.finite


def _strong(singular: str, stem: str) -> tuple[str, ...]:
    second = singular + ("t" if singular.endswith("s") else "st")
    return singular, second, singular, stem + "en", stem + "t", stem + "en"


def _weak(stem: str) -> tuple[str, ...]:
    return stem + "e", stem + "est", stem + "e", stem + "en", stem + "et", stem + "en"


CAN = Modal("can", "", False, _strong("kann", "könn"))
HAVE_TO = Modal("have", "to", True, _strong("muss", "müss"), _weak("musst"))
WANT_TO = Modal("want", "to", True, _strong("will", "woll"), _weak("wollt"))
WOULD_LIKE_TO = Modal("would", "like to", False, _weak("möcht"))
SHOULD = Modal("should", "", False, _weak("sollt"))
MAY = Modal("may", "", False, _strong("darf", "dürf"))
MUST = Modal("must", "", False, _strong("darf", "dürf"))  # only negated: must not, nicht dürfen
COULD = Modal("could", "", False, _weak("könnt"))

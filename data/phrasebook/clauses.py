"""A clause as meaning, and how English and German say it: statements, questions, subordinate clauses, infinitives.

German order: finite verb second (first in yes/no questions, last in subordinate clauses); between it and the verb's
end: object pronouns, time, dative, definite accusative, schon/nicht, manner, place, indefinite accusative, complement.
"""

from __future__ import annotations

from dataclasses import dataclass

from german import ACCUSATIVE, DATIVE, NOMINATIVE, informal_imperative
from grammar import AUXILIARIES, PLUPERFECT, SIE, WERDEN, Modal, Nominal, NounPhrase, Part, Pronoun, Verb

_NEGATED = {
    **{
        word: word + "n't"
        for word in [
            "is",
            "are",
            "was",
            "were",
            "have",
            "has",
            "had",
            "do",
            "does",
            "did",
            "should",
            "would",
            "could",
            "must",
        ]
    },
    "am": "am not",
    "may": "may not",
    "can": "can't",
    "will": "won't",
}
_WITH_TO = ("explain", "belong")  # explain something to somebody
_BE = {"first": "am", "third": "is", "other": "are"}


@dataclass(frozen=True)
class Clause:
    """One event. `tense`: present, progressive, past, perfect, pluperfect or future.

    `adverb` stands before the English main verb (often, never); `focus` is `already` or `yet` (with `negated`).
    """

    subject: Nominal
    verb: Verb
    tense: str = "present"
    modal: Modal | None = None
    negated: bool = False
    adverb: Part | None = None
    focus: str = ""
    dative: Nominal | None = None
    accusative: Nominal | None = None
    manner: Part | None = None
    place: Part | None = None
    complement: Part | None = None
    time: Part | None = None

    def objects(self) -> tuple[Nominal | None, Nominal | None]:
        """Dative and accusative; the accusative as `kein` where that is how German negates."""
        if self.negated and isinstance(self.accusative, NounPhrase):
            return self.dative, self.accusative.negated()
        return self.dative, self.accusative


def join(*pieces: str) -> str:
    return " ".join(piece for piece in pieces if piece)


# --- English ----------------------------------------------------------------------------------------------------------


def _english_verb(clause: Clause) -> tuple[str, str, str]:
    """The auxiliary (empty in the simple tenses), the finite main verb (empty with an auxiliary), and the rest."""
    word, agreement, past = clause.verb, clause.subject.agreement, clause.tense == "past"
    if clause.modal:
        finite = clause.modal.english_finite(agreement, past)
        rest = join(clause.modal.rest, word.base)
        return ("", finite, rest) if clause.modal.full else (finite, "", rest)
    if clause.tense == "progressive":
        return _BE[agreement], "", word.progressive
    if clause.tense == "perfect":
        return ("has" if agreement == "third" else "have"), "", word.participle
    if clause.tense == "pluperfect":
        return "had", "", word.participle
    if clause.tense == "future":
        return "will", "", word.base
    if word.base == "be":
        return (("were" if agreement == "other" else "was") if past else _BE[agreement]), "", ""
    if past:
        return "", word.past, ""
    return "", (word.third if agreement == "third" else word.base), ""


def _english_rest(clause: Clause, *, time: bool = True) -> str:
    dative, accusative = clause.objects()
    dative_text = dative.english_object if dative else ""
    accusative_text = accusative.english_object if accusative else ""
    particle = clause.verb.particle
    between = accusative is not None and accusative.is_pronoun and particle not in ("for", "at")  # look for it
    to_recipient = clause.verb.base in _WITH_TO and dative_text
    return join(
        "" if to_recipient else dative_text,
        *((accusative_text, particle) if between else (particle, accusative_text)),
        f"to {dative_text}" if to_recipient else "",
        clause.complement.english if clause.complement else "",
        clause.manner.english if clause.manner else "",
        clause.place.english if clause.place else "",
        clause.time.english if clause.time and time else "",
        "yet" if clause.focus == "yet" else "",
    )


def _with_support(clause: Clause) -> tuple[str, str]:
    """Auxiliary and rest of the verb, with `do` where the tense has no auxiliary of its own."""
    auxiliary, _, rest = _english_verb(clause)
    if auxiliary:
        return auxiliary, rest
    base = clause.modal.finite if clause.modal else clause.verb.base
    third = clause.subject.agreement == "third"
    return ("did" if clause.tense == "past" else "does" if third else "do"), join(base, rest)


def english_statement(clause: Clause, front: Part | None = None) -> str:
    """`front` is the time, said first."""
    adverb = join("already" if clause.focus == "already" else "", clause.adverb.english if clause.adverb else "")
    if clause.negated:
        auxiliary, rest = _with_support(clause)
        verbs = join(_NEGATED[auxiliary], adverb, rest)
    else:
        auxiliary, finite, rest = _english_verb(clause)
        verbs = join(auxiliary, adverb, finite, rest)
    return join(
        (front.front or front.english) if front else "",
        clause.subject.english_subject,
        verbs,
        _english_rest(clause, time=front is None),
    )


def english_question(clause: Clause, question: str = "") -> str:
    auxiliary, rest = _with_support(clause)
    adverb = join("already" if clause.focus == "already" else "", clause.adverb.english if clause.adverb else "")
    auxiliary = _NEGATED[auxiliary] if clause.negated else auxiliary
    return join(question, auxiliary, clause.subject.english_subject, adverb, rest, _english_rest(clause))


def english_infinitive(clause: Clause) -> str:
    """`to buy bread at the bakery`."""
    return join("to", clause.verb.base, _english_rest(clause))


def english_imperative(clause: Clause) -> str:
    return join("don't" if clause.negated else "", clause.verb.base, _english_rest(clause))


# --- German -----------------------------------------------------------------------------------------------------------


def _german_verb(clause: Clause) -> tuple[str, str]:
    """The finite verb and what closes the clause; for a simple tense the closing part is the separable prefix."""
    word, person = clause.verb, clause.subject.person
    if clause.modal:
        forms = clause.modal.preterite if clause.tense == "past" else clause.modal.present
        return forms[person], word.prefix + word.infinitive
    if clause.tense in ("past", "perfect"):
        if clause.tense == "past" and word.preterite:
            return word.preterite[person], word.prefix
        return AUXILIARIES[word.auxiliary][person], word.german_participle
    if clause.tense == "pluperfect":
        return PLUPERFECT[word.auxiliary][person], word.german_participle
    if clause.tense == "future":
        return WERDEN[person], word.prefix + word.infinitive
    return word.present[person], word.prefix


def _is_simple(clause: Clause) -> bool:
    past_form = clause.tense == "past" and bool(clause.verb.preterite)
    return not clause.modal and (clause.tense in ("present", "progressive") or past_form)


def _reflexive(clause: Clause) -> str:
    if not clause.verb.reflexive:
        return ""
    if not isinstance(clause.subject, Pronoun):
        return "sich"
    own_dative = clause.verb.reflexive == DATIVE and clause.subject.person < 2
    return clause.subject.dative if own_dative else clause.subject.reflexive


def _german_middle(clause: Clause, *, time: bool = True) -> str:
    dative, accusative = clause.objects()
    datives, accusatives = (
        (dative.german(DATIVE) if dative else ""),
        (accusative.german(ACCUSATIVE) if accusative else ""),
    )
    dative_first = dative is not None and dative.is_pronoun
    accusative_first = accusative is not None and accusative.is_pronoun
    definite = accusative is not None and accusative.is_definite
    complement = clause.complement.german if clause.complement else ""
    has_kein = isinstance(accusative, NounPhrase) and accusative.determiner.stem == "kein"
    if clause.negated and clause.complement and clause.complement.negated:
        complement, has_kein = clause.complement.negated, True
    focus = {"already": "schon", "yet": "noch"}.get(clause.focus, "")
    negation = "nicht" if clause.negated and not has_kein else ""
    return join(
        accusatives if accusative_first else "",
        _reflexive(clause),
        datives if dative_first else "",
        clause.time.german if clause.time and time else "",
        clause.adverb.german if clause.adverb else "",
        datives if not dative_first else "",
        accusatives if definite and not accusative_first and not has_kein else "",
        focus,
        negation,
        clause.manner.german if clause.manner else "",
        clause.place.german if clause.place else "",
        accusatives if not definite or has_kein else "",
        complement,
    )


def german_statement(clause: Clause, front: Part | None = None) -> str:
    finite, closing = _german_verb(clause)
    subject = clause.subject.german(NOMINATIVE)
    opening = (front.german, finite, subject) if front else (subject, finite)
    return join(*opening, _german_middle(clause, time=front is None), closing)


def german_question(clause: Clause, question: str = "") -> str:
    finite, closing = _german_verb(clause)
    return join(question, finite, clause.subject.german(NOMINATIVE), _german_middle(clause), closing)


def german_subordinate(clause: Clause) -> str:
    """What follows weil, dass, wenn, ob: the finite verb at the end."""
    finite, closing = _german_verb(clause)
    end = closing + finite if _is_simple(clause) else join(closing, finite)
    return join(clause.subject.german(NOMINATIVE), _german_middle(clause), end)


def german_zu_infinitive(clause: Clause) -> str:
    return join(_german_middle(clause), clause.verb.zu_infinitive)


def german_imperative(clause: Clause) -> str:
    """By the register of the subject: `machen Sie`, `mach`, `macht`."""
    word = clause.verb
    if clause.subject is SIE:
        opening = f"{word.infinitive} Sie"
    elif clause.subject.person == 1:
        opening = informal_imperative(word.infinitive, word.present[1])
    else:
        opening = word.present[4]
    return join(opening, _german_middle(clause), word.prefix)

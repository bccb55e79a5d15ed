"""Sentences of two clauses: dass, weil, obwohl, wenn, ob, bevor, nachdem, relative clauses, um ... zu, zu.

Every function draws one pair of an English and a German sentence, without the capital and the full stop.
"""

from __future__ import annotations

from dataclasses import replace

import vocabulary
from adjectives import ADJECTIVES, COLOURS, adjectives
from clauses import (
    Clause,
    english_imperative,
    english_infinitive,
    english_statement,
    german_imperative,
    german_question,
    german_statement,
    german_subordinate,
    german_zu_infinitive,
)
from dice import Dice
from events import draw_action, draw_event
from frames import DINING, GAMES, GOINGS, MEALS, frames_of
from german import ACCUSATIVE, DATIVE, NOMINATIVE, relative_pronoun
from grammar import (
    BE,
    HAVE,
    HAVE_TO,
    HE,
    SHE,
    SHOULD,
    SIE,
    THE,
    THEY,
    WANT_TO,
    WE,
    WOULD_LIKE_TO,
    I,
    Name,
    Nominal,
    NounPhrase,
    Part,
    Pronoun,
)
from ideas import ASKING, CONDITIONS, HINDRANCES, QUESTIONS, REASONS, UNDETERRED, Idea
from people import phrase, someone
from times import future_time, past_time
from verbs import VERBS

Pair = tuple[str, str]


def resume(subject: Nominal) -> Nominal:
    """The pronoun that takes up a subject."""
    if isinstance(subject, Pronoun):
        return subject
    if isinstance(subject, Name):
        return HE if subject.gender == "m" else SHE
    return THEY if subject.plural else HE if subject.noun.gender == "m" else SHE


def _about(dice: Dice, thought: Idea | Clause, subject: Nominal) -> Clause:
    return thought.of(subject) if isinstance(thought, Idea) else thought


def _then(reason: Clause, main: Clause) -> Clause:
    """The reason in the past where the main clause is: she came late because she was ill."""
    return replace(reason, tense="past") if main.tense == "past" else reason


def because(dice: Dice) -> Pair:
    subject = someone(dice)
    reasons, consequences = dice.choose(REASONS)
    main = dice.choose(consequences).of(subject)
    reason = _then(_about(dice, dice.choose(reasons), resume(subject)), main)
    return (
        f"{english_statement(main)} because {english_statement(reason)}",
        f"{german_statement(main)}, weil {german_subordinate(reason)}",
    )


def although(dice: Dice) -> Pair:
    subject = someone(dice)
    idea, hindrance = dice.choose(UNDETERRED), dice.choose(HINDRANCES)
    if dice.chance(0.5):
        main = idea.of(subject)
        reason = _then(_about(dice, hindrance, resume(subject)), main)
        return (
            f"{english_statement(main)} although {english_statement(reason)}",
            f"{german_statement(main)}, obwohl {german_subordinate(reason)}",
        )
    main = idea.of(subject if isinstance(hindrance, Clause) else resume(subject))
    reason = _then(_about(dice, hindrance, subject), main)
    return (
        f"although {english_statement(reason)}, {english_statement(main)}",
        f"obwohl {german_subordinate(reason)}, {german_question(main)}",
    )


def if_then(dice: Dice) -> Pair:
    subject = someone(dice)
    conditions, plans = dice.choose(CONDITIONS)
    condition, plan = dice.choose(conditions), dice.choose(plans)
    if dice.chance(0.5):
        main, condition = plan.of(subject), _about(dice, condition, resume(subject))
        return (
            f"{english_statement(main)} if {english_statement(condition)}",
            f"{german_statement(main)}, wenn {german_subordinate(condition)}",
        )
    main = plan.of(subject if isinstance(condition, Clause) else resume(subject))
    condition = _about(dice, condition, subject)
    return (
        f"if {english_statement(condition)}, {english_statement(main)}",
        f"wenn {german_subordinate(condition)}, {german_question(main)}",
    )


_REQUESTS = frames_of("call help invite pick+up send bring buy* cook bake order repair show lend explain book")


def polite_if(dice: Dice) -> Pair:
    """`Please call me if you have time.`"""
    condition, action = dice.choose(ASKING).of(SIE), draw_action(dice, SIE, _REQUESTS)
    if condition.verb.base in ("need", "miss") or (condition.verb is HAVE and condition.accusative is QUESTIONS):
        action = draw_action(dice, SIE, frames_of("call"))
    return (
        f"please {english_imperative(action)} if {english_statement(condition)}",
        f"bitte {german_imperative(action)}, wenn {german_subordinate(condition)}",
    )


_OPINIONS = (
    ("I think", "ich denke"),
    ("I believe", "ich glaube"),
    ("I hope", "ich hoffe"),
    ("we hope", "wir hoffen"),
    ("I know", "ich weiß"),
    ("she says", "sie sagt"),
    ("he says", "er sagt"),
    ("they believe", "sie glauben"),
    ("my mother says", "meine Mutter sagt"),
    ("it is nice", "es ist schön"),
    ("it is a pity", "es ist schade"),
    ("I have heard", "ich habe gehört"),
    ("I am happy", "ich freue mich"),
    ("did you know", "wussten Sie"),
)


def that(dice: Dice) -> Pair:
    """`I hope that they will visit us.`"""
    english, german = dice.choose(_OPINIONS)
    clause = draw_event(dice, _other_than_speaker(dice, english))
    while "hope" in english and (clause.modal is SHOULD or (clause.tense == "present" and not clause.modal)):
        clause = draw_event(dice, clause.subject)
    mark = "?" if english.startswith("did") else ""
    return f"{english} that {english_statement(clause)}{mark}", f"{german}, dass {german_subordinate(clause)}{mark}"


def _other_than_speaker(dice: Dice, head: str) -> Nominal:
    """Whom `I don't know whether ...` can be about: nobody doubts, believes or asks what they do themselves."""
    known = {"I": (I, WE), "we": (WE, I), "do": (SIE, I), "did": (SIE, I), "can": (SIE, I), "could": (SIE, WE, I)}.get(
        head.split()[0], ()
    )
    subject = someone(dice)
    while subject in known or (isinstance(subject, NounPhrase) and subject.noun.english in head):
        subject = someone(dice)
    return subject


_WONDERING = (
    ("I don't know", "ich weiß nicht"),
    ("do you know", "wissen Sie"),
    ("can you tell me", "können Sie mir sagen"),
    ("I would like to know", "ich möchte wissen"),
    ("he is asking", "er fragt"),
    ("she would like to know", "sie möchte wissen"),
    ("we don't know", "wir wissen nicht"),
    ("could you tell us", "könnten Sie uns sagen"),
)


def _wonder(dice: Dice, english_word: str, german_word: str, clause: Clause, head: tuple[str, str]) -> Pair:
    mark = "?" if head[0].startswith(("do", "can", "could")) else ""
    return (
        f"{head[0]} {english_word} {english_statement(clause)}{mark}",
        f"{head[1]}, {german_word} {german_subordinate(clause)}{mark}",
    )


def whether(dice: Dice) -> Pair:
    head = dice.choose(_WONDERING)
    clause = draw_event(dice, _other_than_speaker(dice, head[0]), negative=0.0)
    return _wonder(dice, "whether", "ob", clause, head)


def indirect_question(dice: Dice) -> Pair:
    """`Do you know when the concert begins?`: verb-final also after wann, warum, wo."""
    head = dice.choose(_WONDERING)
    subject = _other_than_speaker(dice, head[0])
    kind = dice.below(4)
    if kind == 0:
        event = NounPhrase(dice.choose((*vocabulary.SHOWS, *vocabulary.APPOINTMENTS[1:3])))
        return _wonder(dice, "when", "wann", Clause(event, VERBS["begin"]), head)
    if kind == 1:
        place = NounPhrase(dice.choose(vocabulary.BUILDINGS), THE, (ADJECTIVES["nearest"],) if dice.chance(0.5) else ())
        return _wonder(dice, "where", "wo", Clause(place, BE), head)
    clause = draw_action(dice, subject)
    manners = (("past", None), ("future", None), ("present", WANT_TO), ("present", HAVE_TO), ("past", WANT_TO))
    tense, modal = dice.choose(manners)
    english_word, german_word = dice.pick((("when", "wann"), ("why", "warum")))
    return _wonder(dice, english_word, german_word, replace(clause, tense=tense, modal=modal), head)


_CHORES = (*frames_of("call pack tidy+up clean feed close turn+off wash water book pay+for sign cook"), *GOINGS[2:])
_OUTINGS = (*frames_of("go fly drive travel visit sleep play swim"), *GOINGS[:2])
_DUTIES = (*frames_of("eat drink tidy+up cook buy* repair write clean help swim wash call"), GOINGS[0], GOINGS[2])
_EVENINGS = (*frames_of("rest sleep read dance play go drink"), GOINGS[1])


def before(dice: Dice) -> Pair:
    """`Before we go to the beach, we have to pack our bag.`"""
    subject = someone(dice)
    outing, chore = draw_action(dice, subject, _OUTINGS), draw_action(dice, subject, _CHORES)
    chore = replace(chore, place=None, modal=dice.pick((HAVE_TO, WANT_TO, SHOULD, WOULD_LIKE_TO, None)))
    chore = chore if chore.modal else replace(chore, tense="future")
    taken_up = resume(subject)
    if dice.chance(0.5):
        chore = replace(chore, subject=taken_up)
        return (
            f"before {english_statement(outing)}, {english_statement(chore)}",
            f"bevor {german_subordinate(outing)}, {german_question(chore)}",
        )
    outing = replace(outing, subject=taken_up)
    return (
        f"{english_statement(chore)} before {english_statement(outing)}",
        f"{german_statement(chore)}, bevor {german_subordinate(outing)}",
    )


def after(dice: Dice) -> Pair:
    """`After he had eaten a soup, he read the newspaper.`: pluperfect, then past."""
    subject = someone(dice)
    first = replace(draw_action(dice, subject, _DUTIES), tense="pluperfect", place=None)
    second = replace(draw_action(dice, resume(subject), _EVENINGS), tense="past")
    return (
        f"after {english_statement(first)}, {english_statement(second)}",
        f"nachdem {german_subordinate(first)}, {german_question(second)}",
    )


# --- relative clauses -------------------------------------------------------------------------------------------------

_ACQUIRED = {  # verbs of which a thing of the group can be the object in a relative clause
    vocabulary.CLOTHES: "buy try+on wash exchange find",
    vocabulary.BELONGINGS: "buy find sell",
    vocabulary.READING: "read buy find order",
    vocabulary.DEVICES: "buy repair sell order",
    vocabulary.FURNITURE: "buy sell order find",
    vocabulary.PRESENTS: "buy order find sell",
    MEALS: "order buy eat",
}
_VERDICTS = {
    vocabulary.CLOTHES: (
        "too small,too big,too long,too short,too expensive,dirty,too thin",
        "very beautiful,very warm,clean",
    ),
    vocabulary.PAIRED: ("too small,too big,too expensive,dirty", "very comfortable,very warm,clean"),
    vocabulary.BELONGINGS: ("too small,too expensive,broken,too heavy", "very light,very modern,very cheap"),
    vocabulary.READING: ("boring,too long,too thick,too expensive", "interesting,very funny,very good"),
    vocabulary.DEVICES: ("broken,too expensive,too loud,too old", "very modern,very cheap,very good"),
    vocabulary.FURNITURE: ("too big,too heavy,too expensive,broken", "very comfortable,very modern,very beautiful"),
    vocabulary.PRESENTS: ("too big,too expensive,too small", "very beautiful,very nice"),
    MEALS: ("too cold,too small,too expensive", "delicious,very good,fresh"),
}


def verdict(dice: Dice, nouns: tuple, *, good: bool = True) -> Part:
    """`too small` / `zu klein`; without `good` only what speaks against the thing."""
    bad, fine = _VERDICTS[nouns]
    degree, _, name = dice.choose(f"{bad},{fine}".split(",") if good else bad.split(",")).rpartition(" ")
    german_degree = {"": "", "too": "zu ", "very": "sehr "}[degree]
    return Part(f"{degree} {name}".strip(), german_degree + ADJECTIVES[name].german)


def plain(dice: Dice, nouns: tuple, mode: str, described: float = 0.3) -> NounPhrase:
    """A thing without a quality that a verdict on it could contradict: clothes may have a colour."""
    thing = phrase(dice, nouns, mode, I.owner, 0.0)
    coloured = nouns in (vocabulary.CLOTHES, vocabulary.PAIRED) and dice.chance(2 * described)
    return replace(thing, adjectives=(dice.choose(COLOURS),)) if coloured else thing


def relative_object(dice: Dice) -> Pair:
    """`The jacket that I bought yesterday is too small.`"""
    nouns = dice.choose(tuple(_ACQUIRED))
    thing = plain(dice, nouns, "plural the" if nouns is vocabulary.PAIRED else dice.pick(("the", "the", "plural the")))
    subject = someone(dice)
    action = Clause(subject, VERBS[dice.choose(_ACQUIRED[nouns].split())], "past", time=past_time(dice, False))
    main = Clause(
        thing,
        BE,
        "past" if nouns is MEALS else dice.pick(("present", "present", "past")),
        complement=verdict(dice, nouns),
    )
    pronoun = relative_pronoun(ACCUSATIVE, thing.gender)
    return (
        f"{thing.english} that {english_statement(action)} {english_statement(main).removeprefix(thing.english + ' ')}",
        f"{thing.german(NOMINATIVE)}, {pronoun} {german_subordinate(action)}, "
        f"{german_statement(main).removeprefix(thing.german(NOMINATIVE) + ' ')}",
    )


_ACQUAINTED = (
    ("do you know", "kennen Sie", ACCUSATIVE),
    ("I know", "ich kenne", ACCUSATIVE),
    ("we met", "wir haben {} getroffen", ACCUSATIVE),
    ("I spoke with", "ich habe mit {} gesprochen", DATIVE),
    ("this is", "das ist", NOMINATIVE),
    ("I am looking for", "ich suche", ACCUSATIVE),
)


def relative_subject(dice: Dice) -> Pair:
    """`Do you know the man who repairs our car?`"""
    somebody = phrase(dice, vocabulary.PROFESSIONALS, "the", I.owner, 0.3)
    english, german, case = dice.choose(_ACQUAINTED)
    clause = draw_event(dice, somebody, negative=0.0)
    relative = relative_pronoun(NOMINATIVE, somebody.gender)
    english_clause = english_statement(clause).removeprefix(somebody.english + " ")
    german_clause = german_subordinate(clause).removeprefix(somebody.german(NOMINATIVE) + " ")
    mark = "?" if english == "do you know" else ""
    head = german.format(somebody.german(case)) if "{}" in german else f"{german} {somebody.german(case)}"
    return f"{english} {somebody.english} who {english_clause}{mark}", f"{head}, {relative} {german_clause}{mark}"


def relative_dative(dice: Dice) -> Pair:
    """`The woman whom I helped is very nice.`"""
    somebody = phrase(dice, vocabulary.PROFESSIONALS, dice.pick(("the", "the", "plural the")), I.owner, 0.2)
    action = dice.choose(
        (
            Clause(someone(dice), VERBS["help"], "past", time=past_time(dice, False)),
            Clause(someone(dice), VERBS["thank"], "past", time=past_time(dice, False)),
            Clause(someone(dice), VERBS["answer"], "past", time=past_time(dice, False)),
        )
    )
    english_be = "are" if somebody.plural else "is"
    quality = dice.choose(adjectives("nice friendly young old ill tired"))
    return (
        f"{somebody.english} whom {english_statement(action)} {english_be} very {quality.english}",
        f"{somebody.german(NOMINATIVE)}, {relative_pronoun(DATIVE, somebody.gender)} {german_subordinate(action)}, "
        f"{BE.present[somebody.person]} sehr {quality.german}",
    )


# --- infinitives ------------------------------------------------------------------------------------------------------


def in_order_to(dice: Dice) -> Pair:
    """`I am going to the station to pick up my brother.`"""
    subject = someone(dice)
    place, purposes = dice.choose(_PURPOSES)
    goal = draw_action(dice, subject, purposes)
    goal = replace(goal, place=None, manner=None)
    kind = dice.pick(("past", "progressive", "modal", "future"))
    going = Clause(subject, VERBS["go"], "present" if kind == "modal" else kind, complement=vocabulary.PLACES[place][1])
    if kind == "modal":
        going = replace(
            going, modal=dice.pick((HAVE_TO, WANT_TO, WOULD_LIKE_TO, SHOULD)), time=future_time(dice, False)
        )
    else:
        going = replace(going, time=past_time(dice, False) if kind == "past" else future_time(dice, False))
    return (
        f"{english_statement(going, front=going.time)} {english_infinitive(goal)}",
        f"{german_statement(going, front=going.time)}, um {german_zu_infinitive(goal)}",
    )


_PURPOSES = (
    ("station", frames_of("pick+up")),
    ("airport", frames_of("pick+up")),
    ("hospital", (*(frame for frame in frames_of("visit") if frame.people), *frames_of("help"))),
    ("hotel", frames_of("rest sleep")),
    ("library", frames_of("read learn work")),
    ("restaurant", (DINING, *frames_of("drink meet"))),
    ("market", frames_of("buy*")),
    ("supermarket", frames_of("buy*")),
    ("swimming pool", frames_of("swim rest")),
    ("school", frames_of("learn")),
    ("office", frames_of("work write")),
    ("park", (*frames_of("rest meet"), GAMES)),
    ("zoo", frames_of("meet")),
    ("university", frames_of("learn work")),
    ("post office", frames_of("send")),
)

_WISHES = (
    ("I have no time", "ich habe keine Zeit", I),
    ("we have no time", "wir haben keine Zeit", WE),
    ("she has no time", "sie hat keine Zeit", SHE),
    ("he has no time", "er hat keine Zeit", HE),
    ("I forgot", "ich habe vergessen", I),
    ("he forgot", "er hat vergessen", HE),
    ("they forgot", "sie haben vergessen", THEY),
    ("we are trying", "wir versuchen", WE),
    ("he is trying", "er versucht", HE),
    ("she tried", "sie hat versucht", SHE),
    ("we have decided", "wir haben beschlossen", WE),
    ("they have decided", "sie haben beschlossen", THEY),
    ("don't forget", "vergessen Sie nicht", SIE),
    ("I am planning", "ich habe vor", I),
    ("he is planning", "er hat vor", HE),
    ("I promise", "ich verspreche", I),
    ("we would be happy", "wir würden uns freuen", WE),
    ("it is important", "es ist wichtig", SIE),
)


def infinitive(dice: Dice) -> Pair:
    english, german, subject = dice.choose(_WISHES)
    forgetting = "forg" in english
    action = draw_action(dice, subject, _CHORES if forgetting else ())
    return f"{english} {english_infinitive(action)}", f"{german}, {german_zu_infinitive(action)}"

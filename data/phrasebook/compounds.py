"""Sentences of two clauses: dass, weil, obwohl, wenn, ob, bevor, nachdem, relative clauses, um ... zu, infinitives with zu.

Every function draws one pair of an English and a German sentence, without the capital and the full stop.
"""

from __future__ import annotations

from dataclasses import replace

import lexicon as lx
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
from events import (
    FRAMES,
    MODALS,
    draw_action,
    draw_event,
    future_time,
    past_time,
    phrase,
    someone,
)
from german import ACCUSATIVE, DATIVE, NOMINATIVE, relative_pronoun
from grammar import (
    BE,
    HE,
    SHE,
    SIE,
    THEY,
    WE,
    I,
    Name,
    Nominal,
    NounPhrase,
    Part,
    Pronoun,
)
from ideas import CONDITIONS, CONSEQUENCES, OUTER_REASONS, PLANS, REASONS, UNDETERRED, Idea
from lexicon import VERBS

Pair = tuple[str, str]


def resume(subject: Nominal) -> Nominal:
    """The pronoun that takes up a subject."""
    if isinstance(subject, Pronoun):
        return subject
    if isinstance(subject, Name):
        return HE if subject.gender == "m" else SHE
    return THEY if subject.plural else HE if subject.noun.gender == "m" else SHE


def _reason(dice: Dice, subject: Nominal) -> Clause:
    return dice.choose(OUTER_REASONS) if dice.chance(0.3) else dice.choose(REASONS).of(resume(subject))


def because(dice: Dice) -> Pair:
    subject = someone(dice)
    main, reason = dice.choose(CONSEQUENCES).of(subject), _reason(dice, subject)
    return (
        f"{english_statement(main)} because {english_statement(reason)}",
        f"{german_statement(main)}, weil {german_subordinate(reason)}",
    )


def although(dice: Dice) -> Pair:
    subject = someone(dice)
    idea = dice.choose(UNDETERRED)
    if dice.chance(0.5):
        main, reason = idea.of(subject), _reason(dice, subject)
        return (
            f"{english_statement(main)} although {english_statement(reason)}",
            f"{german_statement(main)}, obwohl {german_subordinate(reason)}",
        )
    main = idea.of(resume(subject))
    reason = dice.choose(OUTER_REASONS) if dice.chance(0.3) else dice.choose(REASONS).of(subject)
    return (
        f"although {english_statement(reason)}, {english_statement(main)}",
        f"obwohl {german_subordinate(reason)}, {german_question(main)}",
    )


def if_then(dice: Dice) -> Pair:
    subject = someone(dice)
    condition = dice.choose(CONDITIONS)
    if isinstance(condition, Idea):
        condition = condition.of(resume(subject) if dice.chance(0.6) else dice.choose((I, WE, SIE)))
    main = dice.choose(PLANS).of(subject)
    if dice.chance(0.5):
        return (
            f"{english_statement(main)} if {english_statement(condition)}",
            f"{german_statement(main)}, wenn {german_subordinate(condition)}",
        )
    return (
        f"if {english_statement(condition)}, {english_statement(main)}",
        f"wenn {german_subordinate(condition)}, {german_question(main)}",
    )


def polite_if(dice: Dice) -> Pair:
    """`Please call me if ...`."""
    condition = dice.choose([condition for condition in CONDITIONS if isinstance(condition, Idea)]).of(SIE)
    action = draw_action(dice, SIE, _REQUESTS)
    return (
        f"please {english_imperative(action)} if {english_statement(condition)}",
        f"bitte {german_imperative(action)}, wenn {german_subordinate(condition)}",
    )


_REQUESTS = tuple(
    frame
    for frame in FRAMES
    if frame.verb
    in [
        VERBS[name]
        for name in [
            "call",
            "help",
            "open",
            "close",
            "turn+on",
            "turn+off",
            "book",
            "pick+up",
            "send",
            "bring",
            "cancel",
            "order",
        ]
    ]
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
    english, german = dice.choose(_OPINIONS)
    clause = draw_event(dice)
    if clause.subject.agreement == "third" and isinstance(clause.subject, NounPhrase) and "mother" in english:
        clause = replace(clause, subject=dice.choose((I, WE)))
    return f"{english} that {english_statement(clause)}", f"{german}, dass {german_subordinate(clause)}"


_WONDERING = (
    ("I don't know", "ich weiß nicht"),
    ("do you know", "wissen Sie"),
    ("can you tell me", "können Sie mir sagen"),
    ("I would like to know", "ich möchte wissen"),
    ("he is asking", "er fragt"),
    ("we don't know", "wir wissen nicht"),
    ("could you tell us", "könnten Sie uns sagen"),
)


def whether(dice: Dice) -> Pair:
    english, german = dice.choose(_WONDERING)
    clause = draw_event(dice, negative=0.0)
    return f"{english} whether {english_statement(clause)}", f"{german}, ob {german_subordinate(clause)}"


_ASKED = (("when", "wann"), ("why", "warum"), ("with whom", "mit wem"), ("how often", "wie oft"))


def indirect_question(dice: Dice) -> Pair:
    english, german = dice.choose(_WONDERING)
    word, german_word = dice.choose(_ASKED[:2])
    clause = replace(draw_event(dice, negative=0.0), adverb=None, focus="")
    if word == "when":
        clause = replace(clause, time=None)
        if clause.tense == "present" and not clause.modal:
            clause = replace(clause, tense="past")
    return f"{english} {word} {english_statement(clause)}", f"{german}, {german_word} {german_subordinate(clause)}"


def _everyday(dice: Dice, subject: Nominal, **fields: object) -> Clause:
    return replace(draw_action(dice, subject), **fields)


def before(dice: Dice) -> Pair:
    subject = someone(dice)
    main = replace(dice.choose(PLANS).of(subject), time=None)
    other = _everyday(dice, resume(subject))
    english, german = "before", "bevor"
    if dice.chance(0.5):
        return (
            f"{english} {english_statement(replace(other, subject=subject))}, {english_statement(replace(main, subject=resume(subject)))}",
            f"{german} {german_subordinate(replace(other, subject=subject))}, {german_question(replace(main, subject=resume(subject)))}",
        )
    return (
        f"{english_statement(main)} {english} {english_statement(other)}",
        f"{german_statement(main)}, {german} {german_subordinate(other)}",
    )


def after(dice: Dice) -> Pair:
    """`After he had eaten a soup, he ...`: pluperfect, then past."""
    subject = someone(dice)
    first = _everyday(dice, subject, tense="pluperfect")
    then = _everyday(dice, resume(subject), tense="past")
    return (
        f"after {english_statement(first)}, {english_statement(then)}",
        f"nachdem {german_subordinate(first)}, {german_question(then)}",
    )


# --- relative clauses -------------------------------------------------------------------------------------------------

_OWNED = (lx.CLOTHES, lx.BELONGINGS, lx.READING, lx.DEVICES, lx.FURNITURE, lx.PRESENTS)
_ACQUIRED = {  # verbs of which a thing of the group can be the object in a relative clause
    lx.CLOTHES: "buy try+on wash exchange find",
    lx.BELONGINGS: "buy lose find look+for forget",
    lx.READING: "read buy find order",
    lx.DEVICES: "buy repair sell order",
    lx.FURNITURE: "buy sell order find",
    lx.PRESENTS: "buy order find sell",
    lx.DISHES: "order cook buy eat",
}
_VERDICTS = {
    lx.CLOTHES: "too small,too big,too expensive,beautiful,dirty,very warm,broken",
    lx.BELONGINGS: "too small,too expensive,broken,very heavy,empty,new",
    lx.READING: "boring,interesting,too long,very funny,very good",
    lx.DEVICES: "broken,too expensive,very modern,very old,new",
    lx.FURNITURE: "too big,comfortable,very heavy,too expensive,broken",
    lx.PRESENTS: "beautiful,too big,too expensive,very small",
    lx.DISHES: "delicious,too cold,too hot,very good,too expensive",
}


def verdict(dice: Dice, nouns: tuple) -> Part:
    """`too small` / `zu klein`."""
    degree, _, name = dice.choose(_VERDICTS[nouns].split(",")).rpartition(" ")
    german_degree = {"": "", "too": "zu ", "very": "sehr "}[degree]
    adjective = lx.ADJECTIVES[name]
    return Part(f"{degree} {name}".strip(), german_degree + adjective.german)


def relative_object(dice: Dice) -> Pair:
    """`The jacket that I bought yesterday is too small.`"""
    nouns = dice.choose(tuple(_ACQUIRED))
    thing = phrase(dice, nouns, dice.choose(("the", "the", "plural the")), I.owner, 0.3)
    subject = someone(dice)
    action = Clause(subject, VERBS[dice.choose(_ACQUIRED[nouns].split())], "past", time=past_time(dice, False))
    main = Clause(thing, BE, dice.choose(("present", "present", "past")), complement=verdict(dice, nouns))
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
    somebody = phrase(dice, lx.PROFESSIONALS, "the", I.owner, 0.3)
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
    somebody = phrase(dice, lx.PROFESSIONALS, dice.choose(("the", "the", "plural the")), I.owner, 0.2)
    action = dice.choose(
        (
            Clause(someone(dice), VERBS["help"], "past", time=past_time(dice, False)),
            Clause(someone(dice), VERBS["thank"], "past", time=past_time(dice, False)),
            Clause(someone(dice), VERBS["answer"], "past", time=past_time(dice, False)),
        )
    )
    quality = dice.choose(lx.adjectives("nice friendly young old famous ill tired"))
    return (
        f"{somebody.english} whom {english_statement(action)} {'are' if somebody.plural else 'is'} very {quality.english}",
        f"{somebody.german(NOMINATIVE)}, {relative_pronoun(DATIVE, somebody.gender)} {german_subordinate(action)}, "
        f"{'sind' if somebody.plural else 'ist'} sehr {quality.german}",
    )


# --- infinitives ------------------------------------------------------------------------------------------------------


def in_order_to(dice: Dice) -> Pair:
    """`I am going to the station to pick up my brother.`"""
    subject = someone(dice)
    place, names = dice.choose(_PURPOSES)
    goal = draw_action(
        dice, subject, tuple(frame for frame in FRAMES if frame.verb in [VERBS[name] for name in names.split()])
    )
    goal = replace(goal, place=None, manner=None)
    kind = dice.choose(("past", "progressive", "modal", "future"))
    going = Clause(subject, VERBS["go"], "present" if kind == "modal" else kind, complement=lx.PLACES[place][1])
    if kind == "modal":
        going = replace(going, modal=dice.choose(MODALS), time=future_time(dice, False))
    else:
        going = replace(going, time=past_time(dice, False) if kind == "past" else future_time(dice, False))
    return (
        f"{english_statement(going, front=going.time)} {english_infinitive(goal)}",
        f"{german_statement(going, front=going.time)}, um {german_zu_infinitive(goal)}",
    )


_PURPOSES = (
    ("station", "pick+up meet"),
    ("airport", "pick+up meet"),
    ("hospital", "visit help"),
    ("hotel", "rest sleep"),
    ("library", "read learn work"),
    ("restaurant", "eat drink meet"),
    ("market", "buy"),
    ("supermarket", "buy"),
    ("swimming pool", "swim rest"),
    ("school", "pick+up learn"),
    ("office", "work write"),
    ("park", "rest play meet"),
    ("zoo", "meet"),
    ("university", "learn meet"),
    ("post office", "send"),
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
    ("it is important", "es ist wichtig", I),
    ("it is easy", "es ist leicht", I),
)


def infinitive(dice: Dice) -> Pair:
    english, german, subject = dice.choose(_WISHES)
    action = draw_action(dice, subject)
    return f"{english} {english_infinitive(action)}", f"{german}, {german_zu_infinitive(action)}"

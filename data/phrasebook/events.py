"""The drawing of one event: a subject, a frame with its things, a tense and a fitting time."""

from __future__ import annotations

from dataclasses import replace

import vocabulary
from clauses import Clause
from dice import Dice
from frames import FRAMES, Frame
from grammar import CAN, HAVE_TO, SHOULD, WANT_TO, WOULD_LIKE_TO, Modal, Nominal, NounPhrase
from people import object_pronoun, person, phrase, someone
from times import FREQUENCY, HABIT, NOW, future_time, habit_time, past_time

MODALS: tuple[Modal, ...] = (HAVE_TO, WANT_TO, WOULD_LIKE_TO, CAN, SHOULD)


def draw_objects(dice: Dice, frame: Frame, subject: Nominal) -> dict:
    """The fields of a clause that a frame fills: objects, complement, manner, place."""
    fields: dict = {}
    if frame.people or frame.recipient:
        somebody = object_pronoun(dice, subject) if dice.chance(0.3) else person(dice, subject.owner)
        while somebody == subject:
            somebody = dice.choose(vocabulary.NAMES)
        fields["accusative" if frame.people else "dative"] = somebody
    if frame.objects:
        nouns, modes = dice.choose(frame.objects)
        mode = dice.pick(modes.split(","))
        fields["accusative"] = phrase(dice, nouns, mode, subject.owner)
    if frame.complements:
        fields["complement"] = dice.choose(frame.complements)
    if frame.manners and dice.chance(0.5):
        fields["manner"] = dice.choose(frame.manners)
    if frame.places and dice.chance(0.45):
        fields["place"] = dice.choose(frame.places)
    return fields


def _draw_tense(dice: Dice, frame: Frame) -> dict:
    kinds = [("past", 4.0), ("perfect", 1.5)]
    if frame.stative:
        kinds = [("present", 4.0), ("past", 1.5 if frame.verb.base in ("need", "be", "live") else 0.0)]
    elif frame.habitual:
        kinds += [("habit", 3.0), ("frequency", 2.0)]
    if frame.intended and not frame.stative:
        kinds += [
            ("future", 2.0),
            ("modal", 4.0),
            ("past modal", 1.5),
            ("planned", 2.0),
            ("now", 1.0 if frame.habitual else 0.0),
        ]
    kind, distant = dice.weighted(kinds), frame.distant
    if kind == "present":
        return {"tense": "present"}
    if kind == "past":
        return {"tense": "past", "time": past_time(dice, distant)}
    if kind == "perfect":
        return {"tense": "perfect", "focus": "already"}
    if kind == "future":
        return {"tense": "future", "time": future_time(dice, distant)}
    if kind == "planned":
        return {"tense": "progressive", "time": future_time(dice, distant)}
    if kind == "now":
        return {"tense": "progressive", "time": dice.choose(NOW)}
    if kind == "habit":
        return {"tense": "present", "time": habit_time(dice)}
    if kind == "frequency":
        return {"tense": "present", "adverb": dice.choose(FREQUENCY)}
    if kind == "past modal":
        return {"tense": "past", "modal": dice.pick((HAVE_TO, WANT_TO)), "time": past_time(dice, distant)}
    return {"tense": "present", "modal": dice.choose(MODALS), "time": future_time(dice, distant)}


def negate(dice: Dice, clause: Clause) -> Clause:
    """The same event denied; adjuncts that would be denied instead of it are left out."""
    if clause.adverb or clause.time in NOW or clause.time in HABIT:
        return clause
    focus = "yet" if clause.focus == "already" else ""
    bare_accusative = clause.accusative
    if isinstance(bare_accusative, NounPhrase) and bare_accusative.count:
        bare_accusative = replace(bare_accusative, count=None)
    return replace(clause, negated=True, focus=focus, place=None, manner=None, accusative=bare_accusative)


def draw_event(dice: Dice, subject: Nominal | None = None, *, negative: float = 0.15) -> Clause:
    """One everyday event with subject, objects, tense and time."""
    subject = subject or someone(dice)
    frame = dice.choose(FRAMES)
    clause = Clause(subject, frame.verb, **draw_objects(dice, frame, subject), **_draw_tense(dice, frame))
    return negate(dice, clause) if dice.chance(negative) else clause


def draw_action(dice: Dice, subject: Nominal, frames: tuple[Frame, ...] = ()) -> Clause:
    """An event without tense or time: for infinitives, imperatives and modal verbs."""
    frame = dice.choose(frames or ACTIONS)
    return Clause(subject, frame.verb, **draw_objects(dice, frame, subject))


ACTIONS = tuple(frame for frame in FRAMES if frame.intended and not frame.stative)

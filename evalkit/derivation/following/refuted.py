"""A value in numbers that is true only because the reply gave it to a letter, and that an equation before it contradicts.

`-60x = -105x`, "so x = 15", "therefore the solution is x = 15": said again, a value shows nothing more than the first time.
Looked at when all of the reply has been read. Not covered: values of subscripted names, equations with further free letters,
and what else is computed with such a value.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in
from evalkit.derivation.worlds.world import ASSUMED

RULE = "refuted"
MAX_TRIES = 60
"""Equations of one reply that are tried with a value."""


def dispute_the_refuted(reading: Reading) -> None:
    """Dispute values that are true by themselves alone, and with which an equation before them fails."""
    tries = 0
    for at, read in enumerate(reading.relations):
        name = given_name(reading, read)
        if name is None:
            continue
        judge = with_value(reading, read, name)
        for other in reading.relations[:at]:
            if not is_open_equation(other, name, read) or tries >= MAX_TRIES:
                continue
            tries += 1
            if fails_in_numbers(judge, other):
                reason = f"{name}: an equation before it does not hold with this value"
                found = Judgement(Verdict.DISPUTED, reason=reason, rule=RULE)
                reading.relations[at] = replace(read, judgement=found)
                break


def given_name(reading: Reading, read: Read) -> str | None:
    """The letter to which a relation that is true gives a number, where the problem gives it none."""
    if read.judgement.verdict not in TRUE or read.op not in EQUAL or read.left is None or read.right is None:
        return None
    name = shapes.plain_name(read.left)
    if name is None or not scopes.is_constant(read.right) or read.judgement.rule.startswith("given"):
        return None
    problem = reading.setting.scope.entries.get(name)
    return name if problem is None or isinstance(problem, Drawn) else None


def with_value(reading: Reading, read: Read, name: str) -> Judge:
    """Who knows that the letter has this value."""
    judge = reading.judge_of(read).branch()
    value = Defined(read.sides[1], (), None, "reply")
    if name in reading.setting.scope.entries:
        judge.assume({name: value})
    else:
        judge.define({name: value})
    return judge


def is_open_equation(other: Read, name: str, read: Read) -> bool:
    """Whether an equation speaks of the letter in the same section, and is not true."""
    if other.op not in EQUAL or other.left is None or other.right is None or other.section != read.section:
        return False
    told = other.judgement.verdict not in TRUE | {Verdict.DEFINITION}
    return told and shapes.plain_name(other.left) != name and name in names_in(Bin("=", *other.sides))


def fails_in_numbers(judge: Judge, other: Read) -> bool:
    """Whether an equation fails, and has no letter left that could make it hold."""
    env = judge.envs(ASSUMED)[0]
    names = env.depends(Bin("=", *other.sides))
    if any(not isinstance(env.scope.entries.get(n), Defined) for n in names):
        return False
    return judge.computed(*other.sides).verdict is Verdict.FAILS

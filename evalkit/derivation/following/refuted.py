"""A value in numbers that is true only because the reply gave it to a letter, and that something else it says contradicts.

`-60x = -105x`, "so x = 15", "therefore the solution is x = 15": said again, a value shows nothing more than the first time.
Nor does it where the reply says `x = 15` and, not accepted, `x = 28/2`: nothing tells which of the two is meant.
Looked at when all of the reply has been read. Not covered: equations with further free letters, and what else than a number is
computed with such a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in
from evalkit.derivation.worlds.values import Trouble
from evalkit.derivation.worlds.world import ASSUMED

RULE = "refuted"
MAX_TRIES = 60
"""Equations of one reply that are tried with a value."""
APART = 0.01
"""By how much of their size two values differ that no rounding makes one."""


def dispute_the_refuted(reading: Reading) -> None:
    """Dispute values that are true by themselves alone, and with which the equation before them fails."""
    tries = 0
    refuted: dict[str, Node] = {}
    rivals = values_not_accepted(reading)
    for at, read in enumerate(reading.relations):
        name = given_name(reading, read)
        before = name and next((r for r in reversed(reading.relations[:at]) if speaks_of(r, name, read)), None)
        if name and before and before.judgement.verdict not in TRUE and tries < MAX_TRIES:
            tries += 1
            if fails_in_numbers(with_value(reading, read, asked_as(before, name)), before):
                refuted[name] = read.sides[1]
        if name and refuted.get(name, read.sides[1]) != read.sides[1]:
            del refuted[name]  # it has another value now
        relying = sorted(names_in_true(read) & refuted.keys()) or rivalled(reading, read, rivals)
        if relying and (name in relying or is_of_value(read)):
            against = (
                "the equation before does not hold with this value" if relying[0] in refuted else "it has two values"
            )
            reason = f"{relying[0]}: {against}"
            found = Judgement(Verdict.DISPUTED, reason=reason, rule=RULE)
            reading.relations[at] = replace(read, judgement=found)


def is_of_value(read: Read) -> bool:
    """Whether it is true and has a number on one side, so that a value which is taken back takes it along."""
    return bool(names_in_true(read)) and any(scopes.is_constant(side) for side in read.sides)


def values_not_accepted(reading: Reading) -> dict[str, list[tuple[Read, float]]]:
    """The values in numbers that relations which are not accepted give to names."""
    found: dict[str, list[tuple[Read, float]]] = {}
    for read in reading.relations:
        if (
            read.judgement.verdict not in FALSE | {Verdict.DISPUTED}
            or read.op != "="
            or read.left is None
            or read.negated
        ):
            continue
        name = shapes.plain_name(read.left)
        value = in_numbers(reading, read.right) if name else None
        if name and value is not None:
            found.setdefault(name, []).append((read, value))
    return found


def rivalled(reading: Reading, read: Read, rivals: Mapping[str, Sequence[tuple[Read, float]]]) -> list[str]:
    """The names in a true equation that only the reply gave a value, and to which it gives another one in the same part."""
    names = names_in_true(read) & rivals.keys()
    if not names:
        return []
    entries = reading.judge_of(read).general.scope.entries
    return [name for name in sorted(names) if has_rival(reading, read, entries.get(name), rivals[name])]


def has_rival(reading: Reading, read: Read, entry: object, rivals: Sequence[tuple[Read, float]]) -> bool:
    if not isinstance(entry, Defined) or entry.source != "reply" or entry.params:
        return False
    mine, end = in_numbers(reading, entry.body), reading.outline.part_end
    return mine is not None and any(
        abs(mine - value) > APART * max(abs(mine), abs(value))
        for other, value in rivals
        if other.section == read.section and end(min(other.start, read.start)) > max(other.start, read.start)
    )


def in_numbers(reading: Reading, node: Node | None) -> float | None:
    """The value of an expression without letters; None where it is no number."""
    if node is None or not scopes.is_constant(node):
        return None
    env = reading.judge.general
    try:
        env.begin()
        value = env.value(node, {})
    except (Trouble, ArithmeticError, ValueError):
        return None
    return (
        float(value.item())
        if isinstance(value, np.ndarray) and value.size == 1 and not np.iscomplexobj(value)
        else None
    )


def names_in_true(read: Read) -> set[str]:
    """The names in an equation that is true."""
    if read.judgement.rule == "named_root":
        return set()
    if read.judgement.verdict not in TRUE or read.op not in EQUAL or read.left is None or read.right is None:
        return set()
    return set(names_in(Bin("=", *read.sides)))


def asked_as(before: Read, name: str) -> str:
    """What the equation before calls it: the `\\lambda` of its `\\lambda_1`."""
    return name if name in names_in(Bin("=", *before.sides)) else name.partition("_")[0]


def given_name(reading: Reading, read: Read) -> str | None:
    """The letter to which a relation that is no error gives a number, where the problem gives it none."""
    if (
        read.judgement.verdict not in (*TRUE, Verdict.DEFINITION)
        or read.judgement.rule == "named_root"
        or read.op not in EQUAL
        or read.left is None
        or read.right is None
    ):
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


def speaks_of(other: Read, name: str, read: Read) -> bool:
    """Whether an equation of the same section has the letter in it, or for a `\\lambda_1` the unknown `\\lambda`, and does
    not give it a value itself."""
    if other.op not in EQUAL or other.left is None or other.right is None or other.section != read.section:
        return False
    names = names_in(Bin("=", *other.sides))
    asked = name.partition("_")[0]
    if asked != name and asked in names and other.judgement.verdict is Verdict.UNBOUND:
        return True
    return shapes.plain_name(other.left) != name and name in names


def fails_in_numbers(judge: Judge, other: Read) -> bool:
    """Whether an equation fails, and has no letter left that could make it hold."""
    env = judge.envs(ASSUMED)[0]
    names = env.depends(Bin("=", *other.sides))
    if any(n in env.scope.entries and not isinstance(env.scope.entries[n], Defined) for n in names):
        return False
    return judge.computed(*other.sides).verdict is Verdict.FAILS

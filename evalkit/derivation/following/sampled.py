"""Inequalities that are claimed: looked at in every world, near and far."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.bounded import is_by_entry
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import is_column, is_small_letter
from evalkit.derivation.grammar.nodes import Node, Num
from evalkit.derivation.verdicts.inequalities import inequality
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import Drawn, Family
from evalkit.derivation.worlds.scope import unbound_names

FREE_NUMBERS = 3
"""Letters that nothing explains, of which an inequality may speak."""


def sampled(reading: Reading, read: Read) -> Read:
    """Is an inequality: looked at in every world, never proved."""
    left, right = read.sides
    judgement = inequality(reading.judge, left, read.op, right)
    if judgement.verdict is Verdict.ILL_TYPED and is_by_entry(reading, read):
        judgement = Judgement(Verdict.SKIPPED, reason="an inequality of every entry")
    if judgement.verdict in TRUE | {Verdict.ILL_TYPED} and any(
        shapes.plain_name(a) and isinstance(b, Num) and not is_of_the_problem(reading, a)
        for a, b in (read.sides, read.sides[::-1])
    ):
        judgement = Judgement(Verdict.SKIPPED, reason="says which values a letter has")
    if judgement.verdict is Verdict.UNBOUND:
        names = unbound_names(reading.judge.scope, left, right)
        if 1 <= len(names) <= FREE_NUMBERS and all(is_small_letter(n) and not is_column(n, *read.sides) for n in names):
            with reading.judge.trying({n: Drawn((), frozenset(), None, "reply") for n in names}):
                free = inequality(reading.judge, left, read.op, right)
            if free.verdict in TRUE:  # of all numbers, whatever the letters mean
                judgement = replace(free, reason=f"for all numbers {', '.join(names)}")
    return replace(read, judgement=judgement)


def is_of_the_problem(reading: Reading, node: Node) -> bool:
    r"""Whether a letter has the kind that the problem declares, or is one of the values of what is known: `\nu_i > 0`."""
    scope = reading.judge.scope
    name = shapes.plain_name(node) or ""
    found = scope.resolve(name) or scope.family(name.partition("_")[0])
    entry = found[1] if found is not None else None
    return isinstance(entry, Family) or (isinstance(entry, Drawn) and entry.source == "problem")

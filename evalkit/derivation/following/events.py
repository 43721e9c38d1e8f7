r"""`P(A \cap B) = P(A \mid B)P(B)`: what follows of probabilities from `P(X \mid Y) = P(X \cap Y)/P(Y)`, whatever the events are.

Every conditional probability or density is written as the quotient of two joint ones; what then holds for all their values is
true, and nothing is false by it: the events may be independent, or exclude each other.
Not covered: complements, unions, sums over the cases of an event, conditional moments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from evalkit.derivation.following.free import for_all_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import each, nodes_of
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sub, Sym
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.verdicts.verdict import TRUE

HEADS = frozenset({"P", "p", "q", "Pr", "\\Pr", "\\mathbb P"})
"""Letters of probabilities and densities."""
AND = re.compile(r"(?<![a-z])cap(?![a-z])|,")


def of_joint_events(reading: Reading, read: Read) -> Read | None:
    """Holds of all events, by what a conditional probability is."""
    heads = {n.name.partition("(")[0] for n in nodes_of(read) if isinstance(n, Sym) and is_conditional(n.name)}
    if not heads & HEADS:
        return None

    def change(node: Node) -> Node:
        if isinstance(node, Call) and node.name in heads & HEADS and all(isinstance(a, Sym | Sub) for a in node.args):
            return joint(node.name, map(pretty, node.args))
        if not isinstance(node, Sym) or not names_event(node.name) or node.name.partition("(")[0] not in HEADS:
            return node
        head, _, inner = node.name[:-1].partition("(")
        event, bar, given = inner.partition("|")
        if not bar:
            return joint(head, AND.split(event))
        return Bin("/", joint(head, [*AND.split(event), *AND.split(given)]), joint(head, AND.split(given)))

    left, right = each(read, change)
    found = for_all_letters(reading, replace(read, left=left, right=right))
    if found is None or found.judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(found.judgement, reason="by what a conditional probability is"))


def is_conditional(name: str) -> bool:
    return names_event(name) and "|" in name


def joint(head: str, events: Iterable[str]) -> Sym:
    """The probability of several events together, in whatever order they are named."""
    return Sym(f"{head}({'cap'.join(sorted(set(events)))})")

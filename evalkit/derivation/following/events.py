r"""`P(A \cap B) = P(A \mid B)P(B)`: what follows of probabilities from `P(X \mid Y) = P(X \cap Y)/P(Y)`, whatever the events are.

Every probability or density is written by those of events that occur together, complements and unions by inclusion and
exclusion; what then holds for all their values is true, and nothing is false by it: the events may be independent, or exclude
each other. What holds of independent events is true where the text says that they are so.
Not covered: sums over the cases of an event, conditional moments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from evalkit.derivation.following.free import for_all_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import each, nodes_of
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict

HEADS = frozenset({"P", "p", "q", "Pr", "\\Pr", "\\mathbb P"})
"""Letters of probabilities and densities."""
DENIED = r"(?:neg|lnot|not|bar|overline|sim)(?=[A-Z+-])"
AND = re.compile(
    rf"(?<![a-z])(?:cap|wedge)(?![a-z])|(?<=[A-Z\d\'])(?:cap|wedge|and)(?=[A-Z]|{DENIED})|(?<=\^c)(?:cap|wedge)|,"
)
OR = re.compile(r"(?<=[A-Z\d])(?:cup|vee|or)(?=[A-Z+-])")
NEGATED = re.compile(DENIED + r"(.+)|([A-Z]\w*?)(?:\^(?:c|C|complement)|')")
TURNED = {"neq": "=", "leq": ">", "geq": "<"}
"""Signs of which the right one says the opposite."""
MAX_EVENTS = 4
"""Events that are denied, or of a union."""
NEAR = 600
SENTENCE = 60
OF_ANY = re.compile(r"\b(?:in general|generally|always|any|all|every)\b[^.]*$", re.I)
INDEPENDENT = re.compile(r"(?<!not )(?<!n't )(?<!not mutually )\bindependen", re.I)
Event = tuple[str, bool]
"""What occurs, or does not."""
Sum = dict[frozenset[str], float]
"""A probability as a sum of those of events that occur together, each so many times; that of no event is 1."""


def of_joint_events(reading: Reading, read: Read) -> Read | None:
    """Holds of all events, by what a conditional probability is."""
    names = {n.name for n in nodes_of(read) if isinstance(n, Sym) and is_probability(n.name)}
    heads = {name.partition("(")[0] for name in names}
    if not heads or not any(map(says_more, names)):
        return None
    found = by(reading, read, lambda node: written_jointly(node, heads))
    if found is None:
        return said_independent(reading, read)
    return replace(found, judgement=replace(found.judgement, reason="by what a conditional probability is"))


def said_independent(reading: Reading, read: Read) -> Read | None:
    """The relation, true of independent events, which the text says that they are."""
    heads = {n.name.partition("(")[0] for n in nodes_of(read) if isinstance(n, Sym) and is_probability(n.name)}
    near = reading.document.text[max(0, read.start - NEAR) : read.end + NEAR // 4]
    if not INDEPENDENT.search(near) or OF_ANY.search(near[: min(read.start, NEAR)][-SENTENCE:]):
        return None
    found = by(reading, read, lambda node: as_product(node, heads))
    return found and replace(found, judgement=replace(found.judgement, reason="of independent events"))


def by(reading: Reading, read: Read, change: object) -> Read | None:
    """The relation, true because it is so for all values of what it is changed to."""
    left, right = each(read, change)  # type: ignore[arg-type]
    if left == right:
        return replace(read, judgement=Judgement(Verdict.ALGEBRA)) if (left, right) != read.sides else None
    found = for_all_letters(reading, replace(read, left=left, right=right))
    if found is None or found.judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=found.judgement)


def is_probability(name: str) -> bool:
    return names_event(name) and name.partition("(")[0] in HEADS


def says_more(name: str) -> bool:
    """Whether it is of an event under a condition, of a union, of several events, or of what does not occur."""
    return "|" in name or len(alternatives(name)) > 1 or len(list(events(inside(name)))) > 1 or any(
        not occurs for _, occurs in events(inside(name))
    )  # fmt: skip


def inside(name: str) -> str:
    return name.partition("(")[2][:-1]


def alternatives(name: str) -> list[str]:
    return OR.split(inside(name))


def events(said: str) -> Iterator[Event]:
    """The events that occur together, or do not occur."""
    for one in AND.split(said.replace("setminus", "capneg")):
        if one.endswith("-") and (one == "-" or one.endswith("^-")):  # the outcome of a test
            yield f"{one[:-1]}+", False
            continue
        found = NEGATED.fullmatch(one)
        if found is not None:
            yield found[1] or found[2], False
            continue
        sign = next((s for s in TURNED if re.fullmatch(rf"\w+?{s}.+", one)), None)
        yield (one.replace(sign, TURNED[sign], 1), False) if sign else (one, True)


def written_jointly(node: Node, heads: Iterable[str]) -> Node:
    """A probability by those of events that occur together."""
    if isinstance(node, Call) and node.name in heads and all(isinstance(a, Sym | Sub) for a in node.args):
        return joint(node.name, map(pretty, node.args))
    if not isinstance(node, Sym) or not is_probability(node.name):
        return node
    parts = quotient(node.name)
    if parts is None:
        return node
    head = node.name.partition("(")[0]
    above, below = (as_tree(head, part) for part in parts)
    return above if below == Num(1) else Bin("/", above, below)


def quotient(name: str) -> tuple[Sum, Sum] | None:
    """The probabilities of which it is the quotient; None where an event stands in it twice, or too many do."""
    event, _, given = inside(name).partition("|")
    condition = list(events(given)) if given else []
    every = [list(events(part)) for part in OR.split(event)]
    if len(every) > MAX_EVENTS or any(repeated([*part, *condition]) for part in every):
        return None
    above: Sum = {}
    for count in range(1, len(every) + 1):
        for some in combinations(every, count):
            both = list(dict.fromkeys(e for part in some for e in part))
            for key, weight in together([*both, *condition]).items():
                above[key] = above.get(key, 0.0) + (weight if count % 2 else -weight)
    return {k: w for k, w in above.items() if w}, together(condition)


def repeated(found: list[Event]) -> bool:
    return len({name for name, _ in found}) < len(found) or sum(not occurs for _, occurs in found) > MAX_EVENTS


def together(found: list[Event]) -> Sum:
    """The probability that all of it occurs, or does not."""
    occurring = frozenset(name for name, occurs in found if occurs)
    denied = sorted({name for name, occurs in found if not occurs})
    if occurring & set(denied):
        return {}
    out: Sum = {}
    for count in range(len(denied) + 1):
        for some in combinations(denied, count):
            key = narrowed(occurring | set(some))
            out[key] = out.get(key, 0.0) + (-1.0) ** count
    return {k: w for k, w in out.items() if w}


def narrowed(found: frozenset[str]) -> frozenset[str]:
    """Without `X > s` beside `X > s + t`, which is more."""
    return frozenset(e for e in found if not (">" in e and any(other.startswith(f"{e}+") for other in found)))


def as_tree(head: str, found: Sum) -> Node:
    out: Node = Num(0)
    for key, weight in sorted(found.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
        term: Node = joint(head, key) if key else Num(1)
        if abs(weight) != 1:
            term = Bin("*", Num(abs(weight)), term)
        out = term if out == Num(0) and weight > 0 else Bin("+" if weight > 0 else "-", out, term)
    return out


def joint(head: str, found: Iterable[str]) -> Sym:
    """The probability of several events together, in whatever order they are named."""
    return Sym(f"{head}({'cap'.join(sorted(set(found)))})")


def as_product(node: Node, heads: Iterable[str]) -> Node:
    """A probability of several events as the product of theirs, under the same condition."""
    if not isinstance(node, Sym) or not is_probability(node.name):
        return node
    head = node.name.partition("(")[0]
    event, bar, given = inside(node.name).partition("|")
    found = [name for name in AND.split(event) if name]
    if len(found) < 2 or OR.search(event) or len(set(found)) < len(found):
        return node
    out: Node = Sym(f"{head}({found[0]}{bar}{given})")
    for one in found[1:]:
        out = Bin("*", out, Sym(f"{head}({one}{bar}{given})"))
    return out

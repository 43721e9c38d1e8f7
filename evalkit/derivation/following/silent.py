r"""Sums without a sign: in `\delta_{ij} A_{jk} = A_{ik}` a reply may sum over the index that stands twice in a product.

Looked at when all of the reply has been read, where it says so, or never writes a sum and has such indices again and again. What is true with
the sums is true; nothing is false by them. An entry of a matrix under `T` is that of the transpose there, and a derivative by `X_{kl}` is the
entry of the one by X. Not covered: an index that stands more than twice, sums in brackets, deltas alone on a side.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial, reduce

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    rebuilt,
    substitute_index,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Dimension

RULE = "accept_the_silently_summed"
SAID = re.compile(
    r"\beinstein(?:['’]s)?\s+(?:summation|sum|notation|convention)|\bsummation convention|\brepeated ind|\btensor (?:index )?notation"
    r"|\b(?:sum\w*|summation) (?:is )?(?:over|implied)[^.$\n]{0,30}\b(?:repeated|twice)",
    re.I,
)
MAX_TRIED = 16
"""Relations of one reply that are tried."""
MOST_STEPS = 8
"""Indices that one product is freed of."""
MOST, MOST_SLOPES = 3, 2
"""Indices that one product may sum over; one with a derivative in it."""
TWICE = 2
DELTA = Sym("\\delta")
OPEN = FALSE | {Verdict.UNPARSED}


def accept_the_silently_summed(reading: Reading) -> None:
    """Call true what holds where an index that stands twice in a product is summed over, in a reply that does so."""
    open_ones = [at for at, r in enumerate(reading.relations) if is_open(r)]
    if not open_ones:
        return
    grounds = Grounds(reading, list(reading.relations))
    if not (SAID.search(reading.document.text) and has_silent(grounds)) and not grounds.sums_silently:
        return
    for at in open_ones[:MAX_TRIED]:
        read = reading.relations[at]
        changed = with_sums(grounds, read)
        if changed is None:
            continue
        same = pretty(changed[0]) == pretty(changed[1])
        judgement = Judgement(Verdict.ALGEBRA) if same else reading.judge_of(read).computed(*changed)
        if judgement.verdict in TRUE:
            reason = "summed over every index that stands twice"
            reading.relations[at] = replace(read, judgement=Judgement(judgement.verdict, reason=reason, rule=RULE))


def is_open(read: Read) -> bool:
    """An equation with subscripts that fails or has no value as it stands."""
    if read.judgement.verdict not in OPEN or read.op not in EQUAL or read.left is None or read.right is None:
        return False
    return any(isinstance(n, Sub) and n.index for side in read.sides for n in walk(side))


def has_silent(grounds: Grounds) -> bool:
    return any(
        grounds.twice(r, side) - grounds.loose(r, other)
        for r in grounds.readable
        for side, other in (r.sides, r.sides[::-1])
    )


def with_sums(grounds: Grounds, read: Read) -> tuple[Node, Node] | None:
    """Both sides with their sums; None where nothing changes, or where that cannot be told."""
    loose = [grounds.loose(read, side) for side in read.sides]
    sizes = [n for n, e in grounds.judge(read).scope.entries.items() if isinstance(e, Dimension)]
    size = sizes[0] if len(sizes) == 1 else ""
    out = []
    for side, own in zip(read.sides, loose, strict=True):
        changed = summed(transposed(side), own, size)
        if changed is None:
            return None
        out.append(changed)
    left, right = by_entries(out[0], out[1]), by_entries(out[1], out[0])
    return None if (left, right) == read.sides else (left, right)


def summed(node: Node, loose: set[str], size: str) -> Node | None:
    """The tree with a sum around each product that has an index twice; None where one has it three times, or sums in brackets."""
    if (isinstance(node, Bin) and node.op in "+-") or (isinstance(node, Un) and node.op == "-"):
        parts = [summed(part, loose, size) for part in children(node)]
        return (
            None if any(part is None for part in parts) else rebuilt(node, [part for part in parts if part is not None])
        )
    if (
        isinstance(node, Grad)
        and isinstance(node.by, Sub)
        and not {i.name for i in node.by.index or () if isinstance(i, Sym)} & indices_of(node.f)
    ):
        inside = summed(node.f, loose, size)  # of the sum at once, not of every term
        return inside and Grad(inside, node.by, node.order)
    node = contracted(node, loose)
    subs = [n for n in walk(node) if isinstance(n, Sub) and n.index]
    letters = [i.name for n in subs for i in n.index or () if isinstance(i, Sym) and i.name in loose]
    found = [i for i in dict.fromkeys(letters) if letters.count(i) >= TWICE]
    if not found:
        return node
    if len(found) > (MOST_SLOPES if any(isinstance(n, Grad) for n in walk(node)) else MOST) or any(
        letters.count(i) > TWICE for i in found
    ):
        return None
    if any(isinstance(n, Big) or (isinstance(n, Bin) and n.op in "+-") for n in walk(node)):
        return None
    for i in found:
        ranged = any(n.base != DELTA and Sym(i) in (n.index or ()) for n in subs)
        if not ranged and not size:
            return None
        node = Big("sum", node, (i,), None if ranged else Num(1), None if ranged else Sym(size))
    return node


def contracted(node: Node, loose: set[str]) -> Node:
    r"""The product with fewer indices: `\delta_{ik} A_{ij}` is `A_{kj}`, `A_{ij} B_{jk}` an entry of AB, `A_{ii}` the trace."""
    for _ in range(MOST_STEPS):
        parts = factors(node)
        letters = [i.name for n in walk(node) if isinstance(n, Sub) for i in n.index or () if isinstance(i, Sym)]
        twice = [i for i in dict.fromkeys(letters) if i in loose and letters.count(i) == TWICE]
        found = next((rest for i in twice if (rest := without(parts, Sym(i))) is not None), None)
        if found is None:
            return node
        node = reduce(partial(Bin, "*"), found)
    return node


def without(parts: list[Node], i: Sym) -> list[Node] | None:
    """The factors of a product in which an index no longer stands; None where it is not one of one or two plain entries."""
    held = [
        p for p in parts if isinstance(p, Sub) and p.index and i in p.index and all(isinstance(x, Sym) for x in p.index)
    ]
    at = [k for k, p in enumerate(parts) if any(p is h for h in held)]
    if sum((p.index or ()).count(i) for p in held) != TWICE or any(len(p.index or ()) > TWICE for p in held):
        return None
    if len(held) == 1:
        new: Node = Num(1) if held[0].base == DELTA else Call("tr", (held[0].base,))
        return None if held[0].base == DELTA else [*parts[: at[0]], new, *parts[at[0] + 1 :]]
    first, second = held
    rest = [p for k, p in enumerate(parts) if k not in at[1:]]
    for delta, other in ((first, second), (second, first)):
        if delta.base == DELTA and len(delta.index or ()) == TWICE:
            (kept,) = (x for x in delta.index or () if x != i)
            rest[at[0]] = substitute_index(other, i.name, kept)
            return rest
    rest[at[0]] = joined(first, second, i)
    return rest


def joined(first: Sub, second: Sub, i: Sym) -> Node:
    """`A_{ij} B_{jk}` as an entry of AB, and the like with columns and transposes."""
    left, right = first.index or (), second.index or ()
    if len(left) == 1 and len(right) == TWICE:  # v_i A_{ij}
        return joined(second, first, i)
    before = first.base if left[-1] == i and len(left) == TWICE else Un("T", first.base)
    after = second.base if right[0] == i else Un("T", second.base)
    index = tuple(x for x in (*left, *right) if x != i)
    whole = Bin("*", before, after)
    return Sub(whole, "", index) if index else (whole if len(left) == 1 else Call("tr", (whole,)))


def factors(node: Node) -> list[Node]:
    if isinstance(node, Bin) and node.op in ("*", "dot"):
        return [*factors(node.left), *factors(node.right)]
    return [node]


def indices_of(node: Node) -> set[str]:
    return {i.name for n in walk(node) if isinstance(n, Sub) for i in n.index or () if isinstance(i, Sym)}


def transposed(node: Node) -> Node:
    """The tree with an entry of the transpose for every `A_{ij}^T`."""
    if (
        isinstance(node, Un)
        and node.op == "T"
        and isinstance(node.x, Sub)
        and node.x.index
        and len(node.x.index) == TWICE
    ):
        return Sub(Un("T", node.x.base), "", node.x.index)
    parts = children(node)
    return rebuilt(node, [transposed(part) for part in parts]) if parts and not isinstance(node, Sub) else node


def by_entries(node: Node, other: Node) -> Node:
    """A derivative by X as the one by its entry, if the other side has a derivative by one and nothing else does with its indices."""
    by = {n.by for n in walk(other) if isinstance(n, Grad) and isinstance(n.by, Sub)}
    if not isinstance(node, Grad) or not isinstance(node.by, Sym) or len(by) != 1:
        return node
    entry = next(iter(by))
    if not isinstance(entry, Sub) or entry.base != node.by or len(set(entry.index or ())) != TWICE or node.order != 1:
        return node
    return Grad(node.f, entry)

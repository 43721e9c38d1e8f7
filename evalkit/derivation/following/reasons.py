r"""Doubts by a reason that stands beside a relation that fails: `\sum (x_i y_i)^2 = \sum x_i^2 (since y_i^2 = 1)`.

The reason claims nothing where the other relation holds under it and not without: then it is a property that the worlds do
not have. Every public function that takes grounds and a relation is a doubt (doubts.py).
Not covered: reasons in words alone, two reasons that only together make a relation true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from evalkit.derivation.following.circumstances import numbers_in
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import chain_end, sentence_start, with_put_in
from evalkit.derivation.following.supposing import SPARE, beside
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, base_name, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.entries import Solved
from evalkit.derivation.worlds.scope import Dimension, Drawn, Entry

_WHY = r"\b(?:since|because|as|given\s+that|recall(?:ing)?(?:\s+that)?)\b"
BEHIND = re.compile(rf"[\s$.,;:()*_\]\\]{{0,20}}{_WHY}[^.;:$\\]{{0,60}}[\s$(\\]*", re.I)
"""From the end of a relation to the reason for it: `$ (since each $`."""
AHEAD = re.compile(rf"[\s*_>#-]*(?:(?:and|but|so|now|then)\s+)?{_WHY}[^.;:$\\]{{0,60}}[\s$(\\]*", re.I)
"""From the beginning of a sentence to the reason that it begins with."""
SIGNS = re.compile(
    r"\\pm\s*1\b|±\s*1\b|\\\{\s*[+]?1\s*,\s*-\s*1\s*\\\}|\\\{\s*-\s*1\s*,\s*[+]?1\s*\\\}|\{\s*(?:-\s*1\s*,\s*[+]?1|[+]?1\s*,\s*-\s*1)\s*\}"
)
"""What says of labels that they are 1 or -1."""
MAX_NAMES, REACH, SMALLEST = 4, 600, 2.0
"""Names that are tried, how far a reason may stand from what it is for, and the least number that may be a size."""


def on_a_reason(grounds: Grounds, read: Read) -> str:
    """Holds where the reason that stands beside it does."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    for reason in reasons_for(grounds, read):
        if holds_under(grounds, read, reason):
            return "holds where the reason that is given for it does"
    return ""


def is_a_reason(grounds: Grounds, read: Read) -> str:
    """Is given as a reason for what holds under it alone."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    near = (r for r in grounds.readable if abs(r.start - read.start) < REACH and r.chain != read.chain)
    for other in near:
        given = other.judgement.verdict is Verdict.FAILS and read in reasons_for(grounds, other)
        if given and holds_under(grounds, other, read):
            return "a reason for what holds under it"
    return ""


def of_signs(grounds: Grounds, read: Read) -> str:
    r"""Holds where the entries of a column are 1 and -1: said of it, or it stands as labels do, `\log(1 + e^{-y_i z_i})`."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    said = bool(SIGNS.search(grounds.reading.document.text))
    for name, entry in columns(grounds, read):
        if not (said or is_label(grounds, name)):
            continue
        judge = grounds.judge(read).branch()
        judge.assume({name: replace(entry, kinds=entry.kinds | {"signs"})})
        if judge.equation(*read.sides).verdict in TRUE:
            return f"{name}: holds where its entries are 1 and -1"
    return ""


def reasons_for(grounds: Grounds, read: Read) -> list[Read]:
    """The relations behind it, or at the beginning of its sentence, that are given as its reasons."""
    text, out = grounds.reading.document.text, []
    end, begins = chain_end(read), sentence_start(grounds, read)
    for other in grounds.readable:
        if other.chain == read.chain or abs(other.start - read.start) > REACH:
            continue
        behind = other.start >= end and BEHIND.fullmatch(text, end, other.start)
        ahead = begins <= other.start < read.start and AHEAD.fullmatch(text, begins, other.start)
        if behind or ahead:
            out.append(other)
    return out


def holds_under(grounds: Grounds, read: Read, reason: Read) -> bool:
    """Whether a relation holds for all letters that obey its reason."""
    for supposed in suppositions(grounds, read, reason):
        judge = grounds.judge(read).branch()
        spare = {n: e for n, e in supposed.items() if n.endswith(SPARE)}
        judge.define(spare)
        judge.assume({n: e for n, e in supposed.items() if n not in spare})
        if reason.op in EQUAL and judge.equation(*reason.sides).verdict not in TRUE:
            continue
        if any(judge.equation(*sides).verdict in TRUE for sides in with_sizes(judge, read)):
            return True
    return False


def suppositions(grounds: Grounds, read: Read, reason: Read) -> Iterator[Mapping[str, Entry]]:
    """What its reason may say of the letters of a relation."""
    here = grounds.names(read) | grounds.behind(read)
    if reason.op in EQUAL:
        if reason.judgement.verdict in TRUE or (
            reason.judgement.verdict is Verdict.FAILS
            and grounds.slip_of_rewriting(reason)
            and numbers_in(grounds, reason)
        ):
            return  # `(a + b)^2 = a^2 + b^2` is said of all numbers
        for name in sorted(numbers_in(grounds, reason) & here)[:MAX_NAMES]:
            yield {name: Solved(*reason.sides)}
    found = [(n, e) for n, e in columns(grounds, reason) if n in here]
    for name, entry in found:
        yield {name: replace(entry, kinds=entry.kinds | {"signs"})}
    for (a, one), (b, other) in combinations(found, 2):
        if one.shape == other.shape:
            yield {f"{b}{SPARE}": replace(other, source="reply"), b: beside(a, f"{b}{SPARE}")}


def columns(grounds: Grounds, read: Read) -> list[tuple[str, Drawn]]:
    """The free columns on which a relation rests."""
    entries = grounds.judge(read).scope.entries
    found = ((n, entries.get(n)) for n in sorted(grounds.names(read) | grounds.behind(read)))
    return [(n, e) for n, e in found if isinstance(e, Drawn) and len(e.shape) == 1][:MAX_NAMES]


def with_sizes(judge: Judge, read: Read) -> Iterator[tuple[Node, Node]]:
    """The sides, and with a size for a whole number that may be it: `\\sum y_i^2 = 101`."""
    yield read.sides
    sizes = [n for n, e in judge.scope.entries.items() if isinstance(e, Dimension)][:MAX_NAMES]
    numbers = {n for side in read.sides for n in walk(side) if isinstance(n, Num)}
    for value in sorted(numbers, key=str)[:MAX_NAMES]:
        if value.value > SMALLEST and float(value.value).is_integer():
            for size in sizes:
                left, right = (with_put_in(side, value, Sym(size)) for side in read.sides)
                yield left, right


def is_label(grounds: Grounds, name: str) -> bool:
    r"""Whether the problem has a column in a power of e inside of a logarithm, `\log(1 + e^{-y_i z_i})`."""
    bodies = (getattr(e, "body", None) for e in grounds.reading.setting.scope.entries.values())
    logs = (
        n for body in bodies if body is not None for n in walk(body) if isinstance(n, Call) and n.name in ("log", "ln")
    )
    return any(name in letters_in_powers(log) for log in logs)


def letters_in_powers(node: Node) -> set[str]:
    """The letters in the powers of e of a tree."""
    found = [n for n in walk(node) if isinstance(n, Call) and n.name == "exp"]
    powers = [arg for n in found for arg in n.args]
    powers += [n.right for n in walk(node) if isinstance(n, Bin) and n.op == "^" and n.left == Sym("e")]
    return {base_name(n) if isinstance(n, Sub) else n.name for p in powers for n in walk(p) if isinstance(n, Sym | Sub)}

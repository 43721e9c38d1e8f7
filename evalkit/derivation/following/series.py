r"""`\sum_{k=0}^\infty (k+1) x^k = \frac{1}{(1-x)^2}`: power series are equal where they converge.

An equation with an infinite sum, which has no value for the letters as they were drawn, is computed with small positive
letters, and the members of a list that nothing explains as any numbers. What holds so is true; nothing is false by it.
Not covered: series in a matrix, products, series that converge for no small letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import is_small_letter
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Grad, Node, Num, Sub, Sym, base_name, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, family_key, unbound_names

MAX_LETTERS, MAX_TRIED = 6, 40
SMALL = Drawn((), frozenset({"ratio"}), None, "reply")
_INDEX = "k@list"


def power_series(reading: Reading, read: Read) -> Read | None:
    """Has series that converge where its letters are small, and holds there; or fails, and derives a series."""
    nodes = [n for side in read.sides for n in walk(side)]
    if not any(map(is_series, nodes)):
        return None
    if read.judgement.verdict is Verdict.FAILS:
        derived = any(isinstance(n, Grad) and any(map(is_series, walk(n.f))) for n in nodes)
        return read.decided(Verdict.DISPUTED, "a derivative of a series") if derived else None
    if reading.summed >= MAX_TRIED:
        return None
    reading.summed += 1
    entries = small_letters(reading, read, nodes)
    if entries is None:
        return None
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*read.sides)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason="where its series converge"))


def is_series(node: Node) -> bool:
    return isinstance(node, Big) and node.kind == "sum" and node.high == Num(float("inf"))


def small_letters(reading: Reading, read: Read, nodes: list[Node]) -> Mapping[str, Entry] | None:
    """Small values for its free numbers, and any for the members of lists; None where it has other unknown letters."""
    scope, env = reading.judge.scope, reading.judge.general
    entries: dict[str, Entry] = {}
    for node in nodes:
        if isinstance(node, Sub) and node.index is not None and len(node.index) == 1 and is_unknown(reading, node):
            entries[family_key(node.name)] = any_list(len(entries))
    lists = {key.removesuffix("_") for key in entries}
    for name in unbound_names(scope, *read.sides):
        if name.partition("_")[0] in lists:
            continue
        if not is_small_letter(name):
            return None
        entries[name] = SMALL
    for name in env.depends(Bin("=", *read.sides)):
        entry = scope.entries.get(name)
        if isinstance(entry, Drawn) and entry.shape == () and not entry.kinds & {"integer", "size"}:
            entries[name] = SMALL
    return entries if len(entries) <= MAX_LETTERS else None


def is_unknown(reading: Reading, node: Sub) -> bool:
    scope = reading.judge.scope
    return (
        scope.resolve(node.name) is None and scope.family(base_name(node)) is None and not scope.find(base_name(node))
    )


def any_list(number: int) -> Defined:
    """A list that has no property: 2 + sin(1.3 k + 0.7) + ..., another one for every number."""
    wave = Call("sin", (Bin("+", Bin("*", Num(1.3 + 0.17 * number), Sym(_INDEX)), Num(0.7)),))
    return Defined(Bin("+", wave, Num(2.0 + 0.1 * number)), (), _INDEX, "reply")

"""Parts of a reply in which names mean something of their own: where they open, what they know, where they end.

What is true under the meaning around a part is true inside as well; what is true inside alone has to be said of the part:
in numbers, or of sizes that were named. Not known: examples that are told in words alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evalkit.derivation.following.part import CASE, EXAMPLE, OWN, Part
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import Node, Sub, Sym, walk
from evalkit.derivation.worlds.scope import BUILT_IN, Defined, Dimension, Drawn, Entry, Factor, names_in
from evalkit.derivation.worlds.values import IllTyped, Trouble
from evalkit.derivation.worlds.world import GENERIC

MAX_PARTS, MAX_INSIDE = 40, 3


def opened(reading: Reading, kind: str, why: str, *, anew: bool = False) -> Part | None:
    """The part of this kind in force, or a new one; None where there are too many."""
    for part in () if anew else reading.inside:
        if part.kind == kind:
            return part if part is reading.inside[-1] else None
    if len(reading.parts) >= MAX_PARTS or len(reading.inside) >= MAX_INSIDE:
        return None
    outline, outer = reading.outline, reading.judge
    end = (
        section_end(reading)
        if kind == OWN
        else outline.part_end(reading.at)
        if kind == EXAMPLE
        else outline.block_end(reading.at)
    )
    if reading.inside:
        end = min(end, reading.inside[-1].end)
    part = Part(
        kind, reading.at, end, outer, outer.branch(), why, known=frozenset(outer.own), doubted=dict(reading.doubted)
    )
    reading.judge = part.judge
    reading.parts.append(part)
    reading.inside.append(part)
    return part


def section_end(reading: Reading) -> int:
    """Where the part, case or method of the reply ends in which we are."""
    breaks, text = reading.document.breaks, reading.document.text
    return next((b for b in breaks if b > reading.at), len(text))


def gone_on(reading: Reading, name: str, sizes: Mapping[str, int | str]) -> Part | None:
    """The example that a heading ended, where its next matrix goes with those before."""
    last = reading.parts[-1] if reading.parts else None
    if last is None or last.kind != EXAMPLE or reading.inside or last.outer is not reading.judge or name in last.names:
        return None
    if any(last.sizes.get(n, s) != s for n, s in sizes.items()) or not set(sizes) & set(last.sizes):
        return None
    return taken_up(reading, last)


def ended_example(reading: Reading) -> Part | None:
    """The last example, where a heading ended it and nothing else has begun since."""
    last = reading.parts[-1] if reading.parts else None
    if last is None or last.kind != EXAMPLE or reading.inside or last.outer is not reading.judge:
        return None
    return last


def taken_up(reading: Reading, last: Part) -> Part:
    """An example that had ended is in force again."""
    hand_back(last)
    last.end = reading.outline.part_end(reading.at)
    last.doubted = dict(reading.doubted)
    reading.inside.append(last)
    reading.judge = last.judge
    return last


def hand_back(part: Part) -> None:
    """What the reply said since it ended."""
    new = {n: e for n, e in part.outer.own.items() if part.judge.own.get(n) != e and n not in part.names}
    if new:
        part.judge.define(new)


def leave(reading: Reading, at: int) -> None:
    """End the parts that do not reach to this place."""
    while reading.inside and reading.inside[-1].end <= at:
        close(reading)


def close(reading: Reading) -> None:
    part = reading.inside.pop()
    hand_on(part)
    reading.judge = part.outer
    reading.doubted = part.doubted


def share(reading: Reading) -> None:
    """What the reply names inside a part by a formula means the same around it."""
    for part in reversed(reading.inside):
        hand_on(part)


def hand_on(part: Part) -> None:
    scope = part.outer.scope
    new: dict[str, Entry] = {}
    for name, entry in part.judge.own.items():
        outer = scope.entries.get(name)
        if isinstance(entry, Factor) and isinstance(outer, Factor) and part.names.keys().isdisjoint(names_in(entry.of)):
            new |= {name: entry} if entry == replace(outer, turned=entry.turned) != outer else {}
        if name in part.names or "@" in name or name in part.outer.own or scope.find(name) is not None:
            continue
        if isinstance(entry, Drawn) or (isinstance(entry, Defined) and not is_constant(entry.body)):
            new[name] = entry
    if new:
        part.outer.define(new)


def give(reading: Reading, part: Part, names: Mapping[str, Node], sizes: Mapping[str, int | str]) -> None:
    """Inside, names are these values and sizes are these."""
    new = {n: s for n, s in sizes.items() if part.sizes.get(n) != s}
    if new:
        part.sizes.update(new)
        part.judge.resize(part.sizes)
    part.names.update(names)
    for name in names:
        part.judge.withdraw(name)
    part.judge.define({n: Defined(body, (), None, "reply") for n, body in names.items()})


def squared(reading: Reading, shape: tuple[Node, ...]) -> Part | None:
    """A case in which a matrix of this shape is square; None where its sizes are no letters, or are equal already."""
    if len(shape) != 2 or shape[0] == shape[1] or not all(isinstance(n, Sym) for n in shape):
        return None
    rows, columns = (n.name for n in shape if isinstance(n, Sym))
    if not all(isinstance(reading.size_named(n), Dimension) for n in (rows, columns)):
        return None
    part = opened(reading, CASE, "a matrix that must be square")
    if part is not None:
        give(reading, part, {}, {columns: rows})
    return part


def can_be_drawn(reading: Reading, name: str, entry: Entry) -> bool:
    """Whether a meaning has a value in every world."""
    with reading.judge.trying({name: entry}):
        for env in reading.judge.envs(GENERIC):
            try:
                env.symbol(name, {})
            except IllTyped:
                return False
            except (Trouble, ArithmeticError, ValueError):
                continue
    return True


def have_kinds(reading: Reading, name: str, entry: Drawn, kinds: frozenset[str]) -> bool:
    """Give a matrix properties, in a case of its own where only a square one has them. False where it cannot have them."""
    new = replace(entry, kinds=entry.kinds | kinds)
    if not can_be_drawn(reading, name, new):
        if squared(reading, entry.shape) is None:
            return False
        if not can_be_drawn(reading, name, new):
            close(reading)
            return False
    reading.judge.define({name: new})
    return True


def is_fixed(reading: Reading, name: str) -> bool:
    """Whether a reading that was given says what a name means here."""
    return any(name in part.fixed for part in reading.inside)


def is_constant(node: Node) -> bool:
    """A value in numbers: no names but pi and e."""
    return not any(
        isinstance(n, Sym | Sub) and not (isinstance(n, Sym) and n.name in BUILT_IN - {"I", ""}) for n in walk(node)
    )


def given_inside(reading: Reading, *nodes: Node) -> bool:
    """Whether something depends on what a part in force gives a value or a size."""
    if not reading.inside:
        return False
    names = {n for part in reading.inside for n in (*part.names, *part.sizes)}
    env = reading.judge.general
    return any(env.depends(node) & names for node in nodes) or any(
        size_of_drawn(reading, node, names) for node in nodes
    )


def size_of_drawn(reading: Reading, node: Node, names: set[str]) -> bool:
    scope = reading.judge.scope
    for name in reading.judge.general.depends(node):
        found = scope.find(name)
        shape = found[1].shape if found is not None and isinstance(found[1], Drawn) else ()
        if any(isinstance(m, Sym) and m.name in names for n in shape for m in walk(n)):
            return True
    return False

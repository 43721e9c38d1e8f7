r"""`z^l = W^l a^{l-1} + b^l`, `a^l = \sigma(z^l)`: layers of a network whose weights neither the problem nor the reply declares.

Weights, biases and what comes in are drawn, with a size of its own for every layer. What any layer is tells what the next one
is (worlds/scope.py), so that `\delta^l = (W^{l+1})^\top\delta^{l+1} \odot \sigma'(z^l)` has values on both sides. What is true
of these is true whatever they are; nothing that rests on them is false.
Not covered: samples in rows, weights behind what comes in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.layers import Layer, layer_of
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, Unreadable, children, rebuilt
from evalkit.derivation.grammar.relations import EQUAL, Statement
from evalkit.derivation.worlds.scope import Alias, Defined, Drawn, Entry, names_in

SIZES = (4, 3, 5, 2, 6)
"""Of layers one after the other."""
SAMPLES = Num(7)
SUPPOSED = "supposed"
"""The kind of what is drawn here."""
MAX_PAIRS, MAX_NAMES = 200, 60
"""Sides side by side that are looked at; names that are given a meaning."""
At = tuple[str, int]


class Affine(NamedTuple):
    """`z = W a + b`, or with `W^T` and without b: of which layer, and the names."""

    layer: Layer
    weights: Layer
    before: str
    bias: Layer | None
    turned: bool
    entries: bool
    """It is said of entries."""


def suppose_layers(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> None:
    """Give the weights, the biases and the inputs of layers that nothing explains a meaning."""
    pairs = list(pairs_of(reading, parsed))
    found = [a for left, right in pairs if (a := affine_of(left, right)) is not None]
    if not found:
        return
    used = {layer for pair in pairs for side in pair for n in names_in(side) if (layer := layer_of(n)) is not None}
    given = {left.name for left, _ in pairs if isinstance(left, Sym)}
    new: dict[str, Entry] = {}
    for affine in found:
        new |= of_all(reading, affine, used, given) if affine.layer.letter else of_one(reading, affine, given)
    new |= values_of(pairs, found) | in_small_letters(new, used)
    known = reading.judge.scope
    reading.judge.define({n: e for n, e in list(new.items())[:MAX_NAMES] if known.resolve(n) is None})


def of_supposed_layers(grounds: Grounds, read: Read) -> str:
    """Rests on weights that nothing explains, of which the text may know more."""
    entries = grounds.judge(read).scope.entries
    found = (n for n in sorted(grounds.behind(read)) if isinstance(e := entries.get(n), Drawn) and SUPPOSED in e.kinds)
    return f"{name}: a part of a network of which more may be known" if (name := next(found, None)) else ""


def pairs_of(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> Iterator[tuple[Node, Node]]:
    """Sides that are said to be equal, one right behind the other, where a layer stands in them."""
    left = MAX_PAIRS
    for s in (s for statements in parsed if not isinstance(statements, Unreadable) for s in statements):
        for op, *sides in zip(s.ops, s.sides, s.sides[1:], strict=False):
            if op not in EQUAL or left <= 0 or not any(t.text == "^" for t in sides[0]):
                continue
            left -= 1
            try:
                one, other = (reading.parse(side) for side in sides)
            except Unreadable:
                continue
            yield one, other


def affine_of(left: Node, right: Node) -> Affine | None:
    """The layer that an equation says what it is made of, by names or by entries."""
    head, product = without_indices(left), without_indices(right)
    parts = (product.left, product.right) if isinstance(product, Bin) and product.op == "+" else (product, None)
    layer = layer_of(head.name) if isinstance(head, Sym) else None
    if layer is None or layer.mark == "_" or not isinstance(parts[0], Bin) or parts[0].op not in ("*", "dot"):
        return None
    weights, before, bias = parts[0].left, parts[0].right, parts[1]
    turned = isinstance(weights, Un) and weights.op == "T"
    if isinstance(weights, Un):
        weights = weights.x
    if not isinstance(weights, Sym) or not isinstance(before, Sym) or not isinstance(bias, Sym | None):
        return None
    first, second = layer_of(weights.name), layer_of(bias.name) if bias is not None else None
    below = layer_of(before.name)
    if first is None or first.at != layer.at or (bias is not None and (second is None or second.at != layer.at)):
        return None
    if below is not None and below.at != (layer.letter, layer.number - 1):
        return None
    if below is None and layer.letter:
        return None
    return Affine(layer, first, before.name, second, turned, isinstance(left, Sub))


def without_indices(node: Node) -> Node:
    r"""`W a + b` of `\sum_k W_{jk} a_k + b_j`: what has entries, in the order in which they are summed over."""
    match node:
        case Sub(Sym(name) as base, _, index) if index and layer_of(name) is not None:
            return base
        case Big("sum", Bin("*", Sub(a, _, (Sym(i), Sym(j))), Sub(b, _, (Sym(k),))), (bound,)) if k == bound in (i, j):
            return Bin("*", a if j == k else Un("T", a), b)
    parts = children(node)
    return rebuilt(node, [without_indices(n) for n in parts]) if parts and isinstance(node, Bin | Call) else node


def of_all(reading: Reading, affine: Affine, used: set[Layer], given: set[str]) -> dict[str, Entry]:
    """What is drawn where the l-th layer is any: for every letter and number with which the text speaks of a layer."""
    out: dict[str, Entry] = {}
    below = layer_of(affine.before)
    made = {affine.layer.base, affine.weights.base, *([affine.bias.base] if affine.bias else [])}
    for letter in {one.letter for one in used if one.mark == affine.layer.mark}:
        here = [one for one in used if one.letter == letter and one.mark == affine.layer.mark]
        first = min(one.number for one in [o for o in here if o.base in made] or here)
        first = max(first, 1) if not letter else first
        for number in range(first, max(one.number for one in here) + 1):
            out |= parts_of(affine, (letter, number), size(number), size(number - 1))
        if below is not None:
            start = below._replace(letter=letter, number=first - 1)
            out |= {start.name: activity(start.base, size(first - 1))}
    return {n: e for n, e in out.items() if n not in given}


def of_one(reading: Reading, affine: Affine, given: set[str]) -> dict[str, Entry]:
    """What is drawn of a layer with a number."""
    number = affine.layer.number
    known = reading.judge.scope.resolve(affine.before)
    shape = known[1].shape if known is not None and isinstance(known[1], Drawn) else ()
    before = shape[0] if shape else size(number - 1)
    out = parts_of(affine, ("", number), size(number), before)
    if known is None and affine.before not in given:
        out |= {affine.before: activity(affine.before.partition("^")[0], before)}
    return {n: e for n, e in out.items() if n not in given}


def in_small_letters(new: Mapping[str, Entry], used: set[Layer]) -> dict[str, Entry]:
    r"""`w^l_{jk}`: the entries of what is drawn as `W^l`."""
    layers = ((layer_of(name), entry) for name, entry in new.items())
    known = {la for la, e in layers if la is not None and isinstance(e, Drawn) and len(e.shape) == 2}
    small = {one.base for one in used}
    return {
        la._replace(base=la.base.lower()).name: Alias(la.name)
        for la in known
        if la.base.isupper() and la.base.lower() in small
    }


def size(number: int) -> Num:
    return Num(SIZES[number % len(SIZES)])


def parts_of(affine: Affine, at: At, own: Node, before: Node) -> dict[str, Entry]:
    """The weights and the bias of one layer."""
    letter, number = at
    shape = (before, own) if affine.turned else (own, before)
    kinds = frozenset({SUPPOSED})
    out: dict[str, Entry] = {
        affine.weights._replace(letter=letter, number=number).name: Drawn(shape, kinds, None, "reply")
    }
    if affine.bias is not None:
        out[affine.bias._replace(letter=letter, number=number).name] = Drawn((own,), kinds, None, "reply")
    return out


def activity(letter: str, own: Node) -> Drawn:
    """What comes in: a column, or one for each sample where its letter is large."""
    return Drawn((own, SAMPLES) if letter.isupper() else (own,), frozenset({SUPPOSED}), None, "reply")


def values_of(pairs: Sequence[tuple[Node, Node]], found: Sequence[Affine]) -> dict[str, Entry]:
    """The columns of which the text says only the entries."""
    whole = {a.layer.name for a in found if a.entries}
    out: dict[str, Entry] = {}
    for left, right in pairs:
        name, body = without_indices(left), without_indices(right)
        if not isinstance(left, Sub) or not isinstance(name, Sym) or name.name in out:
            continue
        slope = isinstance(body, Call) and len(body.args) == 1 and isinstance(body.args[0], Sym)
        if name.name in whole or (slope and whole):
            out[name.name] = Defined(body, (), None, "reply")
    return out

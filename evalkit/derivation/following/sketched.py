r"""Names to which the reply gave an expression in letters that nothing explains: `T = \frac12 m \dot x^2`, so `2T = m \dot x^2`.

Such a name has no value in the worlds. What holds for all values of the letters, with the expression in its place, is true;
what does not stays unread: the expression itself may be wrong, and then it is that which is.
Not covered: a relation that is solved for a letter of the expression, which shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from evalkit.derivation.following import shapes
from evalkit.derivation.following.apart import with_other_indices
from evalkit.derivation.following.free import for_all_letters
from evalkit.derivation.following.imaginary import imaginary_unit
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.reading import stands_alone as stands_bare
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.unknowns import NO_VARIABLE, UNMOVED
from evalkit.derivation.following.varying import may_vary
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    base_name,
    children,
    rebuilt,
    substitute_index,
    walk,
)
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.scope import names_in, subscripts_in, unbound_names

BACK = 80
"""How many relations before may have said what a name is."""
ROUNDS = 5
MAX_NODES = 400
MAX_PRIMES = 2
COMPLEX = re.compile(r"\b(?:complex|imaginary)\b|\bi\s*\^\s*\{?\s*2\s*\}?\s*=\s*-\s*1\b", re.I)
COUNTED = re.compile(r"_\s*(?:i|\{[^{}]{0,20}\bi\b)|\bi\s*(?:=|:=|\\in\b|\\leq?\b|<)\s*[^\s\\]|\$\s*i\s*\$")
"""Where i is an index."""


@dataclass
class Meant:
    """What a reply wrote for names that mean nothing by it."""

    heads: dict[Node, Node] = field(default_factory=dict)
    calls: dict[str, tuple[tuple[str, ...], Node]] = field(default_factory=dict)
    """Functions: what their arguments are called, and the expression."""
    members: dict[str, tuple[str, Node]] = field(default_factory=dict)
    """Names with one index, by the letter without it: the index, and the expression."""
    places: dict[Node, tuple[int, int]] = field(default_factory=dict)
    """Where it stands."""

    def apart_from(self, read: Read) -> Meant:
        """The same, with other letters for the indices of sums that are free in a relation: `dJ/dq_k` of a sum over k."""
        taken = {i for side in read.sides for _, i in subscripts_in(side)}
        return Meant(
            {head: with_other_indices(body, taken) for head, body in self.heads.items()},
            {name: (params, with_other_indices(body, taken)) for name, (params, body) in self.calls.items()},
            {name: (index, with_other_indices(body, taken)) for name, (index, body) in self.members.items()},
            self.places,
        )

    def without(self, head: Node) -> Meant:
        """The same, but for what one name is."""
        members = {name: m for name, m in self.members.items() if not isinstance(head, Sub) or name != base_name(head)}
        return replace(self, heads={h: body for h, body in self.heads.items() if h != head}, members=members)


def indices_of(node: Node) -> set[str]:
    """The letters that count which member it is."""
    return {n.name for i in node.index or () for n in walk(i) if isinstance(n, Sym)} if isinstance(node, Sub) else set()


def put_for(node: Node, name: Node, other: Node) -> Node:
    """The tree with another name for one."""
    if node == name:
        return other
    parts = children(node)
    return rebuilt(node, [put_for(part, name, other) for part in parts]) if parts else node


def sketched(reading: Reading, read: Read) -> Read | None:
    """Holds for all values of letters that nothing explains, with what the reply wrote for names made of them."""
    if read.judgement.verdict is Verdict.UNPARSED and not read.judgement.reason.startswith((NO_VARIABLE, UNMOVED)):
        return None
    expanded_read = in_full(reading, read)
    if expanded_read is None or varies_unseen(reading, read):
        return None
    found = for_all_letters(reading, expanded_read)
    if found is None or found.judgement.verdict not in TRUE:
        found = imaginary_unit(reading, expanded_read) if is_complex(reading) else None
    if found is None or found.judgement.verdict not in TRUE:
        return None
    if not reading.trial:
        reading.sketches[read.start, read.end] = used_in(read, expressions(reading, read, reading.relations))
    return replace(read, judgement=found.judgement)


def varies_unseen(reading: Reading, read: Read) -> bool:
    """Whether something that a name stands for may depend on the variable of a derivative; a function says on what it does."""
    meant = expressions(reading, read, reading.relations)
    names = Meant({head: body for head, body in meant.heads.items() if not isinstance(head, Call)})
    sides = [expanded(side, names) for side in read.sides]
    return may_vary(reading, replace(read, left=sides[0], right=sides[1]), unbound_names(reading.judge.scope, *sides))


def in_full(reading: Reading, read: Read) -> Read | None:
    """A relation with the expressions for its names; None where it has none, or is solved for one of them."""
    meant = expressions(reading, read, reading.relations).apart_from(read)
    said: dict[Node, Node] = {
        n: n for side in read.sides for n in walk(side) if isinstance(n, Sym) and stands_alone(reading, n)
    }
    marked = replace(meant, heads={**meant.heads, **said})
    left, right = (expanded(with_marks(side, marked), meant) for side in read.sides)
    if (left, right) == read.sides or left == right or sum(1 for n in (left, right) for _ in walk(n)) > MAX_NODES:
        return None
    for name, other in ((shapes.plain_name(read.sides[0]), right), (shapes.plain_name(read.sides[1]), left)):
        if name is not None and name in names_in(other):
            return None  # it is solved for
    return replace(read, left=left, right=right)


def with_marks(node: Node, meant: Meant) -> Node:
    r"""The tree with derivatives for primes on such names, and conjugates for bars on what has the unit i. A name that the reply
    gives an expression itself keeps it."""
    if node in meant.heads:
        return node
    if isinstance(node, Sym):
        bare = node.name.rstrip("'")
        body = meant.heads.get(Sym(bare))
        letters = {n.name for n in walk(body) if isinstance(n, Sym)} - {"e", "\\pi"} if body is not None else set()
        if body is not None and len(letters) == 1 and 1 <= (order := len(node.name) - len(bare)) <= MAX_PRIMES:
            letter = Sym(letters.pop())
            return Grad(body, letter) if order == 1 else Grad(Grad(body, letter), letter)
        under = meant.heads.get(Sym(node.name.removeprefix("\\bar ")))
        if node.name.startswith("\\bar ") and under is not None and Sym("i") in walk(under):
            return Call("conj", (under,))
        return node
    if isinstance(node, Grad) and node.order == 1 and node.by in meant.heads:  # dy/du, where u is something, too
        rest = meant.without(node.by)
        of = expanded(with_marks(node.f, rest), rest)
        letters = set(names_in(expanded(node.by, meant))) - indices_of(node.by)
        if isinstance(node.by, Sym | Sub) and not letters & set(names_in(of)):  # else nobody can tell what is held
            by = Sym(f"{node.by.name}@by")  # so that nothing is put for it
            return Call("at", (Grad(put_for(of, node.by, by), by), by, meant.heads[node.by]))
    parts = children(node)
    return rebuilt(node, [with_marks(part, meant) for part in parts]) if parts else node


def stands_alone(reading: Reading, node: Sym) -> bool:
    r"""Whether the text speaks of a name with a prime or a bar: `the second speed is $v'$`."""
    marked = node.name.endswith("'") or node.name.startswith("\\bar ")
    name = re.escape(node.name).replace(r"\ ", r"[\s{]*")
    return marked and re.search(rf"(?:\$|\\\()\s*{name}\s*\}}?\s*(?:\$|\\\))", reading.document.text) is not None


def is_complex(reading: Reading) -> bool:
    """Whether the text speaks of complex numbers, and i counts nothing in it."""
    text = reading.document.text
    return COMPLEX.search(text) is not None and COUNTED.search(text) is None


def used_in(read: Read, meant: Meant) -> frozenset[tuple[int, int]]:
    """Where it stands what the names of a relation are, and the names in that."""
    places: set[tuple[int, int]] = set()
    todo: list[Node] = [n for side in read.sides for n in walk(side)]
    while todo:
        node = todo.pop()
        for head, place in meant.places.items():
            if place not in places and (node == head or called_by(node) == called_by(head) != ""):
                places.add(place)
                todo += walk(meant.heads[head])
    return frozenset(places)


def called_by(node: Node) -> str:
    """The function that is called or named, or the letter of a member."""
    if isinstance(node, Call):
        return node.name.rstrip("'") + "()"
    if isinstance(node, Sub) and node.index and len(node.index) == 1:
        return base_name(node) + "[]"
    return f"{node.name}()" if isinstance(node, Sym) else ""


def expressions(reading: Reading, read: Read, relations: Sequence[Read]) -> Meant:
    """What was written for names that mean nothing by it: the first time that each stood alone on the left, or the last time
    that it was said to be defined. One that is given another meaning without a word has none."""
    heads: dict[Node, Read | None] = {}
    for before in relations[-BACK:]:
        if before.judgement.verdict is not Verdict.UNBOUND or before.op not in EQUAL or before.section != read.section:
            continue
        head, body = before.left, before.right
        if head is None or body is None or before.end > read.start or not is_head(head):
            continue
        if is_known(reading, head) and before.op != ":=":
            continue
        if head.name in names_in(body) and (isinstance(head, Call) or stands_bare(head.name, body)):
            continue  # but L is made of the L_i
        old = heads.get(head)
        if head not in heads or defines_anew(before):
            heads[head] = before
        elif old is not None and not before.words.strip() and reading.outline.block_end(old.start) <= before.start:
            heads[head] = None
    found = Meant()
    for head, told in heads.items():
        if told is None or told.right is None:
            continue
        body = found.heads[head] = told.right
        found.places[head] = (told.start, told.end)
        if isinstance(head, Call):
            params = tuple(a.name for a in head.args if isinstance(a, Sym | Sub))
            if head.name not in found.calls or defines_anew(told):
                found.calls[head.name] = (params, body)
        elif isinstance(head, Sub) and head.index and len(head.index) == 1 and isinstance(head.index[0], Sym):
            found.members[base_name(head)] = (head.index[0].name, body)
    return found


def defines_anew(read: Read) -> bool:
    """Whether the words give the name on the left a meaning: `now let u = c - d`."""
    if read.op in (":=", "=:"):
        return True
    return bool(prose.STRONG_DEFINE.search(read.words)) and prose.defines(read.words) and not is_concluded(read)


def is_known(reading: Reading, head: Call | Sym | Sub) -> bool:
    """Whether a name means something by itself."""
    if isinstance(head, Call):
        return reading.judge.scope.find(head.name.rstrip("'")) is not None or head.name in UNARY
    return not unbound_names(reading.judge.scope, head)


def is_head(node: Node) -> TypeGuard[Call | Sym | Sub]:
    """A name, or a function of letters."""
    if isinstance(node, Call):
        return bool(node.args) and all(isinstance(a, Sym | Sub) for a in node.args) and not node.name.endswith("'")
    return isinstance(node, Sym | Sub) and bool(node.name)


def expanded(node: Node, meant: Meant) -> Node:
    """The tree with expressions for names."""
    for _ in range(ROUNDS):
        new = once(node, meant)
        if new == node:
            break
        node = new
    return node


def once(node: Node, meant: Meant) -> Node:
    if node in meant.heads:
        return meant.heads[node]
    if isinstance(node, Sym) and node.name in meant.calls:
        return meant.calls[node.name][1]
    if isinstance(node, Call) and (value := called(node, meant)) is not None:
        return value
    if isinstance(node, Sub) and node.index and len(node.index) == 1 and base_name(node) in meant.members:
        letter, body = meant.members[base_name(node)]
        if isinstance(node.index[0], Sym | Num | Bin) and not binds(body, node.index[0]):
            return substitute_index(body, letter, node.index[0])
    if isinstance(node, Grad) and node.by == Sym(""):
        name = node.f.name if isinstance(node.f, Call | Sym) else ""
        params = meant.calls.get(name, ((), node))[0]
        if len(params) == 1:
            return Grad(once(node.f, meant), Sym(params[0]), node.order)
    parts = children(node)
    return rebuilt(node, [once(part, meant) for part in parts]) if parts else node


def called(node: Call, meant: Meant) -> Node | None:
    """The value of a function of the reply's own, or of its derivatives."""
    name = node.name.rstrip("'")
    params, body = meant.calls.get(name, ((), node))
    order = len(node.name) - len(name)
    if len(params) != len(node.args) or (order and len(params) != 1) or any(binds(body, a) for a in node.args):
        return None
    if order:
        derived = Grad(body, Sym(params[0]), order)
        return derived if node.args == (Sym(params[0]),) else Call("at", (derived, Sym(params[0]), node.args[0]))
    middle = [Sym(f"{p}@argument") for p in params]  # f(y, x) of f(x, y): all at once
    for param, between in zip(params, middle, strict=True):
        body = substitute_index(body, param, between)
    for between, argument in zip(middle, node.args, strict=True):
        body = substitute_index(body, between.name, argument)
    return body


def binds(body: Node, argument: Node) -> bool:
    """Whether a sum or an integral in an expression uses a letter of what is put in for another."""
    bound = {i for n in walk(body) if isinstance(n, Big) for i in n.index}
    return bool(bound & set(names_in(argument)))

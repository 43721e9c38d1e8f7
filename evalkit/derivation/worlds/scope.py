"""What every name means: an immutable table of entries that the problem fills and the reply extends or overrides."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from evalkit.derivation.grammar.layers import general, relabelled, spellings_of
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    base_name,
    children,
    is_spectrum,
    substitute_index,
    walk,
)
from evalkit.derivation.grammar.spelling import Fonts
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.worlds.entries import (
    Alias,
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    Index,
    Solved,
    Source,
)
from evalkit.derivation.worlds.guess import guess

_SHIFTED = re.compile(r"([^_]+_([a-z]))([+-])(\d{1,3})")
BOLD, ONLY_BOLD = "\\mathbf ", "\\bold "
"""Of a name; and before a letter among the written names, where the text writes it in bold only."""
ALONE = "\\alone "
"""Before a name among the written ones, where it is a side of a relation by itself."""
MOVING = "\\moving"
"""Among the written names: a whole side of some relation is a differential, `dJ`."""
CALLED = "\\called "
"""Before a name among the written ones, where the reply writes it as a function and never in another way."""
BOLD_COLUMN = Drawn((Num(4.0),), frozenset(), None, "reply")
STAR = "^*"
BUILT_IN = frozenset({"I", "e", "\\pi", "\\mathbf 1", "", "\\delta", "=", "neq", "<", ">", "leq", "geq"})


def letter_of(name: str) -> str:
    """A name without its font, labels, indices and marks: names with different letters are never taken for one another."""
    return name.partition("_")[0].partition("^")[0].rpartition(" ")[2].rstrip("'")


def family_key(name: str) -> str:
    """`x_i` and `x_j` are one family: `x_`."""
    return name.partition("_")[0] + "_"


@dataclass(frozen=True)
class Scope:
    """The names in force. `parse` asks `role`; the evaluator asks `find`."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    fonts: Fonts = field(default=Fonts(), compare=False)
    """How the problem spells its letters."""

    written: frozenset[str] = field(default=frozenset(), compare=False)
    """The names that the reply writes, with their marks (grammar/spelling.py)."""

    odd: frozenset[str] = field(default=frozenset(), compare=False)
    """Letters that the reply writes in a font of sets and operators, and the problem does not."""

    special: bool = False
    """That of a special world, where all symbols have the values of the optimum that its premise speaks of."""

    apart: frozenset[str] = field(default=frozenset(), compare=False)
    """Of a special world: the letters of all names that mean something else there than in general."""

    @cached_property
    def words(self) -> frozenset[str]:
        """Names of several letters, which plain text may hold."""
        return frozenset(n for n in self.entries if len(n) > 1 and n.isalpha())

    def find(self, name: str) -> tuple[str, Entry] | None:
        """The entry of a name as it is spelled, aliases followed."""
        for _ in range(4):
            entry = self.entries.get(name)
            if isinstance(entry, Alias):
                name = entry.to
            elif entry is not None:
                return name, entry
            else:
                return None
        return None

    def resolve(self, name: str) -> tuple[str, Entry] | None:
        """The entry of a name, or of the one that it may stand for: whoever rejects by it must ask `folded_names`."""
        return self.find(name) or self.folded(name)

    def folded(self, name: str) -> tuple[str, Entry] | None:
        """What a name that was never declared may mean: `W^*` is W at an optimum, or the transpose; `A'` is the transpose;
        `x_{k-1}` is something like `x_k`; `W^2` is the declared `W^{[2]}`. Not where the text writes W as well, but in a world
        of optima."""
        if "^*" in name:
            base = name.replace("^*", "", 1)
            found = self.find(base)
            if found is not None and self.stars_turn and self.shape(Sym(base)) != SCALAR:
                return name, Defined(Un("T", Sym(base)))
            return found if self.special or base not in self.written else None
        if name.endswith("'") and self.find(name[:-1]) is not None and self.primes_turn(Sym(name[:-1])):
            return name, Defined(Un("T", Sym(name[:-1])))
        if (layer := self.of_layer(name)) is not None:
            return layer
        later = _SHIFTED.fullmatch(name)
        found = self.find(later[1]) if later is not None else None
        if later is None or found is None:
            return None
        if isinstance(found[1], Drawn) and found[1].subset is None:
            return name, found[1]
        if isinstance(found[1], Defined) and not found[1].params and not found[1].index:  # a_{n+1} after a_n = 4^n
            there = Bin(later[3], Sym(later[2]), Num(float(later[4])))
            return name, Defined(substitute_index(found[1].body, later[2], there))
        return None

    def of_layer(self, name: str) -> tuple[str, Entry] | None:
        r"""What has the same layer in another spelling, of a letter that means nothing without one; or what a definition for
        every layer says of this one: `z^{l+1} = W^{l+1} a^l + b^{l+1}`."""
        letter = name.partition("^")[0].partition("_")[0]
        if letter == name or self.find(letter) is not None or self.find(f"{letter}_") is not None:
            return None
        for other in spellings_of(name):
            if (found := self.find(other)) is not None:
                return found
        for any_layer, this in general(name):
            found = self.find(any_layer.name)
            if found is not None and isinstance(found[1], Defined) and not found[1].params and not found[1].index:
                return name, replace(found[1], body=relabelled(found[1].body, any_layer.letter, this))
        return None

    def family(self, base: str) -> tuple[str, Entry] | None:
        r"""The family whose members have this base; `\\mathbf x_i` may be a member of the family x_i."""
        return self.find(base + "_") or (self.find(base[len(BOLD) :] + "_") if base.startswith(BOLD) else None)

    def is_family(self, base: str) -> bool:
        """Whether it is defined by its entries alone: `v` after `v_i = ...`."""
        found = self.find(f"{base}_")
        return found is not None and isinstance(found[1], Defined) and found[1].index is not None

    @cached_property
    def stars_turn(self) -> bool:
        """Whether a star was said to transpose: `A^* = A^\\top`."""
        return any(
            n.endswith("^*") and isinstance(e, Defined) and e.body == Un("T", Sym(n[:-2]))
            for n, e in self.entries.items()
        )

    def primes_turn(self, node: Node) -> bool:
        """Whether a prime may transpose this: not where the text has another sign for it, nor a number."""
        return "\\top" not in self.written and self.shape(node) != SCALAR

    def role(self, name: str) -> str | None:
        """For the parser: `function`, `definition` (value with named arguments), `notation`, `value`, or None."""
        found = self.find(name)
        if found is None:
            return None
        if isinstance(found[1], Defined) and found[1].params:
            return "definition" if all(self.find(p) for p in found[1].params) else "function"
        if isinstance(found[1], Defined):
            return "notation"
        return "size" if isinstance(found[1], Dimension) else "value"

    def writes(self, name: str) -> bool:
        """For the parser: whether the reply writes a name."""
        return name in self.written

    def stands_alone(self, name: str) -> bool:
        """For the parser: whether it is a side of some relation of the reply by itself."""
        return ALONE + name in self.written

    def moves(self) -> bool:
        """For the parser: whether the reply says how something changes, `dJ = ...`."""
        return MOVING in self.written

    def is_called(self, name: str) -> bool:
        """For the parser: whether the reply writes it as a function, and never in another way."""
        return CALLED + name in self.written

    def shape(self, node: Node) -> str | None:
        """For the parser: what an expression is at a glance. An unknown small letter that is bold is a column."""
        return guess(node, self.find_or_bold)

    def find_or_bold(self, name: str) -> tuple[str, Entry] | None:
        found = self.find(name)
        return found if found is not None else (name, BOLD_COLUMN) if self.is_bold(name) else None

    def is_bold(self, name: str) -> bool:
        """Whether an unknown name is a small letter that the text writes in bold only."""
        letter = name.partition("_")[0].partition("^")[0]
        return letter.startswith(BOLD) or (f"{ONLY_BOLD}{letter}" in self.written and letter.lstrip("\\")[:1].islower())

    @cached_property
    def spelled(self) -> dict[str, frozenset[str]]:
        """What `letters` found."""
        return {}

    def letters(self, name: str) -> frozenset[str]:
        """The letters of every name on which a name depends, those of the sizes of what is drawn included; STAR where one has
        a star, which can mean more in a special world."""
        if name not in self.spelled:
            names = set(names_behind(self, name))
            for other in list(names):
                found = self.resolve(other)
                shape = found[1].shape or () if found is not None and isinstance(found[1], Drawn | Factor) else ()
                names.update(n for size in shape for whole in names_in(size) for n in names_behind(self, whole))
            self.spelled[name] = frozenset([*map(letter_of, names), *(STAR for n in names if STAR in n)])
        return self.spelled[name]

    def extended(self, new: Mapping[str, Entry]) -> Scope:
        return Scope({**self.entries, **new}, self.fonts, self.written, self.odd, self.special)


@lru_cache(maxsize=8192)
def names_in(node: Node) -> tuple[str, ...]:
    """Every name that a tree mentions: whole names, and the bases and families of subscripted ones."""
    out: list[str] = []
    for n in walk(node):
        if isinstance(n, Sym):
            out.append(n.name)
        elif isinstance(n, Sub):
            if n.name:
                out += [n.name, family_key(n.name)]
                if isinstance(n.base, Sub) and n.base.name:
                    out.append(f"{n.base.name}_")  # z_{2,i} is a member of z_2_
                if "^" in n.name and isinstance(n.base, Sym):
                    out.append(f"{n.base.name}_")  # y^{(i)} is a member of y_, too
        elif isinstance(n, Call):
            out.append(n.name.rstrip("'"))
    return tuple(dict.fromkeys(out))


@lru_cache(maxsize=2048)
def names_beside(node: Node, whole: frozenset[str]) -> frozenset[str]:
    """The names that a tree mentions, without those that stand in these whole names: no a and no h in `a_h`."""
    if isinstance(node, Sub) and node.name in whole:
        return frozenset({node.name})
    parts = children(node)
    own = frozenset(names_in(node)) if not parts or isinstance(node, Sub) else frozenset()
    if isinstance(node, Call):
        own = frozenset({node.name.rstrip("'")})
    return own.union(*(names_beside(part, whole) for part in parts))


def names_behind(scope: Scope, name: str) -> frozenset[str]:
    """Every name on which a name depends, itself included."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        top = todo.pop()
        if top in seen:
            continue
        seen.add(top)
        found = scope.resolve(top)
        if found is None:
            if top and scope.is_family(top):
                todo.append(f"{top}_")  # the column or matrix of its members
            continue
        seen.add(found[0])
        entry = found[1]
        if isinstance(entry, Defined):
            inner = {*entry.params, *bound_in(entry.body), entry.index, entry.second}
            todo.extend(n for n in names_known(scope, entry.body) if n not in inner or scope.find(n))
        elif isinstance(entry, Factor | Family):
            todo.extend(names_in(entry.of))
        elif isinstance(entry, Solved):
            todo.extend(n for side in (entry.left, entry.right) for n in names_in(side) if scope.find(n))
    return frozenset(seen)


def names_known(scope: Scope, node: Node) -> Collection[str]:
    """Every name that a tree mentions; of one that has a meaning as a whole, `W_0`, not the letter W as well."""
    whole = frozenset(n.name for n in walk(node) if isinstance(n, Sub) and n.name and scope.find(n.name) is not None)
    return names_beside(node, whole) if whole else names_in(node)


@lru_cache(maxsize=8192)
def bound_in(node: Node) -> frozenset[str]:
    """Indices that sums and the like bind."""
    return frozenset(i for n in walk(node) if isinstance(n, Big) for i in n.index)


@lru_cache(maxsize=8192)
def subscripts_in(node: Node) -> tuple[tuple[str, str], ...]:
    """(whole name, index letter) of every subscript that holds a letter, without those that a sum or a diag binds."""
    whole = walk(node)
    inside = {id(m) for n in whole if type(n) is Call and n.name == "diag" and len(n.args) == 1 for m in walk(n)}
    nodes = [n for n in whole if id(n) not in inside] if inside else whole
    bound = {i for n in nodes if type(n) is Big for i in n.index}
    out = []
    for n in nodes:
        if isinstance(n, Sub) and n.index is not None:
            out += [(n.name, m.name) for i in n.index for m in walk(i) if isinstance(m, Sym) and m.name not in bound]
        elif is_spectrum(n):
            out += [("", m.name) for m in walk(n.args[0]) if isinstance(m, Sym) and m.name not in bound]
    return tuple(dict.fromkeys(out))


def folded_names(scope: Scope, *nodes: Node) -> tuple[str, ...]:
    """Names that have a meaning only by what they may stand for, and numbers that may mean something else: what rests on
    them can be true, but is not shown to be false."""
    out: list[str] = []
    for n in (n for node in nodes for n in walk(node)):
        if isinstance(n, Un) and n.op in ("'", "%"):
            out.append(f"{n.x.name}'" if isinstance(n.x, Sym | Sub) else "%")
        elif isinstance(n, Call) and n.name == "relu'":
            out.append(n.name)  # ReLU'(z) = 1 is one of its two cases
        elif isinstance(n, Sub) and "^" in n.name and n.index is not None and scope.find(n.name) is None:
            out.append(n.name)  # x^{(i)}, x^i
        elif isinstance(n, Sym | Sub) and n.name and scope.find(n.name) is None and is_folded(scope, n):
            out.append(n.name)
        elif isinstance(n, Sym) and n.name in scope.odd and isinstance(scope.entries.get(n.name), Drawn | Factor):
            out.append(n.name)  # \\mathbb{A} for a matrix A; a \\mathcal{L} for a loss L is common
    return tuple(dict.fromkeys(out))


def is_folded(scope: Scope, node: Sym | Sub) -> bool:
    r"""Has a meaning only by what it may stand for; so has `x_{ni}` of columns x_n, which could be an entry of a matrix, and
    `\mathbf x_n` beside other letters x."""
    if scope.folded(node.name) is not None:
        return True
    if not isinstance(node, Sub) or node.index is None:
        return False
    base = base_name(node)
    family = scope.family(base)
    if family is None:
        return False
    columns = isinstance(family[1], Family) and family[1].kind == "columns" and len(node.index) == 2
    return columns or scope.find(base + "_") is None


def starred_beside_plain(scope: Scope, *nodes: Node) -> str | None:
    """`W^*` in a relation that speaks of W too, and W^* has no meaning of its own."""
    starred = [name for node in nodes for name in names_in(node) if "^*" in name]
    if not starred or scope.stars_turn:
        return None
    names = {name for node in nodes for name in names_in(node)}
    return next((n for n in starred if n.replace("^*", "", 1) in names and scope.find(n) is None), None)


def unbound_names(scope: Scope, *nodes: Node) -> tuple[str, ...]:
    """Names without a meaning, in the order of their first use."""
    out: list[str] = []
    for node in nodes:
        for n in walk(node):
            if (
                isinstance(n, Sub)
                and n.name
                and not scope.resolve(n.name)
                and not scope.family(base_name(n))
                and not scope.find(base_name(n))
                and not scope.of_layer(base_name(n))
                and not (base_name(n) in BUILT_IN and n.index is not None)  # I_n is an identity, and I_{wheel} a name
            ):
                out.append(n.name)
    bound = {i for node in nodes for n in walk(node) if isinstance(n, Big) for i in n.index}
    bound |= {
        m.name
        for node in nodes
        for n in walk(node)
        if isinstance(n, Call) and n.name in ("between", "at", "lim")
        for m in walk(n.args[0] if n.name == "between" else n.args[1])
        if isinstance(m, Sym)
    }
    out = [n for n in out if n not in bound]
    inner = bound | {base_name(n) for node in nodes for n in walk(node) if isinstance(n, Sub)}
    subs = {
        m.name
        for node in nodes
        for n in walk(node)
        if isinstance(n, Sub)
        for i in n.index or ()
        for m in walk(i)
        if isinstance(m, Sym)
    }
    for node in nodes:
        for n in walk(node):
            if (
                isinstance(n, Sym)
                and n.name not in BUILT_IN
                and not scope.resolve(n.name)
                and not scope.is_family(n.name)
                and n.name not in inner | subs
            ):
                out.append(n.name)
    return tuple(dict.fromkeys(out))


def indexed_numbers(scope: Scope, *nodes: Node) -> tuple[str, ...]:
    """Names with an index and no meaning, of letters that are numbers without it: `x_1`, `x_n` beside a number x."""
    out: dict[str, None] = {}
    for n in (m for node in nodes for m in walk(node)):
        if not isinstance(n, Sub) or not n.name or not isinstance(n.base, Sym) or scope.resolve(n.name):
            continue
        letter = n.base.name
        if scope.find(letter) and scope.shape(n.base) == SCALAR and not scope.family(letter):
            out[n.name] = None
    return tuple(out)


__all__ = ["ALONE", "BUILT_IN", "CALLED", "MOVING", "ONLY_BOLD", "STAR", "Alias", "Defined", "Dimension", "Drawn", "Entry", "Factor", "Family", "Index", "Scope", "Source", "bound_in",
           "family_key", "folded_names", "indexed_numbers", "letter_of", "names_behind", "names_in", "starred_beside_plain", "subscripts_in", "unbound_names"]  # fmt: skip

"""A problem's declarations, compiled once: scope, special worlds, milestones, evidence rules.

Every complaint names its key, so that a problem file can be put right in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from evalkit.derivation.draw import sizes
from evalkit.derivation.lexer import tokenize
from evalkit.derivation.nodes import Call, Node, Sub, Sym, Unreadable
from evalkit.derivation.parser import parse
from evalkit.derivation.relations import EQUAL, Statement, statements
from evalkit.derivation.scope import (
    Alias,
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    Index,
    Scope,
    Source,
    family_key,
    names_in,
)
from evalkit.derivation.spec import RULES, DecompositionSpec, DerivationSpec, MilestoneSpec, SymbolSpec
from evalkit.derivation.stream import Names, NoNames
from evalkit.derivation.world import World
from evalkit.errors import SpecError

Pair = tuple[Node, Node]


@dataclass(frozen=True)
class Special:
    """A named world: its premise, and the entries that make it so."""

    name: str
    premise: str
    overlay: Mapping[str, Entry]
    visible: Mapping[str, Entry]
    """Its own symbols under their plain names, where the reply does not use these itself."""
    given: bool = False
    """The problem's statement gives the premise."""

    @property
    def matrices(self) -> dict[str, Drawn]:
        """Its own free matrices by their plain names."""
        own = {n: self.overlay.get(e.to) for n, e in self.visible.items() if isinstance(e, Alias)}
        return {n: e for n, e in own.items() if isinstance(e, Drawn) and len(e.shape) == 2}


@dataclass(frozen=True)
class Rule:
    """One evidence rule, parsed: kind and, by kind, expression(s) or words."""

    kind: str
    text: str
    nodes: tuple[Node, ...] = ()
    without: tuple[str, ...] = ()
    """For a milestone: those that must not be passed."""
    either: tuple[Rule, ...] = ()
    """For `or`: the rules of which one is enough."""


@dataclass(frozen=True)
class Milestone:
    id: str
    title: str
    approaches: tuple[str, ...]
    kind: str
    world: str | None
    forms: tuple[Pair, ...]
    factors: tuple[Node, ...]
    rules: tuple[Rule, ...]
    after: tuple[str, ...] | None
    """The milestones it follows from; None: the one before it on the same approach."""


@dataclass(frozen=True)
class Approach:
    id: str
    title: str
    claims: tuple[str, ...]
    uses: tuple[Rule, ...]
    decisive: tuple[Rule, ...]


@dataclass(frozen=True)
class Setting:
    """What `analyse` needs to know of a problem. Immutable, and can be pickled."""

    spec: DerivationSpec
    scope: Scope
    sizes: tuple[Mapping[str, int], ...]
    specials: tuple[Special, ...]
    milestones: tuple[Milestone, ...]
    approaches: tuple[Approach, ...]

    @cached_property
    def weak(self) -> frozenset[str]:
        """The staff's names for factors of free symbols: a reply that has not introduced them may mean something else."""
        entries = self.scope.entries
        free = {n for n, e in entries.items() if isinstance(e, Drawn) and not e.kinds & {"data", "fixed"}}

        def rests_on_free(name: str, seen: frozenset[str] = frozenset()) -> bool:
            found = self.scope.find(name)
            if found is None or found[0] in seen:
                return False
            key, entry = found
            if key in free:
                return True
            of = entry.of if isinstance(entry, Factor | Family) else entry.body if isinstance(entry, Defined) else None
            return of is not None and any(rests_on_free(n, seen | {key}) for n in names_in(of))

        factors = {n for n, e in entries.items() if isinstance(e, Factor) and rests_on_free(n)}
        families = {n for n, e in entries.items() if isinstance(e, Family) and factors & set(names_in(e.of))}
        return frozenset(factors | families)

    def worlds(self, seed: int) -> tuple[World, ...]:
        """Three worlds of different sizes; in the third, data matrices lack full rank."""
        return tuple(World(f"world {i + 1}", size, seed, deficient=i == 2) for i, size in enumerate(self.sizes))


def parse_text(text: str, names: Names) -> Node:
    """One LaTeX expression. Raises Unreadable."""
    words = names.words if isinstance(names, Scope) else frozenset()
    return parse(tokenize(text, 0, len(text), words), names)


def one_equation(text: str, names: Names) -> tuple[Node, Node]:
    """`left = right`. Raises Unreadable."""
    words = names.words if isinstance(names, Scope) else frozenset()
    found: list[Statement] = [s for s in statements(tokenize(text, 0, len(text), words)) if s.ops]
    if len(found) != 1 or len(found[0].ops) != 1 or found[0].ops[0] not in EQUAL:
        raise Unreadable("exactly one `=` is expected")
    left, right = found[0].sides
    return parse(left, names), parse(right, names)


def symbol_name(text: str) -> str:
    """The canonical name of a symbol as it stands in a key. Raises Unreadable."""
    greek = text if text.startswith("\\") or len(text) == 1 else None
    from evalkit.derivation.lexer import GREEK

    if greek is None and text.split("_")[0] in GREEK:
        text = "\\" + text
    words = (
        frozenset({text.split("_")[0]}) if text.split("_")[0].isalpha() and len(text.split("_")[0]) > 1 else frozenset()
    )
    node = parse(tokenize(text, 0, len(text), words), NoNames())
    if isinstance(node, Sym):
        return node.name
    if isinstance(node, Sub) and node.name:
        return node.name
    raise Unreadable("no name of a symbol")


class Compiler:
    """Collects entries and complaints."""

    def __init__(self, spec: DerivationSpec) -> None:
        self.spec = spec
        self.entries: dict[str, Entry] = {}
        self.complaints: list[str] = []

    def trying(self, key: str, found: object, action: Callable[[], None]) -> None:
        try:
            action()
        except (Unreadable, ValueError, RecursionError) as error:
            self.complaints.append(f"{key}: {error} (found {found!r})")

    @property
    def scope(self) -> Scope:
        return Scope(dict(self.entries))

    def run(self) -> Setting:
        spec = self.spec
        dims = self.dimensions()
        for name, symbol in spec.symbols.items():
            self.trying(f"symbols.{name}", symbol.shape, lambda n=name, s=symbol: self.symbol(n, s))  # type: ignore[misc]
        for i, part in enumerate(spec.decompositions):
            self.trying(f"decompositions[{i}]", part.of, lambda p=part: self.decomposition(p))  # type: ignore[misc]
        for i, text in enumerate(spec.definitions):
            self.trying(
                f"definitions[{i}]",
                text,
                lambda t=text: self.entries.update(definition(t, self.scope, "problem", True)),  # type: ignore[misc]
            )
        for name, text in spec.families.items():
            self.trying(f"families.{name}", text, lambda n=name, t=text: self.family(n, t))  # type: ignore[misc]
        for name, others in spec.aliases.items():
            for other in others:
                self.trying(f"aliases.{name}", other, lambda n=name, o=other: self.alias(n, o))  # type: ignore[misc]
        table: tuple[Mapping[str, int], ...] = ()
        try:
            table = tuple(sizes(dims, spec.dimensions))
        except ValueError as error:
            self.complaints.append(f"dimensions: {error}")
        specials = [s for i in range(len(spec.worlds)) if (s := self.special(i)) is not None]
        milestones = tuple(m for i in range(len(spec.milestones)) if (m := self.milestone(i)) is not None)
        approaches = self.approaches()
        self.references()
        if self.complaints:
            raise SpecError(self.complaints[0], *self.complaints[1:])
        return Setting(spec, self.scope, table, tuple(specials), milestones, approaches)

    def dimensions(self) -> list[str]:
        """Dimension letters, in the order of their first use in shapes."""
        out: list[str] = []
        tables = [self.spec.symbols, *(w.symbols for w in self.spec.worlds)]
        for symbol in (s for table in tables for s in table.values()):
            for text in (*symbol.shape, *(symbol.subset or ())):
                if text.isalpha() and text not in out and text not in self.spec.symbols:
                    out.append(text)
        for name, symbol in self.spec.symbols.items():
            if "dimension" in symbol.kind and name not in out:
                out.append(name)
        self.entries.update({symbol_name(name): Dimension() for name in out})
        return out

    def symbol(self, key: str, symbol: SymbolSpec) -> None:
        if "dimension" not in symbol.kind:
            self.entries[symbol_name(key)] = drawn(symbol, self.scope)

    def decomposition(self, part: DecompositionSpec) -> None:
        of = parse_text(part.of, self.scope)
        names = [symbol_name(n) for n in part.names]
        self.entries.update({name: Factor(of, part.kind, i) for i, name in enumerate(names)})
        families = {part.values: ("diagonal", 1), part.left: ("columns", 0), part.right: ("columns", 2)}
        for name, (kind, which) in families.items():
            if name is not None and which < len(names):
                self.entries[family_key(symbol_name(name))] = Family(kind, Sym(names[which]))

    def family(self, key: str, text: str) -> None:
        kind, _, of = text.partition(" of ")
        if kind.strip() not in ("columns", "rows", "entries", "diagonal"):
            raise ValueError("a family is `columns of A`, `rows of A`, `entries of a` or `diagonal of A`")
        node = parse_text(of, self.scope)
        for name in names_in(node):
            if not name.endswith("_") and self.scope.find(name) is None and not isinstance(node, Call):
                raise ValueError(f"{name} is not declared")
        self.entries[family_key(symbol_name(key))] = Family(kind.strip(), node)

    def alias(self, name: str, other: str) -> None:
        to, own = symbol_name(name), symbol_name(other)
        if to not in self.entries and family_key(to) in self.entries:
            to, own = family_key(to), family_key(own)
        if self.scope.find(to) is None:
            raise ValueError(f"{name} is not declared")
        if own not in self.entries:
            self.entries[own] = Alias(to)

    def special(self, i: int) -> Special | None:
        spec = self.spec.worlds[i]
        overlay: dict[str, Entry] = {}
        private: dict[str, Entry] = {}

        def build() -> None:
            for name, symbol in spec.symbols.items():
                own = symbol_name(name)
                private[f"{own}@{spec.name}"] = drawn(symbol, self.scope)
                overlay[own] = Alias(f"{own}@{spec.name}")
            scope = self.scope.extended({**private, **overlay})
            for text in spec.set:
                new = definition(text, scope, "world", False)
                overlay.update(new)
                scope = scope.extended(new)

        before = len(self.complaints)
        self.trying(f"worlds[{i}] ({spec.name})", list(spec.set), build)
        if len(self.complaints) > before:
            return None
        visible = {n: e for n, e in overlay.items() if isinstance(e, Alias)}
        renamed = {
            n: hidden(e, {v: f"{v}@{spec.name}" for v in visible}) for n, e in overlay.items() if n not in visible
        }
        return Special(spec.name, spec.premise, {**private, **renamed}, visible, spec.given)

    def milestone(self, i: int) -> Milestone | None:
        spec: MilestoneSpec = self.spec.milestones[i]
        names = self.scope
        for world in self.spec.worlds:
            if world.name == spec.world:
                names = names.extended({symbol_name(n): drawn(s, self.scope) for n, s in world.symbols.items()})
        key = f"milestones[{i}] ({spec.id})"
        forms: list[Pair] = []
        factors: list[Node] = []
        rules: list[Rule] = []
        for text in spec.forms:
            self.trying(f"{key}.equation", text, lambda t=text: forms.append(one_equation(t, names)))  # type: ignore[misc]
        for text in spec.factors:
            self.trying(f"{key}.factors", text, lambda t=text: factors.append(parse_text(t, names)))  # type: ignore[misc]
        for text in spec.shows:
            self.trying(f"{key}.shows", text, lambda t=text: rules.append(self.rule(t)))  # type: ignore[misc]
        earlier = [m.id for m in self.spec.milestones[:i]]
        for name in spec.after or ():
            if name not in earlier:
                self.complaints.append(
                    f"{key}.after: no milestone {name!r} stands before it; there are {', '.join(earlier) or 'none'}"
                )
        return Milestone(
            spec.id, spec.title, spec.approaches, spec.kind, spec.world,
            tuple(forms), tuple(factors), tuple(rules), spec.after,
        )  # fmt: skip

    def rule(self, text: str) -> Rule:
        """One evidence rule. Raises ValueError or Unreadable."""
        parts = re.split(rf"\s+or\s+(?=(?:{'|'.join(RULES)})\s)", text.strip())
        if len(parts) > 1:
            return Rule("or", text, either=tuple(self.rule(part) for part in parts))
        kind, _, rest = parts[0].partition(" ")
        rest = rest.strip()
        if kind not in RULES or not rest:
            raise ValueError(f"an evidence rule begins with one of {', '.join(sorted(RULES))}")
        match kind:
            case "wording":
                return Rule(kind, rest)
            case "milestone":
                name, _, others = rest.partition(" without ")
                without = tuple(n.strip() for n in others.split(",") if n.strip())
                for each in (name.strip(), *without):
                    if each not in {m.id for m in self.spec.milestones}:
                        raise ValueError(f"no milestone {each!r}")
                return Rule(kind, name.strip(), without=without)
            case "equation":
                return Rule(kind, rest, one_equation(rest, self.scope))
            case "contains" | "svd" | "eigen":
                return Rule(kind, rest, (parse_text(rest, self.scope),))
            case "gradient":
                parts = rest.split()
                if len(parts) != 2:
                    raise ValueError("`gradient L W` names a function and a symbol")
                return Rule(kind, rest, tuple(Sym(symbol_name(p)) for p in parts))
        return Rule(kind, symbol_name(rest), (Sym(symbol_name(rest)),))

    def approaches(self) -> tuple[Approach, ...]:
        out = []
        for i, spec in enumerate(self.spec.approaches):
            lists: dict[str, list[Rule]] = {"uses": [], "decisive": []}
            for field in lists:
                for text in getattr(spec, field):
                    self.trying(
                        f"approaches[{i}] ({spec.id}).{field}",
                        text,
                        lambda f=field, t=text: lists[f].append(self.rule(t)),  # type: ignore[misc]  # noqa: B023
                    )
            decisive = lists["decisive"] or [*lists["uses"]] + [
                Rule("milestone", m.id) for m in self.spec.milestones if m.approaches == (spec.id,)
            ]
            out.append(Approach(spec.id, spec.title, spec.claims, tuple(lists["uses"]), tuple(decisive)))
        return tuple(out)

    def references(self) -> None:
        """Identifiers that must exist, and names that must differ."""
        worlds = [w.name for w in self.spec.worlds]
        known = [a.id for a in self.spec.approaches]
        for what, names in (
            ("worlds", worlds),
            ("approaches", known),
            ("milestones", [m.id for m in self.spec.milestones]),
        ):
            self.complaints += [f"{what}: {n!r} stands twice" for n in sorted({n for n in names if names.count(n) > 1})]
        for i, m in enumerate(self.spec.milestones):
            key = f"milestones[{i}] ({m.id})"
            if m.kind == "condition" and m.world is None:
                self.complaints.append(
                    f"{key}.world: a condition names the world where it holds; known: {', '.join(worlds)}"
                )
            if m.world is not None and m.world not in worlds:
                self.complaints.append(f"{key}.world: no world {m.world!r}; known: {', '.join(worlds) or 'none'}")
            self.complaints += [
                f"{key}.approaches: no approach {a!r}; known: {', '.join(known) or 'none'}"
                for a in m.approaches
                if a not in known
            ]


def drawn(symbol: SymbolSpec, names: Names) -> Entry:
    if "index" in symbol.kind:
        return Index()
    shape = tuple(parse_text(s, names) for s in symbol.shape)
    subset = (parse_text(symbol.subset[0], names), parse_text(symbol.subset[1], names)) if symbol.subset else None
    return Drawn(shape, frozenset(symbol.kind), subset)


def definition(text: str, scope: Scope, source: Source, opaque: bool) -> dict[str, Entry]:
    """`C = ...`, `f(w) = ...`, `p_i = ...` -> entries. Raises Unreadable, ValueError."""
    left, right = one_equation(text, scope)
    return defined(left, right, scope, source, opaque)


def defined(left: Node, right: Node, scope: Scope, source: Source, opaque: bool = False) -> dict[str, Entry]:
    """The entries that `left = right` makes. Raises Unreadable where the left side is no name."""
    if isinstance(left, Call):
        params = tuple(a.name for a in left.args if isinstance(a, Sym | Sub))
        if len(params) != len(left.args) or not params:
            raise Unreadable("the arguments of a definition are plain names")
        body = Defined(right, params, None, source, opaque and all(scope.find(p) for p in params))
        return {left.name: body}
    if isinstance(left, Sym):
        return {left.name: Defined(right, (), None, source, opaque)}
    if isinstance(left, Sub) and left.name:
        index = left.index[0] if left.index and len(left.index) == 1 else None
        if (
            isinstance(index, Sym)
            and isinstance(left.base, Sym)
            and index.name.islower()
            and not is_size(index.name, scope)
        ):
            return {family_key(left.name): Defined(right, (), index.name, source)}
        return {left.name: Defined(right, (), None, source, opaque)}
    raise Unreadable("the left side is no name")


def is_size(name: str, scope: Scope) -> bool:
    found = scope.find(name)
    return found is not None and not isinstance(found[1], Index)


def hidden(entry: Entry, names: Mapping[str, str]) -> Entry:
    """The entry with a world's own symbols under their private names, so that a reply's symbols cannot capture them."""
    if not isinstance(entry, Defined):
        return entry
    return Defined(renamed(entry.body, names), entry.params, entry.index, entry.source, entry.opaque)


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    from evalkit.derivation.nodes import substitute_index

    for old, new in names.items():
        node = substitute_index(node, old, Sym(new))
        node = sub_renamed(node, old, new)
    return node


def sub_renamed(node: Node, old: str, new: str) -> Node:
    """A subscripted own symbol `B_1` is one name; give it the private one."""
    from evalkit.derivation.nodes import Bin, Un

    match node:
        case Sub(_, name, _) if name == old:
            return Sym(new)
        case Un(op, x):
            return Un(op, sub_renamed(x, old, new))
        case Bin(op, left, right):
            return Bin(op, sub_renamed(left, old, new), sub_renamed(right, old, new))
        case Call(name, args):
            return Call(name, tuple(sub_renamed(a, old, new) for a in args))
    return node


def compile_setting(spec: DerivationSpec) -> Setting:
    """Compile a problem's declarations. Raises SpecError with one line for each complaint, `key: what is wrong`."""
    return Compiler(spec).run()

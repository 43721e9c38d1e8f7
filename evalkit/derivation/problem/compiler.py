"""A problem's declarations, compiled once: scope, special worlds, milestones, evidence rules.

Every complaint names its key, so that a problem file can be put right in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from evalkit.derivation.grammar.nodes import Call, Node, Sub, Sym, Unreadable, children, rebuilt
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.entries import (
    declared_fonts,
    definition,
    drawn,
    hidden,
    one_equation,
    parse_text,
    symbol_name,
)
from evalkit.derivation.problem.setting import Approach, Milestone, Pair, Rule, Setting, Special
from evalkit.derivation.problem.spec import RULES, DecompositionSpec, DerivationSpec, MilestoneSpec, SymbolSpec
from evalkit.derivation.worlds.draw import sizes
from evalkit.derivation.worlds.entries import PLACE, smooth
from evalkit.derivation.worlds.scope import (
    Alias,
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    Scope,
    family_key,
    names_in,
)
from evalkit.errors import SpecError

_ABOVE = re.compile(r"\^\(\w\)$")
"""The index of `x^{(i)}`, a list whose members are also written `x_i`."""
_LABELLED = re.compile(r"[A-Za-z]_(?:[A-Za-z0-9]|\{[A-Za-z0-9]+\})")
"""A size with a label: `N_{out}`."""


class Compiler:
    """Collects entries and complaints."""

    def __init__(self, spec: DerivationSpec) -> None:
        self.spec = spec
        self.entries: dict[str, Entry] = {}
        self.complaints: list[str] = []
        self.fonts = declared_fonts(spec)

    def named(self, key: str) -> str:
        """The name of a symbol as it stands in a key. Raises Unreadable."""
        return symbol_name(key, self.fonts)

    def trying(self, key: str, found: object, action: Callable[[], None]) -> None:
        try:
            action()
        except (Unreadable, ValueError, RecursionError) as error:
            self.complaints.append(f"{key}: {error} (found {found!r})")

    @property
    def scope(self) -> Scope:
        return Scope(dict(self.entries), self.fonts)

    def run(self) -> Setting:
        spec = self.spec
        dims = self.dimensions()
        for name, symbol in spec.symbols.items():
            self.trying(f"symbols.{name}", symbol.shape or name, lambda n=name, s=symbol: self.symbol(n, s))  # type: ignore[misc]
        for i, part in enumerate(spec.decompositions):
            self.trying(f"decompositions[{i}]", part.of, lambda p=part: self.decomposition(p))  # type: ignore[misc]
        for i, text in enumerate(spec.definitions):
            self.trying(
                f"definitions[{i}]",
                text,
                lambda t=text: self.define(t),  # type: ignore[misc]
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

    def define(self, text: str) -> None:
        """A definition; one of a name that is declared as a square matrix, too, has its size where `I` has none."""
        new = definition(text, self.scope, "problem", True)
        for name, entry in new.items():
            declared = self.entries.get(name)
            shape = declared.shape if isinstance(declared, Drawn) else ()
            if len(shape) == 2 and shape[0] == shape[1] and isinstance(entry, Defined) and not entry.params:
                unit = Sub(Sym("I"), f"I_{pretty(shape[0])}", (shape[0],))
                new[name] = replace(entry, body=with_unit(entry.body, unit))
        self.entries.update(new)

    def dimensions(self) -> list[str]:
        """Dimension letters, in the order of their first use in shapes."""
        out: list[str] = []
        tables = [self.spec.symbols, *(w.symbols for w in self.spec.worlds)]
        for symbol in (s for table in tables for s in table.values()):
            for text in (*symbol.shape, *(symbol.subset or ())):
                size = text if text.isalpha() else self.named(text) if _LABELLED.fullmatch(text) else ""
                if size and size not in out and text not in self.spec.symbols:
                    out.append(size)
        for name, symbol in self.spec.symbols.items():
            if "dimension" in symbol.kind and name not in out:
                out.append(name)
        for pair in ([size.strip() for size in re.split(r"[<>≤≥]=?", text)] for text in self.spec.dimensions):
            if any(size in out for size in pair):  # a size that only replies use: `k < d`
                out += [s for s in pair if s not in out and s.isalpha() and s not in self.spec.symbols]
        self.entries.update({name if "_" in name else self.named(name): Dimension() for name in out})
        return out

    def symbol(self, key: str, symbol: SymbolSpec) -> None:
        if "function" in symbol.kind:
            if symbol.shape or symbol.subset or symbol.kind != ("function",):
                raise ValueError(
                    "a function of which nothing is known has no shape and no other kind: write 'function'"
                )
            others = sum(isinstance(e, Defined) and e.params == PLACE for e in self.entries.values())
            self.entries[self.named(key)] = smooth(others, "problem")
        elif "dimension" not in symbol.kind:
            self.entries[self.named(key)] = drawn(symbol, self.scope)

    def decomposition(self, part: DecompositionSpec) -> None:
        of = parse_text(part.of, self.scope)
        names = [self.named(n) for n in part.names]
        self.entries.update({name: Factor(of, part.kind, i) for i, name in enumerate(names)})
        families = {
            part.values: ("diagonal", 1),
            part.left: ("columns", 0),
            part.right: ("columns", 0 if part.kind == "eigen" else 2),
        }
        for name, (kind, which) in families.items():
            if name is not None and which < len(names):
                self.entries[family_key(self.named(name))] = Family(kind, Sym(names[which]))

    def family(self, key: str, text: str) -> None:
        kind, _, of = text.partition(" of ")
        if kind.strip() not in ("columns", "rows", "entries", "diagonal"):
            raise ValueError("a family is `columns of A`, `rows of A`, `entries of a` or `diagonal of A`")
        node = parse_text(of, self.scope)
        if (
            isinstance(node, Sym)
            and kind.strip() == "entries"
            and isinstance(self.entries.get(family_key(node.name)), Defined)
        ):
            return  # p_j = ... is a definition of all entries of p
        for name in names_in(node):
            if not name.endswith("_") and self.scope.find(name) is None and not isinstance(node, Call):
                raise ValueError(f"{name} is not declared")
        self.entries[family_key(_ABOVE.sub("", self.named(key)))] = Family(kind.strip(), node)

    def alias(self, name: str, other: str) -> None:
        to, own = self.named(name), self.named(other)
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
                own = self.named(name)
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
        return Special(spec.name, spec.premise, {**private, **renamed}, visible, spec.given, spec.limit)

    def milestone(self, i: int) -> Milestone | None:
        spec: MilestoneSpec = self.spec.milestones[i]
        names = self.scope
        for world in self.spec.worlds:
            if world.name == spec.world:
                names = names.extended({self.named(n): drawn(s, self.scope) for n, s in world.symbols.items()})
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
            tuple(forms), tuple(factors), tuple(rules), spec.wordings, spec.after,
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
                return Rule(kind, rest, tuple(Sym(self.named(p)) for p in parts))
        return Rule(kind, self.named(rest), (Sym(self.named(rest)),))

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


def compile_setting(spec: DerivationSpec) -> Setting:
    """Compile a problem's declarations. Raises SpecError with one line for each complaint, `key: what is wrong`."""
    return Compiler(spec).run()


def with_unit(node: Node, unit: Node) -> Node:
    """The tree with this identity for every one without a size."""
    if isinstance(node, Sym):
        return unit if node.name == "I" else node
    parts = children(node)
    return rebuilt(node, [with_unit(part, unit) for part in parts]) if parts and not isinstance(node, Sub) else node

"""Are two relations the same statement? Residuals (left - right) compared in semi worlds.

In semi worlds decompositions, gradients and differentials are independent random arrays, so that an identity has a residual
that is not 0. Two relations match where their residuals agree up to a constant, the transpose, a size of the world, or a
declared factor. Not found: forms that need an inverse or a root of the relation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from itertools import product

import numpy as np

from evalkit.derivation.findings.residuals import Residuals, powers, same, unlike
from evalkit.derivation.findings.targets import Lent, targets_of
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sym, children, rebuilt, walk
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.setting import Milestone
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import index_range, loose_indices
from evalkit.derivation.worlds.scope import Alias, Defined, Drawn, Scope, names_in
from evalkit.derivation.worlds.values import IllTyped, Local, Trouble, Value, matched, number
from evalkit.derivation.worlds.world import FREE, SEMI, Group

MAX_BINDINGS = 3
"""Own matrices of a reply that are tried in place of a world's symbol."""

Where = tuple[Group, str]
"""Semi worlds, and the reply's own matrix that stands for the world's symbol there, or nothing."""


class Matcher:
    """Milestones of a setting against relations; residuals of milestones are computed at most once for each reply."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.staff = judge.for_staff()
        self.known = targets_of(judge)
        self.cache: dict[tuple[int, int, int, Where], Residuals] = {}
        self.ways: dict[int, list[tuple[Group, int, Residuals]]] = {}
        """What each milestone is compared with, by its number."""
        self.staffs: dict[Where, Judge] = {}
        self.plain: dict[tuple[int, int], bool] = {}
        self.scales: dict[int, list[list[float]]] = {}
        self.written: dict[str, frozenset[tuple[Node, Node]]] = {}

    @cached_property
    def bindings(self) -> dict[str, list[str]]:
        """World -> names of the reply's own matrices that may stand for the world's symbol (`A` for `B`: same size)."""
        own = {n: e for n, e in self.judge.own.items() if isinstance(e, Drawn | Defined)}
        out: dict[str, list[str]] = {}
        for special in self.judge.setting.specials:
            symbols = special.matrices
            if len(symbols) == 1:
                shape = next(iter(symbols.values())).shape
                fitting = [n for n, e in own.items() if self.has_shape(n, e, shape)]
                out[special.name] = fitting[:MAX_BINDINGS]
        return out

    def has_shape(self, name: str, entry: Drawn | Defined, shape: tuple[Node, ...]) -> bool:
        """Whether a name of the reply stands for a matrix of this shape."""
        if isinstance(entry, Defined) and (entry.params or entry.index):
            return False
        env = self.judge.general
        try:
            value = env.lookup(name, {})
            return isinstance(value, np.ndarray) and list(value.shape) == [env.integer(n, {}) for n in shape]
        except (Trouble, ArithmeticError, np.linalg.LinAlgError):
            return False

    def groups(self, milestone: Milestone) -> list[Where]:
        """Where a milestone is compared.

        In general, where it needs no symbol of its world; and in its world, where the reply's form of it may stand.
        """
        special = self.judge.special(milestone.world or "")
        if special is None:
            return [(SEMI, "")]
        names = {n for pair in milestone.forms for side in pair for n in names_in(side)}
        if not names & special.visible.keys():
            return [(SEMI, ""), (special.group.but("semi"), "")]
        return [(special.group.but("semi"), own) for own in ("", *self.bindings.get(special.name, ()))]

    def staff_with(self, where: Where) -> Judge:
        """The staff's meaning of all names, but for a world's symbol that the reply calls by a name of its own."""
        group, own = where
        special = self.judge.special(group.world)
        if not own or special is None:
            return self.staff
        if where not in self.staffs:
            symbol = next(iter(special.matrices))
            entry = self.judge.own[own]
            judge = self.judge.for_staff()
            judge.define({own: entry} if own == symbol else {own: entry, symbol: Alias(own)})
            self.staffs[where] = judge
        return self.staffs[where]

    def targets(self, at: int, milestone: Milestone, form: int, factor: int, where: Where) -> Residuals:
        """Residuals of one form with one factor (0: none; then each declared one from the left and the right)."""
        key = (at, form, factor, where)
        if key not in self.cache:
            choice = None
            if factor:
                choice = (milestone.factors[(factor - 1) // 2], "left" if factor % 2 else "right")
            left, right = milestone.forms[form]

            def own() -> Residuals:
                return Residuals(self.staff_with(where).envs(where[0]), left, right, choice)

            if self.known is None or where[1]:
                self.cache[key] = own()
            else:
                mark = (at, form, factor, where[0])
                self.cache[key] = Lent(self.known, mark, (left, right), choice, self.judge.deadline, own)
        return self.cache[key]

    def matches(self, at: int, milestone: Milestone, found: Mapping[Group, Residuals]) -> bool:
        """Up to a constant, the transpose, a size of the world, and the declared factors. found: by semi worlds."""
        scales = self.scalars(at, milestone)
        if at not in self.ways:
            self.ways[at] = [
                (where[0], form, self.targets(at, milestone, form, factor, where))
                for where in self.groups(milestone)
                for form in range(len(milestone.forms))
                for factor in range(1 + 2 * len(milestone.factors))
            ]
        for group, form, target in self.ways[at]:
            theirs = found[group]
            if unlike(theirs.first, target.first) or not same(theirs, target, scales):
                continue
            if group == SEMI or self.no_weaker(milestone, form, theirs):
                return True
        return False

    def as_declared(self, milestone: Milestone, left: Node, right: Node) -> bool:
        """Whether a condition stands as the problem writes it, its world's symbol by the reply's name or not. Residuals
        say nothing of what is true by definition: `W_2 = U_k B` in the world that draws B, or `T^T T = I` once the reply
        has called its T orthogonal."""
        if milestone.kind != "condition" or milestone.world is None:
            return False
        if milestone.id not in self.written:
            special = self.judge.special(milestone.world)
            symbol = next(iter(special.matrices), "") if special is not None else ""
            own = self.bindings.get(milestone.world, ())
            forms = [(renamed(a, symbol, n), renamed(b, symbol, n)) for n in own for a, b in milestone.forms]
            self.written[milestone.id] = frozenset([*milestone.forms, *forms])
        return not self.written[milestone.id].isdisjoint([(left, right), (right, left)])

    def no_weaker(self, milestone: Milestone, form: int, found: Residuals) -> bool:
        """Whether a relation that looks like the milestone in its world also says as much: no other special world where it
        holds and the milestone does not. `W_1W_2 = I` says less than `W_2^T W_2 = I`, also where `W_1 = W_2^T`."""
        left, right = milestone.forms[form]
        for special in self.judge.setting.specials:
            if special.name == milestone.world or not self.judge.holds_in(special.group, found.left, found.right):
                continue
            own = self.staff.outcome_in(special.group, left, right)
            if own is not None and not own.holds:
                return False
        return True

    def scalars(self, at: int, milestone: Milestone) -> list[list[float]]:
        """Values, world by world, of what may scale a milestone: powers of sizes, and of declared scalar factors."""
        if at not in self.scales:
            envs = self.staff.envs(self.groups(milestone)[0][0])
            out = [[float(env.world.sizes[n]) for env in envs] for n in envs[0].world.sizes]
            for factor in milestone.factors:
                try:
                    values = [env.value(factor, {}) for env in envs]
                except Trouble:
                    continue
                if all(isinstance(v, np.ndarray) and v.size == 1 and v.item() != 0 for v in values):
                    out.append([float(v.item()) for v in values if isinstance(v, np.ndarray)])
            self.scales[at] = [values for scale in out for values in powers(scale)]
        return self.scales[at]

    def algebraic(self, milestone: Milestone, form: int, at: int) -> bool:
        """Whether the milestone holds in semi worlds too, so that residuals cannot tell it from other identities."""
        key = (at, form)
        if key not in self.plain:
            where = self.groups(milestone)[0]
            targets = [r for r in self.targets(at, milestone, form, 0, where) if r is not None]
            self.plain[key] = bool(targets) and all(r.vanishes for r in targets)
        return self.plain[key]


def renamed(node: Node, name: str, own: str) -> Node:
    """The tree with another name for one symbol."""
    if isinstance(node, Sym) and node.name == name:
        return Sym(own)
    return rebuilt(node, [renamed(n, name, own) for n in children(node)])


@lru_cache(maxsize=4096)
def heads(node: Node) -> frozenset[str]:
    """Names of the functions that occur: they tell algebraic identities apart."""
    return frozenset(n.name for n in walk(node) if isinstance(n, Call)) | frozenset(
        type(n).__name__ for n in walk(node) if type(n).__name__ in ("Big", "Grad", "Diff", "Block")
    )


def heads_of(node: Node, scope: Scope) -> frozenset[str]:
    """`heads`, and those of what the reply's own definitions stand for."""
    out = heads(node)
    for name in names_in(node):
        entry = scope.entries.get(name)
        if isinstance(entry, Defined) and entry.source == "reply":
            out = (out - {name}) | heads(entry.body)
    return out


def structure(milestone: Milestone) -> tuple[frozenset[str], ...]:
    return tuple(heads(left) | heads(right) for left, right in milestone.forms)


def same_sides(matcher: Matcher, milestone: Milestone, form: int, left: Node, right: Node, judge: Judge) -> bool:
    """For milestones that are plain algebra: both sides agree in value with the milestone's, and differ as written.

    In free worlds, where the problem's notations are independent values, or in semi worlds, where those have no value.
    """
    if pretty(left) == pretty(right):
        return False
    for group in (FREE, SEMI):
        pairs = zip(matcher.staff.envs(group), judge.envs(group), strict=True)
        try:
            found = [agree(staff, milestone.forms[form], own, (left, right)) for staff, own in pairs]
        except (Trouble, ValueError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
            continue
        return any(all(way) for way in zip(*found, strict=True))
    return False


def agree(staff: Env, wanted: tuple[Node, Node], own: Env, have: tuple[Node, Node]) -> tuple[bool, bool]:
    """Whether both sides agree in value as they stand, and crosswise, for some values of the free indices.

    Raises Trouble where a side has no value."""
    names = [loose_indices(env, Bin("=", *pair), {}) for env, pair in ((staff, wanted), (own, have))]
    if len(names[0]) != len(names[1]):
        return False, False
    straight = crossed = True
    ends = [index_range(staff, Bin("=", *wanted), name, {}) for name in names[0]]
    for at in product(*(range(low, min(high, low + 2) + 1) for low, high in ends)):
        places: list[Local] = [{n: number(float(i)) for n, i in zip(letters, at, strict=True)} for letters in names]
        staff.begin()
        own.begin()
        with np.errstate(all="ignore"):
            a, b = (staff.value(side, places[0]) for side in wanted)
            x, y = (own.value(side, places[1]) for side in have)
        straight = straight and equal_value(a, x) and equal_value(b, y)
        crossed = crossed and equal_value(a, y) and equal_value(b, x)
    return straight, crossed


def equal_value(a: Value, b: Value) -> bool:
    try:
        x, y = matched(a, b)
    except IllTyped:
        return False
    size = float(np.abs(x).max(initial=0.0))
    return size > 0 and bool(np.allclose(x, y, rtol=1e-7, atol=1e-9 * size))

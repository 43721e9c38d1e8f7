"""Does a relation hold? Evaluated in several worlds; the verdict classes are never merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

import numpy as np

from evalkit.derivation.draw import Array
from evalkit.derivation.evaluate import Env
from evalkit.derivation.indices import index_range, loose_indices
from evalkit.derivation.nodes import Big, Bin, Block, Call, Diff, Node, Num, Sub, Sym, Un, walk
from evalkit.derivation.scope import Drawn, Family, Scope, has_derivative, names_in
from evalkit.derivation.setting import Setting, Special
from evalkit.derivation.values import IllTyped, Local, Trouble, Unbound, Undefined, Unsupported, matched, number
from evalkit.derivation.world import World

BUILT_IN = frozenset({"I", "e", "\\pi", "\\mathbf 1", "", "\\delta"})
TIGHT, WIDE = 1e-8, 1e-5


class Verdict(StrEnum):
    """What became of a relation. Only FAILS and ILL_TYPED say that it is wrong; only the first three that it is right."""

    IDENTITY = "identity"
    ALGEBRA = "algebra-only"
    HOLDS = "holds"
    UNSTATED = "premise-unstated"
    """It holds only in a special world whose premise the reply has not stated so far: neither right nor wrong."""
    DEFINITION = "definition"
    ASSUMPTION = "assumption"
    FAILS = "fails"
    ILL_TYPED = "ill-typed"
    VACUOUS = "vacuous"
    UNBOUND = "unbound"
    UNPARSED = "unparsed"
    SKIPPED = "skipped"


TRUE = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA, Verdict.HOLDS})
FALSE = frozenset({Verdict.FAILS, Verdict.ILL_TYPED})


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Both sides in one world. For matrices: the entry where they differ most."""

    world: str
    at: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    world: str | None = None
    """The special world, or `assumptions`, in which it holds."""
    reason: str = ""
    counterexample: Counterexample | None = None
    under: tuple[str, ...] = ()
    """Names that the reply assumed and on which the verdict rests."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One relation over one group of worlds."""

    holds: bool
    vanishes: bool
    counterexample: Counterexample | None = None


Range = tuple[Node | None, Node | None, bool]
"""First and last value of an index, and whether the first is exclusive."""


class Judge:
    """Judges relations in a scope that grows as the reply is read. Environments are shared until the scope changes."""

    def __init__(self, setting: Setting, seed: int = 0) -> None:
        self.setting = setting
        self.hidden: frozenset[str] = frozenset()
        """Names of the problem that the reply uses for something else."""
        self.worlds: Sequence[World] = setting.worlds(seed)
        self.own: dict[str, object] = {}
        self.carried: dict[str, object] = {}
        self.assumed: dict[str, object] = {}
        self.ranges: dict[str, Range] = {}
        self.unequal: set[frozenset[str]] = set()
        """Pairs of indices that are said to differ."""
        self.environments: dict[tuple[str, frozenset[str] | None], list[Env]] = {}
        self.scopes: dict[str, Scope] = {}

    # ------------------------------------------------------------ scopes
    def define(self, entries: Mapping[str, object]) -> None:
        """The reply declares or defines names."""
        if all(self.own.get(name) == entry for name, entry in entries.items()):
            return
        self.own.update(entries)
        self.changed(frozenset(entries))

    def assume(self, entries: Mapping[str, object]) -> None:
        """The reply gives values to free symbols."""
        if all(self.assumed.get(name) == entry for name, entry in entries.items()):
            return
        self.assumed.update(entries)
        self.changed(frozenset(entries))

    def carry(self, entries: Mapping[str, object]) -> None:
        """What names meant in earlier replies: the weakest meaning of all, given up as soon as the reply uses one anew."""
        self.carried = {n: e for n, e in entries.items() if n not in self.setting.scope.entries}
        self.changed()

    def drop(self, name: str) -> None:
        """A name no longer means what it did in an earlier reply."""
        if self.carried.pop(name, None) is not None:
            self.changed()

    def hide(self, names: Iterable[str]) -> None:
        """The reply uses these names of the problem for something else."""
        self.hidden |= frozenset(names)
        self.changed()

    def forget(self) -> None:
        """A new part begins: assumptions end."""
        if self.assumed:
            names = frozenset(self.assumed)
            self.assumed.clear()
            self.changed(names)

    @property
    def scope(self) -> Scope:
        """Names as the parser sees them, assumptions included."""
        return self.scope_of("assumed")

    def scope_of(self, group: str) -> Scope:
        """The names in force in a group of worlds; kept until the reply says more."""
        group = group.split("/")[-1]
        if group not in self.scopes:
            self.scopes[group] = self.build_scope(group)
        return self.scopes[group]

    def changed(self, names: frozenset[str] | None = None) -> None:
        """The scope has changed, in these names only where they are given."""
        self.scopes.clear()
        if names is None:
            self.environments.clear()
            return
        for (group, moved), envs in self.environments.items():
            scope = self.scope_of(group)
            self.environments[group, moved] = [env.updated(scope, names) for env in envs]

    def build_scope(self, group: str) -> Scope:
        entries: dict[str, object] = dict(self.carried)
        special = self.special(group)
        hidden = (
            self.hidden if special is None else frozenset[str]()
        )  # special worlds are described in the staff's names
        entries.update((n, e) for n, e in self.setting.scope.entries.items() if n not in hidden)
        if special is not None:
            entries.update(special.visible)
        entries.update(self.own)
        if special is not None:
            entries.update(special.overlay)
        if group.endswith("assumed"):
            entries.update(self.assumed)
        return Scope(entries)  # type: ignore[arg-type]

    def special(self, group: str) -> Special | None:
        return next((s for s in self.setting.specials if group.split("/")[-1] == s.name), None)

    def envs(self, group: str, moved: frozenset[str] | None = None) -> list[Env]:
        """group: `generic`, `assumed`, a special world; with `semi/` or `free/` before it where values are opaque."""
        key = (group, moved)
        if key not in self.environments:
            mode = group.split("/")[0] if "/" in group else "plain"
            scope = self.scope_of(group)
            self.environments[key] = [Env(scope, world, mode, moved) for world in self.worlds]
        return self.environments[key]

    # ------------------------------------------------------------ verdicts
    def equation(self, left: Node, right: Node) -> Judgement:
        """Judge `left = right`."""
        try:
            return self.judged(left, right)
        except Unbound as error:
            return Judgement(Verdict.UNBOUND, reason=self.unbound_names(left, right) or str(error))
        except IllTyped as error:
            return Judgement(Verdict.ILL_TYPED, reason=str(error))
        except (Unsupported, Undefined) as error:
            return Judgement(Verdict.UNPARSED, reason=str(error))
        except (ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError) as error:
            return Judgement(Verdict.UNPARSED, reason=f"could not be computed ({type(error).__name__})")

    def moved(self, group: str, left: Node, right: Node) -> frozenset[str] | None:
        """Which symbols `d` moves in this relation."""
        return moved_names(self.scope_of(group), left, right) if has_derivative(left) or has_derivative(right) else None

    def judged(self, left: Node, right: Node) -> Judgement:
        moved = self.moved("generic", left, right)
        generic = self.attempt("generic", left, right, moved)
        if generic.outcome is not None and generic.outcome.holds:
            if has_derivative(Bin("+", left, right)):
                return Judgement(Verdict.IDENTITY)
            free = self.attempt("free/generic", left, right, moved, worlds=1)
            return Judgement(Verdict.ALGEBRA if free.outcome is not None and free.outcome.holds else Verdict.IDENTITY)
        best: Judgement | None = None
        groups = [] if self.is_strict(left, right) else [s.name for s in self.setting.specials]
        if self.rests_on_assumptions(left, right):
            groups.insert(0, "assumed")
        attempts = {}
        for group in groups:
            attempts[group] = found = self.attempt(group, left, right, self.moved(group, left, right))
            if found.outcome is None or not found.outcome.holds:
                continue
            name = "assumptions" if group == "assumed" else group
            under = tuple(sorted(self.assumed)) if group == "assumed" else ()
            if self.meaningful(group, left, right, found.outcome, moved):
                return Judgement(Verdict.HOLDS, name, under=under)
            best = best or Judgement(Verdict.VACUOUS, name, "what it says vanishes there", under=under)
        failed = next((a for a in [attempts.get("assumed"), generic] if a is not None and a.outcome is not None), None)
        if best is not None and not (has_derivative(Bin("+", left, right)) and failed is not None):
            return best
        if failed is not None and failed.outcome is not None:
            return Judgement(Verdict.FAILS, counterexample=failed.outcome.counterexample)
        errors = [a.error for a in (generic, *attempts.values()) if a.error is not None]
        raise next((e for e in errors if not isinstance(e, Undefined)), errors[0])

    def attempt(self, group: str, left: Node, right: Node, moved: frozenset[str] | None, worlds: int = 3) -> Attempt:
        """Outcome over the (first) worlds of a group; an error where it cannot be evaluated there."""
        results: list[Outcome] = []
        error: Trouble | None = None
        for env in self.envs(group, moved)[:worlds]:
            try:
                result = self.in_world(env, left, right)
            except Undefined as trouble:
                error = error or trouble
                continue
            except Trouble as trouble:
                return Attempt(None, trouble)
            except (ArithmeticError, ValueError, np.linalg.LinAlgError) as trouble:
                return Attempt(None, Unsupported(f"could not be computed ({type(trouble).__name__})"))
            results.append(result)
            if not result.holds:
                return Attempt(result, None)
        if not results:
            return Attempt(None, error or Undefined("no world"))
        return Attempt(Outcome(True, all(r.vanishes for r in results)), None)

    def in_world(self, env: Env, left: Node, right: Node) -> Outcome:
        """One world; for every value of the free indices (a few of them)."""
        both = Bin("=", left, right)
        names = loose_indices(env, both, {})
        outcomes = [self.compared(env, left, right, local) for local in self.assignments(env, both, names)]
        if not outcomes:
            raise Undefined("an empty range")
        failed = next((o for o in outcomes if not o.holds), None)
        if failed is not None and len(names) == 1 and self.reordered(env, left, right, names[0]):
            return Outcome(True, False)
        return failed or Outcome(True, all(o.vanishes for o in outcomes))

    def reordered(self, env: Env, left: Node, right: Node, name: str) -> bool:
        """`b_i = 1/a_i` between two different decompositions says nothing of their order: compare as sorted lists."""
        sources = set()
        for whole in names_in(Bin("=", left, right)):
            found = env.scope.find(whole) if whole.endswith("_") else None
            if found is not None and isinstance(found[1], Family) and found[1].kind == "diagonal":
                sources.add(found[1].of)
        if len(sources) < 2:
            return False
        low, high = index_range(env, Bin("=", left, right), name, {})
        values: list[list[float]] = [[], []]
        for i in range(low, high + 1):
            for side, out in zip((left, right), values, strict=True):
                value = env.value(side, {name: number(float(i))})
                if not isinstance(value, np.ndarray) or value.size != 1:
                    return False
                out.append(float(value.real.item()))
        return bool(np.allclose(sorted(values[0]), sorted(values[1]), rtol=1e-7))

    def assignments(self, env: Env, both: Node, names: list[str]) -> list[Local]:
        if not names:
            return [{}]
        if len(names) > 4:
            raise Unsupported("more than four free indices")
        most = 4 if len(names) <= 2 else 2
        choices: list[list[int]] = []
        for name in names:
            low, high = index_range(env, both, name, {})
            limits = self.ranges.get(name)
            if limits is not None:
                first, last, strict = limits
                low = max(low, env.integer(first, {}) + (1 if strict else 0)) if first is not None else low
                high = min(high, env.integer(last, {})) if last is not None else high
            values = list(range(low, high + 1))
            some = [values[0], values[1], values[len(values) // 2], values[-1]] if len(values) > 4 else values
            choices.append(some if len(some) <= most else [some[0], some[-1]])
        differ = frozenset(names) in self.unequal
        out: list[Local] = [
            {n: number(float(i)) for n, i in zip(names, at, strict=True)}
            for at in product(*choices)
            if not (differ and at[0] == at[-1])
        ]
        return out[:16]

    def compared(self, env: Env, left: Node, right: Node, local: Local) -> Outcome:
        env.begin()
        with np.errstate(all="ignore"):
            a, b = matched(env.side(left, local), env.side(right, local))
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise Undefined("no finite value")
        a, b = np.broadcast_arrays(a.real, b.real)
        scale = max(env.scale, float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)), 1e-30)
        off = np.abs(a - b)
        worst = float(off.max(initial=0.0))
        tolerance = (WIDE if env.loose else TIGHT) * scale
        vanishes = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0))) <= tolerance
        if worst <= tolerance:
            return Outcome(True, vanishes)
        if worst <= 30 * tolerance:
            raise Undefined("a difference at the edge of rounding")
        return Outcome(False, False, example(env, a, b, local))

    def meaningful(self, group: str, left: Node, right: Node, outcome: Outcome, moved: frozenset[str] | None) -> bool:
        """Not a mere 0 = 0: a side is literally 0, or no summand vanishes, or it holds with opaque decompositions too."""
        if is_zero(left) or is_zero(right) or not (outcome.vanishes or self.idle_summand(group, left, right, moved)):
            return True
        opaque = self.attempt("semi/" + group, left, right, moved)
        if opaque.outcome is None or not opaque.outcome.holds or opaque.outcome.vanishes:
            return False
        return not self.idle_summand("semi/" + group, left, right, moved)

    def idle_summand(self, group: str, left: Node, right: Node, moved: frozenset[str] | None) -> bool:
        """Whether a summand is 0 in this group only: the relation would hold with any sign or factor before it."""
        terms = [*summands(left), *summands(right)]
        if len(terms) < 3:
            return False
        env, general = self.envs(group, moved)[0], self.envs("generic", moved)[0]
        return any(vanishes(env, t) and not vanishes(general, t) for t in terms if not is_zero(t))

    def rests_on_assumptions(self, left: Node, right: Node) -> bool:
        if not self.assumed:
            return False
        env = self.envs("assumed")[0]
        return bool(env.depends(Bin("=", left, right)) & self.assumed.keys())

    def is_strict(self, left: Node, right: Node) -> bool:
        """Whether the reply's own general form of all symbols decides alone: `W_2 = U_k B` with any B says more than a
        special world where B = I."""
        if not self.assumed or not self.rests_on_assumptions(left, right):
            return False
        both = Bin("=", left, right)
        special = {n for s in self.setting.specials for n in s.overlay}
        used = self.envs("generic")[0].depends(both) & special
        if not used <= self.assumed.keys():
            return False
        env = self.envs("assumed")[0]
        return any(is_own(env.scope.entries.get(n)) for n in env.depends(both))

    def in_specials(self, left: Node, right: Node) -> Judgement | None:
        """Where it holds among the special worlds, whatever the reply assumed."""
        for special in self.setting.specials:
            found = self.attempt(special.name, left, right, self.moved(special.name, left, right))
            if found.outcome is not None and found.outcome.holds:
                return Judgement(Verdict.HOLDS, special.name)
        return None

    def holds_in(self, group: str, left: Node | None, right: Node | None) -> bool:
        """Whether it holds, and says something, in one group of worlds."""
        if left is None or right is None:
            return False
        moved = self.moved(group, left, right)
        found = self.attempt(group, left, right, moved).outcome
        return found is not None and found.holds and self.meaningful(group, left, right, found, moved)

    def unbound_names(self, *nodes: Node) -> str:
        scope = self.scope
        out: list[str] = []
        for node in nodes:
            for n in walk(node):
                if (
                    isinstance(n, Sub)
                    and n.name
                    and not scope.find(n.name)
                    and not scope.find(base_name(n) + "_")
                    and not scope.find(base_name(n))
                    and base_name(n) not in BUILT_IN
                ):
                    out.append(n.name)
        bound = {i for node in nodes for n in walk(node) if isinstance(n, Big) for i in n.index}
        bound |= {
            m.name
            for node in nodes
            for n in walk(node)
            if isinstance(n, Call) and n.name in ("between", "at")
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
                    and not scope.find(n.name)
                    and n.name not in inner | subs
                ):
                    out.append(n.name)
        return ", ".join(dict.fromkeys(out))

    # ------------------------------------------------------------ inequalities
    def inequality(self, left: Node, op: str, right: Node) -> Judgement:
        """By sampling: never a proof. It fails only where it is violated in every world."""
        flip = op in (">", "geq")
        seen = held = 0
        example_: Counterexample | None = None
        groups = (
            ["assumed"]
            if self.rests_on_assumptions(left, right)
            else ["generic", *(s.name for s in self.setting.specials)]
        )
        for group in groups:
            for env in self.envs(group):
                try:
                    both = Bin("=", left, right)
                    for local in self.assignments(env, both, loose_indices(env, both, {})):
                        env.begin()
                        with np.errstate(all="ignore"):
                            a, b = matched(env.side(left, local), env.side(right, local))
                        if a.size != 1 or np.iscomplexobj(a) or np.iscomplexobj(b):
                            return Judgement(Verdict.SKIPPED, reason="inequality between matrices")
                        gap = (a - b).item() if flip else (b - a).item()
                        seen += 1
                        if gap >= -TIGHT * max(env.scale, 1.0):
                            held += 1
                        else:
                            example_ = example_ or example(env, a, b, local)
                except Unbound:
                    return Judgement(Verdict.UNBOUND, reason=self.unbound_names(left, right) or "a name")
                except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError) as error:
                    if isinstance(error, IllTyped):
                        return Judgement(Verdict.ILL_TYPED, reason=str(error))
                    continue
        if seen == 0:
            return Judgement(Verdict.SKIPPED, reason="inequality")
        if held == 0 and seen >= 3:
            return Judgement(
                Verdict.FAILS, reason=f"inequality, violated in all {seen} samples", counterexample=example_
            )
        return Judgement(
            Verdict.SKIPPED, reason=f"inequality, held in {held} of {seen} samples", counterexample=example_
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    outcome: Outcome | None
    error: Trouble | None


def is_own(entry: object) -> bool:
    return isinstance(entry, Drawn) and entry.source == "reply"


def base_name(node: Sub) -> str:
    return node.base.name if isinstance(node.base, Sym | Sub) else ""


def is_zero(node: Node) -> bool:
    """Literally zero: 0, -0, 0_{k x n}, a block of zeros."""
    if isinstance(node, Num):
        return node.value == 0
    if isinstance(node, Sub):
        return is_zero(node.base)
    if isinstance(node, Un):
        return node.op in "-T" and is_zero(node.x)
    return isinstance(node, Block) and all(is_zero(n) for row in node.rows for n in row)


def summands(node: Node) -> list[Node]:
    """The terms of a sum, without their signs."""
    out: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Bin) and top.op in "+-":
            stack += [top.right, top.left]
        elif isinstance(top, Un) and top.op == "-":
            stack.append(top.x)
        else:
            out.append(top)
    return out


def vanishes(env: Env, node: Node) -> bool:
    """Whether a part is 0 up to rounding; False where it has no value of its own."""
    try:
        env.begin()
        with np.errstate(all="ignore"):
            value = env.value(node, {})
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return False
    return isinstance(value, np.ndarray) and float(np.abs(value).max(initial=0.0)) <= TIGHT * max(env.scale, 1e-30)


def moved_names(scope: Scope, *nodes: Node) -> frozenset[str] | None:
    """The free symbols whose own differentials occur: they alone move. None: all of them."""
    out = set()
    for node in nodes:
        for n in walk(node) if has_derivative(node) else ():
            if isinstance(n, Diff) and isinstance(n.x, Sym | Sub):
                found = scope.find(n.x.name)
                if found is not None and isinstance(found[1], Drawn):
                    out.add(found[0])
    return frozenset(out) or None


def example(env: Env, a: Array, b: Array, local: Local) -> Counterexample:
    a, b = np.broadcast_arrays(a.real, b.real)
    at = np.unravel_index(int(np.abs(a - b).argmax()), a.shape)
    sizes = ", ".join(f"{n}={s}" for n, s in env.world.sizes.items())
    places = [f"{n}={int(np.asarray(v).item())}" for n, v in local.items() if isinstance(v, np.ndarray) and v.size == 1]
    if a.size > 1:
        places.append(f"entry ({int(at[-2]) + 1}, {int(at[-1]) + 1})")
    label = env.world.label + (f" ({sizes})" if sizes else "")
    return Counterexample(label, ", ".join(places), float(a[at]), float(b[at]))


__all__ = ["FALSE", "TRUE", "Counterexample", "Judge", "Judgement", "Verdict", "names_in", "replace"]

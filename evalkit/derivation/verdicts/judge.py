"""Does a relation hold? Evaluated in several worlds; the verdict classes are never merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from evalkit.derivation.grammar.nodes import (
    Bin,
    Diff,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    has_derivative,
    is_zero,
    rebuilt,
    summands,
    walk,
)
from evalkit.derivation.verdicts.in_world import Outcome, in_world, vanishes
from evalkit.derivation.verdicts.indicators import otherwise_decided
from evalkit.derivation.verdicts.knowledge import Knowledge
from evalkit.derivation.verdicts.other_signs import with_other_signs, with_other_sizes
from evalkit.derivation.verdicts.trivial import with_letters_exchanged, with_other_powers
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict, unbound
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import (
    Defined,
    Drawn,
    Scope,
    folded_names,
    names_in,
    starred_beside_plain,
    unbound_names,
)
from evalkit.derivation.worlds.values import IllTyped, Trouble, Unbound, Undefined, Unsupported
from evalkit.derivation.worlds.world import ASSUMED, FREE, GENERIC, Group

ANOTHER_MEANING = "another meaning of"
"""How the reason begins why something that fails by what its names may stand for is not called false."""
ROUNDED = 0.01
"""By how much numbers differ that are written with few figures."""
SPARE, ENOUGH, FURTHER = 6, 2, 7919
"""Worlds that are tried where a relation has no value in ours; how many must give one; how far apart their seeds are."""


class Judge(Knowledge):
    """Judges relations by what it knows at the moment."""

    spares: dict[tuple[int, int], Env] | None = None
    """Further worlds that are kept, by the environment for which they stand in."""

    def equation(self, left: Node, right: Node) -> Judgement:
        """Judge `left = right`. What rests on a name by what it may stand for is accepted and never rejected."""
        found = self.computed(left, right)
        doubtful = folded_names(self.scope, left, right) if found.verdict in FALSE else ()
        if found.verdict is Verdict.FAILS and any(name.islower() for name in self.odd):
            # No set is a small letter: the odd font is the text's bold, though rows may be columns there.
            doubtful = tuple(name for name in doubtful if name not in self.odd)
        daggers = found.verdict in FALSE and any(
            isinstance(n, Un) and n.op == "pinv" for n in (*walk(left), *walk(right))
        )
        if daggers and not doubtful and self.computed(adjoint(left), adjoint(right)).verdict in TRUE:
            doubtful = ("\\dagger",)
        if not doubtful:
            return found
        return Judgement(Verdict.UNBOUND, reason=f"{ANOTHER_MEANING} {', '.join(doubtful)}", unknown=doubtful)

    def computed(self, left: Node, right: Node) -> Judgement:
        """What the worlds say of `left = right`."""
        try:
            with np.errstate(all="ignore"):
                return self.judged(left, right)
        except Unbound as error:
            return unbound(unbound_names(self.scope, left, right), str(error))
        except IllTyped as error:
            if self.is_laid_out(left, right):
                return Judgement(Verdict.DISPUTED, reason="the same numbers in a row and in a column")
            return Judgement(Verdict.ILL_TYPED, reason=str(error))
        except (Unsupported, Undefined) as error:
            return Judgement(Verdict.UNPARSED, reason=str(error))
        except (ArithmeticError, ValueError, RecursionError, MemoryError, np.linalg.LinAlgError) as error:
            return Judgement(Verdict.UNPARSED, reason=f"could not be computed ({type(error).__name__})")

    def is_laid_out(self, left: Node, right: Node) -> bool:
        """Whether two lists of numbers alone differ in that one lies and one stands. Not where the text turns one."""
        if names_in(left) or names_in(right):
            return False
        if any(isinstance(n, Un) and n.op == "T" for n in (*walk(left), *walk(right))):
            return False
        try:
            a, b = (self.general.value(side, {}) for side in (left, right))
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            return False
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or a.shape != (b.shape[1], b.shape[0]):
            return False
        return min(a.shape) == 1 and bool(np.allclose(a.T, b, rtol=ROUNDED))

    def moved(self, group: Group, left: Node, right: Node) -> frozenset[str] | None:
        """Which symbols `d` moves in this relation."""
        return moved_names(self.scope_of(group), left, right) if has_derivative(left) or has_derivative(right) else None

    def judged(self, left: Node, right: Node) -> Judgement:
        if (name := starred_beside_plain(self.scope, left, right)) is not None:
            raise Unbound(name)
        moved = self.moved(GENERIC, left, right)
        generic = self.attempt(GENERIC, left, right, moved)
        if generic.outcome is not None and generic.outcome.holds:
            if self.fails_in_some(otherwise_decided(self.general, left, right)):
                return Judgement(Verdict.VACUOUS, reason="holds as long as an indicator does not change")
            if self.fails_in_some(with_other_signs(self.general, left, right)):
                return Judgement(Verdict.FAILS, reason="holds only with the signs that its letters have")
            if self.fails_in_some(with_other_sizes(self.general, left, right)):
                return Judgement(Verdict.VACUOUS, reason="holds only with the sizes that its letters have")
            if has_derivative(Bin("+", left, right)):
                return Judgement(Verdict.IDENTITY)
            free = self.attempt_in(self.envs(FREE, moved)[:1], left, right)
            return Judgement(Verdict.ALGEBRA if free.outcome is not None and free.outcome.holds else Verdict.IDENTITY)
        best: Judgement | None = None
        groups = [] if self.is_strict(left, right) else [s.group for s in self.setting.specials]
        if self.rests_on_assumptions(left, right):
            groups.insert(0, ASSUMED)
        attempts = {}
        for group in groups:
            attempts[group] = found = self.attempt(group, left, right, self.moved(group, left, right))
            if found.outcome is None or not found.outcome.holds:
                continue
            name = "assumptions" if group == ASSUMED else group.world
            under = tuple(sorted(self.assumed)) if group == ASSUMED else ()
            if group == ASSUMED and (given := self.holds_by_value(left, right)):
                reason = f"holds only by the value given to {', '.join(given)}"
                best = best or Judgement(Verdict.VACUOUS, name, reason, under=under)
                continue
            if self.holds_with_any_power(group, left, right):
                best = best or Judgement(Verdict.VACUOUS, name, "holds there with any power of a symbol", under=under)
                continue
            if self.holds_by_equal_letters(group, left, right):
                best = best or Judgement(
                    Verdict.VACUOUS, name, "holds there as two letters have one value", under=under
                )
                continue
            if self.meaningful(group, left, right, found.outcome, moved):
                return Judgement(Verdict.HOLDS, name, under=under)
            best = best or Judgement(Verdict.VACUOUS, name, "what it says vanishes there", under=under)
        there = attempts.get(ASSUMED, generic)
        failed = there if there.outcome is not None else None
        elsewhere = any(a.outcome is not None for group, a in attempts.items() if group != ASSUMED)
        if failed is None and (elsewhere or isinstance(there.error, Undefined)):
            failed = (
                generic if generic.outcome is not None else None
            )  # else it is not false by what letters are in general
        if best is not None and not (has_derivative(Bin("+", left, right)) and failed is not None):
            return best
        if failed is not None and self.holds_where_moved(left, right):
            return Judgement(Verdict.IDENTITY)
        if failed is not None and failed.outcome is not None:
            return Judgement(Verdict.FAILS, counterexample=failed.outcome.counterexample)
        errors = [a.error for a in (there, generic, *attempts.values()) if a.error is not None]
        raise next((e for e in errors if not isinstance(e, Undefined)), errors[0])

    def fails_in_some(self, pairs: Iterable[tuple[Node, Node]]) -> bool:
        """Whether one of these has a value in general and does not hold."""
        return any((o := self.outcome_in(GENERIC, *pair)) is not None and not o.holds for pair in pairs)

    def holds_where_moved(self, left: Node, right: Node) -> bool:
        """Whether `df = g^\\top dh` holds where h alone moves, what the problem or the reply says it is left aside."""
        here = {n.x.name for n in walk(right) if isinstance(n, Diff) and isinstance(n.x, Sym | Sub)}
        found = [self.scope_of(GENERIC).find(name) for name in here]
        moved = frozenset(f[0] for f in found if f is not None and isinstance(f[1], Defined) and not f[1].params)
        if not isinstance(left, Diff) or not here or len(moved) < len(here):
            return False
        outcome = self.attempt_in(self.envs(GENERIC, moved), left, right).outcome
        return outcome is not None and outcome.holds and not outcome.vanishes

    def attempt(self, group: Group, left: Node, right: Node, moved: frozenset[str] | None) -> Attempt:
        """Outcome over the worlds of a group; an error where it cannot be evaluated there."""
        if self.is_as_general(group, left, right):
            group = GENERIC.but(group.mode)  # where it was computed before
        return self.attempt_in(self.envs(group, moved), left, right)

    def attempt_in(self, envs: Sequence[Env], left: Node, right: Node) -> Attempt:
        """Outcome in these environments of one group, and in spare worlds where it has no value in any of them."""
        results: list[Outcome] = []
        error: Trouble | None = None
        for env in envs:
            try:
                result = in_world(env, left, right, self.limits)
            except Undefined as trouble:
                error = error or trouble
                continue
            except Trouble as trouble:
                return Attempt(None, trouble)
            except (ArithmeticError, ValueError, MemoryError, np.linalg.LinAlgError) as trouble:
                return Attempt(None, Unsupported(f"could not be computed ({type(trouble).__name__})"))
            results.append(result)
            if not result.holds:
                return Attempt(result, None)
        if not results and envs[0].mode == "plain":
            results = self.in_spare_worlds(envs[0], left, right)
        failed = next((r for r in results if not r.holds), None)
        if failed is not None:
            return Attempt(failed, None)
        if not results:
            return Attempt(None, error or Undefined("no world"))
        return Attempt(Outcome(True, all(r.vanishes for r in results)), None)

    def in_spare_worlds(self, first: Env, left: Node, right: Node) -> list[Outcome]:
        """Outcomes in further worlds, where it has no value in any of ours: `\\sqrt{1 - 1/k}` wants k > 1. Two or none."""
        results: list[Outcome] = []
        for number in range(1, SPARE + 1):
            try:
                results.append(in_world(self.spare(first, number), left, right, self.limits))
            except (Trouble, ArithmeticError, ValueError, MemoryError, np.linalg.LinAlgError):
                continue
            if len(results) == ENOUGH:
                return results
        return []

    def spare(self, first: Env, number: int) -> Env:
        """One of the further worlds; kept while many edits of one relation are computed."""
        place = (id(first), number)
        env = self.spares.get(place) if self.spares is not None else None
        if env is None:
            env = first.elsewhere(replace(first.world, seed=first.world.seed + FURTHER * number, drawn={}))
            if self.spares is not None:
                self.spares[place] = env
        return env

    @contextmanager
    def keeping_spares(self) -> Iterator[None]:
        """Inside, no name changes its meaning, and further worlds are kept."""
        self.spares = {}
        try:
            yield
        finally:
            self.spares = None

    def meaningful(self, group: Group, left: Node, right: Node, outcome: Outcome, moved: frozenset[str] | None) -> bool:
        """Not a mere 0 = 0: a side is literally 0, or no summand vanishes, or it holds with opaque decompositions too."""
        if is_zero(left) or is_zero(right) or not (outcome.vanishes or self.idle_summand(group, left, right, moved)):
            return True
        opaque = self.attempt(group.but("semi"), left, right, moved)
        if opaque.outcome is None or not opaque.outcome.holds or opaque.outcome.vanishes:
            return False
        return not self.idle_summand(group.but("semi"), left, right, moved)

    def holds_with_any_power(self, group: Group, left: Node, right: Node) -> bool:
        """Whether a special world makes a symbol a constant, so that another power of it would do, too."""
        special = self.special(group.world)
        if special is None or is_zero(left) or is_zero(right) or has_derivative(Bin("+", left, right)):
            return False
        env = self.envs(group)[0]
        for side, other in with_other_powers(env, left, right, special.overlay.keys()):
            there, general = (self.outcome_in(g, side, other) for g in (group, GENERIC))
            if there is not None and there.holds and general is not None and not general.holds:
                return True
        return False

    def holds_by_equal_letters(self, group: Group, left: Node, right: Node) -> bool:
        """Whether a special world gives two letters one value, and it is true everywhere with the one for the other."""
        special = self.special(group.world)
        if special is None:
            return False
        for pair in with_letters_exchanged(left, right, special.overlay):
            outcome = self.outcome_in(GENERIC, *pair)
            if outcome is not None and outcome.holds:
                return True
        return False

    def holds_by_value(self, left: Node, right: Node) -> list[str]:
        """The letters on both sides that the reply gave a number, where it holds for this number alone: where a letter
        stands on both sides, the relation speaks of more than one value of it. With a derivative also those behind names."""
        written = [
            {found[0] for n in names_in(side) if (found := self.scope_of(GENERIC).find(n))} for side in (left, right)
        ]
        if any(map(has_derivative, (left, right))):  # V says V(t) there: it speaks of every t
            written = [found | self.general.depends(n) for found, n in zip(written, (left, right), strict=True)]
        both = written[0] & written[1]
        given = sorted(
            n for n, e in self.assumed.items() if n in both & self.said and isinstance(e, Defined) and is_number(e.body)
        )
        if not given:
            return []
        freed = self.branch()
        for name in given:
            freed.withdraw(name)
        outcome = freed.outcome_in(ASSUMED, left, right)
        return [] if outcome is not None and outcome.holds else given

    def idle_summand(self, group: Group, left: Node, right: Node, moved: frozenset[str] | None) -> bool:
        """Whether a summand is 0 in this group only: the relation would hold with any sign or factor before it."""
        terms = [*summands(left), *summands(right)]
        if len(terms) < 3:
            return False
        env, general = self.envs(group, moved)[0], self.envs(GENERIC, moved)[0]
        return any(vanishes(env, t) and not vanishes(general, t) for t in terms if not is_zero(t))

    def rests_on_assumptions(self, left: Node, right: Node) -> bool:
        if not self.assumed:
            return False
        env = self.envs(ASSUMED)[0]
        return bool(env.depends(Bin("=", left, right)) & self.assumed.keys())

    def is_strict(self, left: Node, right: Node) -> bool:
        """Whether the reply's own general form of all symbols decides alone: `W_2 = U_k B` with any B says more than a
        special world where B = I."""
        if not self.assumed or not self.rests_on_assumptions(left, right):
            return False
        both = Bin("=", left, right)
        special = {n for s in self.setting.specials for n in s.overlay}
        used = self.general.depends(both) & special
        if not used <= self.assumed.keys():
            return False
        env = self.envs(ASSUMED)[0]
        return any(is_own(env.scope.entries.get(n)) for n in env.depends(both))

    def in_specials(self, left: Node, right: Node) -> Judgement | None:
        """Where it holds among the special worlds, whatever the reply assumed."""
        for special in self.setting.specials:
            found = self.outcome_in(special.group, left, right)
            if found is not None and found.holds:
                return Judgement(Verdict.HOLDS, special.name)
        return None

    def holds_in(self, group: Group, left: Node | None, right: Node | None) -> bool:
        """Whether it holds, and says something, in one group of worlds."""
        if left is None or right is None:
            return False
        found = self.outcome_in(group, left, right)
        moved = self.moved(group, left, right)
        return found is not None and found.holds and self.meaningful(group, left, right, found, moved)

    def outcome_in(self, group: Group, left: Node, right: Node) -> Outcome | None:
        """What becomes of it in one group of worlds; None where it has no value there."""
        return self.attempt(group, left, right, self.moved(group, left, right)).outcome


class Attempt(NamedTuple):
    outcome: Outcome | None
    error: Trouble | None


def adjoint(node: Node) -> Node:
    """The tree with every dagger read as the adjoint, not as the pseudo-inverse."""
    parts = [adjoint(n) for n in children(node)]
    return Un("T", parts[0]) if isinstance(node, Un) and node.op == "pinv" else rebuilt(node, parts)


def is_own(entry: object) -> bool:
    return isinstance(entry, Drawn) and entry.source == "reply"


def is_number(node: Node) -> bool:
    """Written in numbers alone."""
    return all(isinstance(n, Num | Bin | Un) for n in walk(node))


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

"""Which milestones a reply passes, where it leaps over some, and the proof that a problem's own milestones hold.

Two relations are the same where their residuals (left - right) agree up to a constant factor or a transpose in semi worlds:
decompositions, gradients and differentials are independent random arrays there, so an identity has a residual that
is not 0. A milestone may declare further factors. Not found: forms that need an inverse or a root of the milestone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit.derivation.draw import Array
from evalkit.derivation.evaluate import Env
from evalkit.derivation.judge import TRUE, Judge, Verdict
from evalkit.derivation.nodes import Bin, Call, Node, Num, walk
from evalkit.derivation.pretty import pretty
from evalkit.derivation.scope import names_in
from evalkit.derivation.series import index_range, loose_indices
from evalkit.derivation.setting import Milestone, Pair, Setting
from evalkit.derivation.values import Trouble, is_scalar, matched, multiply, number
from evalkit.errors import SpecError

if TYPE_CHECKING:
    from evalkit.derivation.analysis import Leap, Met, Relation
    from evalkit.derivation.reader import Read, Reader

CLOSE = 1e-7


@dataclass(frozen=True, slots=True)
class Residual:
    """left - right in one world, for one value of the free indices each; `size` is the scale of the sides."""

    parts: tuple[Array, ...]
    size: float


def residual(env: Env, left: Node, right: Node, factor: tuple[Node, str] | None = None) -> Residual | None:
    """None where it has no value. factor: multiply from the `left` or the `right`."""
    both = Bin("=", left, right)
    try:
        names = loose_indices(env, both, {})
        if len(names) > 1:
            return None
        locals_ = [{}]
        if names:
            low, high = index_range(env, both, names[0], {})
            locals_ = [{names[0]: number(float(i))} for i in range(low, min(high, low + 2) + 1)]  # type: ignore[dict-item]
        parts, size = [], 0.0
        for local in locals_:
            env.scale, env.steps = 0.0, 0
            with np.errstate(all="ignore"):
                a, b = matched(env.side(left, local), env.side(right, local))
                out = np.asarray(a.real - b.real)
                if factor is not None:
                    f = env.value(factor[0], local)
                    product = multiply(f, out) if factor[1] == "left" else multiply(out, f)
                    if not isinstance(product, np.ndarray):
                        return None
                    out = product.real
            if out.ndim != 2 or not np.isfinite(out).all():
                return None
            parts.append(out)
            size = max(size, float(np.abs(a).max()), float(np.abs(b).max()), float(np.abs(out).max()))
        return Residual(tuple(parts), size)
    except (Trouble, ValueError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return None


def flat(r: Residual, turned: bool) -> Array:
    return np.concatenate([(p.T if turned else p).reshape(-1) for p in r.parts])


def ratio(a: Residual, b: Residual) -> tuple[float, ...] | None:
    """Factors c with a = c b (as it stands or transposed); None where there is none or b vanishes."""
    out: list[float] = []
    if sum(p.size for p in a.parts) != sum(p.size for p in b.parts):
        return None
    for turned in (False, True):
        if any(p.shape != (q.T if turned else q).shape for p, q in zip(a.parts, b.parts, strict=False)) or len(a.parts) != len(b.parts):
            continue
        x, y = flat(a, False), flat(b, turned)
        weight = float(y @ y)
        if weight <= (1e-9 * b.size) ** 2:
            return None
        c = float(x @ y) / weight
        if abs(c) > 1e-9 and float(np.abs(x - c * y).max()) <= CLOSE * max(float(np.abs(x).max()), 1e-300):
            out.append(c)
    return tuple(out) or None


class Matcher:
    """Milestones of a setting against relations; residuals of milestones are computed once for each reply."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.staff = Judge(judge.setting)
        self.staff.worlds = judge.worlds
        self.cache: dict[tuple[int, int, int], list[Residual | None]] = {}
        self.groups: dict[str, str] = {}
        self.scales: dict[int, list[list[float]]] = {}

    def group(self, milestone: Milestone) -> str:
        """The semi worlds in which a milestone is compared: its own world's only where it needs symbols of that world."""
        if milestone.id not in self.groups:
            own = {n for s in self.judge.setting.specials if s.name == milestone.world for n in s.visible}
            names = {n for pair in milestone.forms for side in pair for n in names_in(side)}
            self.groups[milestone.id] = f"semi/{milestone.world}" if own & names else "semi/generic"
        return self.groups[milestone.id]

    def targets(self, at: int, milestone: Milestone, form: int, factor: int) -> list[Residual | None]:
        """Residuals of one form with one factor (0: none; then each declared one from the left and the right)."""
        key = (at, form, factor)
        if key not in self.cache:
            choice = None
            if factor:
                choice = (milestone.factors[(factor - 1) // 2], "left" if factor % 2 else "right")
            left, right = milestone.forms[form]
            self.cache[key] = [residual(env, left, right, choice) for env in self.staff.envs(self.group(milestone))]
        return self.cache[key]

    def matches(self, at: int, milestone: Milestone, found: Sequence[Residual | None]) -> bool:
        """Up to a constant, the transpose, a size of the world, and the declared factors."""
        scales = self.scalars(at, milestone)
        for form in range(len(milestone.forms)):
            for factor in range(1 + 2 * len(milestone.factors)):
                if same(found, self.targets(at, milestone, form, factor), scales):
                    return True
        return False

    def scalars(self, at: int, milestone: Milestone) -> list[list[float]]:
        """Values, world by world, of the scalars that may scale a milestone: sizes, and declared scalar factors."""
        if at not in self.scales:
            envs = self.staff.envs(self.group(milestone))
            out = [[float(env.world.sizes[n]) for env in envs] for n in envs[0].world.sizes]
            for factor in milestone.factors:
                try:
                    values = [env.value(factor, {}) for env in envs]
                except Trouble:
                    continue
                if all(isinstance(v, np.ndarray) and v.size == 1 and v.item() != 0 for v in values):
                    out.append([float(v.item()) for v in values if isinstance(v, np.ndarray)])
            self.scales[at] = out
        return self.scales[at]

    def algebraic(self, milestone: Milestone, form: int, at: int) -> bool:
        """Whether the milestone holds in semi worlds too, so that residuals cannot tell it from other identities."""
        targets = [r for r in self.targets(at, milestone, form, 0) if r is not None]
        return bool(targets) and all(max(float(np.abs(p).max()) for p in r.parts) <= 1e-8 * r.size for r in targets)


def same(found: Sequence[Residual | None], wanted: Sequence[Residual | None], scales: Sequence[Sequence[float]] = ()) -> bool:
    """One and the same factor in all worlds, at least two of them, up to a power of one of the scales."""
    table: list[tuple[int, tuple[float, ...]]] = []
    for i, (a, b) in enumerate(zip(found, wanted, strict=True)):
        if a is None or b is None:
            if (a is None) != (b is None):
                return False
            continue
        factors = ratio(a, b)
        if factors is None:
            return False
        table.append((i, factors))
    if len(table) < 2:
        return False
    if constant([f for _, f in table]):
        return True
    for scale in scales:
        for power in (-1, 1, -2, 2):
            if constant([tuple(c / scale[i] ** power for c in f) for i, f in table]):
                return True
    return False


def constant(table: Sequence[tuple[float, ...]]) -> bool:
    return any(all(any(abs(c - d) <= 1e-5 * abs(c) for d in other) for other in table[1:]) for c in table[0])


def passed(reader: Reader, relations: Sequence[Relation]) -> list[Met]:
    """The milestones that a reply passes, in the order of the text; each at its first place."""
    from evalkit.derivation.analysis import Met

    setting = reader.setting
    if not setting.milestones:
        return []
    matcher = Matcher(reader.judge)
    met: dict[str, Met] = {}
    pairs = candidate_pairs(reader.relations)
    groups = {matcher.group(m) for m in setting.milestones if m.kind != "structural"}
    shapes = [structure(m) for m in setting.milestones]
    for number_, left, right, start, end in pairs:
        residuals: dict[str, list[Residual | None]] = {}
        for group in groups:
            residuals[group] = [residual(env, left, right) for env in reader.judge.envs(group)]
        for at, milestone in enumerate(setting.milestones):
            if milestone.id in met or milestone.kind == "structural":
                continue
            hit = matcher.matches(at, milestone, residuals[matcher.group(milestone)])
            if not hit:
                hit = any(
                    matcher.algebraic(milestone, form, at) and same_sides(matcher, milestone, form, left, right, reader.judge)
                    for form in range(len(milestone.forms)) if shapes[at][form] == heads(left) | heads(right)
                )  # fmt: skip
            if hit:
                met[milestone.id] = Met(milestone.id, start, end, number_)
    from evalkit.derivation.approaches import structural

    for milestone in setting.milestones:
        if milestone.kind == "structural":
            places = [structural(rule, reader, relations, list(met.values())) for rule in milestone.rules]
            if all(places):
                first = max((p[0] for p in places), key=lambda e: e.start)
                met[milestone.id] = Met(milestone.id, first.start, first.end, None)
    return sorted(met.values(), key=lambda m: (m.start, m.id))


def candidate_pairs(reads: Sequence[Read]) -> list[tuple[int, Node, Node, int, int]]:
    """Sides to compare: each relation, and all pairs of sides of one chain."""
    bad = (Verdict.UNPARSED, Verdict.UNBOUND, Verdict.ILL_TYPED, Verdict.SKIPPED)
    out = []
    for i, r in enumerate(reads):
        if r.left is None or r.right is None or r.op in ("in", "approx") or r.judgement.verdict in bad or r.negated:
            continue
        out.append((i, r.left, r.right, r.start, r.end))
        left, start, j = r, r.start, i - 1
        while j >= 0 and i - j <= 6 and reads[j].chain == r.chain and reads[j].judgement.verdict not in (*bad, Verdict.FAILS):
            left = reads[j]
            start = left.start
            if left.left is not None and r.judgement.verdict is not Verdict.FAILS:
                out.append((i, left.left, r.right, start, r.end))
            j -= 1
    return out


def heads(node: Node) -> frozenset[str]:
    """Names of the functions that occur: they tell algebraic identities apart."""
    return frozenset(n.name for n in walk(node) if isinstance(n, Call)) | frozenset(
        type(n).__name__ for n in walk(node) if type(n).__name__ in ("Big", "Grad", "Diff", "Block")
    )


def structure(milestone: Milestone) -> tuple[frozenset[str], ...]:
    return tuple(heads(left) | heads(right) for left, right in milestone.forms)


def same_sides(matcher: Matcher, milestone: Milestone, form: int, left: Node, right: Node, judge: Judge) -> bool:
    """For milestones that are plain algebra: both sides agree in value with the milestone's, and differ as written."""
    a, b = milestone.forms[form]
    if pretty(left) == pretty(right):
        return False
    group = "free/generic"
    staff, own = matcher.staff.envs(group), judge.envs(group)
    straight = all(equal_value(s, a, o, left) and equal_value(s, b, o, right) for s, o in zip(staff, own, strict=True))
    return straight or all(equal_value(s, a, o, right) and equal_value(s, b, o, left) for s, o in zip(staff, own, strict=True))


def equal_value(staff: Env, a: Node, own: Env, b: Node) -> bool:
    try:
        staff.steps = own.steps = 0
        with np.errstate(all="ignore"):
            x, y = matched(staff.value(a, {}), own.value(b, {}))
        return bool(np.allclose(x, y, rtol=1e-7, atol=1e-9 * float(np.abs(x).max()))) and float(np.abs(x).max()) > 0
    except (Trouble, ValueError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return False


# ------------------------------------------------------------ leaps
def leaps(reader: Reader, met: Sequence[Met]) -> list[Leap]:
    """Milestones of the approach that the reply follows that are missing before one that it passed."""
    from evalkit.derivation.analysis import Leap

    ids = {m.id: m for m in met}
    out: list[Leap] = []
    tracks = [a.id for a in reader.setting.approaches] or [""]
    for track in tracks:
        own = [m for m in reader.setting.milestones if not m.approaches or track in m.approaches]
        specific = [m for m in own if track in m.approaches]
        if track and not any(m.id in ids for m in specific):
            continue
        missing: list[str] = []
        before: Met | None = None
        for milestone in own:
            here = ids.get(milestone.id)
            if here is None:
                missing.append(milestone.id)
                continue
            if missing and before is not None:
                where = before.id
                found = Leap(tuple(missing), here.start, here.end, f"from {where} to {here.id}")
                if found not in out:
                    out.append(found)
            missing, before = [], here
    return sorted(out, key=lambda x: x.start)


# ------------------------------------------------------------ proof
@dataclass(frozen=True, slots=True)
class Proof:
    """One form of one milestone: whether it holds where it should, and whether it says anything."""

    milestone: str
    form: int
    holds: bool
    reason: str


def prove_milestones(setting: Setting, *, seed: int = 0) -> list[Proof]:
    """Judge every form of every milestone that has an equation. A milestone that fails, is vacuous or cannot be evaluated has
    `holds` False and a reason."""
    judge = Judge(setting, seed)
    out = []
    for milestone in setting.milestones:
        for i, pair in enumerate(milestone.forms):
            ok, reason = prove(judge, milestone, pair)
            out.append(Proof(milestone.id, i, ok, reason))
    return out


def prove(judge: Judge, milestone: Milestone, pair: Pair) -> tuple[bool, str]:
    left, right = pair
    if milestone.kind == "identity" and milestone.world is None:
        found = judge.equation(left, right)
        if found.verdict in (Verdict.IDENTITY, Verdict.ALGEBRA):
            return True, str(found.verdict)
        if found.verdict is Verdict.HOLDS:
            return False, f"holds only in the world {found.world!r}: make it a condition, or name the world"
        return False, explain(found.verdict, found.reason, found.counterexample)
    world = milestone.world or "generic"
    from evalkit.derivation.judge import moved_names

    moved = moved_names(judge.scope_of(world), left, right)
    attempt = judge.attempt(world, left, right, moved)
    if attempt.outcome is None:
        return False, f"cannot be evaluated in the world {world!r}: {attempt.error}"
    if not attempt.outcome.holds:
        return False, explain(Verdict.FAILS, f"in the world {world!r}", attempt.outcome.counterexample)
    if milestone.kind == "condition" and judge.equation(left, right).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA):
        return True, "holds everywhere, not only in its world"
    if not judge.meaningful(world, left, right, attempt.outcome, moved):
        return False, f"reads 0 = 0 in the world {world!r}"
    return True, f"holds in {world!r}"


def explain(verdict: Verdict, reason: str, example: object) -> str:
    return f"{verdict}{': ' + reason if reason else ''}{f' ({example})' if example else ''}"


__all__ = ["TRUE", "Matcher", "Num", "Proof", "SpecError", "is_scalar", "leaps", "passed", "prove_milestones"]

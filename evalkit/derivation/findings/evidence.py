"""Where an evidence rule shows in a reply: decompositions, definitions, expressions, gradients, milestones, wording."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from evalkit.derivation.findings.residuals import residual, same
from evalkit.derivation.findings.results import Evidence, Met, Relation
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Diff, Grad, Node, Num, Sub, Sym, children, walk
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.setting import Rule
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Alias, Factor, Family, Scope, family_key, names_in
from evalkit.derivation.worlds.values import Trouble, Value, multiply
from evalkit.derivation.worlds.world import SEMI
from evalkit.reading import english


@lru_cache(maxsize=1024)
def wording(phrase: str) -> re.Pattern[str]:
    """A phrase; `*` stands for up to 40 characters of one line, white space for any white space."""
    parts = [re.escape(p).replace("\\ ", r"\s+") for p in phrase.split("*")]
    return re.compile(r"(?<!\w)" + r"[^\n]{0,40}?".join(parts), re.I)


def done(text: str, start: int, end: int) -> bool:
    """Whether the words at a place speak of what the reply does: not denied, announced or merely possible."""
    said = english.sentence_at(text, start)
    return claimed(text, start, end) and not (english.ANNOUNCES.search(said) or english.SUMS_UP.search(said))


def claimed(text: str, start: int, end: int) -> bool:
    """Whether the words at a place claim what they name: neither denied nor merely possible."""
    return not (english.left_out(text, start, end) or english.SUGGESTS.search(english.sentence_at(text, start)))


def structural(rule: Rule, reading: Reading, relations: Sequence[Relation], met: Sequence[Met]) -> list[Evidence]:
    """Where a rule shows, in the order of the text."""
    usable = [
        i for i, r in enumerate(relations) if not r.negated and r.verdict not in (Verdict.UNPARSED, Verdict.ILL_TYPED)
    ]
    match rule.kind:
        case "or":
            shown = [e for part in rule.either for e in structural(part, reading, relations, met)]
            return sorted(shown, key=lambda e: e.start)
        case "wording":
            text = reading.document.text
            hits = [m.span() for m in wording(rule.text).finditer(text) if done(text, *m.span())]
            return [Evidence(2, s, e, f"wording {text[s:e]!r}") for s, e in hits]
        case "milestone":
            if any(m.id in rule.without for m in met):
                return []
            missing = f" without {', '.join(rule.without)}" if rule.without else ""
            return [Evidence(2, m.start, m.end, f"milestone {m.id}{missing}") for m in met if m.id == rule.text]
        case "contains":
            return contains(rule, reading, relations, usable)
        case "equation":
            found = equations(rule, reading, usable)
            return [Evidence(2, relations[i].start, relations[i].end, f"equation {rule.text}") for i in found]
    whys = [(relations[i], why) for i in usable if (why := shows(rule, reading, relations[i], i))]
    return [Evidence(2, r.start, r.end, why) for r, why in whys]


def shows(rule: Rule, reading: Reading, relation: Relation, i: int) -> str:
    """Why relation number `i` alone shows a rule; empty where it does not."""
    names = {rule.text, family_key(rule.text)}
    match rule.kind:
        case "svd" | "eigen":
            return f"{rule.kind} of {pretty(rule.nodes[0])}" if decomposes(reading, i, rule) else ""
        case "defines":
            made = relation.verdict is Verdict.DEFINITION and relation.introduces & names
            return f"defines {rule.text}" if made else ""
        case "assumes":
            assumed = relation.verdict in (Verdict.ASSUMPTION, Verdict.HOLDS, Verdict.UNSTATED)
            return f"assumes {rule.text}" if assumed and relation.introduces & names else ""
        case "symbol":
            return f"symbol {rule.text}" if rule.text in relation.uses | relation.introduces else ""
        case "gradient":
            return (
                f"gradient of {rule.text}"
                if any(is_gradient(n, rule, reading.judge.scope) for n in nodes_of(reading, i))
                else ""
            )
        case "differential":
            return (
                f"d{rule.text}"
                if any(is_differential(n, rule, reading.judge.scope) for n in nodes_of(reading, i))
                else ""
            )
    return ""


def is_differential(node: Node, rule: Rule, scope: Scope) -> bool:
    return isinstance(node, Diff) and isinstance(node.x, Sym | Sub) and named(node.x, scope) == rule.text


def named(node: object, scope: Scope) -> str:
    """The name of a node as the problem has it, where the reply gave it another."""
    name = node.name if isinstance(node, Sym | Sub | Call) else ""
    found = scope.find(name) if isinstance(scope.entries.get(name), Alias) else None
    return found[0] if found is not None else name


def equations(rule: Rule, reading: Reading, usable: Sequence[int]) -> list[int]:
    """Numbers of the relations that say the same as the rule's equation."""
    left, right = rule.nodes
    wanted = [residual(env, left, right) for env in reading.staff.envs(SEMI)]
    out = []
    for i in usable:
        r = reading.relations[i]
        if r.left is not None and r.right is not None and r.op != "in":
            own = [residual(env, r.left, r.right) for env in reading.judge_of(r).envs(SEMI)]
            if same(own, wanted):
                out.append(i)
    return out


def decomposes(reading: Reading, i: int, rule: Rule) -> bool:
    """`X = U S V^T`, or the same as a sum of blocks or of rank-one terms."""
    read = reading.relations[i]
    if read.kind == rule.kind and read.decomposes is not None:
        return same_value(reading.judge_of(read), read.decomposes, rule.nodes[0])
    if read.judgement.verdict not in (Verdict.IDENTITY, Verdict.ALGEBRA) or read.left is None or read.right is None:
        return False
    wanted = {0, 1, 2} if rule.kind == "svd" else {0, 1}
    return any(
        a == rule.nodes[0] and parts(reading.judge_of(read).scope, b, a, rule.kind) == wanted
        for a, b in ((read.left, read.right), (read.right, read.left))
    )


def parts(scope: Scope, node: Node, of: Node, kind: str) -> set[int]:
    """Which factors of a decomposition of `of` stand in an expression: 0 left, 1 values, 2 right."""
    out: set[int] = set()
    todo = [(n.name, n.base) for n in walk(node) if isinstance(n, Sub)]
    names = [x for name, base in todo for x in (name, family_key(name), getattr(base, "name", ""))]
    names += [n.name for n in walk(node) if isinstance(n, Sym)]
    for name in names:
        found = scope.find(name)
        entry = found[1] if found is not None else None
        if isinstance(entry, Family) and isinstance(entry.of, Sym):
            entry = scope.entries.get(entry.of.name)
        if isinstance(entry, Factor) and entry.of == of and kind in entry.kind:
            out.add(entry.part)
    return out


def nodes_of(reading: Reading, i: int) -> list[Node]:
    r = reading.relations[i]
    return [n for side in (r.left, r.right) if side is not None for n in walk(side)]


def is_gradient(node: Node, rule: Rule, scope: Scope) -> bool:
    if not isinstance(node, Grad):
        return False
    return all(named(a, scope) == named(b, scope) != "" for a, b in zip((node.f, node.by), rule.nodes, strict=True))


def same_value(judge: Judge, a: Node, b: Node) -> bool:
    return a == b or judge.equation(a, b).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA)


def contains(rule: Rule, reading: Reading, relations: Sequence[Relation], usable: Sequence[int]) -> list[Evidence]:
    """Relations (and expressions that stand alone) with a part that equals the rule's expression in a semi world."""
    staff = reading.staff.envs(SEMI)[0]
    target = rule.nodes[0]
    inner = (
        [safe_value(staff, arg) for arg in target.args] if isinstance(target, Call) and target.name == "inner" else []
    )
    wanted = safe_value(staff, target)
    if wanted is None:
        return []
    names = set(names_in(target))
    out = []
    seen: dict[tuple[int, Node], bool] = {}

    def shows(side: Node, judge: Judge) -> bool:
        key = (id(judge), side)
        if key not in seen:
            env = judge.envs(SEMI)[0]
            seen[key] = has_inner(env, side, inner) if inner else has_part(env, side, wanted, names)
        return seen[key]

    for i in usable:
        read = reading.relations[i]
        if any(shows(s, reading.judge_of(read)) for s in (read.left, read.right) if s is not None):
            out.append(Evidence(2, relations[i].start, relations[i].end, f"contains {pretty(rule.nodes[0])}"))
    for start, end, node in reading.mentions:
        if shows(node, reading.judge):
            out.append(Evidence(2, start, end, f"contains {pretty(rule.nodes[0])}"))
    return sorted(out, key=lambda e: e.start)


def has_inner(env: Env, node: Node, wanted: Sequence[Array | None]) -> bool:
    """Whether an inner product of these two, up to a number before each, is written down: its value says too little."""
    for n in walk(node):
        if isinstance(n, Call) and n.name == "inner":
            have = [safe_value(env, arg) for arg in n.args]
            if any(all(map(proportional, have, order)) for order in (wanted, wanted[::-1])):
                return True
    return False


def proportional(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None or a.shape != b.shape:
        return False
    c = float((a * b).sum() / max(float((b * b).sum()), 1e-300))
    return abs(c) > 1e-9 and equals(a, c * b)


def has_part(env: Env, node: Node, wanted: Array, names: set[str]) -> bool:
    """Whether some part of a tree has the wanted value; in a chain of products every run of factors is a part."""
    inside: set[int] = set()
    for n in walk(node):
        if not names & set(names_in(n)) or id(n) in inside:
            continue
        if isinstance(n, Bin) and n.op == "*":
            chain = n.left
            while isinstance(chain, Bin) and chain.op == "*":  # its shorter beginnings are runs of its factors
                inside.add(id(chain))
                chain = chain.left
            factors = product_factors(n)
            for i in range(len(factors)):
                value = safe_value(env, factors[i])
                for j in range(i + 1, min(len(factors), i + 7)):
                    if value is None:
                        break
                    value = times(value, safe_value(env, factors[j]))
                    if equals(value, wanted):
                        return True
        elif not isinstance(n, Num) and children(n) and equals(safe_value(env, n), wanted):
            return True
    return False


def times(a: Array | None, b: Array | None) -> Array | None:
    """The product of two values, None where there is none."""
    if a is None or b is None:
        return None
    try:
        out = multiply(a, b)
    except Trouble:
        return None
    return out if isinstance(out, np.ndarray) else None


def product_factors(node: Node) -> list[Node]:
    out: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Bin) and top.op == "*":
            stack += [top.right, top.left]
        else:
            out.append(top)
    return out


def safe_value(env: Env, node: Node) -> Array | None:
    try:
        env.begin()
        value: Value = env.side(node, {})
    except (Trouble, ValueError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return None
    return value if isinstance(value, np.ndarray) and value.ndim == 2 else None


def equals(a: Array | None, b: Array) -> bool:
    return a is not None and a.shape == b.shape and bool((np.abs(a - b) <= 1e-9 + 1e-7 * np.abs(b)).all())

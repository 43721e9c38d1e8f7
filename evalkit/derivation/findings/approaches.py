"""Which approaches a reply takes: announced is not done, and set up is not carried through.

Level 1: its wording occurs. Level 2: one of its `uses` shows in the mathematics (or all wordings, where the rules are
wordings). Level 3: the conclusion depends on a decisive rule: following names that relations introduce, and sides that
return, a path leads from the evidence to the last relations of the reply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from evalkit.derivation.findings.evidence import claimed, product_factors, safe_value, structural, wording
from evalkit.derivation.findings.results import ApproachFound, Evidence, Met, Relation
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.grammar.nodes import Bin, Call, Diff, Grad, Node, Num, Sub, Sym, has_derivative, is_zero, walk
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.relations import ORDER
from evalkit.derivation.problem.setting import Approach, Rule
from evalkit.derivation.text.prose import CONCLUDE
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Drawn, Factor, names_in
from evalkit.reading import english

_CONCLUSION = re.compile(rf"{english.CONCLUDES.pattern}|\b(?:conclusion|conclude|summary|answer)\b", re.I)
_SET_TO_ZERO = re.compile(
    r"\b(?:gradients?|derivatives?)\b[^.]*\b(?:zero|vanish\w*)|\b(?:zero|vanish\w*)[^.]*\b(?:gradients?|derivatives?)\b",
    re.I,
)
_ATTAINED = re.compile(r"\b(?:equality|equal|attained|tight)\b", re.I)
_PART = re.compile(r"\W*(?:part\s*)?\(?(?:[a-h]|i{1,3}|iv)\)|\W*part\s+(?:[a-h]|i{1,3}|iv)\b", re.I)
_BOX = re.compile(r"\\boxed\s*\{")
_BRACE = re.compile(r"(?<!\\)[{}]")
_LABEL = re.compile(r"^[ \t]{0,3}(?:\*\*|#{1,6} )?(?:Part )?\(([a-h])\)", re.M)
_EQUALITY = re.compile(r"\W*(?:with )?equality\b", re.I)
MAX_EVIDENCE, MAX_BOXES, MAX_BOX = 12, 20, 2000
MAX_FACTORS = 6
LAST = 3
"""How many relations at the end of a part conclude it."""
ONE_SENTENCE, SAID_BEFORE = 80, 300
"""Characters between two relations of one sentence; characters in which the words may stand that set gradients to zero."""


def found(reading: Reading, relations: Sequence[Relation], met: Sequence[Met]) -> dict[str, ApproachFound]:
    """The level of every declared approach, with the evidence."""
    if not reading.setting.approaches:
        return {}
    reach = reaching(reading, relations)
    return {a.id: approach(a, reading, relations, met, reach) for a in reading.setting.approaches}


def in_words(reading: Reading) -> dict[str, ApproachFound]:
    """The same by wording alone: nothing is computed."""
    return {
        a.id: approach(replace(a, uses=(), decisive=()), reading, (), (), frozenset())
        for a in reading.setting.approaches
    }


def approach(
    a: Approach, reading: Reading, relations: Sequence[Relation], met: Sequence[Met], reach: frozenset[int]
) -> ApproachFound:
    text = reading.document.text
    named = [m.span() for phrase in a.claims for m in wording(phrase).finditer(text)]
    named = [s for s in named if not english.left_out(text, *s)]  # to say that one goes without it is no mention of it
    claims = sorted({s for s in named if claimed(text, *s)})
    evidence: list[Evidence] = [Evidence(1, s, e, f"wording {text[s:e]!r}") for s, e in sorted(set(named))]
    level = 1 if named else 0
    for rule in a.uses:
        shown = structural(rule, reading, relations, met)
        evidence += [Evidence(2, e.start, e.end, e.reason) for e in shown[:3]]
        level = max(level, 2) if shown else level
    deciding = [e for rule in a.decisive for e in structural(rule, reading, relations, met)]
    if not any(reach & relations_at(relations, e) for e in deciding):
        deciding += [e for rule in a.decisive for e in shown_again(rule, reading, relations, met)]
    if deciding and level < 2:
        evidence += [Evidence(2, e.start, e.end, e.reason) for e in deciding[:3]]
        level = 2
    for e in deciding:
        if reach & relations_at(relations, e):
            evidence.append(Evidence(3, e.start, e.end, f"{e.reason}; the conclusion depends on it"))
            level = 3
    kept = sorted(evidence, key=lambda e: (-e.level, e.start))[:MAX_EVIDENCE]
    return ApproachFound(a.id, level, bool(claims) or level == 1, tuple(kept), tuple(claims))


def shown_again(rule: Rule, reading: Reading, relations: Sequence[Relation], met: Sequence[Met]) -> list[Evidence]:
    """Where a milestone that an expression alone has passed (`only $-dW\\,X$ is left of it`) stands in relations."""
    if rule.kind != "milestone" or not structural(rule, reading, relations, met):
        return []
    rules = [m.rules for m in reading.setting.milestones if m.id == rule.text and m.kind == "structural"]
    return [
        e for r in (rules[0] if rules and len(rules[0]) == 1 else ()) for e in structural(r, reading, relations, met)
    ]


def relations_at(relations: Sequence[Relation], e: Evidence) -> set[int]:
    """Numbers of the relations in which a piece of evidence stands: the whole of a chain up to it."""
    return {i for i, r in enumerate(relations) if r.start <= e.start < r.end or e.start <= r.start < e.end}


# ------------------------------------------------------------ what the conclusion depends on
def reaching(reading: Reading, relations: Sequence[Relation]) -> frozenset[int]:
    """Numbers of the relations on which the last relations of the reply depend, these included.

    A relation depends on earlier ones that introduced a name which it uses, that belong to its chain, that share a side
    (or a summand of a side, as written or in value up to a factor and the transpose) or a differential with it, or that
    speak of the same names of the reply's own or of the same factors of a decomposition of a free symbol.
    """
    good = [i for i, r in enumerate(relations) if carries(r)]
    judged = [i for i in good if relations[i].verdict is not Verdict.SKIPPED]
    if not judged:
        return frozenset()
    text = reading.document.text
    goals = concluding(reading, relations, judged)
    marks: dict[Node, frozenset[str]] = {}
    with reading.judge.general.keeping_parts():  # a run of factors goes on from a shorter one
        terms = [side_terms(reading, i, marks) for i in range(len(relations))]
    makers = introduced_by(relations, [restated(reading, i) for i in range(len(relations))])
    own = own_names(reading, relations)
    seen = set(goals)
    todo = sorted(goals)
    while todo:
        i = todo.pop()
        for j in (
            makers_of(relations[i], i, makers)
            | {
                j
                for j in good
                if j < i and (relations[j].chain == relations[i].chain or terms[i] & terms[j] or own[i] & own[j])
            }
            | spoken_with(text, relations, i)
            | bound_of(text, relations, i)
            | set_to_zero(reading, i)
        ):
            if j not in seen:
                seen.add(j)
                todo.append(j)
    return frozenset(seen)


def carries(r: Relation) -> bool:
    """Whether something can rest on a relation: it is read and not false. A bound may have been sampled only."""
    return (
        not r.negated
        and r.verdict not in (Verdict.UNPARSED, *FALSE)
        and (r.verdict is not Verdict.SKIPPED or r.op in ORDER)
    )


def concluding(reading: Reading, relations: Sequence[Relation], good: Sequence[int]) -> set[int]:
    """The last relations of the reply and of each part (a), (b), ... of the answer, and all below a heading that concludes.

    Sums of mere numbers conclude nothing: they work out an example or a check. Nor does what bounds a letter: `for $t > 0$`."""
    text = reading.document.text
    symbolic = [i for i in good if relations[i].uses or relations[i].introduces] or list(good)
    symbolic = [i for i in symbolic if not bounds_a_letter(reading.relations[i])] or symbolic
    goals: set[int] = set()
    for section in {relations[symbolic[-1]].section} | part_sections(reading):
        own = [i for i in symbolic if relations[i].section == section]
        if own:
            goals |= {i for i in good if relations[i].chain == relations[own[-1]].chain}
            goals |= {i for i in own[-LAST:] if i >= own[-1] - LAST}
    cut = max(
        (m.start() for m in re.finditer(r"^#{1,6}[^\n]*|^\*\*[^\n]*\*\*", text, re.M) if _CONCLUSION.search(m.group())),
        default=None,
    )
    if cut is not None:
        goals |= {i for i in good if relations[i].start >= cut}
    for low, high in boxes(text):
        chains = {r.chain for r in relations if low <= r.start < high and (r.uses or r.introduces)}
        goals |= {i for i in good if relations[i].chain in chains}
    for low, high in labelled_parts(text):
        goals |= set([i for i in symbolic if low <= relations[i].start < high][-LAST:])
    return goals


def bounds_a_letter(read: Read) -> bool:
    """Whether it is an inequality between letters and numbers as they stand."""
    return read.op in ORDER and all(isinstance(x, Sym | Sub | Num) for x in (read.left, read.right))


def boxes(text: str) -> list[tuple[int, int]]:
    """What stands in boxes: results."""
    return [(m.end(), closing(text, m.end())) for m in islice(_BOX.finditer(text), MAX_BOXES)]


def closing(text: str, at: int) -> int:
    """Where the group ends that was opened before a place."""
    depth = 1
    for m in _BRACE.finditer(text, at, at + MAX_BOX):
        depth += 1 if m[0] == "{" else -1
        if depth == 0:
            return m.start()
    return at


def labelled_parts(text: str) -> list[tuple[int, int]]:
    """The parts of an answer whose labels stand at the beginnings of lines: (a), then (b), and so on."""
    starts: list[int] = []
    for m in _LABEL.finditer(text):
        if ord(m[1]) == ord("a") + len(starts):
            starts.append(m.start())
    return list(zip(starts, [*starts[1:], len(text)], strict=True)) if len(starts) > 1 else []


def part_sections(reading: Reading) -> set[int]:
    """Numbers of the sections that answer a part of the question."""
    document = reading.document
    return {n for n, at in enumerate(document.breaks, 1) if _PART.match(document.text, at)}


def introduced_by(relations: Sequence[Relation], more: Sequence[frozenset[str]]) -> Mapping[str, list[int]]:
    out: dict[str, list[int]] = {}
    for i, r in enumerate(relations):
        for name in r.introduces | more[i]:
            out.setdefault(name, []).append(i)
    return out


def restated(reading: Reading, i: int) -> frozenset[str]:
    """The name that a true relation puts equal to something."""
    r = reading.relations[i]
    if r.judgement.verdict not in TRUE or r.decomposes is not None:
        return frozenset()
    return frozenset(n for side in (r.left, r.right) if side is not None and (n := plain_name(side)))


def makers_of(r: Relation, i: int, makers: Mapping[str, list[int]]) -> set[int]:
    """The latest earlier relation that introduced each used name."""
    out = set()
    for name in r.uses:
        earlier = [j for j in makers.get(name, []) if j < i]
        if earlier:
            out.add(earlier[-1])
    return out


def spoken_with(text: str, relations: Sequence[Relation], i: int) -> set[int]:
    """The relation right before, where one sentence leads from it: `..., i.e. A, so B`."""
    if i == 0 or relations[i - 1].section != relations[i].section:
        return set()
    gap = text[relations[i - 1].end : relations[i].start]
    leads = (
        len(gap) < ONE_SENTENCE and not english.SENTENCE_END.search(gap) and CONCLUDE.search(gap.replace("i.e.", "so"))
    )
    return {i - 1} if leads else set()


def bound_of(text: str, relations: Sequence[Relation], i: int) -> set[int]:
    """The bound of the same sentence of which a relation says when it is attained: `A \\le B, with equality for C`."""
    for j in range(i - 1, -1, -1):
        gap = text[relations[j].end : relations[i].start]
        ends = [m.end() for m in english.SENTENCE_END.finditer(gap)]
        if len(gap) > SAID_BEFORE or (ends and not (len(ends) == 1 and _EQUALITY.match(gap, ends[0]))):
            return set()
        if relations[j].op in ORDER:
            return {j} if _ATTAINED.search(gap) else set()
    return set()


def set_to_zero(reading: Reading, i: int) -> set[int]:
    """The gradients of the section so far, where the words before `... = 0` say that these are set to zero."""
    r = reading.relations[i]
    if not any(side is not None and is_zero(side) for side in (r.left, r.right)):
        return set()
    before = reading.relations[i - 1].end if i else 0
    if not _SET_TO_ZERO.search(reading.document.text[max(before, r.start - SAID_BEFORE) : r.start]):
        return set()
    return {j for j in range(i) if any(isinstance(n, Grad) for side in (sides(reading, j)) for n in walk(side))}


def sides(reading: Reading, i: int) -> list[Node]:
    return [side for side in (reading.relations[i].left, reading.relations[i].right) if side is not None]


def own_names(reading: Reading, relations: Sequence[Relation]) -> list[frozenset[str]]:
    """For each relation, what it says of: names that the reply made, and factors of free symbols (not of the data)."""
    env = reading.judge.general
    entries = reading.judge.scope.entries
    free = {n for n, e in entries.items() if isinstance(e, Drawn) and e.source == "problem" and "data" not in e.kinds}

    def counts(name: str) -> bool:
        entry = entries.get(name)
        if isinstance(entry, Factor):
            return bool(env.closure(name) & free)
        return isinstance(entry, Drawn) and entry.source == "reply" and len(entry.shape) == 2

    out = []
    for r in relations:
        names = {n for whole in r.uses | r.introduces for n in env.closure(whole)}
        out.append(frozenset(n for n in names if counts(n)))
    return out


def side_terms(reading: Reading, i: int, marks: dict[Node, frozenset[str]]) -> frozenset[str]:
    """Sides, their difference and their summands without signs and numbers, as text and by value, and the differentials
    that occur. marks: those by value, kept from relation to relation."""
    out: set[str] = set()
    r = reading.relations[i]
    env = reading.judge.general

    def marked(node: Node) -> frozenset[str]:
        if node not in marks:
            marks[node] = by_value(env, node)
        return marks[node]

    if r.left is not None and r.right is not None and r.judgement.verdict not in (Verdict.IDENTITY, Verdict.ALGEBRA):
        out |= marked(Bin("-", r.left, r.right))  # `A = B` is the `A - B = 0` of before
    for side in (r.left, r.right):
        stack = [side] if side is not None else []
        while stack:
            n = stack.pop()
            if isinstance(n, Bin) and n.op in "+-":
                stack += [n.left, n.right]
            if not isinstance(n, Num | Sym | Sub) and n is not None:
                out.add(pretty(n).lstrip("-0123456789 "))
                out |= marked(n)
                for run in runs(n):
                    out |= marked(run)
                if isinstance(n, Bin) and n.op == "*":  # `(p_i - y_i) x_j` uses `p_i - y_i`
                    sums = (f for f in product_factors(n)[:MAX_FACTORS] if isinstance(f, Bin) and f.op in "+-")
                    out |= {pretty(f).lstrip("-0123456789 ") for f in sums}
        for n in walk(side) if side is not None else ():
            if isinstance(n, Call) and reading.judge.scope.find(n.name):  # f(x) of a function that was defined
                out.add(pretty(n))
            elif isinstance(n, Diff):
                out |= {f"d {name}" for name in wholes(n.x)}
            elif isinstance(n, Grad):
                out |= {f"d {name}" for name in wholes(n.by)}
    return frozenset(out)


def wholes(node: Node) -> set[str]:
    """Names, and those of which only an entry is meant: `z_i` is a part of `z`, `W_2` is no part of `W`."""
    out = set(names_in(node))
    for n in walk(node):
        if isinstance(n, Sub) and n.index and all(isinstance(i, Sym) for i in n.index):
            base = n.base if isinstance(n.base, Sym | Sub) else None
            out |= {base.name} if base is not None and base.name else set()
    return out


def runs(node: Node) -> list[Node]:
    """Runs of two and more neighbouring factors of a product, the whole product left out."""
    if not (isinstance(node, Bin) and node.op == "*"):
        return []
    have = product_factors(node)[:MAX_FACTORS]
    out: list[Node] = []
    for i in range(len(have)):
        run: Node = have[i]
        for j in range(i + 1, len(have)):
            run = Bin("*", run, have[j])
            if j - i + 1 < len(have):
                out.append(run)
    return out


def by_value(env: Env, node: Node) -> frozenset[str]:
    """A mark of the value up to a factor and the transpose; none for scalars, zeros and derivatives."""
    if has_derivative(node):
        return frozenset()
    value = safe_value(env, node)
    if value is None or value.size < 2 or np.iscomplexobj(value) or not np.isfinite(value).all():
        return frozenset()
    flat = np.sort(value.reshape(-1))
    largest = flat[np.abs(flat).argmax()]
    if abs(largest) < 1e-9 or np.ptp(flat) < 1e-9 * abs(largest):
        return frozenset()
    return frozenset({"value " + np.sort(np.round(flat / largest, 5) + 0.0).tobytes().hex()})

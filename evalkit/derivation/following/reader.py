"""Reads a reply's statements in the order of the text: declarations, definitions, assumptions, and what is to be judged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import conditions, ranges, shapes, unknowns
from evalkit.derivation.following.declarations import declaration
from evalkit.derivation.following.decompositions import decomposition, said_full
from evalkit.derivation.following.definitions import EXPLICIT, definition, new_meaning
from evalkit.derivation.following.premises import over_claimed, with_premise
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import mention, spectrum
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Bin, Call, Diff, Dots, Node, Num, Sub, Sym, Unreadable, is_zero, walk
from evalkit.derivation.grammar.relations import EQUAL, ORDER, Statement
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.text import prose
from evalkit.derivation.text.document import Document, MathSpan
from evalkit.derivation.verdicts.inequalities import inequality
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Dimension, Drawn, has_derivative, names_in, unbound_names

MAX_RELATIONS = 600
BEYOND = frozenset({"arg max", "arg min", "a limit", "an expectation", "an infimum", "a supremum"})
"""What is understood and not judged."""
NO_SHAPE = "the side before has no shape"
COLUMNS = re.compile(r"\((\d+)x1\)\(\1x1\)")
"""How the product of two columns is shown."""


def read_through(setting: Setting, document: Document, judge: Judge) -> Reading:
    """Read and judge a whole reply. `judge` may know names of earlier replies; it keeps what this one gives them."""
    reading = Reading(setting, document, judge)
    spans = reading.document.spans
    parsed = [reading.tokens(span) for span in spans]
    for at, span in enumerate(spans):
        section = reading.document.section(span.start)
        if section != reading.section:
            reading.section = section
            reading.judge.forget()
            reading.unmodelled.clear()
            reading.stated.clear()
        found = parsed[at]
        if isinstance(found, Unreadable):
            unreadable(reading, span, str(found))
            continue
        reading.clause = prose.clause(reading.document.before(span))
        reading.after = prose.opening(reading.document.after(span))
        reading.judge.limits.ranges = ranges.stated_near(reading, spans, parsed, at)
        reading.stated.update(reading.judge.limits.ranges)
        for number, statement in enumerate(found):
            if len(reading.relations) >= MAX_RELATIONS:
                return reading
            read_statement(reading, statement, span, len(reading.relations) * 1000 + number)
    return reading


def unreadable(reading: Reading, span: MathSpan, reason: str) -> None:
    if "=" in reading.document.text[span.start : span.end]:
        judgement = Judgement(Verdict.UNPARSED, reason=reason)
        reading.relations.append(
            Read(span.start, span.end, span.end, span.end, "=", None, None, judgement, -1, reading.section)
        )


def read_statement(reading: Reading, s: Statement, span: MathSpan, chain: int) -> None:
    """One statement: a mention, a declaration, or a chain of relations."""
    if not s.ops or s.ops == ("in",):
        if declaration(reading, s, chain) if s.ops else mention(reading, s, span):
            again(reading)
        return
    if "in" in s.ops:  # Z = W_1 X \in ...: the shape follows from the definition
        s = replace(s, sides=s.sides[: s.ops.index("in") + 1], ops=s.ops[: s.ops.index("in")])
    sides = [side(reading, tokens) for tokens in s.sides]
    if is_range(reading, s, sides) or (span.bare and all(isinstance(x, Unreadable) for x in sides)):
        return
    if any(isinstance(x, Dots) for x in sides) and set(s.ops) == {"="}:  # s_1 = ... = s_k = 1
        kept = [i for i, x in enumerate(sides) if not isinstance(x, Dots)]
        if len(kept) < 2:
            return
        sides = [sides[i] for i in kept]
        s = replace(s, sides=tuple(s.sides[i] for i in kept), ops=("=",) * (len(kept) - 1))
    said_full(reading, sides)
    reading.derived = any(has_derivative(x) or is_primed(x) for x in sides if not isinstance(x, Unreadable))
    i = 0
    while i < len(s.ops):
        j = i + 1
        read_relation(reading, s, sides, (i, j), span, chain)
        while isinstance(sides[j], Unreadable) and j < len(s.ops) and set(s.ops[i : j + 1]) == {"="}:
            j += 1  # A = (cannot be read) = C says A = C as well
            read_relation(reading, s, sides, (i, j), span, chain)
        i = j


def side(reading: Reading, tokens: Sequence[Token]) -> Node | Unreadable:
    try:
        return reading.parse(tokens)
    except Unreadable as error:
        return error


def is_range(reading: Reading, s: Statement, sides: Sequence[Node | Unreadable]) -> bool:
    """`i = 1, ..., n`, which is in force already."""
    first = sides[0]
    return (
        s.ops == ("=",)
        and isinstance(first, Sym)
        and reading.is_index(first)
        and bool(reading.judge.limits.ranges.get(first.name))
    )


def read_relation(
    reading: Reading, s: Statement, sides: Sequence[Node | Unreadable], at: tuple[int, int], span: MathSpan, chain: int
) -> None:
    """The relation between two sides of a chain."""
    i, j = at
    op, left, right = s.ops[i], sides[i], sides[j]
    read = Read(s.sides[i][0].start, s.sides[j][-1].end, s.sides[i][-1].end, s.sides[j][0].start, op,
                None, None, Judgement(Verdict.SKIPPED), chain, reading.section)  # fmt: skip
    if isinstance(left, Unreadable) or isinstance(right, Unreadable):
        reason = next(str(x) for x in (left, right) if isinstance(x, Unreadable))
        verdict = Verdict.SKIPPED if reason in BEYOND else Verdict.UNPARSED
        reading.relations.append(replace(read, judgement=Judgement(verdict, reason=reason)))
        return
    if op in ORDER and s.before and isinstance(right, Num):
        if isinstance(left, Sub) and has_positive_spectrum(reading, left, span):
            again(reading)
        return
    read = replace(read, left=left, right=right, negated=is_negated(reading, s))
    words = f"{reading.clause} {s.words}" if i == 0 else ""
    if op in EQUAL:
        done = equation(reading, read, left, right, words, s)
    else:
        done = other_relation(reading, read, left, right, words)
    unread = done.judgement.verdict in (Verdict.UNBOUND, Verdict.UNPARSED)
    if span.bare and unread and not knows(reading, left, right):
        return
    done = once(reading, over_claimed(reading, with_premise(reading, done)))
    reading.relations.append(done)
    if done.judgement.verdict is Verdict.UNBOUND:
        reading.pending.append((len(reading.relations) - 1, words, s))
    elif done.introduces and not (isinstance(right, Num) or isinstance(left, Num)):
        again(reading)


def has_positive_spectrum(reading: Reading, node: Sub, span: MathSpan) -> bool:
    """`the eigenvalues b_1, ..., b_k > 0 of`: whether that gives the letters a meaning."""
    words = f"{reading.clause[-60:]} {reading.after[:60]}"
    singular = bool(prose.SINGULAR_VALUES.search(words))
    if not node.index or not (singular or prose.EIGENVALUES.search(words)):
        return False
    return spectrum(reading, node, span, singular)


def once(reading: Reading, read: Read) -> Read:
    """A side of a chain that has no shape is a fault of the relation before, and of that one alone."""
    before = reading.relations[-1] if reading.relations else None
    if (
        read.judgement.verdict is not Verdict.ILL_TYPED
        or before is None
        or (before.chain, before.right) != (read.chain, read.left)
        or read.left is None
        or not (before.judgement.verdict is Verdict.ILL_TYPED or before.judgement.reason == NO_SHAPE)
        or reading.evaluates(read.left)
    ):
        return read
    return replace(read, judgement=Judgement(Verdict.SKIPPED, reason=NO_SHAPE))


def again(reading: Reading) -> None:
    """Try waiting relations once more, as long as that explains further names; those too far back stay unbound."""
    for _ in range(4):
        waiting, reading.pending = reading.pending, []
        introduced = False
        for number, words, s in waiting:
            read = reading.relations[number]
            if (
                len(reading.relations) - number > 12
                or read.section != reading.section
                or read.left is None
                or read.right is None
            ):
                continue
            if unbound_names(reading.judge.scope, read.left, read.right) == read.judgement.unknown:
                reading.pending.append((number, words, s))
                continue
            reading.relations[number] = new = equation(
                reading, replace(read, judgement=Judgement(Verdict.SKIPPED)), read.left, read.right, words, s
            )
            introduced = introduced or bool(new.introduces)
            if new.judgement.verdict is Verdict.UNBOUND:
                reading.pending.append((number, words, s))
        if not introduced:
            return


def is_negated(reading: Reading, s: Statement) -> bool:
    return prose.negates(reading.clause) or "neq" in s.ops


def knows(reading: Reading, *nodes: Node) -> bool:
    scope = reading.judge.scope
    return any(scope.find(n) for node in nodes for n in names_in(node) if len(n) > 1 or n.isupper())


def other_relation(reading: Reading, read: Read, left: Node, right: Node, words: str) -> Read:
    """Relations that are no equation."""
    op = read.op
    if op not in ORDER:
        return replace(
            read,
            judgement=Judgement(
                Verdict.SKIPPED, reason={"approx": "approximation", "to": "limit or map"}.get(op, f"relation {op}")
            ),
        )
    name = shapes.plain_name(left)
    found = reading.judge.scope.find(name) if name else None
    if (
        name
        and found is None
        and isinstance(right, Num)
        and right.value == 0
        and op in (">", "geq")
        and not shapes.family_of(left, reading.judge.scope)
    ):
        if not reading.is_index(left):
            reading.judge.define({name: Drawn((), frozenset({"positive"}), None, "reply")})
            return replace(
                read, judgement=Judgement(Verdict.DEFINITION, reason="declaration"), introduces=frozenset({name})
            )
        return read
    if reading.is_index(left) or reading.is_index(right):
        return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="range of an index"))
    judgement = inequality(reading.judge, left, op, right)
    premise = (
        prose.ASSUME.search(words)
        or shapes.plain_name(left)
        or (isinstance(right, Num) and isinstance(left, Sym | Sub))
    )
    if judgement.verdict is Verdict.FAILS and (premise or reading.rests_on_unmodelled(left, right)):
        judgement = Judgement(Verdict.SKIPPED, reason="inequality, a premise")
    return replace(read, judgement=judgement)


def equation(reading: Reading, read: Read, left: Node, right: Node, words: str, s: Statement) -> Read:
    """Definition, assumption, or a claim to be judged."""
    if read.op == "=:":
        left, right = right, left
    if is_size(reading, left) and is_size(reading, right) and isinstance(left, Bin):
        return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="sizes of matrices"))
    known = decomposition(reading, read, left, right, words)
    if known is not None:
        return known
    for a, b in ((left, right), (right, left)):
        made = definition(reading, read, a, b, words, first=a is left)
        if made is not None:
            return made
        if read.op in EXPLICIT:
            break
    judgement = reading.judge.equation(left, right)
    if judgement.verdict in FALSE:
        if other_meanings(reading, names_in(Bin("=", left, right))):
            return equation(reading, read, left, right, words, s)
        if (isinstance(left, Diff) and is_zero(right)) or (isinstance(right, Diff) and is_zero(left)):
            judgement = Judgement(Verdict.ASSUMPTION, reason="a differential that is set to zero")
            if not reading.in_special(left, right):
                reading.unmodelled.update(reading.free_names(left, right))
    if judgement.verdict is Verdict.FAILS:
        judgement = ranges.in_stated_range(reading, left, right) or judgement
    if judgement.verdict is Verdict.ILL_TYPED and is_dot_product(judgement.reason, s):
        return replace(read, judgement=Judgement(Verdict.UNPARSED, reason="a dot product of columns"))
    if judgement.verdict is Verdict.ILL_TYPED and in_numbers(reading, s):
        return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="a special case in numbers"))
    if judgement.verdict is Verdict.ILL_TYPED:
        anew = new_meaning(reading, read, left, right)
        if anew is not None:
            return anew
    if judgement.verdict is Verdict.UNBOUND and unknowns.variables(reading, left, right):
        judgement = reading.judge.equation(left, right)
    judgement = unknowns.with_complements(reading, left, right, judgement)
    if judgement.verdict is Verdict.UNBOUND:
        general = unknowns.general_identity(reading, left, right)
        if general is not None:
            return replace(read, judgement=general)
    name = shapes.plain_name(left)
    if name is not None and judgement.verdict not in (Verdict.IDENTITY, Verdict.ALGEBRA, Verdict.UNPARSED):
        made = conditions.assumption(reading, read, left, right, words, judgement)
        if made is not None:
            return made
    if judgement.verdict in FALSE or judgement.verdict is Verdict.VACUOUS:
        judgement = conditions.softened(reading, left, right, words, judgement)
    return replace(read, judgement=judgement)


def is_dot_product(reason: str, s: Statement) -> bool:
    r"""`u \cdot v` of two columns, which is no product of matrices."""
    return bool(COLUMNS.search(reason)) and any(t.text == "cdot" for tokens in s.sides for t in tokens)


def in_numbers(reading: Reading, s: Statement) -> bool:
    """`A = 2`, `B = C = 1` for matrices: the scalar case is looked at."""
    try:
        sides = [reading.parse(side) for side in s.sides]
    except Unreadable:
        return False
    numbers = [side for side in sides if isinstance(side, Num)]
    return bool(numbers) and all(isinstance(side, Num) or shapes.plain_name(side) for side in sides)


def other_meanings(reading: Reading, names: Sequence[str]) -> bool:
    """Give up the meanings of names that this reply did not introduce: of earlier replies, and of the staff's factors."""
    used = set(names) - set(reading.judge.own)
    old = used & reading.judge.carried.keys()
    for name in old:
        reading.judge.drop(name)
    weak = (used & reading.setting.weak) - reading.judge.hidden - reading.introduced
    if weak:
        reading.judge.hide(weak)
    return bool(old or weak)


def is_size(reading: Reading, node: Node) -> bool:
    """`m x n`, `(m x k)(k x n)`: a product of dimensions and nothing else."""
    if isinstance(node, Bin):
        return node.op == "*" and is_size(reading, node.left) and is_size(reading, node.right)
    return isinstance(node, Sym) and isinstance(reading.size_named(node.name), Dimension)


def is_primed(node: Node) -> bool:
    """`f'(s)`."""
    return any(isinstance(n, Call) and n.name.endswith("'") for n in walk(node))

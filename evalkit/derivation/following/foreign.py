r"""Doubts in a text whose words are not understood: what only words could tell, nothing there is false by.

`若 $A$ 对称，$\nabla_X f = 2AX$`: a letter that stands alone among such words may be given a property, and an equation that
such words lead to may be supposed, to be solved, or a letter given anew. What merely computes is judged as
anywhere: links of chains, derivatives and functions of the problem, and what is one edit from what holds, as long as no property
of a letter that is mentioned makes it true.
Not covered: conditions on letters that no formula of its own mentions, relations between three letters, random variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from evalkit.derivation.following import shapes
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.following.supposing import (
    FITS,
    MAX_NAMES,
    MAX_TRIED,
    SPARE,
    Supposition,
    beside,
    columns_that_are,
    is_computed,
)
from evalkit.derivation.grammar.nodes import Bin, Num, Sym, Un, Unreadable
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.text import tongue
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn

FAR, BEHIND = 4000, 60
"""Characters before and behind a relation within which a letter may be given a property."""
KINDS = ("symmetric", "orthogonal", "invertible", "pd", "psd", "diagonal", "skew")
ONE = Num(1.0)


def led_to_by_unknown_words(grounds: Grounds, read: Read) -> str:
    """Begins a chain behind words of another language, and works nothing out: it may be supposed, or to be solved."""
    if not read.words.strip(" ¤\n\t,.:;，。：；、") or not is_foreign(grounds, read):
        return ""
    if any(r.chain == read.chain and r.start < read.start for r in grounds.relations):
        return ""
    if is_slip(grounds, read):
        return ""
    name = headed(read)
    if name in grounds.judge(read).scope.entries and standing(grounds.reading, read) is not Role.CLAIMED:
        return f"{name}: perhaps given anew, in words that are not understood"
    if any(is_computed(grounds, read, side) for side in read.sides):
        return ""
    return "may be supposed, in words that are not understood"


def property_in_unknown_words(grounds: Grounds, read: Read) -> str:
    """Is true of letters with a property, in another language, and such words mention these letters by themselves."""
    if read.judgement.verdict is not Verdict.FAILS or not is_foreign(grounds, read):
        return ""
    judge = grounds.judge(read)
    names = sorted(grounds.behind(read) & mentioned(grounds.reading, read))
    for entries, assumed, what in supposable(judge, names):
        there = judge.branch()
        there.define(entries)
        there.assume(assumed)
        if there.computed(*read.sides).verdict in FITS:
            return f"true of what is {what}, which words that are not understood may say"
    return ""


def is_slip(grounds: Grounds, read: Read) -> bool:
    """Whether one edit makes it true, and both sides are then not written alike: `x + y = x - y` may be to be solved."""
    return bool(grounds.slip(read)) and bool(grounds.edited(grounds.judge(read), read, plainly=False).kind)


def is_foreign(grounds: Grounds, read: Read) -> bool:
    return tongue.is_foreign(grounds.reading.document, read.start)


def mentioned(reading: Reading, read: Read) -> frozenset[str]:
    """The letters that stand before a relation, or right behind it, as a formula of their own or with the set they are of."""
    out: set[str] = set()
    for span in reading.document.spans:
        found = reading.statements.get(span.start)
        if not read.start - FAR <= span.start < read.end + BEHIND or found is None or isinstance(found, Unreadable):
            continue
        out |= {name for s in found if (name := letter(reading, s)) is not None}
    return frozenset(out)


def letter(reading: Reading, statement: Statement) -> str | None:
    if statement.ops and statement.ops[0] != "in":
        return None
    try:
        return shapes.plain_name(reading.parse(statement.sides[0]))
    except Unreadable:
        return None


def supposable(judge: Judge, names: list[str]) -> Iterator[Supposition]:
    """What words may say of these names: properties of one or all square matrices, of two matrices or columns, of numbers."""
    found = ((n, judge.scope.entries.get(n)) for n in names)
    drawn: Mapping[str, Drawn] = {n: e for n, e in found if isinstance(e, Drawn)}
    square = [n for n, e in drawn.items() if len(e.shape or ()) == 2 and e.shape[0] == e.shape[1]][:MAX_NAMES]
    for kind in KINDS:
        for some in ([n] for n in square) if len(square) < 2 else ([[n] for n in square] + [square]):
            yield {}, {n: replace(drawn[n], kinds=drawn[n].kinds | {kind}) for n in some}, kind
    for name in square:
        spare = Sym(f"{name}{SPARE}")
        drawn_anew = {spare.name: replace(drawn[name], kinds=frozenset({"invertible"}), source="reply")}
        identity = Bin("*", spare, Bin("^", spare, Un("-", ONE)))
        yield drawn_anew, {name: Defined(identity, (), None, "reply")}, "the identity"
    for a, b in list(combinations(square, 2))[:MAX_TRIED]:
        yield {}, {b: Defined(Bin("+", Bin("*", Sym(a), Sym(a)), Sym(a)), (), None, "reply")}, "commuting"
    columns = [n for n, e in drawn.items() if len(e.shape or ()) == 1][:MAX_NAMES]
    for a, b in list(combinations(columns, 2))[:MAX_TRIED]:
        if drawn[a].shape == drawn[b].shape:
            yield {f"{b}{SPARE}": replace(drawn[b], source="reply")}, {b: beside(a, f"{b}{SPARE}")}, "orthogonal"
    yield from columns_that_are("unit", "of length 1", judge, names)
    for name in [n for n, e in drawn.items() if e.shape == ()][:MAX_NAMES]:
        yield {}, {name: replace(drawn[name], kinds=drawn[name].kinds | {"positive"})}, "positive"

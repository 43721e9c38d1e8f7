"""Doubts about letters that a text may take for itself: those of its own functions, values given again, and texts of which nothing that is
true speaks of the problem.

A text that knows nothing of the problem has letters too, and writes values and functions in passing. What tells that a
letter is the problem's is something else that is true by what it means, and not by mere algebra.
Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: a text of one relation about what
the problem asks about, which cannot tell.
"""

from __future__ import annotations

import re

from evalkit.derivation.following import shapes
from evalkit.derivation.following.confirmed import RULE as NEVER
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import Call, Sub, Sym
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Dimension, names_in, unbound_names

UNREAD = frozenset({Verdict.UNBOUND, Verdict.UNPARSED})
GIVEN = TRUE | {Verdict.DEFINITION, Verdict.ASSUMPTION}
OF_SHAPE = frozenset({"order", "transpose", "inverse"})
"""Edits that show that a relation was read rightly: no other meaning of a letter explains them."""
WORD = re.compile(r"[^\W\d_]+|¤")
WITHIN = 3
"""Words and formulas before it in its clause, from which on a formula stands in the midst of a sentence."""

LED_TO = re.compile(r"\b(?:so|then|gets?)\b", re.I)
"""Words behind which another value is meant to follow."""


def own_letters_in_it(grounds: Grounds, read: Read) -> str:
    """Defines something in letters that have no shape as the problem's: arguments of its own, or letters of which nothing else is true."""
    if read.judgement.verdict is not Verdict.ILL_TYPED or read.judgement.rule != "definition":
        return ""
    left, scope = read.left, grounds.judge(read).scope
    arguments = left.args if isinstance(left, Call) else ()
    own = sorted(a.name for a in arguments if isinstance(a, Sym | Sub) and scope.find(a.name) is not None)
    if isinstance(left, Sym) and names_event(left.name):
        own = sorted(n for n in grounds.names(read) if n in left.name)  # p(x | y)
    if own:
        return f"{own[0]}: an argument may stand for anything"
    names = grounds.names(read)
    if not names or any(map(grounds.is_asked, names)) or any(speaks_of(grounds, read, n) for n in names):
        return ""
    return f"{min(names)}: nothing else that is true tells that it is the problem's"


def of_something_else(grounds: Grounds, read: Read) -> str:
    """Has no shape, nothing that the text says of the problem is true by what its names mean, and something else is in unknown letters."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    names, problem = grounds.names(read), grounds.reading.setting.scope.entries.keys()
    if not names or any(speaks_of(grounds, read, name) for name in problem):
        return ""
    others = [r for r in grounds.relations if r is not read]
    unread = sum(r.judgement.verdict in UNREAD for r in others)
    unread += bool(unbound_names(grounds.judge(read).scope, *read.sides))
    asked = any(map(grounds.is_asked, names))
    if not unread or (asked and 2 * unread < len(others)) or grounds.slip(read) in OF_SHAPE:
        return ""
    return f"{min(names)}: the text may not speak of the problem"


def meant_otherwise(grounds: Grounds, read: Read) -> str:
    """Has a name of which nothing else is true, and what else is said of it has no shape: the text means something else by it."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    never = [r for r in grounds.readable if r.judgement.rule == NEVER and r.chain != read.chain]
    for name in sorted(grounds.names(read)):
        if any(name in grounds.names(r) for r in never) and not speaks_of(grounds, read, name):
            return f"{name}: nothing is true of it as the problem declares it"
    return ""


def given_again(grounds: Grounds, read: Read) -> str:
    """Gives a letter or function of the text's own another meaning, on which nothing true rests, in passing or beside others.

    In passing: in the midst of a sentence. Beside others: that the text gives again as well."""
    name = own_head(grounds, read)
    if read.judgement.verdict not in FALSE or not name or grounds.is_claimed(read) or speaks_of(grounds, read, name):
        return ""
    again = (r for r in grounds.relations if r is not read and r.judgement.verdict not in GIVEN)
    if len(WORD.findall(read.words)) < WITHIN and not any(own_head(grounds, r) for r in again):
        return ""
    return f"{name}: perhaps another value of it"


def given_anew(grounds: Grounds, read: Read) -> str:
    """Gives a letter that the text gave a meaning another one, and no word concludes it.

    It is more often a case, a variant or the next exercise than an error."""
    name = own_head(grounds, read)
    if read.judgement.verdict not in FALSE or not isinstance(read.left, Sym | Sub) or not name or "'" in name:
        return ""
    before = (r for r in grounds.relations if r.end <= read.start)
    if is_concluded(read) or LED_TO.search(read.words) or any(is_said_again(r, read) for r in before):
        return ""
    return f"{name}: perhaps another value of it"


def is_said_again(before: Read, read: Read) -> bool:
    """Whether what was false before is said once more, in a box, say."""
    return before.judgement.verdict in FALSE and before.left == read.left and before.right == read.right


def own_head(grounds: Grounds, read: Read) -> str:
    """The letter or function on the left that the text had given a meaning before."""
    name = headed(read)
    entry = grounds.judge(read).scope.entries.get(name or "")
    own = name is not None and isinstance(entry, Defined) and entry.source == "reply"
    return name or "" if own and any(name in r.introduces for r in grounds.relations if r.start < read.start) else ""


def other_arguments(grounds: Grounds, read: Read) -> str:
    """Gives a function of the problem with fewer arguments a value in which the others do not stand: another function."""
    entries = grounds.reading.setting.scope.entries
    for call, other in (read.sides, read.sides[::-1]):
        entry = entries.get(call.name) if isinstance(call, Call) else None
        if not isinstance(call, Call) or not isinstance(entry, Defined) or len(call.args) >= len(entry.params or ()):
            continue
        left_out = {p for p in entry.params if Sym(p) not in call.args}
        if not left_out & set(names_in(other)):
            return f"{call.name}: the problem's has other arguments"
    return ""


def value_of_a_size(grounds: Grounds, read: Read) -> str:
    """Says what a size is, in sizes and numbers: the worlds draw their own, so that it fails in them whatever it says."""
    entries, name = grounds.judge(read).scope.entries, shapes.plain_name(read.sides[0])
    names = grounds.names(read)
    if name is None or not all(isinstance(entries.get(n), Dimension) for n in {name, *names}):
        return ""
    drawn, here = (
        [[w.sizes.get(n) for n in names] for w in j.worlds] for j in (grounds.reading.judge, grounds.judge(read))
    )
    number = names == {name}
    if (number and grounds.is_claimed(read)) or (not number and drawn != here):
        return ""
    return f"{name}: perhaps another size than the worlds have"


def speaks_of(grounds: Grounds, read: Read, name: str) -> bool:
    """Whether something else is true that has a name, and would not be whatever it meant."""
    return any(
        name in names and other.chain != read.chain and other.judgement.verdict is not Verdict.ALGEBRA
        for other, names in grounds.true
    )

r"""Doubts by a condition that is said in another form: put in, multiplied, solved right behind, or said again behind `i.e.`.

`a + b = c + d` is to be solved, and so is `g(a + b) = 55a + b` where c and d are `55a/g` and `b/g`: both differ by the same, but
for a factor. Every public function that takes grounds and a relation is a doubt (doubts.py).
Not covered: conditions that were added up, squared, or divided by sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import IN_WORDS, sentence_start
from evalkit.derivation.grammar.nodes import Bin, Node, Sub, Sym, has_derivative, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Entry, names_in

CONDITIONS = frozenset({
    "open_condition", "alternative", "unclaimed", "called_an_equation", "imposed", "restriction", "needed", "uneven",
    "nothing_to_work_out", "in_its_sentence", "a_condition_again",
})  # fmt: skip
"""Rules that leave an equation open since it may be there to be solved."""
REACH, MAX_BACK, MAX_FACTORS = 2000, 4, 5
"""Characters back in which a condition may stand, how many are tried, and with how many factors."""
BEHIND = 120
"""Characters behind an equation in which its solution may stand."""
AGAIN = re.compile(r"[\s¤,;()$]*(?:i\.?\s?e\.?|that\s+is|or\s+equivalently|equivalently)[\s,:¤]*", re.I)
LISTED = re.compile(r"(?:[\s¤,;]|\b(?:and|that|both)\b)*", re.I)
SOLVES = re.compile(r"\b(?:gives?|giving|so|yields?|yielding|implies|forces|means|solution)\b|⟹|⇒|→", re.I)
SUPPOSES = re.compile(r"\b(?:for|at|with|when|if|take|taking|let|put|try|say|suppose|where|example|e\.g)\b", re.I)


def a_condition_again(grounds: Grounds, read: Read) -> str:
    """Is an equation of before that is to be solved, in another form: with something put in, or multiplied."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    before = [r for r in grounds.reading.relations if read.start - REACH < r.start and r.end <= read.start]
    may_be = [r for r in before if r.judgement.rule in CONDITIONS and r.op in EQUAL and r.left and r.right]
    judge, values = grounds.judge(read), values_beside(grounds, read)
    with judge.trying(values):
        difference = Bin("-", *read.sides)
        for other in reversed(may_be[-MAX_BACK:]):
            if other.chain == read.chain or other.negated or judge.equation(*other.sides).verdict in TRUE:
                continue
            wanted = Bin("-", *other.sides)
            if any(judge.equation(*both).verdict in TRUE for both in multiples(difference, wanted)):
                return "an equation of before, to be solved, in another form"
    return ""


def multiples(one: Node, other: Node) -> Iterator[tuple[Node, Node]]:
    """Two expressions, and each of them times one of the letters in them."""
    yield one, other
    letters = list(dict.fromkeys(n for side in (one, other) for n in walk(side) if isinstance(n, Sym | Sub)))
    for letter in letters[:MAX_FACTORS]:
        yield one, Bin("*", letter, other)
        yield Bin("*", letter, one), other


def values_beside(grounds: Grounds, read: Read) -> dict[str, Entry]:
    """The numbers that are set for letters in the sentence of a relation before it: `sets $z = 0$: then`."""
    begins = sentence_start(grounds, read)
    found: dict[str, Entry] = {}
    for other in grounds.readable:
        name = headed(other) if begins <= other.start and other.end <= read.start else None
        if name and other.op in EQUAL and scopes.is_constant(other.sides[1]) and not other.introduces:
            found[name] = Defined(other.sides[1], (), None, "reply")
    return found


def condition_said_again(grounds: Grounds, read: Read) -> str:
    """Says again, behind `i.e.`, the condition right before it: `as long as $k > 2$, i.e., $3 \\le k$`."""
    if read.judgement.verdict not in FALSE:
        return ""
    document, before = grounds.reading.document, [r for r in grounds.relations if r.end <= read.start]
    if not before or not AGAIN.fullmatch(document.masked(before[-1].end, read.start)):
        return ""
    said = document.masked(sentence_start(grounds, read), before[-1].start)
    found = list(IN_WORDS.finditer(said))
    return "a condition that is said again" if found and LISTED.fullmatch(said, found[-1].end()) else ""


def solved_behind(grounds: Grounds, read: Read) -> str:
    """Holds with the numbers that are said right behind it to follow, or with those that its part gives all its letters."""
    if read.judgement.verdict is not Verdict.FAILS or any(map(has_derivative, read.sides)):
        return ""
    names = {*names_in(Bin("=", *read.sides))}
    for values in (concluded_values(grounds, read), values_of_part(grounds, read)):
        used = {n: v for n, v in values.items() if n in names}
        if not used:
            continue
        judge = grounds.judge(read).branch()
        with judge.trying(used):
            if judge.equation(*read.sides).verdict in TRUE | {Verdict.VACUOUS}:
                return "an equation whose solution stands behind it"
    return ""


def concluded_values(grounds: Grounds, read: Read) -> dict[str, Entry]:
    """The numbers that letters are said to have in what follows in its sentence: `gives $b = 0$`, `so $x = y = 0$`."""
    document, waiting = grounds.reading.document, list[str]()
    found: dict[str, Entry] = {}
    for other in grounds.readable:
        if other.start < read.end or other.chain == read.chain or other.start > read.end + BEHIND:
            continue
        words, name = document.masked(read.end, other.start), shapes.plain_name(other.sides[0])
        if name is None or prose.STOP.search(words) or not (SOLVES.search(words) or waiting):
            waiting = []
            continue
        waiting.append(name)
        if scopes.is_constant(other.sides[1]):
            found |= dict.fromkeys(waiting, Defined(other.sides[1], (), None, "reply"))
            waiting = []
    return found


def values_of_part(grounds: Grounds, read: Read) -> dict[str, Entry]:
    """The numbers that letters are given later in its part, where no word supposes them; only if all its names are
    defined by the problem, and so may mean something else here (solved.py asks this of free letters)."""
    document, end = grounds.reading.document, grounds.reading.outline.part_end(read.start)
    found: dict[str, Entry] = {}
    for other in grounds.readable:
        name = headed(other)
        if name is None or not read.end <= other.start < end or not scopes.is_constant(other.sides[1]):
            continue
        if SUPPOSES.search(document.masked(sentence_start(grounds, other), other.start)):
            continue
        found.setdefault(name, Defined(other.sides[1], (), None, "reply"))
    names, problem = grounds.names(read), grounds.reading.setting.scope.entries
    meant = len(names) > 1 and all(isinstance(problem.get(name), Defined) for name in names)
    return found if meant and names <= found.keys() else {}

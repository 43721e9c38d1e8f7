"""Doubts by where the meaning of a name stands: in a part that has ended, with another letter, behind the place, or before it was corrected.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: parts without headings, and what
an example of another part gave in words.
"""

from __future__ import annotations

import re

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read, stands_alone
from evalkit.derivation.following.standing import is_concluded, standing
from evalkit.derivation.following.supposing import ARROWS
from evalkit.derivation.grammar.nodes import Call, Sym, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import Alias, Defined, names_in
from evalkit.reading import english

CORRECTS = re.compile(
    r"\b(?:should (?:rather |instead )?be|instead|rather than|correct(?:ed|ly|ion)?|actually)\b", re.I
)

BEGINS = re.compile(r"\n\s{0,8}(?:[-*>]\s{1,4})?|[.!?…]\s{1,4}")
"""Behind what a sentence or a line begins."""
OPENED = re.compile(r"(?<!\\)\((?:\s|\$|\\\()*$")
"""A bracket of the text before a formula."""
CELL = re.compile(r"(?<!\\)\|")
MISTAKE = re.compile(r"\b(?:mistakes?|wrong|incorrect|errors?|pitfalls?|misconceptions?|bad)\b|❌|✗|✘", re.I)
"""What the head of a column says of what stands below it."""
TERMS = 2
"""Names that something must have to solve another relation for one of its own."""
BEFORE = 8
BREAK = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$", re.M)
"""A rule across the page."""


def meant_elsewhere(grounds: Grounds, read: Read) -> str:
    """Has a name of the reply's own whose meaning stands in a part that has ended, and of which nothing true was said since."""
    outline, entries = grounds.reading.outline, grounds.judge(read).scope.entries
    for name in sorted(grounds.names(read)):
        entry = entries.get(name)
        if not isinstance(entry, Defined) or entry.source != "reply" or fails_for_all(grounds, read, name):
            continue
        given = [r for r in grounds.readable if name in r.introduces and r.start < read.start]
        if not given or outline.part_end(given[-1].start) > read.start:
            continue
        if not grounds.confirmed(read, name, outline.part_end(given[-1].start)):
            return f"{name}: its meaning stands in another part"
    return ""


def behind_a_rule(grounds: Grounds, read: Read) -> str:
    """Has a name of the reply's own from before a rule across the page, and nothing true was said of it since."""
    breaks = [m.end() for m in BREAK.finditer(grounds.reading.document.text, 0, read.start)]
    if not breaks or read.judgement.verdict is not Verdict.FAILS:
        return ""
    entries = grounds.judge(read).scope.entries
    for name in sorted(grounds.names(read)):
        entry = entries.get(name)
        if not isinstance(entry, Defined) or entry.source != "reply":
            continue
        given = [r for r in grounds.readable if name in r.introduces and r.start < read.start]
        since = any(breaks[-1] <= r.start < read.start and name in names for r, names in grounds.true)
        if given and given[-1].start < breaks[-1] and not since:
            return f"{name}: its meaning stands before a rule across the page"
    return ""


def quoted_mistake(grounds: Grounds, read: Read) -> str:
    """Stands under the head of a column that speaks of mistakes: `| Mistake | Correct |`."""
    text = grounds.reading.document.text
    at = text.rfind("\n", 0, read.start) + 1
    if not text[at : read.start].lstrip().startswith("|"):
        return ""
    column = len(CELL.findall(text[at : read.start]))
    top = at
    while top and text[text.rfind("\n", 0, top - 1) + 1 : top].lstrip().startswith("|"):
        top = text.rfind("\n", 0, top - 1) + 1
    cells = CELL.split(text[top : text.find("\n", top)])
    return "quoted as a mistake" if column < len(cells) and MISTAKE.search(cells[column]) else ""


def restarted(grounds: Grounds, read: Read) -> str:
    """Has a name of the reply's own from before a rule across the page, behind which another exercise begins.

    Other values than before are given there, and nothing true was said of the name."""
    breaks = [m.end() for m in BREAK.finditer(grounds.reading.document.text, 0, read.start)]
    if not breaks or not any(gives_anew(grounds, r) for r in grounds.readable if breaks[-1] <= r.start <= read.start):
        return ""
    entries = grounds.judge(read).scope.entries
    for name in sorted(grounds.behind(read)):
        entry = entries.get(name)
        if not isinstance(entry, Defined) or entry.source != "reply":
            continue
        given = [r for r in grounds.readable if name in r.introduces and r.start < read.start]
        if given and given[-1].start < breaks[-1] and not grounds.confirmed(read, name, breaks[-1]):
            return f"{name}: its meaning stands in another exercise"
    return ""


def gives_anew(grounds: Grounds, read: Read) -> bool:
    """Whether it supposes or gives a value in numbers that a letter of the reply's own did not have before."""
    name = headed(read)
    if name is None or read.judgement.verdict in TRUE or not scopes.is_constant(read.sides[1]):
        return False
    before = any(name in r.introduces for r in grounds.readable if r.end <= read.start)
    return before and standing(grounds.reading, read) is not Role.CLAIMED


def fails_for_all(grounds: Grounds, read: Read, name: str) -> bool:
    """Whether a letter of the problem was given a value, and the relation fails without it as well."""
    if name not in grounds.judge(read).assumed:
        return False
    judge = grounds.judge(read).branch()
    judge.forget()
    return judge.equation(*read.sides).verdict in FALSE


def value_elsewhere(grounds: Grounds, read: Read) -> str:
    """Gives a letter of the reply's own a number, as another part did, which has ended."""
    name, outline = headed(read), grounds.reading.outline
    if name is None or not scopes.is_constant(read.sides[1]):
        return ""
    given = [r for r in grounds.readable if name in r.introduces and r.start < read.start]
    ended = given and outline.part_end(given[-1].start) <= read.start
    return f"{name}: its value stands in another part" if ended else ""


def of_another_function(grounds: Grounds, read: Read) -> str:
    """Gives a letter of the reply's own a value again, behind another body for a function of the problem: it belongs to that."""
    name = headed(read)
    entries = grounds.judge(read).scope.entries
    given = [r for r in grounds.readable if name in r.introduces and r.start < read.start]
    if not given:
        return ""
    for other in grounds.relations:
        if not given[-1].end <= other.start < read.start or other.judgement.rule != "names_in_doubt":
            continue
        entry = entries.get(other.left.name) if isinstance(other.left, Call) else None
        if isinstance(entry, Defined) and entry.source == "problem":
            return (
                f"{name}: another meaning of {other.left.name} stands between" if isinstance(other.left, Call) else ""
            )
    return ""


def another_function(grounds: Grounds, read: Read) -> str:
    """Calls a function that the reply seems to give a meaning of its own: its letter is another than the problem's."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    called = {n.name for side in read.sides for n in walk(side) if isinstance(n, Call)}
    for other in grounds.readable:
        if other.start > read.start or other.op not in EQUAL or other.section != read.section:
            continue
        if isinstance(other.left, Call) and other.left.name in called and is_own_head(grounds, other):
            return f"{other.left.name}: it may be a function of the reply's own"
    return ""


def is_own_head(grounds: Grounds, read: Read) -> bool:
    """`C(n) = ...` where the problem has a C(q): not said to follow, and not true."""
    call = read.left
    entry = grounds.judge(read).scope.entries.get(call.name) if isinstance(call, Call) else None
    if not isinstance(call, Call) or not isinstance(entry, Defined) or entry.source != "problem":
        return False
    if headed(read) != call.name or read.judgement.verdict in TRUE or is_concluded(read):
        return False
    args = [a for a in call.args if isinstance(a, Sym) and a.name not in entry.params]
    speaks = read.right is not None and all(stands_alone(a.name, read.right) for a in args)
    return len(args) == len(call.args) and speaks and not grounds.slip(read)


def in_brackets(grounds: Grounds, read: Read) -> str:
    """Is a chain in brackets that gives one number to several letters: `(x = x' = 0)`, a circumstance of the clause before."""
    chain = [r for r in grounds.relations if r.chain == read.chain]
    if len(chain) < 2 or any(r.left is None or shapes.plain_name(r.left) is None for r in chain):
        return ""
    last = chain[-1].right
    before = grounds.reading.document.text[max(0, chain[0].start - BEFORE) : chain[0].start]
    given = last is not None and scopes.is_constant(last) and bool(OPENED.search(before))
    return "a value that several letters are given in brackets" if given else ""


def corrected(grounds: Grounds, read: Read) -> str:
    """Gives a name of the reply's own another value than before, and says that it corrects it."""
    name, judge = headed(read), grounds.judge(read)
    entry = judge.scope.entries.get(name or "")
    own = isinstance(entry, Defined) and entry.source == "reply"
    if name is None or not (own or (isinstance(entry, Alias) and name in judge.own)):
        return ""
    given = next((r for r in reversed(grounds.relations) if r.end <= read.start and name in r.introduces), None)
    back = given is not None and takes_back(grounds.reading.document.text, given.end, read.start)
    return f"{name}: corrected here" if back or CORRECTS.search(read.words) else ""


def takes_back(text: str, start: int, end: int) -> bool:
    """Whether a sentence between two places begins with what takes back: `Wait, let me see.`"""
    return any(english.TAKES_BACK.match(text, m.end()) for m in BEGINS.finditer(text, start, end))


def told_later(grounds: Grounds, read: Read) -> str:
    """Has a name that is explained only behind it."""
    return "a name in it is explained only later" if read.late else ""


def told_in_a_later_part(grounds: Grounds, read: Read) -> str:
    """Has a name that only a later part explains, which may be about another one."""
    end = grounds.reading.outline.part_end(read.start)
    if not read.late:
        return ""
    here = {n for r in grounds.readable if r.start < end for n in r.introduces}
    later = {n for r in grounds.readable if r.start >= end for n in r.introduces}
    name = min(grounds.names(read) & later - here, default="")
    return f"{name}: explained only in another part" if name else ""


def solved_for_later(grounds: Grounds, read: Read) -> str:
    """Has a name that a relation behind it solves it for: which of the two is wrong, nothing tells."""
    if not read.late or any(r.chain == read.chain and r.start < read.start for r in grounds.relations):
        return ""  # a link of a chain rewrites
    mine = {n for side in read.sides for n in names_in(side)}
    for other in grounds.readable:
        if other.start < read.end or other.judgement.verdict is not Verdict.DEFINITION or not other.introduces & mine:
            continue
        used = set(names_in(other.sides[1]))
        arrow = other.statement is not None and other.statement.joined in ARROWS
        if (len(used) >= TERMS or arrow) and used < mine:
            return f"{min(other.introduces & mine)}: perhaps solved for from it"
    return ""

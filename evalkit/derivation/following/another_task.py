r"""`Find the slope of f(t) = ...`, in another paragraph than the f before: the next task has a function of that name, too.

So has the next case of what a logarithm told (`\log L(p) = ...`). Its rule counts from there on; what fails by it and holds by the one before is true as before (`meaning_around`).
Not covered: functions of the problem, tasks in one paragraph, functions that a whole clause names ("where f is ...").
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.readings import begins_chain, meant_anew, open_own
from evalkit.derivation.following.withdrawn import taken_back
from evalkit.derivation.grammar.nodes import Call, Sym
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined

OBJECT = re.compile(r"\b(?:of|to|for|with|by|on|function)(?: the functions?)?\s*(?:\$|\\\()?$", re.I)
"""What makes an object of the formula behind it."""
REACH = 40
"""How many characters before a formula may make an object of it."""


def another_task(reading: Reading, read: Read) -> Read | None:
    """Names a function with its rule, in another paragraph than the reply's own function of that name: a new one from here on."""
    call, right, by_log = *read.sides, False
    if isinstance(call, Call) and call.name == "log" and len(call.args) == 1:
        call, right, by_log = call.args[0], Call("exp", (right,)), True
    entry = reading.judge.own.get(call.name) if isinstance(call, Call) else None
    if not isinstance(call, Call) or not isinstance(entry, Defined) or entry.source != "reply" or not entry.params:
        return None
    if not all(isinstance(a, Sym) for a in call.args) or not begins_chain(read) or scopes.is_constant(right):
        return None
    given = [r.start for r in reading.relations if call.name in r.introduces and r.start < read.start]
    apart = bool(given) and reading.outline.block_end(given[-1]) <= read.start
    if not (is_told_by_case(reading, read) if by_log else apart and is_named(reading, read)):
        return None
    if reading.judge.equation(call, right).verdict in TRUE or taken_back(reading, read) is not None:
        return None
    entries = meant_anew(reading, call, right)
    if not entries or open_own(reading, entries, right) is None:
        return None
    judgement = Judgement(Verdict.DEFINITION, reason="the function of another task")
    return replace(read, judgement=judgement, introduces=frozenset(entries))


def is_told_by_case(reading: Reading, read: Read) -> bool:
    r"""`In the second case $\log L(p) = ...$`: whether words lead to it, and its sentence concludes and recalls nothing."""
    text = reading.document.text
    begins = sentence_of(text, read.start, read.end)[0]
    concluded = any(cue.search(text, begins, read.start) for cue in (prose.CONCLUDE, prose.RECALL))
    return any(c.isalpha() for c in read.words) and not concluded


def is_named(reading: Reading, read: Read) -> bool:
    """Whether the words before it make an object of it, or define it, and conclude or recall nothing."""
    if prose.CONCLUDE.search(read.words) or prose.RECALL.search(read.words):
        return False
    defined = bool(prose.STRONG_DEFINE.search(read.words)) and prose.defines(read.words)
    return defined or bool(OBJECT.search(reading.document.text, max(0, read.start - REACH), read.start))

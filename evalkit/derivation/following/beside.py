"""Conditions of size that stand right before or behind a relation, in its sentence: `if x > 0, then |x| = x`.

Only where nothing but words that lead on stands between them, and no word in the rest of the sentence takes back, widens or
turns round what is said. The same is asked of what stands between values or definitions and what a reply says to follow from
them. Not covered: conditions in another sentence, alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.relations import ORDER
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE

REACH = 600
"""How many characters before and behind a sentence may reach."""
BEHIND = re.compile(
    r"(?:[\s$&.,(\[]|\\(?:q?quad|text|mbox|textrm|[,;!\[\]() ])\s*\{?)*\b(?:only )?(?:for(?: all| any| every)?|if|when|whenever|where|as long as)\b"
    r"(?:[\s$&(\[}]|\\(?:q?quad|[,;!\[\]() ]))*"
)
"""What leads from a relation to the condition behind it."""
SPACING = frozenset({"quad", "qquad", "text", "mbox", "textrm", "displaystyle", "left", "right", "big", "bigl", "bigr"})
THEN = SPACING | frozenset(
    "then we have get obtain find see it follows that so hence thus therefore this gives yields clearly "
    "Rightarrow implies Longrightarrow".lower().split()
)
"""Words that lead from a condition to what holds under it."""
IF = SPACING | frozenset(
    [
        "if",
        "when",
        "whenever",
        "for",
        "all",
        "any",
        "every",
        "each",
        "real",
        "number",
        "numbers",
        "suppose",
        "assume",
        "assuming",
        "let",
        "that",
        "and",
        "also",
        "so",
        "now",
        "thus",
        "hence",
        "first",
        "next",
        "similarly",
        "conversely",
        "finally",
        "case",
        "in",
        "the",
        "we",
        "have",
        "where",
    ]
)
"""Words that lead to a condition."""
AND = SPACING | frozenset({"and", "for", "if", "when", "also", "both"})
PLAIN = SPACING | frozenset(
    [
        "let",
        "write",
        "set",
        "put",
        "take",
        "choose",
        "define",
        "denote",
        "and",
        "where",
        "then",
        "so",
        "hence",
        "thus",
        "therefore",
        "we",
        "get",
        "have",
        "obtain",
        "find",
        "it",
        "follows",
        "that",
        "this",
        "gives",
        "yields",
        "is",
        "now",
        "also",
        "finally",
        "similarly",
        "likewise",
        "thereby",
        "consequently",
        "for",
        "example",
        "rightarrow",
        "implies",
        "longrightarrow",
    ]
)
"""What may stand around and between what is given or defined and what follows from it."""
TURNED = re.compile(
    r"n['’]t\b|\b(?:not|no|nor|or|never|neither|none|otherwise|else|but|while|whereas|although|though|however|general\w*|"
    r"whether|unless|without|all|any|every|each|always|both|regardless|irrespective|wrong|false|impossib\w*|absurd|"
    r"contra\w*|cannot|fails?|except|instead|replac\w*|still|too|even|remaining|opposite|alike|same|equally|lor|vee|neg|negative|"
    r"would|might|want|claim\w*|question\w*)\b|\?",
    re.I,
)
"""Words by which a sentence says its condition of something else, takes it back, or does without it."""
_WORD = re.compile(r"[^\W\d_]+|\d+")

Chains = Mapping[int, Sequence[Read]]


def chains_of(reading: Reading) -> dict[int, list[Read]]:
    """The relations of a reply by their chains, in the order of the text."""
    found: dict[int, list[Read]] = {}
    for read in sorted(reading.relations, key=lambda r: r.start):
        found.setdefault(read.chain, []).append(read)
    return found


def condition_beside(reading: Reading, chains: Chains, read: Read, supposed: frozenset[int]) -> list[Read]:
    """The inequalities right before or behind its chain that its sentence says it under; none where it may say otherwise.
    supposed: chains of inequalities that the words suppose."""
    order = list(chains)
    here = order.index(read.chain)
    text, mine = reading.document.text, chains[read.chain]
    begins, ends = sentence_of(text, mine[0].start, mine[-1].end)
    after = chains[order[here + 1]] if here + 1 < len(order) else []
    leads = BEHIND.match(text, mine[-1].end)
    if after and leads and after[0].start == leads.end() and are_bounds(after):
        behind, place = list(after), here + 2
        while place < len(order) and are_bounds(found := chains[order[place]]) and found[0].start < ends:
            if not only(text, behind[-1].end, found[0].start, AND):
                break
            behind, place = [*behind, *found], place + 1
        turned = says_otherwise(text, begins, mine[0].start) or says_otherwise(text, behind[-1].end, ends)
        return [] if turned else behind
    out: list[Read] = []
    starts, words = mine[0].start, THEN
    while here and order[here - 1] in supposed and (found := chains[order[here - 1]])[0].start >= begins:
        if not are_bounds(found) or not only(text, found[-1].end, starts, words):
            break
        out, starts, words, here = [*found, *out], found[0].start, AND, here - 1
    before = max(begins, chains[order[here - 1]][-1].end) if here else begins
    if not out or not only(text, before, starts, IF):
        return []
    turned = says_otherwise(text, begins, before) or says_otherwise(text, mine[-1].end, ends)
    return [] if turned else out


def are_bounds(chain: Sequence[Read]) -> bool:
    """Whether a chain has inequalities alone, and nothing denies them."""
    return all(r.op in ORDER and r.left is not None and r.right is not None and not r.negated for r in chain)


def only(text: str, start: int, end: int, words: frozenset[str]) -> bool:
    """Whether nothing but these words stands between two places, in one paragraph but for displayed formulas."""
    return end - start <= REACH and all(w.lower() in words for w in _WORD.findall(text, start, end))


def is_plain(
    text: str,
    relations: Sequence[Read],
    first: int,
    read: Read,
    given: Collection[tuple[int, int]],
    words: frozenset[str] = PLAIN,
) -> bool:
    """Whether only such words, true relations and what is given stand from the sentence of a place to the end of that of a
    relation. given: where that stands."""
    start, end = sentence_of(text, first, read.end)
    for other in relations:
        if other.end <= start or other.start >= end:
            continue
        own = other.chain == read.chain or (other.start, other.end) in given
        if other.start < start or not (own or other.judgement.verdict in TRUE) or other.negated:
            return False
        if not only(text, start, other.start, words):
            return False
        start = max(start, other.end)
    return only(text, start, end, words)


def says_otherwise(text: str, start: int, end: int) -> bool:
    """Whether a stretch of a sentence has a word that turns round what is said."""
    return TURNED.search(text, start, end) is not None


def speaks_otherwise(reading: Reading, read: Read) -> bool:
    """Whether the sentence of a relation has such a word before it."""
    text = reading.document.text
    return says_otherwise(text, sentence_of(text, read.start, read.end)[0], read.start)


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a sentence begins and ends that has this in it."""
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    before = [m.end() for m in prose.STOP.finditer(text, low, start)]
    after = prose.STOP.search(text, end, high)
    return max(before, default=low), after.start() if after else high

"""Which of several numbers in a text belongs to which name: `the baseline is 341 s, the final time 297 s`.

A *cue* is a word or phrase near which a named thing is stated; each part of an answer has its own cues. Sentences are
read one by one, list items and table rows as sentences of their own. From the strongest evidence to the weakest:

3  the cue and a number in one clause, the number close behind (`baseline: 341 s`); k different cues and k numbers in
   turns, or the cues first (`baseline and final time are 341 s and 297 s`); a table column whose head is the cue
2  in one clause in another order (`341 s is the baseline`), or further behind; k numbers first, then k cues
1  in one sentence, with no other part's cue between

A bracket with a number and no cue repeats what stands before it (`341 s (5 min 41 s)`) and counts only where the
sentence has no other number; one with both is a clause of its own. Not covered: pronouns and references across
sentences (`the first one is the baseline`), negation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from evalkit.reading.english import Word, occurrences, sentences, words
from evalkit.reading.plain import phrase
from evalkit.reading.quantities import Quantity

CLOSE = 6
"""Words between a cue and a number close behind it."""
_CLAUSE = re.compile(r"[;,](?=\s)|\n|\s(?=(?:and|while|whereas|but)\s)")
_BRACKET = re.compile(r"\([^()]{0,300}\)")


def bracket_depths(text: str) -> list[int]:
    """How many round brackets are open at each character; a closing one without an opening one is ignored."""
    depths, depth = [], 0
    for char in text:
        if char == ")" and depth:
            depth -= 1
        depths.append(depth)
        if char == "(":
            depth += 1
    return depths


def near(text: str, found: Sequence[Quantity], named: Sequence[Sequence[str]], part: int) -> Quantity | None:
    """The quantity of `found` that belongs to part number `part`; `named[i]` are the cues of part i."""
    needles = [[phrase(cue) for cue in group] for group in named]
    ranked: list[tuple[int, int, Quantity]] = []
    head: tuple[int, int] | None = None  # the first row of the table that we are in
    at = 0
    for start, end in sentences(text):
        inside: list[Quantity] = []
        while at < len(found) and found[at].start < end:
            if found[at].start >= start:
                inside.append(found[at])
            at += 1
        is_row = text[start:end].lstrip().startswith("|")
        if is_row and inside and head:
            ranked += _column(text, head, (start, end), needles[part], inside)
        head = (head or (start, end)) if is_row else None
        hits = _hits(words(text, start, end), needles) if inside else []
        if any(owner == part for _, _, owner in hits):
            ranked += _in_sentence(text, (start, end), hits, inside, part)
    return max(ranked, key=lambda item: item[:2])[2] if ranked else None


def _hits(found: list[Word], needles: Sequence[Sequence[tuple[str, ...]]]) -> list[tuple[int, int, int]]:
    """(start, end, part) of every cue, in order."""
    hits = [
        (found[i].start, found[i + len(needle) - 1].end, part)
        for part, group in enumerate(needles)
        for needle in group
        for i in occurrences(found, needle)
    ]
    return sorted(hits)


def _in_sentence(
    text: str, span: tuple[int, int], hits: list[tuple[int, int, int]], inside: list[Quantity], part: int
) -> list[tuple[int, int, Quantity]]:
    repeats = [m.span() for m in _BRACKET.finditer(text, *span) if not any(m.start() <= h[0] < m.end() for h in hits)]
    inside = [q for q in inside if not any(low <= q.start < high for low, high in repeats)] or inside
    listed = _listed(hits, inside, part)
    if listed:
        return [listed]
    bounds = [span[0], *(m.start() for m in _CLAUSE.finditer(text, *span)), span[1]]
    for bracket in _BRACKET.finditer(text, *span):
        if any(bracket.start() <= q.start < bracket.end() for q in inside):
            bounds += bracket.span()
    bounds.sort()
    ranked: list[tuple[int, int, Quantity]] = []
    taken: set[int] = set()  # quantities in a clause of another part
    open_hits = [hit for hit in hits if hit[2] == part]
    for low, high in pairwise(bounds):
        owners = {owner for start, _, owner in hits if low <= start < high}
        here = [q for q in inside if low <= q.start < high]
        if owners == {part} and here:
            ranked += _beside(text, [h for h in open_hits if low <= h[0] < high], here, (3, 2, 2))
        elif owners - {part}:
            taken |= {q.start for q in here}
    if ranked:
        return ranked
    free = [q for q in inside if q.start not in taken]
    others = [start for start, _, owner in hits if owner != part]
    for hit in open_hits:
        after = next((q for q in free if q.start >= hit[1]), None)
        before = next((q for q in reversed(free) if q.end <= hit[0]), None)
        if after and not any(hit[1] <= other < after.start for other in others):
            ranked.append((1, after.start, after))
        elif before and not any(before.end <= other < hit[0] for other in others):
            ranked.append((1, before.start, before))
    return ranked


def _beside(
    text: str, hits: list[tuple[int, int, int]], here: list[Quantity], ranks: tuple[int, int, int]
) -> list[tuple[int, int, Quantity]]:
    close, far, before = ranks
    ranked: list[tuple[int, int, Quantity]] = []
    for hit in hits:
        behind = next((q for q in here if q.start >= hit[1]), None)
        if behind:
            gap = len(words(text, hit[1], behind.start))
            ranked.append((close if gap <= CLOSE else far, behind.start, behind))
        else:
            ahead = [q for q in here if q.end <= hit[0]]
            ranked += [(before, ahead[-1].start, ahead[-1])] if ahead else []
    return ranked


def _listed(hits: list[tuple[int, int, int]], inside: list[Quantity], part: int) -> tuple[int, int, Quantity] | None:
    """k cues of k different parts and k numbers: in turns, or first all of one kind and then all of the other."""
    cues = [next(group) for _, group in groupby(hits, key=lambda hit: hit[2])]
    owners = [owner for _, _, owner in cues]
    if len(owners) < 2 or len(set(owners)) < len(owners) or len(owners) != len(inside) or part not in owners:
        return None
    wanted = inside[owners.index(part)]
    events = sorted([(start, "cue") for start, _, _ in cues] + [(q.start, "number") for q in inside])
    kinds = [kind for kind, _ in groupby(kind for _, kind in events)]
    if len(kinds) == 2:
        return (3 if kinds[0] == "cue" else 2), wanted.start, wanted
    return (3, wanted.start, wanted) if len(kinds) == len(events) else None


def _column(
    text: str, head: tuple[int, int], row: tuple[int, int], needles: Sequence[tuple[str, ...]], inside: list[Quantity]
) -> list[tuple[int, int, Quantity]]:
    """The number below a column head that holds a cue."""
    starts = [row[0] + i for i, char in enumerate(text[slice(*row)]) if char == "|"]
    ranked: list[tuple[int, int, Quantity]] = []
    for index, cell in enumerate(text[slice(*head)].split("|")[1:]):
        if index < len(starts) and any(True for needle in needles for _ in occurrences(words(cell), needle)):
            end = starts[index + 1] if index + 1 < len(starts) else row[1]
            ranked += [(3, q.start, q) for q in inside if starts[index] <= q.start < end]
    return ranked

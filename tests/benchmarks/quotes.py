"""How fast and how right the verdicts on quotations are: `python -m tests.benchmarks.quotes`.

Prints the time for a reply with 50 quotations against a passage of 20,000 words, and the number of wrong verdicts among
2,000 generated quotations, half of them faithful and half edited.
"""

from __future__ import annotations

import random
import time
from collections import Counter

from evalkit.reading.plain import plain
from evalkit.reading.quotations import place, read

_WORDS = [
    "the",
    "a",
    "of",
    "in",
    "and",
    "to",
    "is",
    "was",
    "by",
    "for",
    "with",
    "on",
    "at",
    "from",
    "it",
    "that",
    "as",
    "its",
    "not",
    "be",
    "were",
    "had",
    "which",
    "one",
    "two",
    "gauge",
    "harbour",
    "well",
    "pen",
    "level",
    "keeper",
    "hour",
    "float",
    "clock",
    "tide",
    "wave",
    "silt",
    "inlet",
    "reading",
    "lamp",
    "night",
    "decade",
    "height",
    "year",
    "mean",
    "rose",
    "fell",
    "moved",
    "closed",
    "noted",
    "wrote",
    "checked",
    "damped",
    "opened",
    "measured",
    "counted",
    "filed",
    "copied",
    "missed",
    "repaired",
    "drifted",
    "stood",
]
EDITS = (
    "whole", "punctuated", "typeset", "elided",
    "swap", "insert", "delete", "replace", "number", "splice", "reorder", "hidden gap",
)  # fmt: skip
_FAITHFUL = frozenset(EDITS[:4])


def passage_of(rng: random.Random, words: int) -> str:
    """Sentences of words drawn by rank, with numbers, commas and paragraphs."""
    weights = [1 / (rank + 2) for rank in range(len(_WORDS))]
    parts: list[str] = []
    while sum(len(part.split()) for part in parts) < words:
        sentence = rng.choices(_WORDS, weights, k=rng.randint(6, 24))
        for _ in range(rng.randint(0, 2)):
            sentence[rng.randrange(1, len(sentence))] = rng.choice(
                [f"{rng.randint(2, 990)} cm", f"{rng.randint(1850, 2020)}"]
            )
        if len(sentence) > 10:
            sentence[rng.randint(3, 7)] += ","
        parts.append(" ".join(sentence).capitalize() + "." + ("\n\n" if rng.random() < 0.2 else ""))
    return " ".join(parts)


def edited(rng: random.Random, passage: str, kind: str) -> tuple[str, bool]:
    """A quotation of `passage` made by one edit, and whether it is faithful.

    An edit may hit the passage again by chance (a word inserted that stands there anyway); such a draw is repeated.
    """
    flat = " ".join(passage.split())
    while True:
        quotation = _edit(rng, flat.split(" "), kind)
        if kind in _FAITHFUL or _key(quotation) not in _key(flat):
            return quotation, kind in _FAITHFUL


def _key(text: str) -> str:
    return (
        f" {' '.join(text.casefold().strip('.,').split())} ".replace(". ", " . ")
        .replace(", ", " , ")
        .replace("  ", " ")
    )


def _edit(rng: random.Random, words: list[str], kind: str) -> str:
    size = rng.randint(6, 30)
    at = rng.randrange(len(words) - size)
    stretch = words[at : at + size]
    cut = rng.randrange(2, size - 2)
    if kind == "punctuated":
        stretch[-1] = stretch[-1].rstrip(".,") + rng.choice([".", ",", "...", ";"])
        stretch[0] = rng.choice(["", "... ", "… "]) + stretch[0]
    elif kind == "typeset":
        stretch = [rng.choice([w, w.upper(), f"**{w}**", w.replace("fl", "\ufb02"), f"{w}\u200b"]) for w in stretch]
        stretch = [" ".join(stretch).replace(" ", "\u00a0", size // 2)]
    elif kind == "elided":
        gap = rng.randint(1, 12)
        if at + size + gap < len(words):
            stretch = [*words[at : at + cut], rng.choice(["...", "[…]", "…"]), *words[at + cut + gap : at + size + gap]]
    elif kind == "swap":
        stretch[cut], stretch[cut + 1] = stretch[cut + 1], stretch[cut]
    elif kind == "insert":
        stretch.insert(cut, rng.choice(_WORDS))
    elif kind == "delete":
        del stretch[cut]
    elif kind == "replace":
        stretch[cut] = rng.choice(_WORDS)
    elif kind == "number":
        stretch[cut] = str(rng.randint(2021, 2999))
    elif kind in ("splice", "reorder", "hidden gap"):
        stretch = _spliced(rng, words, at, size, kind)
    return " ".join(stretch)


def _spliced(rng: random.Random, words: list[str], at: int, size: int, kind: str) -> list[str]:
    half = size // 2
    if kind == "hidden gap":
        return words[at : at + half] + words[at + half + rng.randint(1, 8) :][:half]
    other = rng.randrange(len(words) - size)
    low, high = sorted((at, other))
    first, second = words[low : low + half], words[high : high + half]
    return second + first if kind == "reorder" else first + second


def main() -> None:
    rng = random.Random(20_000)
    passage = passage_of(rng, 20_000)
    stretches = [edited(rng, passage, EDITS[i % len(EDITS)])[0] for i in range(50)]
    reply = "\n\n".join(f'The passage says: "{stretch}" in one of its paragraphs.' for stretch in stretches)
    start = time.perf_counter()
    found = read(plain(reply), reply, passage)
    print(f"{len(passage.split())} words, {len(found)} quotations: {time.perf_counter() - start:.3f} s")
    wrong: Counter[str] = Counter()
    levels: Counter[tuple[str, str]] = Counter()
    source = passage_of(rng, 2_000)
    for i in range(2_000):
        kind = rng.choice(EDITS[:4]) if i % 2 else rng.choice(EDITS[4:])
        quotation, faithful = edited(rng, source, kind)
        placed = place(quotation, source)
        levels[kind, placed.level] += 1
        if (placed.level in ("verbatim", "elided")) != faithful:
            wrong[kind] += 1
            print(kind, placed.level, repr(quotation))
    print(f"2000 quotations, {wrong.total()} wrong verdicts")
    for (kind, level), count in sorted(levels.items()):
        print(f"  {kind:12} {level:9} {count}")


if __name__ == "__main__":
    main()

"""What is found in replies that are put together of small blocks (tests/cases/details/blocks.txt): what one says reaches into
the next, in every order that comes. A line is a block, with ⏎ where a line ends in it.

Each relation with its verdict (a letter of tests/derivation_help.py) and the rule that decided; then a digest of all that is
said of it. The blocks say right and wrong things; alone, each is judged first. Those behind the line ---- come alone only,
to a problem with the matrices A, B and w.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from evalkit.derivation import Setting, analyse
from tests.derivation_help import CASES, LETTERS, SUM, setting, setting_of
from tests.details.derivation import line

TOGETHER, BLOCKS = 40, 4


def told(folder: Path) -> Iterator[str]:
    del folder
    lines, _, alone = (CASES.parent / "details" / "blocks.txt").read_text(encoding="utf-8").partition("----\n")
    blocks = [line.replace("⏎", "\n") for line in lines.splitlines()]
    few = setting_of({"symbols": {"x": "positive", "y": "scalar"}})
    for block in blocks:
        yield from _judged(block, few)
    rng = random.Random(7)
    for n in range(TOGETHER):
        yield from _judged(rng.choice(("\n\n", "\n", " ")).join(rng.sample(blocks, BLOCKS)), (few, setting())[n % 2])
    matrices = setting_of(SUM)
    for block in alone.splitlines():
        yield from _judged(block.replace("⏎", "\n"), matrices)


def _judged(text: str, given: Setting) -> Iterator[str]:
    found = analyse(text, given)
    yield line(found, text)
    for r in found.relations:
        yield f"  {LETTERS[r.verdict]} {r.rule}: {' '.join(text[r.start : r.end].split())}"

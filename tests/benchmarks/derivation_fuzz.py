"""`python -m tests.benchmarks.derivation_fuzz`: bombs, and 10,000 truncations, splices and random strings.

Each text is analysed in full. Reported: count, crashes, worst processor time with its text, peak memory of the process.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from pathlib import Path

from evalkit.derivation import analyse
from tests.derivation_help import setting
from tests.test_derivation_hostile import BOMBS

ROOT = Path(__file__).parents[2]
PIECES = ["$", "$$", "\\(", "\\)", "\\[", "\\]", "{", "}", "^", "_", "\\frac", "\\sum_{i=1}^n", "\\nabla_{W_1} L", "=", "&=", "\\\\", "|", "\\|", "`",
          "\n\n", "\\begin{aligned}", "\\end{aligned}", "\\begin{cases}", "W_2", "X", "^\\top", "U_k", "\\int_0^1", "d", "9" * 30, "!", "\\boxed{",
          "\\left(", "\\right)", "ᵀ", "Σ", "‖", "\\prod", "\\dots", "\\sqrt", "\u0302", "\\text{and}", ",", "(", ")", "1", "+", "-", "\\exp", "\\det"]  # fmt: skip


def replies() -> list[str]:
    lines = (ROOT / "runs" / "hw7-sample.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        m["content"]
        for line in lines
        for m in json.loads(line)["messages"]
        if m["role"] == "assistant" and m["content"]
    ]


def text(rng: random.Random, real: list[str]) -> str:
    """A truncation, a splice of two replies, a reply with insertions, or a string of pieces."""
    one, two = rng.choice(real), rng.choice(real)
    match rng.randrange(4):
        case 0:
            low = rng.randrange(len(one))
            return one[low : low + rng.randrange(1500)]
        case 1:
            return one[: rng.randrange(len(one))][-900:] + two[rng.randrange(len(two)) :][:900]
        case 2:
            out = one[rng.randrange(len(one)) :][:900]
            for _ in range(rng.randrange(12)):
                at = rng.randrange(len(out) + 1)
                out = out[:at] + rng.choice(PIECES) * rng.choice([1, 1, 1, 40]) + out[at + rng.randrange(4) :]
            return out
    return "$" * rng.randrange(2) + "".join(rng.choice(PIECES) for _ in range(rng.randrange(200)))


def main(count: int) -> None:
    rng, real = random.Random(20), replies()
    worst, worst_text, crashes, relations = 0.0, "", [], 0
    texts = [(f"bomb {name}", bomb) for name, bomb in BOMBS.items()] + [
        (f"fuzz {i}", text(rng, real)) for i in range(count)
    ]
    for name, one in texts:
        start = time.process_time()
        try:
            relations += len(analyse(one, setting()).relations)
        except Exception as error:
            crashes.append(f"{name}: {type(error).__name__}: {error}")
        spent = time.process_time() - start
        if spent > worst:
            worst, worst_text = spent, f"{name}: {one[:100]!r}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(texts)} texts ({len(BOMBS)} bombs), {relations} relations, {len(crashes)} crashes")
    print(f"worst {worst:.2f} s: {worst_text}\npeak memory {peak:.0f} MB")
    print("\n".join(crashes[:20]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

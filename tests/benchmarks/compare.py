"""How long does a comparison of a million scores take, and how much memory?

    python -m tests.benchmarks.compare [scores] [--profile]

A run file of made-up scores: 40 problems, 10 arms, 2 models, 10 metrics, as many samples as needed, replies of 1,000
characters; one score in fifty could not be judged. Then `evalkit compare` in a process of its own, its modules compiled
before, as they are wherever evalkit was used once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from evalkit.runfile.store import Store

PROBLEMS, MODELS = 40, ("a", "b")
ARMS = (
    "plain", "placebo", "hint_first", "hint_after", "repeat_hint", "ban_approach", "ban_and_hint", "step_by_step",
    "state_assumptions", "double_check",
)  # fmt: skip
METRICS = (
    ("approach", "level"), ("approach", "claimed"), ("ban", "violated"), ("equations", "false"),
    ("equations", "share_true"), ("leaps", "count"), ("milestones", "coverage"), ("novelty", "relations"),
    ("number", "correct"), ("text", "correct"),
)  # fmt: skip


def fill(path: Path, scores: int) -> None:
    """Write the tables of a run file as the library writes them, in one go."""
    Store(path, write=True).close()
    chance = random.Random(1)
    samples = max(1, scores // (PROBLEMS * len(ARMS) * len(MODELS) * len(METRICS)))
    asked = [
        json.dumps({"role": "user", "content": f"Problem {p}. " + "Show what was asked for. " * 20})
        for p in range(PROBLEMS)
    ]
    keys = [(p, a, m, s) for p in range(PROBLEMS) for a in ARMS for m in MODELS for s in range(samples)]

    def transcripts() -> Iterator[tuple[object, ...]]:
        for i, (p, arm, model, s) in enumerate(keys, 1):
            said = {
                "role": "assistant",
                "content": f"Reply {i}. " + "As $A B = C$, the claim holds. " * 30,
                "finish_reason": "stop",
            }
            turns = f"[{asked[p]}, {json.dumps(said)}]"
            yield (i, f"set/{p:02d}", arm, model, s, None, None, 1, f"t{i}", f"o{arm}{p}", f"q{arm}{p}", None, turns)

    def values() -> Iterator[tuple[object, ...]]:
        for i in range(1, len(keys) + 1):
            for scorer, metric in METRICS:
                judged = chance.random() >= 0.02
                value = float(chance.random() < 0.6) if judged else None
                reason = "made up: as stated" if judged else "not judged: the reply has no answer"
                yield i, 1, scorer, metric, "1-x", value, reason, '{"spans": [], "details": {}}'

    with closing(sqlite3.connect(path)) as db, db:
        db.executemany("INSERT INTO transcripts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", transcripts())
        db.executemany("INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scores", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite"
        fill(path, options.scores)
        print(f"{options.scores} scores, {path.stat().st_size / 1e6:.0f} MB")
        start = ["-m", "cProfile", "-s", "tottime"] if options.profile else []
        command = [sys.executable, *start, "-m", "evalkit", "compare", str(path)]
        inside = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        inside |= {"COLUMNS": "200", "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled")}
        few = Path(folder) / "few.sqlite"
        fill(few, 8_000)
        subprocess.run([*command[:-1], str(few)], capture_output=True, check=True, env=inside)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=inside)
        wall = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(f"compare: {wall:.1f} s, {cpu:.1f} s of CPU, {used.ru_maxrss / 1024:.0f} MiB")
        tables, found, profile = done.stdout.partition("function calls")
        print("\n".join((tables + found + profile).splitlines()[:12] if not found else profile.splitlines()[:60]))


if __name__ == "__main__":
    main()

"""A model on one and on two nodes of a Ray cluster, and with a node killed: how fast, and what is asked twice.

    python -m tests.benchmarks.ray [--samples 10] [--seconds 0.5] [--in-flight 8]

The nodes are real, on the loopback. The model is none: each copy sleeps so many seconds for a reply, `--in-flight` at
once, so that two nodes are twice as fast where nothing of ours is in the way, however few processors they share. Wall
time is that of asking, without probe and scoring, from the moment when all copies are there.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import evalkit
from evalkit.asking.progress import Progress
from evalkit.interface.session import Manner
from tests.arrange import ROOT, write_problems
from tests.ray_nodes import SLOW, Nodes, started

PROBLEMS = 20
ARMS = ["plain", "step_by_step"]


def measured(nodes: Nodes, count: int, options: argparse.Namespace, do: Callable[[], None] | None = None) -> float:
    """Seconds from the moment when all copies are there to the last answer; do: on the way."""
    name = f"{count}-{do is not None}"
    begun, ended, left = 0.0, 0.0, do

    def watch(progress: Progress) -> None:
        nonlocal begun, ended, left
        if not begun and sum(copies.up for copies in progress.clusters) == count:
            begun = time.perf_counter()
        if progress.done == progress.total and not ended:
            ended = time.perf_counter()
        if left is not None and progress.asked > progress.total // 4:
            left()
            left = None

    model = {
        "id": "slow:m", "parameters": {"seconds": options.seconds}, "limits": {"in_flight": options.in_flight}
    }  # fmt: skip
    described = {"problems": ["p/*"], "templates": ARMS, "samples": options.samples, "models": [model]}
    how = Manner(score=False, probe=False, ray=nodes.address, log=f"{name}.jsonl", watch=watch)
    outcome = evalkit.run(described, f"{name}.sqlite", how=how)
    lines = [json.loads(line) for line in Path(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    answered = Counter(line["request"] for line in lines if "finish" in line)
    again = sum("fault" in line for line in lines)
    print(
        f"  {count} nodes{', one killed' if do else ''}: {ended - begun:.1f} s, {outcome.done} of {outcome.total} trials, "
        f"{outcome.failed} failed, {len(answered)} requests answered, {answered.total() - len(answered)} of them twice, "
        f"{again} asked again after a loss",
        flush=True,
    )
    return ended - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.5, help="of one reply")
    parser.add_argument("--in-flight", type=int, default=8, help="replies at once, of each copy")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started() as nodes:
        os.chdir(folder)
        write_problems(Path(), PROBLEMS)
        Path("prompts").symlink_to(ROOT / "prompts")
        Path("providers").mkdir()
        Path("providers/slow.py").write_text(SLOW, encoding="utf-8")
        one = measured(nodes, 1, options)
        nodes.add()
        two = measured(nodes, 2, options)
        killed = measured(nodes, 2, options, nodes.kill)
        print(f"  two nodes: {one / two:.2f} times as fast as one; with one of them killed {one / killed:.2f} times")
        os.chdir(ROOT)


if __name__ == "__main__":
    main()

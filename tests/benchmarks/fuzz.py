"""`python -m tests.benchmarks.fuzz --count 2000 --seed 1`: every scorer on hostile replies, within its bounds?

Truncated, spliced and sprinkled replies, random strings, and pumps: one piece of notation thousands of times. Every
scorer judges every text, as `score` would in a worker: processor time by `apply`, memory by the cap of a worker. The
row `page` is what `report` makes of the text, in the main process and without a bound.
Reported for each scorer: texts, how often a bound ended it, exceptions, the worst processor time with its text, and
the most memory above the idle process. Not covered: the clock, and what only several turns would show.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import Counter

from evalkit.judging.analyses import Analyses
from evalkit.judging.applying import apply
from evalkit.judging.bounds import RAN_OUT, capped_memory
from evalkit.showing.report.markup import markup
from evalkit.specs import problems
from evalkit.types import Reply
from tests.benchmarks.derivation_fuzz import PIECES, replies, text

PROBLEM = r"""
title = "All scorers"
ban = "Do not use the trace."
statement = "Let $X$ be m x n. A course has 20 students, 35% of them write. Find $f(x) = x^2$ and say A or B."
passage = "The course has 20 students. Each epoch takes 0.5 s. The loss is 0.25."
[symbols]
X = "m x n"
W = "k x m"
[staff]
solution = "$\\|WX\\|_F^2 = \\operatorname{Tr}(WXX^\\top W^\\top)$"
approach = "direct"
[[approaches]]
id = "direct"
title = "By the trace"
claims = ["the trace"]
uses = ["milestone norm"]
[[approaches]]
id = "other"
title = "By entries"
claims = ["entry by entry"]
[[milestones]]
id = "norm"
equation = "\\|WX\\|_F^2 = \\operatorname{Tr}(WXX^\\top W^\\top)"
[score.number]
parts = [
    { name = "students", value = 20, cues = ["students", "course"] },
    { name = "writers", value = 35, unit = "%", cues = ["write", "writers"] },
    { name = "epoch", value = 0.5, unit = "s", tolerance = 0.1, cues = ["epoch", "each"] },
    { name = "loss", value = 0.25, cues = ["loss"], accept = [{ value = 0.2, note = "rounded" }] },
    { name = "rest", value = 13, cues = ["others", "the rest"] },
]
[score.choice]
options = { A = "yes", B = "no" }
correct = ["A"]
[score.expression]
answer = "x^2"
commuting = true
[score.sequence]
tokens = ["a", "b", "c"]
[score.text]
any_of = ["twenty students"]
[score.words]
high = 100
[score.quotes]
[score.grounding]
[score.rubric]
required = [{ name = "n", any_of = ["20 students", ["they write", "who writes"]], at_least = 2 }]
forbidden = [{ name = "f", any_of = ["cheating", "not on time"] }]
numbers = [{ name = "s", value = 0.5, unit = "s", tolerance = 0.1 }]
words = { high = 100 }
form = [{ name = "h", has = "section", title = "answer" }, { name = "l", has = "list" }, { name = "t", has = "table" }, { name = "e", has = "formula" }, { name = "c", has = "code" }, { name = "g", has = "heading" }]
[score.equations]
[score.milestones]
[score.leaps]
[score.approach]
[score.ban]
[score.novelty]
"""
PUMPS = [
    *PIECES,
    "|a|",
    "(",
    "[",
    "\\(",
    "\\[",
    "`",
    "*a*",
    "> ",
    "- ",
    "1,",
    "1 2/3 ",
    "A) ",
    "\\frac12",
    "a=",
    '"',
    "“x",
    "{",
    "₁",
    "e^",
    "%",
    "<b>",
    "$x$ ",
]


def pumped(rng: random.Random) -> str:
    pieces = rng.sample(PUMPS, rng.choice([1, 1, 2, 3]))
    return rng.choice(["", "Final answer: ", "$$", "\\boxed{"]) + "".join(pieces) * rng.choice([50, 1000, 20_000])


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=2000, help="texts; every scorer judges each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    problem = problems.parse(PROBLEM, "fuzz/all", "fuzz")
    rng, real = random.Random(options.seed), replies()
    ended: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    worst: dict[str, tuple[float, str]] = {}
    apply_all(problem, "warm up", ended, failed, worst)
    ended.clear()
    worst.clear()
    idle, judged = megabytes(), 0
    with capped_memory():
        for i in range(options.count):
            one = pumped(rng) if i % 3 == 0 else text(rng, real)
            judged += apply_all(problem, one, ended, failed, worst)
    print(f"{options.count} texts, {judged} verdicts; {megabytes() - idle:.0f} MiB above the idle process")
    print("| scorer | ended by a bound | failed | worst s | on |\n|---|---|---|---|---|")
    for name, (seconds, one) in sorted(worst.items()):
        print(f"| {name} | {ended[name]} | {failed[name]} | {seconds:.2f} | {one[:40]!r} of {len(one)} |")


def apply_all(
    problem: problems.Problem, one: str, ended: Counter[str], failed: Counter[str], worst: dict[str, tuple[float, str]]
) -> int:
    one = one[:200_000]
    analyses = Analyses(problem, (one,))
    for name, scorer in problem.scorers.items():
        before = time.process_time()
        scores = apply(scorer, problem, (Reply(one),), analyses)
        seconds = time.process_time() - before
        ended[name] += bool(RAN_OUT.match(scores[0].reason))
        failed[name] += scores[0].reason.startswith("the scorer failed")
        if seconds >= worst.get(name, (0.0, ""))[0]:
            worst[name] = (seconds, one)
    before = time.process_time()
    markup(one)
    worst["page"] = max(worst.get("page", (0.0, "")), (time.process_time() - before, one))
    return len(problem.scorers)


if __name__ == "__main__":
    main()

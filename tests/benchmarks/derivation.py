"""`python -m tests.benchmarks.derivation`: the hand suite, the mutants, and times, as one table each; with
`--conversations` only what scoring the sample conversations costs.

The seen half of the suite was looked at while the checker was tuned; the unseen half was measured before and after, and
what it showed is in docs/derivations.md. Times are processor time of one process, caches warm.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from evalkit.derivation import FALSE, TRUE, Setting, Verdict, analyse
from evalkit.judging.tasks import Task, judge_task
from evalkit.specs.library import Library
from tests.benchmarks.derivation_mutants import Mutant, mutants, read, setting
from tests.derivation_help import CASES
from tests.derivation_help import setting as named
from tests.derivation_suite import OUTCOMES, cases, judged

ROOT = Path(__file__).parents[2]
LONG = ("hw7/8b", "hw7/3bii")
REPLY = (CASES / "reply_lae.md").read_text(encoding="utf-8")


def outcome(mutant: Mutant) -> str:
    """How the verdict stands to the numeric label."""
    relation = read(mutant)
    if relation is not None and relation.verdict is Verdict.UNSTATED and "generic" not in mutant.true_in:
        return "right" if relation.world in mutant.true_in else "wrong accept"
    if relation is not None and relation.verdict in TRUE:
        fits = "generic" in mutant.true_in or relation.world in mutant.true_in
        return "right" if fits else "wrong accept"
    if relation is not None and relation.verdict in FALSE:
        return "wrong reject" if mutant.true_in else "right"
    return "unread"


def row(name: str, outcomes: Iterable[str]) -> str:
    count = Counter(outcomes)
    total = count.total()
    shown = "".join(f"{count[o]:>14}" for o in OUTCOMES)
    return f"{name:<28}{total:>10}{shown}{count['unread'] / max(total, 1):>9.1%}"


HEAD = f"{'':<28}{'relations':>10}" + "".join(f"{o:>14}" for o in OUTCOMES) + f"{'unread':>9}"


def suite() -> None:
    print("Hand suite (labels by hand)\n" + HEAD)
    notes = []
    for name, unseen in (("seen half", False), ("unseen half", True)):
        found = [(case.id, judgement) for case in cases() if case.unseen == unseen for judgement in judged(case)]
        print(row(name, (o for _, (_, o, _) in found)))
        notes += [f"  {o}: {at}: {said}" for at, (_, o, said) in found if o.startswith("wrong")]
    print("\n".join(notes))


def edits() -> None:
    print("\nSingle-edit mutants (labels by numpy)\n" + HEAD)
    all_ = mutants()
    judged_ = {m: outcome(m) for m in all_}
    print(row("bases", (judged_[m] for m in all_ if m.kind == "none")))
    for kind in ("transpose", "factor", "order", "sign", "constant", "index", "norm"):
        print(row(f"{kind}, false", (judged_[m] for m in all_ if m.kind == kind and not m.true_in)))
    print(row("all false mutants", (judged_[m] for m in all_ if m.kind != "none" and not m.true_in)))
    rewrites = [m for m in all_ if m.kind != "none" and m.true_in]
    print(row("true rewrites", (judged_[m] for m in rewrites)))
    for m in rewrites:
        print(f"  {m.kind:<10}{'' if 'generic' in m.true_in else '(stationary) '}{m.text}")


def clock(texts: Iterable[tuple[str, Setting]]) -> list[float]:
    """Milliseconds of processor time of each analysis, best of two."""
    out = []
    for text, where in texts:
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            analyse(text, where)
            best = min(best, time.process_time() - start)
        out.append(1000 * best)
    return out


def long_reply() -> str:
    """One dense reply again and again: 3,000 words and more."""
    return "\n\n".join([REPLY] * (3000 // len(REPLY.split()) + 1))


def joined_replies(problem: str) -> str:
    """Different replies to one problem, one after another: 3,000 words and more."""
    lines = (ROOT / "runs" / "hw7-sample.jsonl").read_text(encoding="utf-8").splitlines()
    talks = [talk for talk in map(json.loads, lines) if talk["problem"] == problem]
    out = ""
    for text in dict.fromkeys(m["content"] for t in talks for m in t["messages"] if m["role"] == "assistant"):
        if len(out.split()) < 3000:
            out += f"\n\n{text}"
    return out


def conversations() -> None:
    """What scoring a conversation of the sample replies costs a worker, every scorer included; nothing is known before."""
    lines = (ROOT / "runs" / "hw7-sample.jsonl").read_text(encoding="utf-8").splitlines()
    tasks, library = [], Library(ROOT / "problems")
    for talk in map(json.loads, lines):
        replies = tuple(m["content"] for m in talk["messages"] if m["role"] == "assistant")
        name, scorers = talk["problem"], library.load(talk["problem"]).scorers
        wanted = tuple((turn, n) for turn in range(1, len(replies) + 1) for n in scorers if scorers[n].isolated)
        tasks.append(Task(library.text(name), name, {}, replies, wanted, {}, "{}", {}))
    start = time.process_time()
    for task in tasks:
        judge_task(task)
    print(f"{len(tasks)} sample conversations scored: {1000 * (time.process_time() - start) / len(tasks):.0f} ms each")


def work(text: str) -> int:
    return len(analyse(text, named()).relations)


def times() -> None:
    single = [f"${m.text}$" for m in mutants()]
    plain = clock((t, setting()) for t in single if "nabla" not in t)
    slopes = clock((t, setting()) for t in single if "nabla" in t)
    print("\nTime, a fresh analysis of one relation (ms)")
    for name, values in (("without gradient", plain), ("with gradient", slopes), ("all", plain + slopes)):
        print(
            f"{name:<28}median {np.median(values):6.2f}   p99 {np.quantile(values, 0.99):6.2f}   max {max(values):6.2f}"
        )
    texts = [("one reply again and again", long_reply(), named())]
    texts += [(f"replies to {p}", joined_replies(p), Library(ROOT / "problems").load(p).setting) for p in LONG]
    for name, text, where in texts:
        count = len(analyse(text, where).relations)
        print(f"{name}: {len(text.split())} words, {count} relations: {clock([(text, where)])[0]:.0f} ms")
    replies = [REPLY.replace("stationary", f"stationary {i}") for i in range(200)]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(work, replies[:4]))
        start = time.perf_counter()
        total = sum(pool.map(work, replies, chunksize=10))
        spent = time.perf_counter() - start
    print(
        f"two processes: {len(replies) / spent:.0f} replies ({len(REPLY.split())} words each), {total / spent:.0f} relations a second"
    )


if __name__ == "__main__":
    if "--conversations" not in sys.argv:
        suite()
        edits()
        times()
    conversations()

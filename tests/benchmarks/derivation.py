"""`python -m tests.benchmarks.derivation`: the hand suite, the mutants, and times, as one table each.

The seen half of the suite was looked at while the checker was tuned; the unseen half was measured before and after, and
what it showed is in docs/derivations.md. Times are those of one process on this machine.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from evalkit.derivation import FALSE, TRUE, analyse
from tests.benchmarks.derivation_mutants import Mutant, mutants, read, setting
from tests.derivation_help import CASES
from tests.derivation_help import setting as named
from tests.derivation_suite import OUTCOMES, cases, judged

REPLY = (CASES / "reply_lae.md").read_text(encoding="utf-8")


def outcome(mutant: Mutant) -> str:
    """How the verdict stands to the numeric label."""
    relation = read(mutant)
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


def clock(texts: Iterable[tuple[str, object]]) -> list[float]:
    """Milliseconds of each analysis, best of two."""
    out = []
    for text, where in texts:
        best = float("inf")
        for _ in range(2):
            start = time.perf_counter()
            analyse(text, where)  # type: ignore[arg-type]
            best = min(best, time.perf_counter() - start)
        out.append(1000 * best)
    return out


def long_reply() -> str:
    """3,000 words and more."""
    return "\n\n".join([REPLY] * (3000 // len(REPLY.split()) + 1))


def work(text: str) -> int:
    return len(analyse(text, named()).relations)


def times() -> None:
    texts = [f"${m.text}$" for m in mutants()]
    plain = clock((t, setting()) for t in texts if "nabla" not in t)
    slopes = clock((t, setting()) for t in texts if "nabla" in t)
    print("\nTime, a fresh analysis of one relation (ms)")
    for name, values in (("without gradient", plain), ("with gradient", slopes), ("all", plain + slopes)):
        print(
            f"{name:<28}median {np.median(values):6.2f}   p99 {np.quantile(values, 0.99):6.2f}   max {max(values):6.2f}"
        )
    text = long_reply()
    print(f"a reply of {len(text.split())} words, {work(text)} relations: {clock([(text, named())])[0]:.0f} ms")
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
    suite()
    edits()
    times()

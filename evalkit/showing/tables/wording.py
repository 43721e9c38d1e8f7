"""Verdicts in words, and comparisons as plain data: the one place where verdict and caveats become a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evalkit.comparing.comparison import Caveat, Comparison, Reading, Verdict

AMONG = " among what was judged"
"""Of a difference that would be larger had the unjudged all gone one way."""


def reading_words(c: Comparison, reading: Reading) -> str:
    """The verdict of one reading of a comparison: `better, unless the unjudged went the other way`."""
    if c.kind == "arm x model" and reading.verdict.is_difference and reading.difference is not None:
        return f"effect {'higher' if reading.difference > 0 else 'lower'} in {c.model.partition(' − ')[0]}"
    if reading.verdict is Verdict.NO_DIFFERENCE and reading.delta is not None:
        return f"{reading.verdict} {reading.delta:g}{AMONG if reading.hedged else ''}"
    if reading.verdict.is_difference and reading.hedged:
        return f"{reading.verdict}, unless the unjudged went the other way"
    return str(reading.verdict)


def verdict_words(c: Comparison) -> str:
    """Both verdicts in one phrase, naming the reading where they differ."""
    if c.note:
        return f"{Verdict.CANNOT_TELL}: {c.note}"
    these, like = reading_words(c, c.these), reading_words(c, c.like)
    if c.these.verdict is c.like.verdict:
        return these
    if c.like.verdict is Verdict.CANNOT_TELL:
        return f"{these} on these problems"
    return f"these: {these}; like these: {like}"


def told(c: Comparison) -> Verdict:
    """The verdict that stands for a comparison: that for problems like these, else that for these problems."""
    says = (Verdict.NO_DIFFERENCE, *(v for v in Verdict if v.is_difference))
    return next((r.verdict for r in (c.like, c.these) if r.verdict in says), Verdict.CANNOT_TELL)


def data(c: Comparison) -> dict[str, Any]:
    """A comparison as JSON and CSV give it: verdicts in words, each flag under its own name."""
    row = asdict(c)
    caveats = row.pop("caveats")
    row |= {caveat.name.lower(): caveat in caveats for caveat in Caveat}
    for name, reading in (("these", c.these), ("like", c.like)):
        row[name]["verdict"] = reading_words(c, reading)
    return row


_LIKE = {"t": "paired t", "score": "Tango's score statistic with the t quantile"}
_THESE = {
    "exact": "exact", "monte carlo": "10,000 drawn from the seed", "large sample": "normal limit"
}  # fmt: skip


_ADJUSTED = (
    "adjusted over all planned rows of a table",
    "adjusted over all rows of a table by Benjamini and Hochberg, because all pairs of arms are looked at: hints, to "
    "be tested in another run",
)
"""Planned, exploratory."""


def footer(comparisons: Sequence[Comparison], *, exploratory: bool = False, brief: bool = False) -> str:
    """How to read the tables, with the tests that were used; empty where nothing could be compared.

    brief: without the tests.
    """
    if not any(c.pairs for c in comparisons):
        return ""
    seen = {r.test for c in comparisons for r in (c.these,)} - {""}
    permuted = ", ".join(words for test, words in _THESE.items() if test in seen)
    used = {c.like.test for c in comparisons} - {""}
    tests = " or ".join(words for test, words in _LIKE.items() if test in used)
    tests += ", " if tests else ""
    widest = max((c.these.confidence for c in comparisons), default=0.95)
    intervals = (
        "95 % intervals"
        if widest <= 0.95
        else (f"simultaneous 95 % intervals (Bonferroni over the rows of a table: up to {100 * widest:.1f} % each)")
    )
    if brief:
        return (
            f"Differences are arm - baseline with {intervals}. These problems: would it show again on exactly these. "
            f"p: {_ADJUSTED[exploratory]}. The headings of the report explain every word."
        )
    return (
        f"Differences are arm - baseline with {intervals}. These problems: would it show again on exactly these "
        f"(permutation within problems{': ' if permuted else ''}{permuted}). Like these: would it show on other "
        f"problems ({tests}the problem or its cluster is the unit). p: {_ADJUSTED[exploratory]}. "
        "pairs: n in problems (clusters). up/down: problems whose mean rose or fell."
    )

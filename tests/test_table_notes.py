"""The sentences under a table of comparisons: what was dropped, what it could have done, how much more is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.comparing.comparison import Caveat, Comparison, Reading, Verdict
from evalkit.showing.tables import comparison_tables

BASE = Comparison(
    "text.correct", "m", "hint", "plain", 5, 5, 10, mean_arm=0.5, mean_baseline=0.25,
    these=Reading(0.25, -0.1, 0.6, 0.3, 0.3), like=Reading(0.25, -0.2, 0.7, 0.2, 0.2),
)  # fmt: skip
NEEDED = "To find a difference like the one seen, with 80 % power: "


def note(*rows: Comparison) -> str:
    (table,) = comparison_tables(list(rows))
    return table.note


SIZES: list[tuple[str, Comparison, str | None]] = [
    ("problems-alone", replace(BASE, needed_problems=34), "hint 34 problems."),
    (
        "or-samples",
        replace(BASE, needed_problems=34, needed_samples=12),
        "hint 34 problems, or 12 samples of each of these.",
    ),
    (
        "four-problems-can-be-asked-more-often",
        replace(BASE, problems=4, needed_problems=34, needed_samples=12),
        "hint 34 problems, or 12 samples of each of these.",
    ),
    (
        "three-problems-are-too-few-however-often",
        replace(BASE, problems=3, needed_problems=34, needed_samples=12),
        "hint 34 problems.",
    ),
    ("nothing-is-known", BASE, None),
    (
        "what-was-found-needs-no-more",
        replace(BASE, needed_problems=34, like=replace(BASE.like, verdict=Verdict.BETTER)),
        None,
    ),
]


@pytest.mark.parametrize(("row", "told"), [s[1:] for s in SIZES], ids=[s[0] for s in SIZES])
def test_how_much_more_is_needed(row: Comparison, told: str | None) -> None:
    _, there, rest = note(row).partition(NEEDED)
    assert bool(there) is (told is not None)
    assert rest == (told or "")


def test_each_arm_has_its_own_need() -> None:
    rows = [replace(BASE, needed_problems=34), replace(BASE, arm="ban", needed_problems=8, needed_samples=2), BASE]
    assert note(*rows).endswith(f"{NEEDED}hint 34 problems, ban 8 problems, or 2 samples of each of these.")


NOTES: list[tuple[str, Comparison, str, str]] = [
    ("dropped", replace(BASE, dropped={"hint: cut off": 2}), "Dropped pairs: hint: cut off (2).", "Dropped"),
    (
        "bounds",
        replace(BASE, worst=-0.1, best=0.4),
        "keeps its value): hint against plain −0.10 to +0.40.",
        "worst or the best way",
    ),
    (
        "bounds-at-zero",
        replace(BASE, worst=0.0, best=0.4),
        "hint against plain 0.00 to +0.40.",
        "worst or the best way",
    ),
    (
        "bounds-in-two-ranges",
        replace(BASE, worst=-0.1, best=30000.0, worst_seen=-0.1, best_seen=2.0),
        "hint against plain −0.10 to +2.00 within the values seen (−0.10 to +30000 within the declared range).",
        "declared range",
    ),
    (
        "unequal-losses",
        replace(BASE, unjudged_arm=0.56, unjudged_baseline=0.0, p_unjudged=0.0001),
        "Mind that the arms differ in how often a reply could not be judged: hint against plain 56% against 0%, p < .001.",
        "Mind",
    ),
    (
        "sparse",
        replace(BASE, caveats=(Caveat.SPARSE,), rests_on=1, problems=10),
        "The difference rests on few problems, and intervals for problems like these may be much too short: "
        "hint against plain on 1 problem of 10.",
        "rests on",
    ),
    ("copies", replace(BASE, copies=9), "left out as copies: hint against plain 9.", "copies"),
    (
        "alone",
        replace(BASE, alone={"plain": 64}),
        "Replies without a partner: hint against plain: 64 of plain.",
        "partner",
    ),
    (
        "uneven",
        replace(BASE, samples_arm=16, samples_baseline=80),
        "problem means are compared: hint against plain.",
        "means are",
    ),
    (
        "detectable",
        replace(BASE, detectable=0.3),
        "detectable with 80 % power, by one test alone: 0.30 or more.",
        "detectable",
    ),
    (
        "why-not",
        replace(BASE, like=Reading(0.25, note="2 clusters")),
        "Problems like these, cannot tell: 2 clusters.",
        "cannot tell",
    ),
    (
        "no-larger-difference",
        replace(
            BASE,
            these=replace(
                BASE.these, delta=0.1, p_equivalent=0.03, p_equivalent_adjusted=0.03, low90=-0.05, high90=0.08
            ),
        ),
        "No difference larger than 0.1, these problems (90 % interval, two tests): hint against plain [−0.05, +0.08], p .030.",
        "No difference larger",
    ),
    ("early", replace(BASE, caveats=(Caveat.STOPPED_EARLY,)), "Stopped early: asking ended", "Stopped early"),
]


@pytest.mark.parametrize(("row", "told", "mark"), [n[1:] for n in NOTES], ids=[n[0] for n in NOTES])
def test_a_note_where_there_is_something_to_note(row: Comparison, told: str, mark: str) -> None:
    assert told in note(row)
    assert mark not in note(BASE)


def test_arms_of_several_baselines_are_named_with_theirs() -> None:
    few = replace(BASE, caveats=(Caveat.FEW_COUNTED,), needed_problems=34)
    told = note(few, replace(few, baseline="placebo", needed_problems=50))
    assert "too wide: hint against plain, hint against placebo." in told
    assert told.endswith(f"{NEEDED}hint against plain 34 problems, hint against placebo 50 problems.")


APART: list[tuple[str, tuple[float, float, float], bool]] = [
    ("interval-without-zero-and-p-not", (415.4, 416.7, 0.094), True),
    ("interval-with-zero-and-p-tells", (-0.01, 0.3, 0.04), True),
    ("both-tell", (0.01, 0.3, 0.04), False),
    ("neither-tells", (-0.01, 0.3, 0.2), False),
]


@pytest.mark.parametrize(("found", "told"), [a[1:] for a in APART], ids=[a[0] for a in APART])
def test_an_interval_and_a_p_that_differ_are_said_to(found: tuple[float, float, float], told: bool) -> None:
    low, high, p = found
    row = replace(BASE, these=replace(BASE.these, low=low, high=high, p=p))
    assert ("differ on whether 0 is left out" in note(row)) is told


def test_nothing_is_noted_of_a_delta_that_could_not_be_tested() -> None:
    assert "No difference larger" not in note(replace(BASE, these=replace(BASE.these, delta=0.1)))


def test_the_smallest_detectable_of_several_arms() -> None:
    rows = [replace(BASE, detectable=0.3), replace(BASE, arm="ban", detectable=0.2)]
    assert "by one test alone: 0.20 to 0.30 or more." in note(*rows)


def test_what_is_needed_is_what_plan_says() -> None:
    """Not the t formula where another test decides: the search of `plan`."""
    import numpy as np

    from evalkit.comparing.comparison import Design
    from evalkit.comparing.contrasts import compare
    from evalkit.comparing.pilot import of_pilot
    from evalkit.comparing.planning import more_problems
    from tests.test_comparison import METRIC, arms, table

    rng = np.random.default_rng(1)
    rows = arms(
        [([float(x) for x in rng.random(3) < 0.6], [float(x) for x in rng.random(3) < 0.45]) for _ in range(10)]
    )
    rows = [row for row in rows if row[3] < 1 or row[0] == "p0"]
    (c,) = compare(table(rows), Design([("hint", "plain")]))
    assert c.like.method == "score"
    assert c.like.difference
    wanted = more_problems(of_pilot(table(rows), METRIC, ("hint", "plain")), c.like.difference)
    assert c.needed_problems is not None
    assert wanted is not None
    assert c.needed_problems == wanted


DROPPED = [
    ("one-arm", [{"hint: cut off": 2}], "Dropped pairs: hint: cut off (2)."),
    ("one-number", [{"plain: cut off": 1}, {"plain: cut off": 1}], "Dropped pairs: plain: cut off (1)."),
    (
        "two-numbers",
        [{"plain: cut off": 1}, {"plain: cut off": 3, "ban: failed": 1}],
        "Dropped pairs: ban: failed (1); plain: cut off (1 of hint, 3 of ban).",
    ),
]


@pytest.mark.parametrize(("lost", "told"), [d[1:] for d in DROPPED], ids=[d[0] for d in DROPPED])
def test_a_reason_with_two_numbers_says_whose_they_are(lost: list[dict[str, int]], told: str) -> None:
    rows = [replace(BASE, arm=arm, dropped=dropped) for arm, dropped in zip(("hint", "ban"), lost, strict=False)]
    assert note(*rows).startswith(told)

"""Rounding, escaping and layout of tables."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf

import pytest

from evalkit.comparing.contrasts import Caveat, Comparison, Reading, Verdict
from evalkit.comparing.index import Index
from evalkit.comparing.steering import Flips, Rate, Steering
from evalkit.showing.tables import (
    Table,
    comparison_tables,
    estimate,
    fixed,
    latex,
    markdown,
    p_value,
    signed,
    steering_tables,
    verdict_words,
)
from evalkit.showing.tables.numbers import decimals
from evalkit.showing.tables.wording import data, told


@pytest.mark.parametrize(
    ("reading", "shown"),
    [
        (Reading(0.3333, -0.2, 0.7149), "+0.33 [−0.20, +0.71]"),
        (Reading(1.1111, -2.82, 5.04), "+1.1 [−2.8, +5.0]"),
        (Reading(12.34, -17.0, 41.7), "+12 [−17, +42]"),
        (Reading(0.01234, 0.0101, 0.0146), "+0.0123 [+0.0101, +0.0146]"),
        (Reading(0.5), "+0.50 [?]"),
        (Reading(), "–"),
        (Reading(-0.001, -0.31, 0.31), "0.00 [−0.31, +0.31]"),
        (Reading(0.000178, 0.0000412, 0.000318), "+0.00018 [+0.00004, +0.00032]"),
        (Reading(0.5, 0.4999999, 0.5000001), "+0.5000 [+0.5000, +0.5000]"),
        (Reading(0.0, -1e-17, 1e-17), "0.00 [0.00, 0.00]"),
        (Reading(0.5, 0.2, inf), "+0.50 [+0.20, +inf]"),
        (Reading(0.5, -inf, inf), "+0.50 [−inf, +inf]"),
    ],
    ids=[
        "two",
        "one",
        "none",
        "four",
        "no-interval",
        "nothing",
        "no-negative-zero",
        "money",
        "no-noise",
        "rounding-alone",
        "no-upper-end",
        "no-ends",
    ],
)
def test_a_difference_is_rounded_with_its_interval(reading: Reading, shown: str) -> None:
    assert estimate(reading) == shown


P_VALUES = [
    (0.0004, "< .001"),
    (0.0234, ".023"),
    (0.04949, ".049"),
    (0.0495, ".0495"),
    (0.0498, ".0498"),
    (0.04982, ".0498"),
    (0.04999, ".0499"),
    (0.05, ".050"),
    (1.0, "1.000"),
    (None, "–"),
]


@pytest.mark.parametrize(("value", "shown"), P_VALUES)
def test_p_values(value: float | None, shown: str) -> None:
    assert p_value(value) == shown


TOGETHER = [([0.0, None], None), ([1e-17], None), ([0.0021, -0.0001], 4), ([0.0002], 5), ([0.0049, 0.02], None)]


@pytest.mark.parametrize(("values", "digits"), TOGETHER)
def test_figures_that_would_all_read_zero_get_more_decimals(values: list[float | None], digits: int | None) -> None:
    assert decimals(values) == digits


def test_signs() -> None:
    assert [signed(v, 1) for v in (0.04, -0.04, 0.05001, -2)] == ["0.0", "0.0", "+0.1", "−2.0"]
    assert [fixed(v, 1) for v in (-0.04, -2, None)] == ["0.0", "−2.0", "–"]


def rows() -> list[Comparison]:
    first = Comparison("a_b.correct", "m", "hint_1", "plain", 4, 4, 8, mean_arm=0.5, mean_baseline=0.25)
    wide = replace(first, these=Reading(0.25, -10.5, 11.0, 0.5, 0.5), like=Reading(0.25, note="few"))
    tight = replace(first, arm="ban", these=Reading(-0.125, -0.75, 0.5, 0.5, 0.5), like=Reading(0.25, note="few"))
    return [wide, tight]


def test_a_note_where_an_arm_has_few_of_one_kind() -> None:
    wide, tight = rows()
    assert "wide" not in comparison_tables([wide, tight])[0].note
    (found,) = comparison_tables([wide, replace(tight, caveats=(Caveat.FEW_COUNTED,))])
    assert "Fewer than ten scores of one kind in an arm, where intervals tend to be too wide: ban." in found.note


CANNOT, BETTER, WORSE = Verdict.CANNOT_TELL, Verdict.BETTER, Verdict.WORSE
UNLESS = "unless the unjudged went the other way"
WORDS = [
    ("nothing", Reading(), Reading(), (), "", "cannot tell", CANNOT),
    ("no-pairs", Reading(), Reading(), (), "no pairs", "cannot tell: no pairs", CANNOT),
    ("both", Reading(verdict=BETTER), Reading(verdict=BETTER), (), "", "better", BETTER),
    ("these", Reading(verdict=WORSE), Reading(), (), "", "worse on these problems", WORSE),
    ("like", Reading(), Reading(verdict=WORSE), (), "", "these: cannot tell; like these: worse", WORSE),
    ("against", Reading(verdict=BETTER), Reading(verdict=WORSE), (), "", "these: better; like these: worse", WORSE),
    ("unjudged", Reading(verdict=BETTER, hedged=True), Reading(verdict=BETTER, hedged=True), (), "", f"better, {UNLESS}", BETTER),
    ("unjudged-one", Reading(verdict=WORSE, hedged=True), Reading(), (Caveat.UNJUDGED,), "", f"worse, {UNLESS} on these problems", WORSE),
    ("nothing-to-doubt", Reading(), Reading(), (Caveat.UNJUDGED,), "", "cannot tell", CANNOT),
    ("other-caveats", Reading(verdict=WORSE), Reading(verdict=WORSE), (Caveat.FEW_COUNTED,), "", "worse", WORSE),
    ("small-among", Reading(), Reading(verdict=Verdict.NO_DIFFERENCE, delta=0.1, hedged=True), (), "",
     "these: cannot tell; like these: no difference larger than 0.1 among what was judged", Verdict.NO_DIFFERENCE),
    ("small", Reading(), Reading(verdict=Verdict.NO_DIFFERENCE, delta=0.1), (), "",
     "these: cannot tell; like these: no difference larger than 0.1", Verdict.NO_DIFFERENCE),
    ("same-prompts", Reading(verdict=Verdict.IDENTICAL), Reading(verdict=Verdict.IDENTICAL), (), "",
     "identical prompts", CANNOT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("these", "like", "caveats", "note", "words", "stands"), [w[1:] for w in WORDS], ids=[w[0] for w in WORDS]
)
def test_verdicts_in_words(
    these: Reading, like: Reading, caveats: tuple[Caveat, ...], note: str, words: str, stands: Verdict
) -> None:
    c = replace(rows()[0], these=these, like=like, caveats=caveats, note=note)
    assert (verdict_words(c), told(c)) == (words, stands)


def test_data_give_verdicts_in_words_and_each_caveat_as_a_flag() -> None:
    like = Reading(0.0, verdict=Verdict.NO_DIFFERENCE, delta=0.25)
    row = data(replace(rows()[0], like=like, caveats=(Caveat.STOPPED_EARLY,)))
    assert row["like"]["verdict"] == "no difference larger than 0.25"
    assert list(row)[-len(Caveat) :] == [caveat.name.lower() for caveat in Caveat]
    assert [row[k] for k in ("stopped_early", "few_counted")] == [True, False]
    assert row.keys() == {f.name for f in fields(Comparison)} - {"caveats"} | {c.name.lower() for c in Caveat}


def test_in_a_narrow_window_every_column_has_one_place() -> None:
    for table in comparison_tables(rows()):
        assert sorted(i for group in table.folds for i in group) == list(range(1, len(table.columns)))


def test_one_number_of_decimals_in_a_table_and_aligned_limits() -> None:
    (table,) = comparison_tables(rows())
    column = table.columns.index("these problems")
    cells = [row[column] for row in table.rows]
    assert cells == ["+0.25 [−10.50, +11.00]", "−0.12 [\N{FIGURE SPACE}−0.75, \N{FIGURE SPACE}+0.50]"]
    assert [row[table.columns.index("mean")] for row in table.rows] == ["0.50", "0.50"]


NAMED: list[tuple[str, list[str], list[str]]] = [
    ("one-baseline-is-in-the-title", ["plain", "plain"], ["hint_1", "ban"]),
    ("each-row-names-its-own", ["plain", "placebo"], ["hint_1 vs plain", "ban vs placebo"]),
]


@pytest.mark.parametrize(("bases", "shown"), [n[1:] for n in NAMED], ids=[n[0] for n in NAMED])
def test_the_baseline_of_a_row(bases: list[str], shown: list[str]) -> None:
    (table,) = comparison_tables([replace(c, baseline=base) for c, base in zip(rows(), bases, strict=True)])
    assert [row[0] for row in table.rows] == shown
    assert ("against" in table.title) is (len(set(bases)) == 1)


SPECIAL = Table(
    "50% of A_B & C#",
    ("a_b", "n"),
    (("x\\y ~ ^ {z} $1$", "−1"), ("[?] < >", "· | –")),
    "note: 5 % & more_",
    frozenset({1}),
)


def test_latex_is_escaped_everywhere() -> None:
    text = latex(SPECIAL)
    for part in (
        r"\caption{50\% of A\_B \& C\#}",
        r"a\_b & n \\",
        r"x\textbackslash{}y \textasciitilde{} \textasciicircum{} \{z\} \$1\$ & $-$1 \\",
        r"{[}?{]} $<$ $>$ & $\cdot$ \textbar{} -- \\",
        r"note: 5 \% \& more\_",
        r"\begin{tabular}{@{}lr@{}}",
        r"\toprule",
        r"\bottomrule",
    ):
        assert part in text
    assert text.count("{") == text.count("}")
    assert text.isascii()


def test_latex_of_a_comparison_is_plain_ascii() -> None:
    text = latex(comparison_tables(rows())[0])
    assert text.isascii()
    assert r"{[}\phantom{0}$-$0.75, \phantom{0}+0.50{]}" in text
    assert r"hint\_1" in text


def test_markdown_cells_are_inert() -> None:
    text = markdown(Table("t_x", ("a|b", "n"), (("<b> `x` *y* [z](w) | \n q", "1"),), "", frozenset({1})))
    lines = text.splitlines()
    assert lines[0] == r"**t\_x**"
    assert lines[2].startswith(r"| a\|b")
    assert r"&lt;b> \`x\` \*y\* \[z\](w) \|   q" in lines[4]
    assert lines[3].rstrip("|").endswith("-:")


def test_steering_tables_show_denominators_and_all_directions() -> None:
    found = Steering(
        (Rate("staff use", "of judged trials", "m", "hint", 3, 8, 1, 0.375, 0.137, 0.694),
         Rate("switch", "of others", "m", "hint", 0, 0, 2)),
        (Index("m", "hint", "placebo", 0.5, 0.95, note="the placebo alone reaches 0.95"),),
        (),
        (Flips("number.correct", "m", "push", 1, 2, 3, 4, 5, 6),),
    )  # fmt: skip
    rates, index, flips = steering_tables(found)
    assert rates.rows == (("hint", "3/8 .38 [.14, .69], 1 unjudged", "0/0 –, 2 unjudged"),)
    assert "of judged trials" in rates.note
    assert (index.title, index.columns[0]) == ("Steering index against the placebo · m", "arm")
    assert index.rows[0][-2:] == ("–", "–")
    assert index.note.startswith("No interval for hint: the placebo alone reaches 0.95. ")
    assert flips.rows == (("number.correct", "push", "1", "2", "3", "4", "5", "6"),)

"""Finding quotations and placing them on the scale: a table by hand, and edits whose verdict is known."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.reading.plain import count_words, plain
from evalkit.reading.quotations import MOST, place, read
from evalkit.reading.quotations.folding import tokens
from tests.benchmarks.quotes import EDITS, edited, passage_of

CASES = tomllib.loads((Path(__file__).parent / "cases" / "quotes.toml").read_text(encoding="utf-8"))
PASSAGE, QUESTION = CASES["passage"].strip(), CASES["question"].strip()


def test_enough_cases() -> None:
    assert len(CASES["place"]) + len(CASES["reply"]) >= 170
    assert {case["level"] for case in CASES["place"]} == {
        "verbatim",
        "elided",
        "repunctuated",
        "spliced",
        "altered",
        "absent",
    }


TOKENS = [  # text, whether by whoever quotes, its tokens: each as it stands there (and as it is compared), the kind where no word
    ("primes", "f''(x) = 2", False, ["f", "' mark", "' mark", "( mark", "x", ") mark", "= mark", "2"]),
    ("commands", r"f^\prime \cdot \alpha", False, ["f", r"\prime=' mark", r"\cdot=cdot", r"\alpha"]),
    ("an apostrophe and quotes", 'It\'s "so"', False, ["It's=it's", "so"]),
    ("numbers", "1,234.5 and 3.5", False, ["1,234.5=1234.5", "and", "3.5"]),
    ("an index", "y_s is", False, ["y_s=ys", "is"]),
    ("accents", "Café naïve", False, ["Café=cafe", "naïve=naive"]),
    ("dashes", "a – b", False, ["a", "–=- mark", "b"]),
    ("left out", "so ... it", False, ["so", "... gap", "it"]),
    ("left out of a list", "1, 2, ..., n", False, ["1", ", mark", "2", ", mark", "... mark", ", mark", "n"]),
    ("left out of a sum", "a + ... + b", False, ["a", "+ mark", "... mark", "+ mark", "b"]),
    ("put in", "it [the pump] runs", True, ["it", "[the pump] insertion", "runs"]),
    ("brackets of a source", "it [the pump]", False, ["it", "[ mark", "the", "pump", "] mark"]),
    ("a capital put in", "[T]he pump", True, ["[T]he=the", "pump"]),
    ("letters put in", "gauge[s] of", True, ["gauge", "[s] insertion", "of"]),
    ("a verse", "went by / The rest", False, ["went", "by", "The=the", "rest"]),
    ("a quotation in Markdown", "> it runs", False, ["it", "runs"]),
]


@pytest.mark.parametrize(("text", "editorial", "expected"), [t[1:] for t in TOKENS], ids=[t[0] for t in TOKENS])
def test_tokens_have_their_places(text: str, editorial: bool, expected: list[str]) -> None:
    found = []
    for token in tokens(text, editorial=editorial):
        raw = text[token.start : token.end]
        folded = "" if token.text == raw else f"={token.text}"
        found.append(f"{raw}{folded}" + ("" if token.is_word else f" {token.kind}"))
    assert found == expected


@pytest.mark.parametrize("case", CASES["place"], ids=lambda case: case["id"])
def test_place(case: dict[str, Any]) -> None:
    placed = place(case["quotation"], PASSAGE)
    assert placed.level == case["level"], placed
    if "changes" in case:
        assert [str(change) for change in placed.changes] == case["changes"]


@pytest.mark.parametrize("case", CASES["reply"], ids=lambda case: case["id"])
def test_find(case: dict[str, Any]) -> None:
    text = plain(case["reply"])
    found = [
        f"{r.placement.level} {r.of}: {text.text[r.quotation.start : r.quotation.end]}"
        for r in read(text, case["reply"], PASSAGE, QUESTION)
    ]
    assert found == case["found"]


FORMULAS = r"""Let $n \ge 2$ and $S=\{1,2,\dots,n\}$. A map $f: S \to S$ is *good* if $f(f(x)) = x^2 + \frac{1}{2}$ for
all $x\in S$. Suppose that $A \cap B = \varnothing$ and $\alpha < \beta$; the angle is $90^\circ$. With $\log n \le
\sqrt{n}$ and $a_1 + a_2 + \cdots + a_n = 0$ all pairs (a,b) have $|a-b|\leqslant 3$, by the sign of $f''(x)$."""


@pytest.mark.parametrize(
    ("quotation", "faithful"),
    [
        ("Let n ≥ 2 and S = {1, 2, …, n}.", True),
        (r"Let \(n\geq 2\) and \(S = \{1, 2, \ldots, n\}\)", True),
        (r"A map $f\colon S\to S$ is good if $f(f(x))=x^{2}+\tfrac12$ for all $x \in S$", True),
        ("f: S → S is good if f(f(x)) = x² + 1/2 for all x ∈ S", True),
        ("Suppose that A ∩ B = ∅ and α < β; the angle is 90°.", True),
        (r"Suppose that $A\cap B=\emptyset$ and $\alpha<\beta$", True),
        (r"With log n ≤ √n and $a_1+a_2+\dots+a_n=0$ all pairs (a, b)", True),
        ("have |a − b| ≤ 3, by the sign of f″(x)", True),
        (r"by the sign of $f^{\prime\prime}(x)$", True),
        ("A map ... is good if ... for all x∈S", True),
        ("by the sign of f'(x)", False),
        ("Let n ≤ 2 and S = {1, 2, …, n}.", False),
        (r"and $S=\{1,2,\dots,m\}$. A map", False),
        (r"and $a_1+a_2+\dots-a_n=0$ all pairs", False),
        (r"and $a_1-a_2+\dots+a_n=0$ all pairs", False),
        ("Suppose that A ∪ B = ∅ and α < β", False),
        ("Suppose that A ∩ B = ∅ and β < α", False),
    ],
)
def test_typesetting_is_no_change_and_signs_are(quotation: str, faithful: bool) -> None:
    assert place(quotation, FORMULAS).faithful is faithful


FORMS = (
    "*@*", "_@_", "**@**", "***@***", "> @", "> *@*", '"@"', "“@”", "„@“", "«@»", "»@«", "›@‹", "‹@›", "”@”", "``@''",
    '``@"', "\"@''", "`@`", "<em>@</em>", "<q>@</q>", "<blockquote>@</blockquote>", r"\textit{@}", r"\emph{@}",
    r"\enquote{@}", "「@」", "‘@’", "❝@❞", '**"@"**', "\\begin{quote}\n@\n\\end{quote}", "> **Problem.** @",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lead", ["The passage states @.", "As it says:\n\n@\n\nSo it is.", "As it says:\n\n@"])
def test_every_form_is_found_whether_faithful_or_not(form: str, lead: str) -> None:
    if form[0] in ">" and "\n" not in lead:
        return
    for said, level in (
        ("the gauge was moved only once, in 1938", "verbatim"),
        ("the gauge was moved only twice, in 1938", "altered"),
    ):
        reply = lead.replace("@", form.replace("@", said))
        assert [r.placement.level for r in read(plain(reply), reply, PASSAGE)] == [level], reply


@pytest.mark.parametrize("marks", ["“@”", '"@"', "„@“", "»@«", "«@»"])
def test_several_paragraphs_in_one_pair_of_marks(marks: str) -> None:
    said = "\n\n".join(PASSAGE.split("\n\n")[:2])
    for inside in (said, said.replace("\n\n", f"\n\n{marks[0]}")):
        reply = "It says: " + marks.replace("@", inside.replace('"Never trust a dry well,"', "Never trust a dry well,"))
        assert [r.placement.level for r in read(plain(reply), reply, PASSAGE)] == ["verbatim"], reply


def test_places_point_into_the_passage() -> None:
    placed = place("The harbour gauge ... moved only once", PASSAGE)
    assert [PASSAGE[a:b] for a, b in placed.places] == ["The harbour gauge", "moved only once"]
    assert placed.paragraphs == (1, 3)


def test_gaps_are_as_narrow_as_they_can_be() -> None:
    """The stretches nearest to each other are shown, not the first ones."""
    placed = place("rose ... 13.5 cm", PASSAGE)
    assert [PASSAGE[a:b] for a, b in placed.places] == ["rose", "13.5 cm"]
    assert placed.places[0][0] > PASSAGE.index("From 1971")


def test_changes_show_both_sides() -> None:
    placed = place("From 1971 to 2000 it quickly rose by 13.5 cm", PASSAGE)
    assert [(c.quoted, c.source) for c in placed.changes] == [("2000", "2020"), ("quickly", "")]
    assert PASSAGE[placed.changes[0].start : placed.changes[0].end] == "2020"


def test_omission_is_shown() -> None:
    placed = place("the gauge was moved only once, and its 50,000 oldest readings", PASSAGE)
    assert [change.source for change in placed.changes] == ["in 1938,"]


@pytest.mark.parametrize(
    ("quotation", "level"),
    [
        ("It was the best of times; it was the worst.", "repunctuated"),
        ("the best of times it was, the worst", "repunctuated"),
        ("It was the best of times ... at 5 degrees it froze", "repunctuated"),
        ("It was the best of times? It was the worst.", "altered"),
        ("so f is steep", "altered"),
        ("at -5 degrees, it froze", "altered"),
        ("the rule x - 1 = y holds", "altered"),
    ],
    ids=repr,
)
def test_marks_of_prose_alone(quotation: str, level: str) -> None:
    source = "It was the best of times, it was the worst. But at 5 degrees, it froze. And so f' is steep; the rule x + 1 = y holds."
    assert place(quotation, source).level == level


def test_only_punctuation() -> None:
    assert place("the gauge was moved only once in 1938", PASSAGE).level == "repunctuated"
    assert place("the gauge was moved only twice, in 1938", PASSAGE).level == "altered"


def test_decorated_passage() -> None:
    """Decoration in the passage does not count either."""
    assert place("a bold claim of 50,000 runs", "It is **a bold** claim of $50{,}000$ *runs*.").level == "verbatim"


@pytest.mark.parametrize("quotation", ["", " ", "...", '"', "[...]"], ids=repr)
def test_nothing_quoted(quotation: str) -> None:
    assert place(quotation, PASSAGE).level == "absent"


def test_empty_passage() -> None:
    assert place("four words of text", "").level == "absent"


def test_no_more_than_most() -> None:
    reply = 'The passage says "nothing of the sort here". ' * (MOST + 5)
    assert len(read(plain(reply), reply, PASSAGE)) == MOST


@pytest.mark.parametrize("seed", range(8))
def test_edits(seed: int) -> None:
    """A shorter form of benchmarks/quotes.py: no edited quotation is faithful, no faithful one is called altered."""
    rng = random.Random(seed)
    source = passage_of(rng, 600)
    for _ in range(20):
        for kind in EDITS:
            quotation, faithful = edited(rng, source, kind)
            # Two equal words that change places leave other punctuation marks alone.
            assert (place(quotation, source).level in ("verbatim", "elided")) == faithful, (kind, quotation)


WORDS = st.lists(
    st.sampled_from(
        ["gauge", "well", "pen", "level", "rose", "by", "cm", "14", ".", ",", "-", "in", "the", "was", "once"]
    ),
    max_size=25,
)


@settings(max_examples=100, deadline=None)
@given(WORDS, WORDS, st.data())
def test_contiguous_is_verbatim(before: list[str], after: list[str], data: st.DataObject) -> None:
    words = ["start", *before, *after, "stop"]
    low = data.draw(st.integers(0, len(words) - 1))
    high = data.draw(st.integers(low + 1, len(words)))
    stretch = words[low:high]
    placed = place(" ".join(stretch), " ".join(words))
    has_word = any(word[0].isalnum() for word in stretch)
    assert placed.level == ("verbatim" if has_word or _inner_mark(stretch) else "absent")


def _inner_mark(stretch: list[str]) -> bool:
    return any(word not in (".", ",", "-") for word in stretch)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab \"'“”‘’„«»>*_`.\n:-|$\\[]()12"), max_size=300))
def test_any_text_is_read(reply: str) -> None:
    text = plain(reply)
    for reading in read(text, reply, PASSAGE, QUESTION):
        assert 0 <= reading.quotation.start < reading.quotation.end <= len(text.text)
        for low, high in reading.placement.places:
            assert 0 <= low < high <= max(len(PASSAGE), len(QUESTION))


def hostile() -> Iterator[tuple[str, str]]:
    yield "marks", '"' * 200_000
    yield "open", '" a' * 60_000
    yield "pairs", '"a b c d e" ' * 16_000
    yield "blocks", "> a b c d\n" * 20_000
    yield "stars", "**" * 100_000
    yield "colons", "passage : " * 20_000
    yield "cues", "passage says not no you said " * 6_000 + '"a b c d"'
    yield "gaps", '"' + "a ... " * 30_000 + '"'
    yield "brackets", "[" * 200_000
    yield "one long", 'The passage says "' + "the gauge was moved " * 10_000 + '"'


@pytest.mark.parametrize("reply", [text for _, text in hostile()], ids=[name for name, _ in hostile()])
def test_hostile_text_ends(reply: str) -> None:
    """None of it is of the passage; each takes less than a second of processor time, quadratic work would take minutes."""
    begun = time.process_time()
    found = read(plain(reply), reply, PASSAGE, QUESTION)
    assert time.process_time() - begun < 20
    assert len(found) <= MOST
    assert not [r for r in found if r.of == "passage"]


def test_length_of_underscores_takes_linear_time() -> None:
    """A single pattern for a word would try every start against every end."""
    assert count_words("_" * 200_000 + " a state-of-the-art | 5") == 3


SERIES = r"""The system is $x[k+1] = A x[k] + B u[k]$. For large $f_s$, both gauges drift; the keeper noted each
of them twice a week."""


@pytest.mark.parametrize(
    ("quotation", "level"),
    [
        ("For large $f_{s}$, both gauges drift", "verbatim"),
        ("For large $f_{r}$, both gauges drift", "altered"),
        ("The system is $x[k-1] = A x[k] + B u[k]$", "altered"),
        (r"The system is \(x[k + 1] = A x[k] + B u[k]\)", "verbatim"),
        ("both gauges [sic] drift", "elided"),
        ("[B]oth gauges drift", "verbatim"),
        ("For large $[f_s]$, both gauges drift", "altered"),
        ("both gauges [i.e. the old ones] drift; the keeper [...] twice a week", "elided"),
    ],
)
def test_brackets_of_formulas_are_no_insertions(quotation: str, level: str) -> None:
    assert place(quotation, SERIES).level == level


def test_a_marked_gap_in_italics() -> None:
    reply = r"The text says \emph{both gauges drift; the keeper [sic] noted each of them}."
    assert [r.placement.level for r in read(plain(reply), reply, SERIES)] == ["elided"]

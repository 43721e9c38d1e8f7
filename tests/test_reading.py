"""Reading replies: plain text, quantities, cues. (What English decides: test_english.py.)"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.reading import answers, around, cues, labels, markup, quantities
from evalkit.reading.maths import measures
from evalkit.reading.plain import phrase, plain


def test_plain_keeps_the_way_back() -> None:
    source = r"so \(\text{time} = 12{,}345\ \mathrm{s}\)"
    view = plain(source)
    assert view.text == "so time = 12,345 s"
    at = view.text.index("12")
    assert source[slice(*view.span(at, at + 6))] == "12{,}345"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**bold** and *it*", "bold and it"),
        ("`code` ``x``", "code x"),
        ("2 * 3 * x", "2 * 3 * x"),
        ("__b__ and _i_ but W_2 and a_b_c", "b and i but W_2 and a_b_c"),
        ("~~B~~ C", "  C"),
        (r"\textbf{A} \mathrm{e} \operatorname{tr} X", "A e tr X"),
        (r"$x$ \(y\) $$z$$", "x y z"),
        (r"\frac{1}{2} \frac12 \dfrac{3.5}{4}", "1/2 1/2 3.5/4"),
        (r"\frac{a}{b}", r"(a)/(b)"),
        (r"94\% of \$5", "94% of $5"),
        (r"12{,}345 and 12\,345", "12,345 and 12\u2009345"),
        (r"\langle sos \rangle \to a", "⟨ sos ⟩ → a"),
        ("&lt;sos&gt; &amp; &unknown;", "<sos> & &unknown;"),
        ("10³ and x⁻¹²", "10^3 and x^-12"),
        ("ｆｕｌｌ ﬁne", "full fine"),
        ("“a” ‘b’ −5", "\"a\" 'b' -5"),
        ("a\u200bb\ufe0f\x00c\r\n", "abc\n"),
        (r"\left( x \right)", "( x )"),
        (r"\begin{aligned} a \end{aligned}", "  a  "),
        (r"\alpha + \unknown{x}", r"\alpha + \unknownx"),
        ("a<br>b <b>c</b>", "a b c"),
        (r"a \\ b", "a   b"),
        ("", ""),
    ],
)  # fmt: skip
def test_plain(source: str, text: str) -> None:
    assert plain(source).text == text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="\\{}$*_`~<>&;frac12boxedtx ^²½✅\n", max_size=80))
def test_plain_maps_every_character(source: str) -> None:
    view = plain(source)
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert list(view.starts) == sorted(view.starts)
    assert all(0 <= a < b <= len(source) for a, b in zip(view.starts, view.ends, strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can't stop, won't stop", "cannot stop will not stop"),
        ("isn't", "is not"),
        ("normalisation optimisers", "normalization optimizers"),
        ("weight-decay W_2 3.5", "weight decay w_2 3.5"),
        ("the model's", "the model's"),
        ("**Bold** \\(t\\)", "bold t"),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert " ".join(phrase(text)) == expected


# ---------------------------------------------------------------- quantities

QUANTITIES: list[tuple[str, list[tuple[str, str | None]]]] = [
    ("341 s", [("341", "s")]),
    ("341 seconds and 5.6 min", [("341", "seconds"), ("28/5", "min")]),
    ("5 min 36 s", [("336", "s")]),
    ("1 h, 5 min and 10 s", [("3910", "s")]),
    ("341 s, 297 s", [("341", "s"), ("297", "s")]),
    ("12,345", [("12345", None)]),
    ("1,234,567.5", [("2469135/2", None)]),
    ("12 345 and 12\u2009345 and 12'345", [("12345", None)] * 3),
    ("3,5 but 1,234", [("7/2", None), ("1234", None)]),
    ("(1,2,3)", [("1", None), ("2", None), ("3", None)]),
    ("1.2e3 and 1E-2", [("1200", None), ("1/100", None)]),
    ("1.2 × 10^3 s", [("1200", "s")]),
    ("10^3", [("1000", None)]),
    ("2^10", [("1024", None)]),
    ("10^-3 s", [("1/1000", "s")]),
    ("1/2 and 3/4", [("1/2", None), ("3/4", None)]),
    ("1/0", []),
    ("-5 and +3", [("-5", None), ("3", None)]),
    ("341-297", [("341", None), ("297", None)]),
    ("94% or 94 percent or 94 per cent", [("94", "%"), ("94", "percent"), ("94", "percent")]),
    ("the 297-second run", [("297", "second")]),
    ("35 epochs on one V100", [("35", "epoch")]),
    ("CIFAR-10, W_2, x^2, 8b, 3D, v1.2, ResNet18", []),
    ("5:36 and 5:36:10", []),
    ("1. first\n2) second", []),
    ("in 2018 the", [("2018", None)]),
    (".5", [("1/2", None)]),
    ("9^999", []),
    ("1" * 60, []),
]


@pytest.mark.parametrize(("text", "expected"), QUANTITIES, ids=[t[:20] for t, _ in QUANTITIES])
def test_quantities(text: str, expected: list[tuple[str, str | None]]) -> None:
    found = quantities.read(text)
    assert [(q.value, q.unit) for q in found] == [(Fraction(value), unit) for value, unit in expected]


def test_a_given_unit_may_touch_its_number() -> None:
    assert quantities.read("5GB") == []
    assert [q.unit for q in quantities.read("5GB", "gb")] == ["gb"]


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        ("336", "s", "min", "28/5"), ("1", "h", "s", "3600"), ("356", "ms", "s", "89/250"), ("94", "%", None, "47/50"),
        ("1/2", None, "%", "50"), ("5", "s", "%", None), ("5", None, "s", None), ("5", "epoch", "epoch", "5"),
        ("5", "epoch", "s", None),
    ],
)  # fmt: skip
def test_convert(value: str, unit: str | None, to: str | None, expected: str | None) -> None:
    assert quantities.convert(Fraction(value), unit, to) == (None if expected is None else Fraction(expected))


@settings(max_examples=200, deadline=None)
@given(
    st.fractions(min_value=0, max_value=10**9), st.sampled_from(["ms", "s", "min", "h"]), st.sampled_from(["s", "h"])
)
def test_conversion_goes_back(value: Fraction, unit: str, to: str) -> None:
    there = quantities.convert(value, unit, to)
    assert there is not None
    assert quantities.convert(there, to, unit) == value


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**12), st.sampled_from(["", ",", "'", " ", "\u2009"]))
def test_grouped_digits_read_back(number: int, mark: str) -> None:
    text = f"{number:,}".replace(",", mark)
    assert [q.value for q in quantities.read(f"about {text} s")] == [number]


# ---------------------------------------------------------------- cues

PARTS = [["baseline"], ["final"]]


@pytest.mark.parametrize(
    ("text", "baseline", "final"),
    [
        ("The baseline is 341 s. The final time is 297 s.", 341, 297),
        ("The baseline is 341 s and the final time is 297 s.", 341, 297),
        ("341 s is the baseline and 297 s is the final time", 341, 297),
        ("the baseline and final times are 341 s and 297 s, respectively", 341, 297),
        ("the final and baseline times are 297 s and 341 s", 341, 297),
        ("341 s and 297 s are the baseline and the final time", 341, 297),
        ("from 341 s (baseline) to 297 s (final)", 341, 297),
        ("Final: 297 s (baseline: 341 s)", 341, 297),
        ("Of 3 runs, 341 s was the baseline; of 4 runs, 297 s was the final one.", 341, 297),
        ("Of 3 runs, the baseline took 341 s; of 4 runs, 297 s was the final one.", 341, 297),
        ("Baseline: 341 s (5 min 41 s)", 341, None),
        ("341 s (5 min 41 s) is the baseline.", 341, None),
        ("(341 s) is the baseline.", 341, None),
        ("The baseline and final time are 341 s (5 min) and 297 s (4 min).", 341, 297),
        ("341 s (5 min) and 297 s (4 min) are the baseline and the final time.", 341, 297),
        ("The baseline (341 s) and the final time (297 s) differ.", 341, 297),
        ("| Baseline | 341 s |\n| Final | 297 s |", 341, 297),
        ("| Run | Baseline | Final |\n|---|---|---|\n| time | 341 s | 297 s |", 341, 297),
        ("- Baseline: 341 s\n- Final: 297 s", 341, 297),
        ("Baseline – 341 s\nFinal – 297 s", 341, 297),
        ("The baseline: first 300 s. No, the baseline is 341 s.", 341, None),
        ("The baseline, as we saw, took 341 s.", 341, None),
        ("The passage calls it the baseline to beat. It took 341 s.", None, None),
        ("341 s", None, None),
    ],
)
def test_cues(text: str, baseline: int | None, final: int | None) -> None:
    found = quantities.read(text)
    nearest = [cues.near(text, found, PARTS, part) for part in (0, 1)]
    assert [q and q.value for q in nearest] == [baseline, final]


PIECES = (
    "Answer", "ANSWER", "answer is", "the final answer is", "our corrected choice is", "anſwer:", "stay with my first answer.",
    "here's your short answer:", "So, the result", "most likely option", "(short)", "guess", "TL;DR", "答案是", "정답은", "Antwort",
    ": ", "=", " - ", "**", "]", "】", "->", "step 3: ", "### ", "[", " > ", "<answer>", "</result>", "output>", "Final>", "<<4*4=16>>",
    "<|im_end|>", "<｜end▁of▁sentence｜>", "<eoa>", "<end_of_turn>", "[/INST]", "<BR/>", "<p class=x>", "</P>", "km/h", " \\mu m", "°C",
    " per second", "~kg", "·(m)", "12", "7.5 ", "½", "²", "_", "Key points", "Note: ", "add 7, take 3", "; ", ".", "?", "!", " ", "\n", "\n\n", "\t",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(texts)
@example("most " + "x" * 50 + " option: 3")
@settings(max_examples=300)
def test_what_a_cheap_look_rules_out_no_pattern_finds(text: str) -> None:
    lines = [line for line in text.split("\n") if not labels._has_tail(line)]
    assert not any(labels._LABEL.match(line) for line in lines)
    assert all(tag.group()[-2].isalpha() for tag in labels._TAGGED.finditer(text))
    nouns = {start: noun for start, noun, _ in labels._told_of(text)}
    for match in labels._PHRASE.finditer(text):
        assert match.start() >= nouns[text.rfind("\n", 0, match.start()) + 1] - labels._BEFORE_NOUN
    assert all(any(begun in stop.group() for begun in answers._STOPS_BEGIN) for stop in answers._STOPS.finditer(text))
    assert all(tag.group().startswith(markup._BEGUN) for tag in markup._LINE.finditer(text))
    whole = around._POINTS.search(text)
    assert whole is None or whole.start() >= len(text.rstrip()) - len(text.rstrip().rpartition("\n")[2]) - 9
    read = measures._read(text, 0, frozenset())
    compound = read is not None and read[2]
    assert compound == (measures.behind(text, 0, None) is not None)

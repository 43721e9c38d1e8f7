"""What English decides, rule by rule: each table names the rule, its examples stand beside it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.reading import english
from evalkit.reading.english import denied, denied_before, denied_behind, occurrences, sentence_at, sentences, words
from evalkit.reading.patterns import Pattern

SENTENCES: dict[str, tuple[str, list[str]]] = {
    "marks": ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    "decimal": ("It is 3.5 s. Done.", ["It is 3.5 s.", "Done."]),
    "never-last": ("E.g. this, i.e. That, cf. Smith. Next.", ["E.g. this, i.e. That, cf. Smith.", "Next."]),
    "doubtful-goes-on": ("Fig. 3, no. 5, at most 5 min. or so.", ["Fig. 3, no. 5, at most 5 min. or so."]),
    "doubtful-ends": ("It took 5 min. Then it stopped, etc. Done", ["It took 5 min.", "Then it stopped, etc.", "Done"]),
    "doubtful-before-a-formula": (r"It is 0. \(B\) is", ["It is 0.", r"\(B\) is"]),
    "number-at-a-line-end": ("It is 8. \nTherefore 9.", ["It is 8.", "Therefore 9."]),
    "number-and-two-blanks": ("It is 8.  Therefore 9.", ["It is 8.", "Therefore 9."]),
    "wrapped": ("wrapped\nline. End", ["wrapped\nline.", "End"]),
    "items": ("- a\n- b", ["- a", "- b"]),
    "numbered-items": ("1. a\n2. B\n   3. C", ["1. a", "2. B", "3. C"]),
    "rows": ("| a |\n| b |", ["| a |", "| b |"]),
    "paragraphs": ("para\n\npara\n>\n> para", ["para", "para\n>", "> para"]),
    "heading": ("text\n## Title. More\ntext", ["text", "## Title. More", "text"]),
    "bold-title": ("**Step 1.** Let it be.", ["**Step 1.** Let it be."]),
    "closing-quote": ('He said "no." Then (yes.) And', ['He said "no."', "Then (yes.)", "And"]),
    "formula-with-its-stop": ("so $a = b.$ Then", ["so $a = b.$", "Then"]),
    "empty": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[a:b].strip() for a, b in sentences(text)] == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet='ab .!?:;"\n#-1)|$*', max_size=80))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    found = sentences(text)
    assert all(a < b for a, b in found)
    assert sorted(found) == found
    assert "".join("".join(text[a:b].split()) for a, b in found) == "".join(text.split())
    for at in range(len(text)):
        assert sentence_at(text, at) in text


@pytest.mark.parametrize(
    ("text", "sentence", "statement", "clause"),
    [
        ("a.\nb", [2], [2], [2]),
        ("a\n\nb", [3], [], [3]),
        ("a: b; c", [], [], [2, 5]),
        ("at 3:15 here", [], [], []),
        ("a\n- b", [2], [2], [2]),
    ],
    ids=["full-stop", "blank-line", "colon", "clock", "item"],
)  # fmt: skip
def test_the_three_grains(text: str, sentence: list[int], statement: list[int], clause: list[int]) -> None:
    grains = (english.SENTENCE_END, english.STATEMENT_END, english.CLAUSE_END)
    assert [[m.end() for m in grain.finditer(text)] for grain in grains] == [sentence, statement, clause]


def test_sentence_at_a_place() -> None:
    text = "First, e.g. this.\nSecond: the X that\nwe mean. Third."
    assert sentence_at(text, text.index("X")).strip() == "Second: the X that\nwe mean."


def test_occurrences() -> None:
    found = words("a b a b c")
    assert list(occurrences(found, ("a", "b"))) == [0, 2]
    assert list(occurrences(found, ())) == []


# ---------------------------------------------------------------- denials

DENIED_BEFORE = [
    ("it is X", False), ("it is not X", True), ("it isn't X", True), ("never an X", True), ("neither X", True),
    ("rather than X", True), ("instead of X", True), ("without any X", True), ("unlike X", True), ("all except X", True), ("it is wrong that X", True),
    ("we avoid the X", True), ("it is not in general the case that X", True), ("it is nowhere X", True),
    ("it is not the case that for all k, X", True), ("it is not true that in R, X", True),
    ("it is wrong that Y holds, X", False), ("not for all k, X", False),
    ("not only X", False), ("no doubt X", False), ("not Y but X", False), ("not Y; X", False), ("not Y. X", False),
    ("it is not Y, so X", False), ("it is not Y and hence X", False), ("what it cannot show: X", False),
    ("not one two three four X", False), ("no\nX", False), ("rather X than", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DENIED_BEFORE, ids=[t.replace("\n", "/") for t, _ in DENIED_BEFORE])
def test_denied_before(text: str, expected: bool) -> None:
    found = words(text)
    index = next(i for i, word in enumerate(found) if word.text == "x")
    assert denied_before(text, found, index) is expected
    ahead = text[: found[index].start]  # what ends a text is denied by the same rule
    assert denied_before(ahead, words(ahead), index) is expected
    assert denied(text, found[index].start, found[index].end) is expected


def test_a_wrapped_line_goes_on() -> None:
    text = "we do not\nhave x"
    assert denied_before(text, words(text), 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("it is wrong to write X", True), ("instead of X", True), ("it does not hold that X", False), ("no X", False)],
)
def test_denied_as_false(text: str, expected: bool) -> None:
    found = words(text)
    assert denied_before(text, found, len(found) - 1, as_false=True) is expected


DENIED_BEHIND = [
    ("X is wrong", True), ("X is not needed", True), ("X isn't right", True), ("X does not fit", True),
    ("X is out", True), ("X fits", False), ("X is right", False), ("X is right, not wrong", False),
    ("X. It is wrong", False), ("X", False), ("X, is wrong", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DENIED_BEHIND, ids=[text for text, _ in DENIED_BEHIND])
def test_denied_behind(text: str, expected: bool) -> None:
    assert denied_behind(text, words(text), 1) is expected
    assert denied(text, 0, 1) is expected


CALLED_WRONG = [
    # (text, what was before it is called wrong there, with a pronoun for it)
    ("that's wrong.", True, True), ("This is not quite right, since", True, True), ("Hmm, it is incorrect", True, True),
    ("wait, that isn't true", True, True), ("wrong.", True, False), ("not right!", True, False), ("no, wrong", True, False),
    ("wrong signs are rare", False, False), ("that is wrong only in part", False, False), ("this is right.", False, False),
    ("not right away", False, False), ("that is not needed.", False, False), ("these are wrong.", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "called", "by_pronoun"), CALLED_WRONG, ids=[row[0] for row in CALLED_WRONG])
def test_called_wrong_behind(text: str, called: bool, by_pronoun: bool) -> None:
    assert bool(english.CALLS_WRONG.match(text)) is called
    assert bool(english.CALLS_THAT_WRONG.match(text)) is by_pronoun


# ---------------------------------------------------------------- conclusions, announcements

SAYS: list[tuple[Pattern, str, bool]] = [
    (english.CONCLUDES, "Therefore it holds", True),
    (english.CONCLUDES, "and hence it holds", True),
    (english.CONCLUDES, "it is zero, so it holds", True),
    (english.CONCLUDES, "as $A = B$ so it holds", True),
    (english.CONCLUDES, "So far it holds", False),
    (english.CONCLUDES, "it is so good", False),
    (english.CONCLUDES, "chosen so that it holds", False),
    (english.SUMS_UP, "To summarise, it holds", True),
    (english.SUMS_UP, "the total is 5", False),
    (english.SUGGESTS, "One could take another route", True),
    (english.SUGGESTS, "There is no need to take it", True),
    (english.SUGGESTS, "We take it", False),
    (english.ANNOUNCES, "As you suggested, I take it", True),
    (english.ANNOUNCES, "Let's take it", True),
    (english.ANNOUNCES, "Let $A$ be it", False),
    (english.ANNOUNCES, "We take it", False),
]


@pytest.mark.parametrize(("rule", "text", "expected"), SAYS, ids=[text for _, text, _ in SAYS])
def test_what_words_say(rule: Pattern, text: str, expected: bool) -> None:
    assert bool(rule.search(text)) is expected


def test_any_of_takes_the_longest() -> None:
    assert re.match(english.any_of(("in", "in short")), "in \n short").group() == "in \n short"  # type: ignore[union-attr]


LEFT_OUT = [
    ("a verb far before it", "I do not want to rely on any kind of B", True),
    ("never, at the beginning", "Never do we resort to the old trick with B", True),
    ("set apart by commas", "We do not, at any point of the argument, use B", True),
    ("behind it", "B will not be needed", True),
    ("avoided", "This avoids the need for the whole of B", True),
    ("neither nor", "In what follows neither A nor B is used", True),
    ("used", "We use B", False),
    ("another clause", "We do not need A, we use B", False),
    ("but", "We do not differentiate but use B", False),
    ("but, right before it", "We do not use A but B", False),
    ("and another verb", "We do not differentiate here and go on to B", False),
    ("when", "Nothing does not fit when we use B", False),
    ("not hard", "It is not very hard at all to use B", False),
    ("not only", "It does not only help a little here to use B", False),
    ("another sentence", "We do not stop. The rest follows from B", False),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in LEFT_OUT], ids=[row[0] for row in LEFT_OUT])
def test_what_a_text_goes_without(text: str, expected: bool) -> None:
    at = text.index("B")
    assert english.left_out(text, at, at + 1) is expected

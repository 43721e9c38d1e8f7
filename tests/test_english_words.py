"""Every word of the lists that decide about English does decide: each stands once where it says something, beside its twin."""

from __future__ import annotations

import pytest

from evalkit.reading.english import denied, left_out, set_aside, supposed, words

X = "gradients"


def place(text: str) -> tuple[str, int, int]:
    at = text.index(X)
    return text, at, at + len(X)


def is_supposed(text: str) -> bool:
    found = words(text)
    return supposed(text, found, next(i for i, word in enumerate(found) if word.text == X))


DENIED = [
    *(f"It is {word} {X}." for word in (
        "not", "never", "neither", "hardly", "no", "without", "unlike", "except", "excluding", "rather than", "instead of", "in place of",
        "nicht", "kein", "keine", "pas", "não", "не", "niet", "inte", "ikke",
    )),
    *(f"We {word} {X}." for word in ("cannot use", "can't use", "won't use", "don't use", "avoid", "never use", "nowhere use", "doubt that")),
    *(f"{word} {X}." for word in ("Nobody uses", "She avoids", "He avoided", "By avoiding", "Nor are", "It is a myth that", "It denies that")),
    *(f"It is {word} that {X} help." for word in ("wrong", "false", "incorrect", "untrue", "not true", "not correct", "not right", "mistaken", "a mistake")),
    *(f"One says {word} that {X} help." for word in ("incorrectly", "mistakenly")),
    *(f"The {X} {verb} {word}." for verb, word in [
        ("are", "wrong"), ("are", "false"), ("are", "incorrect"), ("is", "untrue"), ("was", "not it"), ("were", "never it"), ("do", "not help"),
        ("does", "not help"), ("did", "not help"), ("would", "not help"), ("seems", "wrong"), ("has", "no use"), ("can", "not help"),
        ("will", "not help"), ("shall", "not help"), ("are", "irrelevant"), ("are", "unnecessary"), ("are", "out"), ("are", "a mistake"),
    ]),
    f"The {X} nowhere help.", f"We cannot say that for all small steps {X} help.",
]  # fmt: skip
SAID = [
    *(f"It is not here, {word} {X}." for word in (
        "but", "yet", "mais", "sondern", "aber", "sino", "whereas", "because", "since", "so", "therefore", "thus", "hence", "consequently",
    )),
    *(f"It is {phrase} {X}." for phrase in ("not only", "not just", "not merely", "no doubt", "no question about")),
    *(f"There is {word} doubt that {X} help." for word in ("no", "never")), f"We do not doubt that {X} help.", f"One cannot deny that {X} help.",
    f"It is {X}.", f"Without a hint the {X} help.", f"It is not so. The {X} help.", f"It is not so; {X} help.", f"The {X}, not they, help.",
    f"It is not what he and she and you and I call {X}.",
]  # fmt: skip


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied(text: str) -> None:
    assert denied(*place(text))
    assert left_out(*place(text))


@pytest.mark.parametrize("text", SAID)
def test_what_is_said(text: str) -> None:
    assert not denied(*place(text))


LEFT_OUT = [
    *(f"We {word} not want to rely on such {X}." for word in (
        "do", "did", "will", "would", "shall", "should", "must", "need", "can", "could", "may", "have",
    )),
    f"He does not want to rely on such {X}.", f"He has not relied in his way on such {X}.", f"We never want to rely on such {X}.",
    f"We cannot afford to rely on such {X}.", f"We avoid to rely in this case on such {X}.", f"By avoiding to rely in this case on such {X}, it is short.",
    f"We do not, however, rely on {X}.",
]  # fmt: skip
KEPT = [
    *(f"We do not see at all {word} one can use {X}." for word in ("that", "which", "who", "whether", "how", "why", "as", "where", "when", "while", "if", "and")),
    *(f"We do not see it here at all {word} we use {X}." for word in ("than", "until", "unless")),
    f"We do not only in this case rely on {X}.", f"We want to rely on such {X}.", f"We rely on {X}.",
]  # fmt: skip


@pytest.mark.parametrize("text", LEFT_OUT)
def test_what_is_left_out(text: str) -> None:
    assert left_out(*place(text))


@pytest.mark.parametrize("text", KEPT)
def test_what_is_kept(text: str) -> None:
    assert not left_out(*place(text))


SUPPOSED = [
    *(f"{word} it were {X}" for word in ("If", "Unless", "Whether", "Suppose", "Supposing", "Imagine", "Assume", "Assuming")), f"It would be {X}",
    *(f"One {word} think it is {X}" for word in ("may", "might", "could", "can")),
    *(f"One might {word} it is {X}" for word in ("think", "believe", "suspect", "expect", "guess")),
]  # fmt: skip
CLAIMED = [
    f"It is {X}",
    f"We think it is {X}",
    f"If so, it is {X}",
    f"One might say it is {X}",
    f"If we look at it in the way that all others do: {X}",
]


@pytest.mark.parametrize("text", SUPPOSED)
def test_what_is_supposed(text: str) -> None:
    assert is_supposed(text)


@pytest.mark.parametrize("text", CLAIMED)
def test_what_is_claimed(text: str) -> None:
    assert not is_supposed(text)


ASIDE = [
    *(f"The {X} {phrase}." for phrase in (
        "play no part", "has no say", "have no say", "make no change", "take no place", "bear no weight", "serve no end", "having little to say",
        "affect both alike", "affect both equally", "decide nothing", "explain nothing", "change nothing", "settle nothing", "prove nothing",
        "do nothing", "matter nothing", "say nothing", "are beside the point", "are set aside", "are irrelevant", "are unrelated", "are of no part",
        "are of no difference", "are of no influence", "are for no reason", "are no concern", "do not really matter", "are never relevant",
        "do not decide", "do not explain it", "are not a cause", "are not the issue", "are not the point", "are not the problem", "do not differ",
        "are not what it is", "are not why", "are the same in both", "are the same for both", "are in neither", "are in both cases", "are in both models",
        "are another matter", "are a separate question", "are another story", "are a separate issue",
    )),
    *(f"{phrase} the {X} it is so." for phrase in (
        "Regardless of", "Irrespective of", "Independent of", "Independently of", "Apart from", "Aside from", "Leaving aside", "It has nothing to do with",
        "It is not because of", "It is not due to", "Rather than by", "Instead of from", "It is not about", "Unrelated to", "Unlike",
    )),
]  # fmt: skip
HEEDED = [
    f"The {X} help.",
    f"The {X} help, but others play no part.",
    f"Regardless of all that was said before in this text here, {X} help.",
    f"The {X} play a part.",
]


@pytest.mark.parametrize("text", ASIDE)
def test_what_is_set_aside(text: str) -> None:
    assert set_aside(*place(text))


@pytest.mark.parametrize("text", HEEDED)
def test_what_is_heeded(text: str) -> None:
    assert not set_aside(*place(text))

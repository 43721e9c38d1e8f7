"""How messages name things: numbers with their nouns, the first few of many, paths that a shell takes as they are."""

from __future__ import annotations

import pytest

from evalkit.errors import counted, listed, typed


@pytest.mark.parametrize(
    ("names", "said"),
    [("", ""), ("a", "a"), ("abc", "a, b, c"), ("abcd", "a, b, c and 1 more"), ("abcdefgh", "a, b, c and 5 more")],
)
def test_the_first_few_are_named_and_the_rest_counted(names: str, said: str) -> None:
    assert listed(list(names), 3) == said


def test_what_the_rest_is_can_be_said() -> None:
    assert listed(["a", "b", "c"], 1, "more shards") == "a and 2 more shards"


@pytest.mark.parametrize(
    ("number", "noun", "several", "said"),
    [(0, "trial", "", "0 trials"), (1, "trial", "", "1 trial"), (2, "trial", "", "2 trials"), (2, "reply", "replies", "2 replies"), (1, "reply", "replies", "1 reply")],
)  # fmt: skip
def test_nouns_agree_with_their_number(number: int, noun: str, several: str, said: str) -> None:
    assert counted(number, noun, several) == said


def test_a_path_is_quoted_where_a_shell_would_take_it_for_more() -> None:
    assert (typed("runs/a.sqlite"), typed("my run.sqlite")) == ("runs/a.sqlite", "'my run.sqlite'")

"""Where names mean something in a reading that somebody gave: stretches inside and beside each other, of one kind or two."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.following.plan import Plan
from tests.derivation_help import setting_of, verdicts

SETTING = setting_of({"symbols": {"b": "scalar"}, "definitions": ["G = 5b"]})
TEXT = "\n\n".join(f"{place}, so $G + b = 3b$." for place in ("At first", "Then", "Inside", "Afterwards", "At last"))
STARTS = [TEXT.index(word) for word in ("At first", "Then", "Inside", "Afterwards", "At last")] + [len(TEXT)]


def scope(first: int, behind: int, means: str, kind: str = "own letters") -> dict[str, Any]:
    """From one sentence (from 0) to another, G is this."""
    return {"start": STARTS[first], "end": STARTS[behind], "kind": kind, "names": {"G": means}}


SCOPES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "none": ([], "fffff"),
    "all of it": ([scope(0, 5, "2b")], "aaaaa"),
    "one sentence": ([scope(2, 3, "2b")], "ffaff"),
    "beside each other": ([scope(1, 2, "2b"), scope(2, 3, "2b")], "faaff"),
    "one inside the other": ([scope(1, 4, "2b"), scope(2, 3, "7b")], "fafaf"),
    "the inner one is right": ([scope(1, 4, "7b"), scope(2, 3, "2b")], "ffaff"),
    "three deep": ([scope(0, 5, "2b"), scope(1, 4, "7b"), scope(2, 3, "2b")], "afafa"),
    "an example inside": ([scope(1, 4, "2b"), scope(2, 3, "7b", "example")], "fafaf"),
    "both begin at once": ([scope(1, 4, "7b"), scope(1, 2, "2b")], "fafff"),
    "the inner one is named first": ([scope(1, 2, "2b"), scope(1, 4, "7b")], "fafff"),
    "the same stretch, of two kinds": ([scope(1, 4, "7b"), scope(1, 4, "2b", "example")], "faaaf"),
    "the same stretch twice": ([scope(1, 4, "2b"), scope(1, 4, "7b")], "faaaf"),
    "both end at once": ([scope(1, 4, "7b"), scope(3, 4, "2b")], "fffaf"),
}


@pytest.mark.parametrize(("scopes", "expected"), SCOPES.values(), ids=SCOPES)
def test_a_name_means_what_the_innermost_stretch_says(scopes: list[dict[str, Any]], expected: str) -> None:
    plan = Plan.model_validate({"by": "B", "scopes": scopes})
    assert verdicts(analyse(TEXT, SETTING, plan=plan)) == expected

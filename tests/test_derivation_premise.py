"""A relation that holds only in a special world is right only where the reply has come to that world."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import judged, setting

CASES = [
    ("The encoder maps the data to a code. $$W_1 W_2 = I_k$$", "n", "not-stated"),
    ("At the principal component solution: $$W_1 W_2 = I_k$$", "h", "named-in-words"),
    ("Let $W_1 = U_k^\\top$ and $W_2 = U_k$. Then $$W_1 W_2 = I_k$$", "ssh", "given-values"),
    ("Both conditions: $$(X - W_2W_1X)(W_1X)^\\top = 0$$", "h", "a-condition"),
]


@pytest.mark.parametrize(("text", "expected", "name"), CASES, ids=[c[2] for c in CASES])
def test_premise(text: str, expected: str, name: str) -> None:
    assert judged(text)[-1] == expected[-1], name


def test_the_reason_names_the_premise() -> None:
    found = analyse(CASES[0][0], setting()).relations[0]
    assert "W_1, W_2 is a stationary point of L" in found.reason
    assert found.world == "stationary"

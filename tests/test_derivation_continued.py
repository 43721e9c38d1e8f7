"""Displays that begin with `=`."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD = setting_of({"symbols": {"a": "scalar", "b": "scalar", "t": "positive"}})
DISPLAYS = {
    "expression": ("We expand $$(a + b)^2$$ and get $$= a^2 + 2ab + b^2$$", "a"),
    "wrong": ("We expand $$(a + b)^2$$ and get $$= a^2 + b^2$$", "f"),
    "equation": ("So $$(a + b)^2 = a^2 + 2ab + b^2$$ which is $$= a^2 + b(2a + b)$$", "aa"),
    "chain": ("We expand $$a(b + t)$$ to $$= ab + at$$ and then $$\\begin{aligned}&= at + ab\\\\&= a(t + b)\\end{aligned}$$", "aaa"),
    "a-formula-in-the-line-between": ("We expand $$(a + b)^2$$ with $ab = ba$: $$= a^2 + 2ab + b^2$$", "aa"),
    "aside": ("We expand $$a(b + t)$$ $$= ab + at$$ With $$(a + b)^2 = a^2 + 2ab + b^2$$ it is $$= at + ab$$", "aa"),
    "goes-on-after-an-aside": ("$$a(b + t)$$ $$= ab + at$$ With $$2 = 1 + 1$$ it is $$= at + ab$$ $$= ab + ta$$", "aaa"),
    "nothing-before": ("$$= a^2 + 2ab + b^2$$", ""),
    "too-far": ("We expand $$(a + b)^2$$" + " and so on" * 70 + "$$= a^2 + b^2$$", ""),
    "an-arrow": ("We expand $$(a + b)^2$$ $$=> a = a$$", "a"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DISPLAYS.values(), ids=DISPLAYS)
def test_a_display_goes_on_with_the_one_before(text: str, expected: str) -> None:
    assert verdicts(analyse(text, WORLD)) == expected


def test_its_place_is_its_own() -> None:
    text = "We expand\n$$(a + b)^2$$\nand get\n$$= a^2 + 2ab + b^2$$"
    (relation,) = analyse(text, WORLD).relations
    assert (relation.left, relation.source) == ("(a + b)²", "= a^2 + 2ab + b^2")

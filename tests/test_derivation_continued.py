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
    "asked for in the line before": ("1. Expand $(a + b)^2$\n$$= a^2 + 2ab + b^2$$\n**Next:** expand $a(b + t)$\n\n$$= ab + at$$", "aa"),
    "asked for, and wrong": ("1. Expand $(a + b)^2$\n$$= a^2 + 2ab + b^2$$\n**Next:** expand $a(b + t)$\n\n$$= ab + t$$", "af"),
    "an equation in the line before": ("Expand $$(a + b)^2$$ and use $ab = ba$\n$$= a^2 + 2ab + b^2$$", "aa"),
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


def column(*entries: str) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(entries) + r" \end{bmatrix}"


NUMBERS = setting_of({"symbols": {"a": "scalar", "b": "scalar"}, "definitions": ["s = 3"]})
LENGTH = r"$\|r\|^2 = 9 + 16$ and $\|r\| = 5$"
STEP = f"{column('4', '5')} - {column('1', '1')}"
HEADS = {
    "new": (rf"Now $r = \Pi_b(2) = {column('3', '4')}$, so {LENGTH}", "uudaa"),
    "had a value": (rf"Let $r = {column('1', '2')}$. Now $r = \Pi_b(2) = {STEP}$, so {LENGTH}", "duudaa"),
    "of another shape": (rf"Let $r = {column('1', '2', '3')}$. Now $r = \Pi_b(2) = {STEP}$, so {LENGTH}", "duudaa"),
    "not even read": (rf"Let $r = {column('1', '2')}$. Now $r = \lim_{{b}} a = {STEP}$, so {LENGTH}", "dkdaa"),
    "goes on": (rf"Let $r = {column('1', '2')}$. Now $r = \Pi_b(2) = {STEP} = {column('3', '4')}$", "duuda"),
    "a slip behind": (rf"Let $r = {column('1', '2')}$. Now $r = \Pi_b(2) = {STEP} = {column('3', '3')}$", "duudf"),
    "keeps its value": (rf"Let $r = {column('3', '4')}$. So $r = \Pi_b(2) = {STEP}$, so {LENGTH}", "duuaaa"),
    "keeps it, and another is concluded": (rf"Let $r = {column('3', '4')}$. Hence $r = \Pi_b(2) = {column('3', '5')}$, so {LENGTH}", "duuqaa"),
    "two names between": (rf"Let $r = {column('1', '2')}$. Now $r = \Pi_b(2) = Q_b(2) = {column('3', '4')}$, so {LENGTH}", "duuuqq"),
    "of the problem": (r"Now $s = \Pi_b(2) = 7$, and $s = 3$, $s = 7$", "uuif"),
    "in letters": (rf"Let $r = {column('1', '2')}$. Now $r = \Pi_b(2) = {column('a', 'b')}$", "duu"),
    "no name": (r"Now $a + b = \Pi_b(2) = 7$", "uu"),
    "an example": (r"For example $a = 2$. Now $a = \Pi(b) = 7$, so $a^2 = 4$", "sudh"),
    "told later": (r"Now $\rho = \Pi(2) = 6$, where $\Pi(t) = 3t$. So $\rho = 7$", "qaddf"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), HEADS.values(), ids=HEADS)
def test_the_head_of_a_chain_whose_middle_is_not_understood(text: str, expected: str) -> None:
    assert verdicts(analyse(text, NUMBERS)) == expected

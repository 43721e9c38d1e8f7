"""Where the mathematics of a reply stands, and how it is cut into statements."""

from __future__ import annotations

import pytest

from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.relations import statements
from evalkit.derivation.text.document import read

SPANS = [
    ("inline", "so $a=b$ and \\(c=d\\).", ["a=b", "c=d"]),
    ("display", "$$a=b$$ and \\[\nc=d\n\\]", ["a=b", "\nc=d\n"]),
    ("environment", "\\begin{align*}a&=b\\end{align*}", ["\\begin{align*}a&=b\\end{align*}"]),
    ("money", "It costs $5 and then $6 more.", []),
    ("escaped", "a \\$ b = c \\$", []),
    ("unclosed", "so $a=b\n\nnext", []),
    ("code fence", "```python\na = b\n```", []),
    ("math fence", "```math\na = b\n```", ["\na = b\n"]),
    ("inline code", "so `W₂ᵀW₂ = I` holds", ["W₂ᵀW₂ = I"]),
    ("bare line", "Hence W₂ᵀW₂ = I, as claimed.", ["W₂ᵀW₂ = I"]),
    ("bare in a list", "- thus ‖W₁‖² = Tr(W₁ᵀW₁)", ["‖W₁‖² = Tr(W₁ᵀW₁)"]),
    ("prose with an equals sign", "the answer = yes, of course", []),
    ("quote", "> $$\n> a=b\n> $$", ["\n  a=b\n  "]),
    ("dollars inside text", "$a=b$, $c=d$", ["a=b", "c=d"]),
]


@pytest.mark.parametrize(("text", "expected"), [s[1:] for s in SPANS], ids=[s[0] for s in SPANS])
def test_spans(text: str, expected: list[str]) -> None:
    document = read(text)
    assert [document.text[s.start : s.end] for s in document.spans] == expected


CUT = [
    ("chain", "a = b \\le c", [("a = b \\le c", ("=", "leq"))]),
    ("comma", "a = b, c = d", [("a = b", ("=",)), ("c = d", ("=",))]),
    ("comma in brackets", "f(a, b) = c", [("f(a, b) = c", ("=",))]),
    ("rows", "a &= b \\\\ c &= d", [("a &= b", ("=",)), ("c &= d", ("=",))]),
    (
        "remark at the end of a row",
        "a &= b && \\text{(step 1)} \\\\ &= c",
        [("a &= b && \\text{(step 1)} \\\\ &= c", ("=", "="))],
    ),
    ("comma at the end of a row", "a &= b, \\\\ &= c", [("a &= b, \\\\ &= c", ("=", "="))]),
    ("bullet", "• a = b", [("a = b", ("=",))]),
    ("continued row", "a &= b \\\\ &= c", [("a &= b \\\\ &= c", ("=", "="))]),
    ("row with a sign", "a &= b \\\\ &+ c", [("a &= b \\\\ &+ c", ("=",))]),
    ("arrow", "a = b \\Rightarrow c = d", [("a = b", ("=",)), ("c = d", ("=",))]),
    ("word", "a = b \\text{ and } c = d", [("a = b", ("=",)), ("c = d", ("=",))]),
    ("definition", "E := X", [("E := X", (":=",))]),
    (
        "matrix rows do not cut",
        "\\begin{bmatrix}a\\\\b\\end{bmatrix} = c",
        [("\\begin{bmatrix}a\\\\b\\end{bmatrix} = c", ("=",))],
    ),
    ("number of an equation", "a = b \\qquad (3)", [("a = b", ("=",)), ("(3)", ())]),
    ("empty side", "= b", [("b", ())]),
    ("nothing", "\\\\ , ;", []),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CUT], ids=[c[0] for c in CUT])
def test_statements(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    found = statements(tokenize(text, 0, len(text)))
    assert [(text[s.start : s.end], s.ops) for s in found] == expected


def test_parts_and_cases_begin_new_sections() -> None:
    text = "intro $a=b$\n\n## Case 1\n$c=d$\n\n**Step 2**\n$e=f$\n\n### Approach B\n$g=h$"
    document = read(text)
    assert [document.section(s.start) for s in document.spans] == [0, 1, 1, 2]

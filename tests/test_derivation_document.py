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
    # names with numbers are no numbers, and nothing begins or ends inside a name
    ("a name with a number", "We set kappa1 = 2 and rate0=1.5.", []),
    ("a name with an index", "Then n_rows = 4, b_mean = 3 + 1.", []),
    ("a named index", "Then speed_2 = 4 here.", ["speed_2 = 4"]),
    ("what an object holds", "We set self.x = 3 and gain[0] = 4.", []),
    ("a name begins the first side", "kappa1 + 1 = 2 + 3 = 5", ["2 + 3 = 5"]),
    ("a name ends the last side", "2 + 3 = 5 = 2 * n_rows", ["2 + 3 = 5"]),
    ("a name between", "y = kappa1 = 2 + 3 = 5", ["2 + 3 = 5"]),
    ("a numbered step", "In step2 y = 2 + 3, by eq1: z = 4 + 1.", ["y = 2 + 3", "z = 4 + 1"]),
    ("a letter with a number", "x1 = 3 and Q3 = 7", ["x1 = 3", "Q3 = 7"]),
    ("a number with a letter", "so 2x = 4", ["2x = 4"]),
    ("a number with a unit", "10kg + 5kg = 15kg", ["10kg + 5kg = 15kg"]),
    ("a function with a number", "log2(8) = 3 and sin2x = 2 sin x cos x", ["log2(8) = 3", "sin2x = 2 sin x cos x"]),
    ("two letters with a number", "dW1 = 2 + 2", ["dW1 = 2 + 2"]),
    # programs without a fence
    ("a session", "Run\n\n>>> x = 2\n>>> x = x\n3 = 4\n\nso x = 2 + 3", ["x = 2 + 3"]),
    ("a session of another kind", "In [3]: x = 2\n\nso x = 2 + 3", ["x = 2 + 3"]),
    ("formulas in a session", ">>> title('$x = 1$')\n\nso $x = 2$", ["x = 2"]),
    ("quotations in quotations", "> a\n>> b\n>>> x = 2 + 3", ["x = 2 + 3"]),
    ("a literal block", "Then::\n\n    x = 2 + 3\n\n    y = 4 + 5\n\nso z = 1 + 1", ["z = 1 + 1"]),
    ("two colons in a line", "Then:: x = 2 + 3", ["x = 2 + 3"]),
    ("a directive", ".. note::\n\n    so x = 2 + 3", ["x = 2 + 3"]),
    ("a directive with a program", ".. code::\n\n    x = 2\n    A = np.array(x)\n\n    y = 3", []),
    ("an indented program", "We do\n\n    x = 2 + 3\n    show(x, size=3)\n\nso z = 1 + 1", ["z = 1 + 1"]),
    ("an indented formula", "We get\n\n    x = 2 + 3\n    f(x, y) = x + y", ["x = 2 + 3", "f(x, y) = x + y"]),
    ("an indented item", "1. So\n\n    we find that x = 2 + 3", ["x = 2 + 3"]),
    ("an indented display", "So\n\n    $$\n    x = 2.5\n    $$", ["\n    x = 2.5\n    "]),
    ("named arguments", "Call f(x, ax=ax2, dx=0.25) or draw(step=2, k=3).", []),
    ("named arguments over two lines", "Call draw(step=2,\n  dx=0.5) now.", []),
    ("arguments of a probability", "P(X = 2) = 0.3 and P(X=2, Y=3) = 0.1", ["P(X = 2) = 0.3", "P(X=2, Y=3) = 0.1"]),
    ("a value in brackets", "the slope (at dx=0.25) there", ["dx=0.25)"]),
    ("two backticks", "so ``x = 2 + 3`` and `y = 4 + 5`", ["y = 4 + 5"]),
    ("quotation marks of LaTeX", "so ``x'' and ``y = 4'' are", []),
    ("an argument in backticks", "with `axis=0` and `flip=True`, `xy=6`, `area = 12`", ["xy=6", "area = 12"]),
    ("a call in backticks", "`np.dot(a, b) = 3` and `dot(a, b) = 3`", ["dot(a, b) = 3"]),
    ("a fence without a language", "```\nx = 2 + 3\n```", ["x = 2 + 3"]),
    (
        "equations that blanks keep apart",
        "```\nback:  x = 2 + 3     y = 4 * 2\n       z     = 8\n```",
        ["x = 2 + 3", "y = 4 * 2", "       z     = 8"],
    ),
    ("equations that blanks keep apart, without a fence", "x = 2 + 3    y = 4 * 2", ["x = 2 + 3", "y = 4 * 2"]),
    ("a fence without a language, with a program", "```\nx = 2 + 3\ny = np.sin(x)\n```", []),
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
    ("columns", "a &= b & c &= d", [("a &= b", ("=",)), ("c &= d", ("=",))]),
    ("columns without signs at the marks", "p < 0 & q = 1", [("p < 0", ("<",)), ("q = 1", ("=",))]),
    (
        "rows of columns",
        "a &= b & c &= d \\\\ &= e & &= f",
        [("a &= b", ("=",)), ("c &= d", ("=",)), ("e", ()), ("f", ())],
    ),
    ("a number at the end of a row", "a &= b && (1) \\\\ &= c & (2)", [("a &= b && (1) \\\\ &= c", ("=", "="))]),
    ("marks beside signs", "a & = & b & + & c", [("a & = & b & + & c", ("=",))]),
    ("a mark in a product", "a &= b & c", [("a &= b & c", ("=",))]),
    ("marks of a sum", "a &= b + {}& c \\\\ & = d", [("a &= b + {}& c \\\\ & = d", ("=", "="))]),
    ("three columns of one sign", "a &=& b \\\\ &=& c", [("a &=& b \\\\ &=& c", ("=", "="))]),
    (
        "a condition at the end of a row",
        "a &= b, \\quad x \\ge 0 \\\\ &= c",
        [("a &= b, \\quad x \\ge 0 \\\\ &= c", ("=", "=")), ("x \\ge 0", ("geq",))],
    ),
    (
        "a condition in words",
        "a &= b \\text{ where } x = y \\\\ &= c",
        [("a &= b \\text{ where } x = y \\\\ &= c", ("=", "=")), ("x = y", ("=",))],
    ),
    (
        "conditions at the ends of two rows",
        "a &= b, \\quad x \\ge 0 \\\\ &= c, \\quad x < 0",
        [("a &= b", ("=",)), ("x \\ge 0", ("geq",)), ("c", ()), ("x < 0", ("<",))],
    ),
    ("two claims in a row", "a = b \\quad c = d \\\\ = e", [("a = b", ("=",)), ("c = d \\\\ = e", ("=", "="))]),
    ("two claims and a word", "a = b \\text{ so } c = d \\\\ = e", [("a = b", ("=",)), ("c = d \\\\ = e", ("=", "="))]),
    ("bounds at the end of a row", "a = b < c \\\\ &= d", [("a = b < c \\\\ &= d", ("=", "<", "="))]),
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

"""A verdict rests on what a text says, not on how it is spelled: lines, spaces, delimiters, transposes, indices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD = setting_of(
    {
        "symbols": {"X": "n x d, data", "w": "d", "y": "n, data", "s": "scalar", "t": "scalar"},
        "families": {"x_i": "rows of X"},
        "definitions": ["J = \\frac{1}{2}\\|Xw - y\\|^2", "r_{ij} = x_i - x_j"],
    }
)
TEXT = r"""### Gradient

The loss is

$$J = \frac{1}{2}(Xw - y)^T(Xw - y)$$

$$= \frac{1}{2}\left(w^T X^T X w - 2 y^T X w + y^T y\right)$$

So
$$\begin{aligned}
\nabla_w J &= X^T X w - X^T y \\
&= X^T (Xw - y)
\end{aligned}$$

and $\nabla_w w^T X^T X w = X^T X w$. Also $r_{ij} = x_i - x_j$.

$(s + t)^2 = s^2 + 2st + t^2$
$= s(s + 2t) + t^2 + 1$

We solve $3(t - 1) = 2t$, so $t = 3$.
"""

LETTERS = setting_of(
    {
        "symbols": {
            "s": "positive",
            "t": "positive",
            "r": "positive",
            "p_1": "positive",
            "p_2": "positive",
            "M": "2 x 2, invertible",
            "X": "n x d, data",
        },
        "families": {"x_i": "rows of X"},
        "definitions": ["h = s + t"],
        "worlds": [{"name": "double", "premise": "t is twice s", "given": True, "set": ["t = 2s"]}],
    }
)
MORE = r"""We use $(p_1 + p_2)^2 = p_1^2 + 2p_1p_2 + p_2^2$, $p_1^{3/2} = p_1\sqrt{p_1}$ and $p_1 \ge \dots \ge p_9$.
Rows have products: $x_i^T x_j = x_j^T x_i$.

So we have
$$2s - t = 0$$.
Now we substitute $h = s + t$ into the equation above:
$$2s - r(s + t) = 0$$

The cubes are next.

$$(s + t)^3 - s^3 = 3s^2t + 3st^2 + t^3 = t(3s^2 + 3st + t^2)$$

For the product of both:

$$(s + t)(s - t)t = s^2t - t^3 = t(s^2 + t^2)$$

Then $5(1600 - 2st) = 8000 - 10st$, but $2(1600 + s) = 3200 + 3s$. And $17000 \equiv 2000 \pmod{3000}$.

So t = 4, s = 1.
"""


def inside(change: Callable[[str], str]) -> Callable[[str], str]:
    """The text with its mathematics changed."""
    return lambda text: re.sub(r"\$\$.+?\$\$|\$[^$]+\$", lambda m: change(m[0]), text, flags=re.DOTALL)


SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    ("lines of another system", lambda text: text.replace("\n", "\r\n")),
    ("wide signs", inside(lambda math: math.replace(" = ", r" \;=\; ").replace("$= ", r"$\;=\; "))),
    ("an empty space before", inside(lambda math: re.sub(r"(\$\$?)= ", r"\1\\quad = ", math))),
    ("a hidden left side", inside(lambda math: re.sub(r"(\$\$?)= ", r"\1\\phantom{J} = ", math))),
    ("large formulas", inside(lambda math: re.sub(r"^\$(?!\$)", r"$\\displaystyle ", math))),
    ("brackets for dollars", lambda text: re.sub(r"\$\$(.+?)\$\$", r"\\[\1\\]", text, flags=re.DOTALL)),
    ("round brackets for dollars", lambda text: re.sub(r"(?<!\$)\$([^$]+)\$(?!\$)", r"\\(\1\\)", text)),
    ("top", inside(lambda math: math.replace("^T", r"^\top"))),
    ("upright", inside(lambda math: math.replace("^T", r"^{\mathsf{T}}"))),
    ("upright, bare", inside(lambda math: math.replace("^T", r"^\mathsf{T}"))),
    ("intercal", inside(lambda math: math.replace("^T", r"^{\intercal}"))),
    ("a comma between indices", inside(lambda math: math.replace("_{ij}", "_{i,j}"))),
    ("braces", inside(lambda math: math.replace("t = 3", "{t} = {3}"))),
    ("no large brackets", inside(lambda math: math.replace("\\left", "").replace("\\right", ""))),
    ("a number at the end", lambda text: re.sub(r"\$\$(=.+?)\$\$", r"$$\1 \\tag{2}$$", text)),
    ("a full stop at the end", lambda text: re.sub(r"\$\$(=.+?)\$\$", r"$$\1.$$", text)),
    ("in a quotation", lambda text: "\n".join("> " + line for line in text.split("\n"))),
]

STEPS = re.compile(r"\$\$([^=$]+=[^=$]+)(=[^=$]+)\$\$")
MORE_SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    ("powers before their indices", inside(lambda math: re.sub(r"(_\d)(\^(?:\d|\{3/2\}))", r"\2\1", math))),
    ("transposes before indices", inside(lambda math: re.sub(r"(x)(_[ij])(\^T)", r"\1\3\2", math))),
    ("full stops for dots", inside(lambda math: math.replace("\\dots", "..."))),
    ("full stops within", lambda text: text.replace("0$$.", "0.$$")),
    ("a display for each step", lambda text: STEPS.sub(r"$$\1$$\n\n$$\2$$", text)),
    ("aligned steps", lambda text: STEPS.sub(r"$$\\begin{aligned}\1 \\\\ & \2\\end{aligned}$$", text)),
    ("groups of figures", lambda text: re.sub(r"(\d)(\d00\b|000)", r"\1,\2", text)),
    ("a comma behind a word that opens", lambda text: text.replace("So t = 4", "So, t = 4")),
]


@pytest.mark.parametrize("spelled", [s[1] for s in SPELLINGS], ids=[s[0] for s in SPELLINGS])
def test_the_same_in_another_spelling(spelled: Callable[[str], str]) -> None:
    other = spelled(TEXT)
    assert other != TEXT
    assert verdicts(analyse(other, WORLD)) == verdicts(analyse(TEXT, WORLD)) == "iaiafaafqh"


@pytest.mark.parametrize("spelled", [s[1] for s in MORE_SPELLINGS], ids=[s[0] for s in MORE_SPELLINGS])
def test_the_same_in_more_spellings(spelled: Callable[[str], str]) -> None:
    other = spelled(MORE)
    assert other != MORE
    assert verdicts(analyse(other, LETTERS)) == verdicts(analyse(MORE, LETTERS)) == "aakkahiqaaafafiqs"


NO_SPELLINGS = [
    ("an entry of an inverse", r"$M^{-1}_{12} = (M^{-1})_{12}$ and $M^{-1}_{12} = 1/M_{12}$", "aq"),
    ("an entry of a transpose", r"$M^T_{12} = M_{21}$ and $M^T_{12} = M_{12}$", "af"),
    ("a label in a list of layers", r"$a^l_j = a_j^l$", "u"),
    ("a list of two", r"$P = (2,100 - s)$, $g(1,600 - s) = 2$, $2(1,200 + s, 3) = t$", "dup"),
    (
        "words between",
        "$$(s + t)^2$$\n\n$$= s^2 + 2st + t^2$$\n\nWith\n\n$$h = s + t$$\n\nthis is\n\n$$= h^2$$\n",
        "ai",
    ),
    ("a list behind an opening word", "So, s, t = 1.", ""),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in NO_SPELLINGS], ids=[row[0] for row in NO_SPELLINGS])
def test_what_is_no_spelling(text: str, expected: str) -> None:
    assert verdicts(analyse(text, LETTERS)) == expected


def test_places_are_those_of_the_reply_whatever_ends_its_lines() -> None:
    text = TEXT.replace("\n", "\r\n")
    found = analyse(text, WORLD).relations
    assert [text[r.start : r.end].replace("\r", " ") for r in found if "\n" not in r.source] == [
        r.source for r in found if "\n" not in r.source
    ]

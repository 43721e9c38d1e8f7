r"""What is solved from an equation that stands before: where solving begins, derivatives and values as numbers, both signs.

Beside every true step stand neighbours with a wrong sign, factor or value; none of these may become true.
"""

from __future__ import annotations

import pytest

from evalkit.derivation import TRUE, analyse
from tests.derivation_help import setting_of

WORLD = {
    "symbols": {
        "x": "scalar",
        "y": "scalar",
        "p": "positive",
        "k": "positive",
        "u": "scalar",
        "w": "positive",
        "a": "scalar, fixed",
        "c": "scalar, fixed",
    },
    "definitions": ["g(x) = x^3 - 12x", "L(p) = 7\\ln p - 14p", "F(x) = a e^x + c e^{-x}"],
    "worlds": [{"name": "tangent", "premise": "the line touches the curve", "set": ["w = 4", "u = 2"]}],
}
AREA = "The price of both is: $3x + 5 = 26$.\n\n"
SLOPE = r"To solve the equation $\frac{dy}{dx} = \frac{xy + 2x}{xy - 3y}$, we factor. "
UNKNOWN = "Transforming both sides:\n\n$$s^2 Y(s) + 3s Y(s) = s X(s) + X(s)$$\n\n"
SQUARE = "The equation is $x^2 - 6x = 16$. "
ZERO = r"So $\frac{d}{dp} L(p) = \frac{7}{p} - 14$. Setting the derivative to zero to find the maximum:\n\n$$\frac{7}{p} - 14 = 0$$\n\n"
FIXED = "### Initial conditions\n\n$$5 = F(0) = a + c \\quad\\Rightarrow\\quad "
LATER = r"Comparing the terms:\n\n$$4q_1 = 20 \quad\Rightarrow\quad q_1 = "
TOUCH = "Consider the equation $u^2 + w = 4u$. "

# kind, text, the last relation is true
ROWS = [
    ("claimed, the first to speak of its letter", AREA + "$3x = 21$", True),
    ("claimed: a wrong sign", AREA + "$3x = 31$", False),
    ("claimed: a wrong factor", AREA + "$6x = 21$", False),
    ("its value, found later", AREA + "$3x = 21$\n\n$x = 7$", True),
    ("another value, found later", AREA + "$3x = 21$\n\n$x = 8$", False),
    ("concluded from nothing that can be read", "So we get $3x + 5 = 26$.\n\n$3x = 21$", False),
    ("another equation stands before", r"We know $x^2 - y = 4$. Then we have $x + y = 8$, and $x = 8 - y$", False),
    ("factored beside a derivative", SLOPE + r"This simplifies to $\frac{dy}{dx} = \frac{x(y + 2)}{y(x - 3)}$", True),
    ("beside a derivative: a sign", SLOPE + r"This simplifies to $\frac{dy}{dx} = \frac{x(y - 2)}{y(x - 3)}$", False),
    ("beside a derivative: turned", SLOPE + r"This simplifies to $\frac{dx}{dy} = \frac{x(y + 2)}{y(x - 3)}$", False),
    ("of another order", SLOPE + r"This simplifies to $\frac{d^2y}{dx^2} = \frac{x(y + 2)}{y(x - 3)}$", False),
    ("a derivative is a number", r"so $\frac{x\frac{dy}{dx} - y}{x^2} = \frac{1}{x}\frac{dy}{dx} - \frac{y}{x^2}$", True),
    ("a number: a sign", r"so $\frac{x\frac{dy}{dx} - y}{x^2} = \frac{1}{x}\frac{dy}{dx} + \frac{y}{x^2}$", False),
    ("a number: a power", r"so $\frac{x\frac{dy}{dx} - y}{x^2} = \frac{1}{x^2}\frac{dy}{dx} - \frac{y}{x^2}$", False),
    ("beside the derivative of a product", r"so $\frac{d}{dx}(xy) = y + x\frac{dy}{dx} - x\frac{dy}{dx}$", False),
    ("values of unknown functions", UNKNOWN + "$$Y(s)(s^2 + 3s) = X(s)(s + 1)$$", True),
    ("unknown functions: a sign", UNKNOWN + "$$Y(s)(s^2 - 3s) = X(s)(s + 1)$$", False),
    ("unknown functions: their places", UNKNOWN + "$$X(s)(s^2 + 3s) = Y(s)(s + 1)$$", False),
    ("unknown functions: elsewhere", UNKNOWN + "$$Y(2s)(s^2 + 3s) = X(s)(s + 1)$$", False),
    ("both signs", SQUARE + r"Hence $x = 3 \pm 5$", True),
    ("one sign alone", SQUARE + r"Hence $x = 1 \pm 7$", False),
    ("one sign alone, the other side", SQUARE + r"Hence $x = 4 \pm 6$", False),
    ("neither sign", SQUARE + r"Hence $x = 3 \pm 2$", False),
    ("both signs of letters", r"Consider the equation $x^2 - 2px = 3$. Hence $x = p \pm \sqrt{p^2 + 3}$", True),
    ("both signs of letters: a sign", r"Consider the equation $x^2 - 2px = 3$. Hence $x = -p \pm \sqrt{p^2 + 3}$", False),
    ("both signs of letters: a factor", r"Consider the equation $x^2 - 2px = 3$. Hence $x = p \pm \sqrt{4p^2 + 12}$", False),
    ("a true derivative is imposed to be zero", ZERO + "$7 = 14p$", True),
    ("imposed: a factor", ZERO + "$14 = 14p$", False),
    ("imposed: a value", ZERO + "$7 = 14p$\n\n$p = 2$", False),
    ("the ends of a chain", FIXED + "a + c = 5$$", True),
    ("the ends of a chain: a sign", FIXED + "a - c = 5$$", False),
    ("the ends of a chain: a value", FIXED + "a + c = 6$$", False),
    ("a name gets its value behind", LATER + "5$$", True),
    ("a name gets another value", LATER + "-5$$", False),
    ("a name gets a value by another factor", LATER + "80$$", False),
    ("under a premise of the problem", TOUCH + "So $u^2 - 4u + w = 0$", True),
    ("under a premise: a sign", TOUCH + "So $u^2 + 4u + w = 0$", False),
    ("under a premise: a term", TOUCH + "So $u^2 - 4u - w = 0$", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_the_last_relation(text: str, expected: bool) -> None:
    found = analyse(text.replace(r"\n", "\n"), setting_of(WORLD)).relations[-1]
    assert (found.verdict in TRUE) is expected, (found.verdict, found.rule, found.reason)

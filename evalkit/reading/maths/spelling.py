r"""Tables: what is spelled in several ways, what only sets a formula apart, and words that formulas contain."""

from __future__ import annotations

import re
import unicodedata

UNICODE = {
    "−": "-", "–": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": r"\div ", "∗": "*",
    "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ",
    "∞": r"\infty ", "∪": r"\cup ", "∩": r"\cap ", "∖": r"\setminus ", "∈": r"\in ", "∉": r"\notin ",
    "∅": r"\emptyset ",
    "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}",
    "±": r"\pm ", "∓": r"\mp ", "°": r"^\circ ", "′": "'", "’": "'", "→": r"\to ", "⇒": r"\implies ", "√": r"\sqrt ",
    "⟨": r"\langle ", "⟩": r"\rangle ", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}",
    "∨": r"\lor ", "∧": r"\land ", "∣": r"\mid ", "ℓ": r"\ell ", "ϕ": r"\phi ", "ε": r"\epsilon ",
    "∫": r"\int ", "∑": r"\sum ", "∠": r"\angle ", "⁄": "/",
    **{sign: f"^{{{digit}}}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{sign: f"_{{{digit}}}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip
_SMALL = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi
omega
"""
UNICODE |= dict(zip("αβγδεζηθικλμνξπρστυφχψω", (f"\\{name} " for name in _SMALL.split()), strict=True))
_CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
UNICODE |= dict(zip("ΓΔΘΛΞΠΣΦΨΩ", (f"\\{name} " for name in _CAPITAL.split()), strict=True))
SAME = {
    "leq": "le", "leqslant": "le", "leqq": "le", "lt": "<", "geq": "ge", "geqslant": "ge", "geqq": "ge", "gt": ">",
    "neq": "ne", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom",
    "lbrace": r"\{", "rbrace": r"\}", "lbrack": "[", "rbrack": "]", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
    "colon": ":", "coloneqq": "=", "simeq": "approx", "cong": "approx", "varnothing": "emptyset", "land": '"and',
    "wedge": '"and',
    "lor": '"or', "vee": '"or', "Rightarrow": "implies", "Longrightarrow": "implies", "therefore": "implies",
    "Leftrightarrow": "implies", "iff": "implies", "rightarrow": "to", "longrightarrow": "to",
    "imath": "i", "jmath": "j", "cr": r"\\", "pmod": "mod", "bmod": "mod", "pod": "mod",
    "varphi": "phi", "varepsilon": "epsilon", "backslash": "setminus", "degree": "circ", "ast": "*", "lg": "lg",
    "lparen": "(", "rparen": ")", "Re": "Re", "exponentialE": "e", "prime": "'", "top": "T", "intercal": "T",
    "ldots": "dots", "cdots": "dots", "dotsc": "dots", "dotsb": "dots", "lVert": "Vert", "rVert": "Vert",
    "nicefrac": "frac", "sfrac": "frac", "flatfrac": "frac",
    "tg": "tan", "ctg": "cot", "cotg": "cot", "cosec": "csc", "sh": "sinh", "ch": "cosh", "th": "tanh",
    "arctg": "arctan", "arcctg": "arccot", "arsh": "arsinh", "arch": "arcosh", "arth": "artanh",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan",
}  # fmt: skip
"""Commands that say the same. A value of letters is a command again, anything else a token."""
CHARACTERS = frozenset({"i", "j", "e", "T"})
_SPACING = """
left right displaystyle textstyle scriptstyle limits nolimits big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr
Biggl Biggr quad qquad middle thinspace medspace thickspace negthinspace enspace boxed fbox ensuremath hfill
phantom strut displaylimits mathstrut nonumber notag mleft mright bf sf tt em underline uline
"""
IGNORED = frozenset(_SPACING.split())
"""Commands that only set a formula apart."""
_TYPEFACES = """
text mathrm textrm textnormal operatorname mbox mathit textit mathsf textsf rm it textbf mathup hbox mathop
"""
FONTS = frozenset(_TYPEFACES.split())
BOLD = frozenset({"mathbf", "boldsymbol", "bm", "mathtt"})
FUNCTIONS = frozenset(
    [
        f"{arc}{name}{h}"
        for arc in ("", "arc", "ar")
        for name in ("sin", "cos", "tan", "cot", "sec", "csc")
        for h in ("", "h")
    ]
    + [
        "log",
        "ln",
        "lg",
        "exp",
        "min",
        "max",
        "gcd",
        "lcm",
        "det",
        "sgn",
        "lim",
        "sum",
        "prod",
        "int",
        "floor",
        "ceil",
        "cis",
    ]
)
BOUNDED = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array", "psmallmatrix", "bsmallmatrix"})
EQUAL_WORDS = {
    "or": '"or', "and": '"and', "percent": r"\%", "per cent": r"\%", "pct": r"\%", "percentage": r"\%",
    "degrees": '"degrees',
    "infinity": r"\infty", "union": r"\cup", "intersection": r"\cap", "intersect": r"\cap",
    "and also": '"and', "or else": '"or', "to": ":", "mod": r"\mod", "modulo": r"\mod",
}  # fmt: skip
JOINS = {
    **dict.fromkeys(("oder", "ou", "o", "или", "або", "或", "或者", "または"), '"or'),
    **dict.fromkeys(("und", "et", "y", "e", "и", "和", "及", "と"), '"and'),
}  # fmt: skip
"""Conjunctions in the languages that replies most often are in."""
SPACED = tuple(word for word in JOINS if word not in ("o", "y", "e") and word[0] < "\u3000")
"""Those that are read between blanks in a formula, where a letter alone would be a name."""
UNSPACED = ("或者", "或", "または", "和", "及", "と")
ALIASES = frozenset(name for name, same in SAME.items() if same in FUNCTIONS)
"""Functions by other names."""
_NOT_TYPED = frozenset({"int", "sum", "prod", "det", "lim", "floor", "ceil"})
_TYPED = (FUNCTIONS - _NOT_TYPED) | (ALIASES - {"sh", "ch", "th", "arch"})
UNMARKED = (*sorted(_TYPED, key=len, reverse=True), "sqrt", "pi", "infinity", "infty", "inf", "theta")
"""What is often typed without a backslash."""
CALLED = frozenset({"abs", "cbrt", "root"})
"""Functions of plain typing, with brackets behind them: `root(3, x)`."""
TYPED = frozenset(
    {*UNMARKED, *CALLED, *SPACED, "union", "intersection", "intersect", "and", "or", "percent", "percentage", "pct"}
)
"""Words that are no words of a text."""
COMPARED = (
    ("+/-", r"\pm "),
    ("**", "^"),
    ("<=", r"\le "),
    (">=", r"\ge "),
    ("!=", r"\ne "),
    ("=<", r"\le "),
    ("==", "="),
    (r"\not=", r"\ne "),
    (r"\not\in", r"\notin "),
)


_STYLED = re.compile("[\U0001d400-\U0001d7ff\u210e\uff01-\uff5e]")
_LOOKALIKES = dict(zip("асеорхуАВСЕКМОРТХ", "aceopxyABCEKMOPTX", strict=True))
_LOOKALIKE = re.compile(
    rf"(?<![\u0400-\u04ff])[{''.join(_LOOKALIKES)}](?![\u0400-\u04ff])"
    r"(?:(?<=[\d()+*/^=−-].)|(?<=[()+*/^=−-]\s.)|(?=\s?[()+*/^=−²³-]))"
)
"""A Cyrillic letter alone beside a digit or a sign of a formula."""


def plainly(text: str) -> str:
    """Letters and signs of other typefaces (`𝑥`, `（`) as the plain ones; also a letter of another script that looks
    like a Latin one, where it stands alone in a formula."""
    text = _STYLED.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    return _LOOKALIKE.sub(lambda m: _LOOKALIKES[m[0]], text)


_FUNCTION = r"(?:arc)?(?:sin|cos|tan|cot|sec|csc)h?|ln|log"
_GLUED = re.compile(rf"(?<![A-Za-z\\])(?!usec(?![A-Za-z]))(?:[uvwxz]?(?:{_FUNCTION})){{1,4}}[uvwxz]?(?![A-Za-z])")
_GLUED_FUNCTION = re.compile(_FUNCTION)
"""`xsinx`, `lnx`: functions without a backslash or a blank before their letter; with these letters none is a word."""


def is_typed(word: str) -> bool:
    """Whether a word of letters belongs to formulas, not to a text."""
    return word.lower() in TYPED or is_glued(word)


def is_glued(word: str) -> bool:
    """Whether a word is functions with their letters: `sinx`, `xlnx`."""
    return _GLUED.fullmatch(word) is not None


def unglued(text: str) -> str:
    """`xsinx` as `x sin x`."""
    return _GLUED.sub(lambda m: _GLUED_FUNCTION.sub(lambda f: f" {f[0]} ", m[0]).strip(" "), text)

r"""One spelling for signs that are typeset in several ways: `\cap` and `∩`, `\beta` and `β`, `<=` and `≤`, `*` and `·`.

Works on plain text (evalkit.reading.plain), in which braces are gone: `\sqrt{a}` stands there as `\sqrta`, so the
commands that take an argument are known by name. Greek letters go by their Unicode names, other signs by a table.

Not covered: `\frac{a}{b}` against `a/b` (numbers are), matrices, raised letters (`xⁿ`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NO_MARKS = frozenset("_{}\\&")
"""Signs that only typeset."""
_SIGNS = {
    "∩": "cap", "∪": "cup", "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset", "⊆": "subseteq", "⊃": "supset",
    "⊇": "supseteq", "∅": "emptyset", "∖": "setminus", "∞": "infty", "∂": "partial", "∇": "nabla", "∫": "int",
    "∑": "sum", "∏": "prod", "∀": "forall", "∃": "exists", "¬": "neg", "∧": "wedge", "∨": "vee", "⊕": "oplus",
    "⊗": "otimes", "±": "pm", "∓": "mp", "≡": "equiv", "≅": "cong", "∼": "~", "∝": "propto", "∠": "angle",
    "△": "triangle", "∆": "delta", "∥": "parallel", "⊥": "perp", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil",
    "⌉": "rceil", "√": "sqrt", "⇔": "iff", "↔": "iff", "←": "leftarrow", "∘": "°", "∣": "|", "‖": "|", "||": "|",
    "⋅": "·", "*": "·", "∙": "·", "•": "·", "∗": "·", "−": "-", "<=": "≤", "⩽": "≤", ">=": "≥", "⩾": "≥", "!=": "≠",
    "=>": "⇒", "->": "→", "⟶": "→", "⟹": "⇒", "∴": "therefore", "∶": ":",
}  # fmt: skip
_NAMES = {
    "varnothing": "emptyset", "land": "wedge", "lor": "vee", "lnot": "neg", "leftrightarrow": "iff", "ell": "l",
    "backslash": "setminus", "smallsetminus": "setminus", "ast": "·", "star": "·",
    "bullet": "·", "prime": "'", "leqslant": "≤", "geqslant": "≥", "colon": ":", "lbrace": "", "rbrace": "",
    "gets": "leftarrow", "hspace": "", "nolimits": "", "limits": "",
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "owns": "ni",
    "Leftrightarrow": "iff", "longleftrightarrow": "iff", "Longleftrightarrow": "iff", "Longrightarrow": "⇒",
    "lbrack": "[", "rbrack": "]", "lVert": "|", "rVert": "|", "Vert": "|", "minus": "-", "dd": "d",
}  # fmt: skip
_WITH_ARGUMENT = re.compile(
    r"\\(?P<name>[dtc]?frac|[dt]?binom|sqrt|(?:wide)?hat|(?:wide)?tilde|bar|vec|d?dot|overline|overrightarrow|overset"
    r"|underset|stackrel|math(?:scr|frak|op|rel|ord|bin)|pmod|bmod|limits|nolimits|tag|hspace)(?P<rest>[A-Za-z]*)"
)
_SILENT = frozenset({"mathscr", "mathfrak", "mathop", "mathrel", "mathord", "mathbin", "limits", "nolimits", "hspace"})
_SILENT_COMMANDS = _SILENT | {"", "displaystyle", "nonumber", "notag", "hfill", "par", "newline", "noindent", "item"}


_SYMBOLS = frozenset(name for name in _SIGNS.values() if name.isalpha())
GREEK = frozenset(
    unicodedata.name(chr(code)).rpartition(" ")[2].lower().replace("lamda", "lambda") for code in range(0x3B1, 0x3CA)
)


@lru_cache(maxsize=4096)
def sign(char: str) -> str:
    r"""The one spelling of a sign or a single letter: `\beta`, `\cap`, `≤`."""
    if char in _SIGNS:
        return f"\\{_SIGNS[char]}" if _SIGNS[char].isalpha() else _SIGNS[char]
    name = unicodedata.name(char, "") if len(char) == 1 and not char.isascii() else ""
    greek = re.fullmatch(r"GREEK (?:SMALL|CAPITAL) (?:LETTER )?(?:FINAL )?(\w+)(?: SYMBOL)?", name)
    return f"\\{greek[1].lower().replace('lamda', 'lambda')}" if greek else char


@lru_cache(maxsize=4096)
def command(text: str) -> tuple[tuple[str, int, int], ...]:
    r"""A LaTeX command of plain text, `\beta` or `\sqrta`, as tokens (spelling, start, end)."""
    argued = _WITH_ARGUMENT.fullmatch(text)
    name, rest = (argued["name"], argued["rest"]) if argued else (text[1:], "")
    cut = len(text) - len(rest)
    spelled = _NAMES.get(name, name.removeprefix("var") if len(name) > 5 else name).casefold()
    if spelled in _SYMBOLS | GREEK:
        spelled = f"\\{spelled}"
    found = [] if name in _SILENT_COMMANDS or not spelled else [(spelled, 0, cut)]
    return (*found, (rest.casefold(), cut, len(text))) if rest else tuple(found)
